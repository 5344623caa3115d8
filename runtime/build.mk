# build/kernel.wasm: everything in runtime/ but the engine, linked against the C library of Emscripten's sysroot.
# flags.c is the engine's: signal frames need the same meaning of lazy flags.

KERNEL_SYSROOT ?= /usr/share/emscripten/cache/sysroot
KERNEL_LIB := $(KERNEL_SYSROOT)/lib/wasm32-emscripten
KERNEL_SRC := $(wildcard runtime/*.c runtime/syscalls/*.c runtime/fs/*.c runtime/net/*.c runtime/gui/*.c) runtime/engine/flags.c
KERNEL_OBJ := $(KERNEL_SRC:%.c=$(B)/kernel/%.o)
KERNEL_DEF := $(wildcard include/*.h include/*.def runtime/*.h runtime/*.def runtime/fs/*.h runtime/net/*.h runtime/engine/engine.h)
KERNEL_CFLAGS := --target=wasm32-unknown-emscripten --sysroot=$(KERNEL_SYSROOT) -pthread -msimd128 -std=gnu11 -O2 -Wall -Wextra \
	-Wno-unused-parameter -fno-strict-aliasing
KERNEL_EXPORTS := $(shell sed -n 's/^DOOR.\([a-z_]*\),.*/--export=\1/p' include/door.def) \
	--export=__wasm_call_ctors --export=kernel_boot --export=kernel_step --export=kernel_event --export=__stack_pointer

$(B)/kernel/%.o: %.c $(KERNEL_DEF)
	@mkdir -p $(@D)
	@$(CLANG) $(KERNEL_CFLAGS) -c -o $@ $<

$(B)/kernel.wasm: $(KERNEL_OBJ)
	@wasm-ld-19 --no-entry --import-memory --shared-memory --initial-memory=16777216 --max-memory=1073741824 -z stack-size=524288 \
		--allow-undefined $(KERNEL_EXPORTS) -o $@.tmp $^ $(KERNEL_LIB)/libc-mt.a $(KERNEL_LIB)/libdlmalloc-mt.a \
		$(KERNEL_LIB)/libcompiler_rt-mt.a
	@mv $@.tmp $@

docs: docs/syscalls.md
docs/syscalls.md: runtime/syscalls.def runtime/syscalls.awk
	@awk -f runtime/syscalls.awk $< > $@
