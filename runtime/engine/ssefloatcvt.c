/* ssefloatcvt.c - see ssefloat.h: comparisons, minimum and maximum, conversions between formats and integers. */
#include "ssefloat.h"

enum { LESS = 1, EQUAL = 2, GREATER = 4, UNORDERED = 8 };

static u32
relation(struct number x, struct number y)
{
	bool below;

	if (x.class == FLOAT_ZERO && y.class == FLOAT_ZERO)
		return EQUAL;
	if (x.class == FLOAT_ZERO)
		return y.sign ? GREATER : LESS;
	if (y.class == FLOAT_ZERO)
		return x.sign ? LESS : GREATER;
	if (x.sign != y.sign)
		return x.sign ? LESS : GREATER;
	if (x.class == FLOAT_INFINITE || y.class == FLOAT_INFINITE) {
		if (x.class == y.class)
			return EQUAL;
		return (x.class == FLOAT_INFINITE) == x.sign ? LESS : GREATER;
	}
	if (x.exp == y.exp && x.mant == y.mant)
		return EQUAL;
	below = x.exp != y.exp ? x.exp < y.exp : x.mant < y.mant;
	return below != x.sign ? LESS : GREATER;
}

u32
float_compare(struct floats *c, const struct format *f, u64 a, u64 b, bool signaling)
{
	struct number x = float_split(c, f, a), y = float_split(c, f, b);

	if (x.class == FLOAT_NAN || y.class == FLOAT_NAN) {
		if (signaling || x.signaling || y.signaling)
			c->flags |= MXCSR_IE;
		return UNORDERED;
	}
	if (x.denormal || y.denormal)
		c->flags |= MXCSR_DE;
	return relation(x, y);
}

/* a source as it is forwarded: a denormal that counts as zero becomes one */
static u64
forwarded(const struct format *f, u64 a, struct number x)
{
	return x.class == FLOAT_ZERO ? (u64)x.sign << (f->fraction + f->exponent) : a;
}

/* the second unless the comparison is true: also of two zeros and with a NaN */
u64
float_minmax(struct floats *c, const struct format *f, u64 a, u64 b, bool max)
{
	u32 r = float_compare(c, f, a, b, true);

	if (r == (max ? GREATER : LESS))
		return forwarded(f, a, float_split(c, f, a));
	return forwarded(f, b, float_split(c, f, b));
}

/* |x| rounded to an integer; 2^63 + 1 stands for anything above 2^63 */
static u64
integer(struct number x, u32 rc, bool *inexact)
{
	u64 m, rest;

	*inexact = false;
	if (x.class == FLOAT_ZERO)
		return 0;
	if (x.exp >= 63)
		return (1ull << 63) + (x.exp > 63 || x.mant != 1ull << 63);
	m = x.exp < 0 ? 0 : x.mant >> (63 - x.exp);
	rest = x.exp < -1 ? 1 : x.mant << (x.exp + 1);
	*inexact = rest != 0;
	return m + goes_up(rc, x.sign, rest, (u128)1 << 64, m & 1);
}

u64
float_to_int(struct floats *c, const struct format *f, u64 a, u32 bits, u32 rc)
{
	struct number x = float_split(c, f, a);
	u64 limit = 1ull << (bits - 1), m;
	bool inexact = false;

	if (x.class == FLOAT_NAN || x.class == FLOAT_INFINITE) {
		c->flags |= MXCSR_IE;
		return limit;
	}
	m = integer(x, rc, &inexact);
	if (m > limit || (m == limit && !x.sign)) {
		c->flags |= MXCSR_IE;
		return limit;
	}
	if (inexact)
		c->flags |= MXCSR_PE;
	return x.sign ? -m : m;
}

u64
float_integral(struct floats *c, const struct format *f, u64 a, u32 rc, bool quiet)
{
	struct number x = float_split(c, f, a);
	u64 sign = (u64)x.sign << (f->fraction + f->exponent), m;
	bool inexact;
	int n;

	if (x.class == FLOAT_NAN) {
		if (x.signaling)
			c->flags |= MXCSR_IE;
		return a | 1ull << (f->fraction - 1);
	}
	if (x.class == FLOAT_ZERO)
		return sign;
	if (x.class == FLOAT_INFINITE || x.exp >= f->fraction)
		return a;
	m = integer(x, rc, &inexact);
	if (inexact && !quiet)
		c->flags |= MXCSR_PE;
	if (m == 0)
		return sign;
	n = __builtin_clzll(m);
	return float_round(c, f, x.sign, 63 - n, m << n);
}

u64
float_convert(struct floats *c, const struct format *from, const struct format *to, u64 a)
{
	struct number x = float_split(c, from, a);
	u64 sign = (u64)x.sign << (to->fraction + to->exponent), infinite = ((1ull << to->exponent) - 1) << to->fraction;
	int wider = to->fraction - from->fraction;
	u64 m = a & ((1ull << from->fraction) - 1);

	switch (x.class) {
	case FLOAT_ZERO:
		return sign;
	case FLOAT_INFINITE:
		return sign | infinite;
	case FLOAT_NAN:
		if (x.signaling)
			c->flags |= MXCSR_IE;
		return sign | infinite | 1ull << (to->fraction - 1) | (wider > 0 ? m << wider : m >> -wider);
	default:
		if (x.denormal)
			c->flags |= MXCSR_DE;
		return float_round(c, to, x.sign, x.exp, x.mant);
	}
}

u64
float_of_int(struct floats *c, const struct format *f, i64 v)
{
	u64 m = v < 0 ? -(u64)v : (u64)v;
	int n;

	if (m == 0)
		return 0;
	n = __builtin_clzll(m);
	return float_round(c, f, v < 0, 63 - n, m << n);
}
