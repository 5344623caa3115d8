#!/bin/sh
# The generated instruction tests as a program: native against recompiled code, with whatever elfport options are given.
# SEED, VARIANTS of each form, MNEMONICS only, STATES of each instruction, LIMIT in seconds of CPU time. EXACT=-x: floating point under random
# MXCSR, its functions with exact floats compiled beforehand. Last line: tests passed and failed.
cd "$(dirname "$0")/../.." || exit 1
P=build/insn/program
mkdir -p $P
build/insn/insn $EXACT -s "${SEED:-1}" -v "${VARIANTS:-2}" -t $P ${MNEMONICS:-} || exit 1
gcc -O1 -g -w -static -o $P/insn tests/insn/compiled.c tests/insn/native.c tests/insn/state.c tests/insn/rng.c \
	$P/table.c $P/snippets.S || exit 1
$P/insn $EXACT -n "${STATES:-8}" -s "${SEED:-1}" > $P/native.txt
if [ -n "$EXACT" ]; then
	rm -rf $P/cache
	build/elfport compile --cpu v3 --exact-floats --cache $P/cache $P/insn || exit 1
	set -- --cache $P/cache "$@"
fi
(ulimit -t "${LIMIT:-120}"; build/elfport run "$@" $P/insn $EXACT -n "${STATES:-8}" -s "${SEED:-1}") > $P/elfport.txt || echo "insn: elfport's status $?"
diff $P/native.txt $P/elfport.txt > $P/diff.txt
n=$(wc -l < $P/native.txt) bad=$(grep -c '^<' $P/diff.txt)
grep '^<' $P/diff.txt | cut -d' ' -f3 | sort | uniq -c
[ "$bad" = 0 ] || echo "insn: again: EXACT=$EXACT SEED=${SEED:-1} VARIANTS=${VARIANTS:-2} STATES=${STATES:-8} MNEMONICS='...' tests/insn/compiled.sh $*"
echo "insn: recompiled $*: $((n - bad)) passed, $bad failed"
[ "$bad" = 0 ]
