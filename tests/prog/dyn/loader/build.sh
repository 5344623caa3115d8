gcc -O1 -fPIC -shared -fno-optimize-sibling-calls -nostdlib -o libplain.so $S/lib.c -Wl,-Bsymbolic
nm -D libplain.so >libplain.so.sym
gcc -O1 -o main $S/main.c
