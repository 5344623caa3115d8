# planted.mk - an engine and a recompiler with a bug: `make -f tests/lockstep/planted.mk planted`; build/tests/lockstep/build/eflags.c is the lifter's with a mistake in it.

include Makefile

P := $(B)/tests/lockstep/build
PLANTED := recompiler/lift/eflags

.PHONY: planted
planted: $(P)/engine.wasm $(P)/elfport

$(P)/engine.o: $(P)/eflags.c
	$(CLANG) $(WASM_CFLAGS) -I$(B)/engine -I$(B)/engine/include -Irecompiler/lift -DZYAN_NO_LIBC_ALLOC -c -o $@ $<
$(P)/engine.wasm: $(P)/engine.o $(B)/engine.wasm
	$(call engine_link,$(filter-out $(B)/engine/$(PLANTED).o,$(ENGINE_OBJ)) $(P)/engine.o)
$(P)/native.o: $(P)/eflags.c
	$(CC) -std=gnu11 $(CFLAGS) $(WARN) -Irecompiler/lift -c -o $@ $<
$(P)/elfport: $(P)/native.o $(B)/elfport
	$(CC) $(CFLAGS) -o $@ $(filter-out $(B)/obj/$(PLANTED).o,$(REC_OBJ)) $(P)/native.o $(LIBS)
