/*
 * algebra.c - the rules of fold: each returns a value that stands for the instruction, or changes the instruction, or neither.
 * Arguments have been folded already.
 */
#include "fold.h"

bool
is_bool(const struct fold *o, ref r)
{
	return known_ones(o, r, 4) <= 1;
}

static u64
full(const struct ins *in)
{
	return in->type == I64 ? ~0ull : 0xffffffff;
}

u64
known_ones(const struct fold *o, ref r, int depth)
{
	const struct ins *in = at(o, r);
	u64 a, b;

	if (!depth)
		return ~0ull;
	switch (in->op) {
	case OP_const:
		return in->type <= I64 ? in->imm[0] : ~0ull;
	case OP_addr:
		return 0xffffffff;
	case OP_load: case OP_cpuload:
		return in->type <= I64 && in->size < 8 ? (1ull << 8 * in->size) - 1 : full(in);
	case OP_extu:
		return known_ones(o, in->arg[0], depth - 1) & 0xffffffff;
	case OP_wrap:
		return known_ones(o, in->arg[0], depth - 1) & 0xffffffff;
	case OP_and:
		a = known_ones(o, in->arg[0], depth - 1);
		b = known_ones(o, in->arg[1], depth - 1);
		return a & b & full(in);
	case OP_or: case OP_xor:
		a = known_ones(o, in->arg[0], depth - 1);
		b = known_ones(o, in->arg[1], depth - 1);
		return (a | b) & full(in);
	case OP_shru:
		if (!konst(o, in->arg[1], &b))
			return full(in);
		a = known_ones(o, in->arg[0], depth - 1) & full(in);
		return a >> (b & (in->type == I64 ? 63 : 31));
	case OP_shl:
		if (!konst(o, in->arg[1], &b))
			return full(in);
		a = known_ones(o, in->arg[0], depth - 1) & full(in);
		return a << (b & (in->type == I64 ? 63 : 31)) & full(in);
	case OP_select:
		a = known_ones(o, in->arg[0], depth - 1);
		b = known_ones(o, in->arg[1], depth - 1);
		return a | b;
	case OP_eqz: case OP_eq: case OP_ne: case OP_lts: case OP_ltu: case OP_gts: case OP_gtu: case OP_les: case OP_leu:
	case OP_ges: case OP_geu: case OP_feq: case OP_fne: case OP_flt: case OP_fgt: case OP_fle: case OP_fge: case OP_cond:
		return 1;
	case OP_popcnt: case OP_clz: case OP_ctz:
		return 127;
	default:
		return in->type == I32 || opinfo[in->op].res == 'i' ? 0xffffffff : ~0ull;
	}
}

/* Is the value used by nothing but the instruction at hand? */
static bool
once(const struct fold *o, ref r)
{
	return o->real[r] + o->pend[r] == 0;
}

static ref
rule_wrap(struct fold *o, struct ins *in)
{
	struct ins x = *at(o, in->arg[0]);
	u64 c;

	switch (x.op) {
	case OP_extu: case OP_exts:
		return x.arg[0];
	case OP_addr:
		x.type = I32;
		return fold_ins(o, x);
	case OP_load:
		if (x.size > 4 || x.type != I64 || !once(o, in->arg[0]))
			return REF_NONE;
		at(o, in->arg[0])->type = I32;
		return in->arg[0];
	case OP_and:
		if (konst(o, x.arg[1], &c) && (u32)c == 0xffffffff)
			return fold1(o, OP_wrap, 0, x.arg[0]);
		/* fall through */
	case OP_add: case OP_sub: case OP_mul: case OP_or: case OP_xor:
		if (once(o, in->arg[0]) && (at(o, x.arg[0])->op == OP_extu || at(o, x.arg[1])->op == OP_extu)) {
			ref a = fold1(o, OP_wrap, 0, x.arg[0]);
			ref b = fold1(o, OP_wrap, 0, x.arg[1]);
			return fold2(o, x.op, I32, a, b);
		}
		return REF_NONE;
	case OP_shl:
		if (once(o, in->arg[0]) && konst(o, x.arg[1], &c) && (c & 63) < 32) {
			ref a = fold1(o, OP_wrap, 0, x.arg[0]);
			ref b = foldk(o, I32, c & 63);
			return fold2(o, OP_shl, I32, a, b);
		}
		return REF_NONE;
	default:
		return REF_NONE;
	}
}

static ref
rule_extend(struct fold *o, struct ins *in)
{
	struct ins *x = at(o, in->arg[0]);

	switch (in->op) {
	case OP_extu:
		if (x->op == OP_wrap && known_ones(o, x->arg[0], 5) <= 0xffffffff)
			return x->arg[0];
		if (x->op == OP_addr) {
			struct ins y = *x;
			y.type = I64;
			return fold_ins(o, y);
		}
		if (x->op == OP_load && once(o, in->arg[0])) {
			x->type = I64;
			return in->arg[0];
		}
		return REF_NONE;
	case OP_exts:
		if ((x->op == OP_loads || (x->op == OP_load && x->size == 4)) && once(o, in->arg[0])) {
			x->op = OP_loads;
			x->type = I64;
			return in->arg[0];
		}
		return REF_NONE;
	default:         /* i32_ext8s, i32_ext16s */
		if (x->op == OP_load && x->size == (in->op == OP_i32_ext8s ? 1 : 2) && once(o, in->arg[0])) {
			x->op = OP_loads;
			return in->arg[0];
		}
		if (x->op == OP_and) {
			u64 c, need = in->op == OP_i32_ext8s ? 0xff : 0xffff;
			if (konst(o, x->arg[1], &c) && (c & need) == need)
				in->arg[0] = x->arg[0];
		}
		return REF_NONE;
	}
}

static ref
rule_and(struct fold *o, struct ins *in, u64 c)
{
	struct ins x = *at(o, in->arg[0]), y;
	u64 m, ones = known_ones(o, in->arg[0], 5) & full(in);

	if (!(ones & c))
		return foldk(o, in->type, 0);
	if (!(ones & ~c))
		return in->arg[0];
	if (x.op == OP_and && konst(o, x.arg[1], &m)) {
		ref k = foldk(o, in->type, m & c);
		return fold2(o, OP_and, in->type, x.arg[0], k);
	}
	/* reading the part of a register that was just written, and(or(and(old, ~c), new), c), or the other part */
	y = x.op == OP_wrap ? *at(o, x.arg[0]) : x;
	for (u32 i = 0; y.op == OP_or && i < 2; i++) {
		ref v = y.arg[!i];

		if (known_ones(o, y.arg[i], 5) & c)
			continue;
		if (x.op == OP_wrap)
			v = fold1(o, OP_wrap, 0, v);
		return fold2(o, OP_and, in->type, v, in->arg[1]);
	}
	return REF_NONE;
}

/* The second argument is the constant c. */
static ref
rule_constant(struct fold *o, struct ins *in, u64 c)
{
	struct ins x = *at(o, in->arg[0]);
	u64 d;
	ref k;

	switch (in->op) {
	case OP_add:
		if (!c)
			return in->arg[0];
		if (x.op == OP_add && konst(o, x.arg[1], &d)) {
			k = foldk(o, in->type, c + d);
			return fold2(o, OP_add, in->type, x.arg[0], k);
		}
		if (x.op == OP_addr && in->type == x.type) {
			x.imm[0] = (u32)(x.imm[0] + c);
			return fold_ins(o, x);
		}
		if (x.op == OP_wrap && at(o, x.arg[0])->op == OP_add && konst(o, at(o, x.arg[0])->arg[1], &d)) {
			ref a = fold1(o, OP_wrap, 0, at(o, x.arg[0])->arg[0]);
			k = foldk(o, I32, c + d);
			return fold2(o, OP_add, I32, a, k);
		}
		return REF_NONE;
	case OP_sub:
		k = foldk(o, in->type, -c);
		return fold2(o, OP_add, in->type, in->arg[0], k);
	case OP_and:
		return rule_and(o, in, c);
	case OP_or:
		return c ? REF_NONE : in->arg[0];
	case OP_xor:
		if (c == 1 && in->type == I32 && is_bool(o, in->arg[0]))
			return fold1(o, OP_eqz, I32, in->arg[0]);
		return c ? REF_NONE : in->arg[0];
	case OP_shl: case OP_shru: case OP_shrs: case OP_rotl: case OP_rotr:
		return c & (in->type == I64 ? 63 : 31) ? REF_NONE : in->arg[0];
	case OP_mul:
		return c == 1 ? in->arg[0] : c == 0 ? in->arg[1] : REF_NONE;
	default:
		return REF_NONE;
	}
}

u16
compare_inverse(u16 op)
{
	switch (op) {
	case OP_eq: return OP_ne;
	case OP_ne: return OP_eq;
	case OP_lts: return OP_ges;
	case OP_ges: return OP_lts;
	case OP_ltu: return OP_geu;
	case OP_geu: return OP_ltu;
	case OP_gts: return OP_les;
	case OP_les: return OP_gts;
	case OP_gtu: return OP_leu;
	case OP_leu: return OP_gtu;
	case OP_feq: return OP_fne;
	case OP_fne: return OP_feq;
	default: return OP_nop;
	}
}

u16
compare_mirrored(u16 op)
{
	switch (op) {
	case OP_lts: return OP_gts;
	case OP_gts: return OP_lts;
	case OP_ltu: return OP_gtu;
	case OP_gtu: return OP_ltu;
	case OP_les: return OP_ges;
	case OP_ges: return OP_les;
	case OP_leu: return OP_geu;
	case OP_geu: return OP_leu;
	default: return op;
	}
}

static ref
rule_eqz(struct fold *o, struct ins *in)
{
	struct ins x = *at(o, in->arg[0]);
	u16 inv = compare_inverse(x.op);

	if (x.op == OP_extu)
		return fold1(o, OP_eqz, I32, x.arg[0]);
	if (inv != OP_nop && in->type == I32)
		return fold2(o, inv, x.type, x.arg[0], x.arg[1]);
	if (x.op == OP_eqz && in->type == I32 && is_bool(o, x.arg[0]) && at(o, in->arg[0])->type == I32)
		return x.arg[0];
	if ((x.op == OP_sub || x.op == OP_xor) && once(o, in->arg[0]))
		return fold2(o, OP_eq, in->type, x.arg[0], x.arg[1]);
	return REF_NONE;
}

/* eq ne ltu gtu leu geu of zero-extended 32-bit values compare as I32; a constant comes second. */
static ref
rule_compare(struct fold *o, struct ins *in)
{
	const struct ins *x = at(o, in->arg[0]), *y = at(o, in->arg[1]);
	bool is_unsigned = in->op == OP_eq || in->op == OP_ne || in->op == OP_ltu || in->op == OP_gtu || in->op == OP_leu ||
	                   in->op == OP_geu;
	bool is_signed = in->op == OP_lts || in->op == OP_gts || in->op == OP_les || in->op == OP_ges;
	u64 c;
	bool k = konst(o, in->arg[1], &c);

	if (x->op == OP_const && !k)
		return fold2(o, compare_mirrored(in->op), in->type, in->arg[1], in->arg[0]);
	if (in->type == I64 && is_unsigned && x->op == OP_extu && (y->op == OP_extu || (k && c <= 0xffffffff))) {
		ref a = x->arg[0];
		ref b = k ? foldk(o, I32, c) : y->arg[0];
		return fold2(o, in->op, I32, a, b);
	}
	if (in->type == I64 && is_signed && x->op == OP_exts && (y->op == OP_exts || (k && (i64)c == (i32)c))) {
		ref a = x->arg[0];
		ref b = k ? foldk(o, I32, c) : y->arg[0];
		return fold2(o, in->op, I32, a, b);
	}
	if (!k)
		return REF_NONE;
	if ((in->op == OP_ltu || in->op == OP_geu) && known_ones(o, in->arg[0], 5) < c)
		return foldk(o, I32, in->op == OP_ltu);
	if ((in->op == OP_gtu || in->op == OP_leu) && known_ones(o, in->arg[0], 5) <= c)
		return foldk(o, I32, in->op == OP_leu);
	if (c == 0) {
		if (in->op == OP_eq || in->op == OP_leu)
			return fold1(o, OP_eqz, in->type, in->arg[0]);
		if (in->op == OP_gtu)
			in->op = OP_ne;
		if (in->op == OP_ne && in->type == I32 && is_bool(o, in->arg[0]))
			return in->arg[0];
		if (in->op == OP_ne && in->type == I64 && x->op == OP_extu && is_bool(o, x->arg[0]))
			return x->arg[0];
	}
	if (c == 1 && (in->op == OP_ltu || (in->op == OP_ne && in->type == I32 && is_bool(o, in->arg[0]))))
		return fold1(o, OP_eqz, in->type, in->arg[0]);
	return REF_NONE;
}

/* 0 - (x != 0), what neg and sbb leave: the sign of -x, or of x or -x, says which without a comparison. */
static ref
rule_mask(struct fold *o, struct ins *in)
{
	const struct ins *x = at(o, in->arg[1]);
	u64 c;
	ref y, m;

	if (x->op == OP_extu)
		x = at(o, x->arg[0]);
	if (x->op != OP_ne || !konst(o, x->arg[1], &c) || c || x->type != in->type)
		return REF_NONE;
	y = x->arg[0];
	m = fold2(o, OP_sub, in->type, in->arg[0], y);
	if (known_ones(o, y, 5) >> (in->type == I64 ? 63 : 31))
		m = fold2(o, OP_or, in->type, m, y);
	return fold2(o, OP_shrs, in->type, m, foldk(o, in->type, in->type == I64 ? 63 : 31));
}

static ref
rule_select(struct fold *o, struct ins *in)
{
	const struct ins *c = at(o, in->arg[2]);
	u64 v, w;

	if (in->arg[0] == in->arg[1])
		return in->arg[0];
	if (konst(o, in->arg[2], &v))
		return v ? in->arg[0] : in->arg[1];
	if (c->op == OP_eqz && c->type == I32) {
		ref t = in->arg[0];
		in->arg[0] = in->arg[1];
		in->arg[1] = t;
		in->arg[2] = c->arg[0];
	}
	if (in->type == I32 && konst(o, in->arg[0], &v) && konst(o, in->arg[1], &w) && is_bool(o, in->arg[2])) {
		if (v == 1 && w == 0)
			return in->arg[2];
		if (v == 0 && w == 1)
			return fold1(o, OP_eqz, I32, in->arg[2]);
	}
	return REF_NONE;
}

/* Reinterpretations cancel; of a load that nobody else uses they change the load's type. */
static ref
rule_bits(struct fold *o, struct ins *in)
{
	struct ins *x = at(o, in->arg[0]);
	u16 back = in->op == OP_i32_bits ? OP_f32_bits : in->op == OP_f32_bits ? OP_i32_bits :
	           in->op == OP_i64_bits ? OP_f64_bits : OP_i64_bits;

	if (x->op == back)
		return x->arg[0];
	if (x->op == OP_load && once(o, in->arg[0]) && x->size == (in->op == OP_i32_bits || in->op == OP_f32_bits ? 4 : 8)) {
		x->type = ir_type(opinfo[in->op].res, 0);
		return in->arg[0];
	}
	return REF_NONE;
}

static ref
rule_same(struct fold *o, struct ins *in)
{
	switch (in->op) {
	case OP_sub: case OP_xor: case OP_ne: case OP_ltu: case OP_gtu: case OP_lts: case OP_gts:
		return foldk(o, in->op == OP_sub || in->op == OP_xor ? in->type : I32, 0);
	case OP_eq: case OP_leu: case OP_geu: case OP_les: case OP_ges:
		return foldk(o, I32, 1);
	case OP_and: case OP_or:
		return in->arg[0];
	default:
		return REF_NONE;
	}
}

ref
algebra(struct fold *o, struct ins *in)
{
	u64 c;
	ref r;

	switch (in->op) {
	case OP_wrap: return rule_wrap(o, in);
	case OP_extu: case OP_exts: case OP_i32_ext8s: case OP_i32_ext16s: return rule_extend(o, in);
	case OP_eqz: return rule_eqz(o, in);
	case OP_select: return rule_select(o, in);
	case OP_i32_bits: case OP_i64_bits: case OP_f32_bits: case OP_f64_bits: return rule_bits(o, in);
	case OP_f64x2_replace_lane: case OP_i64x2_replace_lane:
		c = in->op == OP_f64x2_replace_lane ? OP_f64x2_splat : OP_i64x2_splat;
		if (at(o, in->arg[0])->op == c && at(o, in->arg[0])->arg[0] == in->arg[1])
			return in->arg[0];
		return rule_lanes(o, in);
	case OP_i32x4_replace_lane: case OP_f32x4_replace_lane: case OP_shuffle:
		return rule_lanes(o, in);
	}
	if (opinfo[in->op].nargs != 2 || in->type > I64 || in->type == T_NONE)
		return REF_NONE;
	if (in->arg[0] == in->arg[1] && (r = rule_same(o, in)) != REF_NONE)
		return r;
	if (in->op >= OP_eq && in->op <= OP_geu)
		return rule_compare(o, in);
	if (in->op == OP_sub && konst(o, in->arg[0], &c) && !c && (r = rule_mask(o, in)) != REF_NONE)
		return r;
	if (konst(o, in->arg[1], &c))
		return rule_constant(o, in, c);
	return REF_NONE;
}
