#!/bin/bash
# run.sh - the whole test suite: builds, then every part in turn; sums up the parts' own "N passed, N failed" lines
# and repeats what failed, where a reader of the last lines finds it.
#   tests/run.sh [PART...]      parts: build faults il insn lockstep random sys unit web layers prog dyn tty busybox interpreters lang pytest bad cache stress repro layers wasi
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/tests
node=$(tools/node-path.sh)
jobs=$(nproc)
passed=0 failed=0
declare -a summary failures

# part NAME COMMAND...: output to the screen and a log; the last line "N passed, N failed" counts, a bad status without one is a failure
part() {
	local name=$1 log=build/tests/$1.log start=$SECONDS status p f line
	shift
	[ -z "$only" ] || [[ " $only " == *" $name "* ]] || return 0
	echo "== $name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	line=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1)
	p=${line%% passed*} f=${line##*, } f=${f%% failed*}
	if [ -z "$line" ]; then p=0 f=0; [ "$status" = 0 ] && p=1 || f=1; fi
	[ "$status" != 0 ] && [ "$f" = 0 ] && f=1
	passed=$((passed + p)) failed=$((failed + f))
	summary+=("$(printf '%-14s %6d passed %5d failed %5d s' "$name" "$p" "$f" $((SECONDS - start)))")
	[ "$f" = 0 ] || while read -r line; do failures+=("$name: $line"); done < <(
		grep -a '^FAIL' "$log" | cut -c1-400 | head -5 | grep . || tail -3 "$log")
	while read -r line; do failures+=("$name: $line"); done < <(grep -a '^once more' "$log" | cut -c1-400 | head -5)
}

build() { make -s -j"$jobs" all; }

# the recompiler with sanitizers reads good and damaged files; the same bytes come from gcc's and clang's build
# (no nonnull-attribute: memset and qsort of nothing at NULL are harmless and plentiful)
repro() {
	local p=0 f=0 x
	make -s -j"$jobs" B=build/asan CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize=nonnull-attribute -fno-sanitize-recover=undefined" build/asan/elfport || return 1
	make -s -j"$jobs" B=build/clang CC=clang-19 build/clang/elfport || return 1
	mkdir -p build/tests/repro
	for x in build/tests/prog/printf-musl build/tests/prog/exceptions-gcc /bin/busybox; do
		[ -e "$x" ] || continue
		rm -rf build/tests/repro/*
		build/elfport compile -o build/tests/repro/gcc "$x" && build/clang/elfport compile -o build/tests/repro/clang "$x" &&
			build/elfport compile -o build/tests/repro/again "$x"
		if cmp build/tests/repro/gcc/code.wasm build/tests/repro/clang/code.wasm && cmp build/tests/repro/gcc/code.wasm build/tests/repro/again/code.wasm &&
			{ [ ! -e build/tests/repro/gcc/resume.wasm ] || cmp build/tests/repro/gcc/resume.wasm build/tests/repro/clang/resume.wasm; }; then
			p=$((p + 1)); else echo "FAIL $x: builds differ"; f=$((f + 1)); fi
		if [ "$x" != /bin/busybox ]; then
			if ASAN_OPTIONS=detect_leaks=0 build/asan/elfport compile -o build/tests/repro/asan "$x" && cmp build/tests/repro/asan/code.wasm build/tests/repro/gcc/code.wasm; then
				p=$((p + 1)); else echo "FAIL $x: sanitizers"; f=$((f + 1)); fi
		fi
	done
	# damaged copies: a clean refusal or a module, never a crash
	for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		python3 - "$seed" build/tests/prog/setjmp-musl build/tests/repro/damaged <<-'PY'
			import random, sys
			random.seed(int(sys.argv[1]))
			b = bytearray(open(sys.argv[2], 'rb').read())
			for _ in range(random.choice([1, 4, 40])):
			    b[random.randrange(random.choice([64, 1024, len(b)]))] = random.randrange(256)
			if random.random() < .3:
			    del b[random.randrange(len(b)):]
			open(sys.argv[3], 'wb').write(b)
		PY
		chmod +x build/tests/repro/damaged
		ASAN_OPTIONS=detect_leaks=0 timeout 120 build/asan/elfport compile -o build/tests/repro/d build/tests/repro/damaged >build/tests/repro/log 2>&1
		case $? in 0|125|126|127) p=$((p + 1)) ;; *) echo "FAIL damaged file, seed $seed: $(tail -1 build/tests/repro/log)"; f=$((f + 1)) ;; esac
	done
	echo "$p passed, $f failed"
	[ $f = 0 ]
}

only="$*"
[ -n "$only" ] && only="build $only"
part build build
part layers tools/layers.sh
for script in tests/*/run.sh; do
	[ -x "$script" ] && part "$(basename "$(dirname "$script")")" "$script"
done
part prog "$node" tests/prog/run.mjs --mode default
part dyn "$node" tests/prog/dyn.mjs --mode default --mode unwind --sample 3
part tty python3 tests/prog/tty.py
part bad "$node" tests/prog/badinput.mjs
part cache "$node" tests/prog/cache.mjs
part busybox "$node" tests/prog/busybox.mjs
part interpreters "$node" tests/prog/interpreters.mjs
part lang "$node" tests/prog/lang.mjs
part pytest "$node" tests/prog/pytest.mjs test_epoll test_fileio test_heapq test_int test_ipaddress test_re
part stress "$node" tests/prog/run.mjs --mode unwind --mode interpret
part repro repro
part wasi samples/wasi/test.sh
printf '%s\n' "" "${summary[@]}" "${failures[@]}"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
