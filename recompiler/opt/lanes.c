/*
 * lanes.c - rules of fold for vectors: what shuffles pick is traced to where it was made, so that broadcasts of a scalar
 * become splats and the SSE2 idiom for a 32-bit product (even and odd lanes through 64-bit products) becomes i32x4_mul.
 */
#include "fold.h"

#define STEPS 4

static void
bytes_of(const struct ins *in, u8 b[16])
{
	for (u32 i = 0; i < 16; i++) {
		b[i] = in->imm[i / 8] >> 8 * (i & 7) & 31;
		if (in->arg[0] == in->arg[1])
			b[i] &= 15;
	}
}

/* Where byte i of a value comes from, through shuffles. */
static u32
trace_byte(const struct fold *o, ref *r, u32 i)
{
	for (u32 n = 0; n < STEPS && at(o, *r)->op == OP_shuffle; n++) {
		const struct ins *in = at(o, *r);
		u8 b[16];

		bytes_of(in, b);
		*r = in->arg[b[i] >> 4];
		i = b[i] & 15;
	}
	return i;
}

/* A broadcast of the low lane that was just put there. */
static ref
rule_splat(struct fold *o, const struct ins *in)
{
	ref src = REF_NONE, r, x;
	u32 from[16], size;
	u8 b[16];

	bytes_of(in, b);
	for (u32 i = 0; i < 16; i++) {
		r = in->arg[b[i] >> 4];
		from[i] = trace_byte(o, &r, b[i] & 15);
		if (i && r != src)
			return REF_NONE;
		src = r;
	}
	if ((at(o, src)->op != OP_i32x4_replace_lane && at(o, src)->op != OP_f32x4_replace_lane) || at(o, src)->imm[0])
		return REF_NONE;
	for (size = 1; size <= 4; size *= 2) {
		u32 i;

		for (i = 0; i < 16 && from[i] == (i & (size - 1)); i++)
			;
		if (i == 16)
			break;
	}
	x = at(o, src)->arg[1];
	if (at(o, src)->op == OP_f32x4_replace_lane)
		return size == 4 ? fold1(o, OP_f32x4_splat, V128, x) : REF_NONE;
	switch (size) {
	case 1: return fold1(o, OP_i8x16_splat, V128, x);
	case 2: return fold1(o, OP_i16x8_splat, V128, x);
	case 4: return fold1(o, OP_i32x4_splat, V128, x);
	default: return REF_NONE;
	}
}

struct place { ref r; u32 lane; };

/* The 32-bit lane behind lane p->lane of p->r; false: made here. */
static bool
step(const struct fold *o, struct place *p)
{
	const struct ins *in = at(o, p->r);
	u8 b[16];
	u64 c;

	if (in->op == OP_u64x2_shr && !(p->lane & 1) && konst(o, in->arg[1], &c) && (c & 63) == 32) {
		*p = (struct place){ in->arg[0], p->lane + 1 };
		return true;
	}
	if (in->op != OP_shuffle)
		return false;
	bytes_of(in, b);
	for (u32 i = 0; i < 4; i++)
		if (b[4 * p->lane + i] != (b[4 * p->lane] & ~3u) + i)
			return false;
	*p = (struct place){ in->arg[b[4 * p->lane] >> 4], (b[4 * p->lane] & 15) / 4 };
	return true;
}

/* Is lane k of whole what stands in p? */
static bool
comes_from(const struct fold *o, struct place p, ref whole, u32 k)
{
	for (u32 n = 0; n <= STEPS; n++) {
		if (p.r == whole && p.lane == k)
			return true;
		if (!step(o, &p))
			return false;
	}
	return false;
}

/* Factors of a product whose low half is lane k of the shuffle. */
static bool
factors(const struct fold *o, const struct ins *shuffle, u32 k, struct place f[2])
{
	struct place p;
	u8 b[16];

	bytes_of(shuffle, b);
	for (u32 i = 0; i < 4; i++)
		if (b[4 * k + i] != (b[4 * k] & ~3u) + i)
			return false;
	p = (struct place){ shuffle->arg[b[4 * k] >> 4], (b[4 * k] & 15) / 4 };
	for (u32 n = 0; n < STEPS; n++) {
		const struct ins *in = at(o, p.r);

		if (in->op == OP_u64x2_extmul_low_u32x4 && !(p.lane & 1)) {
			f[0] = (struct place){ in->arg[0], p.lane / 2 };
			f[1] = (struct place){ in->arg[1], p.lane / 2 };
			return true;
		}
		if (in->op != OP_shuffle || !step(o, &p))
			return false;
	}
	return false;
}

/* Every lane the low half of the product of two vectors' same lanes. */
static ref
rule_product(struct fold *o, const struct ins *in)
{
	struct place f[4][2], x[2];
	ref whole[2];

	for (u32 k = 0; k < 4; k++)
		if (!factors(o, in, k, f[k]))
			return REF_NONE;
	for (u32 side = 0; side < 2; side++) {
		whole[side] = REF_NONE;
		x[side] = f[0][side];
		for (u32 n = 0; n <= STEPS && whole[side] == REF_NONE; n++) {
			bool all = x[side].lane == 0;

			for (u32 k = 1; k < 4 && all; k++)
				all = comes_from(o, f[k][side], x[side].r, k);
			if (all)
				whole[side] = x[side].r;
			else if (!step(o, &x[side]))
				return REF_NONE;
		}
		if (whole[side] == REF_NONE)
			return REF_NONE;
	}
	return fold2(o, OP_i32x4_mul, V128, whole[0], whole[1]);
}

/* A low lane above zeros: the load does it, or the move. */
static ref
rule_replace(struct fold *o, const struct ins *in)
{
	const struct ins *v = at(o, in->arg[0]);
	struct ins *x = at(o, in->arg[1]);
	u32 size = in->op == OP_i32x4_replace_lane || in->op == OP_f32x4_replace_lane ? 4 : 8;

	if (in->imm[0] || v->op != OP_vconst || v->imm[0] || v->imm[1])
		return REF_NONE;
	if (x->op != OP_load || x->size != size || o->real[in->arg[1]] + o->pend[in->arg[1]])
		return REF_NONE;
	x->type = V128;
	return in->arg[1];
}

ref
rule_lanes(struct fold *o, const struct ins *in)
{
	ref r;

	if (in->op != OP_shuffle)
		return rule_replace(o, in);
	r = rule_splat(o, in);
	return r != REF_NONE ? r : rule_product(o, in);
}
