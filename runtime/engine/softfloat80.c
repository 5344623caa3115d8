/*
 * softfloat80.c - rounding, NaN rules, add, multiply, divide, square root, comparison of 80-bit floats (SDM volume 1,
 * 4.9 and 8.5). Underflow is detected after rounding, as x86 does.
 */
#include "softfloat80.h"

enum { SCALE = 24576, UNBOUNDED = 1 << 20 };

struct unpacked
f80_unpack(f80 x)
{
	struct unpacked u = { .sign = x.se >> 15, .exp = x.se & 0x7fff, .mant = x.mant };
	int shift;

	if (u.exp == 0) {
		u.class = x.mant ? F80_FINITE : F80_ZERO;
		u.exp = 1 - F80_BIAS;
		u.denormal = x.mant != 0;
		if (x.mant) {
			shift = __builtin_clzll(x.mant);
			u.mant <<= shift;
			u.exp -= shift;
		}
		return u;
	}
	if (!(x.mant >> 63)) {
		u.class = F80_UNSUPPORTED;
	} else if (u.exp == 0x7fff) {
		u.class = x.mant << 1 ? F80_NAN : F80_INF;
		u.quiet = x.mant >> 62 & 1;
	} else {
		u.class = F80_FINITE;
	}
	u.exp -= F80_BIAS;
	return u;
}

u128
shift_sticky(u128 v, i32 n)
{
	if (n <= 0)
		return v;
	if (n >= 128)
		return v != 0;
	return v >> n | (v << (128 - n) != 0);
}

bool
goes_up(u8 rc, bool sign, u128 rest, u128 unit, bool odd)
{
	switch (rc) {
	case RC_NEAREST: return rest > unit / 2 || (rest == unit / 2 && odd);
	case RC_DOWN: return sign && rest;
	case RC_UP: return !sign && rest;
	}
	return false;
}

/* rounds *v to its top precision bits; *carry: it became 2^128, *v is then the top bit alone. Returns whether it is inexact. */
static bool
round_bits(struct fctx *c, bool sign, u128 *v, u8 precision, bool *carry)
{
	u128 unit = (u128)1 << (128 - precision);
	u128 rest = *v & (unit - 1);

	*carry = false;
	*v -= rest;
	c->up = goes_up(c->rc, sign, rest, unit, (*v & unit) != 0);
	if (c->up) {
		*v += unit;
		if (*v == 0) {
			*carry = true;
			*v = (u128)1 << 127;
		}
	}
	return rest != 0;
}

/* round_format to nearest where neither over- nor underflow can occur */
static void
round_nearest(struct fctx *c, i32 *exp, u64 *mant, u64 low, u8 precision)
{
	u64 unit = precision == 64 ? 1 : 1ull << (64 - precision);
	u64 rest = *mant & (unit - 1);
	bool odd = *mant & unit;
	u64 m = *mant - rest;

	if ((rest | low) == 0) {
		c->up = false;
		return;
	}
	c->flags |= FSW_PE;
	if (precision == 64)
		c->up = low > 1ull << 63 || (low == 1ull << 63 && odd);
	else
		c->up = rest > unit / 2 || (rest == unit / 2 && (low || odd));
	if (c->up) {
		m += unit;
		if (m == 0) {
			m = 1ull << 63;
			++*exp;
		}
	}
	*mant = m;
}

bool
round_format(struct fctx *c, bool sign, i32 *exp, u64 *mant, u64 low, u8 precision, i32 emin, i32 emax)
{
	u128 v = (u128)*mant << 64 | low;
	u128 trial = v;
	bool carry, tiny = false, inexact;

	if (c->rc == RC_NEAREST && *exp >= emin && *exp < emax) {
		round_nearest(c, exp, mant, low, precision);
		return true;
	}
	if (*exp < emin) {
		tiny = true;
		if (*exp == emin - 1) {
			round_bits(c, sign, &trial, precision, &carry);
			tiny = !carry;
		}
		v = shift_sticky(v, emin - *exp);
		*exp = emin;
	}
	inexact = round_bits(c, sign, &v, precision, &carry);
	*exp += carry;
	*mant = v >> 64;
	if (tiny && (inexact || c->unmasked & FSW_UE))
		c->flags |= FSW_UE;
	if (inexact)
		c->flags |= FSW_PE;
	if (*exp <= emax)
		return true;
	c->flags |= FSW_OE | FSW_PE;
	c->up = c->rc == RC_NEAREST || c->rc == (sign ? RC_DOWN : RC_UP);
	*exp = emax;
	*mant = ~0ull << (64 - precision);
	return false;
}

/* A result out of range whose exception is unmasked has its exponent changed by 24576, if that suffices (SDM volume 1, 8.5.4 and 8.5.5). */
static bool
scale(struct fctx *c, bool sign, i32 *exp, u64 *mant, u64 low, u8 precision)
{
	struct fctx free = *c;
	i32 e = *exp;
	u64 m = *mant;
	u16 flag;

	round_format(&free, sign, &e, &m, low, precision, -UNBOUNDED, UNBOUNDED);
	if (e > 0x7ffe - F80_BIAS)
		flag = FSW_OE, e -= SCALE;
	else if (e < 1 - F80_BIAS)
		flag = FSW_UE, e += SCALE;
	else
		return false;
	if (!(c->unmasked & flag) || e < 1 - F80_BIAS || e > 0x7ffe - F80_BIAS)
		return false;
	*c = free;
	c->flags |= flag;
	*exp = e;
	*mant = m;
	return true;
}

f80
f80_round(struct fctx *c, bool sign, i32 exp, u64 mant, u64 low, u8 precision)
{
	bool ok;

	if (c->unmasked & (FSW_OE | FSW_UE) && scale(c, sign, &exp, &mant, low, precision))
		return F80(sign << 15 | (exp + F80_BIAS), mant);
	ok = round_format(c, sign, &exp, &mant, low, precision, 1 - F80_BIAS, 0x7ffe - F80_BIAS);
	if (!ok && c->up)
		return F80(sign << 15 | 0x7fff, 1ull << 63);
	exp += F80_BIAS;
	if (!(mant >> 63))
		exp = 0;
	return F80(sign << 15 | exp, mant);
}

bool
f80_nan(struct fctx *c, f80 a, f80 b, f80 *r)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b);
	bool xnan = x.class == F80_NAN, ynan = y.class == F80_NAN;
	bool first;

	if (x.class == F80_UNSUPPORTED || y.class == F80_UNSUPPORTED) {
		c->flags |= FSW_IE;
		*r = F80_INDEFINITE;
		return true;
	}
	if (!xnan && !ynan)
		return false;
	if ((xnan && !x.quiet) || (ynan && !y.quiet))
		c->flags |= FSW_IE;
	if (!xnan || !ynan)
		first = xnan;
	else if (x.quiet != y.quiet)
		first = x.quiet;
	else if (a.mant != b.mant)
		first = a.mant > b.mant;
	else
		first = !x.sign;
	*r = first ? a : b;
	r->mant |= 1ull << 62;
	return true;
}

f80
f80_invalid(struct fctx *c)
{
	c->flags |= FSW_IE;
	return F80_INDEFINITE;
}

f80
f80_zero(bool sign)
{
	return F80(sign << 15, 0);
}

f80
f80_inf(bool sign)
{
	return F80(sign << 15 | 0x7fff, 1ull << 63);
}

static f80
add(struct fctx *c, struct unpacked x, struct unpacked y)
{
	u128 a, b;
	int shift;

	if (x.class == F80_INF || y.class == F80_INF) {
		if (x.class == y.class && x.sign != y.sign)
			return f80_invalid(c);
		return f80_inf(x.class == F80_INF ? x.sign : y.sign);
	}
	if (x.class == F80_ZERO && y.class == F80_ZERO)
		return f80_zero(x.sign == y.sign ? x.sign : c->rc == RC_DOWN);
	if (x.class == F80_ZERO)
		return f80_round(c, y.sign, y.exp, y.mant, 0, c->precision);
	if (y.class == F80_ZERO)
		return f80_round(c, x.sign, x.exp, x.mant, 0, c->precision);
	if (x.exp < y.exp || (x.exp == y.exp && x.mant < y.mant)) {
		struct unpacked t = x;

		x = y;
		y = t;
	}
	/* one bit of headroom for the carry */
	a = (u128)x.mant << 63;
	b = shift_sticky((u128)y.mant << 63, x.exp - y.exp);
	a = x.sign == y.sign ? a + b : a - b;
	if (a == 0)
		return f80_zero(c->rc == RC_DOWN);
	shift = a >> 64 ? __builtin_clzll(a >> 64) : 64 + __builtin_clzll((u64)a);
	a <<= shift;
	return f80_round(c, x.sign, x.exp + 1 - shift, a >> 64, (u64)a, c->precision);
}

static f80
multiply(struct fctx *c, struct unpacked x, struct unpacked y)
{
	bool sign = x.sign ^ y.sign;
	i32 exp = x.exp + y.exp + 1;
	u128 p;

	if (x.class == F80_INF || y.class == F80_INF) {
		if (x.class == F80_ZERO || y.class == F80_ZERO)
			return f80_invalid(c);
		return f80_inf(sign);
	}
	if (x.class == F80_ZERO || y.class == F80_ZERO)
		return f80_zero(sign);
	p = (u128)x.mant * y.mant;
	if (!(p >> 127)) {
		p <<= 1;
		exp--;
	}
	return f80_round(c, sign, exp, p >> 64, (u64)p, c->precision);
}

static f80
divide(struct fctx *c, struct unpacked x, struct unpacked y)
{
	bool sign = x.sign ^ y.sign;
	i32 exp = x.exp - y.exp;
	u128 n;
	u64 q, rest, low;

	if (x.class == F80_INF)
		return y.class == F80_INF ? f80_invalid(c) : f80_inf(sign);
	if (y.class == F80_INF)
		return f80_zero(sign);
	if (y.class == F80_ZERO) {
		if (x.class == F80_ZERO)
			return f80_invalid(c);
		c->flags |= FSW_ZE;
		return f80_inf(sign);
	}
	if (x.class == F80_ZERO)
		return f80_zero(sign);
	n = (u128)x.mant << 63;
	if (x.mant < y.mant) {
		n <<= 1;
		exp--;
	}
	q = n / y.mant;
	rest = n % y.mant;
	/* the next bit and a sticky bit */
	low = rest == 0 ? 0 : 1;
	if (rest >= y.mant - rest)
		low |= 1ull << 63;
	if (rest == y.mant - rest)
		low = 1ull << 63;
	return f80_round(c, sign, exp, q, low, c->precision);
}

static void
note_denormals(struct fctx *c, struct unpacked x, struct unpacked y)
{
	if (x.denormal || y.denormal)
		c->flags |= FSW_DE;
}

f80
f80_arith(struct fctx *c, enum x87_arith op, f80 a, f80 b)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b), t;
	f80 r;

	if ((x.class >= F80_NAN || y.class >= F80_NAN) && f80_nan(c, a, b, &r))
		return r;
	if (op == X87_SUBR || op == X87_DIVR) {
		t = x;
		x = y;
		y = t;
	}
	switch (op) {
	case X87_ADD:
		r = add(c, x, y);
		break;
	case X87_SUB: case X87_SUBR:
		y.sign = !y.sign;
		r = add(c, x, y);
		break;
	case X87_MUL:
		r = multiply(c, x, y);
		break;
	default:
		r = divide(c, x, y);
		break;
	}
	if (!(c->flags & (FSW_IE | FSW_ZE)))
		note_denormals(c, x, y);
	return r;
}

f80
f80_sqrt(struct fctx *c, f80 a)
{
	struct unpacked x = f80_unpack(a);
	u128 n, rest, trial;
	u64 root = 0, low;
	f80 r;

	if (f80_nan(c, a, a, &r))
		return r;
	if (x.class == F80_ZERO)
		return a;
	if (x.sign)
		return f80_invalid(c);
	if (x.class == F80_INF)
		return a;
	note_denormals(c, x, x);
	/* n in 2^126..2^128, its root has 64 bits */
	n = (u128)x.mant << (x.exp & 1 ? 64 : 63);
	rest = 0;
	for (int i = 63; i >= 0; i--) {
		rest = rest << 2 | (u64)(n >> 126);
		n <<= 2;
		trial = (u128)root << 2 | 1;
		root <<= 1;
		if (rest >= trial) {
			rest -= trial;
			root |= 1;
		}
	}
	low = rest == 0 ? 0 : rest > root ? 1ull << 63 | 1 : 1;
	return f80_round(c, false, x.exp >> 1, root, low, c->precision);
}

int
f80_compare(struct fctx *c, f80 a, f80 b, bool quiet)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b);
	bool xnan = x.class == F80_NAN, ynan = y.class == F80_NAN;
	int r;

	if (x.class == F80_UNSUPPORTED || y.class == F80_UNSUPPORTED || xnan || ynan) {
		if (!quiet || (x.class == F80_UNSUPPORTED || y.class == F80_UNSUPPORTED)
		    || (xnan && !x.quiet) || (ynan && !y.quiet))
			c->flags |= FSW_IE;
		return 2;
	}
	note_denormals(c, x, y);
	if (x.class == F80_ZERO && y.class == F80_ZERO)
		return 0;
	if (x.class == F80_ZERO)
		return y.sign ? 1 : -1;
	if (y.class == F80_ZERO)
		return x.sign ? -1 : 1;
	if (x.sign != y.sign)
		return x.sign ? -1 : 1;
	r = x.exp != y.exp ? (x.exp > y.exp ? 1 : -1) : x.mant != y.mant ? (x.mant > y.mant ? 1 : -1) : 0;
	return x.sign ? -r : r;
}
