/*
 * lift.h - one decoded instruction to IR. A lift function reads, computes, writes, sets flags, in this order, so that the
 * variables hold the exact state of the instruction's start at every trapif. x86.def names the function per mnemonic.
 *
 * lift.c implements operands and the block loop. Integer operand values are I32 for 8, 16 and 32 bits (zero-extended)
 * and I64 for 64 bits; vector values are V128.
 */
#ifndef LIFT_H
#define LIFT_H

#include "../recompiler.h"

struct ea { ref addr; u32 offset; };

enum { STORED = 8 };
struct stored { ZydisRegister base, index; i64 disp; };

struct lift {
	struct func *f;
	u32 b;                       /* block that instructions are appended to */
	struct insn *in;
	u32 pc, next;                /* of this instruction and the next one */
	u8 size;                     /* operand size in bytes of operand 0: 1 2 4 8 (16 for xmm) */
	const struct code_func *cf;  /* control flow ahead of time; NULL in the interpreter */
	const struct code_blk *cb;
	struct ea ea;                /* of operand ea_for - 1, computed in block ea_blk: an operand read and written is located once */
	u32 ea_blk;
	int ea_for;
	bool precise;                /* guards before accesses */
	bool exact;                  /* floating point obeys MXCSR */
	const struct lift_source *src;
	u32 switch_temp;             /* variable number of the saved index of a jump table; 0: none */
	/* vector instructions, see vecoperand.c */
	u8 acc;                      /* the operand that ACC names: DST in legacy forms */
	bool two;                    /* lifted once for each half: results go to result[half] */
	u8 half, part;               /* part: bytes of the source for each half of a widening operation, 0: another */
	ref result[2];
	struct stored stored[STORED];/* memory operands last written, see mxcsr.c */
	u32 nstored;
};

/* instruction builders: append to the current block, pc filled in */
ref op0(struct lift *l, enum op op, enum type t);
ref op1(struct lift *l, enum op op, enum type t, ref a);
ref op2(struct lift *l, enum op op, enum type t, ref a, ref b);
ref op3(struct lift *l, enum op op, enum type t, ref a, ref b, ref c);
ref opi(struct lift *l, enum op op, enum type t, ref a, u64 imm);      /* one argument and imm[0]: lane ops */
ref iconst(struct lift *l, enum type t, u64 v);
ref vconst(struct lift *l, u64 lo, u64 hi);
ref shuffle(struct lift *l, ref a, ref b, const u8 lanes[16]);
ref getvar(struct lift *l, enum var v);
void setvar(struct lift *l, enum var v, ref x);
ref getlo(struct lift *l, enum var v, enum type t);
void setlo(struct lift *l, enum var v, enum type t, ref x);
ref load(struct lift *l, enum type t, u8 size, ref addr, u32 offset);  /* zero-extending; offset < 64 KiB */
ref loads(struct lift *l, enum type t, u8 size, ref addr, u32 offset);
void store(struct lift *l, enum type t, u8 size, ref addr, u32 offset, ref x);
ref cpuload(struct lift *l, enum type t, u8 size, u32 offset);         /* offsetof(struct cpu, field) */
void cpustore(struct lift *l, enum type t, u8 size, u32 offset, ref x);
ref helper(struct lift *l, enum helper h, ref a, ref b, ref c, ref d); /* REF_NONE for missing ones */
ref rmw(struct lift *l, enum op op, u8 size, struct ea ea, ref x);     /* OP_rmw_*: the old value */
ref cmpxchg(struct lift *l, u8 size, struct ea ea, ref expected, ref new);
void trapif(struct lift *l, ref cond, enum trap trap);
void trap_on(struct lift *l, ref x, u32 value, enum trap trap);        /* where x is value */
void raise_trap(struct lift *l, enum trap trap);                       /* ends the block */

/* operands: n counts Zydis's operands from 0 (0 is DST in two-operand forms, 1 SRC) */
enum { DST = 0, SRC = 1, SRC2 = 2 };
const ZydisDecodedOperand *operand(struct lift *l, int n);
bool is_mem(struct lift *l, int n);
bool is_reg(struct lift *l, int n);
bool is_imm(struct lift *l, int n);
u8 osize(struct lift *l, int n);                 /* bytes */
enum type itype(u8 size);                        /* 8: I64, else I32 */
ref get(struct lift *l, int n);                  /* integer operand at its own size, zero-extended; immediates at size of operand 0 */
ref gets(struct lift *l, int n);                 /* the same sign-extended to I32 (8, 16 bits) */
void put(struct lift *l, int n, ref x);          /* integer; 32-bit register writes clear the upper half, 8 and 16 keep the rest */
ref getreg(struct lift *l, ZydisRegister r);     /* any GPR part, as get */
void putreg(struct lift *l, ZydisRegister r, ref x);
void putreg_if(struct lift *l, ZydisRegister r, ref x, ref c);   /* 32 or 64 bits, only where c is not 0 */
struct ea mem(struct lift *l, int n);            /* effective address, I32, segment base and load bias included */
ref lea(struct lift *l, int n, enum type t);     /* effective address without segment as a value of 32 or 64 bits */
void push(struct lift *l, u8 size, ref x);
ref pop(struct lift *l, u8 size, enum type t);
u32 newblock(struct lift *l);                    /* for instructions that branch inside: append, then set l->b and terms */

/* guard.c: with --precise-faults, checks before the first effect of the instruction */
void guard_operands(struct lift *l);             /* every memory operand whose address is known at the start */
void guard_operand(struct lift *l, u32 n);       /* one of them */
void guard(struct lift *l, ref addr, u32 bytes, bool write);   /* I64 address */

/* flags: store the lazy operands, zero-extending them; size in bytes selects the kind */
void flags_add(struct lift *l, u8 size, ref a, ref b);
void flags_sub(struct lift *l, u8 size, ref a, ref b);
void flags_res(struct lift *l, u8 size, ref result, ref cf, ref ofaf);  /* cf, ofaf I32 or I64; REF_NONE: 0 */
void flags_fcom(struct lift *l, enum type t, ref a, ref b);             /* F32 or F64 values */
void flags_word_set(struct lift *l, ref word);                          /* I64 word of EF_STATUS bits */
ref flags_word_get(struct lift *l);                                     /* I64 */
ref cond(struct lift *l, enum cc cc);                                   /* I32 0 or 1 */
void flags_word_merge(struct lift *l, u32 change, ref bits);            /* replaces the bits of change, keeps the others; I32 or I64 */
struct flagvars { ref fk, fa, fb, fc; };
struct flagvars flags_save(struct lift *l);
void flags_keep_unless(struct lift *l, struct flagvars old, ref changed);  /* takes the old flags back where changed is 0 */
enum cc cc_of(ZydisMnemonic m);                                         /* of a Jcc, SETcc, CMOVcc */
ref addr(struct lift *l, enum type t, u32 link);                        /* a code or data address of this file */

/* atomic.c: a locked destination without a wasm atomic of its own is computed in a block that starts again when the compare-exchange fails */
void begin_locked(struct lift *l);               /* first of all; no effect without a lock prefix */
void locked_put(struct lift *l, ref old, ref new, ref *live[], u32 n);   /* put(DST); only the values in live survive it */

enum row_kind {
	ROW_PLAIN,
	/* VEX instructions that lift_vex brings into the legacy order; ymm operands are two halves, each */
	ROW_LANES,                                   /* with its own result */
	ROW_WIDEN,                                   /* out of a part of the source */
	ROW_NARROW,                                  /* with half a result */
	ROW_WHOLE                                    /* the function does both halves itself */
};
struct x86_row {
	u16 mnemonic;
	u8 kind;                                     /* enum row_kind */
	void (*lift)(struct lift *l);
	const char *flags_written, *flags_undefined; /* letters as in x86.def, for tests (undefined ones are masked) */
	const char *tests;                           /* forms that tests/insn generates: see x86.def */
};
const struct x86_row *x86_row(ZydisMnemonic m);  /* NULL: unknown */
u32 x86_rows(const struct x86_row **rows);       /* all of them: their number */

void load_segment(struct lift *l);               /* segment.c: mov to a segment register */
void lift_vex(struct lift *l, const struct x86_row *row);        /* vex.c */

void mxcsr_written(struct lift *l);              /* mxcsr.c */
bool x87_waits(const struct insn *in);           /* x87.c: an unmasked exception that is pending comes before this instruction */
void x87_wait(struct lift *l);                   /* raises it */

/* exact.c: floating point that obeys MXCSR */
struct exact;
const struct exact *exact_find(const struct x86_row *row);       /* NULL: the row has nothing to do with MXCSR */
void lift_exact(struct lift *l, const struct exact *e);          /* operands in legacy order */

/* lift.c, control.c: control flow */
void switch_index(struct lift *l);                /* at the load_pc of a jump table: saves the index */
u32 edge(struct lift *l, u32 pc);                /* block that continues at pc: the function's own, or a new one that leaves for it */
void end_goto(struct lift *l, u32 pc);            /* the same as a terminator */
void end_jmp(struct lift *l, u32 succ);
void end_br(struct lift *l, ref val, u32 yes, u32 no);
struct term *end_block(struct lift *l, enum term_kind kind, u32 nsucc);  /* terminator of l->b, its pc filled in */
bool has_lock(struct lift *l);
ref zext(struct lift *l, u8 size, ref x);        /* clears the bits of an I32 value above 1 or 2 bytes */
ref widen(struct lift *l, u8 size, ref x);       /* integer of that size to I64, zero-extending */
ref narrow(struct lift *l, u8 size, ref x);      /* I64 to the operand type of that size, high bits cleared */
ref topbit(struct lift *l, u8 size, ref x);      /* topmost bit of an operand value as I32 0 or 1 */

#endif
