/*
 * shift.c - shifts and rotations. Counts are masked to 5 bits (6 for 64-bit operands); a count that is then 0 leaves all flags
 * unchanged, which a variable count expresses by selecting the old flags, never by a branch. OF is defined for a
 * count of 1 only and computed as if the count were 1.
 */
#include "lift.h"

struct count {
	ref n;                       /* in the operand's type, masked */
	ref raw;                     /* the same unmasked, for operations that mask as wasm does: 32 and 64 bits */
	ref live;                    /* I32: not 0; REF_NONE when constant */
	u32 value;                   /* if constant */
	bool constant;
};

static struct count
get_count(struct lift *l, int n)
{
	enum type t = itype(l->size);
	u32 m = l->size == 8 ? 63 : 31;
	struct count c = { REF_NONE, REF_NONE, REF_NONE, 0, false };
	ref x, mask;

	if (is_imm(l, n)) {
		c.constant = true;
		c.value = operand(l, n)->imm.value.u & m;
		c.n = c.raw = iconst(l, t, c.value);
		return c;
	}
	x = get(l, n);
	mask = iconst(l, I32, m);
	c.live = op2(l, OP_and, I32, x, mask);
	c.n = t == I64 ? op1(l, OP_extu, I64, c.live) : c.live;
	c.raw = l->size < 4 ? c.n : t == I64 ? op1(l, OP_extu, I64, x) : x;
	return c;
}

/* k - count and count - 1 */
static ref
from(struct lift *l, u32 k, struct count c)
{
	enum type t = itype(l->size);
	ref x;

	if (c.constant)
		return iconst(l, t, k - c.value);
	x = iconst(l, t, k);
	return op2(l, OP_sub, t, x, c.n);
}

static ref
minus_one(struct lift *l, struct count c)
{
	enum type t = itype(l->size);
	ref x;

	if (c.constant)
		return iconst(l, t, c.value - 1);
	x = iconst(l, t, 1);
	return op2(l, OP_sub, t, c.n, x);
}

/* the lowest bit of a value of the operand's type, as I32 */
static ref
bit0(struct lift *l, ref x)
{
	ref one;

	if (l->size == 8)
		x = op1(l, OP_wrap, I32, x);
	one = iconst(l, I32, 1);
	return op2(l, OP_and, I32, x, one);
}

static ref
at_of(struct lift *l, ref bit)
{
	ref n = iconst(l, I32, 11);

	return op2(l, OP_shl, I32, bit, n);
}

static void
keep_unless_counted(struct lift *l, struct count c, struct flagvars old)
{
	if (!c.constant)
		flags_keep_unless(l, old, c.live);
}

/* ---- shifts ---- */

enum shift { SHL, SHR, SAR };

static ref
shift_carry(struct lift *l, enum shift kind, ref a, ref r, struct count c)
{
	enum type t = itype(l->size);
	ref n;

	if (kind == SHL && l->size < 4) {
		n = iconst(l, I32, 8 * l->size);
		r = op2(l, OP_shru, I32, r, n);
		return bit0(l, r);
	}
	n = kind == SHL ? from(l, 8 * l->size, c) : minus_one(l, c);
	r = op2(l, kind == SAR ? OP_shrs : OP_shru, t, a, n);
	return bit0(l, r);
}

static void
shift(struct lift *l, enum shift kind)
{
	static const enum op ops[] = { OP_shl, OP_shru, OP_shrs };
	enum type t = itype(l->size);
	struct count c = get_count(l, SRC);
	ref a = kind == SAR ? gets(l, DST) : get(l, DST);
	ref r = op2(l, ops[kind], t, a, c.raw);
	struct flagvars old = { 0 };
	ref cf, of, top;

	put(l, DST, r);
	if (c.constant && c.value == 0)
		return;
	if (!c.constant)
		old = flags_save(l);
	cf = shift_carry(l, kind, a, r, c);
	if (kind == SHL) {
		top = topbit(l, l->size, r);
		of = op2(l, OP_xor, I32, top, cf);
		of = at_of(l, of);
	} else if (kind == SHR) {
		top = topbit(l, l->size, a);
		of = at_of(l, top);
	} else {
		of = REF_NONE;
	}
	flags_res(l, l->size, r, cf, of);
	keep_unless_counted(l, c, old);
}

void
lift_shl(struct lift *l)
{
	shift(l, SHL);
}

void
lift_shr(struct lift *l)
{
	shift(l, SHR);
}

void
lift_sar(struct lift *l)
{
	shift(l, SAR);
}

/* sarx, shlx, shrx, rorx: no flags, and wasm masks the count as they do */
static void
shift_only(struct lift *l, enum op op)
{
	ref a = get(l, SRC);
	ref n = get(l, SRC2);
	ref r = op2(l, op, itype(l->size), a, n);

	put(l, DST, r);
}

void
lift_shlx(struct lift *l)
{
	shift_only(l, OP_shl);
}

void
lift_shrx(struct lift *l)
{
	shift_only(l, OP_shru);
}

void
lift_sarx(struct lift *l)
{
	shift_only(l, OP_shrs);
}

void
lift_rorx(struct lift *l)
{
	shift_only(l, OP_rotr);
}

/* ---- double shifts ---- */

/* What counts above 16 shift in is undefined. These are AMD's results: a:b:b to the left, b:b:a to the right. */
static ref
triple(struct lift *l, bool left, ref a, ref b)
{
	ref n = iconst(l, I64, 32);
	ref m = iconst(l, I64, 16);
	ref x, y, z;

	a = op1(l, OP_extu, I64, a);
	b = op1(l, OP_extu, I64, b);
	x = op2(l, OP_shl, I64, left ? a : b, n);
	y = op2(l, OP_shl, I64, b, m);
	z = op2(l, OP_or, I64, x, y);
	return op2(l, OP_or, I64, z, left ? b : a);
}

static ref
double16(struct lift *l, bool left, ref a, ref b, struct count c, ref *cf)
{
	ref v = triple(l, left, a, b);
	ref n = op1(l, OP_extu, I64, c.n);
	ref x, y, one;

	if (left) {
		y = iconst(l, I64, 32);
		v = op2(l, OP_shl, I64, v, n);
		x = op2(l, OP_shru, I64, v, y);
		y = iconst(l, I64, 48);
		y = op2(l, OP_shru, I64, v, y);
	} else {
		one = iconst(l, I64, 1);
		x = op2(l, OP_shru, I64, v, n);
		n = op2(l, OP_sub, I64, n, one);
		y = op2(l, OP_shru, I64, v, n);
	}
	y = op1(l, OP_wrap, I32, y);
	one = iconst(l, I32, 1);
	*cf = op2(l, OP_and, I32, y, one);
	return narrow(l, 2, x);
}

static ref
double_wide(struct lift *l, bool left, ref a, ref b, struct count c, ref *cf)
{
	enum type t = itype(l->size);
	ref one = iconst(l, t, 1);
	ref n = from(l, 8 * l->size - 1, c);
	ref x, y, k;

	x = op2(l, left ? OP_shl : OP_shru, t, a, c.raw);
	y = op2(l, left ? OP_shru : OP_shl, t, b, one);
	y = op2(l, left ? OP_shru : OP_shl, t, y, n);
	x = op2(l, OP_or, t, x, y);
	k = left ? from(l, 8 * l->size, c) : minus_one(l, c);
	y = op2(l, OP_shru, t, a, k);
	*cf = bit0(l, y);
	return x;
}

static void
double_shift(struct lift *l, bool left)
{
	struct count c = get_count(l, SRC2);
	ref a = get(l, DST);
	ref b = get(l, SRC);
	struct flagvars old = { 0 };
	ref r, cf, of;

	if (c.constant && c.value == 0) {
		put(l, DST, a);
		return;
	}
	if (l->size == 2)
		r = double16(l, left, a, b, c, &cf);
	else
		r = double_wide(l, left, a, b, c, &cf);
	put(l, DST, r);
	if (!c.constant)
		old = flags_save(l);
	of = op2(l, OP_xor, itype(l->size), a, r);
	of = topbit(l, l->size, of);
	of = at_of(l, of);
	flags_res(l, l->size, r, cf, of);
	keep_unless_counted(l, c, old);
}

void
lift_shld(struct lift *l)
{
	double_shift(l, true);
}

void
lift_shrd(struct lift *l)
{
	double_shift(l, false);
}

/* ---- rotations: they change CF and OF only ---- */

static void
rotate_flags(struct lift *l, struct count c, ref cf, ref of)
{
	struct flagvars old = { 0 };

	if (!c.constant)
		old = flags_save(l);
	of = at_of(l, of);
	of = op2(l, OP_or, I32, of, cf);
	flags_word_merge(l, EF_CF | EF_OF, of);
	keep_unless_counted(l, c, old);
}

/* top two bits of a right rotation's result differ */
static ref
top_differs(struct lift *l, ref r)
{
	enum type t = itype(l->size);
	ref one = iconst(l, t, 1);
	ref x = op2(l, OP_shl, t, r, one);

	x = op2(l, OP_xor, t, x, r);
	return topbit(l, l->size, x);
}

static ref
rotated(struct lift *l, bool left, ref a, struct count c)
{
	u32 bits = 8 * l->size;
	enum type t = itype(l->size);
	ref n, m, k, x, y;

	if (l->size >= 4)
		return op2(l, left ? OP_rotl : OP_rotr, t, a, c.raw);
	k = iconst(l, I32, bits - 1);
	n = op2(l, OP_and, I32, c.n, k);
	k = iconst(l, I32, bits);
	m = op2(l, OP_sub, I32, k, n);
	x = op2(l, left ? OP_shl : OP_shru, I32, a, n);
	y = op2(l, left ? OP_shru : OP_shl, I32, a, m);
	x = op2(l, OP_or, I32, x, y);
	return zext(l, l->size, x);
}

static void
rotate(struct lift *l, bool left)
{
	struct count c = get_count(l, SRC);
	ref a = get(l, DST);
	ref r = rotated(l, left, a, c);
	ref cf, of;

	put(l, DST, r);
	if (c.constant && c.value == 0)
		return;
	if (left) {
		cf = bit0(l, r);
		of = topbit(l, l->size, r);
		of = op2(l, OP_xor, I32, of, cf);
	} else {
		cf = topbit(l, l->size, r);
		of = top_differs(l, r);
	}
	rotate_flags(l, c, cf, of);
}

void
lift_rol(struct lift *l)
{
	rotate(l, true);
}

void
lift_ror(struct lift *l)
{
	rotate(l, false);
}

/* ---- rotations through CF ---- */

/* count modulo the width plus one, for 8 and 16 bits */
static struct count
reduce(struct lift *l, struct count c)
{
	u32 m = 8 * l->size + 1;
	ref k;

	if (l->size >= 4)
		return c;
	if (c.constant) {
		c.value %= m;
		c.n = iconst(l, I32, c.value);
	} else {
		k = iconst(l, I32, m);
		c.n = c.live = op2(l, OP_remu, I32, c.n, k);
	}
	return c;
}

/* 8, 16, 32 bits: CF and the operand as one number of width + 1 bits */
static ref
through_narrow(struct lift *l, bool left, ref a, ref carry, struct count c, ref *cf)
{
	u32 bits = 8 * l->size;
	ref v = op1(l, OP_extu, I64, a);
	ref n = op1(l, OP_extu, I64, c.n);
	ref k = iconst(l, I64, bits);
	ref m = iconst(l, I64, bits + 1);
	ref x, y, one;

	x = op1(l, OP_extu, I64, carry);
	x = op2(l, OP_shl, I64, x, k);
	v = op2(l, OP_or, I64, v, x);
	m = op2(l, OP_sub, I64, m, n);
	x = op2(l, left ? OP_shl : OP_shru, I64, v, n);
	y = op2(l, left ? OP_shru : OP_shl, I64, v, m);
	x = op2(l, OP_or, I64, x, y);
	y = op2(l, OP_shru, I64, x, k);
	y = op1(l, OP_wrap, I32, y);
	one = iconst(l, I32, 1);
	*cf = op2(l, OP_and, I32, y, one);
	return narrow(l, l->size, x);
}

static ref
through64(struct lift *l, bool left, ref a, ref carry, struct count c, ref *cf)
{
	ref n = from(l, 64, c);
	ref n1 = minus_one(l, c);
	ref one = iconst(l, I64, 1);
	ref x, y, z, live;

	z = op1(l, OP_extu, I64, carry);
	x = op2(l, left ? OP_shl : OP_shru, I64, a, c.n);
	y = op2(l, left ? OP_shru : OP_shl, I64, a, one);
	y = op2(l, left ? OP_shru : OP_shl, I64, y, n);
	z = op2(l, OP_shl, I64, z, left ? n1 : n);
	x = op2(l, OP_or, I64, x, y);
	x = op2(l, OP_or, I64, x, z);
	y = op2(l, OP_shru, I64, a, left ? n : n1);
	*cf = bit0(l, y);
	if (c.constant)
		return x;
	live = c.live;
	return op3(l, OP_select, I64, x, a, live);
}

static void
rotate_through(struct lift *l, bool left)
{
	struct count c = get_count(l, SRC);
	ref a = get(l, DST);
	ref carry, r, cf, of;

	c = reduce(l, c);
	if (c.constant && c.value == 0) {
		put(l, DST, a);
		return;
	}
	carry = cond(l, CC_B);
	if (l->size == 8)
		r = through64(l, left, a, carry, c, &cf);
	else
		r = through_narrow(l, left, a, carry, c, &cf);
	put(l, DST, r);
	if (left) {
		of = topbit(l, l->size, r);
		of = op2(l, OP_xor, I32, of, cf);
	} else {
		of = top_differs(l, r);
	}
	rotate_flags(l, c, cf, of);
}

void
lift_rcl(struct lift *l)
{
	rotate_through(l, true);
}

void
lift_rcr(struct lift *l)
{
	rotate_through(l, false);
}
