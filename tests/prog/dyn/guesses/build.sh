gcc -O2 -fPIC -shared -o libguesses.so $S/lib.c
gcc -O2 -fPIC -shared -o pre.so $S/pre.c
gcc -O2 -o main $S/main.c -L. -lguesses -Wl,-rpath,'$ORIGIN'
