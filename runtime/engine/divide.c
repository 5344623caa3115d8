/*
 * divide.c - divisions of 128 bits by 64. Translated code checks for overflow first; because the calls are pure and may be
 * moved, a quotient that does not exist is 0, never a trap.
 */
#include "engine.h"

/* high < divisor. Knuth's algorithm D with digits of 32 bits (TAOCP 2, 4.3.1), as in Hacker's Delight's divlu. */
static u64
divide(u64 high, u64 low, u64 d)
{
	int s = __builtin_clzll(d);
	u64 vn1, vn0, un32, un10, un1, un0, q1, q0, r;

	d <<= s;
	vn1 = d >> 32;
	vn0 = (u32)d;
	un32 = s ? high << s | low >> (64 - s) : high;
	un10 = low << s;
	un1 = un10 >> 32;
	un0 = (u32)un10;
	q1 = un32 / vn1;
	r = un32 - q1 * vn1;
	while (q1 >> 32 || q1 * vn0 > (r << 32 | un1)) {
		q1--;
		r += vn1;
		if (r >> 32)
			break;
	}
	un32 = (un32 << 32) + un1 - q1 * d;
	q0 = un32 / vn1;
	r = un32 - q0 * vn1;
	while (q0 >> 32 || q0 * vn0 > (r << 32 | un0)) {
		q0--;
		r += vn1;
		if (r >> 32)
			break;
	}
	return (q1 << 32) + q0;
}

u64
udiv128(u64 high, u64 low, u64 d)
{
	if (high >= d)
		return 0;
	return high == 0 ? low / d : divide(high, low, d);
}

/* the magnitude of the signed quotient; false if that needs more than 64 bits */
static int
magnitude(u64 high, u64 low, u64 d, u64 *q)
{
	u64 n = (i64)d < 0 ? -d : d;

	if ((i64)high < 0) {
		low = -low;
		high = ~high + (low == 0);
	}
	if (high >= n)
		return 0;
	*q = udiv128(high, low, n);
	return 1;
}

u32
idiv128_faults(u64 high, u64 low, u64 d)
{
	int negative = (i64)(high ^ d) < 0;
	u64 q;

	return !magnitude(high, low, d, &q) || q > (1ULL << 63) - !negative;
}

u64
idiv128(u64 high, u64 low, u64 d)
{
	u64 q;

	if (!magnitude(high, low, d, &q))
		return 0;
	return (i64)(high ^ d) < 0 ? -q : q;
}
