#!/bin/bash
# run.sh - the test of emit/: random control flow through code.wasm and resume.wasm, several seeds.
cd "$(dirname "$0")/../../.." || exit 1
out=build/tests/emit
mkdir -p $out
cc=${CC:-gcc}
$cc -std=gnu11 -O1 -g -fsanitize=address,undefined -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -o $out/random_flow \
	tests/unit/emit/random_flow.c recompiler/emit/*.c recompiler/{arena,die,ir,ircheck,irtext,irparse}.c -lZydis -lbinaryen -lz -lpthread || exit 1
passed=0 failed=0
for seed in 1 2 3 4 5; do
	ASAN_OPTIONS=detect_leaks=0 $out/random_flow $out $seed 200 || { echo "FAIL seed $seed"; failed=$((failed + 1)); continue; }
	log=$("$(tools/node-path.sh)" tests/unit/emit/flow.mjs $out)
	echo "seed $seed: $log" | grep -v passed
	p=$(echo "$log" | sed -n 's/^\([0-9]*\) passed.*/\1/p') f=$(echo "$log" | sed -n 's/.* passed, \([0-9]*\) failed/\1/p')
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
