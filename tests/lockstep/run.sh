#!/bin/bash
# run.sh - tools/lockstep: whole programs without a difference, instruction by instruction and between system calls; and with a bug planted into the lifter the
# very instruction is named, with what both sides have, its IR and its wasm.
cd "$(dirname "$0")/../.." || exit 1
T=build/tests/lockstep
passed=0 failed=0
mkdir -p $T/build
ok() { passed=$((passed + 1)); }
bad() { echo "FAIL $1"; tail -5 "$2"; failed=$((failed + 1)); }

# clean NAME COMMAND...: no difference, and what the program prints is what it prints natively
clean() {
	local name=$1
	shift
	if agrees "$@" || { echo "once more: $name"; agrees "$@"; }; then ok; else bad "$name" $T/log; fi
}

# A program with timers may print something else when it runs ten thousand times slower: it is tried twice.
agrees() {
	timeout 300 build/lockstep "$@" >$T/out 2>$T/log </dev/null || return
	while [[ $1 == --* ]]; do shift; done
	"$@" >$T/native </dev/null
	# a run that was stopped by its limit has not printed everything
	grep -q '^lockstep: [1-9][0-9]* instructions, .* no difference' $T/log && { grep -q 'so far$' $T/log || cmp -s $T/out $T/native; }
}

gcc -nostdlib -static -o $T/planted tests/lockstep/planted.S || exit 1
for x in signals threads setjmp x87insn; do
	[ $T/$x -nt tests/prog/c/$x.c ] || musl-gcc -w -static -O2 -o $T/$x tests/prog/c/$x.c -lm || exit 1
done
clean "a line" $T/planted
clean "a line, compiled" --compiled --no-cache $T/planted
clean "musl" --limit=30000 $T/setjmp
clean "musl, compiled" --compiled --limit=100000 --no-cache $T/setjmp
clean "x87" --limit=30000 $T/x87insn
clean "signals" --limit=30000 $T/signals
clean "threads" --limit=30000 $T/threads
clean "the loader" --limit=30000 /bin/echo hello
clean "the loader, compiled" --compiled --cache=build/tests/cache/elfport /bin/echo hello
clean "AVX code" --limit=30000 --cpu=v3 /bin/echo hello

# the planted bug: a copy of the build with another lifter
sed '/^lift_lahf/,/^}/s/iconst(l, I32, 2)/iconst(l, I32, 0)/' recompiler/lift/eflags.c >$T/build/eflags.c
if cmp -s $T/build/eflags.c recompiler/lift/eflags.c; then bad "planting" /dev/null; fi
make -s -f tests/lockstep/planted.mk planted >$T/log 2>&1 || bad "building" $T/log
cp build/lockstep $T/build/lockstep
ln -sfn "$PWD/build/host" $T/build/host
cp build/kernel.wasm $T/build/
[ -d build/node ] && ln -sfn "$PWD/build/node" $T/build/node
pc=$(nm $T/planted | sed -n 's/^0*\([0-9a-f]*\) . planted$/\1/p')
timeout 200 $T/build/lockstep $T/planted >$T/out 2>$T/log
if [ $? = 1 ] && grep -q "differ in general registers after instruction [0-9]*, at $pc: 9f  lahf" $T/log && grep -q '^\*rax ' $T/log && grep -q 'set.i64 rax' $T/log &&
	grep -q 'i64.store' $T/log && grep -q 'then a difference' $T/log; then ok; else bad "the instruction is named" $T/log; fi
timeout 200 $T/build/lockstep --compiled --no-cache $T/planted >$T/out 2>$T/log
if [ $? = 1 ] && grep -q "^lockstep: compiled code between" $T/log && grep -q " $pc " $T/log && grep -q '^\*r12 ' $T/log; then ok; else bad "compiled: the stretch is named" $T/log; fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
