#!/bin/sh
# Builds the pass tests with sanitizers and runs every .il file.
set -e
cd "$(dirname "$0")/../.."
B=build/il
mkdir -p $B
SRC="tests/il/run.c recompiler/arena.c recompiler/die.c recompiler/cfg.c $(ls recompiler/ir*.c recompiler/opt/*.c)"
${CC:-gcc} -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -Wall -Wextra -Wno-unused-parameter \
	-Wno-missing-field-initializers -Wno-format-truncation -o $B/il $SRC
ASAN_OPTIONS=detect_leaks=0 exec $B/il "$@" $(ls tests/il/*.il)
