#!/bin/bash
# run.sh - builds every tests/unit/test_*.c against the recompiler's objects (the x87 tests against the engine's soft float) and runs it;
# then programs on the engine without a kernel, and random control flow through the emitter.
cd "$(dirname "$0")/../.." || exit 1
mkdir -p build/unit
make -s build/elfport || exit 1
objs=$(ls recompiler/*.c recompiler/*/*.c | grep -v /main.c | sed 's|\(.*\)\.c$|build/obj/\1.o|')
x87="runtime/engine/x87core.c runtime/engine/x87cvt.c runtime/engine/x87env.c runtime/engine/x87math.c runtime/engine/x87op.c
	runtime/engine/softfloat80.c runtime/engine/wide.c"
passed=0 failed=0
for src in tests/unit/test_*.c; do
	t=$(basename "$src" .c)
	case $t in
	*x87*) link=$x87 ;;
	*) link="$objs -lZydis -lbinaryen -lelf -lz" ;;
	esac
	if ! gcc -std=gnu11 -O1 -g -Wall -Wno-unused-function -o "build/unit/$t" "$src" $link -lcheck -lsubunit -lm -lrt -lpthread; then
		failed=$((failed + 1))
		continue
	fi
	out=$(timeout 600 "build/unit/$t" 2>&1)
	status=$?
	echo "$out" | grep -v '^Running suite'
	n=$(echo "$out" | sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' | tail -1)
	set -- ${n:-0 0 0}
	bad=$(($2 + $3))
	[ $status != 0 ] && [ $bad = 0 ] && bad=1
	passed=$((passed + $1 - $2 - $3)) failed=$((failed + bad))
done
make -s build/engine.wasm || exit 1
out=$(timeout 600 "$(tools/node-path.sh)" tests/unit/engine/engine.test.mjs)
echo "$out" | grep -v '^ok '
n=$(echo "$out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
set -- ${n:-0 1}
passed=$((passed + $1)) failed=$((failed + $2))
out=$(timeout 600 tests/unit/emit/run.sh 2>&1)
echo "$out" | tail -3
n=$(echo "$out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' | tail -1)
set -- ${n:-0 1}
passed=$((passed + $1)) failed=$((failed + $2))
echo "$passed passed, $failed failed"
[ $failed = 0 ]
