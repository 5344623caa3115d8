#!/bin/bash
# run.sh [SEED [PROGRAMS]] - random C programs (csmith), each by gcc and clang at every level, natively against recompiled: the checksums that they print.
# PROGRAMS (8) from SEED (1) on, PART (8) of them in one ELF file; those that need more than a second natively are left out. ONLY="gcc -O2" takes one
# compiler and level. A difference is printed with compiler, level, seed and the command that repeats it; KEEP=DIR keeps the program there. Last line: passed and failed.
cd "$(dirname "$0")/../.." || exit 1
seed=${1:-1} programs=${2:-8} part=${PART:-8}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
passed=0 failed=0 skipped=0
musl=/usr/include/$(uname -m)-linux-musl

ways=()
for level in -O0 -O1 -O2 -O3 -Os "-O2 -march=x86-64-v3" "-O3 -march=x86-64-v3"; do
	for c in gcc clang; do ways+=("$c $level"); done
done
[ -n "$ONLY" ] && ways=("$ONLY")

# object WAY SOURCE MAIN OUT
object() {
	local c=${1%% *} level=${1#* }
	case $c in
	gcc) gcc $level -w -nostdinc -isystem "$(gcc -print-file-name=include)" -isystem "$musl" -I/usr/include/csmith -fno-pie -Dmain="$3" -c -o "$4" "$2" ;;
	clang) clang-19 --target="$(uname -m)-linux-musl" $level -w -isystem "$musl" -I/usr/include/csmith -fno-pie -Dmain="$3" -c -o "$4" "$2" ;;
	esac
}

# what kind of program: by the seed
options() {
	local o="--max-funcs $((4 + $1 % 5)) --max-block-depth $((3 + $1 % 3))"
	[ $(($1 % 2)) = 0 ] && o+=" --float"
	[ $(($1 % 3)) = 0 ] && o+=" --builtins"
	echo "$o"
}

# generate SEED: $T/SEED.c; status 1 if it runs too long
generate() {
	(cd "$T" && csmith --seed "$1" $(options "$1") -o "$1.c") >/dev/null || return 1
	object "gcc -O1" "$T/$1.c" main "$T/try.o" && musl-gcc -static -no-pie -o "$T/try" "$T/try.o" -lm && { (ulimit -t 1; exec "$T/try") >/dev/null; } 2>/dev/null
}

# batch SEED...: all ways of these in one program, PROGRAM WAY CHECKSUM in a line
batch() {
	local s w n=0 table=
	{
		echo '#include <stdio.h>'
		for s in "$@"; do
			for w in "${ways[@]}"; do
				object "$w" "$T/$s.c" "main_$n" "$T/$n.o" || { echo "random: $w cannot compile seed $s" >&2; continue; }
				echo "int main_$n(int, char **);"
				table+="{ \"$s $w\", main_$n }, "
				n=$((n + 1))
			done
		done
		echo "static const struct { const char *name; int (*f)(int, char **); } all[] = { $table };"
		echo 'int main(int argc, char **argv) {'
		echo '	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {'
		echo '		printf("%s: ", all[i].name);'
		echo '		fflush(stdout);'
		echo '		all[i].f(1, argv);'
		echo '	}'
		echo '	return 0;'
		echo '}'
	} >"$T/main.c"
	musl-gcc -w -static -no-pie -o "$T/all" "$T/main.c" "$T"/[0-9]*.o -lm || exit 1
	timeout 300 "$T/all" >"$T/native"
	timeout "${LIMIT:-300}" build/elfport run --no-cache --cpu=v3 $RUN "$T/all" >"$T/here" 2>"$T/log"
	echo "status $?" >>"$T/here"
	echo "status 0" >>"$T/native"
	rm -f "$T"/[0-9]*.o
	while read -r line; do
		case $line in
		*:\ *)
			if grep -qxF "$line" "$T/here"; then
				passed=$((passed + 1))
				continue
			fi
			failed=$((failed + 1))
			s=${line%% *} w=${line%%:*} w=${w#* }
			echo "FAIL seed $s, $w: natively '$line', here '$(grep "^$s $w:" "$T/here")' $(tail -1 "$T/log")"
			echo "    again: ONLY='$w' RUN='$RUN' tests/random/run.sh $s 1"
			[ -n "$KEEP" ] && mkdir -p "$KEEP" && cp "$T/$s.c" "$T/all" "$KEEP"
			;;
		esac
	done <"$T/native"
	[ "$(tail -1 "$T/here")" = "status 0" ] || { echo "FAIL seeds $*: $(tail -1 "$T/here") $(tail -1 "$T/log")"; failed=$((failed + 1)); }
}

for ((at = seed; at < seed + programs; at += part)); do
	good=()
	for ((s = at; s < at + part && s < seed + programs; s++)); do
		if generate "$s"; then good+=("$s"); else skipped=$((skipped + 1)); fi
	done
	[ ${#good[@]} = 0 ] || batch "${good[@]}"
done
echo "random: ${#ways[@]} ways of $((programs - skipped)) programs, $skipped ran too long"
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
