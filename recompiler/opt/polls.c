/*
 * polls.c - puts OP poll at the top of every loop header (the target of an edge that goes back in reverse postorder, so every
 * cycle has one, irreducible ones too). A header whose iteration carries temporaries cannot be resumed and gets none, nor does one that only
 * jumps to another header at the same pc, an instruction that loops in itself: leaving there would bring execution no further than here.
 */
#include "opt.h"

/* Temporaries read before written in a block that is a header: only instructions that loop inside themselves make such blocks. */
static bool
carries_temps(const struct blk *b)
{
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];

		if (in->op == OP_get && in->imm[0] >= NVAR) {
			u32 j;

			for (j = 0; j < i; j++)
				if (b->ins[j].op == OP_set && b->ins[j].imm[0] == in->imm[0])
					break;
			if (j == i)
				return true;
		}
	}
	return false;
}

static bool
polled(const struct func *f, const struct cfg *c, u32 b)
{
	const struct blk *blk = &f->blk[b], *next;

	if (!c->header[b] || carries_temps(blk))
		return false;
	if (blk->n || blk->term.kind != TERM_JMP)
		return true;
	next = &f->blk[blk->term.succ[0]];
	return next == blk || next->pc != blk->pc || !c->header[next - f->blk] || carries_temps(next);
}

/* The entry gets a block of its own if something jumps back to it. */
static void
lone_entry(struct func *f)
{
	bool target = false;
	u32 n;

	for (u32 i = 0; i < f->nblk; i++)
		for (u32 k = 0; k < f->blk[i].term.nsucc; k++)
			target |= f->blk[i].term.succ[k] == 0;
	if (!target)
		return;
	n = ir_block(f, f->pc);
	f->blk[n] = f->blk[0];
	for (u32 i = 0; i < f->nblk; i++)
		for (u32 k = 0; k < f->blk[i].term.nsucc; k++)
			if (f->blk[i].term.succ[k] == 0)
				f->blk[i].term.succ[k] = n;
	f->blk[0] = (struct blk){ .pc = f->pc, .end = f->pc };
	f->blk[0].term = (struct term){ .kind = TERM_JMP, .pc = f->pc, .val = REF_NONE, .nsucc = 1 };
	f->blk[0].term.succ = arena_alloc(f->arena, sizeof(u32));
	f->blk[0].term.succ[0] = n;
}

void
opt_polls(struct func *f, const struct opt *o)
{
	struct cfg c;

	lone_entry(f);
	cfg_build(&c, f, o->arena);
	for (u32 i = 0; i < f->nblk; i++) {
		struct blk *b = &f->blk[i];
		struct ins *old;
		u32 n;

		b->loop_header = polled(f, &c, i);
		if (!b->loop_header)
			continue;
		old = take_ins(f, i, &n);
		ir_ins(f, i, (struct ins){ .op = OP_poll, .pc = b->pc, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } });
		for (u32 j = 0; j < n; j++) {
			u32 na = ir_nargs(&old[j]);

			for (u32 k = 0; k < na; k++)
				old[j].arg[k]++;
			ir_ins(f, i, old[j]);
		}
		if (b->term.val != REF_NONE)
			b->term.val++;
	}
}
