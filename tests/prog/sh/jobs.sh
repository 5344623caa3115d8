# Background jobs, wait, kill, traps.
sleep 0.05 & p=$!
wait $p; echo "waited $?"
(exit 4) & wait $!; echo $?
sleep 10 & p=$!
kill $p; wait $p 2>/dev/null; echo $?
trap 'echo got USR1' USR1
kill -USR1 $$
trap 'echo bye' EXIT
for i in 1 2 3; do (sleep 0.0$i; echo job $i >>log) & done
wait
sort log -o log; cat log
(trap 'echo child trap; exit 2' TERM; while :; do sleep 0.01; done) & p=$!
sleep 0.5
kill -TERM $p
wait $p 2>/dev/null
echo $?
sh -c 'kill -9 $$' 2>/dev/null; echo $?
sh -c 'exit 42'; echo $?
timeout 0.5 sleep 20; echo $?
trap '' INT
kill -INT $$
echo survived
exit 6
