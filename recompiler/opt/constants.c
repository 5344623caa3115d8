/*
 * constants.c - integer operations on constants, with WebAssembly's meaning. I32 constants stand zero-extended.
 */
#include "fold.h"

static bool
compare(u16 op, u64 a, u64 b, i64 sa, i64 sb, u64 *r)
{
	switch (op) {
	case OP_eqz: *r = a == 0; return true;
	case OP_eq: *r = a == b; return true;
	case OP_ne: *r = a != b; return true;
	case OP_lts: *r = sa < sb; return true;
	case OP_ltu: *r = a < b; return true;
	case OP_gts: *r = sa > sb; return true;
	case OP_gtu: *r = a > b; return true;
	case OP_les: *r = sa <= sb; return true;
	case OP_leu: *r = a <= b; return true;
	case OP_ges: *r = sa >= sb; return true;
	case OP_geu: *r = a >= b; return true;
	default: return false;
	}
}

static bool
convert(u16 op, u64 a, u64 *r)
{
	switch (op) {
	case OP_wrap: case OP_extu: *r = (u32)a; return true;
	case OP_exts: case OP_i64_ext32s: *r = (i64)(i32)a; return true;
	case OP_i32_ext8s: *r = (u32)(i32)(i8)a; return true;
	case OP_i32_ext16s: *r = (u32)(i32)(i16)a; return true;
	case OP_i64_ext8s: *r = (i64)(i8)a; return true;
	case OP_i64_ext16s: *r = (i64)(i16)a; return true;
	default: return false;
	}
}

static bool
count(u16 op, u32 width, u64 a, u64 *r)
{
	switch (op) {
	case OP_clz: *r = a ? (u64)__builtin_clzll(a) - (64 - width) : width; return true;
	case OP_ctz: *r = a ? (u64)__builtin_ctzll(a) : width; return true;
	case OP_popcnt: *r = (u64)__builtin_popcountll(a); return true;
	default: return false;
	}
}

bool
constant(u16 op, enum type t, u64 a, u64 b, u64 *r)
{
	u32 width = t == I64 ? 64 : 32, n = b & (width - 1);
	i64 sa = t == I64 ? (i64)a : (i32)a, sb = t == I64 ? (i64)b : (i32)b;

	if (compare(op, a, b, sa, sb, r) || convert(op, a, r) || count(op, width, a, r))
		return true;
	switch (op) {
	case OP_add: *r = a + b; break;
	case OP_sub: *r = a - b; break;
	case OP_mul: *r = a * b; break;
	case OP_and: *r = a & b; break;
	case OP_or: *r = a | b; break;
	case OP_xor: *r = a ^ b; break;
	case OP_shl: *r = a << n; break;
	case OP_shru: *r = a >> n; break;
	case OP_shrs: *r = (u64)(sa >> n); break;
	case OP_rotl: *r = n ? a << n | a >> (width - n) : a; break;
	case OP_rotr: *r = n ? a >> n | a << (width - n) : a; break;
	default: return false;
	}
	if (t != I64)
		*r = (u32)*r;
	return true;
}
