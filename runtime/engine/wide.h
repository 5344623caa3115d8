/*
 * wide.h - floats with a 128-bit significand, for the transcendental instructions: (-1)^sign * m/2^127 * 2^exp, bit 127 of m set, or m = 0.
 * Results are truncated: an operation's relative error is below 2^-126.
 */
#ifndef WIDE_H
#define WIDE_H

#include "softfloat80.h"

struct wide {
	bool sign;
	i32 exp;
	u128 m;
};

struct wide wide_of_u64(u64 v);
struct wide wide_of(struct unpacked x);
struct wide wide_add(struct wide a, struct wide b);
struct wide wide_neg(struct wide a);
struct wide wide_mul(struct wide a, struct wide b);
struct wide wide_div(struct wide a, struct wide b);
struct wide wide_half(struct wide a);
/* a is taken as truncated: an inexact result, whatever its last bits */
f80 wide_round(struct fctx *c, struct wide a);

#endif
