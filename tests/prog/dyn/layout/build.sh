sed 's/START/0/' $S/split.ld >lib.ld
sed 's/START/0x400000/' $S/split.ld >exe.ld
gcc -O2 -fPIC -shared -o libplain.so $S/lib.c
sed 's/interp PT_INTERP;//; s/phdr PT_PHDR PHDRS;//; s/ :interp//' lib.ld >so.ld
gcc -O2 -fPIC -shared -Wl,-T,so.ld -o libsplit.so $S/lib.c
gcc -O2 -o plain $S/main.c -L. -lplain -Wl,-rpath,'$ORIGIN'
gcc -O2 -o libs $S/main.c -L. -lsplit -Wl,-rpath,'$ORIGIN'
gcc -O2 -DSPLIT -no-pie -Wl,-T,exe.ld -o exe $S/main.c -L. -lplain -Wl,-rpath,'$ORIGIN'
gcc -O2 -DSPLIT -pie -Wl,-T,lib.ld -o both $S/main.c -L. -lsplit -Wl,-rpath,'$ORIGIN'
gcc -O2 -Wl,-z,noseparate-code -o oneseg $S/main.c -L. -lplain -Wl,-rpath,'$ORIGIN'
sed 's/text PT_LOAD FLAGS(5)/text PT_LOAD FLAGS(7)/' exe.ld >rwx.ld
gcc -O2 -DSPLIT -no-pie -Wl,-T,rwx.ld -o writable $S/main.c -L. -lplain -Wl,-rpath,'$ORIGIN'
