gcc -O2 -fPIC -shared -o libns.so $S/lib.c
cp libns.so libcopy.so
gcc -O2 -o main $S/main.c -Wl,-rpath,'$ORIGIN'
