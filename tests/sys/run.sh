#!/bin/bash
# run.sh [NAME...] - system call tests: each program must print "ok" natively, then under elfport compiled, unwinding at every chance, and
# interpreted. Built with musl if it passes natively with musl (small, quickly recompiled), else with glibc.
cd "$(dirname "$0")/../.." || exit 1
out=build/tests/sys
mkdir -p $out
passed=0 failed=0

good() { "$@" 2>$out/stderr </dev/null | tail -3 >$out/stdout; [ "$(tail -1 $out/stdout)" = ok ]; }      # stdout is a pipe: reopen.c wants one
passes() { good timeout 300 build/elfport run --cache=build/tests/cache/elfport "$@"; }

build() {
	local src=tests/sys/$1.c exe=$out/$1
	[ -x "$exe" ] && [ "$exe" -nt "$src" ] && [ "$exe" -nt tests/sys/check.h ] && return 0
	musl-gcc -w -static -O2 -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu -o "$exe" "$src" 2>/dev/null &&
		good timeout 60 "$exe" && return 0
	gcc -w -static -O2 -pthread -o "$exe" "$src" && good timeout 60 "$exe"
}

check() {
	local name=$1 mode=$2
	shift 2
	if passes "$@" $out/$name || { echo "once more: $name $mode: $(cat $out/stdout $out/stderr | tail -1)"; passes "$@" $out/$name; }; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name $mode"
		cat $out/stdout $out/stderr | tail -3
	fi
}

[ $# -gt 0 ] || set -- $(cd tests/sys && ls *.c | sed 's/\.c$//')
for name; do
	if ! build "$name"; then
		echo "FAIL $name: does not pass natively"
		failed=$((failed + 1))
		continue
	fi
	check "$name" compiled
	check "$name" stress --stress=unwind
	check "$name" interpreted --interpret
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
