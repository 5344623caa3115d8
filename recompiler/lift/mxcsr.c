/*
 * mxcsr.c - ldmxcsr and stmxcsr. Programs are compiled as if MXCSR were never touched; these instructions decide when a process turns to
 * exact floats for good (docs/float.md): when another value is loaded, when the one that is there already is loaded although the code has just
 * computed it (so it is no mere switch of contexts, which store and load MXCSR unseen), and when MXCSR is stored beside the x87 status word,
 * which is how the exception flags of both units are read.
 */
#include "lift.h"

enum { NEAR = 48 };                              /* bytes around stmxcsr that are searched for fnstsw */

/* remembers where the instruction wrote to memory */
void
mxcsr_written(struct lift *l)
{
	const ZydisDecodedOperand *o = &l->in->op[0];
	struct stored *s = &l->stored[l->nstored % STORED];

	if (l->in->z.mnemonic == ZYDIS_MNEMONIC_PUSH)
		*s = (struct stored){ ZYDIS_REGISTER_RSP, ZYDIS_REGISTER_NONE, 0 };
	else if (l->in->z.operand_count_visible && is_mem(l, 0) && o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
		*s = (struct stored){ o->mem.base, o->mem.index, o->mem.disp.has_displacement ? o->mem.disp.value : 0 };
	else
		return;
	l->nstored++;
}

/* the operand is a constant, or was written by one of the last stores */
static bool
computed(struct lift *l)
{
	const ZydisDecodedOperand *o = &l->in->op[0];
	i64 disp = o->mem.disp.has_displacement ? o->mem.disp.value : 0;

	if (o->mem.base == ZYDIS_REGISTER_RIP || o->mem.base == ZYDIS_REGISTER_NONE)
		return true;
	for (u32 i = 0; i < STORED && i < l->nstored; i++) {
		const struct stored *s = &l->stored[i];

		if (s->base == o->mem.base && s->index == o->mem.index && s->disp == disp)
			return true;
	}
	return false;
}

void
lift_ldmxcsr(struct lift *l)
{
	ref x = get(l, DST);
	ref wanted = iconst(l, I32, computed(l));
	ref r = helper(l, HELPER_sse_ldmxcsr, x, wanted, REF_NONE, REF_NONE);

	trap_on(l, r, TRAP_PRIVILEGED, TRAP_PRIVILEGED);
	trap_on(l, r, TRAP_EXACT, TRAP_EXACT);
}

/* fnstsw in both forms, in the same page */
static bool
beside_fnstsw(struct lift *l)
{
	u32 from = l->pc % 4096 < NEAR ? l->pc & ~4095u : l->pc - NEAR;
	u8 b[2 * NEAR];
	u32 n = (u32)l->src->read(l->src->ctx, from, b, sizeof b);

	for (u32 i = 0; i + 1 < n; i++)
		if ((b[i] == 0xdf && b[i + 1] == 0xe0) || (b[i] == 0xdd && (b[i + 1] & 0x38) == 0x38 && b[i + 1] < 0xc0))
			return true;
	return false;
}

void
lift_stmxcsr(struct lift *l)
{
	ref x, r;

	if (beside_fnstsw(l)) {
		r = helper(l, HELPER_sse_flags_wanted, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
		trapif(l, r, TRAP_EXACT);
	}
	x = cpuload(l, I32, 4, offsetof(struct cpu, mxcsr));
	put(l, DST, x);
}
