#!/bin/bash
# sequences.sh [SEED [COUNT [FIRST]]] - random sequences (sequence.c) as a program: natively against recompiled code, in programs of at most PART
# sequences (1500). One that differs is named with the command that repeats it, and reduced: groups of instructions are left out as long as the
# program still differs; one that differs only behind others is named with as few of them as halving finds. Options for elfport in RUN. Last line:
# passed and failed.
cd "$(dirname "$0")/../.." || exit 1
seed=${1:-1} count=${2:-1500} first=${3:-0} part=${PART:-1500} states=${STATES:-3}
P=$(mktemp -d)
trap 'rm -rf "$P"' EXIT
tests/insn/run.sh -n 1 -q 1 sequence >/dev/null || exit 1         # builds it
here=$PWD
mkdir -p "$P/build/insn/program" "$P/tests/insn"
for d in recompiler runtime include; do ln -s "$here/$d" "$P/$d"; done
cp tests/insn/*.[ch] "$P/tests/insn/"
passed=0 failed=0
cc() { (cd "$P" && musl-gcc -O1 -w -static -idirafter /usr/include -idirafter "/usr/include/$(uname -m)-linux-gnu" "$@"); }
build/insn/insn -s "$seed" -i 0 -q 1 -t "$P/build/insn/program" sequence || exit 1
cc -c tests/insn/compiled.c tests/insn/native.c tests/insn/state.c tests/insn/rng.c || exit 1

# differs FIRST COUNT [LISTS]: builds and runs them both ways into $P/diff; status 0 if something differs
differs() {
	build/insn/insn -s "$seed" -i "$1" -q "$2" ${3:+-m "$3"} -t "$P/build/insn/program" sequence || exit 1
	cc -o program compiled.o native.o state.o rng.o build/insn/program/table.c build/insn/program/snippets.S || exit 1
	(ulimit -t 100; "$P/program" -s "$seed" -n "$states" >"$P/native") || exit 1
	timeout -s KILL "${LIMIT:-300}" build/elfport run --no-cache --cpu v3 $RUN "$P/program" -s "$seed" -n "$states" >"$P/elfport" 2>"$P/stderr"
	echo "status $?" >>"$P/elfport"
	echo "status 0" >>"$P/native"
	! diff "$P/native" "$P/elfport" >"$P/diff"
}

# which NUMBER LIST...: builds the sequence once with each list of groups left out; the positions, from 0, of those that still differ
which() {
	local number=$1 lists
	shift
	lists=$(IFS=/; echo "$*")
	differs "$number" 1 "$lists" && sed -n "s/^< [0-9]* sequence $number\/\([0-9]*\) .*/\1/p" "$P/diff" | sort -nu
}

# reduce NUMBER: leaves out group after group: all that can be missed alone are found in one program, how many of them together in the next
reduce() {
	local number=$1 groups g k list gone= lists good
	groups=$(build/insn/insn -s "$seed" -i "$number" -g sequence)
	while :; do
		lists=()
		for ((g = 1; g < groups; g++)); do [[ ,$gone, == *,$g,* ]] || lists+=("${gone:+$gone,}$g"); done
		good=()
		for k in $(which "$number" "${lists[@]}"); do good+=("${lists[k]##*,}"); done
		[ ${#good[@]} -gt 0 ] || break
		lists=() list=$gone
		for g in "${good[@]}"; do list=${list:+$list,}$g lists+=("$list"); done
		gone=${lists[$(which "$number" "${lists[@]}" | tail -1)]}
	done
	build/insn/insn -s "$seed" -i "$number" ${gone:+-m "$gone"} -p sequence
	differs "$number" 1 "$gone"
	"$P/program" -s "$seed" -n "$states" -v 0 >"$P/native"
	build/elfport run --no-cache --cpu v3 $RUN "$P/program" -s "$seed" -n "$states" -v 0 >"$P/elfport" 2>"$P/stderr"
	echo "natively, and here:"
	diff "$P/native" "$P/elfport"
	tail -3 "$P/stderr"
}

# together FIRST NUMBER: the last sequence from which on the program differs in NUMBER, which alone it does not; FIRST if it needs all of them
together() {
	local lo=$1 hi=$2 mid
	while ((hi - lo > 1)); do
		mid=$(((lo + hi) / 2))
		if differs "$mid" $(($2 + 1 - mid)) && grep -q "^< [0-9]* sequence $2/" "$P/diff"; then lo=$mid; else hi=$mid; fi
	done
	echo "$lo"
}

for ((at = first; at < first + count; at += part)); do
	n=$((first + count - at < part ? first + count - at : part))
	if ! differs "$at" "$n"; then
		passed=$((passed + n))
		continue
	fi
	bad=$(sed -n 's/^< [0-9]* sequence \([0-9]*\)\/.*/\1/p' "$P/diff" | sort -nu)
	if [ -z "$bad" ]; then                   # it ended before it said which
		failed=$((failed + n))
		echo "FAIL once more: RUN='$RUN' tests/insn/sequences.sh $seed $n $at: $(tail -1 "$P/elfport") $(tail -3 "$P/stderr")"
		continue
	fi
	for number in $bad; do
		failed=$((failed + 1))
		if [ $failed -gt 3 ]; then
			echo "FAIL sequence $number of RUN='$RUN' tests/insn/sequences.sh $seed $n $at"
		elif differs "$number" 1; then
			echo "FAIL once more: RUN='$RUN' tests/insn/sequences.sh $seed 1 $number"
			reduce "$number"
		else
			start=$(together "$at" "$number")
			echo "FAIL once more, together with those before it: RUN='$RUN' tests/insn/sequences.sh $seed $((number + 1 - start)) $start"
		fi
	done
	passed=$((passed + n - $(wc -w <<<"$bad")))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
