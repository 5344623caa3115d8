/*
 * sseint.c - packed integer arithmetic, comparisons, shifts, conversions between lane widths, and ptest; xmm and mm forms.
 */
#include "sse.h"

static void
vector2(struct lift *l, enum op op)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = op2(l, op, V128, a, b);

	putv(l, DST, r);
}

#define VECTOR2(name, op) void lift_##name(struct lift *l) { vector2(l, OP_##op); }
VECTOR2(paddb, i8x16_add)
VECTOR2(paddw, i16x8_add)
VECTOR2(paddd, i32x4_add)
VECTOR2(paddq, i64x2_add)
VECTOR2(paddsb, i8x16_add_sat)
VECTOR2(paddsw, i16x8_add_sat)
VECTOR2(paddusb, u8x16_add_sat)
VECTOR2(paddusw, u16x8_add_sat)
VECTOR2(psubsb, i8x16_sub_sat)
VECTOR2(psubsw, i16x8_sub_sat)
VECTOR2(psubusb, u8x16_sub_sat)
VECTOR2(psubusw, u16x8_sub_sat)
VECTOR2(pmullw, i16x8_mul)
VECTOR2(pmulld, i32x4_mul)
VECTOR2(pmaddwd, i32x4_dot_i16x8)
VECTOR2(pavgb, u8x16_avgr)
VECTOR2(pavgw, u16x8_avgr)
VECTOR2(pminsb, i8x16_min)
VECTOR2(pminub, u8x16_min)
VECTOR2(pminsw, i16x8_min)
VECTOR2(pminuw, u16x8_min)
VECTOR2(pminsd, i32x4_min)
VECTOR2(pminud, u32x4_min)
VECTOR2(pmaxsb, i8x16_max)
VECTOR2(pmaxub, u8x16_max)
VECTOR2(pmaxsw, i16x8_max)
VECTOR2(pmaxuw, u16x8_max)
VECTOR2(pmaxsd, i32x4_max)
VECTOR2(pmaxud, u32x4_max)
VECTOR2(pand, v128_and)
VECTOR2(por, v128_or)
#undef VECTOR2

/* x op x is a constant: the idioms for zero and all ones read nothing */
static void
vector2_same(struct lift *l, enum op op, u64 same)
{
	ref r;

	if (!same_reg(l)) {
		vector2(l, op);
		return;
	}
	r = splat64(l, same);
	putv(l, DST, r);
}

#define VECTOR2_SAME(name, op, same) void lift_##name(struct lift *l) { vector2_same(l, OP_##op, same); }
VECTOR2_SAME(pxor, v128_xor, 0)
VECTOR2_SAME(psubb, i8x16_sub, 0)
VECTOR2_SAME(psubw, i16x8_sub, 0)
VECTOR2_SAME(psubd, i32x4_sub, 0)
VECTOR2_SAME(psubq, i64x2_sub, 0)
VECTOR2_SAME(pcmpeqb, i8x16_eq, ~0ull)
VECTOR2_SAME(pcmpeqw, i16x8_eq, ~0ull)
VECTOR2_SAME(pcmpeqd, i32x4_eq, ~0ull)
VECTOR2_SAME(pcmpeqq, i64x2_eq, ~0ull)
VECTOR2_SAME(pcmpgtb, i8x16_gt, 0)
VECTOR2_SAME(pcmpgtw, i16x8_gt, 0)
VECTOR2_SAME(pcmpgtd, i32x4_gt, 0)
VECTOR2_SAME(pcmpgtq, i64x2_gt, 0)
#undef VECTOR2_SAME

/* ~destination & source */
void
lift_pandn(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = op2(l, OP_v128_andnot, V128, b, a);

	putv(l, DST, r);
}

static void
vector1(struct lift *l, enum op op)
{
	ref a = getv(l, SRC);
	ref r = op1(l, op, V128, a);

	putv(l, DST, r);
}

#define VECTOR1(name, op) void lift_##name(struct lift *l) { vector1(l, OP_##op); }
VECTOR1(pabsb, i8x16_abs)
VECTOR1(pabsw, i16x8_abs)
VECTOR1(pabsd, i32x4_abs)
VECTOR1(pmovsxbw, i16x8_extend_low_i8x16)
VECTOR1(pmovzxbw, u16x8_extend_low_u8x16)
VECTOR1(pmovsxwd, i32x4_extend_low_i16x8)
VECTOR1(pmovzxwd, u32x4_extend_low_u16x8)
VECTOR1(pmovsxdq, i64x2_extend_low_i32x4)
VECTOR1(pmovzxdq, u64x2_extend_low_u32x4)
#undef VECTOR1

static void
extend_twice(struct lift *l, enum op first, enum op second, enum op third)
{
	ref a = getv(l, SRC);
	ref r = op1(l, first, V128, a);

	r = op1(l, second, V128, r);
	if (third != OP_nop)
		r = op1(l, third, V128, r);
	putv(l, DST, r);
}

void
lift_pmovsxbd(struct lift *l)
{
	extend_twice(l, OP_i16x8_extend_low_i8x16, OP_i32x4_extend_low_i16x8, OP_nop);
}

void
lift_pmovsxbq(struct lift *l)
{
	extend_twice(l, OP_i16x8_extend_low_i8x16, OP_i32x4_extend_low_i16x8, OP_i64x2_extend_low_i32x4);
}

void
lift_pmovsxwq(struct lift *l)
{
	extend_twice(l, OP_i32x4_extend_low_i16x8, OP_i64x2_extend_low_i32x4, OP_nop);
}

void
lift_pmovzxbd(struct lift *l)
{
	extend_twice(l, OP_u16x8_extend_low_u8x16, OP_u32x4_extend_low_u16x8, OP_nop);
}

void
lift_pmovzxbq(struct lift *l)
{
	extend_twice(l, OP_u16x8_extend_low_u8x16, OP_u32x4_extend_low_u16x8, OP_u64x2_extend_low_u32x4);
}

void
lift_pmovzxwq(struct lift *l)
{
	extend_twice(l, OP_u32x4_extend_low_u16x8, OP_u64x2_extend_low_u32x4, OP_nop);
}

/* operands of packs and horizontal operations: an MMX pair becomes one vector that stands for both */
static void
get_pair(struct lift *l, ref *a, ref *b)
{
	*a = getv(l, ACC);
	*b = getv(l, SRC);
	if (is_mmx(l))
		*a = *b = join_low(l, *a, *b);
}

static void
pack(struct lift *l, enum op op)
{
	ref a, b, r;

	get_pair(l, &a, &b);
	r = op2(l, op, V128, a, b);
	putv(l, DST, r);
}

#define PACK(name, op) void lift_##name(struct lift *l) { pack(l, OP_##op); }
PACK(packsswb, i8x16_narrow_i16x8)
PACK(packuswb, u8x16_narrow_i16x8)
PACK(packssdw, i16x8_narrow_i32x4)
PACK(packusdw, u16x8_narrow_i32x4)
#undef PACK

static void
horizontal(struct lift *l, int n, enum op op)
{
	u8 even[16], odd[16];
	ref a, b, x, y, r;

	for (int i = 0; i < 16; i++) {
		even[i] = i / n * 2 * n + i % n;
		odd[i] = even[i] + n;
	}
	get_pair(l, &a, &b);
	x = shuffle(l, a, b, even);
	y = shuffle(l, a, b, odd);
	r = op2(l, op, V128, x, y);
	putv(l, DST, r);
}

#define HORIZONTAL(name, n, op) void lift_##name(struct lift *l) { horizontal(l, n, OP_##op); }
HORIZONTAL(phaddw, 2, i16x8_add)
HORIZONTAL(phaddd, 4, i32x4_add)
HORIZONTAL(phaddsw, 2, i16x8_add_sat)
HORIZONTAL(phsubw, 2, i16x8_sub)
HORIZONTAL(phsubd, 4, i32x4_sub)
HORIZONTAL(phsubsw, 2, i16x8_sub_sat)
HORIZONTAL(haddps, 4, f32x4_add)
HORIZONTAL(haddpd, 8, f64x2_add)
HORIZONTAL(hsubps, 4, f32x4_sub)
HORIZONTAL(hsubpd, 8, f64x2_sub)
#undef HORIZONTAL

/* the high words of 32-bit products */
static void
multiply_high(struct lift *l, enum op low, enum op high)
{
	static const u8 lanes[16] = { 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31 };
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref x = op2(l, low, V128, a, b);
	ref y = op2(l, high, V128, a, b);
	ref r = shuffle(l, x, y, lanes);

	putv(l, DST, r);
}

void
lift_pmulhw(struct lift *l)
{
	multiply_high(l, OP_i32x4_extmul_low_i16x8, OP_i32x4_extmul_high_i16x8);
}

void
lift_pmulhuw(struct lift *l)
{
	multiply_high(l, OP_u32x4_extmul_low_u16x8, OP_u32x4_extmul_high_u16x8);
}

/* q15mulr_sat saturates the one product that x86 lets wrap, 0x8000 times itself */
void
lift_pmulhrsw(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = op2(l, OP_i16x8_q15mulr_sat, V128, a, b);
	ref min = splat16(l, 0x8000);
	ref x = op2(l, OP_i16x8_eq, V128, a, min);
	ref y = op2(l, OP_i16x8_eq, V128, b, min);
	ref both = op2(l, OP_v128_and, V128, x, y);

	r = op2(l, OP_v128_xor, V128, r, both);
	putv(l, DST, r);
}

static void
multiply_even(struct lift *l, enum op op)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref x = pick32(l, a, a, 0, 2, 0, 2);
	ref y = pick32(l, b, b, 0, 2, 0, 2);
	ref r = op2(l, op, V128, x, y);

	putv(l, DST, r);
}

void
lift_pmuldq(struct lift *l)
{
	multiply_even(l, OP_i64x2_extmul_low_i32x4);
}

void
lift_pmuludq(struct lift *l)
{
	multiply_even(l, OP_u64x2_extmul_low_u32x4);
}

/* unsigned bytes of the destination times signed bytes of the source, pairs added with saturation */
void
lift_pmaddubsw(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref eight = iconst(l, I32, 8);
	ref low = splat16(l, 0xff);
	ref ae = op2(l, OP_v128_and, V128, a, low);
	ref ao = op2(l, OP_u16x8_shr, V128, a, eight);
	ref be = op2(l, OP_i16x8_shl, V128, b, eight);
	ref bo = op2(l, OP_i16x8_shr, V128, b, eight);
	ref r;

	be = op2(l, OP_i16x8_shr, V128, be, eight);
	ae = op2(l, OP_i16x8_mul, V128, ae, be);
	ao = op2(l, OP_i16x8_mul, V128, ao, bo);
	r = op2(l, OP_i16x8_add_sat, V128, ae, ao);
	putv(l, DST, r);
}

static void
psign(struct lift *l, enum op shr, int bits, enum op sub, enum op eq)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref n = iconst(l, I32, bits - 1);
	ref m = op2(l, shr, V128, b, n);
	ref r = op2(l, OP_v128_xor, V128, a, m);
	ref z = zero(l);
	ref drop = op2(l, eq, V128, b, z);

	r = op2(l, sub, V128, r, m);
	r = op2(l, OP_v128_andnot, V128, r, drop);
	putv(l, DST, r);
}

void
lift_psignb(struct lift *l)
{
	psign(l, OP_i8x16_shr, 8, OP_i8x16_sub, OP_i8x16_eq);
}

void
lift_psignw(struct lift *l)
{
	psign(l, OP_i16x8_shr, 16, OP_i16x8_sub, OP_i16x8_eq);
}

void
lift_psignd(struct lift *l)
{
	psign(l, OP_i32x4_shr, 32, OP_i32x4_sub, OP_i32x4_eq);
}

/* sums of eight absolute byte differences, one in each half */
void
lift_psadbw(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref x = op2(l, OP_u8x16_sub_sat, V128, a, b);
	ref y = op2(l, OP_u8x16_sub_sat, V128, b, a);
	ref r = op2(l, OP_v128_or, V128, x, y);
	ref n, low, high;

	r = op1(l, OP_u16x8_extadd_pairwise_u8x16, V128, r);
	r = op1(l, OP_u32x4_extadd_pairwise_u16x8, V128, r);
	n = iconst(l, I32, 32);
	high = op2(l, OP_u64x2_shr, V128, r, n);
	low = splat64(l, 0xffffffff);
	r = op2(l, OP_v128_and, V128, r, low);
	r = op2(l, OP_i64x2_add, V128, r, high);
	putv(l, DST, r);
}

/* shifts: the count is the low 64 bits of the source or an immediate; counts of the width and more give zero or sign */
static void
vshift(struct lift *l, enum op op, u32 bits, bool sign)
{
	ref a, n, r, max, fits, z;

	if (is_imm(l, SRC)) {
		u32 c = immediate(l, SRC);

		if (c >= bits && !sign) {
			r = zero(l);
		} else {
			a = getv(l, ACC);
			n = iconst(l, I32, c < bits ? c : bits - 1);
			r = op2(l, op, V128, a, n);
		}
		putv(l, DST, r);
		return;
	}
	n = is_mm(l, SRC) ? getmm(l, SRC) : getxlo(l, SRC, I64);
	a = getv(l, ACC);
	max = iconst(l, I64, bits);
	fits = op2(l, OP_ltu, I64, n, max);
	n = op1(l, OP_wrap, I32, n);
	if (sign) {
		max = iconst(l, I32, bits - 1);
		n = op3(l, OP_select, I32, n, max, fits);
		r = op2(l, op, V128, a, n);
	} else {
		r = op2(l, op, V128, a, n);
		z = zero(l);
		r = op3(l, OP_select, V128, r, z, fits);
	}
	putv(l, DST, r);
}

#define VSHIFT(name, op, bits, sign) void lift_##name(struct lift *l) { vshift(l, OP_##op, bits, sign); }
VSHIFT(psllw, i16x8_shl, 16, false)
VSHIFT(pslld, i32x4_shl, 32, false)
VSHIFT(psllq, i64x2_shl, 64, false)
VSHIFT(psrlw, u16x8_shr, 16, false)
VSHIFT(psrld, u32x4_shr, 32, false)
VSHIFT(psrlq, u64x2_shr, 64, false)
VSHIFT(psraw, i16x8_shr, 16, true)
VSHIFT(psrad, i32x4_shr, 32, true)
#undef VSHIFT

/* ZF: no bit in common; CF: source within destination; the others are cleared. Only the bits of mask count. */
static void
test_bits(struct lift *l, ref mask)
{
	ref both = REF_NONE, outside = REF_NONE, zf, cf, n;

	for (int half = 0; half <= is_wide(l, DST); half++) {
		ref b = gethalf(l, SRC, half);
		ref a = gethalf(l, ACC, half);
		ref x = op2(l, OP_v128_and, V128, a, b);
		ref y = op2(l, OP_v128_andnot, V128, b, a);

		both = half ? op2(l, OP_v128_or, V128, both, x) : x;
		outside = half ? op2(l, OP_v128_or, V128, outside, y) : y;
	}
	if (mask != REF_NONE) {
		both = op2(l, OP_v128_and, V128, both, mask);
		outside = op2(l, OP_v128_and, V128, outside, mask);
	}
	zf = op1(l, OP_v128_any_true, I32, both);
	zf = op1(l, OP_eqz, I32, zf);
	n = iconst(l, I32, 6);
	zf = op2(l, OP_shl, I32, zf, n);
	cf = op1(l, OP_v128_any_true, I32, outside);
	cf = op1(l, OP_eqz, I32, cf);
	zf = op2(l, OP_or, I32, zf, cf);
	zf = op1(l, OP_extu, I64, zf);
	flags_word_set(l, zf);
}

void
lift_ptest(struct lift *l)
{
	test_bits(l, REF_NONE);
}

void
lift_vtestps(struct lift *l)
{
	ref signs = splat32(l, 1u << 31);

	test_bits(l, signs);
}

void
lift_vtestpd(struct lift *l)
{
	ref signs = splat64(l, 1ull << 63);

	test_bits(l, signs);
}
