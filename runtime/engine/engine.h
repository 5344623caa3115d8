/*
 * engine.h - the engine: dispatcher, code map, interpreter and helpers, compiled to one wasm module that every guest
 * process instantiates in its own memory. It may be scribbled on by the guest: the kernel trusts nothing it hands over.
 *
 * Exports: run, attach, detach, call_unknown, through, lookup, poll, syscall, trap, engine_config and every helper of
 * helpers.def by name. Imports: the doors of include/door.def from "kernel", memory and table from "env". See docs/engine.md.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include "../../include/cpu.h"
#include "../../include/layout.h"
#include "../../include/door.h"

#define GUEST(type, addr) ((type *)(uintptr_t)(u32)(addr))

/* doors: see include/door.def */
#ifdef __wasm__
#define DOOR(name) __attribute__((import_module("kernel"), import_name(#name))) name
#else
#define DOOR(name) name
#endif
i64 DOOR(door_syscall)(struct cpu *cpu, u32 nr, i64 a0, i64 a1, i64 a2, i64 a3, i64 a4, i64 a5);
u32 DOOR(door_poll)(struct cpu *cpu);
void DOOR(door_trap)(struct cpu *cpu, u32 kind, u32 addr);
u32 DOOR(door_stack)(struct cpu *cpu, u32 rsp);
u32 DOOR(door_executable)(struct cpu *cpu, u32 pc);
void DOOR(door_shared)(struct cpu *cpu);
u32 DOOR(door_map)(u32 bytes);
u32 DOOR(door_resume_module)(u32 id);
u32 DOOR(door_exact_module)(struct codemap *m, u32 compile);
void DOOR(door_unknown)(struct cpu *cpu, u32 pc, const char *text, u32 len);
void DOOR(door_profile)(struct cpu *cpu, u32 pc, u32 instructions);
void DOOR(door_log)(const char *text, u32 len);
i64 DOOR(door_clock)(void);
i64 DOOR(door_random)(void);
#undef DOOR

/* Switches of one process, written by the host right after instantiation; the export engine_config is its address. */
struct engine_config {
	u32 interpret_only;      /* --interpret: never enter compiled code */
	u32 stress_unwind;       /* --stress=unwind: unwind at every poll, call and return */
	u32 window;              /* bytes of guest stack that the host stack may mirror */
	u32 cpu_level;           /* x86-64-v of the processor that guests see */
	u32 profile;             /* --profile: tell the kernel what is interpreted */
	u32 precise;             /* --precise-faults: the interpreter checks every access */
	u32 block_insns;         /* tools/lockstep: instructions of an interpreted block at most; 0: as many as are sensible */
	u32 exact;               /* the engine's own: floating point obeys MXCSR */
};
extern struct engine_config engine_config;

/* dispatch.c: what translated code imports, and the loop around it */
void run(struct cpu *cpu);                      /* until the state must go back to the kernel (cpu->pending, blocked, trap) */
u32 lookup(struct cpu *cpu, u32 pc);            /* table index of the function at pc; 0: none, and cpu->rip = pc */
/* What a compiled function returns, as two wasm results: where execution goes on, and rax unless that is PC_UNWIND. */
struct outcome { u32 pc; u64 rax; };
/* table index 0 */
struct outcome call_unknown(struct cpu *cpu
#define PARAM(NAME) , u64 NAME
#include "../../include/params.def"
#undef PARAM
	);
struct outcome through(struct cpu *cpu, u32 rsp0);
struct outcome poll(struct cpu *cpu);           /* goes on in the resume copy; what it returns, or PC_UNWIND */
bool poll_due(struct cpu *cpu);                 /* refills fuel; true: unwind */
u32 syscall(struct cpu *cpu);                   /* cpu->rip behind the instruction; nonzero: unwind */
u32 trap(struct cpu *cpu, u32 kind);            /* cpu->rip set; returns PC_UNWIND */

/* codemap.c: guest address -> table slot */
enum entry_kind { ENTRY_NONE, ENTRY_FUNC, ENTRY_RESUME };
struct entry {
	enum entry_kind kind;
	u32 slot;                                /* RESUME: valid once map->resume_loaded is 1 */
	struct codemap *map;
};
extern u32 codemap_generation;                  /* changes with every attach and detach */
void attach(struct codemap *m);                 /* m stays where it is until detach */
void detach(struct codemap *m);
struct entry codemap_find(u32 pc);
u32 codemap_next(u32 pc);
struct codemap *codemap_of(u32 pc);             /* the file that answers for pc, or NULL */
void exact_attach(struct codemap *m, u32 exact);   /* address of the struct codemap with exact functions */
void exact_begin(void);                         /* from here on floating point obeys MXCSR; compiled code on the host stack must unwind */

/* blocks.c: decoded blocks, by pc */
struct block;
struct block *block_get(struct cpu *cpu, u32 pc);   /* NULL: no executable mapping at pc, trap delivered */

/* interp.c: runs from cpu->rip until compiled code can go on; returns the next pc, or PC_UNWIND */
u32 interp(struct cpu *cpu, u32 stop_pc, u32 stop_rsp);

/* xsave.c */
u32 xsave_in_use(const struct cpu *cpu);        /* components of XCR0 that are not in their initial state */

/* flags.c */
u64 flags_word(u32 fk, u64 fa, u64 fb, u64 fc);
u32 flags_cond(const struct cpu *cpu, u32 cc);

/* stores.c: where the instruction at cpu->rip will write: address << 32 | bytes; 0: nowhere, or not known before */
u64 insn_stores(const struct cpu *cpu);

/* unknown.c: tells the kernel about the instruction at cpu->rip */
void unknown_report(struct cpu *cpu);

/* mem.c: engine-owned memory from the kernel */
void *mem_map(size_t bytes);                    /* zeroed pages that stay; panics when there are none */

/* perm.c: what --precise-faults asks of the kernel's map of pages */
bool perm_check(struct cpu *cpu, u64 addr, u32 bytes, u32 need);   /* false: cpu->fault_addr and fault_write say why */

/* panic.c */
_Noreturn void engine_panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
