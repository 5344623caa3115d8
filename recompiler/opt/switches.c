/*
 * switches.c - computed goto: where several blocks jump through the same table, each to any of the others, no loop has one header, and
 * WebAssembly could only get there by a second dispatch. Such switches become one block that all of them jump to.
 * It stands behind the polls, so that its temporary is alive at none.
 */
#include "opt.h"
#include <string.h>

static bool
same_targets(const struct term *a, const struct term *b)
{
	return a->nsucc == b->nsucc && !memcmp(a->succ, b->succ, (a->nsucc - 1) * sizeof *a->succ);
}

static u32
shared_block(struct func *f, const struct term *t, u32 temp)
{
	u32 d = ir_block(f, f->blk[t->succ[0]].pc);
	struct term *x = &f->blk[d].term;
	struct ins get = { .op = OP_get, .type = I32, .pc = t->pc, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE }, .imm = { temp } };

	*x = (struct term){ .kind = TERM_SWITCH, .pc = t->pc, .nsucc = t->nsucc - 1 };
	x->succ = arena_alloc(f->arena, x->nsucc * sizeof *x->succ);
	memcpy(x->succ, t->succ, x->nsucc * sizeof *x->succ);
	x->val = ir_ins(f, d, get);
	return d;
}

/* In range to the shared switch, else where the block's own default goes. */
static void
redirect(struct func *f, u32 b, u32 d, u32 temp)
{
	struct term *t = &f->blk[b].term;
	u32 other = t->succ[t->nsucc - 1];
	struct ins in = { .op = OP_set, .type = I32, .pc = t->pc, .arg = { t->val, REF_NONE, REF_NONE, REF_NONE }, .imm = { temp } };

	ir_ins(f, b, in);
	in.op = OP_const;
	in.arg[0] = REF_NONE;
	in.imm[0] = t->nsucc - 1;
	in.arg[1] = ir_ins(f, b, in);
	in.op = OP_ltu;
	in.arg[0] = t->val;
	in.imm[0] = 0;
	t->val = ir_ins(f, b, in);
	t->kind = TERM_BR;
	t->succ[0] = d;
	t->succ[1] = other;
	t->nsucc = 2;
}

void
opt_switches(struct func *f, const struct opt *o)
{
	u32 n = f->nblk, *group = arena_alloc(o->arena, n * sizeof *group), ngroup;
	struct cfg c;

	cfg_build(&c, f, o->arena);
	if (!c.irreducible)
		return;
	for (u32 i = 0; i < c.nreach; i++) {
		u32 b = c.rpo[i], d, temp;

		if (f->blk[b].term.kind != TERM_SWITCH || f->blk[b].term.nsucc < 3)
			continue;
		ngroup = 0;
		for (u32 k = i; k < c.nreach; k++)
			if (f->blk[c.rpo[k]].term.kind == TERM_SWITCH && same_targets(&f->blk[b].term, &f->blk[c.rpo[k]].term))
				group[ngroup++] = c.rpo[k];
		if (ngroup < 2)
			continue;
		temp = ir_temp(f, I32);
		d = shared_block(f, &f->blk[b].term, temp);
		for (u32 k = 0; k < ngroup; k++)
			redirect(f, group[k], d, temp);
	}
}
