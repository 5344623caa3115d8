/*
 * softfloat80.h - 80-bit extended arithmetic in integers (SDM volume 1, chapters 4 and 8). A value is a struct x87reg; every operation takes
 * a context that says how to round and collects the exceptions.
 */
#ifndef SOFTFLOAT80_H
#define SOFTFLOAT80_H

#include <stdbool.h>
#include "../../include/cpu.h"
#include "../../include/x87.h"

typedef unsigned __int128 u128;
typedef struct x87reg f80;

enum { RC_NEAREST, RC_DOWN, RC_UP, RC_ZERO };    /* RC field of the control word */
enum f80_class { F80_ZERO, F80_FINITE, F80_INF, F80_NAN, F80_UNSUPPORTED };
enum { F80_BIAS = 16383, F80_MAX_EXP = 0x7fff };

struct fctx {
	u8 rc;
	u8 precision;            /* 24, 53 or 64 bits; add sub mul div sqrt obey it */
	bool up;                 /* the last rounding went away from zero: C1 */
	u16 flags;               /* FSW_IE .. FSW_PE */
	u16 unmasked;            /* of these, those with no masked response */
};

/* (-1)^sign * mant/2^63 * 2^exp; bit 63 of mant is set if the class is F80_FINITE, denormals included */
struct unpacked {
	enum f80_class class;
	bool sign;
	bool denormal;           /* or pseudo-denormal */
	bool quiet;              /* of a NaN */
	i32 exp;
	u64 mant;
};

#define F80(se_, mant_) ((f80){ .mant = (mant_), .se = (se_) })
#define F80_INDEFINITE F80(0xffff, 0xc000000000000000)

struct unpacked f80_unpack(f80 x);
/* mant:low is a 128-bit significand, normalized, low sticky in its last bit; exp as in struct unpacked */
f80 f80_round(struct fctx *c, bool sign, i32 exp, u64 mant, u64 low, u8 precision);
/*
 * Rounds to a format with precision bits, exponents emin..emax. The result is mant with bit 63 set and *exp, or a denormal: mant below
 * 2^63 and *exp = emin. Overflow: false, mant and exp are those of the largest number and c->up says whether infinity is meant.
 */
bool round_format(struct fctx *c, bool sign, i32 *exp, u64 *mant, u64 low, u8 precision, i32 emin, i32 emax);
u128 shift_sticky(u128 v, i32 n);                        /* v >> n with the lost bits or-ed into bit 0; v if n is not above 0 */
bool goes_up(u8 rc, bool sign, u128 rest, u128 unit, bool odd);  /* a magnitude with rest below its last digit, which is worth unit */
f80 f80_invalid(struct fctx *c);
f80 f80_zero(bool sign);
f80 f80_inf(bool sign);
/* the result of an operation with a NaN or unsupported operand; true if there is one. b may equal a. */
bool f80_nan(struct fctx *c, f80 a, f80 b, f80 *r);

f80 f80_arith(struct fctx *c, enum x87_arith op, f80 a, f80 b);
f80 f80_sqrt(struct fctx *c, f80 a);
/* -1 less, 0 equal, 1 greater, 2 unordered; quiet NaNs raise IE unless quiet */
int f80_compare(struct fctx *c, f80 a, f80 b, bool quiet);

/* x87cvt.c */
f80 f80_rint(struct fctx *c, f80 a);
f80 f80_scale(struct fctx *c, f80 a, f80 b);
/* exponent as a value; *significand gets the rest */
f80 f80_extract(struct fctx *c, f80 a, f80 *significand);
/* nearest: IEEE remainder (fprem1). *quotient: its low bits; *partial: not yet reduced (C2) */
f80 f80_rem(struct fctx *c, f80 a, f80 b, bool nearest, u32 *quotient, bool *partial);
f80 f80_of_int(i64 v);
/* signaling NaNs stay so */
f80 f80_of_f32(struct fctx *c, u32 bits);
f80 f80_of_f64(struct fctx *c, u64 bits);
u32 f80_to_f32(struct fctx *c, f80 a);
u64 f80_to_f64(struct fctx *c, f80 a);
i64 f80_to_int(struct fctx *c, f80 a, u32 bits);         /* rounds by c->rc; indefinite and IE out of range */
void f80_to_bcd(struct fctx *c, f80 a, u8 out[10]);
f80 f80_of_bcd(const u8 in[10]);

/* x87math.c: correctly rounded but for rare last bits */
f80 f80_2xm1(struct fctx *c, f80 a);
f80 f80_yl2x(struct fctx *c, f80 x, f80 y, bool plus1);
f80 f80_patan(struct fctx *c, f80 x, f80 y);
/* false: |a| >= 2^63, nothing is done; s, k, t may be NULL */
bool f80_trig(struct fctx *c, f80 a, f80 *s, f80 *k, f80 *t);

#endif
