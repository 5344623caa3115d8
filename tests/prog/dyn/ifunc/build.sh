gcc -O2 -fPIC -shared -o libpick.so $S/lib.c
gcc -O1 -fno-builtin -o main $S/main.c -L. -lpick -Wl,-rpath,'$ORIGIN'
gcc -O1 -fno-builtin -no-pie -Wl,-z,now -o main-nopie $S/main.c -L. -lpick -Wl,-rpath,'$ORIGIN'
