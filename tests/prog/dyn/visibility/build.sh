gcc -O2 -fPIC -shared -fsemantic-interposition -o libvis.so $S/lib.c
gcc -O2 -fPIC -shared -Wl,-Bsymbolic-functions -o libsym.so $S/lib.c
for l in vis sym; do
	gcc -O2 -o pie-$l $S/main.c -L. -l$l -Wl,-rpath,'$ORIGIN'
	gcc -O2 -no-pie -DINTERPOSE -o nopie-$l $S/main.c -L. -l$l -Wl,-rpath,'$ORIGIN'
done
