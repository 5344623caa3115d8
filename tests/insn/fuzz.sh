#!/bin/sh
# make fuzz: instruction tests with one seed after another: natively against the interpreter (600,000 single cases and 20,000 sequences in 20 states a round),
# a smaller number compiled (in every fifth round 8,000 instructions of 64 states; 1,500 sequences in each, in turn plainly, unwinding at every chance,
# with precise faults). Every failure is reduced and printed with the command that runs it again. In each round also eight random C programs (tests/random).
#   fuzz.sh [SEED [ROUNDS]]     SEED: of the first round (default: the time), ROUNDS: 0 for no end (default 10)
cd "$(dirname "$0")/../.." || exit 1
seed=${1:-$(date +%s)} rounds=${2:-10} n=0 bad=0
tests/insn/run.sh -v 1 -n 1 nop > build/insn/out || exit 1      # builds it
while [ "$rounds" = 0 ] || [ $n -lt "$rounds" ]; do
	echo "fuzz: round $((n + 1)), seed $seed"
	build/insn/insn -s "$seed" -v 20 -n 20 -q 20000 || bad=$((bad + 1))
	build/insn/insn -x -s "$seed" -v 8 -n 40 || bad=$((bad + 1))
	case $((n % 3)) in 0) how= ;; 1) how=--stress=unwind ;; 2) how=--precise-faults ;; esac
	RUN=$how tests/insn/sequences.sh "$seed" 1500 || bad=$((bad + 1))
	tests/random/run.sh $((seed * 100)) 8 || bad=$((bad + 1))
	if [ $((n % 5)) = 0 ]; then
		SEED=$seed VARIANTS=4 STATES=64 LIMIT=1200 tests/insn/compiled.sh --cpu v3 || bad=$((bad + 1))
	fi
	n=$((n + 1)) seed=$((seed + 1))
done
echo "fuzz: $n rounds, $bad of them with differences"
[ $bad = 0 ]
