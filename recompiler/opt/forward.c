/*
 * forward.c - inside a block: a get after a set or get of the same variable is that value; a set of the value the variable already
 * holds goes away. Low lanes of XMM variables are tracked beside the whole.
 */
#include "opt.h"
#include <string.h>

struct known {
	ref whole;               /* value of the variable, or REF_NONE */
	ref lo;                  /* value of its low lane as a lotype */
	u8 lotype;
};

static void
forget(struct known *k, u32 n)
{
	for (u32 i = 0; i < n; i++)
		k[i] = (struct known){ REF_NONE, REF_NONE, T_NONE };
}

static bool
same_const(const struct blk *b, ref x, ref y)
{
	const struct ins *p = &b->ins[x], *q = &b->ins[y];

	return (p->op == OP_const || p->op == OP_vconst) && p->op == q->op && p->type == q->type && p->imm[0] == q->imm[0] &&
	       (p->op == OP_const || p->imm[1] == q->imm[1]);
}

/* Flag variables that mean nothing under the kind just set may have lost their value before: dead sets go. */
static void
forget_ended(struct known *k, varset ended)
{
	for (u32 v = VAR_FA; v <= VAR_FC; v++)
		if (ended & VARBIT(v))
			forget(&k[v], 1);
}

/* A set makes the other forms of its XMM register stale: what they held has to be set again. */
static void
forget_overlaps(struct known *k, u32 v)
{
	varset stale = v < NVAR ? var_overlaps(v) : 0;

	for (u32 base = 0; base < NVAR; base += 64)
		for (u64 s = (u64)(stale >> base); s; s &= s - 1)
			forget(&k[base + __builtin_ctzll(s)], 1);
}

/* in->arg already mapped. Returns the value it stands for if it is redundant; *drop if it can go. */
static ref
visit(struct blk *b, u32 i, struct known *k, bool *drop)
{
	struct ins *in = &b->ins[i];
	struct known *v;

	if (in->op != OP_get && in->op != OP_set && in->op != OP_getlo && in->op != OP_setlo)
		return i;
	v = &k[in->imm[0]];
	switch (in->op) {
	case OP_get:
		if (v->whole != REF_NONE) {
			*drop = true;
			return v->whole;
		}
		v->whole = i;
		break;
	case OP_set:
		if (v->whole == in->arg[0] || (v->whole != REF_NONE && same_const(b, v->whole, in->arg[0])))
			*drop = true;
		else
			*v = (struct known){ in->arg[0], REF_NONE, T_NONE };
		forget_overlaps(k, in->imm[0]);
		forget_ended(k, flags_ended(b, in));
		break;
	case OP_getlo:
		if (v->lo != REF_NONE && v->lotype == in->type) {
			*drop = true;
			return v->lo;
		}
		if (v->lo == REF_NONE) {
			v->lo = i;
			v->lotype = in->type;
		}
		break;
	case OP_setlo:
		*v = (struct known){ REF_NONE, in->arg[0], in->type };
		break;
	}
	return i;
}

static void
block(struct func *f, struct blk *b, struct known *k, ref *map)
{
	forget(k, NVAR + f->ntemp);
	for (u32 i = 0; i < b->n; i++) {
		struct ins *in = &b->ins[i];
		u32 na = ir_nargs(in);
		bool drop = false;

		for (u32 a = 0; a < na; a++)
			in->arg[a] = map[in->arg[a]];
		map[i] = i;
		if (ins_calls(in))
			forget(k, NVAR);
		else if (in->op == OP_poll)
			forget(&k[VAR_FUEL], 1);
		else
			map[i] = visit(b, i, k, &drop);
		if (drop)
			*in = (struct ins){ .op = OP_nop, .pc = in->pc };
	}
	if (b->term.val != REF_NONE)
		b->term.val = map[b->term.val];
}

void
opt_forward(struct func *f, const struct opt *o)
{
	struct known *k = arena_alloc(o->arena, (NVAR + f->ntemp) * sizeof *k);
	ref *map = NULL;
	u32 cap = 0;

	for (u32 i = 0; i < f->nblk; i++) {
		if (f->blk[i].n > cap) {
			cap = 2 * f->blk[i].n;
			map = arena_alloc(o->arena, cap * sizeof *map);
		}
		block(f, &f->blk[i], k, map);
	}
}
