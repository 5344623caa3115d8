/*
 * x87math.c - the transcendental x87 instructions, by series in 128-bit floats: their relative error before the last rounding is below 2^-110, so
 * results are correctly rounded but for about one in 2^40. CPUs differ from each other in last bits. Angles are reduced by the 66-bit pi
 * that x86 uses (SDM volume 1, 8.3.8).
 */
#include "wide.h"

#define WIDE(high, low) ((u128)(high) << 64 | (low))

static const struct wide ln2 = { false, -1, WIDE(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af) };
static const struct wide log2e = { false, 0, WIDE(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89) };
static const struct wide pi = { false, 1, WIDE(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1) };
static const struct wide one = { false, 0, (u128)1 << 127 };

/* arc tangents of 1/16 .. 16/16 */
static const struct wide atan_table[17] = {
	{ false, 0, 0 },
	{ false, -5, WIDE(0xffaaddb967ef4e36, 0xcb2792dc0e2e0d51) },
	{ false, -4, WIDE(0xfeadd4d5617b6e32, 0xc897989f3e888ef8) },
	{ false, -3, WIDE(0xbdcbda5e72d81134, 0x7b0b4f881c9c7488) },
	{ false, -3, WIDE(0xfadbafc96406eb15, 0x6dc79ef5f7a217e6) },
	{ false, -2, WIDE(0x9b13b9b83f5e5e69, 0xc5abb498d27af328) },
	{ false, -2, WIDE(0xb7b0ca0f26f78473, 0x8aa32122dcfe4483) },
	{ false, -2, WIDE(0xd327761e611fe5b6, 0x427c95e9001e7136) },
	{ false, -2, WIDE(0xed63382b0dda7b45, 0x6fe445ecbc3a8d03) },
	{ false, -1, WIDE(0x832bf4a6d9867e2a, 0x4b6a09cb61a515c1) },
	{ false, -1, WIDE(0x8f005d5ef7f59f9b, 0x5c835e1665c43748) },
	{ false, -1, WIDE(0x9a2f80e671bdda20, 0x4226f8e2204ff3bd) },
	{ false, -1, WIDE(0xa4bc7d1934f70924, 0x19a87f2a457dac9f) },
	{ false, -1, WIDE(0xaeac4c38b4d8c080, 0x14725e2f3e52070a) },
	{ false, -1, WIDE(0xb8053e2bc2319e73, 0xcb2da55210a4443d) },
	{ false, -1, WIDE(0xc0ce85b8ac526640, 0x89dd62c46e92fa25) },
	{ false, -1, WIDE(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1) },
};

/* 1 / n! */
static const struct wide inverse_factorial[] = {
	{ false, 0, WIDE(0x8000000000000000, 0x0000000000000000) }, { false, 0, WIDE(0x8000000000000000, 0x0000000000000000) },
	{ false, -1, WIDE(0x8000000000000000, 0x0000000000000000) },
	{ false, -3, WIDE(0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab) },
	{ false, -5, WIDE(0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab) },
	{ false, -7, WIDE(0x8888888888888888, 0x8888888888888889) },
	{ false, -10, WIDE(0xb60b60b60b60b60b, 0x60b60b60b60b60b6) },
	{ false, -13, WIDE(0xd00d00d00d00d00d, 0x00d00d00d00d00d0) },
	{ false, -16, WIDE(0xd00d00d00d00d00d, 0x00d00d00d00d00d0) },
	{ false, -19, WIDE(0xb8ef1d2ab6399c7d, 0x560e4472800b8ef2) },
	{ false, -22, WIDE(0x93f27dbbc4fae397, 0x780b69f5333c725b) },
	{ false, -26, WIDE(0xd7322b3faa271c7f, 0x3a3f25c1bee38f10) },
	{ false, -29, WIDE(0x8f76c77fc6c4bdaa, 0x26d4c3d67f425f60) },
	{ false, -33, WIDE(0xb092309d43684be5, 0x1c198e91d7b4269e) },
	{ false, -37, WIDE(0xc9cba54603e4e905, 0xd6f8a2efd1f27546) },
	{ false, -41, WIDE(0xd73f9f399dc0f88e, 0xc32b58774657f48f) },
	{ false, -45, WIDE(0xd73f9f399dc0f88e, 0xc32b58774657f48f) },
	{ false, -49, WIDE(0xca963b81856a5359, 0x3028cbbb8d7ff53c) },
	{ false, -53, WIDE(0xb413c31dcbecbbdd, 0x8024435161554bc3) },
	{ false, -57, WIDE(0x97a4da340a0ab926, 0x50f61dbdcb3a5abf) },
	{ false, -62, WIDE(0xf2a15d201011283d, 0x4e5695fc785d5dff) },
	{ false, -66, WIDE(0xb8dc77b6e7ab8c5f, 0x78a37e77372290c2) },
	{ false, -70, WIDE(0x8671cb6dbfc294a2, 0x86485bf99c763abc) },
	{ false, -75, WIDE(0xbb0da098b1c0cecb, 0xdc3826ebfb13cc27) },
	{ false, -80, WIDE(0xf96780cb97abbe65, 0x25a033e54ec51034) },
	{ false, -84, WIDE(0x9f9e66e8b2fd46a7, 0x22520cbbb7885c4a) },
	{ false, -89, WIDE(0xc4742fe35272cd1c, 0x790285d3580a4a34) },
	{ false, -94, WIDE(0xe8d58e16e6751905, 0x4d0c78aea13b9a50) },
	{ false, -98, WIDE(0x850c5131a842e9b9, 0xe2e28e1aa546a152) },
	{ false, -103, WIDE(0x92cfcc5a1ac56bd5, 0xf1873bb378948eb3) },
	{ false, -108, WIDE(0x9c9962823eb07306, 0x56f6a614c4e2ba59) },
	{ false, -113, WIDE(0xa1a6973c1fade217, 0x0f7237d35fe1c89e) },
	{ false, -118, WIDE(0xa1a6973c1fade217, 0x0f7237d35fe1c89e) },
};

/* 1 / (2n + 1) */
static const struct wide inverse_odd[] = {
	{ false, 0, WIDE(0x8000000000000000, 0x0000000000000000) },
	{ false, -2, WIDE(0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab) },
	{ false, -3, WIDE(0xcccccccccccccccc, 0xcccccccccccccccd) },
	{ false, -3, WIDE(0x9249249249249249, 0x2492492492492492) },
	{ false, -4, WIDE(0xe38e38e38e38e38e, 0x38e38e38e38e38e4) },
	{ false, -4, WIDE(0xba2e8ba2e8ba2e8b, 0xa2e8ba2e8ba2e8ba) },
	{ false, -4, WIDE(0x9d89d89d89d89d89, 0xd89d89d89d89d89e) },
	{ false, -4, WIDE(0x8888888888888888, 0x8888888888888889) },
	{ false, -5, WIDE(0xf0f0f0f0f0f0f0f0, 0xf0f0f0f0f0f0f0f1) },
	{ false, -5, WIDE(0xd79435e50d79435e, 0x50d79435e50d7943) },
	{ false, -5, WIDE(0xc30c30c30c30c30c, 0x30c30c30c30c30c3) },
	{ false, -5, WIDE(0xb21642c8590b2164, 0x2c8590b21642c859) },
	{ false, -5, WIDE(0xa3d70a3d70a3d70a, 0x3d70a3d70a3d70a4) },
	{ false, -5, WIDE(0x97b425ed097b425e, 0xd097b425ed097b42) },
	{ false, -5, WIDE(0x8d3dcb08d3dcb08d, 0x3dcb08d3dcb08d3e) },
	{ false, -5, WIDE(0x8421084210842108, 0x4210842108421084) },
	{ false, -6, WIDE(0xf83e0f83e0f83e0f, 0x83e0f83e0f83e0f8) },
	{ false, -6, WIDE(0xea0ea0ea0ea0ea0e, 0xa0ea0ea0ea0ea0ea) },
	{ false, -6, WIDE(0xdd67c8a60dd67c8a, 0x60dd67c8a60dd67d) },
	{ false, -6, WIDE(0xd20d20d20d20d20d, 0x20d20d20d20d20d2) },
	{ false, -6, WIDE(0xc7ce0c7ce0c7ce0c, 0x7ce0c7ce0c7ce0c8) },
	{ false, -6, WIDE(0xbe82fa0be82fa0be, 0x82fa0be82fa0be83) },
	{ false, -6, WIDE(0xb60b60b60b60b60b, 0x60b60b60b60b60b6) },
	{ false, -6, WIDE(0xae4c415c9882b931, 0x0572620ae4c415ca) },
	{ false, -6, WIDE(0xa72f05397829cbc1, 0x4e5e0a72f0539783) },
	{ false, -6, WIDE(0xa0a0a0a0a0a0a0a0, 0xa0a0a0a0a0a0a0a1) },
};

/* table[0] + table[step] x + table[2 step] x^2 + ... + table[n step] x^n */
static struct wide
polynomial(const struct wide *table, u32 step, i32 n, struct wide x)
{
	struct wide r = table[n * step];

	while (--n >= 0) {
		r = wide_mul(r, x);
		r = wide_add(r, table[n * step]);
	}
	return r;
}

/* e^y - 1, |y| < 0.7 */
static struct wide
expm1_series(struct wide y)
{
	struct wide r = polynomial(inverse_factorial + 1, 1, y.exp < -8 ? 13 : 31, y);

	return wide_mul(r, y);
}

/* log2((1 + s) / (1 - s)), |s| < 0.18 */
static struct wide
log2_series(struct wide s)
{
	struct wide square = wide_mul(s, s);
	struct wide r = polynomial(inverse_odd, 1, s.exp < -8 ? 8 : 25, square);

	r = wide_mul(r, s);
	r = wide_mul(r, log2e);
	r.exp += r.m != 0;
	return r;
}

/* log2 of a positive number */
static struct wide
log2_wide(struct wide x)
{
	struct wide m = { false, 0, x.m };
	i32 k = x.exp;
	struct wide integer, s;

	/* 1/sqrt(2) <= m < sqrt(2) */
	if (m.m >= WIDE(0xb504f333f9de6484, 0x597d89b3754abe9f)) {
		m.exp = -1;
		k++;
	}
	s = wide_div(wide_add(m, wide_neg(one)), wide_add(m, one));
	integer = wide_of_u64(k < 0 ? -k : k);
	integer.sign = k < 0;
	return wide_add(integer, log2_series(s));
}

/* log2(1 + x), x > -1, without cancellation for small x */
static struct wide
log2p1_wide(struct wide x)
{
	struct wide two = { false, 1, (u128)1 << 127 };

	if (x.exp < -3)
		return log2_series(wide_div(x, wide_add(x, two)));
	return log2_wide(wide_add(x, one));
}

static void
note_denormal(struct fctx *c, struct unpacked x)
{
	if (x.denormal)
		c->flags |= FSW_DE;
}

f80
f80_2xm1(struct fctx *c, f80 a)
{
	struct unpacked x = f80_unpack(a);
	f80 r;

	if (f80_nan(c, a, a, &r))
		return r;
	if (x.class == F80_ZERO)
		return a;
	if (x.class == F80_INF)
		return x.sign ? F80(0x8000 | F80_BIAS, 1ull << 63) : a;
	note_denormal(c, x);
	if (x.exp > 0 || (x.exp == 0 && x.mant != 1ull << 63))   /* undefined beyond -1..1 */
		return a;
	return wide_round(c, expm1_series(wide_mul(wide_of(x), ln2)));
}

/* y times the logarithm, whose sign and class are given when it is no ordinary number */
static f80
times_special(struct fctx *c, struct unpacked y, bool infinite, bool sign)
{
	if (infinite ? y.class == F80_ZERO : y.class == F80_INF)
		return f80_invalid(c);
	if (!(c->flags & FSW_ZE))
		note_denormal(c, y);
	sign ^= y.sign;
	return infinite || y.class == F80_INF ? f80_inf(sign) : f80_zero(sign);
}

/* only such logarithms are rational */
static bool
of_power_of_two(struct unpacked x, bool plus1)
{
	if (!plus1)
		return x.mant == 1ull << 63;
	return x.exp >= -3 && x.exp < 60 && wide_add(wide_of(x), one).m == one.m;
}

static f80
ylog(struct fctx *c, struct unpacked x, struct unpacked y, bool plus1)
{
	struct wide l;
	f80 r;

	note_denormal(c, x);
	note_denormal(c, y);
	if (plus1 && x.sign && x.exp >= 0)
		l = wide_neg(one);
	else
		l = plus1 ? log2p1_wide(wide_of(x)) : log2_wide(wide_of(x));
	if (y.class == F80_INF)
		return f80_inf(l.sign ^ y.sign);
	if (y.class == F80_ZERO)
		return f80_zero(l.sign ^ y.sign);
	l = wide_mul(l, wide_of(y));
	if (!of_power_of_two(x, plus1))
		return wide_round(c, l);
	/* exact, but the CPU says otherwise */
	r = f80_round(c, l.sign, l.exp, l.m >> 64, (u64)l.m, 64);
	c->flags |= FSW_PE | (f80_unpack(r).denormal ? FSW_UE : 0);
	return r;
}

f80
f80_yl2x(struct fctx *c, f80 a, f80 b, bool plus1)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b);
	bool minus_one;
	f80 r;

	if (f80_nan(c, a, b, &r))
		return r;
	minus_one = plus1 && x.class == F80_FINITE && x.sign && x.exp >= 0;
	if (x.class == F80_INF)
		return x.sign ? f80_invalid(c) : times_special(c, y, true, false);
	if (x.class == F80_ZERO && plus1)
		return times_special(c, y, false, x.sign);
	if (x.class == F80_ZERO) {
		if (y.class == F80_FINITE)
			c->flags |= FSW_ZE;
		return times_special(c, y, true, true);
	}
	if (x.sign && !plus1)
		return f80_invalid(c);
	if (minus_one && y.class == F80_FINITE) {        /* undefined; what the CPU at hand does */
		note_denormal(c, y);
		c->flags |= FSW_PE;
		return a;
	}
	if (!plus1 && x.exp == 0 && x.mant == 1ull << 63)
		return times_special(c, y, false, false);
	return ylog(c, x, y, plus1);
}

/* arc tangent of 0 <= t <= 1 */
static struct wide
atan_wide(struct wide t)
{
	u32 k = 0;
	struct wide u = t, square, r, c;

	if (t.m && t.exp >= -5) {
		/* nearest sixteenth */
		k = (u32)((t.m >> 96) >> (26 - t.exp)) + 1;
		k /= 2;
		c = wide_of_u64(k);
		c.exp -= c.m ? 4 : 0;
		u = wide_div(wide_add(t, wide_neg(c)), wide_add(one, wide_mul(t, c)));
	}
	square = wide_neg(wide_mul(u, u));
	r = polynomial(inverse_odd, 1, u.exp < -8 ? 8 : 13, square);
	r = wide_mul(r, u);
	return wide_add(r, atan_table[k]);
}

/* a quarter turn times n */
static struct wide
quarters(u32 n)
{
	struct wide r = wide_mul(pi, wide_of_u64(n));

	if (r.m)
		r.exp--;
	return r;
}

/* the next number towards zero: for series whose first omitted term is negative but below 2^-128 */
static struct wide
below(struct wide a)
{
	if (a.m == (u128)1 << 127) {
		a.m = ~(u128)0;
		a.exp--;
	} else if (a.m) {
		a.m--;
	}
	return a;
}

enum { TINY = -55 };     /* exponent below which t - t^3/6 is t, as far as 128 bits show */

/* angle of the point (x, y) where one is zero or infinite */
static bool
patan_special(struct fctx *c, struct unpacked x, struct unpacked y, f80 *r)
{
	struct wide a;

	if (y.class == F80_ZERO || (x.class == F80_INF && y.class != F80_INF)) {
		a = quarters(x.sign ? 2 : 0);
	} else if (x.class == F80_ZERO || (y.class == F80_INF && x.class != F80_INF)) {
		a = quarters(1);
	} else if (x.class == F80_INF) {
		a = wide_half(quarters(x.sign ? 3 : 1));
	} else {
		return false;
	}
	a.sign = y.sign;
	*r = wide_round(c, a);
	return true;
}

f80
f80_patan(struct fctx *c, f80 a, f80 b)
{
	struct unpacked x = f80_unpack(a), y = f80_unpack(b);
	struct wide p, q, t;
	f80 r;

	if (f80_nan(c, a, b, &r))
		return r;
	note_denormal(c, x);
	note_denormal(c, y);
	if (patan_special(c, x, y, &r))
		return r;
	p = wide_of(x);
	q = wide_of(y);
	p.sign = q.sign = false;
	if (p.exp > q.exp || (p.exp == q.exp && p.m >= q.m)) {
		t = wide_div(q, p);
		t = t.exp < TINY ? below(t) : atan_wide(t);
		if (x.sign)
			t = wide_add(quarters(2), wide_neg(t));
	} else {
		t = wide_div(p, q);
		t = t.exp < TINY ? below(t) : atan_wide(t);
		if (!x.sign)
			t.sign = !t.sign;
		t = wide_add(quarters(1), t);
	}
	t.sign = y.sign;
	return wide_round(c, t);
}

/* sine and cosine of |t| <= pi/4 */
static void
sincos_series(struct wide t, struct wide *s, struct wide *k)
{
	struct wide square = wide_neg(wide_mul(t, t));
	i32 n;

	if (t.exp < TINY) {
		*s = below(t);
		*k = below(one);
		return;
	}
	n = t.exp < -8 ? 7 : 15;
	*s = polynomial(inverse_factorial + 1, 2, n, square);
	*k = polynomial(inverse_factorial, 2, n, square);
	*s = wide_mul(*s, t);
}

/* x = quarter * pi/2 + result, |result| <= pi/4; exact, as pi stands for a 66-bit number */
static struct wide
reduce(struct unpacked x, u32 *quarter)
{
	const u128 p = WIDE(3, 0x243f6a8885a308d3);      /* pi/2 * 2^65 */
	u128 r = x.mant;
	struct wide t;

	*quarter = 0;
	if (x.exp < -2)
		return wide_of(x);
	for (i32 i = x.exp + 2; i > 0; i--) {
		*quarter = *quarter << 1 | (r >= p);
		r = (r >= p ? r - p : r) << 1;
	}
	*quarter = *quarter << 1 | (r >= p);
	r = r >= p ? r - p : r;
	t.sign = r > p / 2;
	if (t.sign) {
		r = p - r;
		++*quarter;
	}
	t = (struct wide){ t.sign ^ x.sign, 62, r };
	if (r)
		while (!(t.m >> 127)) {
			t.m <<= 1;
			t.exp--;
		}
	if (x.sign)
		*quarter = 0 - *quarter;
	*quarter &= 3;
	return t;
}

bool
f80_trig(struct fctx *c, f80 a, f80 *s, f80 *k, f80 *t)
{
	struct unpacked x = f80_unpack(a);
	struct wide sine, cosine, y;
	bool tiny = x.exp < TINY;
	u32 quarter;
	f80 r;

	if (f80_nan(c, a, a, &r) || x.class == F80_INF) {
		if (x.class == F80_INF)
			r = f80_invalid(c);
		*(s ? s : k ? k : t) = r;
		if (s && k)
			*k = r;
		return true;
	}
	if (x.class == F80_FINITE && x.exp >= 63)
		return false;
	if (x.class == F80_ZERO) {
		if (s)
			*s = a;
		if (k)
			*k = F80(F80_BIAS, 1ull << 63);
		if (t)
			*t = a;
		return true;
	}
	note_denormal(c, x);
	y = reduce(x, &quarter);
	sincos_series(y, &sine, &cosine);
	if (quarter & 1) {
		y = sine;
		sine = cosine;
		cosine = wide_neg(y);
	}
	if (quarter & 2) {
		sine.sign = !sine.sign;
		cosine.sign = !cosine.sign;
	}
	if (k)
		*k = wide_round(c, cosine);
	if (s)
		*s = wide_round(c, sine);
	if (t)
		*t = wide_round(c, tiny ? wide_of(x) : wide_div(sine, cosine));
	return true;
}
