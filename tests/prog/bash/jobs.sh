# Processes: background jobs, job control, signals and traps, process substitution, waiting.
echo "== background"
sleep 0.05 & p=$!; wait $p; echo "waited $?"
(exit 9) & wait $!; echo "status $?"
for i in 3 1 2; do (sleep 0.0$i; exit $i) & pids+=($!); done
for p in "${pids[@]}"; do wait $p; printf '%d ' $?; done; echo
(sleep 0.3; exit 4) & (sleep 0.02; exit 5) & wait -n; echo "first $?"; wait; echo "all $?"
wait 99999 2>/dev/null; echo "no child $?"
sleep 30 & kill $!; wait $! 2>/dev/null; echo "killed $?"
sleep 30 & kill -9 $!; wait $! 2>/dev/null; echo "killed $?"
{ echo a; sleep 0.02; echo b; } | while read -r l; do echo "got $l"; done
echo "== substitution"
diff <(printf '1\n2\n') <(printf '1\n3\n'); echo "diff $?"
tee >(tr a-z A-Z >upper.txt) >(wc -c >count.txt) <<<"to two" >/dev/null; sleep 0.2; cat upper.txt count.txt
paste <(seq 3) <(seq 4 6) <(printf 'x\ny\nz\n')
while read -r a b; do echo "$b $a"; done < <(paste <(echo 1) <(echo 2))
cat <(cat <(cat <(echo nested)))
f() { cat "$1" "$2"; }; f <(echo one) <(echo two)
echo "== control"
set -m
sleep 30 & sleep 31 &
jobs | sed 's/  */ /g'
kill %1; wait %1 2>/dev/null; echo "job 1: $?"
kill -STOP %2; sleep 0.1; jobs | sed 's/  */ /g'; kill -CONT %2; kill %2; wait %2 2>/dev/null; echo "job 2: $?"
(sleep 0.05; echo in job) & fg >/dev/null; echo "fg $?"
sleep 32 | cat & jobs -p | wc -l; kill %%; wait %% 2>/dev/null; echo "pipe $?"
bash -c 'kill -STOP $$; echo continued' & sleep 0.2; jobs -s | sed 's/  */ /g'; bg >/dev/null; wait; echo done
disown -a; set +m
ps_of() { echo $(( $(cut -d' ' -f5 /proc/$1/stat) == $(cut -d' ' -f5 /proc/$$/stat) )); }
{ sleep 1 & ps_of $!; kill $!; set -m; sleep 1 & ps_of $!; kill $!; wait $! 2>/dev/null; set +m; } 2>/dev/null
echo "== signals"
trap 'echo usr1' USR1; kill -USR1 $$; trap 'echo usr2 $1' USR2; (kill -USR2 $$)
trap '' TERM; kill -TERM $$; bash -c 'kill -TERM $$; echo "ignored is inherited"'; trap - TERM
trap 'echo chld' CHLD; true & wait; trap - CHLD
(trap 'echo int; exit 1' INT; kill -INT $BASHPID; sleep 1); echo $?
bash -c 'trap "echo bye" EXIT; kill -TERM $$; sleep 1'; echo $?
{ bash -c 'kill -SEGV $$'; } 2>/dev/null; echo $?
bash -c 'sleep 10 & trap "kill $!; echo stopped; exit 3" TERM; (sleep 0.1; kill -TERM $$) & wait'; echo $?
{ trap 'echo alarm; exit 0' ALRM; (sleep 0.1; kill -ALRM $BASHPID) & wait; } &
wait; kill -l 15; kill -l TERM; kill -0 $$ && echo alive
timeout 0.1 sleep 5; echo "timeout $?"; timeout -s INT 0.1 sleep 5; echo $?; { timeout -k 0.1 0.1 bash -c 'trap "" TERM; sleep 5; sleep 5'; } 2>/dev/null; echo $?
timeout --preserve-status 0.1 sleep 5; echo $?; timeout 5 false; echo $?; timeout 1 nosuchprogram 2>&1; echo $?
yes | head -1; (yes; echo "yes: $?" >&2) 2>&1 | head -c 4 >/dev/null; echo "${PIPESTATUS[*]}"
(echo a; exit 3) | (cat; exit 4) | (cat; exit 5); echo "${PIPESTATUS[*]}"
exec 3< <(sleep 0.05; echo late); read -r l <&3; echo $l
mkfifo ff; (echo through fifo >ff) & read -r l <ff; echo "$l"; wait
(for i in 1 2 3; do echo $i; done >ff) & while read -r l; do printf '%s ' $l; done <ff; echo; rm ff
nohup bash -c 'kill -HUP $$; echo survived' 2>/dev/null; nice -n 5 nice; (ulimit -n 20; ulimit -n; exec 25>x 2>/dev/null; echo "exec $?") 2>/dev/null; echo $?
ulimit -c 0; ulimit -f 2; { (head -c 4096 /dev/zero >big); } 2>/dev/null; echo "$? $(stat -c %s big)"; ulimit -S -s
time -p true 2>/dev/null; times >/dev/null; echo "$PPID" | grep -c .
exec bash -c 'echo "replaced $0 $1"; exit 6' name arg
