/*
 * x87cvt.c - 80-bit floats to and from integers, decimal and the shorter formats; rounding, scaling, splitting, remainders.
 */
#include "softfloat80.h"

f80
f80_of_int(i64 v)
{
	bool sign = v < 0;
	u64 m = sign ? 0 - (u64)v : (u64)v;
	int shift;

	if (m == 0)
		return f80_zero(false);
	shift = __builtin_clzll(m);
	return F80(sign << 15 | (F80_BIAS + 63 - shift), m << shift);
}

static f80
widen(struct fctx *c, bool sign, i32 exp, u64 fraction, i32 max, int bias)
{
	int shift;

	if (exp == max)
		return F80(sign << 15 | 0x7fff, fraction | 1ull << 63);
	if (exp)
		return F80(sign << 15 | (exp - bias + F80_BIAS), fraction | 1ull << 63);
	if (!fraction)
		return f80_zero(sign);
	c->flags |= FSW_DE;
	shift = __builtin_clzll(fraction);
	return F80(sign << 15 | (1 - bias + F80_BIAS - shift), fraction << shift);
}

f80
f80_of_f32(struct fctx *c, u32 bits)
{
	return widen(c, bits >> 31, bits >> 23 & 0xff, (u64)(bits & 0x7fffff) << 40, 0xff, 127);
}

f80
f80_of_f64(struct fctx *c, u64 bits)
{
	return widen(c, bits >> 63, bits >> 52 & 0x7ff, (bits & 0xfffffffffffff) << 11, 0x7ff, 1023);
}

/* to a format with precision significand bits and an exponent field up to max; the encoding without its sign */
static u64
narrow(struct fctx *c, f80 a, u8 precision, i32 max)
{
	struct unpacked x = f80_unpack(a);
	i32 bias = max / 2;
	int drop = 64 - precision;
	u64 top = (u64)max << (precision - 1);
	u64 hidden = 1ull << (precision - 1);
	bool ok;

	switch (x.class) {
	case F80_ZERO:
		return 0;
	case F80_INF:
		return top;
	case F80_NAN:
		if (!x.quiet)
			c->flags |= FSW_IE;
		return top | hidden >> 1 | (x.mant >> drop & (hidden - 1));
	case F80_UNSUPPORTED:
		c->flags |= FSW_IE;
		return top | hidden >> 1;
	case F80_FINITE:
		break;
	}
	ok = round_format(c, x.sign, &x.exp, &x.mant, 0, precision, 1 - bias, max - 1 - bias);
	if (!ok && c->up)
		return top;
	x.mant >>= drop;
	if (!(x.mant & hidden))
		return x.mant;
	return (u64)(x.exp + bias) << (precision - 1) | (x.mant & (hidden - 1));
}

static bool
narrow_sign(f80 a)
{
	return f80_unpack(a).class == F80_UNSUPPORTED ? true : a.se >> 15;
}

u32
f80_to_f32(struct fctx *c, f80 a)
{
	return narrow(c, a, 24, 0xff) | (u32)narrow_sign(a) << 31;
}

u64
f80_to_f64(struct fctx *c, f80 a)
{
	return narrow(c, a, 53, 0x7ff) | (u64)narrow_sign(a) << 63;
}

/* the magnitude as an integer, exp <= 63 */
static u64
integral(struct fctx *c, struct unpacked x)
{
	u128 v = shift_sticky((u128)x.mant << 64, 63 - x.exp);
	u64 r = v >> 64;
	u64 rest = v;

	c->up = goes_up(c->rc, x.sign, rest, (u128)1 << 64, r & 1);
	if (rest)
		c->flags |= FSW_PE;
	return r + c->up;
}

i64
f80_to_int(struct fctx *c, f80 a, u32 bits)
{
	struct unpacked x = f80_unpack(a);
	u16 flags = c->flags;
	u64 limit = 1ull << (bits - 1);
	u64 m;

	if (x.class == F80_ZERO)
		return 0;
	if (x.class == F80_FINITE && x.exp <= 63) {
		m = integral(c, x);
		if (m < limit + x.sign)
			return x.sign ? 0 - m : m;
	}
	c->flags = flags | FSW_IE;
	c->up = false;
	return (i64)(0 - limit);
}

void
f80_to_bcd(struct fctx *c, f80 a, u8 out[10])
{
	static const u8 indefinite[10] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff };
	struct unpacked x = f80_unpack(a);
	u16 flags = c->flags;
	u64 m = ~0ull;

	if (x.class == F80_ZERO)
		m = 0;
	else if (x.class == F80_FINITE && x.exp <= 63)
		m = integral(c, x);
	if (m > 999999999999999999) {
		c->flags = flags | FSW_IE;
		c->up = false;
		__builtin_memcpy(out, indefinite, 10);
		return;
	}
	for (int i = 0; i < 9; i++, m /= 100)
		out[i] = m % 10 | m / 10 % 10 << 4;
	out[9] = x.sign << 7;
}

f80
f80_of_bcd(const u8 in[10])
{
	u64 m = 0;
	f80 r;

	for (int i = 8; i >= 0; i--)
		m = m * 100 + (in[i] >> 4) * 10 + (in[i] & 15);
	r = f80_of_int(m);
	r.se |= in[9] >> 7 << 15;
	return r;
}

f80
f80_rint(struct fctx *c, f80 a)
{
	struct unpacked x = f80_unpack(a);
	f80 r;
	u64 m;

	if (f80_nan(c, a, a, &r))
		return r;
	if (x.denormal)
		c->flags |= FSW_DE;
	if (x.class != F80_FINITE || x.exp >= 63)
		return a;
	m = integral(c, x);
	r = f80_of_int(m);
	if (m >> 63)
		r = F80(F80_BIAS + 63, m);
	r.se |= x.sign << 15;
	return r;
}

f80
f80_scale(struct fctx *c, f80 a, f80 b)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b);
	i32 n;
	f80 r;

	if (f80_nan(c, a, b, &r))
		return r;
	if (y.class == F80_INF) {
		if (x.class == (y.sign ? F80_INF : F80_ZERO))
			return f80_invalid(c);
		if (x.denormal)
			c->flags |= FSW_DE;
		return y.sign ? f80_zero(x.sign) : f80_inf(x.sign);
	}
	if (x.denormal || y.denormal)
		c->flags |= FSW_DE;
	if (x.class != F80_FINITE)
		return a;
	n = y.class == F80_ZERO || y.exp < 0 ? 0 : y.exp > 16 ? 1 << 17 : (i32)(y.mant >> (63 - y.exp));
	return f80_round(c, x.sign, x.exp + (y.sign ? -n : n), x.mant, 0, 64);
}

f80
f80_extract(struct fctx *c, f80 a, f80 *significand)
{
	struct unpacked x = f80_unpack(a);
	f80 r;

	*significand = a;
	if (f80_nan(c, a, a, &r)) {
		*significand = r;
		return r;
	}
	if (x.class == F80_INF)
		return f80_inf(false);
	if (x.class == F80_ZERO) {
		c->flags |= FSW_ZE;
		return f80_inf(true);
	}
	if (x.denormal)
		c->flags |= FSW_DE;
	*significand = F80(x.sign << 15 | F80_BIAS, x.mant);
	return f80_of_int(x.exp);
}

/* mant * 2^(exp - 63), any mant, exact */
static f80
exact(bool sign, i32 exp, u64 mant)
{
	struct fctx none = { .precision = 64 };
	int shift;

	if (mant == 0)
		return f80_zero(sign);
	shift = __builtin_clzll(mant);
	return f80_round(&none, sign, exp - shift, mant << shift, 0, 64);
}

f80
f80_rem(struct fctx *c, f80 a, f80 b, bool nearest, u32 *quotient, bool *partial)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b);
	i32 d = x.exp - y.exp, n = d;
	u128 num, den = y.mant;
	u64 q, rest;
	f80 r;

	*quotient = 0;
	*partial = false;
	if (f80_nan(c, a, b, &r))
		return r;
	if (x.class == F80_INF || y.class == F80_ZERO)
		return f80_invalid(c);
	if (x.denormal || y.denormal)
		c->flags |= FSW_DE;
	if (x.class == F80_ZERO)
		return a;
	if (y.class == F80_INF || d < (nearest ? -1 : 0))
		return exact(x.sign, x.exp, x.mant);
	if (d >= 64) {
		*partial = true;
		n = 32 + d % 32;
	}
	num = x.mant;
	if (d < 0)
		den <<= 1;
	else
		num <<= n;
	q = num / den;
	rest = num % den;
	if (!*partial) {
		if (nearest && (rest > den - rest || (rest == den - rest && q & 1))) {
			rest = den - rest;
			x.sign = !x.sign;
			q++;
		}
		*quotient = q;
	}
	return exact(x.sign, d < 0 ? x.exp : y.exp + d - n, rest);
}
