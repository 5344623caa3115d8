gcc -O1 -fPIC -shared -o libintro.so $S/lib.c
gcc -O1 -rdynamic -fno-optimize-sibling-calls -o main $S/main.c -L. -lintro -Wl,-rpath,'$ORIGIN'
