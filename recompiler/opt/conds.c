/*
 * conds.c - turns OP cond into comparisons. Forward dataflow says which kind of lazy flags (include/flags.def) is in FK at each point, and
 * whether FB and FC are known to be zero (logic operations clear CF and OF); a condition of a known kind becomes a
 * comparison of FA and FB, one of an unknown kind a bit of helper flags_word, or stays if struct opt says so. Dead stores of FK FA FB FC are deadsets' work.
 */
#include "opt.h"

enum { UNKNOWN = NFLAG, UNSEEN = 0x3f, KIND = 0x3f, FB_ZERO = 0x40, FC_ZERO = 0x80 };

static const u8 kind_bits[NFLAG] = {
#define FLAG(name, bits) bits,
#include "../../include/flags.def"
#undef FLAG
};

struct gen {
	struct func *f;
	u32 b, pc;
	enum type t;             /* of the operands: I64 for 64 bits, else I32 */
	u8 bits;
	u8 state;
};

static u8
meet(u8 x, u8 y)
{
	if ((x & KIND) == UNSEEN)
		return y;
	if ((y & KIND) == UNSEEN)
		return x;
	return ((x & KIND) == (y & KIND) ? x & KIND : UNKNOWN) | (x & y & (FB_ZERO | FC_ZERO));
}

static u8
step(u8 state, const struct blk *b, const struct ins *in)
{
	const struct ins *x;

	if (ins_calls(in))
		return UNKNOWN;
	if (in->op != OP_set)
		return state;
	x = &b->ins[in->arg[0]];
	switch (in->imm[0]) {
	case VAR_FK:
		return (x->op == OP_const && x->imm[0] < NFLAG ? x->imm[0] : UNKNOWN) | (state & (FB_ZERO | FC_ZERO));
	case VAR_FB:
		return x->op == OP_const && !x->imm[0] ? state | FB_ZERO : state & ~FB_ZERO;
	case VAR_FC:
		return x->op == OP_const && !x->imm[0] ? state | FC_ZERO : state & ~FC_ZERO;
	default:
		return state;
	}
}

static ref
put(struct gen *g, enum op op, enum type t, ref a, ref b, u64 imm)
{
	return ir_ins(g->f, g->b, (struct ins){ .op = op, .type = t, .pc = g->pc, .arg = { a, b, REF_NONE, REF_NONE }, .imm = { imm } });
}

static ref
konst(struct gen *g, enum type t, u64 v)
{
	return put(g, OP_const, t, REF_NONE, REF_NONE, v);
}

static ref
un(struct gen *g, enum op op, enum type t, ref a)
{
	return put(g, op, t, a, REF_NONE, 0);
}

static ref
bin(struct gen *g, enum op op, enum type t, ref a, ref b)
{
	return put(g, op, t, a, b, 0);
}

/* FA, FB or FC at the width of the operation. */
static ref
operand(struct gen *g, u32 var)
{
	ref x = put(g, OP_get, I64, REF_NONE, REF_NONE, var);

	return g->t == I64 ? x : un(g, OP_wrap, 0, x);
}

static ref
mask(struct gen *g, ref x)
{
	if (g->bits >= 32)
		return x;
	return bin(g, OP_and, I32, x, konst(g, I32, (1u << g->bits) - 1));
}

static ref
sext(struct gen *g, ref x)
{
	if (g->bits >= 32)
		return x;
	return un(g, g->bits == 8 ? OP_i32_ext8s : OP_i32_ext16s, 0, x);
}

/* The top bit of x at the operation's width, as 0 or 1. */
static ref
sign(struct gen *g, ref x)
{
	ref c;

	if (g->bits < 32) {
		c = konst(g, I32, g->bits - 1);
		x = bin(g, OP_shru, I32, x, c);
		c = konst(g, I32, 1);
		return bin(g, OP_and, I32, x, c);
	}
	c = konst(g, g->t, 0);
	return bin(g, OP_lts, g->t, x, c);
}

/* PF: the low byte has an even number of ones. */
static ref
parity(struct gen *g, ref x)
{
	ref c;

	if (g->t == I64)
		x = un(g, OP_wrap, 0, x);
	c = konst(g, I32, 0xff);
	x = bin(g, OP_and, I32, x, c);
	x = un(g, OP_popcnt, I32, x);
	c = konst(g, I32, 1);
	x = bin(g, OP_and, I32, x, c);
	return un(g, OP_eqz, I32, x);
}

/* For FCOM: 32 bits are an f32, 64 an f64. */
static ref
gen_fcom(struct gen *g, u32 cc)
{
	enum type ft = g->bits == 32 ? F32 : F64;
	enum op conv = g->bits == 32 ? OP_f32_bits : OP_f64_bits;
	ref a = operand(g, VAR_FA), b, x, y;

	a = un(g, conv, 0, a);
	b = operand(g, VAR_FB);
	b = un(g, conv, 0, b);
	switch (cc) {
	case CC_A: return bin(g, OP_fgt, ft, a, b);
	case CC_AE: return bin(g, OP_fge, ft, a, b);
	case CC_B: x = bin(g, OP_fge, ft, a, b); break;
	case CC_BE: x = bin(g, OP_fgt, ft, a, b); break;
	case CC_P: case CC_NP:
		x = bin(g, OP_fne, ft, a, a);
		y = bin(g, OP_fne, ft, b, b);
		x = bin(g, OP_or, I32, x, y);
		if (cc == CC_P)
			return x;
		break;
	case CC_E: case CC_NE: case CC_LE: case CC_G:      /* OF and SF are cleared, so the latter two ask for ZF too */
		x = bin(g, OP_flt, ft, a, b);
		y = bin(g, OP_fgt, ft, a, b);
		x = bin(g, OP_or, I32, x, y);
		if (cc == CC_NE || cc == CC_G)
			return x;
		break;
	default:
		return konst(g, I32, cc == CC_NO || cc == CC_NS || cc == CC_GE);
	}
	return un(g, OP_eqz, I32, x);
}

static ref
gen_sub(struct gen *g, u32 cc)
{
	static const u16 ops[16] = {
		[CC_B] = OP_ltu, [CC_AE] = OP_geu, [CC_E] = OP_eq, [CC_NE] = OP_ne, [CC_BE] = OP_leu, [CC_A] = OP_gtu,
		[CC_L] = OP_lts, [CC_GE] = OP_ges, [CC_LE] = OP_les, [CC_G] = OP_gts
	};
	ref a = operand(g, VAR_FA), b = operand(g, VAR_FB), r, x, y;

	if (ops[cc]) {
		if (cc >= CC_L) {
			a = sext(g, a);
			b = sext(g, b);
		}
		return bin(g, ops[cc], g->t, a, b);
	}
	r = bin(g, OP_sub, g->t, a, b);
	switch (cc & ~1u) {
	case CC_S: x = sign(g, r); break;
	case CC_P: x = parity(g, r); break;
	default:
		x = bin(g, OP_xor, g->t, a, b);
		y = bin(g, OP_xor, g->t, a, r);
		x = bin(g, OP_and, g->t, x, y);
		x = sign(g, x);
	}
	return cc & 1 ? un(g, OP_eqz, I32, x) : x;
}

/* CF and OF of an ADD or RES kind; *zero if known to be 0. r is the result. */
static ref
carry(struct gen *g, bool add, ref r)
{
	ref x;

	if (add) {
		x = operand(g, VAR_FA);
		return bin(g, OP_ltu, g->t, r, x);
	}
	if (g->state & FB_ZERO)
		return REF_NONE;
	x = put(g, OP_get, I64, REF_NONE, REF_NONE, VAR_FB);
	return un(g, OP_wrap, 0, x);
}

static ref
overflow(struct gen *g, bool add, ref r)
{
	ref x, y, c;

	if (add) {
		x = operand(g, VAR_FA);
		x = bin(g, OP_xor, g->t, x, r);
		y = operand(g, VAR_FB);
		y = bin(g, OP_xor, g->t, y, r);
		x = bin(g, OP_and, g->t, x, y);
		return sign(g, x);
	}
	if (g->state & FC_ZERO)
		return REF_NONE;
	x = put(g, OP_get, I64, REF_NONE, REF_NONE, VAR_FC);
	x = un(g, OP_wrap, 0, x);
	c = konst(g, I32, 11);
	x = bin(g, OP_shru, I32, x, c);
	c = konst(g, I32, 1);
	return bin(g, OP_and, I32, x, c);
}

/* L GE LE G from a result whose OF is x (REF_NONE: 0). */
static ref
gen_signed(struct gen *g, u32 cc, ref r, ref of)
{
	static const u16 ops[] = { OP_lts, OP_ges, OP_les, OP_gts };
	ref x, y;

	if (of == REF_NONE) {
		x = sext(g, r);
		y = konst(g, g->t, 0);
		return bin(g, ops[cc - CC_L], g->t, x, y);
	}
	x = sign(g, r);
	x = bin(g, OP_xor, I32, x, of);
	if (cc >= CC_LE) {
		y = un(g, OP_eqz, g->t, r);
		x = bin(g, OP_or, I32, x, y);
	}
	return cc & 1 ? un(g, OP_eqz, I32, x) : x;
}

static ref
gen_result(struct gen *g, u32 cc, bool add)
{
	ref r = operand(g, VAR_FA), x, y;

	if (add) {
		y = operand(g, VAR_FB);
		r = bin(g, OP_add, g->t, r, y);
		r = mask(g, r);
	}
	switch (cc & ~1u) {
	case CC_O: x = overflow(g, add, r); break;
	case CC_B: x = carry(g, add, r); break;
	case CC_E: x = un(g, OP_eqz, g->t, r); break;
	case CC_S: x = sign(g, r); break;
	case CC_P: x = parity(g, r); break;
	case CC_BE:
		x = carry(g, add, r);
		y = un(g, OP_eqz, g->t, r);
		x = x == REF_NONE ? y : bin(g, OP_or, I32, x, y);
		break;
	default:
		x = overflow(g, add, r);
		return gen_signed(g, cc, r, x);
	}
	if (x == REF_NONE)
		return konst(g, I32, cc & 1);
	return cc & 1 ? un(g, OP_eqz, I32, x) : x;
}

static ref
word_bit(struct gen *g, ref w, u32 n)
{
	ref c = konst(g, I32, n), x;

	x = n ? bin(g, OP_shru, I32, w, c) : w;
	c = konst(g, I32, 1);
	return bin(g, OP_and, I32, x, c);
}

/* From the word of flags at their EFLAGS positions. */
static ref
gen_word(struct gen *g, u32 cc, ref w)
{
	ref x, y;

	switch (cc & ~1u) {
	case CC_O: x = word_bit(g, w, 11); break;
	case CC_B: x = word_bit(g, w, 0); break;
	case CC_E: x = word_bit(g, w, 6); break;
	case CC_S: x = word_bit(g, w, 7); break;
	case CC_P: x = word_bit(g, w, 2); break;
	case CC_BE:
		x = word_bit(g, w, 0);
		y = word_bit(g, w, 6);
		x = bin(g, OP_or, I32, x, y);
		break;
	default:
		x = word_bit(g, w, 7);
		y = word_bit(g, w, 11);
		x = bin(g, OP_xor, I32, x, y);
		if (cc >= CC_LE) {
			y = word_bit(g, w, 6);
			x = bin(g, OP_or, I32, x, y);
		}
	}
	return cc & 1 ? un(g, OP_eqz, I32, x) : x;
}

static ref
gen_cond(struct gen *g, u32 cc)
{
	u32 kind = g->state & KIND;
	struct ins call = { .op = OP_helper, .type = I64, .pc = g->pc, .imm = { HELPER_flags_word } };
	ref w;

	if (kind < NFLAG && kind != FLAG_WORD) {
		g->bits = kind_bits[kind];
		g->t = g->bits == 64 ? I64 : I32;
		if (kind >= FLAG_FCOM32)
			return gen_fcom(g, cc);
		if (kind >= FLAG_SUB8 && kind <= FLAG_SUB64)
			return gen_sub(g, cc);
		return gen_result(g, cc, kind <= FLAG_ADD64);
	}
	if (kind == FLAG_WORD) {
		w = put(g, OP_get, I64, REF_NONE, REF_NONE, VAR_FA);
	} else {
		call.arg[0] = put(g, OP_get, I32, REF_NONE, REF_NONE, VAR_FK);
		call.arg[1] = put(g, OP_get, I64, REF_NONE, REF_NONE, VAR_FA);
		call.arg[2] = put(g, OP_get, I64, REF_NONE, REF_NONE, VAR_FB);
		call.arg[3] = put(g, OP_get, I64, REF_NONE, REF_NONE, VAR_FC);
		w = ir_ins(g->f, g->b, call);
	}
	w = un(g, OP_wrap, 0, w);
	return gen_word(g, cc, w);
}

static void
rewrite(struct func *f, u32 b, u8 state, bool known_only, ref *map)
{
	struct blk *blk = &f->blk[b];
	struct gen g = { .f = f, .b = b };
	struct blk before = *blk;
	u32 n;
	struct ins *old = take_ins(f, b, &n);

	for (u32 i = 0; i < n; i++) {
		struct ins in = old[i];
		u32 na = ir_nargs(&in);

		state = step(state, &before, &in);
		for (u32 a = 0; a < na; a++)
			in.arg[a] = map[in.arg[a]];
		if (in.op == OP_cond && !(known_only && (state & KIND) >= NFLAG)) {
			g.pc = in.pc;
			g.state = state;
			map[i] = gen_cond(&g, in.imm[0]);
		} else {
			map[i] = ir_ins(f, b, in);
		}
	}
	if (blk->term.val != REF_NONE)
		blk->term.val = map[blk->term.val];
}

/*
 * What a polled loop header knows of its flags holds on the ways in this function. Its resume copy is entered at the same place from wherever
 * else it is reached, so it has to ask.
 */
static void
note_assumed(struct blk *b, u8 state)
{
	bool wanted = b->loop_header && VARBIT(VAR_FK) & ~b->dead;

	b->flags = wanted && (state & KIND) < NFLAG ? 1 + (state & KIND) : 0;
	b->fb_zero = wanted && state & FB_ZERO;
	b->fc_zero = wanted && state & FC_ZERO;
}

static bool
has_cond(const struct blk *b)
{
	for (u32 i = 0; i < b->n; i++)
		if (b->ins[i].op == OP_cond)
			return true;
	return false;
}

static u8
out_state(const struct blk *b, u8 state)
{
	for (u32 i = 0; i < b->n; i++)
		state = step(state, b, &b->ins[i]);
	return b->term.kind == TERM_CALL || b->term.kind == TERM_CALLIND || b->term.kind == TERM_SYSCALL ? UNKNOWN : state;
}

void
opt_flags(struct func *f, const struct opt *o)
{
	struct cfg c;
	u8 *out = arena_alloc(o->arena, f->nblk), *in = arena_alloc(o->arena, f->nblk);
	u32 most = ir_largest(f);
	ref *map;

	cfg_build(&c, f, o->arena);
	for (u32 i = 0; i < f->nblk; i++)
		out[i] = UNSEEN;
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = 0; i < c.nreach; i++) {
			u32 b = c.rpo[i];
			u8 s = b == 0 ? UNKNOWN : UNSEEN;

			for (u32 k = c.pred_at[b]; k < c.pred_at[b + 1]; k++)
				s = meet(s, out[c.pred[k]]);
			in[b] = s;
			s = out_state(&f->blk[b], s);
			changed |= s != out[b];
			out[b] = s;
		}
	}
	map = arena_alloc(o->arena, (most + 1) * sizeof *map);
	for (u32 i = 0; i < f->nblk; i++) {
		note_assumed(&f->blk[i], c.num[i] == REF_NONE ? UNKNOWN : in[i]);
		if (has_cond(&f->blk[i]))
			rewrite(f, i, c.num[i] == REF_NONE ? UNKNOWN : in[i], o->known_flags, map);
	}
}
