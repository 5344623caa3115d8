/*
 * avx.c - AVX and AVX2 instructions without a legacy namesake: broadcasts, permutations across halves, inserts and extracts of halves,
 * shifts by a count for each lane, masked moves, gathers, vzeroupper. Those that the table calls LANES are lifted once for each
 * half, the others write both halves.
 */
#include "sse.h"

/* ---- broadcasts ---- */

static void
put_both(struct lift *l, ref r)
{
	puthalves(l, r, r);
}

/* the low element, of n bytes, of a register or memory */
static void
broadcast(struct lift *l, u8 n)
{
	static const u16 splats[] = { [1] = OP_i8x16_splat, [2] = OP_i16x8_splat, [4] = OP_i32x4_splat, [8] = OP_i64x2_splat };
	enum type t = n == 8 ? I64 : I32;
	u8 lanes[16];
	struct ea m;
	ref x, r;

	if (is_mem(l, SRC)) {
		m = mem(l, SRC);
		x = load(l, t, n, m.addr, m.offset);
		r = op1(l, splats[n], V128, x);
	} else {
		for (int i = 0; i < 16; i++)
			lanes[i] = i % n;
		x = getv(l, SRC);
		r = shuffle(l, x, x, lanes);
	}
	put_both(l, r);
}

void
lift_vpbroadcastb(struct lift *l)
{
	broadcast(l, 1);
}

void
lift_vpbroadcastw(struct lift *l)
{
	broadcast(l, 2);
}

void
lift_vpbroadcastd(struct lift *l)
{
	broadcast(l, 4);
}

void
lift_vpbroadcastq(struct lift *l)
{
	broadcast(l, 8);
}

void
lift_vbroadcastss(struct lift *l)
{
	ref x = getxlo(l, SRC, F32);
	ref r = op1(l, OP_f32x4_splat, V128, x);

	put_both(l, r);
}

void
lift_vbroadcastsd(struct lift *l)
{
	ref x = getxlo(l, SRC, F64);
	ref r = op1(l, OP_f64x2_splat, V128, x);

	put_both(l, r);
}

/* also vbroadcasti128 */
void
lift_vbroadcastf128(struct lift *l)
{
	ref r = getv(l, SRC);

	put_both(l, r);
}

/* ---- halves ---- */

void
lift_vinsertf128(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref x = getv(l, SRC);
	ref a = gethalf(l, ACC, ~imm & 1);

	if (imm & 1)
		puthalves(l, a, x);
	else
		puthalves(l, x, a);
}

void
lift_vextractf128(struct lift *l)
{
	ref x = gethalf(l, SRC, immediate(l, 2) & 1);

	putv(l, DST, x);
}

/* four bits of the immediate for each half: which of the four source halves, or zero */
void
lift_vperm2f128(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref r[2];

	for (int i = 0; i < 2; i++) {
		u8 c = imm >> 4 * i;

		r[i] = c & 8 ? zero(l) : gethalf(l, c & 2 ? SRC : ACC, c & 1);
	}
	puthalves(l, r[0], r[1]);
}

/* ---- permutations ---- */

/* vpermq vpermpd with an immediate */
void
lift_vpermq(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref low = gethalf(l, SRC, 0);
	ref high = gethalf(l, SRC, 1);
	ref r[2];

	for (int i = 0; i < 2; i++) {
		u8 x = imm >> 4 * i & 3, y = imm >> (4 * i + 2) & 3;

		r[i] = pick32(l, low, high, 2 * x, 2 * x + 1, 2 * y, 2 * y + 1);
	}
	puthalves(l, r[0], r[1]);
}

/* lane numbers, already masked, to the numbers of their bytes: each times size in all its bytes, plus 0..size-1 */
static ref
byte_numbers(struct lift *l, ref index, int size)
{
	ref n = size == 4 ? splat32(l, 0x04040404) : splat64(l, 0x0808080808080808);
	ref add = size == 4 ? splat32(l, 0x03020100) : splat64(l, 0x0706050403020100);

	index = op2(l, size == 4 ? OP_i32x4_mul : OP_i64x2_mul, V128, index, n);
	return op2(l, OP_i8x16_add, V128, index, add);
}

/* vpermd vpermps: any of the eight lanes, chosen by the first source */
void
lift_vpermd(struct lift *l)
{
	ref low = gethalf(l, SRC, 0);
	ref high = gethalf(l, SRC, 1);
	ref r[2];

	for (int i = 0; i < 2; i++) {
		ref index = gethalf(l, ACC, i);
		ref seven = splat32(l, 7);
		ref sixteen = splat8(l, 16);
		ref x, y;

		index = op2(l, OP_v128_and, V128, index, seven);
		index = byte_numbers(l, index, 4);
		x = op2(l, OP_i8x16_swizzle, V128, low, index);
		index = op2(l, OP_i8x16_sub, V128, index, sixteen);
		y = op2(l, OP_i8x16_swizzle, V128, high, index);
		r[i] = op2(l, OP_v128_or, V128, x, y);
	}
	puthalves(l, r[0], r[1]);
}

/* within each half, lanes by immediate or by the low bits of the second source's lanes */
void
lift_vpermilps(struct lift *l)
{
	u8 imm;
	ref a, c, three, r;

	if (l->acc == DST) {
		imm = immediate(l, 2);
		a = getv(l, SRC);
		r = pick32(l, a, a, imm & 3, imm >> 2 & 3, imm >> 4 & 3, imm >> 6);
	} else {
		a = getv(l, ACC);
		c = getv(l, SRC);
		three = splat32(l, 3);
		c = op2(l, OP_v128_and, V128, c, three);
		c = byte_numbers(l, c, 4);
		r = op2(l, OP_i8x16_swizzle, V128, a, c);
	}
	putv(l, DST, r);
}

void
lift_vpermilpd(struct lift *l)
{
	ref a, c, n, one, r;
	u8 i, k;

	if (l->acc == DST) {
		i = (lane_immediate(l, 2) & 1) * 2;
		k = (lane_immediate(l, 2) >> 1 & 1) * 2;
		a = getv(l, SRC);
		r = pick32(l, a, a, i, i + 1, k, k + 1);
	} else {
		a = getv(l, ACC);
		c = getv(l, SRC);
		n = iconst(l, I32, 1);
		one = splat64(l, 1);
		c = op2(l, OP_u64x2_shr, V128, c, n);
		c = op2(l, OP_v128_and, V128, c, one);
		c = byte_numbers(l, c, 8);
		r = op2(l, OP_i8x16_swizzle, V128, a, c);
	}
	putv(l, DST, r);
}

/* ---- shifts, each lane by its own count ---- */

struct lane_shift { u16 extract, replace, shift; enum type t; u8 bits; bool sign; };

static void
shift_lanes(struct lift *l, const struct lane_shift *s)
{
	ref a = getv(l, ACC);
	ref c = getv(l, SRC);
	ref limit = iconst(l, s->t, s->sign ? s->bits - 1 : s->bits);
	ref nothing = iconst(l, s->t, 0);
	ref r = a;

	for (int i = 0; i < 128 / s->bits; i++) {
		ref x = opi(l, s->extract, s->t, a, i);
		ref n = opi(l, s->extract, s->t, c, i);
		ref fits = op2(l, OP_ltu, s->t, n, limit);

		if (s->sign)
			n = op3(l, OP_select, s->t, n, limit, fits);
		x = op2(l, s->shift, s->t, x, n);
		if (!s->sign)
			x = op3(l, OP_select, s->t, x, nothing, fits);
		r = replace_lane(l, s->replace, r, x, i);
	}
	putv(l, DST, r);
}

#define SHIFT_LANES(name, lanes, shift, t, bits, sign) \
	void lift_##name(struct lift *l) \
	{ \
		static const struct lane_shift s = { OP_##lanes##_extract_lane, OP_##lanes##_replace_lane, OP_##shift, t, bits, sign }; \
		\
		shift_lanes(l, &s); \
	}
SHIFT_LANES(vpsllvd, i32x4, shl, I32, 32, false)
SHIFT_LANES(vpsllvq, i64x2, shl, I64, 64, false)
SHIFT_LANES(vpsrlvd, i32x4, shru, I32, 32, false)
SHIFT_LANES(vpsrlvq, i64x2, shru, I64, 64, false)
SHIFT_LANES(vpsravd, i32x4, shrs, I32, 32, true)
#undef SHIFT_LANES

/* ---- masked moves and gathers: lanes whose mask has its top bit ---- */

static void
scratch_put(struct lift *l, int i, ref x)
{
	cpustore(l, V128, 16, offsetof(struct cpu, scratch[0]) + 16 * i, x);
}

static ref
scratch_get(struct lift *l, int i)
{
	return cpuload(l, V128, 16, offsetof(struct cpu, scratch[0]) + 16 * i);
}

static ref
address(struct lift *l, int n)
{
	struct ea m = mem(l, n);
	ref k;

	if (m.offset == 0)
		return m.addr;
	k = iconst(l, I32, m.offset);
	return op2(l, OP_add, I32, m.addr, k);
}

/* vmaskmovps vmaskmovpd vpmaskmovd vpmaskmovq, from and to memory */
static void
masked_move(struct lift *l, u32 size)
{
	bool to_memory = is_mem(l, DST);
	u32 bytes = is_wide(l, l->acc) ? 32 : 16;
	ref at, how, x[2];

	for (u32 i = 0; i < bytes / 16; i++) {
		x[0] = gethalf(l, ACC, i);
		scratch_put(l, 2 + i, x[0]);
		if (to_memory) {
			x[0] = gethalf(l, SRC, i);
			scratch_put(l, i, x[0]);
		}
	}
	at = address(l, to_memory ? DST : SRC);
	how = iconst(l, I32, bytes | size << 8);
	helper(l, to_memory ? HELPER_avx_maskstore : HELPER_avx_maskload, at, how, REF_NONE, REF_NONE);
	if (to_memory)
		return;
	x[0] = scratch_get(l, 0);
	x[1] = bytes == 32 ? scratch_get(l, 1) : x[0];
	puthalves(l, x[0], x[1]);
}

void
lift_vmaskmovps(struct lift *l)
{
	masked_move(l, 4);
}

void
lift_vmaskmovpd(struct lift *l)
{
	masked_move(l, 8);
}

/* base, displacement and segment of a vector-indexed operand; the helper adds the indices */
static ref
gather_base(struct lift *l)
{
	ZydisDecodedOperand *o = &l->in->op[SRC];
	ZydisRegister index = o->mem.index;
	ref a;

	o->mem.index = ZYDIS_REGISTER_NONE;
	a = address(l, SRC);
	o->mem.index = index;
	return a;
}

static void
gather(struct lift *l, u32 index_size, u32 size)
{
	const ZydisDecodedOperand *o = operand(l, SRC);
	bool wide_index = o->mem.index >= ZYDIS_REGISTER_YMM0;
	u32 index = o->mem.index - (wide_index ? ZYDIS_REGISTER_YMM0 : ZYDIS_REGISTER_XMM0);
	u32 n = (is_wide(l, DST) ? 32 : 16) / size, most = (wide_index ? 32 : 16) / index_size;
	ref x, high, at, how;

	n = n < most ? n : most;
	x = getvar(l, VAR_XMM0 + index);
	scratch_put(l, 0, x);
	if (wide_index) {
		x = getvar(l, VAR_YMMH0 + index);
		scratch_put(l, 1, x);
	}
	for (int i = 0; i <= is_wide(l, DST); i++) {
		x = gethalf(l, SRC2, i);
		scratch_put(l, 2 + i, x);
		x = gethalf(l, DST, i);
		scratch_put(l, 4 + i, x);
	}
	at = gather_base(l);
	how = iconst(l, I32, o->mem.scale | index_size << 8 | size << 16 | n << 24);
	helper(l, HELPER_avx_gather, at, how, REF_NONE, REF_NONE);
	x = scratch_get(l, 4);
	high = is_wide(l, DST) ? scratch_get(l, 5) : x;
	puthalves(l, x, high);
	x = zero(l);
	setvar(l, xmmvar(l, SRC2), x);
	setvar(l, VAR_YMMH0 + (xmmvar(l, SRC2) - VAR_XMM0), x);
}

/* index size and element size */
#define GATHER(name, index_size, size) void lift_##name(struct lift *l) { gather(l, index_size, size); }
GATHER(vpgatherdd, 4, 4)
GATHER(vpgatherdq, 4, 8)
GATHER(vpgatherqd, 8, 4)
GATHER(vpgatherqq, 8, 8)
#undef GATHER

/* ---- half precision ---- */

/* Exponent and fraction move to a float's place; the bias is added, twice for infinities and NaNs; denormals are normalised by a
   subtraction. */
void
lift_vcvtph2ps(struct lift *l)
{
	ref h = getv(l, SRC), n, m, sign, x, exponent, special, tiny, y, r;

	h = op1(l, OP_u32x4_extend_low_u16x8, V128, h);
	n = iconst(l, I32, 16);
	m = splat32(l, 0x8000);
	sign = op2(l, OP_v128_and, V128, h, m);
	sign = op2(l, OP_i32x4_shl, V128, sign, n);
	m = splat32(l, 0x7fff);
	x = op2(l, OP_v128_and, V128, h, m);
	n = iconst(l, I32, 13);
	x = op2(l, OP_i32x4_shl, V128, x, n);
	m = splat32(l, 0x0f800000);
	exponent = op2(l, OP_v128_and, V128, x, m);
	special = op2(l, OP_i32x4_eq, V128, exponent, m);
	m = zero(l);
	tiny = op2(l, OP_i32x4_eq, V128, exponent, m);
	m = splat32(l, 112 << 23);
	x = op2(l, OP_i32x4_add, V128, x, m);
	m = op2(l, OP_v128_and, V128, m, special);
	r = op2(l, OP_i32x4_add, V128, x, m);
	/* a NaN comes out quiet */
	m = splat32(l, 0x007fffff);
	y = op2(l, OP_v128_and, V128, r, m);
	m = zero(l);
	y = op2(l, OP_i32x4_eq, V128, y, m);
	y = op2(l, OP_v128_andnot, V128, special, y);
	m = splat32(l, 0x00400000);
	y = op2(l, OP_v128_and, V128, y, m);
	r = op2(l, OP_v128_or, V128, r, y);
	m = splat32(l, 1 << 23);
	y = op2(l, OP_i32x4_add, V128, x, m);
	m = splat32(l, 113 << 23);
	y = op2(l, OP_f32x4_sub, V128, y, m);
	r = op3(l, OP_bitselect, V128, y, r, tiny);
	r = op2(l, OP_v128_or, V128, r, sign);
	putv(l, DST, r);
}

/* four or eight floats to 64 or 128 bits */
void
lift_vcvtps2ph(struct lift *l)
{
	bool wide = is_wide(l, SRC);
	struct ea m;
	ref r, n;

	for (int i = 0; i <= wide; i++) {
		r = gethalf(l, SRC, i);
		scratch_put(l, i, r);
	}
	n = iconst(l, I32, immediate(l, 2) | wide << 8);
	helper(l, HELPER_avx_cvtps2ph, n, REF_NONE, REF_NONE, REF_NONE);
	r = scratch_get(l, 0);
	if (is_mem(l, DST) && !wide) {
		m = mem(l, DST);
		store(l, V128, 8, m.addr, m.offset, r);
	} else {
		putv(l, DST, r);
	}
}

/* ---- upper halves ---- */

void
lift_vzeroupper(struct lift *l)
{
	ref z = zero(l);

	for (int i = 0; i < 16; i++)
		setvar(l, VAR_YMMH0 + i, z);
}

void
lift_vzeroall(struct lift *l)
{
	ref z = zero(l);

	for (int i = 0; i < 16; i++)
		setvar(l, VAR_XMM0 + i, z);
	lift_vzeroupper(l);
}
