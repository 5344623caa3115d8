gcc -O2 -fPIC -shared -DPLUG=1 -o libplug1.so $S/plug.c
gcc -O2 -fPIC -shared -DPLUG=2 -o libplug2.so $S/plug.c
echo 'int gone(void); int f(void) { return gone(); }' | gcc -fPIC -shared -o libbroken.so -xc -
head -c 40 libplug1.so >libcut.so
gcc -O2 -rdynamic -Wl,-rpath,'$ORIGIN' -o main $S/main.c
