#!/bin/sh
# Builds the instruction tests into build/insn and runs them: every row of x86.def natively and through the interpreter.
# Arguments go to the test program, see main.c.
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
exec $B/insn "$@"
