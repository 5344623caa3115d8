/* ssefloat.c - see ssefloat.h: parts of numbers, rounding, addition, multiplication, division, square root, fused multiply-add. */
#include "ssefloat.h"

const struct format format_half = { 10, 5 }, format_single = { 23, 8 }, format_double = { 52, 11 };

static u32
rounding(const struct floats *c)
{
	return c->mxcsr >> 13 & 3;
}

static i32
bias(const struct format *f)
{
	return (1 << (f->exponent - 1)) - 1;
}

static u64
infinity(const struct format *f)
{
	return ((1ull << f->exponent) - 1) << f->fraction;
}

static u64
sign_bit(const struct format *f, bool sign)
{
	return (u64)sign << (f->fraction + f->exponent);
}

/* what an invalid operation gives: the quiet NaN with a sign */
static u64
invalid(struct floats *c, const struct format *f)
{
	c->flags |= MXCSR_IE;
	return sign_bit(f, true) | infinity(f) | 1ull << (f->fraction - 1);
}

struct number
float_split(const struct floats *c, const struct format *f, u64 bits)
{
	u64 fraction = bits & ((1ull << f->fraction) - 1);
	u32 e = bits >> f->fraction & ((1u << f->exponent) - 1);
	struct number x = { .sign = bits >> (f->fraction + f->exponent) & 1 };
	int shift;

	if (e == (1u << f->exponent) - 1) {
		x.class = fraction ? FLOAT_NAN : FLOAT_INFINITE;
		x.signaling = fraction && !(fraction >> (f->fraction - 1));
		return x;
	}
	if (e == 0 && (fraction == 0 || c->mxcsr & MXCSR_DAZ))
		return x;
	x.class = FLOAT_FINITE;
	if (e) {
		x.exp = (i32)e - bias(f);
		x.mant = 1ull << 63 | fraction << (63 - f->fraction);
		return x;
	}
	shift = __builtin_clzll(fraction);
	x.denormal = true;
	x.mant = fraction << shift;
	x.exp = 1 - bias(f) - f->fraction + 63 - shift;
	return x;
}

/* mant to precision: the digits, rounded; *inexact: some were lost */
static u64
round_digits(const struct floats *c, const struct format *f, bool sign, u64 mant, bool *inexact)
{
	int drop = 63 - f->fraction;
	u64 rest = mant & ((1ull << drop) - 1), m = mant >> drop;

	*inexact = rest != 0;
	return m + goes_up(rounding(c), sign, rest, (u128)1 << drop, m & 1);
}

static u64
underflow(struct floats *c, const struct format *f, bool sign, i32 exp, u64 mant)
{
	bool inexact;
	u64 m;

	if (!(c->mxcsr & MXCSR_UM)) {                    /* there is no result; PE is that of one with any exponent */
		c->flags |= MXCSR_UE;
		round_digits(c, f, sign, mant, &inexact);
		c->flags |= inexact ? MXCSR_PE : 0;
		return 0;
	}
	if (c->mxcsr & MXCSR_FTZ) {
		c->flags |= MXCSR_UE | MXCSR_PE;
		return sign_bit(f, sign);
	}
	m = round_digits(c, f, sign, (u64)shift_sticky(mant, 1 - bias(f) - exp), &inexact);
	if (inexact)
		c->flags |= MXCSR_UE | MXCSR_PE;
	return sign_bit(f, sign) | m;
}

u64
float_round(struct floats *c, const struct format *f, bool sign, i32 exp, u64 mant)
{
	bool inexact, away;
	u64 m = round_digits(c, f, sign, mant, &inexact);
	i32 e = exp;

	if (m >> (f->fraction + 1)) {
		m >>= 1;
		e++;
	}
	if (e < 1 - bias(f))
		return underflow(c, f, sign, exp, mant);
	if (e > bias(f)) {
		c->flags |= MXCSR_OE;
		if (inexact || c->mxcsr & MXCSR_OM)
			c->flags |= MXCSR_PE;
		away = goes_up(rounding(c), sign, 3, 4, true);
		return sign_bit(f, sign) | (infinity(f) - !away);
	}
	if (inexact)
		c->flags |= MXCSR_PE;
	return sign_bit(f, sign) | (u64)(e + bias(f)) << f->fraction | (m & ((1ull << f->fraction) - 1));
}

/* the same of 128 bits, not 0, whatever their highest one; exp is that of bit 127 */
static u64
round_wide(struct floats *c, const struct format *f, bool sign, i32 exp, u128 m)
{
	u64 high = (u64)(m >> 64);
	int n = high ? __builtin_clzll(high) : 64 + __builtin_clzll((u64)m);

	m <<= n;
	return float_round(c, f, sign, exp - n, (u64)(m >> 64) | ((u64)m != 0));
}

static u64
quiet(const struct format *f, u64 a)
{
	return a | 1ull << (f->fraction - 1);
}

/* the first source if it is a NaN, else the second, which then is one */
static u64
nan_of(struct floats *c, const struct format *f, u64 a, u64 b, struct number x, struct number y)
{
	if (x.signaling || y.signaling)
		c->flags |= MXCSR_IE;
	return quiet(f, x.class == FLOAT_NAN ? a : b);
}

static void
denormals(struct floats *c, struct number x, struct number y)
{
	if (x.denormal || y.denormal)
		c->flags |= MXCSR_DE;
}

/* sum of two that stand at bits 126 and below of m, sticky, with the exponent of bit 127 in exp */
static u64
sum(struct floats *c, const struct format *f, bool xs, i32 xe, u128 x, bool ys, i32 ye, u128 y)
{
	if (xe < ye) {
		x = shift_sticky(x, ye - xe);
		xe = ye;
	} else {
		y = shift_sticky(y, xe - ye);
	}
	if (xs == ys)
		return round_wide(c, f, xs, xe, x + y);
	if (x == y)
		return sign_bit(f, rounding(c) == RC_DOWN);
	return x > y ? round_wide(c, f, xs, xe, x - y) : round_wide(c, f, ys, xe, y - x);
}

static u64
add(struct floats *c, const struct format *f, u64 a, u64 b, bool negate)
{
	struct number x = float_split(c, f, a), y = float_split(c, f, b);

	if (x.class == FLOAT_NAN || y.class == FLOAT_NAN)
		return nan_of(c, f, a, b, x, y);
	y.sign ^= negate;
	if (x.class == FLOAT_INFINITE && y.class == FLOAT_INFINITE && x.sign != y.sign)
		return invalid(c, f);
	denormals(c, x, y);
	if (x.class == FLOAT_INFINITE || y.class == FLOAT_INFINITE)
		return sign_bit(f, x.class == FLOAT_INFINITE ? x.sign : y.sign) | infinity(f);
	if (x.class == FLOAT_ZERO && y.class == FLOAT_ZERO)
		return sign_bit(f, x.sign == y.sign ? x.sign : rounding(c) == RC_DOWN);
	if (y.class == FLOAT_ZERO)
		return float_round(c, f, x.sign, x.exp, x.mant);
	if (x.class == FLOAT_ZERO)
		return float_round(c, f, y.sign, y.exp, y.mant);
	return sum(c, f, x.sign, x.exp + 1, (u128)x.mant << 63, y.sign, y.exp + 1, (u128)y.mant << 63);
}

u64
float_add(struct floats *c, const struct format *f, u64 a, u64 b)
{
	return add(c, f, a, b, false);
}

u64
float_sub(struct floats *c, const struct format *f, u64 a, u64 b)
{
	return add(c, f, a, b, true);
}

u64
float_mul(struct floats *c, const struct format *f, u64 a, u64 b)
{
	struct number x = float_split(c, f, a), y = float_split(c, f, b);
	bool sign = x.sign ^ y.sign;

	if (x.class == FLOAT_NAN || y.class == FLOAT_NAN)
		return nan_of(c, f, a, b, x, y);
	if ((x.class == FLOAT_INFINITE && y.class == FLOAT_ZERO) || (x.class == FLOAT_ZERO && y.class == FLOAT_INFINITE))
		return invalid(c, f);
	denormals(c, x, y);
	if (x.class == FLOAT_INFINITE || y.class == FLOAT_INFINITE)
		return sign_bit(f, sign) | infinity(f);
	if (x.class == FLOAT_ZERO || y.class == FLOAT_ZERO)
		return sign_bit(f, sign);
	return round_wide(c, f, sign, x.exp + y.exp + 1, (u128)x.mant * y.mant);
}

u64
float_div(struct floats *c, const struct format *f, u64 a, u64 b)
{
	struct number x = float_split(c, f, a), y = float_split(c, f, b);
	bool sign = x.sign ^ y.sign;
	u128 n, q;

	if (x.class == FLOAT_NAN || y.class == FLOAT_NAN)
		return nan_of(c, f, a, b, x, y);
	if (x.class == y.class && x.class != FLOAT_FINITE)
		return invalid(c, f);
	if (x.class == FLOAT_FINITE && y.class == FLOAT_ZERO) {
		c->flags |= MXCSR_ZE;
		return sign_bit(f, sign) | infinity(f);
	}
	denormals(c, x, y);
	if (x.class == FLOAT_INFINITE || y.class == FLOAT_ZERO)
		return sign_bit(f, sign) | infinity(f);
	if (x.class == FLOAT_ZERO || y.class == FLOAT_INFINITE)
		return sign_bit(f, sign);
	/* significands have at most 53 bits: 64 more give a quotient of 63 at least */
	n = (u128)(x.mant >> 11) << 64;
	q = n / (y.mant >> 11);
	q = q << 1 | (q * (y.mant >> 11) != n);
	return round_wide(c, f, sign, x.exp - y.exp + 62, q);
}

u64
float_sqrt(struct floats *c, const struct format *f, u64 a)
{
	struct number x = float_split(c, f, a);
	u128 m, r = 0, bit = (u128)1 << 126;

	if (x.class == FLOAT_NAN)
		return nan_of(c, f, a, a, x, x);
	if (x.class != FLOAT_ZERO && x.sign)
		return invalid(c, f);
	denormals(c, x, x);
	if (x.class != FLOAT_FINITE)
		return x.class == FLOAT_ZERO ? sign_bit(f, x.sign) : a;
	/* m: the value as an even power of two times a fraction below 4, its two digits in bits 127, 126 */
	m = (u128)x.mant << (63 + (x.exp & 1));
	while (bit) {
		if (m >= r + bit) {
			m -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
		bit >>= 2;
	}
	return float_round(c, f, false, x.exp >> 1, (u64)r | (m != 0));
}

/* NaNs: the first of multiplicand, multiplier, addend */
u64
float_fma(struct floats *c, const struct format *f, u64 a, u64 b, u64 z, bool negate_product, bool negate_addend)
{
	struct number x = float_split(c, f, a), y = float_split(c, f, b), w = float_split(c, f, z);
	bool undefined = (x.class == FLOAT_INFINITE && y.class == FLOAT_ZERO) || (x.class == FLOAT_ZERO && y.class == FLOAT_INFINITE);
	bool sign = x.sign ^ y.sign ^ negate_product;

	if (x.class == FLOAT_NAN || y.class == FLOAT_NAN || w.class == FLOAT_NAN) {
		if (x.signaling || y.signaling || w.signaling)
			c->flags |= MXCSR_IE;
		return quiet(f, x.class == FLOAT_NAN ? a : y.class == FLOAT_NAN ? b : z);
	}
	w.sign ^= negate_addend;
	if (undefined)
		return invalid(c, f);
	if ((x.class == FLOAT_INFINITE || y.class == FLOAT_INFINITE) && w.class == FLOAT_INFINITE && sign != w.sign)
		return invalid(c, f);
	denormals(c, x, y);
	denormals(c, w, w);
	if (x.class == FLOAT_INFINITE || y.class == FLOAT_INFINITE)
		return sign_bit(f, sign) | infinity(f);
	if (w.class == FLOAT_INFINITE)
		return sign_bit(f, w.sign) | infinity(f);
	if (x.class == FLOAT_ZERO || y.class == FLOAT_ZERO) {
		if (w.class == FLOAT_ZERO)
			return sign_bit(f, sign == w.sign ? sign : rounding(c) == RC_DOWN);
		return float_round(c, f, w.sign, w.exp, w.mant);
	}
	if (w.class == FLOAT_ZERO)
		return round_wide(c, f, sign, x.exp + y.exp + 1, (u128)x.mant * y.mant);
	/* the product has 106 digits, so its lowest bits are free */
	return sum(c, f, sign, x.exp + y.exp + 3, (u128)x.mant * y.mant >> 2, w.sign, w.exp + 2, (u128)w.mant << 62);
}
