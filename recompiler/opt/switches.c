/*
 * switches.c - computed goto: where several blocks jump through the same table, each to any of the others, no loop has one header, and
 * WebAssembly could only get there by a second dispatch. Such switches become one block that all of them jump to.
 * It stands behind the polls, so that its temporary is alive at none. Where all jump through the same register, it holds the address of the place
 * where each way out of the block leads: set there, it need not be fetched from the table.
 */
#include "opt.h"
#include <string.h>

static bool
same_targets(const struct term *a, const struct term *b)
{
	return a->nsucc == b->nsucc && !memcmp(a->succ, b->succ, (a->nsucc - 1) * sizeof *a->succ);
}

/* The register that block b jumps through where its index is outside the table, and so inside; or NVAR. */
static u32
jump_register(const struct func *f, u32 b)
{
	const struct term *t = &f->blk[b].term;
	const struct blk *other = &f->blk[t->succ[t->nsucc - 1]];
	const struct ins *x;

	if (other->term.kind != TERM_TAILIND)
		return NVAR;
	x = &other->ins[other->term.val];
	if (x->op == OP_wrap)
		x = &other->ins[x->arg[0]];
	return x->op == OP_get && VARBIT(x->imm[0]) & VARS_GENERAL ? (u32)x->imm[0] : NVAR;
}

/* Register var holds the address of where each way out of block d leads. */
static void
set_targets(struct func *f, u32 d, u32 var)
{
	u32 n = f->nblk;

	for (u32 k = 0; k < f->blk[d].term.nsucc; k++) {
		u32 to = f->blk[d].term.succ[k], e;
		struct ins in = { .op = OP_addr, .type = I64, .pc = f->blk[to].pc, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } };

		if (to >= n)
			continue;                /* changed with an earlier one */
		e = cfg_split_edge(f, d, k);
		in.imm[0] = in.pc;
		in.arg[0] = ir_ins(f, e, in);
		in.op = OP_set;
		in.imm[0] = var;
		ir_ins(f, e, in);
		for (u32 j = k + 1; j < f->blk[d].term.nsucc; j++)
			if (f->blk[d].term.succ[j] == to)
				f->blk[d].term.succ[j] = e;
	}
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
		u32 b = c.rpo[i], d, temp, var;

		if (f->blk[b].term.kind != TERM_SWITCH || f->blk[b].term.nsucc < 3)
			continue;
		ngroup = 0;
		for (u32 k = i; k < c.nreach; k++)
			if (f->blk[c.rpo[k]].term.kind == TERM_SWITCH && same_targets(&f->blk[b].term, &f->blk[c.rpo[k]].term))
				group[ngroup++] = c.rpo[k];
		if (ngroup < 2)
			continue;
		temp = ir_temp(f, I32);
		var = jump_register(f, b);
		for (u32 k = 0; k < ngroup; k++)
			if (jump_register(f, group[k]) != var)
				var = NVAR;
		d = shared_block(f, &f->blk[b].term, temp);
		if (var != NVAR)
			set_targets(f, d, var);
		for (u32 k = 0; k < ngroup; k++)
			redirect(f, group[k], d, temp);
	}
}
