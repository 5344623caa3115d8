# The engine: the dispatcher, the interpreter with the lifter and the passes it needs, the helpers and Zydis, as one wasm module.
# Everything it owns in a guest memory lies below ENGINE_HI (include/layout.h); the link checks that.

SYSROOT ?= /usr/share/emscripten/cache/sysroot
WASM_CFLAGS := --target=wasm32-unknown-emscripten --sysroot=$(SYSROOT) -pthread -msimd128 -mtail-call -mbulk-memory -msign-ext \
	-mnontrapping-fptoint -O2 -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-unused-function
ENGINE_SRC := $(wildcard runtime/engine/*.c recompiler/lift/*.c) recompiler/arena.c recompiler/decode.c recompiler/ir.c \
	recompiler/cfg.c \
	$(filter-out recompiler/opt/passes.c,$(wildcard recompiler/opt/*.c))
ENGINE_OBJ := $(ENGINE_SRC:%.c=$(B)/engine/%.o)
ZYDIS_SRC := Decoder DecoderData SharedData Utils Register Mnemonic Segment MetaInfo
ZYDIS_OBJ := $(ZYDIS_SRC:%=$(B)/engine/zydis/%.o)
ENGINE_DEFS := $(wildcard include/*.def include/*.h recompiler/*.def recompiler/*.h recompiler/*/*.def recompiler/*/*.h runtime/engine/*.h)
ENGINE_GEN := $(B)/engine/helper_calls.h $(B)/engine/interp_vec.h
HELPER_DEFS := $(wildcard include/helpers_*.def)

$(B)/zydis/src/Decoder.c: tools/fetch-zydis.sh
	tools/fetch-zydis.sh $(B)/zydis
	@touch $@

$(B)/engine/helper_calls.h: $(HELPER_DEFS) runtime/engine/helpers.awk
	@mkdir -p $(@D)
	awk -f runtime/engine/helpers.awk $(HELPER_DEFS) > $@

$(B)/engine/interp_vec.h: recompiler/ops.def runtime/engine/vectors.awk
	@mkdir -p $(@D)
	awk -f runtime/engine/vectors.awk recompiler/ops.def > $@

$(B)/engine/exports: $(HELPER_DEFS) runtime/engine/helpers.awk
	@mkdir -p $(@D)
	awk -v exports=1 -f runtime/engine/helpers.awk $(HELPER_DEFS) > $@

# Zydis and Zycore headers are the machine's, which wasm's sysroot does not have
$(B)/engine/include:
	@mkdir -p $@
	ln -sfn /usr/include/Zydis $@/Zydis
	ln -sfn /usr/include/Zycore $@/Zycore

$(B)/engine/%.o: %.c $(ENGINE_DEFS) $(ENGINE_GEN) | $(B)/engine/include
	@mkdir -p $(@D)
	$(CLANG) $(WASM_CFLAGS) -I$(B)/engine -I$(B)/engine/include -DZYAN_NO_LIBC_ALLOC -c -o $@ $<

# here structs come back as several wasm results (struct outcome, struct entry); not everywhere, since compiler-rt's 128-bit functions do not
$(addprefix $(B)/engine/runtime/engine/,dispatch.o codemap.o blocks.o): WASM_CFLAGS += -mmultivalue -Xclang -target-abi -Xclang experimental-mv

$(B)/engine/zydis/%.o: $(B)/zydis/src/Decoder.c | $(B)/engine/include
	@mkdir -p $(@D)
	$(CLANG) $(WASM_CFLAGS) -w -Os -DZYDIS_STATIC_BUILD -DZYDIS_DISABLE_FORMATTER -DZYDIS_DISABLE_ENCODER -I$(B)/engine/include \
		-I$(B)/zydis/src -c -o $@ $(B)/zydis/src/$*.c

# $(call engine_link,OBJECTS); 327680 and 2097152 are ENGINE_DATA and ENGINE_HI
define engine_link
	wasm-ld-19 --fatal-warnings --no-entry --import-memory --shared-memory --initial-memory=2097152 --max-memory=4294967296 --global-base=327680 \
		-z stack-size=229376 --import-table --gc-sections --export=run --export=attach --export=detach \
		--export=call_unknown --export=through --export=lookup --export=poll --export=syscall --export=trap --export=insn_stores --export=engine_config \
		--export=__heap_base --export=memset --export=memmove $$(cat $(B)/engine/exports) -o $@.tmp $(1) $(ZYDIS_OBJ) \
		-L$(SYSROOT)/lib/wasm32-emscripten -lc-mt -lcompiler_rt-mt
	$(NODE) runtime/engine/fits.mjs $@.tmp
	mv $@.tmp $@
endef

$(B)/engine.wasm: $(ENGINE_OBJ) $(ZYDIS_OBJ) $(B)/engine/exports runtime/engine/fits.mjs runtime/engine/build.mk
	$(call engine_link,$(ENGINE_OBJ))
