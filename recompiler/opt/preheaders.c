/*
 * preheaders.c - large functions: one block in front of a loop that calls nothing, where all its ways in meet. regcache then lets nothing cross that block in
 * locals and fetches behind it what the loop keeps there. Without it each way in would fetch for itself; where the emitter leads all
 * ways through one dispatcher (an irreducible region, as a computed goto's) those locals would live through every round of it.
 */
#include "opt.h"

static void
preheader(struct func *f, const struct cfg *c, u32 h)
{
	u32 ways = 0, n;

	for (u32 k = c->pred_at[h]; k < c->pred_at[h + 1]; k++)
		ways += !cfg_dominates(c, h, c->pred[k]);
	if (ways < 2)
		return;
	n = ir_block(f, f->blk[h].pc);
	f->blk[n].dead = f->blk[h].dead;
	f->blk[n].term = (struct term){ .kind = TERM_JMP, .pc = f->blk[h].pc, .val = REF_NONE, .nsucc = 1 };
	f->blk[n].term.succ = arena_alloc(f->arena, sizeof(u32));
	f->blk[n].term.succ[0] = h;
	for (u32 k = c->pred_at[h]; k < c->pred_at[h + 1]; k++) {
		struct term *t = &f->blk[c->pred[k]].term;

		for (u32 i = 0; i < t->nsucc; i++)
			if (t->succ[i] == h && !cfg_dominates(c, h, c->pred[k]))
				t->succ[i] = n;
	}
}

void
opt_preheaders(struct func *f, const struct opt *o)
{
	struct cfg c;
	bool *busy;

	if (f->nblk < MANY_BLOCKS)
		return;
	cfg_build(&c, f, o->arena);
	busy = cfg_busy(&c, f, o->arena);
	for (u32 b = 1; b < c.n; b++)
		if (c.loop[b] == b && !busy[b])
			preheader(f, &c, b);
}
