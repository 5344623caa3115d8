/*
 * compact.h - the form in which the interpreter executes IR: a dense array of 16-byte instructions whose operands are byte
 * offsets from struct cpu, so guest registers are operands themselves and most GET, SET, WRAP and EXTU cost nothing.
 *
 * Integer results fill the whole 8-byte slot: a 32-bit value stands zero-extended (compact.c calls it "clean").
 * Slots are either variables (cpu.def) or in cpu->temp.
 */
#ifndef COMPACT_H
#define COMPACT_H

#include "../../recompiler/recompiler.h"
#include "engine.h"

/* two-operand integer operations: register and immediate forms of both widths */
#define COMPACT_COMPARES(F) F(eq) F(ne) F(lts) F(ltu) F(gts) F(gtu) F(les) F(leu) F(ges) F(geu)

enum cop {
	C_mov4, C_mov8, C_mov16, C_imm4, C_imm8, C_imm16,
	C_zext, C_sext, C_ext8s_32, C_ext16s_32, C_ext8s_64, C_ext16s_64,
	C_ld1, C_ld2, C_ld4, C_ld8, C_ld16, C_ld4v, C_ld8v,
	C_lds1_32, C_lds2_32, C_lds1_64, C_lds2_64, C_lds4_64,
	C_st1, C_st2, C_st4, C_st8, C_st16,
	C_select4, C_select8, C_select16,
	C_cond, C_trapif, C_guard,
	C_jmp, C_br, C_brz, C_switch,
	C_exit, C_call, C_exit_dyn, C_call_dyn, C_syscall, C_trap,   /* calls check the stack window */
	/* operations of ops.def; the forms with i take an immediate instead of slot b */
#define IOP(name, res, args, bin) C_##name##_32, C_##name##_64, C_##name##_32i, C_##name##_64i,
#define OP(name, res, args, props)
#define FOP(name, res, args, bin)
#define COP(name, res, args, bin)
#define VOP(name, res, args, bin)
#define XOP(name, res, args, bin)
#define ROP(name, res, args, bin)
#include "../../recompiler/ops.def"
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
	/* compare and branch: dst counts forward from this instruction */
#define F(name) C_br_##name##_32, C_br_##name##_64, C_br_##name##_32i, C_br_##name##_64i,
	COMPACT_COMPARES(F)
#undef F
	C_EXT,                  /* from here on: interp_ext.c */
	C_cpuld = C_EXT, C_cpust, C_helper, C_shuffle, C_bitselect, C_fence,
	C_rmw_add, C_rmw_sub, C_rmw_and, C_rmw_or, C_rmw_xor, C_rmw_xchg, C_cmpxchg,
#define IOP(name, res, args, bin)
#define FOP(name, res, args, bin) C_##name##_f, C_##name##_d,
#define COP(name, res, args, bin) C_##name,
#define VOP(name, res, args, bin) C_##name,
#define XOP(name, res, args, bin) C_##name,
#define ROP(name, res, args, bin) C_##name,
#include "../../recompiler/ops.def"
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
#undef OP
	NCOP
};

struct cins {
	u16 op;
	u16 dst, a, b;          /* offsets in struct cpu */
	union {
		u64 imm;
		struct { u32 lo, hi; };
		struct { u16 c, d; };
		struct block *link;
	};
};

/* One guest block; see blocks.c. Never moves; lives until the whole cache is flushed. */
struct block {
	u32 pc, bytes;          /* guest range */
	u32 generation;         /* codemap_generation for which stop and fixed hold */
	u32 ninsn;
	bool stop;              /* compiled code can be entered here */
	bool exact;             /* translated with engine_config.exact */
	bool fixed;             /* in the text of an attached file: needs no comparison */
	bool shared;            /* in a shared mapping, which may be written through another one */
	const u8 *copy;         /* what was translated */
	struct cins *code;      /* NULL: not translated yet */
	struct block *next;     /* hash chain */
};

/* compact.c: false if the block does not fit (translate fewer instructions); out is allocated in the arena, n counted */
bool compact(const struct func *f, struct arena *arena, struct cins **out, u32 *n, u32 *ninsn);

/* blocks.c */
bool block_stale(struct block *b);              /* compares; true: retranslate with block_get */
extern u32 block_epoch;                         /* changes when all blocks were dropped */

/* interp_ext.c: one instruction from C_EXT on */
void interp_ext(struct cpu *cpu, const struct cins *ip);

#endif
