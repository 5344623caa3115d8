g++ -O2 -fPIC -shared -o libthrow.so $S/lib.cc
echo '#include "shared.h"
extern "C" void late_throw(int kind) { std::string s("temporary"); through(thrower, kind); }' | g++ -O2 -fPIC -shared -I$S -o liblate.so -xc++ - -xnone -L. -lthrow -Wl,-rpath,'$ORIGIN'
g++ -O2 -pthread -o main $S/main.cc -L. -lthrow -Wl,-rpath,'$ORIGIN'
g++ -O0 -pthread -no-pie -o main-nopie $S/main.cc -L. -lthrow -Wl,-rpath,'$ORIGIN'
