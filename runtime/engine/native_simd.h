/*
 * native_simd.h - the wasm_* vector intrinsics that ops.def names, in plain C, so that the interpreter and with it every lifted
 * instruction can be tested natively in one process. Semantics: the WebAssembly specification, "Vector Instructions".
 */
#ifndef NATIVE_SIMD_H
#define NATIVE_SIMD_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef union v128 {
	int8_t i8x16[16]; uint8_t u8x16[16];
	int16_t i16x8[8]; uint16_t u16x8[8];
	int32_t i32x4[4]; uint32_t u32x4[4];
	int64_t i64x2[2]; uint64_t u64x2[2];
	float f32x4[4]; double f64x2[2];
} v128_t;

#define LANES(m) (sizeof(((v128_t *)0)->m) / sizeof(((v128_t *)0)->m[0]))
#define EACH(m) for (unsigned i = 0; i < LANES(m); i++)
#define FN static inline v128_t

static inline v128_t
wasm_v128_load(const void *p)
{
	v128_t v;

	memcpy(&v, p, 16);
	return v;
}

static inline void
wasm_v128_store(void *p, v128_t v)
{
	memcpy(p, &v, 16);
}

#define SPLAT(m, type) FN wasm_##m##_splat(type x) { v128_t r; EACH(m) r.m[i] = x; return r; }
SPLAT(i8x16, int8_t) SPLAT(i16x8, int16_t) SPLAT(i32x4, int32_t) SPLAT(i64x2, int64_t) SPLAT(f32x4, float) SPLAT(f64x2, double)

#define UNARY(m, name, expr) FN wasm_##m##_##name(v128_t a) { v128_t r; EACH(m) r.m[i] = expr; return r; }
#define BINARY(m, name, expr) FN wasm_##m##_##name(v128_t a, v128_t b) { v128_t r; EACH(m) r.m[i] = expr; return r; }
/* comparisons: all ones in lanes of integer type n */
#define COMPARE(m, n, name, op) FN wasm_##m##_##name(v128_t a, v128_t b) { v128_t r; EACH(m) r.n[i] = a.m[i] op b.m[i] ? -1 : 0; return r; }
#define SHIFT(m, name, op) FN wasm_##m##_##name(v128_t a, uint32_t n) { v128_t r; EACH(m) r.m[i] = a.m[i] op (n & (128 / LANES(m) - 1)); return r; }
#define CLAMP(x, lo, hi) ((x) < (lo) ? (lo) : (x) > (hi) ? (hi) : (x))

/* --- whole vectors --- */
#define WHOLE(name, expr) FN wasm_v128_##name(v128_t a, v128_t b) { v128_t r; EACH(u64x2) r.u64x2[i] = expr; return r; }
WHOLE(and, a.u64x2[i] & b.u64x2[i]) WHOLE(or, a.u64x2[i] | b.u64x2[i]) WHOLE(xor, a.u64x2[i] ^ b.u64x2[i])
WHOLE(andnot, a.u64x2[i] & ~b.u64x2[i])
FN wasm_v128_not(v128_t a) { v128_t r; EACH(u64x2) r.u64x2[i] = ~a.u64x2[i]; return r; }
FN wasm_v128_bitselect(v128_t a, v128_t b, v128_t m)
{
	v128_t r;

	EACH(u64x2) r.u64x2[i] = (a.u64x2[i] & m.u64x2[i]) | (b.u64x2[i] & ~m.u64x2[i]);
	return r;
}
static inline bool wasm_v128_any_true(v128_t a) { return a.u64x2[0] || a.u64x2[1]; }
FN wasm_i8x16_swizzle(v128_t a, v128_t b) { v128_t r; EACH(u8x16) r.u8x16[i] = b.u8x16[i] < 16 ? a.u8x16[b.u8x16[i]] : 0; return r; }
FN wasm_i64x2_replace_lane(v128_t a, int lane, int64_t x) { a.i64x2[lane] = x; return a; }

/* --- integer lanes --- */
#define TESTS(m) \
	static inline bool wasm_##m##_all_true(v128_t a) { EACH(m) if (!a.m[i]) return false; return true; } \
	static inline uint32_t wasm_##m##_bitmask(v128_t a) { uint32_t r = 0; EACH(m) r |= (uint32_t)(a.m[i] < 0) << i; return r; }
TESTS(i8x16) TESTS(i16x8) TESTS(i32x4) TESTS(i64x2)

#define INTEGER_LANES(m, u) \
	COMPARE(m, m, eq, ==) COMPARE(m, m, ne, !=) COMPARE(m, m, gt, >) \
	BINARY(m, add, (a.u[i] + b.u[i])) BINARY(m, sub, (a.u[i] - b.u[i])) \
	UNARY(m, neg, (0 - a.u[i])) UNARY(m, abs, (a.m[i] < 0 ? 0 - a.u[i] : a.u[i])) \
	FN wasm_##m##_shl(v128_t a, uint32_t n) { v128_t r; EACH(u) r.u[i] = a.u[i] << (n & (128 / LANES(m) - 1)); return r; } \
	SHIFT(m, shr, >>) SHIFT(u, shr, >>)
INTEGER_LANES(i8x16, u8x16) INTEGER_LANES(i16x8, u16x8) INTEGER_LANES(i32x4, u32x4) INTEGER_LANES(i64x2, u64x2)

#define ORDERED_LANES(m, u) \
	COMPARE(m, m, lt, <) COMPARE(u, u, lt, <) COMPARE(u, u, gt, >) \
	BINARY(m, min, (a.m[i] < b.m[i] ? a.m[i] : b.m[i])) BINARY(m, max, (a.m[i] > b.m[i] ? a.m[i] : b.m[i])) \
	BINARY(u, min, (a.u[i] < b.u[i] ? a.u[i] : b.u[i])) BINARY(u, max, (a.u[i] > b.u[i] ? a.u[i] : b.u[i]))
ORDERED_LANES(i8x16, u8x16) ORDERED_LANES(i16x8, u16x8) ORDERED_LANES(i32x4, u32x4)

#define SATURATING(m, u, lo, hi, umax) \
	BINARY(m, add_sat, CLAMP(a.m[i] + b.m[i], lo, hi)) BINARY(u, add_sat, CLAMP(a.u[i] + b.u[i], 0, umax)) \
	BINARY(m, sub_sat, CLAMP(a.m[i] - b.m[i], lo, hi)) BINARY(u, sub_sat, CLAMP(a.u[i] - b.u[i], 0, umax)) \
	BINARY(u, avgr, ((a.u[i] + b.u[i] + 1) >> 1))
SATURATING(i8x16, u8x16, INT8_MIN, INT8_MAX, UINT8_MAX) SATURATING(i16x8, u16x8, INT16_MIN, INT16_MAX, UINT16_MAX)
BINARY(i16x8, mul, (int16_t)((uint32_t)a.u16x8[i] * b.u16x8[i]))
BINARY(i32x4, mul, (int32_t)(a.u32x4[i] * b.u32x4[i]))
BINARY(i64x2, mul, (int64_t)(a.u64x2[i] * b.u64x2[i]))
BINARY(i16x8, q15mulr_sat, CLAMP((a.i16x8[i] * b.i16x8[i] + 0x4000) >> 15, INT16_MIN, INT16_MAX))
BINARY(i32x4, dot_i16x8, (int32_t)((uint32_t)(a.i16x8[2 * i] * b.i16x8[2 * i]) + (uint32_t)(a.i16x8[2 * i + 1] * b.i16x8[2 * i + 1])))

/* --- changing the width; from has twice as many lanes as to --- */
#define NARROW(to, from, lo, hi) \
	FN wasm_##to##_narrow_##from(v128_t a, v128_t b) \
	{ \
		v128_t r; \
		\
		EACH(from) r.to[i] = CLAMP(a.from[i], lo, hi); \
		EACH(from) r.to[i + LANES(from)] = CLAMP(b.from[i], lo, hi); \
		return r; \
	}
NARROW(i8x16, i16x8, INT8_MIN, INT8_MAX) NARROW(u8x16, i16x8, 0, UINT8_MAX)
NARROW(i16x8, i32x4, INT16_MIN, INT16_MAX) NARROW(u16x8, i32x4, 0, UINT16_MAX)
#define EXTEND(to, from) \
	UNARY(to, extend_low_##from, a.from[i]) UNARY(to, extend_high_##from, a.from[i + LANES(to)])
EXTEND(i16x8, i8x16) EXTEND(u16x8, u8x16) EXTEND(i32x4, i16x8) EXTEND(u32x4, u16x8) EXTEND(i64x2, i32x4) EXTEND(u64x2, u32x4)
#define EXTMUL(to, from, type) \
	BINARY(to, extmul_low_##from, ((type)a.from[i] * (type)b.from[i])) \
	BINARY(to, extmul_high_##from, ((type)a.from[i + LANES(to)] * (type)b.from[i + LANES(to)]))
EXTMUL(i16x8, i8x16, int32_t) EXTMUL(i32x4, i16x8, int32_t) EXTMUL(u32x4, u16x8, uint32_t) EXTMUL(i64x2, i32x4, int64_t)
EXTMUL(u64x2, u32x4, uint64_t) EXTMUL(u16x8, u8x16, uint32_t)
#define PAIRWISE(to, from) UNARY(to, extadd_pairwise_##from, (a.from[2 * i] + a.from[2 * i + 1]))
PAIRWISE(i16x8, i8x16) PAIRWISE(u16x8, u8x16) PAIRWISE(i32x4, i16x8) PAIRWISE(u32x4, u16x8)

/* --- float lanes; pmin and pmax are b < a ? b : a and a < b ? b : a --- */
#define FLOAT_LANES(m, n, s) \
	COMPARE(m, n, eq, ==) COMPARE(m, n, ne, !=) COMPARE(m, n, lt, <) COMPARE(m, n, le, <=) \
	BINARY(m, add, a.m[i] + b.m[i]) BINARY(m, sub, a.m[i] - b.m[i]) BINARY(m, mul, a.m[i] * b.m[i]) BINARY(m, div, a.m[i] / b.m[i]) \
	BINARY(m, pmin, (b.m[i] < a.m[i] ? b.m[i] : a.m[i])) BINARY(m, pmax, (a.m[i] < b.m[i] ? b.m[i] : a.m[i])) \
	UNARY(m, sqrt, sqrt##s(a.m[i])) UNARY(m, ceil, ceil##s(a.m[i])) UNARY(m, floor, floor##s(a.m[i])) \
	UNARY(m, trunc, trunc##s(a.m[i])) UNARY(m, nearest, nearbyint##s(a.m[i])) UNARY(m, abs, fabs##s(a.m[i])) UNARY(m, neg, -a.m[i])
FLOAT_LANES(f32x4, i32x4, f) FLOAT_LANES(f64x2, i64x2, )

#define SAT32(x) ((x) != (x) ? 0 : (x) < -2147483648.0 ? INT32_MIN : (x) >= 2147483648.0 ? INT32_MAX : (int32_t)(x))
UNARY(i32x4, trunc_sat_f32x4, SAT32(a.f32x4[i]))
UNARY(f32x4, convert_i32x4, (float)a.i32x4[i])
UNARY(f64x2, convert_low_i32x4, (double)a.i32x4[i])
UNARY(f64x2, promote_low_f32x4, (double)a.f32x4[i])
FN wasm_i32x4_trunc_sat_f64x2_zero(v128_t a) { v128_t r = { .u64x2 = { 0, 0 } }; EACH(f64x2) r.i32x4[i] = SAT32(a.f64x2[i]); return r; }
FN wasm_f32x4_demote_f64x2_zero(v128_t a) { v128_t r = { .u64x2 = { 0, 0 } }; EACH(f64x2) r.f32x4[i] = (float)a.f64x2[i]; return r; }

#undef FN
#endif
