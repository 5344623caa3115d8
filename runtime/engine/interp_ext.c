/*
 * interp_ext.c - the interpreter's rarer operations: floats, conversions, vectors, atomics, fields of struct cpu and helpers.
 * Float results follow wasm: a NaN's payload may be either operand's.
 */
#include <math.h>
#include <string.h>
#include "compact.h"
#include "simd.h"

typedef u64 __attribute__((aligned(1), may_alias)) u64u;
typedef u32 __attribute__((aligned(1), may_alias)) u32u;
typedef u16 __attribute__((aligned(1), may_alias)) u16u;
typedef u64 __attribute__((may_alias)) u64a;
typedef u32 __attribute__((may_alias)) u32a;
typedef float __attribute__((may_alias)) f32a;
typedef double __attribute__((may_alias)) f64a;

#define R4(o) (*(const u32a *)(base + (o)))
#define R8(o) (*(const u64a *)(base + (o)))
#define RF(o) (*(const f32a *)(base + (o)))
#define RD(o) (*(const f64a *)(base + (o)))
#define RX(o) wasm_v128_load(base + (o))
#define W4(o, v) (*(u32a *)(base + (o)) = (v))
#define W8(o, v) (*(u64a *)(base + (o)) = (v))
#define WF(o, v) (*(f32a *)(base + (o)) = (v))
#define WD(o, v) (*(f64a *)(base + (o)) = (v))
#define WX(o, v) wasm_v128_store(base + (o), (v))

#include "helper_calls.h"

/* saturating conversions as wasm's: SDM's integer indefinite is the lifter's business */
#ifdef __wasm__
#define SATURATE(name, from, to, insn, lo, hi) \
	static inline to name(from x) { return insn(x); }
#else
#define SATURATE(name, from, to, insn, lo, hi) \
	static inline to name(from x) { return x != x ? 0 : x < (from)lo ? lo : x >= -(from)lo ? hi : (to)x; }
#endif
SATURATE(sat_i32_f, float, i32, __builtin_wasm_trunc_saturate_s_i32_f32, INT32_MIN, INT32_MAX)
SATURATE(sat_i64_f, float, i64, __builtin_wasm_trunc_saturate_s_i64_f32, INT64_MIN, INT64_MAX)
SATURATE(sat_i32_d, double, i32, __builtin_wasm_trunc_saturate_s_i32_f64, INT32_MIN, INT32_MAX)
SATURATE(sat_i64_d, double, i64, __builtin_wasm_trunc_saturate_s_i64_f64, INT64_MIN, INT64_MAX)

/* The float operations of ops.def; comparisons return 0 or 1. */
#define FLOAT(T, s, B) \
	static inline T fadd_##s(T a, T b) { return a + b; } \
	static inline T fsub_##s(T a, T b) { return a - b; } \
	static inline T fmul_##s(T a, T b) { return a * b; } \
	static inline T fdiv_##s(T a, T b) { return a / b; } \
	static inline T fsqrt_##s(T a, T b) { (void)b; return __builtin_sqrt##B(a); } \
	static inline T fabs_##s(T a, T b) { (void)b; return __builtin_fabs##B(a); } \
	static inline T fneg_##s(T a, T b) { (void)b; return -a; } \
	static inline T ceil_##s(T a, T b) { (void)b; return __builtin_ceil##B(a); } \
	static inline T floor_##s(T a, T b) { (void)b; return __builtin_floor##B(a); } \
	static inline T trunc_##s(T a, T b) { (void)b; return __builtin_trunc##B(a); } \
	static inline T nearest_##s(T a, T b) { (void)b; return __builtin_nearbyint##B(a); } \
	static inline u32 feq_##s(T a, T b) { return a == b; } \
	static inline u32 fne_##s(T a, T b) { return a != b; } \
	static inline u32 flt_##s(T a, T b) { return a < b; } \
	static inline u32 fgt_##s(T a, T b) { return a > b; } \
	static inline u32 fle_##s(T a, T b) { return a <= b; } \
	static inline u32 fge_##s(T a, T b) { return a >= b; }
FLOAT(float, f, f)
FLOAT(double, d, )

static void
cpu_field(u8 *base, const struct cins *ip)
{
	u8 *field = base + ip->hi;

	if (ip->op == C_cpust) {
		memcpy(field, base + ip->a, ip->c);
		return;
	}
	switch (ip->c) {
	case 1: W8(ip->dst, *field); break;
	case 2: W8(ip->dst, *(const u16u *)field); break;
	case 4: W8(ip->dst, *(const u32u *)field); break;
	case 8: W8(ip->dst, *(const u64u *)field); break;
	default: memcpy(base + ip->dst, field, 16); break;
	}
}

/*
 * Locked operations. Aligned ones are the host's atomics; a misaligned one is done in two halves, which no other thread of
 * the guest can see as long as a process that does so stays on one worker (docs/abi.md).
 */
static u64
field_get(u32 addr, u32 size)
{
	switch (size) {
	case 1: return *GUEST(u8, addr);
	case 2: return *GUEST(u16u, addr);
	case 4: return *GUEST(u32u, addr);
	default: return *GUEST(u64u, addr);
	}
}

static bool
field_swap(u32 addr, u32 size, u64 old, u64 new)
{
	u8 o1 = (u8)old;
	u16 o2 = (u16)old;
	u32 o4 = (u32)old;

	if (addr & (size - 1)) {
		memcpy(GUEST(void, addr), &new, size);
		return true;
	}
	switch (size) {
	case 1: return __atomic_compare_exchange_n(GUEST(u8, addr), &o1, (u8)new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	case 2: return __atomic_compare_exchange_n(GUEST(u16, addr), &o2, (u16)new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	case 4: return __atomic_compare_exchange_n(GUEST(u32, addr), &o4, (u32)new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	default: return __atomic_compare_exchange_n(GUEST(u64, addr), &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	}
}

static void
atomic(u8 *base, const struct cins *ip)
{
	u32 size = ip->d;
	u32 addr = R4(ip->a) + ip->hi;
	u64 mask = size == 8 ? ~0ull : (1ull << size * 8) - 1;
	u64 b = (size == 8 ? R8(ip->b) : R4(ip->b)) & mask;
	u64 old, new;

	do {
		old = field_get(addr, size);
		switch (ip->op) {
		case C_rmw_add: new = old + b; break;
		case C_rmw_sub: new = old - b; break;
		case C_rmw_and: new = old & b; break;
		case C_rmw_or: new = old | b; break;
		case C_rmw_xor: new = old ^ b; break;
		case C_rmw_xchg: new = b; break;
		default: new = old == b ? (size == 8 ? R8(ip->c) : R4(ip->c)) : old; break;
		}
	} while (!field_swap(addr, size, old, new & mask));
	W8(ip->dst, old);
}

static v128_t
shuffle_lanes(v128_t a, v128_t b, const struct cins *ip)
{
	v128_t lanes = wasm_i64x2_replace_lane(wasm_i64x2_splat((i64)ip[0].imm), 1, (i64)ip[1].imm);
	v128_t high = wasm_i8x16_sub(lanes, wasm_i8x16_splat(16));

	return wasm_v128_or(wasm_i8x16_swizzle(a, lanes), wasm_i8x16_swizzle(b, high));
}

/* Lane operations take the lane number at run time. */
static void
lane_get(u8 *base, const struct cins *ip, u32 size, bool sign)
{
	const u8 *lane = base + ip->a + ip->lo * size;

	switch (size) {
	case 1: W8(ip->dst, sign ? (u32)(i32)(i8)*lane : *lane); break;
	case 2: W8(ip->dst, sign ? (u32)(i32)*(const i16 *)(const void *)lane : *(const u16u *)lane); break;
	case 4: W8(ip->dst, *(const u32u *)lane); break;
	default: W8(ip->dst, *(const u64u *)lane); break;
	}
}

static void
lane_put(u8 *base, const struct cins *ip, u32 size)
{
	union xmm x;
	u64 v = size == 8 ? R8(ip->b) : R4(ip->b);

	memcpy(&x, base + ip->a, 16);
	memcpy(&x.b[ip->lo * size], &v, size);
	memcpy(base + ip->dst, &x, 16);
}

void
interp_ext(struct cpu *cpu, const struct cins *ip)
{
	u8 *base = (u8 *)cpu;

	switch (ip->op) {
	case C_cpuld: case C_cpust: cpu_field(base, ip); return;
	case C_helper: helper_call(cpu, ip); return;
	case C_fence: __atomic_thread_fence(__ATOMIC_SEQ_CST); return;
	case C_shuffle: WX(ip->dst, shuffle_lanes(RX(ip->a), RX(ip->b), ip)); return;
	case C_bitselect: WX(ip->dst, wasm_v128_bitselect(RX(ip->a), RX(ip->b), RX(ip->c))); return;
	case C_rmw_add: case C_rmw_sub: case C_rmw_and: case C_rmw_or: case C_rmw_xor: case C_rmw_xchg: case C_cmpxchg:
		atomic(base, ip);
		return;
	case C_wrap: W8(ip->dst, R4(ip->a)); return;
	case C_f32_of_i32: WF(ip->dst, (float)(i32)R4(ip->a)); return;
	case C_f32_of_i64: WF(ip->dst, (float)(i64)R8(ip->a)); return;
	case C_f64_of_i32: WD(ip->dst, (double)(i32)R4(ip->a)); return;
	case C_f64_of_i64: WD(ip->dst, (double)(i64)R8(ip->a)); return;
	case C_i32_satf32: W8(ip->dst, (u32)sat_i32_f(RF(ip->a))); return;
	case C_i64_satf32: W8(ip->dst, (u64)sat_i64_f(RF(ip->a))); return;
	case C_i32_satf64: W8(ip->dst, (u32)sat_i32_d(RD(ip->a))); return;
	case C_i64_satf64: W8(ip->dst, (u64)sat_i64_d(RD(ip->a))); return;
	case C_promote: WD(ip->dst, (double)RF(ip->a)); return;
	case C_demote: WF(ip->dst, (float)RD(ip->a)); return;
	case C_i8x16_extract_lane: lane_get(base, ip, 1, true); return;
	case C_u8x16_extract_lane: lane_get(base, ip, 1, false); return;
	case C_i16x8_extract_lane: lane_get(base, ip, 2, true); return;
	case C_u16x8_extract_lane: lane_get(base, ip, 2, false); return;
	case C_i32x4_extract_lane: case C_f32x4_extract_lane: lane_get(base, ip, 4, false); return;
	case C_i64x2_extract_lane: case C_f64x2_extract_lane: lane_get(base, ip, 8, false); return;
	case C_i8x16_replace_lane: lane_put(base, ip, 1); return;
	case C_i16x8_replace_lane: lane_put(base, ip, 2); return;
	case C_i32x4_replace_lane: case C_f32x4_replace_lane: lane_put(base, ip, 4); return;
	case C_i64x2_replace_lane: case C_f64x2_replace_lane: lane_put(base, ip, 8); return;
#include "interp_vec.h"
	}
}
