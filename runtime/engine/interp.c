/*
 * interp.c - the interpreter: runs blocks in compact form (compact.h) from cpu->rip until compiled code can take over, the
 * kernel is wanted or a poll goes back to the dispatcher. It never nests the host stack: calls and returns are just pcs.
 * Operations that are rare or large are in interp_ext.c, so that this function stays small enough for V8 to compile at once.
 */
#include <string.h>
#include "compact.h"
#include "simd.h"

typedef u64 __attribute__((aligned(1), may_alias)) u64u;
typedef u32 __attribute__((aligned(1), may_alias)) u32u;
typedef u16 __attribute__((aligned(1), may_alias)) u16u;
typedef u64 __attribute__((may_alias)) u64a;
typedef u32 __attribute__((may_alias)) u32a;

#define R4(o) (*(const u32a *)(base + (o)))
#define R8(o) (*(const u64a *)(base + (o)))
#define W4(o, v) (*(u32a *)(base + (o)) = (v))
#define W8(o, v) (*(u64a *)(base + (o)) = (v))
#define ADDR(o) (R4(o) + ip->lo)

static inline u32 eq(u64 a, u64 b) { return a == b; }
static inline u32 ne(u64 a, u64 b) { return a != b; }
static inline u32 ltu(u64 a, u64 b) { return a < b; }
static inline u32 gtu(u64 a, u64 b) { return a > b; }
static inline u32 leu(u64 a, u64 b) { return a <= b; }
static inline u32 geu(u64 a, u64 b) { return a >= b; }

/* The integer operations of ops.def: name_32 and name_64; one-operand forms ignore b. */
#define INTEGER(n, u, s) \
	static inline u add_##n(u a, u b) { return a + b; } \
	static inline u sub_##n(u a, u b) { return a - b; } \
	static inline u mul_##n(u a, u b) { return a * b; } \
	static inline u divs_##n(u a, u b) { return (u)((s)a / (s)b); } \
	static inline u divu_##n(u a, u b) { return a / b; } \
	static inline u rems_##n(u a, u b) { return b == (u)-1 ? 0 : (u)((s)a % (s)b); } \
	static inline u remu_##n(u a, u b) { return a % b; } \
	static inline u and_##n(u a, u b) { return a & b; } \
	static inline u or_##n(u a, u b) { return a | b; } \
	static inline u xor_##n(u a, u b) { return a ^ b; } \
	static inline u shl_##n(u a, u b) { return a << (b & (n - 1)); } \
	static inline u shru_##n(u a, u b) { return a >> (b & (n - 1)); } \
	static inline u shrs_##n(u a, u b) { return (u)((s)a >> (b & (n - 1))); } \
	static inline u rotl_##n(u a, u b) { return a << (b & (n - 1)) | a >> (-b & (n - 1)); } \
	static inline u rotr_##n(u a, u b) { return a >> (b & (n - 1)) | a << (-b & (n - 1)); } \
	static inline u eq_##n(u a, u b) { return eq(a, b); } \
	static inline u ne_##n(u a, u b) { return ne(a, b); } \
	static inline u ltu_##n(u a, u b) { return ltu(a, b); } \
	static inline u gtu_##n(u a, u b) { return gtu(a, b); } \
	static inline u leu_##n(u a, u b) { return leu(a, b); } \
	static inline u geu_##n(u a, u b) { return geu(a, b); } \
	static inline u lts_##n(u a, u b) { return (s)a < (s)b; } \
	static inline u gts_##n(u a, u b) { return (s)a > (s)b; } \
	static inline u les_##n(u a, u b) { return (s)a <= (s)b; } \
	static inline u ges_##n(u a, u b) { return (s)a >= (s)b; } \
	static inline u eqz_##n(u a, u b) { (void)b; return a == 0; }
INTEGER(32, u32, i32)
INTEGER(64, u64, i64)
static inline u32 clz_32(u32 a, u32 b) { (void)b; return a ? (u32)__builtin_clz(a) : 32; }
static inline u32 ctz_32(u32 a, u32 b) { (void)b; return a ? (u32)__builtin_ctz(a) : 32; }
static inline u32 popcnt_32(u32 a, u32 b) { (void)b; return (u32)__builtin_popcount(a); }
static inline u64 clz_64(u64 a, u64 b) { (void)b; return a ? (u64)__builtin_clzll(a) : 64; }
static inline u64 ctz_64(u64 a, u64 b) { (void)b; return a ? (u64)__builtin_ctzll(a) : 64; }
static inline u64 popcnt_64(u64 a, u64 b) { (void)b; return (u64)__builtin_popcountll(a); }

/* Bytes of b still what was translated? Most blocks are short: compare words. */
static inline bool
same(const struct block *b)
{
	const u8 *p = b->copy, *q = GUEST(const u8, b->pc);
	u32 n = b->bytes;

	for (; n >= 8; n -= 8, p += 8, q += 8)
		if (*(const u64u *)p != *(const u64u *)q)
			return false;
	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return false;
	return true;
}

/* The guest stack left its window: the dispatcher looks whether there is any below. */
static inline bool
outside(const struct cpu *cpu)
{
	return (u32)cpu->r[VAR_RSP] - cpu->stack_lo >= cpu->stack_span;
}

u32
interp(struct cpu *cpu, u32 stop_pc, u32 stop_rsp)
{
	u8 *base = (u8 *)cpu;
	struct cins *ip;
	struct block *b = NULL;
	u32 pc = cpu->rip;
	bool first = true, inside = false;

lookup:
	b = block_get(cpu, pc);
	if (!b)
		return PC_UNWIND;
enter:
	if (b->shared && !inside)
		door_shared(cpu);
	inside = b->shared;
	if (b->generation != codemap_generation || !(b->fixed || same(b))) {
		pc = b->pc;
		b = block_get(cpu, pc);
		if (!b)
			return PC_UNWIND;
	}
	if (b->stop && !first)
		return b->pc;
	first = false;
	if (--cpu->fuel < 0) {
		cpu->rip = b->pc;
		return poll_due(cpu) ? PC_UNWIND : b->pc;
	}
	cpu->n_interpreted += b->ninsn;
	ip = b->code;
	for (;;) {
		switch (ip->op) {
		case C_mov4: W4(ip->dst, R4(ip->a)); ip++; continue;
		case C_mov8: W8(ip->dst, R8(ip->a)); ip++; continue;
		case C_mov16: memcpy(base + ip->dst, base + ip->a, 16); ip++; continue;
		case C_imm4: W4(ip->dst, ip->lo); ip++; continue;
		case C_imm8: W8(ip->dst, ip->imm); ip++; continue;
		case C_imm16: W8(ip->dst, ip->imm); W8(ip->dst + 8, ip[1].imm); ip += 2; continue;
		case C_zext: W8(ip->dst, R4(ip->a)); ip++; continue;
		case C_sext: W8(ip->dst, (u64)(i64)(i32)R4(ip->a)); ip++; continue;
		case C_ext8s_32: W8(ip->dst, (u32)(i32)(i8)R4(ip->a)); ip++; continue;
		case C_ext16s_32: W8(ip->dst, (u32)(i32)(i16)R4(ip->a)); ip++; continue;
		case C_ext8s_64: W8(ip->dst, (u64)(i64)(i8)R4(ip->a)); ip++; continue;
		case C_ext16s_64: W8(ip->dst, (u64)(i64)(i16)R4(ip->a)); ip++; continue;
		case C_ld1: W8(ip->dst, *GUEST(u8, ADDR(ip->a))); ip++; continue;
		case C_ld2: W8(ip->dst, *GUEST(u16u, ADDR(ip->a))); ip++; continue;
		case C_ld4: W8(ip->dst, *GUEST(u32u, ADDR(ip->a))); ip++; continue;
		case C_ld8: W8(ip->dst, *GUEST(u64u, ADDR(ip->a))); ip++; continue;
		case C_ld16: memcpy(base + ip->dst, GUEST(u8, ADDR(ip->a)), 16); ip++; continue;
		case C_ld4v: {
			u32 v = *GUEST(u32u, ADDR(ip->a));

			W8(ip->dst, v); W8(ip->dst + 8, 0); ip++; continue;
		}
		case C_ld8v: {
			u64 v = *GUEST(u64u, ADDR(ip->a));

			W8(ip->dst, v); W8(ip->dst + 8, 0); ip++; continue;
		}
		case C_lds1_32: W8(ip->dst, (u32)*GUEST(i8, ADDR(ip->a))); ip++; continue;
		case C_lds2_32: W8(ip->dst, (u32)(i32)(i16)*GUEST(u16u, ADDR(ip->a))); ip++; continue;
		case C_lds1_64: W8(ip->dst, (u64)(i64)*GUEST(i8, ADDR(ip->a))); ip++; continue;
		case C_lds2_64: W8(ip->dst, (u64)(i64)(i16)*GUEST(u16u, ADDR(ip->a))); ip++; continue;
		case C_lds4_64: W8(ip->dst, (u64)(i64)(i32)*GUEST(u32u, ADDR(ip->a))); ip++; continue;
		case C_st1: *GUEST(u8, ADDR(ip->a)) = (u8)R4(ip->b); ip++; continue;
		case C_st2: *GUEST(u16u, ADDR(ip->a)) = (u16)R4(ip->b); ip++; continue;
		case C_st4: *GUEST(u32u, ADDR(ip->a)) = R4(ip->b); ip++; continue;
		case C_st8: *GUEST(u64u, ADDR(ip->a)) = R8(ip->b); ip++; continue;
		case C_st16: memcpy(GUEST(u8, ADDR(ip->a)), base + ip->b, 16); ip++; continue;
		case C_select4: W8(ip->dst, R4(ip->c) ? R4(ip->a) : R4(ip->b)); ip++; continue;
		case C_select8: W8(ip->dst, R4(ip->c) ? R8(ip->a) : R8(ip->b)); ip++; continue;
		case C_select16: memcpy(base + ip->dst, base + (R4(ip->c) ? ip->a : ip->b), 16); ip++; continue;
		case C_cond: W8(ip->dst, flags_cond(cpu, ip->lo)); ip++; continue;
		case C_trapif:
			if (R4(ip->a)) {
				cpu->rip = ip->lo;
				return trap(cpu, ip->hi);
			}
			ip++;
			continue;
		case C_guard:
			if (!perm_check(cpu, R8(ip->a), ip->hi, ip->dst)) {
				cpu->rip = ip->lo;
				return trap(cpu, TRAP_PAGE);
			}
			ip++;
			continue;
		case C_jmp: ip += (i32)ip->lo; continue;
		case C_br: ip += R4(ip->a) ? (i16)ip->dst : 1; continue;
		case C_brz: ip += R4(ip->a) ? 1 : (i16)ip->dst; continue;
		case C_switch: {
			u32 k = R4(ip->a);

			ip += 1 + (k < ip->lo - 1 ? k : ip->lo - 1);
			continue;
		}
		case C_call:
			if (outside(cpu))
				return ip->lo;
			/* fall through */
		case C_exit:
			pc = ip->lo;
			if (ip[1].link) {
				b = ip[1].link;
				goto enter;
			} else {
				u32 epoch = block_epoch;

				b = block_get(cpu, pc);
				if (!b)
					return PC_UNWIND;
				if (epoch == block_epoch)
					ip[1].link = b;
				goto enter;
			}
		case C_call_dyn:
			if (outside(cpu))
				return R4(ip->a);
			/* fall through */
		case C_exit_dyn:
			pc = R4(ip->a);
			if (pc == stop_pc && (u32)cpu->r[VAR_RSP] == stop_rsp)
				return pc;
			goto lookup;
		case C_syscall:
			cpu->rip = ip->lo;
			if (syscall(cpu))
				return PC_UNWIND;
			ip++;
			continue;
		case C_trap:
			cpu->rip = ip->lo;
			return trap(cpu, ip->hi);
#define OP(name, res, args, props)
#define FOP(name, res, args, bin)
#define COP(name, res, args, bin)
#define VOP(name, res, args, bin)
#define XOP(name, res, args, bin)
#define ROP(name, res, args, bin)
#define IOP(name, res, args, bin) \
		case C_##name##_32: W8(ip->dst, name##_32(R4(ip->a), R4(ip->b))); ip++; continue; \
		case C_##name##_64: W8(ip->dst, name##_64(R8(ip->a), R8(ip->b))); ip++; continue; \
		case C_##name##_32i: W8(ip->dst, name##_32(R4(ip->a), ip->lo)); ip++; continue; \
		case C_##name##_64i: W8(ip->dst, name##_64(R8(ip->a), ip->imm)); ip++; continue;
#include "../../recompiler/ops.def"
#undef OP
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
#define F(name) \
		case C_br_##name##_32: ip += name##_32(R4(ip->a), R4(ip->b)) ? (i16)ip->dst : 1; continue; \
		case C_br_##name##_64: ip += name##_64(R8(ip->a), R8(ip->b)) ? (i16)ip->dst : 1; continue; \
		case C_br_##name##_32i: ip += name##_32(R4(ip->a), ip->lo) ? (i16)ip->dst : 1; continue; \
		case C_br_##name##_64i: ip += name##_64(R8(ip->a), ip->imm) ? (i16)ip->dst : 1; continue;
		COMPACT_COMPARES(F)
#undef F
		default:
			interp_ext(cpu, ip);
			ip += 1 + (ip->op == C_shuffle);
			continue;
		}
	}
}
