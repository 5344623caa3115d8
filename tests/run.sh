#!/bin/bash
# run.sh - the whole test suite: builds, then every part, as many at a time as there are processors, each with one job; sums up the parts' own
# "N passed, N failed" lines and repeats what failed, where a reader of the last lines finds it. A part's words are shown when it ends, and kept in
# build/tests/PART.log. All parts share one cache of recompiled files, build/tests/cache/elfport.
#   tests/run.sh [PART...]      parts: build faults il insn lockstep random sys unit web layers prog dyn tty busybox interpreters lang pytest bad cache stress repro wasi
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/tests
node=$(tools/node-path.sh)
jobs=$(nproc)
only="$*"
passed=0 failed=0 running=0
declare -a summary failures
declare -A part_of
export XDG_CACHE_HOME=$PWD/build/tests/cache JOBS

wanted() { [ -z "$only" ] || [[ " $only " == *" $1 "* ]]; }

# count NAME: a part that has ended: its words, and its last line "N passed, N failed"; a bad status without one is a failure
count() {
	local name=$1 log=build/tests/$1.log status p f line wall user system
	{ read -r status; read -r wall user system; } <"$log.end"
	rm "$log.end"
	echo "== $name"
	cat "$log"
	line=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1)
	p=${line%% passed*} f=${line##*, } f=${f%% failed*}
	if [ -z "$line" ]; then p=0 f=0; [ "$status" = 0 ] && p=1 || f=1; fi
	[ "$status" != 0 ] && [ "$f" = 0 ] && f=1
	passed=$((passed + p)) failed=$((failed + f))
	summary+=("$(printf '%-14s %6d passed %5d failed %5.0f s %5.0f CPU s' "$name" "$p" "$f" "$wall" "$(awk "BEGIN { print $user + $system }")")")
	[ "$f" = 0 ] || while read -r line; do failures+=("$name: $line"); done < <(
		grep -a '^FAIL' "$log" | cut -c1-400 | head -5 | grep . || tail -3 "$log")
	while read -r line; do failures+=("$name: $line"); done < <(grep -a '^once more' "$log" | cut -c1-400 | head -5)
}

# start NAME COMMAND...: in the background, in a process group of its own, into its log
start() {
	local name=$1 log=build/tests/$1.log
	shift
	echo "-- $name begins"
	set -m
	(
		TIMEFORMAT='%R %U %S'
		{ time { "$@" >"$log" 2>&1; echo $? >"$log.end"; }; } 2>"$log.time"
		tail -1 "$log.time" >>"$log.end"
		rm "$log.time"
	) </dev/null &
	set +m
	part_of[$!]=$name
	running=$((running + 1))
}

# join: waits for one part
join() {
	local pid
	wait -n -p pid
	count "${part_of[$pid]}"
	unset "part_of[$pid]"
	running=$((running - 1))
}

stop() {
	local pid
	for pid in "${!part_of[@]}"; do kill -- "-$pid"; done
	exit 130
}
trap stop INT TERM HUP

# part NAME COMMAND...: beside others
part() {
	wanted "$1" || return 0
	[ $running -lt "$jobs" ] || join
	start "$@"
}

# alone NAME COMMAND...: with nothing beside it, and all processors for its jobs
alone() {
	wanted "$1" || return 0
	while [ $running -gt 0 ]; do join; done
	JOBS=$jobs start "$@"
	join
}

# the recompiler with sanitizers reads good and damaged files; the same bytes come from gcc's and clang's build
# (no nonnull-attribute: memset and qsort of nothing at NULL are harmless and plentiful)
repro() {
	local p=0 f=0 x
	make -s -j"$jobs" B=build/asan CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize=nonnull-attribute -fno-sanitize-recover=undefined" build/asan/elfport || return 1
	make -s -j"$jobs" B=build/clang CC=clang-19 build/clang/elfport || return 1
	rm -rf build/tests/repro
	mkdir -p build/tests/repro
	musl-gcc -w -static -O2 -o build/tests/repro/printf tests/prog/c/printf.c -lm && g++ -w -static -O2 -o build/tests/repro/exceptions tests/prog/c/exceptions.cc || return 1
	for x in build/tests/repro/printf build/tests/repro/exceptions /bin/busybox; do
		rm -rf build/tests/repro/{gcc,clang,again,asan}
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
		python3 - "$seed" build/tests/repro/printf build/tests/repro/damaged <<-'PY'
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

# Parts that wait or keep one processor busy go beside the long ones; the longest begin first, so that none is left over at the end.
[ -n "$only" ] && only="build $only"
JOBS=$jobs
alone build make -s -j"$jobs" all
case $only in "" | build\ *\ *) JOBS=1 ;; esac
part dyn "$node" tests/prog/dyn.mjs --mode default --mode unwind --sample 3
part busybox "$node" tests/prog/busybox.mjs
part layers tools/layers.sh
part insn tests/insn/run.sh
part prog "$node" tests/prog/run.mjs --mode default
part lang "$node" tests/prog/lang.mjs
part interpreters "$node" tests/prog/interpreters.mjs
part repro repro
part lockstep tests/lockstep/run.sh
part stress "$node" tests/prog/run.mjs --mode unwind --mode interpret
part sys tests/sys/run.sh
part pytest "$node" tests/prog/pytest.mjs test_epoll test_fileio test_heapq test_int test_ipaddress test_re
part unit tests/unit/run.sh
part faults tests/faults/run.sh
part random tests/random/run.sh
part il tests/il/run.sh
part bad "$node" tests/prog/badinput.mjs
part cache "$node" tests/prog/cache.mjs
part wasi samples/wasi/test.sh
# keys are timed there
alone tty python3 tests/prog/tty.py
alone web tests/web/run.sh
while [ $running -gt 0 ]; do join; done
printf '%s\n' "" "${summary[@]}" "${failures[@]}"
echo "in all ${SECONDS} s"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
