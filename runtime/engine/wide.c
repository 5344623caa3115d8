/* wide.c - see wide.h */
#include "wide.h"

static int
leading_zeros(u128 v)
{
	return v >> 64 ? __builtin_clzll(v >> 64) : 64 + __builtin_clzll((u64)v);
}

static struct wide
normalize(bool sign, i32 exp, u128 m)
{
	int shift;

	if (m == 0)
		return (struct wide){ .sign = sign };
	shift = leading_zeros(m);
	return (struct wide){ .sign = sign, .exp = exp - shift, .m = m << shift };
}

struct wide
wide_of_u64(u64 v)
{
	return normalize(false, 63, (u128)v << 64);
}

struct wide
wide_of(struct unpacked x)
{
	if (x.class == F80_ZERO)
		return (struct wide){ .sign = x.sign };
	return (struct wide){ .sign = x.sign, .exp = x.exp, .m = (u128)x.mant << 64 };
}

struct wide
wide_neg(struct wide a)
{
	a.sign = !a.sign;
	return a;
}

struct wide
wide_half(struct wide a)
{
	a.exp--;
	return a;
}

struct wide
wide_add(struct wide a, struct wide b)
{
	struct wide t;
	u128 x, y;

	if (a.m == 0)
		return b;
	if (b.m == 0)
		return a;
	if (a.exp < b.exp || (a.exp == b.exp && a.m < b.m)) {
		t = a;
		a = b;
		b = t;
	}
	if (a.exp - b.exp >= 128)
		return a;
	if (a.sign != b.sign)
		return normalize(a.sign, a.exp, a.m - (b.m >> (a.exp - b.exp)));
	x = a.m >> 1;
	y = b.m >> (a.exp - b.exp) >> 1;
	return normalize(a.sign, a.exp + 1, x + y);
}

struct wide
wide_mul(struct wide a, struct wide b)
{
	u64 ah = a.m >> 64, al = a.m, bh = b.m >> 64, bl = b.m;
	u128 hi = (u128)ah * bh, x = (u128)ah * bl, y = (u128)al * bh, mid;

	mid = (u128)(u64)x + (u64)y + (u64)((u128)al * bl >> 64);
	hi += (x >> 64) + (y >> 64) + (mid >> 64);
	/* one more bit below, lost only when the product has 255 bits */
	if (!(hi >> 127) && hi)
		return (struct wide){ a.sign ^ b.sign, a.exp + b.exp, hi << 1 | ((u64)mid >> 63) };
	return normalize(a.sign ^ b.sign, a.exp + b.exp + 1, hi);
}

struct wide
wide_div(struct wide a, struct wide b)
{
	u128 r = a.m, q = 0;
	i32 exp = a.exp - b.exp;
	bool carry = false;

	if (a.m == 0)
		return (struct wide){ .sign = a.sign ^ b.sign };
	for (int i = 0; i < 128; i++) {
		q <<= 1;
		if (carry || r >= b.m) {
			r -= b.m;
			q |= 1;
		}
		carry = r >> 127;
		r <<= 1;
	}
	return normalize(a.sign ^ b.sign, exp, q);
}

f80
wide_round(struct fctx *c, struct wide a)
{
	if (a.m == 0)
		return f80_zero(a.sign);
	return f80_round(c, a.sign, a.exp, a.m >> 64, (u64)a.m | 1, 64);
}
