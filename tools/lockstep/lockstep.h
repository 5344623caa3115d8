/*
 * lockstep.h - runs a program translated and, instruction by instruction, on this CPU, and stops at the first difference. See docs/lockstep.md.
 * main.c reads what the translated run reports; shadow.c is the native side: a traced process that has nothing but the guest's memory and registers;
 * compare.c says what must be equal; show.c prints the difference.
 */
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../recompiler/lift/lift.h"
#include "../../include/cpu.h"

/* The guest's memory, mapped at its own addresses here and in the shadow. */
#define GUEST_AT(type, address) ((type *)(uintptr_t)(u32)(address))

/* What both sides have of one moment: before the instruction at rip. */
struct state {
	u64 r[16], rip, flags, fsbase, gsbase;
	u8 xmm[16][16], ymmh[16][16];
	u8 st[8][10];                            /* in stack order */
	u16 fcw, fsw;                            /* of fsw only TOP is compared */
	u8 tags;                                 /* bit n is set if the physical register n holds something */
};

/* shadow.c */
void shadow_start(void);                         /* also maps the guest's memory */
void shadow_stop(void);
void shadow_load(const struct state *s);
/* one instruction, of a repeated one all rounds: 0, or the signal that it raised; after is filled in anyway */
int shadow_step(struct state *after, bool repeated);

/* compare.c */
enum insn_kind {
	INSN_BOTH,                               /* both execute it */
	INSN_TAKEN                               /* the result is taken over: system calls, time, identity of the processor */
};
enum insn_kind insn_kind(const struct insn *in);
void state_of(struct state *s, const struct cpu *cpu);
/* what differs, in words, or NULL; *exact: nothing at all differs */
const char *state_differs(const struct insn *in, const struct state *native, const struct state *here, bool *exact);

/* show.c */
void show_instruction(const struct insn *in);    /* address, bytes, text, IR, wasm */
void show_states(const struct state *before, const struct state *native, const struct state *here);

#endif
