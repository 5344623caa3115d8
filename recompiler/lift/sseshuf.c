/*
 * sseshuf.c - rearranging lanes: shuffles, interleaving, inserts, extracts, blends. All lane numbers are constants.
 */
#include "sse.h"

static void
shuffle2(struct lift *l, const u8 lanes[16])
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = shuffle(l, a, b, lanes);

	putv(l, DST, r);
}

/* interleave lanes of n bytes; the high halves of MMX operands are bytes 4..7 */
static void
unpack(struct lift *l, int n, bool high)
{
	int first = !high ? 0 : is_mmx(l) ? 4 : 8;
	u8 lanes[16];

	for (int i = 0; i < 16; i++) {
		int k = i / n;

		lanes[i] = (first + k / 2 * n + i % n + (k & 1) * 16) & 31;
	}
	shuffle2(l, lanes);
}

#define UNPACK(name, n, high) void lift_##name(struct lift *l) { unpack(l, n, high); }
UNPACK(punpcklbw, 1, false)
UNPACK(punpcklwd, 2, false)
UNPACK(punpckldq, 4, false)
UNPACK(punpcklqdq, 8, false)
UNPACK(punpckhbw, 1, true)
UNPACK(punpckhwd, 2, true)
UNPACK(punpckhdq, 4, true)
UNPACK(punpckhqdq, 8, true)
#undef UNPACK

void
lift_unpcklpd(struct lift *l)
{
	ref a, b, r;

	if (l->two) {
		unpack(l, 8, false);
		return;
	}
	a = getxlo(l, ACC, F64);
	b = getxlo(l, SRC, F64);
	r = op1(l, OP_f64x2_splat, V128, a);
	r = replace_lane(l, OP_f64x2_replace_lane, r, b, 1);
	putv(l, DST, r);
}

void
lift_shufps(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = pick32(l, a, b, imm & 3, imm >> 2 & 3, 4 + (imm >> 4 & 3), 4 + (imm >> 6));

	putv(l, DST, r);
}

void
lift_shufpd(struct lift *l)
{
	u8 imm = lane_immediate(l, 2);
	u8 i = (imm & 1) * 2;
	u8 k = 4 + (imm >> 1 & 1) * 2;
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = pick32(l, a, b, i, i + 1, k, k + 1);

	putv(l, DST, r);
}

void
lift_pshufd(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref a = getv(l, SRC);
	ref r = pick32(l, a, a, imm & 3, imm >> 2 & 3, imm >> 4 & 3, imm >> 6);

	putv(l, DST, r);
}

/* the four words from first on are permuted, the others copied */
static void
shuffle_words(struct lift *l, int first)
{
	u8 imm = immediate(l, 2);
	u8 lanes[16];
	ref a = getv(l, SRC);
	ref r;

	for (int i = 0; i < 8; i++) {
		int from = i < first || i >= first + 4 ? i : first + (imm >> (i - first) * 2 & 3);

		lanes[2 * i] = 2 * from;
		lanes[2 * i + 1] = 2 * from + 1;
	}
	r = shuffle(l, a, a, lanes);
	putv(l, DST, r);
}

void
lift_pshuflw(struct lift *l)
{
	shuffle_words(l, 0);
}

void
lift_pshufhw(struct lift *l)
{
	shuffle_words(l, 4);
}

/* bytes imm.. of destination : source, zeros behind them */
void
lift_palignr(struct lift *l)
{
	u8 imm = immediate(l, 2);
	int width = is_mmx(l) ? 8 : 16;
	u8 lanes[16];
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r;

	if (width == 8) {
		b = join_low(l, b, a);
		a = zero(l);
	} else if (imm >= 16) {
		b = a;
		a = zero(l);
		imm -= 16;
	}
	for (int i = 0; i < 16; i++)
		lanes[i] = i + imm < 31 ? i + imm : 31;
	r = shuffle(l, b, a, lanes);
	putv(l, DST, r);
}

void
lift_pslldq(struct lift *l)
{
	u8 n = immediate(l, SRC);
	u8 lanes[16];
	ref a = getv(l, ACC);
	ref z = zero(l);
	ref r;

	for (int i = 0; i < 16; i++)
		lanes[i] = i < n ? 16 : i - n;
	r = shuffle(l, a, z, lanes);
	putv(l, DST, r);
}

void
lift_psrldq(struct lift *l)
{
	u8 n = immediate(l, SRC);
	u8 lanes[16];
	ref a = getv(l, ACC);
	ref z = zero(l);
	ref r;

	for (int i = 0; i < 16; i++)
		lanes[i] = i + n > 15 ? 16 : i + n;
	r = shuffle(l, a, z, lanes);
	putv(l, DST, r);
}

/* mask bit 7 set: zero, else the byte it numbers */
void
lift_pshufb(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref keep = splat8(l, is_mmx(l) ? 0x87 : 0x8f);
	ref index = op2(l, OP_v128_and, V128, b, keep);
	ref r = op2(l, OP_i8x16_swizzle, V128, a, index);

	putv(l, DST, r);
}

/* an integer of the destination's size out of a lane; wider registers are zero-extended */
static void
extract(struct lift *l, enum op op, int mask)
{
	ref a = getv(l, SRC);
	enum type t = op == OP_i64x2_extract_lane ? I64 : I32;
	ref x = opi(l, op, t, a, immediate(l, 2) & mask);

	if (t == I32 && osize(l, DST) == 8)
		x = op1(l, OP_extu, I64, x);
	put(l, DST, x);
	if (is_mm(l, SRC))
		mmx_enter(l);
}

void
lift_pextrb(struct lift *l)
{
	extract(l, OP_u8x16_extract_lane, 15);
}

void
lift_pextrw(struct lift *l)
{
	extract(l, OP_u16x8_extract_lane, is_mm(l, SRC) ? 3 : 7);
}

/* pextrd and extractps */
void
lift_pextrd(struct lift *l)
{
	extract(l, OP_i32x4_extract_lane, 3);
}

void
lift_pextrq(struct lift *l)
{
	extract(l, OP_i64x2_extract_lane, 1);
}

static void
insert(struct lift *l, enum op op, int mask)
{
	ref x = get(l, SRC);
	ref a = getv(l, ACC);
	ref r;

	if (osize(l, SRC) == 8 && op != OP_i64x2_replace_lane)
		x = op1(l, OP_wrap, I32, x);
	r = replace_lane(l, op, a, x, immediate(l, 2) & mask);
	putv(l, DST, r);
}

void
lift_pinsrb(struct lift *l)
{
	insert(l, OP_i8x16_replace_lane, 15);
}

void
lift_pinsrw(struct lift *l)
{
	insert(l, OP_i16x8_replace_lane, is_mm(l, DST) ? 3 : 7);
}

void
lift_pinsrd(struct lift *l)
{
	insert(l, OP_i32x4_replace_lane, 3);
}

void
lift_pinsrq(struct lift *l)
{
	insert(l, OP_i64x2_replace_lane, 1);
}

void
lift_insertps(struct lift *l)
{
	u8 imm = immediate(l, 2);
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	u8 from = is_mem(l, SRC) ? 0 : imm >> 6;
	u8 lane[4] = { 0, 1, 2, 3 };
	ref r, z;

	lane[imm >> 4 & 3] = 4 + from;
	r = pick32(l, a, b, lane[0], lane[1], lane[2], lane[3]);
	for (int i = 0; i < 4; i++)
		lane[i] = imm >> i & 1 ? 4 : i;
	z = zero(l);
	r = pick32(l, r, z, lane[0], lane[1], lane[2], lane[3]);
	putv(l, DST, r);
}

/* immediate blends: bit i takes lane i (n bytes wide) of the source */
static void
blend(struct lift *l, int n)
{
	u8 imm = lane_immediate(l, n == 2 ? 0 : 16 / n);
	u8 lanes[16];

	for (int i = 0; i < 16; i++)
		lanes[i] = imm >> i / n & 1 ? 16 + i : i;
	shuffle2(l, lanes);
}

void
lift_pblendw(struct lift *l)
{
	blend(l, 2);
}

void
lift_blendps(struct lift *l)
{
	blend(l, 4);
}

void
lift_blendpd(struct lift *l)
{
	blend(l, 8);
}

/* variable blends: the sign of each lane of the third register, xmm0 in legacy forms, chooses */
static void
blendv(struct lift *l, enum op spread, int shift)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref m = getv(l, SRC2);
	ref n = iconst(l, I32, shift);
	ref r;

	m = op2(l, spread, V128, m, n);
	r = op3(l, OP_bitselect, V128, b, a, m);
	putv(l, DST, r);
}

void
lift_pblendvb(struct lift *l)
{
	blendv(l, OP_i8x16_shr, 7);
}

void
lift_blendvps(struct lift *l)
{
	blendv(l, OP_i32x4_shr, 31);
}

void
lift_blendvpd(struct lift *l)
{
	blendv(l, OP_i64x2_shr, 63);
}
