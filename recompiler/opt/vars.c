/*
 * vars.c - what one instruction does to the variables of cpu.def, the base of every dataflow here.
 */
#include "opt.h"

_Static_assert(NVAR < 128, "varset");

varset
ins_reads(const struct ins *in)
{
	switch (in->op) {
	case OP_get: case OP_getlo: case OP_setlo: case OP_flush:
		return in->imm[0] < NVAR ? VARBIT(in->imm[0]) : 0;
	case OP_cond:
		return VARS_FLAGS;
	case OP_poll:
		return VARBIT(VAR_FUEL);
	default:
		return 0;
	}
}

varset
ins_writes(const struct ins *in)
{
	switch (in->op) {
	case OP_set: case OP_setlo: case OP_fetch: case OP_fetchlo:
		return in->imm[0] < NVAR ? VARBIT(in->imm[0]) : 0;
	case OP_poll:
		return VARBIT(VAR_FUEL);
	default:
		return 0;
	}
}

bool
ins_calls(const struct ins *in)
{
	return in->op == OP_helper && helperinfo[in->imm[0]].effect == EFFECT_ALL;
}

varset
var_overlaps(u32 v)
{
	varset parts = VARBIT(VAR_XMMD0) | VARBIT(VAR_XMMS0) | VARBIT(VAR_XMMH0) | VARBIT(VAR_XMMT0);

	if (v >= VAR_XMM0 && v < VAR_XMM0 + 16)
		return parts << (v - VAR_XMM0);
	if (v >= VAR_XMMD0 && v < VAR_XMMD0 + 16)
		return VARBIT(VAR_XMM0 + v - VAR_XMMD0) | VARBIT(VAR_XMMS0 + v - VAR_XMMD0) | VARBIT(VAR_XMMT0 + v - VAR_XMMD0);
	if (v >= VAR_XMMS0 && v < VAR_XMMS0 + 16)
		return VARBIT(VAR_XMM0 + v - VAR_XMMS0) | VARBIT(VAR_XMMD0 + v - VAR_XMMS0);
	if (v >= VAR_XMMT0 && v < VAR_XMMT0 + 16)
		return VARBIT(VAR_XMM0 + v - VAR_XMMT0) | VARBIT(VAR_XMMD0 + v - VAR_XMMT0);
	if (v >= VAR_XMMH0 && v < VAR_XMMH0 + 16)
		return VARBIT(VAR_XMM0 + v - VAR_XMMH0);
	return 0;
}

varset
whole_xmm(varset s)
{
	for (u32 n = 0; n < 16; n++)
		if (s & (VARBIT(VAR_XMM0 + n) | var_overlaps(VAR_XMM0 + n)))
			s |= VARBIT(VAR_XMM0 + n) | var_overlaps(VAR_XMM0 + n);
	return s;
}

varset
flags_ended(const struct blk *b, const struct ins *in)
{
	const struct ins *k;

	if (in->op != OP_set || in->imm[0] != VAR_FK)
		return 0;
	k = &b->ins[in->arg[0]];
	if (k->op != OP_const || (k->imm[0] >= FLAG_RES8 && k->imm[0] <= FLAG_RES64))
		return 0;
	return k->imm[0] == FLAG_WORD ? VARBIT(VAR_FB) | VARBIT(VAR_FC) : VARBIT(VAR_FC);
}

bool
ins_droppable(const struct ins *in)
{
	switch (in->op) {
	case OP_get: case OP_getlo: case OP_cond: case OP_load: case OP_loads: case OP_cpuload:
		return true;
	default:
		return ir_props(in) == P_PURE;
	}
}

struct ins *
take_ins(struct func *f, u32 b, u32 *n)
{
	struct blk *blk = &f->blk[b];
	struct ins *old = blk->ins;
	u32 cap = blk->n + blk->n / 4 + 8;

	*n = blk->n;
	blk->ins = arena_alloc(f->arena, cap * sizeof *blk->ins);
	blk->n = 0;
	blk->cap = cap;
	return old;
}
