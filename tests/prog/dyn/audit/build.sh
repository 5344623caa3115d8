gcc -O2 -fPIC -shared -o audit.so $S/audit.c
gcc -O1 -fno-builtin -Wl,-z,lazy -o main $S/main.c
