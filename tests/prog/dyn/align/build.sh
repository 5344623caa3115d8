gcc -O2 -fPIC -shared -Wl,-z,max-page-size=0x200000 -o libhuge.so $S/lib.c
cp libhuge.so libhuge2.so
gcc -O2 -o main $S/main.c -L. -lhuge -Wl,-rpath,'$ORIGIN'
gcc -O2 -Wl,-z,max-page-size=0x200000 -o main-huge $S/main.c -L. -lhuge -Wl,-rpath,'$ORIGIN'
gcc -O2 -no-pie -Wl,-z,max-page-size=0x200000 -o main-nopie $S/main.c -L. -lhuge -Wl,-rpath,'$ORIGIN'
