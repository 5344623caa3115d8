#!/bin/sh
# The generated instruction tests as a program: native against recompiled code (and whatever elfport options are given).
set -e
cd "$(dirname "$0")/../.."
P=build/insn/program
tests/insn/run.sh -h >/dev/null 2>&1 || true
mkdir -p $P
build/insn/insn -v "${VARIANTS:-2}" -t $P
gcc -O1 -g -w -static -o $P/insn tests/insn/compiled.c tests/insn/native.c tests/insn/state.c tests/insn/rng.c $P/table.c $P/snippets.S
$P/insn > $P/native.txt
build/elfport run "$@" $P/insn > $P/elfport.txt || echo "insn: status $?"
if cmp -s $P/native.txt $P/elfport.txt; then
	echo "insn: $(wc -l < $P/native.txt) compiled instructions, 0 differ"
else
	diff $P/native.txt $P/elfport.txt | grep '^<' | cut -d' ' -f3 | sort | uniq -c
	echo "insn: $(wc -l < $P/native.txt) compiled instructions, $(diff $P/native.txt $P/elfport.txt | grep -c '^<') differ"
	exit 1
fi
