lib() { gcc -O2 -fPIC -shared -DPREFIX=$1_ -DSTART=$2 $3 -o lib$1.so $S/lib.c; }
lib gd 10 -ftls-model=global-dynamic
lib ie 20 -ftls-model=initial-exec
lib desc 30 -mtls-dialect=gnu2
lib late 40
lib latedesc 50 -mtls-dialect=gnu2
lib more 77
gcc -O2 -pthread -rdynamic -o main $S/main.c -L. -lgd -lie -ldesc -Wl,-rpath,'$ORIGIN'
gcc -O2 -pthread -rdynamic -no-pie -o main-nopie $S/main.c -L. -lgd -lie -ldesc -Wl,-rpath,'$ORIGIN'
