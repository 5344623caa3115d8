/*
 * guards.c - --precise-faults: guards of one block that differ by constants only become one, at the place of the first. A guard may fail too
 * early or for too much: the interpreter then goes on from its pc and checks access by access. It may not succeed
 * wrongly, so a range stays below a page's size, where the first and the last byte tell. Permissions change at system calls only, which end blocks.
 */
#include "opt.h"
#include "../../include/layout.h"

#define GROUPS 16
#define RANGE_MAX 4096

struct group {
	ref base;
	i64 lo, hi;
	ref at;
};

/* The base of an address and its constant. */
static ref
base_of(const struct blk *b, ref r, i64 *c)
{
	for (;;) {
		const struct ins *in = &b->ins[r];

		if ((in->op != OP_add && in->op != OP_sub) || !is_const(b, in->arg[1]))
			return r;
		*c += in->op == OP_add ? (i64)b->ins[in->arg[1]].imm[0] : -(i64)b->ins[in->arg[1]].imm[0];
		r = in->arg[0];
	}
}

static bool
fits(const struct group *g, i64 lo, i64 hi)
{
	i64 l = lo < g->lo ? lo : g->lo, h = hi > g->hi ? hi : g->hi;

	return h - l <= RANGE_MAX;
}

static void
widen(struct blk *b, struct group *g, i64 lo, i64 hi, u64 need)
{
	struct ins *in = &b->ins[g->at];

	g->lo = lo < g->lo ? lo : g->lo;
	g->hi = hi > g->hi ? hi : g->hi;
	in->arg[0] = g->base;
	in->imm[0] |= need;
	if (in->imm[0] > PERM_WRITE)
		in->imm[0] = PERM_WRITE;
	in->imm[1] = (u64)(u32)(i32)g->lo << 32 | (u32)(g->hi - g->lo);
}

static void
block(struct blk *b)
{
	struct group g[GROUPS];
	u32 n = 0, next = 0, k;

	for (u32 i = 0; i < b->n; i++) {
		struct ins *in = &b->ins[i];
		i64 c = 0, bytes;
		ref base;

		if (in->op != OP_guard)
			continue;
		base = base_of(b, in->arg[0], &c);
		bytes = (u32)in->imm[1];
		c += (i32)(in->imm[1] >> 32);
		if (c < INT32_MIN / 2 || c > INT32_MAX / 2)
			continue;
		for (k = 0; k < n && !(g[k].base == base && fits(&g[k], c, c + bytes)); k++)
			;
		if (k < n) {
			widen(b, &g[k], c, c + bytes, in->imm[0]);
			*in = (struct ins){ .op = OP_nop, .pc = in->pc };
			continue;
		}
		k = n < GROUPS ? n++ : next++ % GROUPS;
		g[k] = (struct group){ base, c, c + bytes, i };
	}
}

void
opt_guards(struct func *f, const struct opt *o)
{
	(void)o;
	for (u32 i = 0; i < f->nblk; i++)
		block(&f->blk[i]);
}
