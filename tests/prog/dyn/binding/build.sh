gcc -O2 -fPIC -shared -Wl,-z,lazy -o libbind.so $S/lib.c
gcc -O2 -Wl,-z,lazy -Wl,-z,norelro -o lazy $S/main.c -L. -lbind -Wl,-rpath,'$ORIGIN'
gcc -O2 -Wl,-z,lazy -Wl,-z,relro -fcf-protection=full -o relro $S/main.c -L. -lbind -Wl,-rpath,'$ORIGIN'
gcc -O2 -Wl,-z,now -Wl,-z,relro -o now $S/main.c -L. -lbind -Wl,-rpath,'$ORIGIN'
gcc -O2 -fno-plt -o noplt $S/main.c -L. -lbind -Wl,-rpath,'$ORIGIN'
gcc -O2 -no-pie -Wl,-z,lazy -Wl,-z,ibtplt -Wl,--hash-style=sysv -o nopie $S/main.c -L. -lbind -Wl,-rpath,'$ORIGIN'
