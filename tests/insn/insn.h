/*
 * insn.h - generated instruction tests. forms.c turns the rows of x86.def into encoded instructions, state.c makes machine states
 * for them, native.c executes them on this CPU and interpreted.c through the lifter and the interpreter; main.c compares.
 * main.c also writes them as a table with machine code, which compiled.c makes an ordinary program of: what that prints natively
 * it must print when recompiled.
 * Guest addresses are host addresses: everything a test touches lies in one mapping below 4 GiB.
 */
#ifndef INSN_H
#define INSN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../recompiler/lift/lift.h"

/* the mapping */
#define AREA 0x10000000u
#define CODE AREA                        /* instructions under test */
#define EXIT_PC (AREA + 0x1000)          /* where they jump when done */
#define STATE_ADDR (AREA + 0x2000)       /* struct state, and what the trampoline keeps */
#define HOST_RSP (AREA + 0x2800)
#define HOST_EXIT (AREA + 0x2808)
#define HOST_STACK (AREA + 0x4000)       /* top of a small stack for pushf */
#define DATA (AREA + 0xfa00)             /* a page ends amid the addresses that operands get */
#define DATA_SIZE 0x1000
#define STACK (AREA + 0x20000)
#define STACK_SIZE 0x1000
#define AREA_SIZE 0x30000
#define GS_BASE 0x5000u

struct state {
	u64 r[16];
	u64 flags;
	u32 signal;                          /* 0, or how the instruction ended */
	u32 rip;
	u64 pad[2];
	u8 fx[512];                          /* fxsave64 image: x87, mxcsr, xmm */
	u8 ymmh[256];                        /* upper halves of ymm0..15 */
};

struct mem_image {
	u8 data[DATA_SIZE], stack[STACK_SIZE];
};

/* One encoded instruction and what a state must respect. */
struct test {
	const struct x86_row *row;           /* NULL: of odd.c */
	const char *form;                    /* in the row, not terminated */
	u32 form_length;
	u8 form_size;                        /* what the form's operands have in bytes, 0: all of one size */
	u8 bytes[1024];                      /* the instruction, perhaps after a few that prepare it; or a sequence */
	u32 number, variant;                 /* of a sequence, plus 1; which list of groups was left out */
	u32 len;
	bool has_mem, is_lea;
	ZydisRegister base, index;
	u8 scale;
	i64 disp;
	bool gs;
	ZydisRegister bit_offset;            /* bt family: register that also moves the address */
	u8 bit_size;
	ZydisRegister count;                 /* of a shift, NONE: count_value */
	u32 count_value, count_mask;         /* mask 0: no shift */
	u32 shift_bits;                      /* CF is undefined for shl, shr of as many or more; 0: no such rule */
	u32 max_count;                       /* the result is undefined above; 0: none */
	u32 undefined;                       /* EF_ bits not compared */
	u8 align;                            /* of memory operands, 0: any */
	ZydisRegister vsib;                  /* vector of indices of a gather, 0: none */
	bool vsib_qwords;
	bool float_lanes;                    /* a NaN is as good as another */
	const char *name;                    /* odd.c */
	bool string, divide, frame;          /* frame: rbp points into the stack */
	bool traps;                          /* always, or perhaps */
	const void *code;                    /* compiled.c: where it stands in the program; NULL: copied to CODE */
};

/* rng.c */
u64 rnd(void);
u32 rnd_below(u32 n);
u64 rnd_value(void);                         /* a number that tends to be interesting */
void rnd_seed(u64 seed);
u64 rnd_name(u64 seed, const char *name);    /* a seed for each mnemonic, so that new rows leave the others' tests as they are */

/* names: NULL or mnemonics to choose from, ended by NULL */
bool chosen(const char *name, char **names);
/* forms.c: calls f for every instruction generated for a row; variants per form */
struct forms_memory {
	bool only;                           /* all memory operands are at base (or NONE) + first + 32 * (0 <= n < count) */
	bool odd;                            /* ... and a few bytes more, for those of at most 8 bytes */
	ZydisRegister base;
	i64 first;
	u32 count;
};
extern struct forms_memory forms_memory;
void forms_each(const struct x86_row *row, u32 variants, void (*f)(struct test *t));
u32 flag_letters(const char *s);
/* odd.c: hand-written instructions */
void odd_each(void (*f)(struct test *t));
/* pool.c: instructions for sequences */
enum pool_class { POOL_GENERAL, POOL_VECTOR, POOL_DOUBLE, POOL_SINGLE };
struct pooled {
	u8 bytes[15], len;
	u8 class;
	u32 registers;                       /* operands, bit n: register n; not the base of a memory operand */
	u32 base;                            /* bit of the register that must hold POOL_AREA or POOL_FLOATS, or of rsp */
	bool undefined;                      /* leaves flags undefined */
};
#define POOL_AREA (DATA + 0x600)             /* what rbx points to; all around it is for integers */
#define POOL_FLOATS (DATA + 0xb00)           /* what rbp points to, for floating point */
extern struct pooled *pool;
extern u32 npool;
void pool_fill(void);
/* sequence.c: random sequences, each by seed and number */
extern u32 sequence_first, sequence_count;                               /* -i and -q of main.c; count 0: as many as the caller wants */
void sequence_mask(const char *groups);                                  /* groups of instructions left out of all: "3,7"; "3/7" makes each twice */
u32 sequence_groups(u64 seed, u32 number);
void sequences_each(u64 seed, u32 n, void (*f)(struct test *t));
void sequence_reduce(struct test *t, u64 seed, u32 number, bool (*fails)(struct test *t));   /* t becomes the shortest that fails */

/* state.c */
extern bool state_floats;                    /* states for floating point under MXCSR: -x */
void state_make(struct state *s, struct mem_image *m, const struct test *t);
bool state_skipped(const struct test *t, const struct state *before);    /* all of the result is undefined */
u32 state_undefined(const struct test *t, const struct state *before);   /* EF_ bits not to compare */

/* table.c: the tests as C and assembler text */
void table_write(const char *dir, u64 seed, u32 variants, char **names);

bool native_avx(void);                       /* this CPU has AVX2 */
bool native_code32(void);                    /* this kernel has the selector that programs of 32 bits run with */
/* report.c: what docs/insns.md and the cost file are made of */
void report_write(const char *dir);

/* the executors: from *s and m in memory to *s, memory changed */
void native_setup(void);
void native_run(const struct test *t, struct state *s);
void interpreted_setup(void);
void interpreted_run(const struct test *t, struct state *s);

#endif
