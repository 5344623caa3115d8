# elfport. `make demo` builds and runs a real program, `make test` proves it; `make help` lists the rest.

B := build
CC ?= gcc
CLANG ?= clang-19
NODE := $(shell tools/node-path.sh)
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
LIBS := -lZydis -lbinaryen -lelf -lz -lpthread

REC_SRC := $(wildcard recompiler/*.c recompiler/lift/*.c recompiler/opt/*.c recompiler/emit/*.c)
REC_OBJ := $(REC_SRC:%.c=$(B)/obj/%.o)
DEFS := $(wildcard include/*.def include/*.h recompiler/*.def recompiler/*.h recompiler/*/*.def recompiler/*/*.h)

.PHONY: all demo test pytest coverage setup help bench fuzz cost layers clean docs
all: $(B)/elfport $(B)/lockstep $(B)/engine.wasm $(B)/kernel.wasm $(B)/host/main.cjs $(B)/host/cpu.cjs $(B)/quit.node

help:
	@echo "make            the recompiler, the engine and the kernel, into $(B)/"
	@echo "make demo       install what is missing, build, recompile and run busybox"
	@echo "make test       all tests, under 30 minutes on two cores"
	@echo "make bench      native, qemu-x86_64, clang to wasm and elfport side by side; $(B)/bench.json"
	@echo "make fuzz       instructions, sequences and C programs at random with ever new seeds, natively against translated; SEED=n ROUNDS=n (0: no end)"
	@echo "make cost       wasm instructions of every instruction form, into tests/insn/cost.txt"
	@echo "make docs       docs/insns.md and docs/syscalls.md"
	@echo "make pytest     156 modules of CPython's own test suite, natively and through elfport; docs/pytest.md"
	@echo "make coverage   how much of Debian's programs and libraries is found, what of runs is interpreted; docs/coverage.md"
	@echo "make layers     check that includes respect the borders"
	@echo "make clean"

setup:
	@tools/setup.sh

# The recompiler. Its version, part of every cache key, is a hash of what its output depends on.
VERSION_SRC := $(filter-out recompiler/run.c recompiler/inspect.c recompiler/main.c recompiler/arguments.c,$(REC_SRC))

$(B)/version.h: $(VERSION_SRC) $(filter-out include/linux.h include/host.%,$(DEFS))
	@mkdir -p $(B)
	@printf '#define ELFPORT_VERSION "%s"\n' $$(cat $^ | sha256sum | cut -c1-16) > $@.tmp
	@cmp -s $@.tmp $@ || cp $@.tmp $@; rm $@.tmp; touch $@

$(B)/obj/%.o: %.c $(DEFS)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CFLAGS) $(WARN) -c -o $@ $<

$(B)/obj/recompiler/cache.o: $(B)/version.h

$(B)/elfport: $(REC_OBJ)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# the lockstep tool: the recompiler's decoder, lifter, passes and emitter, and what lazy flags mean
LOCKSTEP_SRC := $(wildcard tools/lockstep/*.c) runtime/engine/flags.c
$(B)/lockstep: $(LOCKSTEP_SRC:%.c=$(B)/obj/%.o) $(filter-out $(B)/obj/recompiler/main.o,$(REC_OBJ))
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
$(LOCKSTEP_SRC:%.c=$(B)/obj/%.o): $(wildcard tools/lockstep/*.h runtime/engine/*.h)

$(B)/quit.node: web/node/quit.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -shared -fPIC -o $@ $<

# Node's half, each thread one file
$(B)/host/%.cjs: $(wildcard web/node/*.mjs web/host/*.js) tools/bundle.mjs
	@mkdir -p $(@D)
	$(NODE) tools/bundle.mjs web/node/$*.mjs $@

include runtime/engine/build.mk
-include runtime/build.mk

demo: setup
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@samples/busybox/demo.sh

test: setup
	@tests/run.sh

fuzz: all
	@tests/insn/fuzz.sh $(SEED) $(ROUNDS)

# instructions: what each form costs, and the report
$(B)/insn/report/rows.tsv: all
	@mkdir -p $(@D)
	@tests/insn/run.sh -v 8 -n 12 -c $(@D)/cases.txt
	@$(B)/insn/insn -r $(@D)

cost: $(B)/insn/report/rows.tsv
	@python3 tests/insn/report.py cost $(B)/insn/report tests/insn/cost.txt

docs: docs/insns.md
docs/insns.md: $(B)/insn/report/rows.tsv tests/insn/cost.txt tests/insn/proven.txt tests/insn/report.py
	@python3 tests/insn/report.py docs $(B)/insn/report tests/insn/cost.txt tests/insn/proven.txt > $@.tmp
	@mv $@.tmp $@

bench: all
	@$(NODE) tests/bench/bench.mjs
	@$(NODE) tests/bench/firstcall.mjs
	@$(NODE) tests/bench/programs.mjs
	@$(NODE) tests/bench/pieces.mjs

coverage: all
	@$(NODE) tools/coverage.mjs --fetch --compile --runs --write docs/coverage.md

pytest: all
	@$(NODE) tests/prog/pytest.mjs --table docs/pytest.md

layers:
	@tools/layers.sh

clean:
	rm -rf $(B)
