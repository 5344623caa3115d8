/*
 * vex.c - from a VEX instruction to the lift function of its legacy namesake. Operands are brought into the legacy order: destination,
 * second source, immediate or mask register, and the first source behind them, where ACC finds it. What the row's
 * kind says about halves is done here; a destination xmm register always loses the upper half of its ymm register.
 */
#include "sse.h"

static bool
in_vvvv(const ZydisDecodedOperand *o)
{
	return o->encoding == ZYDIS_OPERAND_ENCODING_NDSNDD;
}

static void
arrange(struct lift *l)
{
	ZydisDecodedOperand *o = l->in->op, first = o[1];
	u32 n = l->in->z.operand_count_visible;

	if (n < 3 || (!in_vvvv(&o[0]) && !in_vvvv(&o[1])))
		return;
	o[1] = o[2];
	o[2] = o[3];
	o[3] = first;
	l->acc = 3;
}

/* the xmm registers that the instruction writes lose their upper halves: one bit an operand */
static u32
written(struct lift *l)
{
	u32 set = 0;

	for (u32 i = 0; i < l->in->z.operand_count; i++)
		if (l->in->op[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE && is_xmm(l, i) && !is_wide(l, i))
			set |= 1u << (l->in->op[i].reg.value - ZYDIS_REGISTER_XMM0);
	return set;
}

static void
both_halves(struct lift *l, const struct x86_row *row)
{
	ref r;

	l->two = true;
	for (l->half = 0; l->half < 2; l->half++)
		row->lift(l);
	l->two = false;
	l->half = 0;
	if (is_mem(l, DST))
		return;
	if (row->kind == ROW_NARROW) {
		r = join_low(l, l->result[0], l->result[1]);
		putv(l, DST, r);
	} else {
		puthalves(l, l->result[0], l->result[1]);
	}
}

void
lift_vex(struct lift *l, const struct x86_row *row)
{
	const ZydisDecodedOperand *o = l->in->op;
	bool wide = is_wide(l, DST) || is_wide(l, SRC);
	u32 clear = written(l);

	arrange(l);
	if (l->exact && exact_find(row)) {
		lift_exact(l, exact_find(row));
	} else if (row->kind == ROW_WHOLE || !wide) {
		row->lift(l);
	} else {
		if (row->kind == ROW_WIDEN)
			l->part = 16 * o[SRC].element_size / o[DST].element_size;
		both_halves(l, row);
	}
	l->part = l->acc = 0;
	for (u32 i = 0; i < 16; i++)
		if (clear >> i & 1)
			setvar(l, VAR_YMMH0 + i, zero(l));
}
