gcc -O2 -fPIC -shared -DNAME='"one"' -DALLOC -o one.so $S/pre.c
gcc -O2 -fPIC -shared -DNAME='"two"' -o two.so $S/pre.c
gcc -O1 -fno-builtin -o main $S/main.c -lm
