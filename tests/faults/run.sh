#!/bin/bash
# run.sh [NAME...] - programs that live on faults: what they print natively must be what they print under --precise-faults, compiled, unwinding
# at every chance, and interpreted. Lines that begin with "flags:" in a source's first lines name compiler options.
cd "$(dirname "$0")/../.." || exit 1
out=build/tests/faults
mkdir -p $out
passed=0 failed=0

build() {
	local src=tests/faults/$1.c exe=$out/$1
	[ -x "$exe" ] && [ "$exe" -nt "$src" ] && [ "$exe" -nt tests/faults/fault.h ] && return 0
	musl-gcc -w -static -O1 -fno-pie -no-pie -o "$exe" "$src" $(sed -n 's/.*flags: *\(.*[^ ]\) *\*\/$/\1/p' "$src" | head -1)
}

check() {
	local name=$1 mode=$2
	shift 2
	timeout 300 build/elfport run --cache=build/tests/cache/elfport "$@" $out/$name >$out/$name.$mode 2>&1 </dev/null
	echo "status $?" >>$out/$name.$mode
	if cmp -s $out/$name.native $out/$name.$mode; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name $mode"
		diff $out/$name.native $out/$name.$mode | head -6
	fi
}

[ $# -gt 0 ] || set -- $(cd tests/faults && ls *.c | sed 's/\.c$//')
for name; do
	if ! build "$name"; then
		echo "FAIL $name: does not build"
		failed=$((failed + 1))
		continue
	fi
	timeout 60 $out/$name >$out/$name.native 2>&1 </dev/null
	echo "status $?" >>$out/$name.native
	check "$name" compiled --precise-faults
	check "$name" stress --precise-faults="$name" --stress=unwind
	check "$name" interpreted --precise-faults --interpret
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
