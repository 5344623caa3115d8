/*
 * ssefp.c - scalar and packed float arithmetic, comparisons and logic. Rounding is to nearest, exceptions are masked and leave no
 * sticky flags (docs/float.md). min, max: the second operand unless the comparison is true (SDM: either NaN, both zero).
 * Conversions and rounding are in ssecvt.c.
 */
#include "sse.h"

static void
scalar2(struct lift *l, enum type t, enum op op)
{
	ref b = getxlo(l, SRC, t);
	ref a = getxlo(l, ACC, t);
	ref r = op2(l, op, t, a, b);

	putxlo(l, t, r);
}

static void
packed2(struct lift *l, enum op op)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref r = op2(l, op, V128, a, b);

	putv(l, DST, r);
}

#define ARITH(name, op) \
	void lift_##name##ss(struct lift *l) { scalar2(l, F32, OP_f##op); } \
	void lift_##name##sd(struct lift *l) { scalar2(l, F64, OP_f##op); } \
	void lift_##name##ps(struct lift *l) { packed2(l, OP_f32x4_##op); } \
	void lift_##name##pd(struct lift *l) { packed2(l, OP_f64x2_##op); }
ARITH(add, add)
ARITH(sub, sub)
ARITH(mul, mul)
ARITH(div, div)
#undef ARITH

static void
scalar_minmax(struct lift *l, enum type t, enum op compare)
{
	ref b = getxlo(l, SRC, t);
	ref a = getxlo(l, ACC, t);
	ref c = op2(l, compare, t, a, b);
	ref r = op3(l, OP_select, t, a, b, c);

	putxlo(l, t, r);
}

/* wasm's pmin(x, y) is y < x ? y : x */
static void
packed_minmax(struct lift *l, enum op op)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref r = op2(l, op, V128, b, a);

	putv(l, DST, r);
}

#define MINMAX(name, compare) \
	void lift_##name##ss(struct lift *l) { scalar_minmax(l, F32, OP_##compare); } \
	void lift_##name##sd(struct lift *l) { scalar_minmax(l, F64, OP_##compare); } \
	void lift_##name##ps(struct lift *l) { packed_minmax(l, OP_f32x4_p##name); } \
	void lift_##name##pd(struct lift *l) { packed_minmax(l, OP_f64x2_p##name); }
MINMAX(min, flt)
MINMAX(max, fgt)
#undef MINMAX

static void
scalar_sqrt(struct lift *l, enum type t)
{
	ref a = getxlo(l, SRC, t);
	ref r = op1(l, OP_fsqrt, t, a);

	putxlo(l, t, r);
}

void
lift_sqrtss(struct lift *l)
{
	scalar_sqrt(l, F32);
}

void
lift_sqrtsd(struct lift *l)
{
	scalar_sqrt(l, F64);
}

static void
packed_sqrt(struct lift *l, enum op op)
{
	ref a = getv(l, SRC);
	ref r = op1(l, op, V128, a);

	putv(l, DST, r);
}

void
lift_sqrtps(struct lift *l)
{
	packed_sqrt(l, OP_f32x4_sqrt);
}

void
lift_sqrtpd(struct lift *l)
{
	packed_sqrt(l, OP_f64x2_sqrt);
}

/* rcp, rsqrt: the manual allows a relative error of 1.5 * 2^-12; ours are exact to the last bit or one beside it */
static void
reciprocal(struct lift *l, bool root, bool packed)
{
	ref a = packed ? getv(l, SRC) : getxlo(l, SRC, F32);
	ref one = iconst(l, F32, 0x3f800000);
	enum type t = packed ? V128 : F32;
	ref r;

	if (packed)
		one = op1(l, OP_f32x4_splat, V128, one);
	if (root)
		a = op1(l, packed ? OP_f32x4_sqrt : OP_fsqrt, t, a);
	r = op2(l, packed ? OP_f32x4_div : OP_fdiv, t, one, a);
	if (packed)
		putv(l, DST, r);
	else
		putxlo(l, F32, r);
}

void
lift_rcpss(struct lift *l)
{
	reciprocal(l, false, false);
}

void
lift_rcpps(struct lift *l)
{
	reciprocal(l, false, true);
}

void
lift_rsqrtss(struct lift *l)
{
	reciprocal(l, true, false);
}

void
lift_rsqrtps(struct lift *l)
{
	reciprocal(l, true, true);
}

/*
 * Comparison with a predicate: lane i is all ones where it holds. Predicates of VEX forms from 8 on are these with the opposite answer
 * for NaNs, and orders exchanged; from 16 on only the exceptions differ.
 */
struct compare { u8 op; bool swap, not; };
enum { CMP_EQ, CMP_LT, CMP_LE, CMP_ORD, CMP_NEQ_ORDERED, CMP_FALSE };
static const struct compare compares[16] = {
	{ CMP_EQ, 0, 0 }, { CMP_LT, 0, 0 }, { CMP_LE, 0, 0 }, { CMP_ORD, 0, 1 },
	{ CMP_EQ, 0, 1 }, { CMP_LT, 0, 1 }, { CMP_LE, 0, 1 }, { CMP_ORD, 0, 0 },
	{ CMP_NEQ_ORDERED, 0, 1 }, { CMP_LE, 1, 1 }, { CMP_LT, 1, 1 }, { CMP_FALSE, 0, 0 },
	{ CMP_NEQ_ORDERED, 0, 0 }, { CMP_LE, 1, 0 }, { CMP_LT, 1, 0 }, { CMP_FALSE, 0, 1 },
};

/* the operations on vectors of floats and doubles and on scalars */
struct compare_ops { u16 eq, ne, lt, le, and, or, not; };
static const struct compare_ops packed_ops[2] = {
	{ OP_f32x4_eq, OP_f32x4_ne, OP_f32x4_lt, OP_f32x4_le, OP_v128_and, OP_v128_or, OP_v128_not },
	{ OP_f64x2_eq, OP_f64x2_ne, OP_f64x2_lt, OP_f64x2_le, OP_v128_and, OP_v128_or, OP_v128_not },
};
static const struct compare_ops scalar_ops = { OP_feq, OP_fne, OP_flt, OP_fle, OP_and, OP_or, OP_eqz };

/* t: of the operands, rt of the result */
static ref
compare(struct lift *l, const struct compare_ops *o, enum type t, enum type rt, u8 predicate, ref a, ref b)
{
	const struct compare *c = &compares[predicate & (l->in->z.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX ? 15 : 7)];
	ref x, y, r;

	if (c->swap) {
		x = a;
		a = b;
		b = x;
	}
	switch (c->op) {
	case CMP_EQ:
		return op2(l, c->not ? o->ne : o->eq, t, a, b);
	case CMP_LT:
		r = op2(l, o->lt, t, a, b);
		break;
	case CMP_LE:
		r = op2(l, o->le, t, a, b);
		break;
	case CMP_ORD:
		x = op2(l, c->not ? o->ne : o->eq, t, a, a);
		y = op2(l, c->not ? o->ne : o->eq, t, b, b);
		return op2(l, c->not ? o->or : o->and, rt, x, y);
	case CMP_NEQ_ORDERED:
		x = op2(l, o->lt, t, a, b);
		y = op2(l, o->lt, t, b, a);
		r = op2(l, o->or, rt, x, y);
		break;
	default:
		if (rt == I32)
			return iconst(l, I32, c->not);
		return splat64(l, c->not ? ~0ull : 0);
	}
	return c->not ? op1(l, o->not, rt, r) : r;
}

static void
cmp_scalar(struct lift *l, enum type t)
{
	ref b = getxlo(l, SRC, t);
	ref a = getxlo(l, ACC, t);
	ref r = compare(l, &scalar_ops, t, I32, immediate(l, 2), a, b);
	ref z = iconst(l, I32, 0);

	r = op2(l, OP_sub, I32, z, r);
	if (t == F64)
		r = op1(l, OP_exts, I64, r);
	putxlo(l, t == F64 ? I64 : I32, r);
}

static void
cmp_packed(struct lift *l, bool wide)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref r = compare(l, &packed_ops[wide], V128, V128, immediate(l, 2), a, b);

	putv(l, DST, r);
}

void
lift_cmpps(struct lift *l)
{
	cmp_packed(l, false);
}

void
lift_cmppd(struct lift *l)
{
	cmp_packed(l, true);
}

void
lift_cmpss(struct lift *l)
{
	cmp_scalar(l, F32);
}

void
lift_cmpsd(struct lift *l)
{
	cmp_scalar(l, F64);
}

static void
compare_flags(struct lift *l, enum type t)
{
	ref b = getxlo(l, SRC, t);
	ref a = getxlo(l, ACC, t);

	flags_fcom(l, t, a, b);
}

/* comiss and ucomiss differ only in the exceptions that quiet NaNs raise */
void
lift_comiss(struct lift *l)
{
	compare_flags(l, F32);
}

void
lift_comisd(struct lift *l)
{
	compare_flags(l, F64);
}

/* subtract in even lanes, add in odd ones: both are computed, so that NaNs keep their sign */
void
lift_addsubps(struct lift *l)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref x = op2(l, OP_f32x4_sub, V128, a, b);
	ref y = op2(l, OP_f32x4_add, V128, a, b);
	ref r = pick32(l, x, y, 0, 5, 2, 7);

	putv(l, DST, r);
}

void
lift_addsubpd(struct lift *l)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref x = op2(l, OP_f64x2_sub, V128, a, b);
	ref y = op2(l, OP_f64x2_add, V128, a, b);
	ref r = pick32(l, x, y, 0, 1, 6, 7);

	putv(l, DST, r);
}

/* bits 4.. of the immediate choose the products, bits 0.. the lanes that receive their sum */
void
lift_dpps(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref p = op2(l, OP_f32x4_mul, V128, a, b);
	ref z = zero(l);
	ref r = pick32(l, p, z, imm & 16 ? 0 : 4, imm & 32 ? 1 : 4, imm & 64 ? 2 : 4, imm & 128 ? 3 : 4);
	ref x = pick32(l, r, r, 0, 0, 2, 2);
	ref y = pick32(l, r, r, 1, 1, 3, 3);

	r = op2(l, OP_f32x4_add, V128, x, y);
	x = pick32(l, r, r, 0, 0, 0, 0);
	y = pick32(l, r, r, 2, 2, 2, 2);
	r = op2(l, OP_f32x4_add, V128, x, y);
	r = pick32(l, r, z, imm & 1 ? 0 : 4, imm & 2 ? 0 : 4, imm & 4 ? 0 : 4, imm & 8 ? 0 : 4);
	putv(l, DST, r);
}

void
lift_dppd(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref p = op2(l, OP_f64x2_mul, V128, a, b);
	ref z = zero(l);
	u8 i = imm & 16 ? 0 : 4;
	u8 k = imm & 32 ? 2 : 4;
	ref x = pick32(l, p, z, i, i + 1, i, i + 1);
	ref y = pick32(l, p, z, k, k + 1, k, k + 1);
	ref r = op2(l, OP_f64x2_add, V128, x, y);

	i = imm & 1 ? 0 : 4;
	k = imm & 2 ? 0 : 4;
	r = pick32(l, r, z, i, i + 1, k, k + 1);
	putv(l, DST, r);
}
