gcc -O2 -w -o closures $S/closures.c -lffi -lm
cp $S/sum.c $S/jit.lua $S/callback.lua .
