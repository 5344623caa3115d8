/*
 * muldiv.c - multiplications and divisions. The upper half of a 64-bit product is made of four 32-bit products. Divisions of
 * 128 bits go to a helper unless the code around shows that rdx only extends rax, as nearly all compiled code does.
 */
#include "lift.h"

/* ---- products ---- */

static ref
low32(struct lift *l, ref x)
{
	ref m = iconst(l, I64, 0xffffffff);

	return op2(l, OP_and, I64, x, m);
}

static ref
high32(struct lift *l, ref x)
{
	ref n = iconst(l, I64, 32);

	return op2(l, OP_shru, I64, x, n);
}

ref
mulhi_unsigned(struct lift *l, ref a, ref b)
{
	ref al = low32(l, a);
	ref ah = high32(l, a);
	ref bl = low32(l, b);
	ref bh = high32(l, b);
	ref t = op2(l, OP_mul, I64, al, bl);
	ref w1 = op2(l, OP_mul, I64, ah, bl);
	ref w2 = op2(l, OP_mul, I64, al, bh);
	ref hi = op2(l, OP_mul, I64, ah, bh);

	t = high32(l, t);
	w1 = op2(l, OP_add, I64, w1, t);
	t = low32(l, w1);
	w2 = op2(l, OP_add, I64, w2, t);
	w1 = high32(l, w1);
	w2 = high32(l, w2);
	hi = op2(l, OP_add, I64, hi, w1);
	return op2(l, OP_add, I64, hi, w2);
}

static ref
mulhi_signed(struct lift *l, ref a, ref b)
{
	ref hi = mulhi_unsigned(l, a, b);
	ref n = iconst(l, I64, 63);
	ref x = op2(l, OP_shrs, I64, a, n);
	ref y = op2(l, OP_shrs, I64, b, n);

	x = op2(l, OP_and, I64, x, b);
	y = op2(l, OP_and, I64, y, a);
	hi = op2(l, OP_sub, I64, hi, x);
	return op2(l, OP_sub, I64, hi, y);
}

/* CF and OF say whether the product needs more than its lower half; the other flags are undefined */
static void
flags_product(struct lift *l, u8 size, ref low, ref over)
{
	ref n = iconst(l, I32, 11);
	ref of = op2(l, OP_shl, I32, over, n);

	flags_res(l, size, low, over, of);
}

/* sign-extends an operand value to t */
static ref
sign_extend(struct lift *l, u8 size, enum type t, ref x)
{
	switch (size) {
	case 1: x = op1(l, OP_i32_ext8s, I32, x); break;
	case 2: x = op1(l, OP_i32_ext16s, I32, x); break;
	}
	return t == I64 && size != 8 ? op1(l, OP_exts, I64, x) : x;
}

/* rdx:rax = rax * operand for 64 bits */
static void
product64(struct lift *l, bool is_signed)
{
	ref a = getvar(l, VAR_RAX);
	ref b = get(l, DST);
	ref low = op2(l, OP_mul, I64, a, b);
	ref hi = is_signed ? mulhi_signed(l, a, b) : mulhi_unsigned(l, a, b);
	ref over, x, n;

	setvar(l, VAR_RAX, low);
	setvar(l, VAR_RDX, hi);
	if (is_signed) {
		n = iconst(l, I64, 63);
		x = op2(l, OP_shrs, I64, low, n);
	} else {
		x = iconst(l, I64, 0);
	}
	over = op2(l, OP_ne, I64, hi, x);
	flags_product(l, 8, low, over);
}

static void
product32(struct lift *l, bool is_signed)
{
	enum op widen_op = is_signed ? OP_exts : OP_extu;
	ref a = getreg(l, ZYDIS_REGISTER_EAX);
	ref b = get(l, DST);
	ref p, hi, low, x, over;

	a = op1(l, widen_op, I64, a);
	b = op1(l, widen_op, I64, b);
	p = op2(l, OP_mul, I64, a, b);
	low = op1(l, OP_wrap, I32, p);
	hi = high32(l, p);
	putreg(l, ZYDIS_REGISTER_EAX, low);
	setvar(l, VAR_RDX, hi);
	x = op1(l, widen_op, I64, low);
	over = op2(l, OP_ne, I64, p, x);
	flags_product(l, 4, low, over);
}

/* 8 bits: ax; 16 bits: dx:ax */
static void
product16(struct lift *l, u8 size, bool is_signed)
{
	ref a = getreg(l, size == 1 ? ZYDIS_REGISTER_AL : ZYDIS_REGISTER_AX);
	ref b = get(l, DST);
	ref p, low, x, n, over;

	if (is_signed) {
		a = sign_extend(l, size, I32, a);
		b = sign_extend(l, size, I32, b);
	}
	p = op2(l, OP_mul, I32, a, b);
	putreg(l, ZYDIS_REGISTER_AX, p);
	low = zext(l, size, p);
	if (size == 2) {
		n = iconst(l, I32, 16);
		x = op2(l, OP_shru, I32, p, n);
		putreg(l, ZYDIS_REGISTER_DX, x);
	}
	x = is_signed ? sign_extend(l, size, I32, low) : low;
	over = op2(l, OP_ne, I32, p, x);
	flags_product(l, size, low, over);
}

static void
product(struct lift *l, bool is_signed)
{
	u8 size = osize(l, DST);

	if (size == 8)
		product64(l, is_signed);
	else if (size == 4)
		product32(l, is_signed);
	else
		product16(l, size, is_signed);
}

void
lift_mul(struct lift *l)
{
	product(l, false);
}

void
lift_imul(struct lift *l)
{
	u8 n = l->in->z.operand_count_visible;
	u8 size = l->size;
	ref a, b, p, low, x, over, k;

	if (n == 1) {
		product(l, true);
		return;
	}
	a = get(l, n == 2 ? DST : SRC);
	b = get(l, n == 2 ? SRC : SRC2);
	if (size == 8) {
		low = op2(l, OP_mul, I64, a, b);
		put(l, DST, low);
		p = mulhi_signed(l, a, b);
		k = iconst(l, I64, 63);
		x = op2(l, OP_shrs, I64, low, k);
		over = op2(l, OP_ne, I64, p, x);
	} else if (size == 4) {
		low = op2(l, OP_mul, I32, a, b);
		put(l, DST, low);
		a = op1(l, OP_exts, I64, a);
		b = op1(l, OP_exts, I64, b);
		p = op2(l, OP_mul, I64, a, b);
		x = op1(l, OP_exts, I64, low);
		over = op2(l, OP_ne, I64, p, x);
	} else {
		a = sign_extend(l, 2, I32, a);
		b = sign_extend(l, 2, I32, b);
		p = op2(l, OP_mul, I32, a, b);
		low = zext(l, 2, p);
		put(l, DST, low);
		x = sign_extend(l, 2, I32, low);
		over = op2(l, OP_ne, I32, p, x);
	}
	flags_product(l, size, low, over);
}

/* mulx: rdx * operand without flags; the high half is written last and wins when both registers are one */
void
lift_mulx(struct lift *l)
{
	ref a = getreg(l, l->size == 8 ? ZYDIS_REGISTER_RDX : ZYDIS_REGISTER_EDX);
	ref b = get(l, SRC2);
	ref low, hi;

	if (l->size == 8) {
		low = op2(l, OP_mul, I64, a, b);
		hi = mulhi_unsigned(l, a, b);
	} else {
		a = op1(l, OP_extu, I64, a);
		b = op1(l, OP_extu, I64, b);
		low = op2(l, OP_mul, I64, a, b);
		hi = high32(l, low);
		hi = op1(l, OP_wrap, I32, hi);
		low = op1(l, OP_wrap, I32, low);
	}
	put(l, SRC, low);
	put(l, DST, hi);
}

/* ---- quotients ---- */

enum dividend { WHOLE, ZERO_EXTENDED, SIGN_EXTENDED };

static struct ins *
last_set(struct lift *l, enum var v, ref *at)
{
	struct blk *b = &l->f->blk[l->b];

	for (u32 i = b->n; i-- > 0 && b->n - i < 64; )
		if (b->ins[i].op == OP_set && b->ins[i].imm[0] == v) {
			*at = i;
			return &b->ins[i];
		}
	return NULL;
}

/* what the code before shows of rdx (edx) relative to rax (eax) */
static enum dividend
dividend(struct lift *l, u8 size)
{
	struct ins *base = l->f->blk[l->b].ins;
	ref dx = 0, ax = 0, a;
	struct ins *set = last_set(l, VAR_RDX, &dx), *x, *n;

	if (set == NULL)
		return WHOLE;
	x = &base[set->arg[0]];
	if (x->op == OP_extu && (size == 4 || base[x->arg[0]].op == OP_const))
		x = &base[x->arg[0]];
	if (x->op == OP_const && x->imm[0] == 0)
		return ZERO_EXTENDED;
	if (x->op != OP_shrs || x->type != itype(size))
		return WHOLE;
	n = &base[x->arg[1]];
	if (n->op != OP_const || n->imm[0] != 8u * size - 1)
		return WHOLE;
	a = x->arg[0];
	if (size == 4 && base[a].op == OP_wrap)
		a = base[a].arg[0];
	if (base[a].op != OP_get || base[a].imm[0] != VAR_RAX)
		return WHOLE;
	return last_set(l, VAR_RAX, &ax) == NULL || ax < a ? SIGN_EXTENDED : WHOLE;
}

static void
trap_if_zero(struct lift *l, enum type t, ref d)
{
	ref bad = op1(l, OP_eqz, t, d);

	trapif(l, bad, TRAP_DIVIDE);
}

/* the one overflow of a division in type t: the most negative number by -1 */
static void
trap_if_min(struct lift *l, enum type t, ref n, ref d)
{
	ref min = iconst(l, t, t == I64 ? 1ULL << 63 : 1u << 31);
	ref minus = iconst(l, t, ~0ULL);
	ref x = op2(l, OP_eq, t, n, min);
	ref y = op2(l, OP_eq, t, d, minus);

	x = op2(l, OP_and, I32, x, y);
	trapif(l, x, TRAP_DIVIDE);
}

struct quotient { ref q, r; };

/* divides in type t; the quotient is not checked against a narrower range */
static struct quotient
divide(struct lift *l, enum type t, bool is_signed, ref n, ref d)
{
	struct quotient x;

	trap_if_zero(l, t, d);
	if (is_signed)
		trap_if_min(l, t, n, d);
	x.q = op2(l, is_signed ? OP_divs : OP_divu, t, n, d);
	x.r = op2(l, is_signed ? OP_rems : OP_remu, t, n, d);
	return x;
}

static void
divide64(struct lift *l, bool is_signed)
{
	enum dividend known = dividend(l, 8);
	ref lo = getvar(l, VAR_RAX);
	ref d = get(l, DST);
	struct quotient x;
	ref hi, bad;

	if (known == (is_signed ? SIGN_EXTENDED : ZERO_EXTENDED)) {
		x = divide(l, I64, is_signed, lo, d);
	} else {
		hi = getvar(l, VAR_RDX);
		if (is_signed)
			bad = helper(l, HELPER_idiv128_faults, hi, lo, d, REF_NONE);
		else
			bad = op2(l, OP_geu, I64, hi, d);
		trapif(l, bad, TRAP_DIVIDE);
		x.q = helper(l, is_signed ? HELPER_idiv128 : HELPER_udiv128, hi, lo, d, REF_NONE);
		x.r = op2(l, OP_mul, I64, x.q, d);
		x.r = op2(l, OP_sub, I64, lo, x.r);
	}
	setvar(l, VAR_RAX, x.q);
	setvar(l, VAR_RDX, x.r);
}

static void
divide32(struct lift *l, bool is_signed)
{
	enum dividend known = dividend(l, 4);
	ref lo = getreg(l, ZYDIS_REGISTER_EAX);
	ref d = get(l, DST);
	struct quotient x;
	ref hi, n, y, bad;

	if (known == (is_signed ? SIGN_EXTENDED : ZERO_EXTENDED)) {
		x = divide(l, I32, is_signed, lo, d);
	} else {
		hi = getvar(l, VAR_RDX);
		n = iconst(l, I64, 32);
		hi = op2(l, OP_shl, I64, hi, n);
		n = op1(l, OP_extu, I64, lo);
		n = op2(l, OP_or, I64, hi, n);
		d = op1(l, is_signed ? OP_exts : OP_extu, I64, d);
		x = divide(l, I64, is_signed, n, d);
		y = op1(l, OP_wrap, I32, x.q);
		n = op1(l, is_signed ? OP_exts : OP_extu, I64, y);
		bad = op2(l, OP_ne, I64, n, x.q);
		trapif(l, bad, TRAP_DIVIDE);
		x.q = y;
		x.r = op1(l, OP_wrap, I32, x.r);
	}
	putreg(l, ZYDIS_REGISTER_EAX, x.q);
	putreg(l, ZYDIS_REGISTER_EDX, x.r);
}

/* ax / 8 bits and dx:ax / 16 bits, in I32 */
static void
divide16(struct lift *l, u8 size, bool is_signed)
{
	ref n = getreg(l, ZYDIS_REGISTER_AX);
	ref d = get(l, DST);
	struct quotient x;
	ref hi, y, bad;

	if (size == 2) {
		hi = getreg(l, ZYDIS_REGISTER_DX);
		y = iconst(l, I32, 16);
		hi = op2(l, OP_shl, I32, hi, y);
		n = op2(l, OP_or, I32, hi, n);
	} else if (is_signed) {
		n = sign_extend(l, 2, I32, n);
	}
	if (is_signed)
		d = sign_extend(l, size, I32, d);
	x = divide(l, I32, is_signed, n, d);
	y = is_signed ? sign_extend(l, size, I32, x.q) : zext(l, size, x.q);
	bad = op2(l, OP_ne, I32, y, x.q);
	trapif(l, bad, TRAP_DIVIDE);
	putreg(l, size == 1 ? ZYDIS_REGISTER_AL : ZYDIS_REGISTER_AX, x.q);
	putreg(l, size == 1 ? ZYDIS_REGISTER_AH : ZYDIS_REGISTER_DX, x.r);
}

static void
lift_divide(struct lift *l, bool is_signed)
{
	u8 size = osize(l, DST);

	if (size == 8)
		divide64(l, is_signed);
	else if (size == 4)
		divide32(l, is_signed);
	else
		divide16(l, size, is_signed);
}

void
lift_div(struct lift *l)
{
	lift_divide(l, false);
}

void
lift_idiv(struct lift *l)
{
	lift_divide(l, true);
}
