/*
 * bounds.c - a switch whose index is known to lie inside its table loses its other way out, the jump to a computed address. What is known
 * comes from the comparison that a compiler puts in front of a table, as the branch of the only block that leads here or leads to that one.
 * Then the computed address is nobody's business any more, and the function cannot be left there with a stack that its callers do not expect.
 */
#include "opt.h"

#define WAY 4           /* blocks looked at, the switch's own one included */
#define DEPTH 8         /* of expressions */
#define UNKNOWN (~0ull)

/* The blocks that lead to the switch, backwards: one is the only predecessor of the one before. */
struct way {
	const struct func *f;
	const struct blk *b[WAY];
	ref less[WAY];                   /* a value of that block which is at most this where it goes on to the one before; or REF_NONE */
	u64 most[WAY];
	u32 n;
};

static bool
compares_const(const struct blk *b, const struct ins *in, u64 *c)
{
	if ((in->op != OP_gtu && in->op != OP_leu && in->op != OP_ltu && in->op != OP_geu) || !is_const(b, in->arg[1]))
		return false;
	*c = b->ins[in->arg[1]].imm[0];
	return true;
}

/* What block k of the way knows where it goes on to block next. */
static void
fact(struct way *w, u32 k, const struct blk *next)
{
	const struct blk *b = w->b[k];
	const struct ins *in;
	bool taken;
	u64 c;

	w->less[k] = REF_NONE;
	if (b->term.kind != TERM_BR || b->term.succ[0] == b->term.succ[1])
		return;
	in = &b->ins[b->term.val];
	if (!compares_const(b, in, &c))
		return;
	taken = &w->f->blk[b->term.succ[0]] == next;
	if (in->op == (taken ? OP_ltu : OP_geu)) {
		if (!c--)
			return;
	} else if (in->op != (taken ? OP_leu : OP_gtu)) {
		return;
	}
	w->less[k] = in->arg[0];
	w->most[k] = c;
}

/* What variable v holds behind the first `before` instructions of block *k: a value of that block, or of an earlier one, which becomes *k. */
static ref
value_of(const struct way *w, u32 *k, u64 v, u32 before)
{
	for (; *k < w->n; before = ++*k < w->n ? w->b[*k]->n : 0) {
		for (u32 i = before; i-- > 0; ) {
			const struct ins *in = &w->b[*k]->ins[i];

			if ((in->op == OP_set || in->op == OP_get) && in->imm[0] == v)
				return in->op == OP_set ? in->arg[0] : i;
			if (v < NVAR ? ins_calls(in) || (ins_writes(in) & VARBIT(v)) : in->op == OP_setlo && in->imm[0] == v)
				return REF_NONE;
		}
	}
	return REF_NONE;
}

/* The instruction that computes value *x of block *k: where a variable got it, without widening that is undone. */
static const struct ins *
origin(const struct way *w, u32 *k, ref *x)
{
	for (;;) {
		const struct ins *in = &w->b[*k]->ins[*x], *inner;
		u32 j = *k;
		ref r;

		if (in->op == OP_get) {
			r = value_of(w, &j, in->imm[0], *x);
			if (r == REF_NONE)
				return in;
		} else if (in->op == OP_wrap) {
			r = in->arg[0];
			inner = origin(w, &j, &r);
			if (inner->op != OP_extu && inner->op != OP_exts)
				return in;
			r = inner->arg[0];
		} else {
			return in;
		}
		*k = j;
		*x = r;
	}
}

/* Are value x of block k and value y of block j the same? */
static bool
same(const struct way *w, u32 k, ref x, u32 j, ref y, u32 depth)
{
	const struct ins *p = origin(w, &k, &x), *q = origin(w, &j, &y);
	u32 n;

	if (k == j && x == y)
		return true;
	if (!depth || !(ir_props(p) & P_PURE) || p->op != q->op || p->type != q->type || p->imm[0] != q->imm[0] || p->imm[1] != q->imm[1])
		return false;
	n = ir_nargs(p);
	for (u32 i = 0; i < n; i++)
		if (!same(w, k, p->arg[i], j, q->arg[i], depth - 1))
			return false;
	return true;
}

static u64
least(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* The largest that value x of block k can be, as an unsigned number. */
static u64
most(const struct way *w, u32 k, ref x, u32 depth)
{
	const struct ins *in = &w->b[k]->ins[x];
	u64 known = in->type == I32 ? 0xffffffff : UNKNOWN, v;
	u32 j = k;

	for (u32 i = k; i < w->n; i++)
		if (w->less[i] != REF_NONE && same(w, k, x, i, w->less[i], DEPTH))
			known = least(known, w->most[i]);
	if (!depth)
		return known;
	switch (in->op) {
	case OP_const:
		return in->imm[0];
	case OP_load:
		return in->size < 8 ? least(known, (1ull << 8 * in->size) - 1) : known;
	case OP_wrap:
		v = most(w, k, in->arg[0], depth - 1);
		return v <= 0xffffffff ? least(known, v) : known;
	case OP_extu:
		return least(known, most(w, k, in->arg[0], depth - 1));
	case OP_and:
		return least(known, least(most(w, k, in->arg[0], depth - 1), most(w, k, in->arg[1], depth - 1)));
	case OP_shru:
		if (!is_const(w->b[k], in->arg[1]))
			return known;
		return least(known, most(w, k, in->arg[0], depth - 1) >> (w->b[k]->ins[in->arg[1]].imm[0] & (in->type == I32 ? 31 : 63)));
	case OP_select: {                        /* of an index of 64 bits: it, or what is no index if it does not fit in 32 */
		const struct ins *c = &w->b[k]->ins[in->arg[2]];

		if (c->op == OP_ltu && is_const(w->b[k], c->arg[1]) && most(w, k, c->arg[0], depth - 1) < w->b[k]->ins[c->arg[1]].imm[0])
			return least(known, most(w, k, in->arg[0], depth - 1));
		return known;
	}
	case OP_get:
		x = value_of(w, &j, in->imm[0], x);
		return x != REF_NONE ? least(known, most(w, j, x, depth - 1)) : known;
	default:
		return known;
	}
}

static void
find_way(struct way *w, const struct cfg *c, u32 b)
{
	w->n = 0;
	w->less[0] = REF_NONE;
	for (const struct blk *next = NULL; ; next = &w->f->blk[b], b = c->pred[c->pred_at[b]]) {
		w->b[w->n] = &w->f->blk[b];
		if (next && w->b[w->n]->term.kind > TERM_SWITCH)
			return;
		if (next)
			fact(w, w->n, next);
		if (++w->n == WAY || !b || c->pred_at[b + 1] - c->pred_at[b] != 1)
			return;
	}
}

static bool
has_switch(const struct func *f)
{
	for (u32 i = 0; i < f->nblk; i++)
		if (f->blk[i].term.kind == TERM_SWITCH)
			return true;
	return false;
}

void
opt_bounds(struct func *f, const struct opt *o)
{
	struct way w = { .f = f };
	struct cfg c;

	if (!has_switch(f))
		return;
	cfg_build(&c, f, o->arena);
	for (u32 i = 0; i < c.nreach; i++) {
		u32 b = c.rpo[i], other;
		struct term *t = &f->blk[b].term;

		if (t->kind != TERM_SWITCH || t->nsucc < 2)
			continue;
		find_way(&w, &c, b);
		if (most(&w, 0, t->val, DEPTH) >= t->nsucc - 1)
			continue;
		other = t->succ[--t->nsucc];
		if (c.pred_at[other + 1] - c.pred_at[other] == 1) {
			f->blk[other].n = 0;
			f->blk[other].term = (struct term){ .kind = TERM_LEAVE, .pc = t->pc, .target = f->blk[other].pc, .val = REF_NONE };
		}
	}
}
