#!/bin/sh
# Builds the instruction tests into build/insn and runs them: every row of x86.def natively and through the interpreter in one
# process, floating point again under random MXCSR, what each form costs in wasm instructions (report.py), then as a program that elfport runs
# compiled, interpreted, and unwinding at every chance; then random sequences compiled (sequences.sh). With arguments: only the first, with
# these arguments (main.c).
set -e
cd "$(dirname "$0")/../.."
B=build/insn
mkdir -p $B
awk -f runtime/engine/helpers.awk include/helpers_*.def > $B/helper_calls.h
awk -f runtime/engine/vectors.awk recompiler/ops.def > $B/interp_vec.h
cat > $B/Makefile <<'M'
B := build/insn
SRC := $(filter-out %/compiled.c,$(wildcard tests/insn/*.c)) $(wildcard recompiler/lift/*.c recompiler/opt/*.c recompiler/ir*.c) $(addprefix recompiler/,arena.c decode.c cfg.c) \
	$(filter-out %/dispatch.c %/codemap.c %/mem.c %/panic.c %/unknown.c %/libc.c,$(wildcard runtime/engine/*.c))
OBJ := $(SRC:%.c=$(B)/%.o)
DEFS := $(wildcard include/*.def include/*.h recompiler/*.def recompiler/*.h recompiler/*/*.def recompiler/*/*.h runtime/engine/*.h tests/insn/*.h)
$(B)/insn: $(OBJ)
	$(CC) -o $@ $^ -lZydis -lm
FLAGS := -Wall -Wextra -Wno-missing-field-initializers
$(B)/runtime/%.o $(B)/recompiler/%.o: FLAGS := -w -msse4.2 -Dsyscall=engine_syscall -Dpoll=engine_poll -I$(B)
$(B)/%.o: %.c $(DEFS)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g $(FLAGS) -c -o $@ $<
M
make -s -f $B/Makefile $B/insn
[ $# = 0 ] || exec $B/insn "$@"
passed=0 failed=0
add() {
	line=$(tail -1 $B/out)
	p=${line%% passed*} f=${line##*, }
	passed=$((passed + ${p##* })) failed=$((failed + ${f%% failed*}))
}
mkdir -p $B/report
$B/insn -v 8 -n 12 -q 10000 -c $B/report/cases.txt > $B/out || true
cat $B/out
add
$B/insn -x -v 4 -n 50 > $B/out || true
cat $B/out
add
if [ -x build/elfport ] && [ -f build/kernel.wasm ]; then
	$B/insn -r $B/report && python3 tests/insn/report.py check $B/report tests/insn/cost.txt > $B/out || true
	cat $B/out
	add
	VARIANTS=2 STATES=64 tests/insn/compiled.sh --cpu v3 > $B/out || true
	cat $B/out
	add
	EXACT=-x VARIANTS=2 tests/insn/compiled.sh --cpu v3 > $B/out || true
	cat $B/out
	add
	VARIANTS=1 tests/insn/compiled.sh --cpu v3 --interpret > $B/out || true
	cat $B/out
	add
	VARIANTS=1 STATES=2 tests/insn/compiled.sh --cpu v3 --stress=unwind > $B/out || true
	cat $B/out
	add
	tests/insn/sequences.sh 1 1500 > $B/out || true
	cat $B/out
	add
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
