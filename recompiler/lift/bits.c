/*
 * bits.c - bit tests, scans and counts, BMI1 and BMI2, byte swaps.
 */
#include "lift.h"

/* ---- bt, bts, btr, btc ---- */

/* The address of the word that holds the bit; a register offset reaches any word, signed (SDM, BT). */
static struct ea
bit_word(struct lift *l)
{
	struct ea ea = mem(l, DST);
	enum type t = itype(l->size);
	ref off, n, m;

	if (!is_reg(l, SRC))
		return ea;
	off = gets(l, SRC);
	n = iconst(l, t, __builtin_ctz(8 * l->size));
	off = op2(l, OP_shrs, t, off, n);
	if (t == I64)
		off = op1(l, OP_wrap, I32, off);
	m = iconst(l, I32, __builtin_ctz(l->size));
	off = op2(l, OP_shl, I32, off, m);
	ea.addr = op2(l, OP_add, I32, ea.addr, off);
	if (l->precise) {
		off = iconst(l, I32, ea.offset);
		off = op2(l, OP_add, I32, ea.addr, off);
		off = op1(l, OP_extu, I64, off);
		guard(l, off, l->size, l->in->z.mnemonic != ZYDIS_MNEMONIC_BT);
	}
	return ea;
}

/* CF = bit; ZF stays, the other flags are undefined and cleared */
static void
flags_bit(struct lift *l, ref bit)
{
	ref not_zero = cond(l, CC_NE);

	flags_res(l, 4, not_zero, bit, REF_NONE);
}

static void
bit_test(struct lift *l, enum op op, enum op atomic)
{
	enum type t = itype(l->size);
	struct ea ea = { REF_NONE, 0 };
	ref n, k, a, bit, mask, one, ones;

	if (is_mem(l, DST))
		ea = bit_word(l);
	n = get(l, SRC);
	if (l->size == 2) {                     /* wider shifts take the number modulo the width themselves */
		k = iconst(l, I32, 15);
		n = op2(l, OP_and, I32, n, k);
	}
	one = iconst(l, t, 1);
	mask = op2(l, OP_shl, t, one, n);
	if (op == OP_and) {
		ones = iconst(l, t, ~0ULL);
		mask = op2(l, OP_xor, t, mask, ones);
	}
	if (has_lock(l))
		a = rmw(l, atomic, l->size, ea, mask);
	else if (is_mem(l, DST))
		a = load(l, t, l->size, ea.addr, ea.offset);
	else
		a = get(l, DST);
	if (!has_lock(l) && op != OP_nop) {
		ref r = op2(l, op, t, a, mask);

		if (is_mem(l, DST))
			store(l, t, l->size, ea.addr, ea.offset, r);
		else
			put(l, DST, r);
	}
	bit = op2(l, OP_shru, t, a, n);
	if (t == I64)
		bit = op1(l, OP_wrap, I32, bit);
	one = iconst(l, I32, 1);
	bit = op2(l, OP_and, I32, bit, one);
	flags_bit(l, bit);
}

void
lift_bt(struct lift *l)
{
	bit_test(l, OP_nop, OP_nop);
}

void
lift_bts(struct lift *l)
{
	bit_test(l, OP_or, OP_rmw_or);
}

void
lift_btr(struct lift *l)
{
	bit_test(l, OP_and, OP_rmw_and);
}

void
lift_btc(struct lift *l)
{
	bit_test(l, OP_xor, OP_rmw_xor);
}

/* ---- scans and counts ---- */

/* A zero source leaves the whole destination as it is: AMD's manual says so and Intel's processors do it. */
static void
scan(struct lift *l, enum op op)
{
	enum type t = itype(l->size);
	ref a = get(l, SRC);
	ref old = get(l, DST);
	ref r = op1(l, op, t, a);
	ref k;

	if (op == OP_clz) {                     /* index of the top bit; of an I32 for narrow operands */
		k = iconst(l, t, t == I64 ? 63 : 31);
		r = op2(l, OP_sub, t, k, r);
	}
	if (l->size == 8 || l->size == 2) {
		k = a;
		if (t == I64) {
			ref zero = iconst(l, I64, 0);

			k = op2(l, OP_ne, I64, a, zero);
		}
		r = op3(l, OP_select, t, r, old, k);
		put(l, DST, r);
	} else {
		ref v = op1(l, OP_extu, I64, r);
		enum var var = VAR_RAX + (operand(l, DST)->reg.value - ZYDIS_REGISTER_EAX);

		old = getvar(l, var);
		v = op3(l, OP_select, I64, v, old, a);
		setvar(l, var, v);
	}
	flags_res(l, l->size, a, REF_NONE, REF_NONE);
}

void
lift_bsf(struct lift *l)
{
	scan(l, OP_ctz);
}

void
lift_bsr(struct lift *l)
{
	scan(l, OP_clz);
}

static void
count_zeros(struct lift *l, enum op op)
{
	enum type t = itype(l->size);
	ref a = get(l, SRC);
	ref x = a, r, k, none;

	if (l->size == 2 && op == OP_ctz) {
		k = iconst(l, I32, 0x10000);
		x = op2(l, OP_or, I32, a, k);
	}
	r = op1(l, op, t, x);
	if (l->size == 2 && op == OP_clz) {
		k = iconst(l, I32, 16);
		r = op2(l, OP_sub, I32, r, k);
	}
	put(l, DST, r);
	none = op1(l, OP_eqz, t, a);
	flags_res(l, l->size, r, none, REF_NONE);
}

void
lift_tzcnt(struct lift *l)
{
	count_zeros(l, OP_ctz);
}

void
lift_lzcnt(struct lift *l)
{
	count_zeros(l, OP_clz);
}

void
lift_popcnt(struct lift *l)
{
	enum type t = itype(l->size);
	ref a = get(l, SRC);
	ref r = op1(l, OP_popcnt, t, a);
	ref zf, n;

	put(l, DST, r);
	zf = op1(l, OP_eqz, t, a);
	n = iconst(l, I32, 6);
	zf = op2(l, OP_shl, I32, zf, n);
	zf = op1(l, OP_extu, I64, zf);
	flags_word_set(l, zf);
}

/* ---- BMI ---- */

static ref
minus_one(struct lift *l, ref a)
{
	enum type t = itype(l->size);
	ref one = iconst(l, t, 1);

	return op2(l, OP_sub, t, a, one);
}

static ref
is_zero(struct lift *l, ref a)
{
	return op1(l, OP_eqz, itype(l->size), a);
}

void
lift_blsr(struct lift *l)
{
	ref a = get(l, SRC);
	ref x = minus_one(l, a);
	ref cf = is_zero(l, a);

	x = op2(l, OP_and, itype(l->size), x, a);
	put(l, DST, x);
	flags_res(l, l->size, x, cf, REF_NONE);
}

void
lift_blsmsk(struct lift *l)
{
	ref a = get(l, SRC);
	ref x = minus_one(l, a);
	ref cf = is_zero(l, a);

	x = op2(l, OP_xor, itype(l->size), x, a);
	put(l, DST, x);
	flags_res(l, l->size, x, cf, REF_NONE);
}

void
lift_blsi(struct lift *l)
{
	enum type t = itype(l->size);
	ref a = get(l, SRC);
	ref zero = iconst(l, t, 0);
	ref x = op2(l, OP_sub, t, zero, a);
	ref cf = op2(l, OP_ne, t, a, zero);

	x = op2(l, OP_and, t, x, a);
	put(l, DST, x);
	flags_res(l, l->size, x, cf, REF_NONE);
}

/* byte number i of a control operand, in the operand's type */
static ref
control_byte(struct lift *l, ref x, u32 i)
{
	enum type t = itype(l->size);
	ref m = iconst(l, t, 0xff);
	ref n;

	if (i != 0) {
		n = iconst(l, t, 8 * i);
		x = op2(l, OP_shru, t, x, n);
	}
	return op2(l, OP_and, t, x, m);
}

/* the lowest n bits of a; all of it when n is the width or more, which *whole tells */
static ref
low_bits(struct lift *l, ref a, ref n, ref *whole)
{
	enum type t = itype(l->size);
	ref one = iconst(l, t, 1);
	ref bits = iconst(l, t, 8 * l->size);
	ref x = op2(l, OP_shl, t, one, n);

	x = minus_one(l, x);
	x = op2(l, OP_and, t, a, x);
	*whole = op2(l, OP_geu, t, n, bits);
	return op3(l, OP_select, t, a, x, *whole);
}

void
lift_bzhi(struct lift *l)
{
	ref a = get(l, SRC);
	ref n = get(l, SRC2);
	ref whole;

	n = control_byte(l, n, 0);
	a = low_bits(l, a, n, &whole);
	put(l, DST, a);
	flags_res(l, l->size, a, whole, REF_NONE);
}

void
lift_bextr(struct lift *l)
{
	enum type t = itype(l->size);
	ref a = get(l, SRC);
	ref control = get(l, SRC2);
	ref start = control_byte(l, control, 0);
	ref n = control_byte(l, control, 1);
	ref bits = iconst(l, t, 8 * l->size);
	ref zero = iconst(l, t, 0);
	ref inside = op2(l, OP_ltu, t, start, bits);
	ref whole;

	a = op2(l, OP_shru, t, a, start);
	a = op3(l, OP_select, t, a, zero, inside);
	a = low_bits(l, a, n, &whole);
	put(l, DST, a);
	flags_res(l, l->size, a, REF_NONE, REF_NONE);
}

static void
scatter(struct lift *l, enum helper h)
{
	ref a = get(l, SRC);
	ref m = get(l, SRC2);
	ref r;

	a = widen(l, l->size, a);
	m = widen(l, l->size, m);
	r = helper(l, h, a, m, REF_NONE, REF_NONE);
	r = narrow(l, l->size, r);
	put(l, DST, r);
}

void
lift_pdep(struct lift *l)
{
	scatter(l, HELPER_pdep);
}

void
lift_pext(struct lift *l)
{
	scatter(l, HELPER_pext);
}

/* ---- byte order ---- */

/* swaps neighbouring groups of n bits; mask selects the lower group of each pair */
static ref
swap_groups(struct lift *l, enum type t, ref x, u32 n, u64 mask)
{
	ref k = iconst(l, t, n);
	ref m = iconst(l, t, mask);
	ref hi = op2(l, OP_shru, t, x, k);
	ref lo = op2(l, OP_and, t, x, m);

	hi = op2(l, OP_and, t, hi, m);
	lo = op2(l, OP_shl, t, lo, k);
	return op2(l, OP_or, t, hi, lo);
}

static ref
byte_swap(struct lift *l, u8 size, ref x)
{
	enum type t = itype(size);
	ref n;

	x = swap_groups(l, t, x, 8, 0x00ff00ff00ff00ff);
	if (size == 2)
		return x;
	if (size == 8)
		x = swap_groups(l, t, x, 16, 0x0000ffff0000ffff);
	n = iconst(l, t, size * 4);
	return op2(l, OP_rotl, t, x, n);
}

/* bswap of a 16-bit register is undefined; processors clear it */
void
lift_bswap(struct lift *l)
{
	ref a;

	if (l->size == 2) {
		a = iconst(l, I32, 0);
	} else {
		a = get(l, DST);
		a = byte_swap(l, l->size, a);
	}
	put(l, DST, a);
}

void
lift_movbe(struct lift *l)
{
	ref a = get(l, SRC);

	a = byte_swap(l, l->size, a);
	put(l, DST, a);
}
