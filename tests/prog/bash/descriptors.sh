# /dev/fd, /dev/stdin and their like, /proc/self, descriptors passed on, pipes that close, programs that watch files.
echo "== dev"
echo in | cat /dev/stdin; echo in2 | cat /dev/fd/0; cat /dev/fd/3 3<<<three; echo x | tee /dev/stderr 2>&1 >/dev/null; echo y | tee /dev/fd/1 >both; cat both
echo zz >/dev/null; cat </dev/null; head -c 3 /dev/zero | od -An -tx1; echo full >/dev/full; echo "$?"
cat /dev/tty </dev/null 2>&1 | sed 's/.*: //'; head -c 4 /dev/urandom | wc -c; [ -c /dev/null ] && [ -p /dev/fd/3 ] 3< <(:) && echo kinds
ls -l /dev/stdin /dev/fd /proc/self/fd/0 </dev/null | sed 's/.* \(\/.*\)/\1/'
echo "== proc"
readlink /proc/self/exe /proc/$$/exe; tr '\0' ' ' </proc/self/cmdline; echo; A=b env -i X=1 tr '\0' '\n' </dev/null; env -i X=1 cat /proc/self/environ | tr '\0' '\n'
(cd /tmp; readlink /proc/self/cwd); grep -E '^(Name|Threads):' /proc/self/status
cut -d' ' -f2,3 /proc/self/stat; cat /proc/sys/kernel/ostype; [ -r /proc/meminfo ] && [ -r /proc/cpuinfo ] && [ -r /proc/uptime ] && [ -r /proc/mounts ] && echo files
echo "== inherit"
exec 7>seven; bash -c 'echo child >&7'; exec 7>&-; cat seven
exec 8<>rw; echo "both ways" >&8; cat rw; exec 8>&-
exec 9< <(seq 5); read -r a <&9; b=$(head -1 <&9); echo "$a $b"; exec 9<&-
(exec 3>&1 1>&-; echo x 2>/dev/null; echo "closed $?" >&3); cat <&- 2>&1 | sed 's/.*: //'; sort <&- 2>&1 | sed 's/.*: //'
{ read -r a; cat; } < <(seq 3); { head -1; cat; } <seven; (sed -n 1p; cat) <<<$'1\n2'
echo "== ends"
seq 100000 | head -2; seq 100000 | sed 2q | tail -1; yes abc | head -c 10000 | wc; (sleep 0.1; echo late) | timeout 5 cat
dd if=/dev/zero bs=1k count=100 2>/dev/null | dd bs=7k iflag=fullblock 2>&1 >/dev/null | head -2; cat /dev/zero | head -c 1000000 | md5sum
echo "== stdbuf"
(stdbuf -oL bash -c 'echo line; sleep 0.05; echo more'; stdbuf -o0 printf 'a b\n'; stdbuf -i0 head -1 <<<x; stdbuf -oX true) 2>&1
{ echo 1; sleep 0.3; echo 2; } | stdbuf -oL sed s/^/l/ | { read -r l; echo "early $l"; cat; }
echo "== follow"
: >log; tail ---disable-inotify -s 0.1 -f log >seen & t=$!; sleep 0.4; echo one >>log; sleep 0.4; echo two >>log; sleep 0.4; kill $t; wait $t 2>/dev/null; cat seen
echo old >log2; tail ---disable-inotify -s 0.1 -n 1 -F log2 >seen2 2>/dev/null & t=$!; sleep 0.4; mv log2 log2.1; sleep 0.2; echo new >log2; sleep 1.5; kill $t; wait $t 2>/dev/null; cat seen2
: >log3; bash -c 'for i in 1 2 3; do echo $i; sleep 0.1; done' >log3 & tail ---disable-inotify --pid=$! -s 0.05 -f log3 | cat
: >log4; tail -f log4 >seen4 & t=$!; sleep 0.5; echo one >>log4; sleep 0.3; echo two >>log4; sleep 0.5; kill $t; wait $t 2>/dev/null; cat seen4
echo old >log5; tail -n 1 -F log5 >seen5 2>/dev/null & t=$!; sleep 0.5; mv log5 log5.1; sleep 0.3; echo new >log5; sleep 0.7; kill $t; wait $t 2>/dev/null; cat seen5
echo "== dd"
(dd if=/dev/zero of=/dev/null bs=1M count=100000 2>ddout & p=$!; sleep 0.5; kill -USR1 $p; sleep 0.2; kill -TERM $p; wait $p; echo "dd $?"); grep -c 'records in' ddout; grep -c copied ddout; rm ddout
printf abcdefghij | dd bs=1 skip=2 count=3 2>/dev/null; echo; printf 123456 | dd of=patch bs=1 seek=3 conv=notrunc 2>/dev/null; od -c patch; printf abc | dd conv=ucase,swab 2>/dev/null; echo
dd if=patch of=sparse bs=4k seek=3 2>/dev/null; stat -c %s sparse; dd if=/dev/zero of=z bs=1000 count=3 oflag=append conv=notrunc status=none; wc -c <z; dd bs=x 2>&1; dd if=nope 2>&1; echo abc | dd iflag=fullblock bs=2 status=none
