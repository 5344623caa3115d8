/*
 * ssefloat.h - IEEE 754 arithmetic in integers for singles, doubles and halves, as SSE does it (SDM volume 1, 4.8 and 11.5): any rounding,
 * tininess after rounding, flush-to-zero, denormals-are-zero, exception flags. Numbers are their bits in a u64.
 */
#ifndef SSEFLOAT_H
#define SSEFLOAT_H

#include <stdbool.h>
#include "../../include/cpu.h"
#include "../../include/floats.h"
#include "softfloat80.h"

struct format { u8 fraction, exponent; };        /* bits */
extern const struct format format_half, format_single, format_double;

struct floats {
	u32 mxcsr;
	u32 flags;                               /* MXCSR_IE..PE that the operation raised */
};

enum float_class { FLOAT_ZERO, FLOAT_FINITE, FLOAT_INFINITE, FLOAT_NAN };

/* (-1)^sign * mant/2^63 * 2^exp, bit 63 of mant set, if finite; a denormal that counts as zero is one */
struct number {
	enum float_class class;
	bool sign, signaling, denormal;
	i32 exp;
	u64 mant;
};

struct number float_split(const struct floats *c, const struct format *f, u64 bits);
/* mant: bit 63 set, lost bits or-ed into bit 0 */
u64 float_round(struct floats *c, const struct format *f, bool sign, i32 exp, u64 mant);

u64 float_add(struct floats *c, const struct format *f, u64 a, u64 b);
u64 float_sub(struct floats *c, const struct format *f, u64 a, u64 b);
u64 float_mul(struct floats *c, const struct format *f, u64 a, u64 b);
u64 float_div(struct floats *c, const struct format *f, u64 a, u64 b);
u64 float_sqrt(struct floats *c, const struct format *f, u64 a);
u64 float_fma(struct floats *c, const struct format *f, u64 a, u64 b, u64 x, bool negate_product, bool negate_addend);
u64 float_minmax(struct floats *c, const struct format *f, u64 a, u64 b, bool max);
/* 1 less, 2 equal, 4 greater, 8 unordered; quiet NaNs raise IE if signaling */
u32 float_compare(struct floats *c, const struct format *f, u64 a, u64 b, bool signaling);
/* to an integral value; exact: PE is not raised */
u64 float_integral(struct floats *c, const struct format *f, u64 a, u32 rc, bool quiet);
u64 float_convert(struct floats *c, const struct format *from, const struct format *to, u64 a);
u64 float_of_int(struct floats *c, const struct format *f, i64 x);
/* bits: 32 or 64; what does not fit is the indefinite integer */
u64 float_to_int(struct floats *c, const struct format *f, u64 a, u32 bits, u32 rc);

#endif
