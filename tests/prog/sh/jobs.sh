# Background jobs, wait, kill, traps.
sleep 0.05 & p=$!
wait $p; echo "waited $?"
(exit 4) & wait $!; echo $?
sleep 10 & p=$!
kill $p; wait $p; echo $?
trap 'echo got USR1' USR1
kill -USR1 $$
trap 'echo bye' EXIT
for i in 1 2 3; do (sleep 0.0$i; echo job $i >>log) & done
wait
sort log
(trap 'echo child trap; exit 2' TERM; while :; do sleep 0.01; done) & p=$!
sleep 0.1
kill -TERM $p
wait $p
echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'exit 42'; echo $?
timeout 0.1 sleep 5; echo $?
trap '' INT
kill -INT $$
echo survived
exit 6
