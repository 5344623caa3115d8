/*
 * logic.c - and, or, xor, not, test, andn: CF and OF are cleared (AF too, which the manual leaves undefined).
 */
#include "lift.h"

static void
logic(struct lift *l, enum op op, enum op atomic)
{
	enum type t = itype(l->size);
	ref b = get(l, SRC);
	ref a, r;

	if (has_lock(l)) {
		struct ea ea = mem(l, DST);

		a = rmw(l, atomic, l->size, ea, b);
		r = op2(l, op, t, a, b);
	} else {
		a = get(l, DST);
		r = op2(l, op, t, a, b);
		put(l, DST, r);
	}
	flags_res(l, l->size, r, REF_NONE, REF_NONE);
}

void
lift_and(struct lift *l)
{
	logic(l, OP_and, OP_rmw_and);
}

void
lift_or(struct lift *l)
{
	logic(l, OP_or, OP_rmw_or);
}

/* xor r,r and sub r,r are how compilers write zero */
void
lift_xor(struct lift *l)
{
	ref zero;

	if (is_reg(l, DST) && is_reg(l, SRC) && operand(l, DST)->reg.value == operand(l, SRC)->reg.value) {
		zero = iconst(l, itype(l->size), 0);
		put(l, DST, zero);
		flags_res(l, l->size, zero, REF_NONE, REF_NONE);
		return;
	}
	logic(l, OP_xor, OP_rmw_xor);
}

void
lift_test(struct lift *l)
{
	bool same = is_reg(l, DST) && is_reg(l, SRC) && operand(l, DST)->reg.value == operand(l, SRC)->reg.value;
	ref a = get(l, DST);
	ref b = same ? a : get(l, SRC);

	if (!same)
		a = op2(l, OP_and, itype(l->size), a, b);
	flags_res(l, l->size, a, REF_NONE, REF_NONE);
}

void
lift_not(struct lift *l)
{
	enum type t = itype(l->size);
	ref ones = iconst(l, t, ~0ULL);
	ref a;

	if (has_lock(l)) {
		struct ea ea = mem(l, DST);

		rmw(l, OP_rmw_xor, l->size, ea, ones);
		return;
	}
	a = get(l, DST);
	a = op2(l, OP_xor, t, a, ones);
	put(l, DST, a);
}

void
lift_andn(struct lift *l)
{
	enum type t = itype(l->size);
	ref a = get(l, SRC);
	ref b = get(l, SRC2);
	ref ones = iconst(l, t, ~0ULL);

	a = op2(l, OP_xor, t, a, ones);
	a = op2(l, OP_and, t, a, b);
	put(l, DST, a);
	flags_res(l, l->size, a, REF_NONE, REF_NONE);
}
