/*
 * muladd.c - fused multiply-add with a single rounding, to nearest. Doubles: the error-free transformations of Boldo and Melquiond
 * ("Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008), two lanes at a time, where no step
 * can overflow or underflow; else integers. Floats: products are exact in double, the sum is rounded to odd there and then
 * once more, which is harmless as double has more than twice the digits. NaNs: the first of multiplicand, multiplier, addend,
 * quiet and with its sign; negations do not touch it.
 */
#include <stdbool.h>
#include <string.h>
#include "engine.h"
#include "simd.h"
#include "floatbits.h"
#include "softfloat80.h"
#include "../../include/floats.h"

#define SIGN64 (1ull << 63)

/* ---- integers ---- */

struct parts { bool sign; i32 exp; u64 mant; };  /* mant * 2^exp */

static struct parts
split(double x)
{
	u64 b = bits64(x);
	i32 e = b >> 52 & 0x7ff;
	struct parts p = { b >> 63, (e ? e : 1) - 1075, (b & 0xfffffffffffff) | (e ? 1ull << 52 : 0) };

	return p;
}

static int
leading(u128 m)
{
	u64 high = (u64)(m >> 64);

	return high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((u64)m);
}

/* m * 2^e to the nearest double; m is not 0 */
static double
pack(bool sign, u128 m, i32 e)
{
	i32 drop = leading(m) - 52;
	u64 r, exp, rest;

	if (e + drop < -1074)
		drop = -1074 - e;
	if (drop < 2) {                                 /* room for a half and what is below it */
		m <<= 2 - drop;
		e -= 2 - drop;
		drop = 2;
	}
	m = shift_sticky(m, drop - 2);
	rest = m & 3;
	r = (u64)(m >> 2);
	r += rest == 3 || (rest == 2 && (r & 1));
	exp = (u64)(i64)(e + drop + 1074);
	if (r >> 53) {
		r >>= 1;
		exp++;
	}
	if (exp + 1 >= 0x7ff && r >> 52)
		return double_of((sign ? SIGN64 : 0) | 0x7ffull << 52);
	return double_of((sign ? SIGN64 : 0) | (r >> 52 ? (exp + 1) << 52 | (r & 0xfffffffffffff) : r));
}

/* finite, product not zero */
static double
fma_exact(double x, double y, double z)
{
	struct parts a = split(x), b = split(y), c = split(z);
	bool sign = a.sign ^ b.sign;
	u128 p = (u128)a.mant * b.mant, q = c.mant;
	i32 pe = a.exp + b.exp, qe = c.exp, n;

	if (q == 0)
		return pack(sign, p, pe);
	n = 125 - leading(p);
	p <<= n;
	pe -= n;
	n = 125 - leading(q);
	q <<= n;
	qe -= n;
	if (pe < qe) {
		p = shift_sticky(p, qe - pe);
		pe = qe;
	} else {
		q = shift_sticky(q, pe - qe);
	}
	if (sign == c.sign)
		return pack(sign, p + q, pe);
	if (p == q)
		return 0.0;
	return p > q ? pack(sign, p - q, pe) : pack(c.sign, q - p, pe);
}

static double
fma_slow(double a, double b, double c)
{
	const u64 infinite = 0x7ffull << 52;
	u64 x = bits64(a) & ~SIGN64, y = bits64(b) & ~SIGN64, z = bits64(c) & ~SIGN64;

	if (x >= infinite || y >= infinite || x == 0 || y == 0)
		return a * b + c;
	if (z >= infinite)
		return c;
	return fma_exact(a, b, c);
}

/* ---- two doubles ---- */

static v128_t
splat_bits(u64 x)
{
	return wasm_i64x2_splat((i64)x);
}

static void
two_sum(v128_t a, v128_t b, v128_t *s, v128_t *e)
{
	v128_t t, x, y;

	t = wasm_f64x2_add(a, b);
	y = wasm_f64x2_sub(t, a);
	x = wasm_f64x2_sub(t, y);
	x = wasm_f64x2_sub(a, x);
	y = wasm_f64x2_sub(b, y);
	*s = t;
	*e = wasm_f64x2_add(x, y);
}

static void
halves(v128_t a, v128_t *high, v128_t *low)
{
	v128_t t = wasm_f64x2_mul(a, splat_bits(0x41a0000002000000));   /* 2^27 + 1 */

	*high = wasm_f64x2_sub(t, wasm_f64x2_sub(t, a));
	*low = wasm_f64x2_sub(a, *high);
}

/* error of the product p of a and b */
static v128_t
product_error(v128_t a, v128_t b, v128_t p)
{
	v128_t ah, al, bh, bl, e;

	halves(a, &ah, &al);
	halves(b, &bh, &bl);
	e = wasm_f64x2_sub(wasm_f64x2_mul(ah, bh), p);
	e = wasm_f64x2_add(e, wasm_f64x2_mul(ah, bl));
	e = wasm_f64x2_add(e, wasm_f64x2_mul(al, bh));
	return wasm_f64x2_add(e, wasm_f64x2_mul(al, bl));
}

/* a + b rounded to odd */
static v128_t
odd_sum(v128_t a, v128_t b)
{
	v128_t one = splat_bits(1), s, e, inexact, even, away, step;

	two_sum(a, b, &s, &e);
	inexact = wasm_f64x2_ne(e, splat_bits(0));
	even = wasm_i64x2_eq(wasm_v128_and(s, one), splat_bits(0));
	away = wasm_i64x2_shr(wasm_v128_xor(s, e), 63);                 /* -1: towards zero */
	step = wasm_v128_or(away, one);
	return wasm_i64x2_add(s, wasm_v128_and(step, wasm_v128_and(inexact, even)));
}

/* 1 if no step of the fast way can overflow or lose bits below the smallest double */
static bool
moderate(v128_t a, v128_t b, v128_t c, v128_t p)
{
	v128_t factors = splat_bits(0x7dd0000000000000);                /* 2^990 */
	v128_t ok = wasm_f64x2_lt(wasm_f64x2_abs(a), factors);

	p = wasm_f64x2_abs(p);
	ok = wasm_v128_and(ok, wasm_f64x2_lt(wasm_f64x2_abs(b), factors));
	ok = wasm_v128_and(ok, wasm_f64x2_lt(wasm_f64x2_abs(c), factors));
	ok = wasm_v128_and(ok, wasm_f64x2_lt(p, factors));
	ok = wasm_v128_and(ok, wasm_f64x2_lt(splat_bits(0x07b0000000000000), p));      /* 2^-900 */
	return wasm_i64x2_all_true(ok);
}

static v128_t
fma_f64x2(v128_t a, v128_t b, v128_t c)
{
	v128_t p = wasm_f64x2_mul(a, b), ul, th, tl, vh, vl;

	if (!moderate(a, b, c, p)) {
		union xmm x, y, z;

		wasm_v128_store(&x, a);
		wasm_v128_store(&y, b);
		wasm_v128_store(&z, c);
		for (int i = 0; i < 2; i++)
			x.f[i] = fma_slow(x.f[i], y.f[i], z.f[i]);
		return wasm_v128_load(&x);
	}
	ul = product_error(a, b, p);
	two_sum(c, ul, &th, &tl);
	two_sum(p, th, &vh, &vl);
	return wasm_f64x2_add(vh, odd_sum(tl, vl));
}

/* ---- four floats ---- */

static v128_t
fma_low(v128_t a, v128_t b, v128_t c)
{
	v128_t p = wasm_f64x2_mul(wasm_f64x2_promote_low_f32x4(a), wasm_f64x2_promote_low_f32x4(b));
	v128_t plain, odd, finite;

	c = wasm_f64x2_promote_low_f32x4(c);
	plain = wasm_f64x2_add(p, c);
	odd = odd_sum(p, c);
	finite = wasm_f64x2_lt(wasm_f64x2_abs(plain), splat_bits(0x7ff0000000000000));
	return wasm_f32x4_demote_f64x2_zero(wasm_v128_bitselect(odd, plain, finite));
}

static v128_t
high_to_low(v128_t a)
{
	return wasm_i8x16_swizzle(a, wasm_i64x2_replace_lane(splat_bits(0x0f0e0d0c0b0a0908), 1, -1));
}

static v128_t
fma_f32x4(v128_t a, v128_t b, v128_t c)
{
	v128_t low = fma_low(a, b, c);
	v128_t high = fma_low(high_to_low(a), high_to_low(b), high_to_low(c));

	return wasm_v128_or(low, wasm_i8x16_swizzle(high, wasm_i64x2_replace_lane(splat_bits(~0ull), 1, 0x0706050403020100)));
}

/* ---- signs and NaNs ---- */

/* the first NaN in lanes that have one */
static v128_t
nans(v128_t r, const v128_t x[3], bool wide)
{
	v128_t quiet = splat_bits(wide ? 0x8000000000000 : 0x0040000000400000ull);

	for (int i = 2; i >= 0; i--) {
		v128_t is = wide ? wasm_f64x2_ne(x[i], x[i]) : wasm_f32x4_ne(x[i], x[i]);

		r = wasm_v128_bitselect(wasm_v128_or(x[i], quiet), r, is);
	}
	return r;
}

static v128_t
fma_lanes(const v128_t x[3], u32 how, bool wide)
{
	u64 even = wide ? SIGN64 : 0x80000000, odd = wide ? SIGN64 : SIGN64;
	v128_t flip = splat_bits(wide ? SIGN64 : even | odd), a = x[0], c = x[2], r, any;

	if (how & FMA_NEGATE_PRODUCT)
		a = wasm_v128_xor(a, flip);
	if (wide)
		flip = wasm_i64x2_replace_lane(splat_bits(how & FMA_NEGATE_EVEN ? even : 0), 1, (i64)(how & FMA_NEGATE_ODD ? odd : 0));
	else
		flip = splat_bits((how & FMA_NEGATE_EVEN ? even : 0) | (how & FMA_NEGATE_ODD ? odd : 0));
	c = wasm_v128_xor(c, flip);
	r = wide ? fma_f64x2(a, x[1], c) : fma_f32x4(a, x[1], c);
	any = wide ? wasm_f64x2_ne(r, r) : wasm_f32x4_ne(r, r);
	return wasm_v128_any_true(any) ? nans(r, x, wide) : r;
}

static void
fma_scratch(struct cpu *cpu, u32 how, bool wide)
{
	v128_t x[3];

	for (int i = 0; i < 3; i++)
		x[i] = wasm_v128_load(&cpu->scratch[i]);
	wasm_v128_store(&cpu->scratch[0], fma_lanes(x, how, wide));
}

void
fma_ps(struct cpu *cpu, u32 how)
{
	fma_scratch(cpu, how, false);
}

void
fma_pd(struct cpu *cpu, u32 how)
{
	fma_scratch(cpu, how, true);
}

float
fma_ss(float a, float b, float c, u32 how)
{
	v128_t x[3] = { wasm_f32x4_splat(a), wasm_f32x4_splat(b), wasm_f32x4_splat(c) };
	union xmm r;

	wasm_v128_store(&r, fma_lanes(x, how, false));
	return r.s[0];
}

double
fma_sd(double a, double b, double c, u32 how)
{
	v128_t x[3] = { wasm_f64x2_splat(a), wasm_f64x2_splat(b), wasm_f64x2_splat(c) };
	union xmm r;

	wasm_v128_store(&r, fma_lanes(x, how, true));
	return r.f[0];
}
