mkdir -p bin lib other
for w in lib other; do echo "const char *who(void) { return \"$w\"; }" | gcc -fPIC -shared -Wl,-soname,libwho.so.3 -o $w/libwho.so.3 -xc -; done
echo 'int base_of(void); const char *who(void); const char *dep(void) { return who(); }' | gcc -fPIC -shared -o lib/libdep.so -xc - -xnone lib/libwho.so.3 -Wl,-rpath,'$ORIGIN'
link() { gcc -O2 -o "$@" $S/main.c lib/libwho.so.3; }
link bin/rpath -Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/../lib'
link bin/runpath -Wl,--enable-new-dtags -Wl,-rpath,'${ORIGIN}/../lib'
link bin/none
link bin/nointerp -Wl,--dynamic-linker,/nonexistent/ld.so
ln -sfn bin linked
cp /lib64/ld-linux-x86-64.so.2 bin/my-ld.so
link bin/ownld -Wl,-rpath,'$ORIGIN/../lib' -Wl,--dynamic-linker,$PWD/bin/my-ld.so
