/*
 * vecoperand.c - the vector operands of all SSE, MMX and AVX chapters. One lift function serves the legacy form, whose destination is
 * also the first source, and the VEX forms of 128 and 256 bits: it names the first source ACC, and lift_vex (vex.c) calls it once for
 * each half. Where l->two is set, ymm registers and 32-byte memory operands stand for their half l->half.
 */
#include "sse.h"

/* number of the xmm or ymm register of an operand, 16 if it is something else */
static u32
vector_number(struct lift *l, int n)
{
	ZydisRegister r = is_reg(l, n) ? operand(l, n)->reg.value : ZYDIS_REGISTER_NONE;

	if (r >= ZYDIS_REGISTER_XMM0 && r <= ZYDIS_REGISTER_XMM15)
		return r - ZYDIS_REGISTER_XMM0;
	if (r >= ZYDIS_REGISTER_YMM0 && r <= ZYDIS_REGISTER_YMM15)
		return r - ZYDIS_REGISTER_YMM0;
	return 16;
}

static int
resolve(const struct lift *l, int n)
{
	return n == ACC ? l->acc : n;
}

bool
is_xmm(struct lift *l, int n)
{
	return vector_number(l, resolve(l, n)) < 16;
}

bool
is_wide(struct lift *l, int n)
{
	if (is_mem(l, n))
		return osize(l, n) == 32;
	return is_reg(l, n) && operand(l, n)->reg.value >= ZYDIS_REGISTER_YMM0 && operand(l, n)->reg.value <= ZYDIS_REGISTER_YMM15;
}

enum var
xmmvar(struct lift *l, int n)
{
	return VAR_XMM0 + vector_number(l, resolve(l, n));
}

bool
same_reg(struct lift *l)
{
	return is_reg(l, l->acc) && is_reg(l, SRC) && operand(l, l->acc)->reg.value == operand(l, SRC)->reg.value;
}

u8
immediate(struct lift *l, int n)
{
	return operand(l, n)->imm.value.u;
}

u8
lane_immediate(struct lift *l, int bits)
{
	return immediate(l, 2) >> (l->two ? l->half * bits : 0);
}

ref
zero(struct lift *l)
{
	return vconst(l, 0, 0);
}

ref
splat64(struct lift *l, u64 v)
{
	return vconst(l, v, v);
}

ref
splat32(struct lift *l, u32 v)
{
	return splat64(l, v * 0x100000001ull);
}

ref
splat16(struct lift *l, u16 v)
{
	return splat64(l, v * 0x1000100010001ull);
}

ref
splat8(struct lift *l, u8 v)
{
	return splat64(l, v * 0x101010101010101ull);
}

ref
pick32(struct lift *l, ref a, ref b, u8 i0, u8 i1, u8 i2, u8 i3)
{
	u8 from[4] = { i0, i1, i2, i3 };
	u8 lanes[16];

	for (int i = 0; i < 16; i++)
		lanes[i] = from[i / 4] * 4 + i % 4;
	return shuffle(l, a, b, lanes);
}

ref
join_low(struct lift *l, ref a, ref b)
{
	return pick32(l, a, b, 0, 1, 4, 5);
}

ref
replace_lane(struct lift *l, enum op op, ref v, ref x, u8 lane)
{
	struct ins in = { .op = op, .type = V128, .pc = l->pc, .arg = { v, x, REF_NONE, REF_NONE }, .imm = { lane } };

	return ir_ins(l->f, l->b, in);
}

/* the source of a widening operation: only so many bytes of it belong to this half, and they are moved to the low end */
static ref
get_part(struct lift *l, int n)
{
	u8 lanes[16];
	struct ea m;
	ref x, z;

	if (is_mem(l, n)) {
		m = mem(l, n);
		m.offset += l->half * l->part;
		if (l->part >= 4)
			return load(l, V128, l->part, m.addr, m.offset);
		x = load(l, I32, l->part, m.addr, m.offset);
		z = zero(l);
		return replace_lane(l, OP_i32x4_replace_lane, z, x, 0);
	}
	x = getvar(l, xmmvar(l, n));
	if (l->half == 0)
		return x;
	for (int i = 0; i < 16; i++)
		lanes[i] = (i + l->part) & 15;
	return shuffle(l, x, x, lanes);
}

static ref
get_memory(struct lift *l, int n)
{
	struct ea m = mem(l, n);
	ref x, z;

	if (osize(l, n) == 32)
		m.offset += 16 * l->half;
	if (osize(l, n) >= 4)
		return load(l, V128, osize(l, n) > 16 ? 16 : osize(l, n), m.addr, m.offset);
	x = load(l, I32, osize(l, n), m.addr, m.offset);
	z = zero(l);
	return replace_lane(l, OP_i32x4_replace_lane, z, x, 0);
}

ref
getv(struct lift *l, int n)
{
	ref z, x;

	n = resolve(l, n);
	if (l->part && !is_wide(l, n))
		return get_part(l, n);
	if (is_mem(l, n))
		return get_memory(l, n);
	if (is_mm(l, n)) {
		x = getmm(l, n);
		z = zero(l);
		return replace_lane(l, OP_i64x2_replace_lane, z, x, 0);
	}
	if (is_wide(l, n) && l->half)
		return getvar(l, VAR_YMMH0 + vector_number(l, n));
	return getvar(l, xmmvar(l, n));
}

ref
gethalf(struct lift *l, int n, int half)
{
	u8 old = l->half;
	ref r;

	l->half = half;
	r = getv(l, n);
	l->half = old;
	return r;
}

void
putv(struct lift *l, int n, ref x)
{
	struct ea m;

	if (is_mem(l, n)) {
		m = mem(l, n);
		store(l, V128, 16, m.addr, m.offset + 16 * l->half, x);
	} else if (is_mm(l, n)) {
		x = opi(l, OP_i64x2_extract_lane, I64, x, 0);
		putmm(l, n, x);
		mmx_enter(l);
	} else if (l->two) {
		l->result[l->half] = x;
	} else {
		setvar(l, xmmvar(l, n), x);
	}
}

void
puthalves(struct lift *l, ref low, ref high)
{
	struct ea m;

	if (is_mem(l, DST)) {
		m = mem(l, DST);
		store(l, V128, 16, m.addr, m.offset, low);
		store(l, V128, 16, m.addr, m.offset + 16, high);
		return;
	}
	setvar(l, xmmvar(l, DST), low);
	if (is_wide(l, DST))
		setvar(l, VAR_YMMH0 + vector_number(l, DST), high);
}

ref
getxlo(struct lift *l, int n, enum type t)
{
	u8 size = t == I64 || t == F64 ? 8 : 4;

	n = resolve(l, n);
	if (is_mem(l, n)) {
		struct ea ea = mem(l, n);

		return load(l, t, size, ea.addr, ea.offset);
	}
	return getlo(l, xmmvar(l, n), t);
}

void
putxlo(struct lift *l, enum type t, ref x)
{
	ref a;

	if (xmmvar(l, l->acc) != xmmvar(l, DST)) {
		a = getvar(l, xmmvar(l, l->acc));
		setvar(l, xmmvar(l, DST), a);
	}
	setlo(l, xmmvar(l, DST), t, x);
}
