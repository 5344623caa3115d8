lib() { n=$1; shift; gcc -O2 -fPIC -shared -DNAME="\"$n\"" -DFUNC=f$n -o lib$n.so $S/lib.c "$@" -L. -Wl,--no-as-needed -Wl,-rpath,'$ORIGIN'; }
lib e
lib a libe.so
lib b -Wl,--no-as-needed libe.so
lib d libb.so -Wl,-z,initfirst
g++ -O2 -o main $S/main.cc -Wl,--no-as-needed -L. -la -lb -le -Wl,-rpath,'$ORIGIN'
