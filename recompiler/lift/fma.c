/*
 * fma.c - fused multiply-add: helpers round once. The digits of a name say which operands are multiplied (the first two) and which is
 * added: 132, 213, 231. Operand 1 is the destination, 2 the first source, 3 the second.
 */
#include "sse.h"
#include "../../include/floats.h"

static void
operands(int order, int n[3])
{
	static const int name[4] = { 0, DST, ACC, SRC };

	n[0] = name[order / 100];
	n[1] = name[order / 10 % 10];
	n[2] = name[order % 10];
}

static void
fma_packed(struct lift *l, enum helper h, int order, u32 how)
{
	int n[3];
	ref x[3], r;

	operands(order, n);
	for (int i = 0; i < 3; i++)
		x[i] = getv(l, n[i]);
	cpustore(l, V128, 16, offsetof(struct cpu, scratch[2]), x[2]);
	vhelper(l, h, x[0], x[1], how);
	r = vresult(l);
	putv(l, DST, r);
}

static void
fma_scalar(struct lift *l, enum helper h, enum type t, int order, u32 how)
{
	int n[3];
	ref x[3], k, r;

	operands(order, n);
	for (int i = 0; i < 3; i++)
		x[i] = getxlo(l, n[i], t);
	k = iconst(l, I32, how);
	r = helper(l, h, x[0], x[1], x[2], k);
	setlo(l, xmmvar(l, DST), t, r);
}

#define PACKED(name, order, how) \
	void lift_##name##order##ps(struct lift *l) { fma_packed(l, HELPER_fma_ps, order, how); } \
	void lift_##name##order##pd(struct lift *l) { fma_packed(l, HELPER_fma_pd, order, how); }
#define ALL(name, order, how) \
	PACKED(name, order, how) \
	void lift_##name##order##ss(struct lift *l) { fma_scalar(l, HELPER_fma_ss, F32, order, how); } \
	void lift_##name##order##sd(struct lift *l) { fma_scalar(l, HELPER_fma_sd, F64, order, how); }
#define ORDERS(what, name, how) what(name, 132, how) what(name, 213, how) what(name, 231, how)
ORDERS(ALL, fmadd, 0)
ORDERS(ALL, fmsub, FMA_NEGATE_EVEN | FMA_NEGATE_ODD)
ORDERS(ALL, fnmadd, FMA_NEGATE_PRODUCT)
ORDERS(ALL, fnmsub, FMA_NEGATE_PRODUCT | FMA_NEGATE_EVEN | FMA_NEGATE_ODD)
ORDERS(PACKED, fmaddsub, FMA_NEGATE_EVEN)
ORDERS(PACKED, fmsubadd, FMA_NEGATE_ODD)
#undef PACKED
#undef ALL
#undef ORDERS
