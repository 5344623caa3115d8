/*
 * arith.c - binary arithmetic (SDM volume 1, 5.1.2): additions, subtractions, multiplications, divisions and their flags.
 */
#include "lift.h"

/* the operation on a locked memory destination; returns the old value */
static ref
update(struct lift *l, enum op op, ref b)
{
	enum type t = itype(l->size);
	ref a, r;

	if (has_lock(l)) {
		struct ea ea = mem(l, DST);

		return rmw(l, op == OP_add ? OP_rmw_add : OP_rmw_sub, l->size, ea, b);
	}
	a = get(l, DST);
	r = op2(l, op, t, a, b);
	put(l, DST, r);
	return a;
}

void
lift_add(struct lift *l)
{
	ref b = get(l, SRC);
	ref a = update(l, OP_add, b);

	flags_add(l, l->size, a, b);
}

void
lift_sub(struct lift *l)
{
	ref b = get(l, SRC);
	ref a = update(l, OP_sub, b);

	flags_sub(l, l->size, a, b);
}

void
lift_cmp(struct lift *l)
{
	ref a = get(l, DST);
	ref b = get(l, SRC);

	flags_sub(l, l->size, a, b);
}

/* OF and AF in place: OF is the top bit of overflow, AF bit 4 of carries */
static ref
ofaf(struct lift *l, ref overflow, ref carries)
{
	enum type t = itype(l->size);
	ref of = topbit(l, l->size, overflow);
	ref n = iconst(l, I32, 11);
	ref m = iconst(l, I32, EF_AF);

	of = op2(l, OP_shl, I32, of, n);
	if (t == I64)
		carries = op1(l, OP_wrap, I32, carries);
	carries = op2(l, OP_and, I32, carries, m);
	return op2(l, OP_or, I32, of, carries);
}

static void
lift_carry(struct lift *l, void (*f)(struct lift *l, ref a, ref b, ref carry))
{
	ref carry = cond(l, CC_B);
	ref b = get(l, SRC);
	ref a = get(l, DST);

	f(l, a, b, carry);
}

static void
adc(struct lift *l, ref a, ref b, ref c)
{
	enum type t = itype(l->size);
	ref ct = t == I64 ? op1(l, OP_extu, I64, c) : c;
	ref r, less, same, x, y;
	ref *live[] = { &a, &b, &c, &r };

	r = op2(l, OP_add, t, a, b);
	r = op2(l, OP_add, t, r, ct);
	r = zext(l, l->size, r);
	locked_put(l, a, r, live, 4);
	less = op2(l, OP_ltu, t, r, a);
	same = op2(l, OP_eq, t, r, a);
	same = op2(l, OP_and, I32, same, c);
	less = op2(l, OP_or, I32, less, same);
	x = op2(l, OP_xor, t, a, r);
	y = op2(l, OP_xor, t, b, r);
	y = op2(l, OP_and, t, x, y);
	x = op2(l, OP_xor, t, x, b);
	x = ofaf(l, y, x);
	flags_res(l, l->size, r, less, x);
}

static void
sbb(struct lift *l, ref a, ref b, ref c)
{
	enum type t = itype(l->size);
	ref ct = t == I64 ? op1(l, OP_extu, I64, c) : c;
	ref r, less, same, x, y;
	ref *live[] = { &a, &b, &c, &r };

	r = op2(l, OP_sub, t, a, b);
	r = op2(l, OP_sub, t, r, ct);
	r = zext(l, l->size, r);
	locked_put(l, a, r, live, 4);
	less = op2(l, OP_ltu, t, a, b);
	same = op2(l, OP_eq, t, a, b);
	same = op2(l, OP_and, I32, same, c);
	less = op2(l, OP_or, I32, less, same);
	x = op2(l, OP_xor, t, a, r);
	y = op2(l, OP_xor, t, a, b);
	y = op2(l, OP_and, t, x, y);
	x = op2(l, OP_xor, t, x, b);
	x = ofaf(l, y, x);
	flags_res(l, l->size, r, less, x);
}

void
lift_adc(struct lift *l)
{
	begin_locked(l);
	lift_carry(l, adc);
}

/* sbb r,r spreads the carry over a register */
static void
sbb_same(struct lift *l)
{
	enum type t = itype(l->size);
	ref c = cond(l, CC_B);
	ref zero = iconst(l, t, 0);
	ref four = iconst(l, I32, 4);
	ref r = t == I64 ? op1(l, OP_extu, I64, c) : c;
	ref af = op2(l, OP_shl, I32, c, four);

	r = op2(l, OP_sub, t, zero, r);
	r = zext(l, l->size, r);
	put(l, DST, r);
	flags_res(l, l->size, r, c, af);
}

void
lift_sbb(struct lift *l)
{
	if (is_reg(l, DST) && is_reg(l, SRC) && operand(l, DST)->reg.value == operand(l, SRC)->reg.value) {
		sbb_same(l);
		return;
	}
	begin_locked(l);
	lift_carry(l, sbb);
}

void
lift_neg(struct lift *l)
{
	enum type t = itype(l->size);
	ref a, zero, r;
	ref *live[] = { &a };

	begin_locked(l);
	a = get(l, DST);
	zero = iconst(l, t, 0);
	r = op2(l, OP_sub, t, zero, a);
	locked_put(l, a, r, live, 1);
	zero = iconst(l, t, 0);
	flags_sub(l, l->size, zero, a);
}

/* inc and dec: OF where the sign bit alone changed, AF where the low digit went round; CF stays */
static void
step(struct lift *l, enum op op, u64 overflow, u32 digit)
{
	enum type t = itype(l->size);
	ref cf = cond(l, CC_B);
	ref one = iconst(l, t, 1);
	ref a = update(l, op, one);
	ref r = op2(l, op, t, a, one);
	ref x, of, af, low;

	r = zext(l, l->size, r);
	x = iconst(l, t, overflow);
	of = op2(l, OP_eq, t, r, x);
	x = iconst(l, I32, 11);
	of = op2(l, OP_shl, I32, of, x);
	low = t == I64 ? op1(l, OP_wrap, I32, r) : r;
	x = iconst(l, I32, 15);
	low = op2(l, OP_and, I32, low, x);
	x = iconst(l, I32, digit);
	af = op2(l, OP_eq, I32, low, x);
	x = iconst(l, I32, 4);
	af = op2(l, OP_shl, I32, af, x);
	x = op2(l, OP_or, I32, of, af);
	flags_res(l, l->size, r, cf, x);
}

void
lift_inc(struct lift *l)
{
	step(l, OP_add, 1ULL << (8 * l->size - 1), 0);
}

void
lift_dec(struct lift *l)
{
	step(l, OP_sub, (1ULL << (8 * l->size - 1)) - 1, 15);
}

/* adcx and adox add with one flag as carry in and out and leave the others */
static void
add_one_flag(struct lift *l, enum cc cc, u32 flag)
{
	enum type t = itype(l->size);
	ref c = cond(l, cc);
	ref b = get(l, SRC);
	ref a = get(l, DST);
	ref ct = t == I64 ? op1(l, OP_extu, I64, c) : c;
	ref r, less, same, n;

	r = op2(l, OP_add, t, a, b);
	r = op2(l, OP_add, t, r, ct);
	put(l, DST, r);
	less = op2(l, OP_ltu, t, r, a);
	same = op2(l, OP_eq, t, r, a);
	same = op2(l, OP_and, I32, same, c);
	less = op2(l, OP_or, I32, less, same);
	n = iconst(l, I32, __builtin_ctz(flag));
	less = op2(l, OP_shl, I32, less, n);
	flags_word_merge(l, flag, less);
}

void
lift_adcx(struct lift *l)
{
	add_one_flag(l, CC_B, EF_CF);
}

void
lift_adox(struct lift *l)
{
	add_one_flag(l, CC_O, EF_OF);
}
