# arithmetic, arrays, strings, functions, no child processes; the argument is the number of rounds
declare -A count
add() { local -i x=$1; sum=$(( (sum + x) % 1000003 )); }
sum=0
for ((r = 0; r < $1; r++)); do
	for ((i = 0; i < 2000; i++)); do sum=$(( (sum + i * r) % 1000003 )); a[i % 100]=$sum; done
	for w in the quick brown fox jumps over the lazy dog; do count[$w]=$(( ${count[$w]:-0} + ${#w} )); add ${#w}; s=${w//o/0}; done
	case $s in d*g) add 7 ;; esac
done
echo $sum ${a[7]} ${count[the]} $s
