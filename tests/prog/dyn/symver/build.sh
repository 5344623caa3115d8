mkdir -p old new
gcc -O2 -fPIC -shared -DOLD -Wl,-soname,libver.so.1 -Wl,--version-script=$S/old.map -o old/libver.so.1 $S/lib.c
gcc -O2 -fPIC -shared -Wl,-soname,libver.so.1 -Wl,--version-script=$S/new.map -o new/libver.so.1 $S/lib.c
gcc -O2 -o main-old $S/main.c old/libver.so.1
gcc -O2 -o main-new $S/main.c new/libver.so.1
