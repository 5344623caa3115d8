/*
 * engine.h - the engine: dispatcher, code map, interpreter and helpers, compiled to one wasm module that every guest
 * process instantiates in its own memory. It may be scribbled on by the guest: the kernel trusts nothing it hands over.
 *
 * Exports: run, lookup, poll, syscall, trap, and every helper of helpers.def by name.
 * Imports: the doors of include/door.def from "kernel", memory and table from "env".
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "../../include/cpu.h"
#include "../../include/layout.h"

#define GUEST(type, addr) ((type *)(uintptr_t)(u32)(addr))

/* dispatch.c */
void run(struct cpu *cpu);                      /* until the state must go back to the kernel (cpu->pending, blocked, trap) */
u32 lookup(struct cpu *cpu, u32 pc);            /* table index of the function at pc; 0: none, and cpu->rip = pc */
u32 poll(struct cpu *cpu);                      /* refills fuel; nonzero: unwind */
u32 syscall(struct cpu *cpu);                   /* cpu->rip behind the instruction; nonzero: unwind */
u32 trap(struct cpu *cpu, u32 kind);            /* cpu->rip set; returns PC_UNWIND */
/* codemap.c */
/* flags.c */
u64 flags_word(u32 fk, u64 fa, u64 fb, u64 fc);
u32 flags_cond(const struct cpu *cpu, u32 cc);
/* interp.c */
u32 interp(struct cpu *cpu);                    /* runs from cpu->rip until compiled code can go on; returns next pc */

#endif
