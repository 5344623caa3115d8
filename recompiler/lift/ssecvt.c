/*
 * ssecvt.c - conversions between floats and integers, and rounding. wasm's saturating conversions differ from x86 only where x86 gives
 * the indefinite integer 80..00h: for NaNs and values at or above the upper bound. Roundings by MXCSR are to nearest
 * here: exact.c lifts them for processes that load it.
 */
#include "sse.h"

enum { ROUND_NEAREST, ROUND_DOWN, ROUND_UP, ROUND_ZERO };

/* a rounded to an integral value; wide: V128 holds doubles */
static ref
round_to(struct lift *l, enum type t, bool wide, ref a, int mode)
{
	static const u16 scalar[4] = { OP_nearest, OP_floor, OP_ceil, OP_trunc };
	static const u16 narrow_ops[4] = { OP_f32x4_nearest, OP_f32x4_floor, OP_f32x4_ceil, OP_f32x4_trunc };
	static const u16 wide_ops[4] = { OP_f64x2_nearest, OP_f64x2_floor, OP_f64x2_ceil, OP_f64x2_trunc };

	if (t != V128)
		return op1(l, scalar[mode], t, a);
	return op1(l, wide ? wide_ops[mode] : narrow_ops[mode], V128, a);
}

/* float to a general register */
static void
to_gpr(struct lift *l, enum type t, int mode)
{
	bool wide = osize(l, DST) == 8;
	enum type it = wide ? I64 : I32;
	ref a = getxlo(l, SRC, t);
	ref r, bound, fits, indefinite;
	u64 two31 = t == F64 ? 0x41e0000000000000 : 0x4f000000;
	u64 two63 = t == F64 ? 0x43e0000000000000 : 0x5f000000;

	if (mode != ROUND_ZERO)
		a = round_to(l, t, false, a, mode);
	if (t == F64)
		r = op1(l, wide ? OP_i64_satf64 : OP_i32_satf64, it, a);
	else
		r = op1(l, wide ? OP_i64_satf32 : OP_i32_satf32, it, a);
	bound = iconst(l, t, wide ? two63 : two31);
	fits = op2(l, OP_flt, t, a, bound);
	indefinite = iconst(l, it, wide ? 1ull << 63 : 1u << 31);
	r = op3(l, OP_select, it, r, indefinite, fits);
	put(l, DST, r);
}

void
lift_cvtsd2si(struct lift *l)
{
	to_gpr(l, F64, ROUND_NEAREST);
}

void
lift_cvttsd2si(struct lift *l)
{
	to_gpr(l, F64, ROUND_ZERO);
}

void
lift_cvtss2si(struct lift *l)
{
	to_gpr(l, F32, ROUND_NEAREST);
}

void
lift_cvttss2si(struct lift *l)
{
	to_gpr(l, F32, ROUND_ZERO);
}

void
lift_cvtsi2sd(struct lift *l)
{
	ref a = get(l, SRC);
	ref r = op1(l, osize(l, SRC) == 8 ? OP_f64_of_i64 : OP_f64_of_i32, F64, a);

	putxlo(l, F64, r);
}

void
lift_cvtsi2ss(struct lift *l)
{
	ref a = get(l, SRC);
	ref r = op1(l, osize(l, SRC) == 8 ? OP_f32_of_i64 : OP_f32_of_i32, F32, a);

	putxlo(l, F32, r);
}

void
lift_cvtsd2ss(struct lift *l)
{
	ref a = getxlo(l, SRC, F64);
	ref r = op1(l, OP_demote, F32, a);

	putxlo(l, F32, r);
}

void
lift_cvtss2sd(struct lift *l)
{
	ref a = getxlo(l, SRC, F32);
	ref r = op1(l, OP_promote, F64, a);

	putxlo(l, F64, r);
}

static void
convert(struct lift *l, enum op op)
{
	ref a = getv(l, SRC);
	ref r = op1(l, op, V128, a);

	putv(l, DST, r);
}

void
lift_cvtps2pd(struct lift *l)
{
	convert(l, OP_f64x2_promote_low_f32x4);
}

void
lift_cvtpd2ps(struct lift *l)
{
	convert(l, OP_f32x4_demote_f64x2_zero);
}

void
lift_cvtdq2ps(struct lift *l)
{
	convert(l, OP_f32x4_convert_i32x4);
}

void
lift_cvtdq2pd(struct lift *l)
{
	convert(l, OP_f64x2_convert_low_i32x4);
}

/* four floats, or the low two for MMX, to 32-bit integers */
static void
floats_to_ints(struct lift *l, int mode)
{
	ref a = getv(l, SRC);
	ref r, fits, bound, indefinite;

	if (mode != ROUND_ZERO)
		a = round_to(l, V128, false, a, mode);
	r = op1(l, OP_i32x4_trunc_sat_f32x4, V128, a);
	bound = splat32(l, 0x4f000000);
	fits = op2(l, OP_f32x4_lt, V128, a, bound);
	indefinite = splat32(l, 1u << 31);
	r = op3(l, OP_bitselect, V128, r, indefinite, fits);
	putv(l, DST, r);
}

/* two doubles to 32-bit integers in the low half, zeros above */
static void
doubles_to_ints(struct lift *l, int mode)
{
	ref a = getv(l, SRC);
	ref r, fits, bound, indefinite;

	if (mode != ROUND_ZERO)
		a = round_to(l, V128, true, a, mode);
	r = op1(l, OP_i32x4_trunc_sat_f64x2_zero, V128, a);
	bound = splat64(l, 0x41e0000000000000);
	fits = op2(l, OP_f64x2_lt, V128, a, bound);
	fits = pick32(l, fits, fits, 0, 2, 0, 2);
	indefinite = vconst(l, 0x8000000080000000, 0);
	r = op3(l, OP_bitselect, V128, r, indefinite, fits);
	putv(l, DST, r);
}

/* also cvtps2pi */
void
lift_cvtps2dq(struct lift *l)
{
	floats_to_ints(l, ROUND_NEAREST);
}

void
lift_cvttps2dq(struct lift *l)
{
	floats_to_ints(l, ROUND_ZERO);
}

/* also cvtpd2pi */
void
lift_cvtpd2dq(struct lift *l)
{
	doubles_to_ints(l, ROUND_NEAREST);
}

void
lift_cvttpd2dq(struct lift *l)
{
	doubles_to_ints(l, ROUND_ZERO);
}

/* from memory it touches no MMX state */
void
lift_cvtpi2pd(struct lift *l)
{
	ref a = getv(l, SRC);
	ref r = op1(l, OP_f64x2_convert_low_i32x4, V128, a);

	putv(l, DST, r);
	if (is_mm(l, SRC))
		mmx_enter(l);
}

void
lift_cvtpi2ps(struct lift *l)
{
	ref a = getv(l, SRC);
	ref x = op1(l, OP_f32x4_convert_i32x4, V128, a);
	ref d = getv(l, ACC);
	ref r = pick32(l, x, d, 0, 1, 6, 7);

	putv(l, DST, r);
	if (is_mm(l, SRC))
		mmx_enter(l);
}

static int
round_mode(struct lift *l)
{
	u8 imm = immediate(l, 2);

	return imm & 4 ? ROUND_NEAREST : imm & 3;
}

static void
round_scalar(struct lift *l, enum type t)
{
	ref a = getxlo(l, SRC, t);
	ref r = round_to(l, t, false, a, round_mode(l));

	putxlo(l, t, r);
}

static void
round_packed(struct lift *l, bool wide)
{
	ref a = getv(l, SRC);
	ref r = round_to(l, V128, wide, a, round_mode(l));

	putv(l, DST, r);
}

void
lift_roundss(struct lift *l)
{
	round_scalar(l, F32);
}

void
lift_roundsd(struct lift *l)
{
	round_scalar(l, F64);
}

void
lift_roundps(struct lift *l)
{
	round_packed(l, false);
}

void
lift_roundpd(struct lift *l)
{
	round_packed(l, true);
}
