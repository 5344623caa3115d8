gcc -O2 -shared -fPIC -Wl,-z,notext -o libtext.so $S/lib.c
gcc -O2 -o main $S/main.c -Wl,-rpath,'$ORIGIN'
