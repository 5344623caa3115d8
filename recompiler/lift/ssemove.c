/*
 * ssemove.c - moves of xmm and ymm registers. Scalar moves go through getlo and setlo: a later pass keeps an xmm register that is used as
 * a scalar in an f64 or f32 local.
 */
#include "sse.h"

/* movaps movups movdqa movdqu lddqu and the non-temporal forms */
void
lift_movx(struct lift *l)
{
	ref x = getv(l, SRC);

	putv(l, DST, x);
}

static void
move_scalar(struct lift *l, enum type t, u8 size)
{
	ref x = getxlo(l, SRC, t);
	struct ea m;

	if (is_mem(l, DST)) {
		m = mem(l, DST);
		store(l, t, size, m.addr, m.offset, x);
		return;
	}
	if (is_mem(l, SRC)) {
		setvar(l, xmmvar(l, DST), zero(l));
		setlo(l, xmmvar(l, DST), t, x);
	} else {
		putxlo(l, t, x);
	}
}

void
lift_movss(struct lift *l)
{
	move_scalar(l, F32, 4);
}

void
lift_movsd(struct lift *l)
{
	move_scalar(l, F64, 8);
}

static void
gpr_to_vector(struct lift *l, enum type t)
{
	ref x = get(l, SRC);

	if (is_mm(l, DST)) {
		if (t == I32)
			x = op1(l, OP_extu, I64, x);
		putmm(l, DST, x);
		mmx_enter(l);
		return;
	}
	setvar(l, xmmvar(l, DST), zero(l));
	setlo(l, xmmvar(l, DST), t, x);
}

static void
vector_to_gpr(struct lift *l, enum type t)
{
	ref x;

	if (is_mm(l, SRC)) {
		x = getmm(l, SRC);
		if (t == I32)
			x = op1(l, OP_wrap, I32, x);
		put(l, DST, x);
		mmx_enter(l);
		return;
	}
	x = getxlo(l, SRC, t);
	put(l, DST, x);
}

void
lift_movd(struct lift *l)
{
	if (is_xmm(l, DST) || is_mm(l, DST))
		gpr_to_vector(l, osize(l, SRC) == 8 ? I64 : I32);
	else
		vector_to_gpr(l, osize(l, DST) == 8 ? I64 : I32);
}

/* 64 bits between xmm, mm, general registers and memory; an xmm destination is zero-extended */
void
lift_movq(struct lift *l)
{
	struct ea m;
	ref x;

	if (is_mm(l, DST) && is_mm(l, SRC)) {
		x = getmm(l, SRC);
		putmm(l, DST, x);
		mmx_enter(l);
	} else if (is_xmm(l, DST) && is_xmm(l, SRC)) {
		x = getxlo(l, SRC, F64);
		setvar(l, xmmvar(l, DST), zero(l));
		setlo(l, xmmvar(l, DST), F64, x);
	} else if (is_xmm(l, DST) && is_mem(l, SRC)) {
		x = getv(l, SRC);
		setvar(l, xmmvar(l, DST), x);
	} else if (is_xmm(l, SRC) && is_mem(l, DST)) {
		m = mem(l, DST);
		x = getxlo(l, SRC, F64);
		store(l, F64, 8, m.addr, m.offset, x);
	} else {
		lift_movd(l);
	}
}

/* movlps movlpd: 64 bits between memory and the low half */
void
lift_movlo(struct lift *l)
{
	struct ea m;
	ref x;

	if (is_mem(l, DST)) {
		m = mem(l, DST);
		x = getxlo(l, SRC, F64);
		store(l, F64, 8, m.addr, m.offset, x);
	} else {
		x = getxlo(l, SRC, F64);
		putxlo(l, F64, x);
	}
}

/* movhps movhpd */
void
lift_movhi(struct lift *l)
{
	struct ea m;
	ref v, x;

	if (is_mem(l, DST)) {
		m = mem(l, DST);
		v = getv(l, SRC);
		x = opi(l, OP_i64x2_extract_lane, I64, v, 1);
		store(l, I64, 8, m.addr, m.offset, x);
	} else {
		m = mem(l, SRC);
		x = load(l, I64, 8, m.addr, m.offset);
		v = getv(l, ACC);
		v = replace_lane(l, OP_i64x2_replace_lane, v, x, 1);
		putv(l, DST, v);
	}
}

void
lift_movhlps(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = pick32(l, a, b, 6, 7, 2, 3);

	putv(l, DST, r);
}

void
lift_movlhps(struct lift *l)
{
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref r = join_low(l, a, b);

	putv(l, DST, r);
}

void
lift_movddup(struct lift *l)
{
	ref x, r;

	if (l->two) {
		x = getv(l, SRC);
		r = pick32(l, x, x, 0, 1, 0, 1);
	} else {
		x = getxlo(l, SRC, F64);
		r = op1(l, OP_f64x2_splat, V128, x);
	}
	putv(l, DST, r);
}

void
lift_movsldup(struct lift *l)
{
	ref a = getv(l, SRC);
	ref r = pick32(l, a, a, 0, 0, 2, 2);

	putv(l, DST, r);
}

void
lift_movshdup(struct lift *l)
{
	ref a = getv(l, SRC);
	ref r = pick32(l, a, a, 1, 1, 3, 3);

	putv(l, DST, r);
}

/* one bit for each lane */
static void
mask_to_gpr(struct lift *l, enum op op, int lanes)
{
	ref a = getv(l, SRC);
	ref r = op1(l, op, I32, a);
	ref n;

	if (is_wide(l, SRC)) {
		a = gethalf(l, SRC, 1);
		a = op1(l, op, I32, a);
		n = iconst(l, I32, lanes);
		a = op2(l, OP_shl, I32, a, n);
		r = op2(l, OP_or, I32, r, a);
	}
	if (osize(l, DST) == 8)
		r = op1(l, OP_extu, I64, r);
	put(l, DST, r);
	if (is_mm(l, SRC))
		mmx_enter(l);
}

void
lift_movmskps(struct lift *l)
{
	mask_to_gpr(l, OP_i32x4_bitmask, 4);
}

void
lift_movmskpd(struct lift *l)
{
	mask_to_gpr(l, OP_i64x2_bitmask, 2);
}

void
lift_pmovmskb(struct lift *l)
{
	mask_to_gpr(l, OP_i8x16_bitmask, 16);
}

/* maskmovdqu, maskmovq: bytes whose mask has bit 7 go to ds:rdi */
void
lift_maskmov(struct lift *l)
{
	bool mmx = is_mmx(l);
	ref a = getv(l, ACC);
	ref b = getv(l, SRC);
	ref di = getvar(l, VAR_RDI);
	ref at = op1(l, OP_wrap, I32, di);
	ref n = iconst(l, I32, mmx ? 8 : 16);

	cpustore(l, V128, 16, offsetof(struct cpu, scratch[0]), a);
	cpustore(l, V128, 16, offsetof(struct cpu, scratch[1]), b);
	helper(l, HELPER_sse_maskmov, at, n, REF_NONE, REF_NONE);
	if (mmx)
		mmx_enter(l);
}
