/*
 * deadsets.c - backward liveness of the variables; removes sets whose value nobody sees. Whatever leaves the function sees every
 * variable of struct cpu, but temporaries never, and lazy flags only where the summaries say so. Polls and traps come back
 * to the same place, so flags that are dead there are dead; a poll also names the registers that are (opt_poll_dead).
 */
#include "opt.h"
#include <string.h>

struct live {
	varset vars;
	u64 *temps;
};

struct state {
	const struct opt *o;
	struct func *f;
	u32 words;
	bool exact;                      /* loads count as reading their address though nobody needs their value: they may fault */
	u8 *used;                        /* scratch of one block: values that something live uses */
	varset *in;                      /* per block: live at its start */
	u64 *tin;                        /* the same for temporaries: words per block */
	struct live now;
};

static varset
flags_if(bool yes)
{
	return yes ? VARS_ALL : VARS_ALL & ~VARS_FLAGS;
}

/* What is visible behind the function's border when the terminator leaves it. */
static varset
live_at_exit(const struct func *f, const struct term *t, const struct summaries *s)
{
	const struct summary *x;

	if (!s)
		return VARS_ALL;
	switch (t->kind) {
	case TERM_CALL: case TERM_TAIL:
		x = summary_find(s, t->target);
		return flags_if(!x || x->flags_in);
	case TERM_CALLIND:
		return flags_if(summaries_flags_in(s));
	case TERM_RET:
		x = summary_find(s, f->pc);
		return flags_if(!x || x->flags_out);
	default:
		return VARS_ALL;
	}
}

static void
at_end(struct state *s, const struct blk *b)
{
	const struct term *t = &b->term;

	s->now.vars = 0;
	memset(s->now.temps, 0, s->words * sizeof(u64));
	for (u32 k = 0; k < t->nsucc; k++) {
		s->now.vars |= s->in[t->succ[k]];
		for (u32 w = 0; w < s->words; w++)
			s->now.temps[w] |= s->tin[t->succ[k] * s->words + w];
	}
	if (t->kind == TERM_CALL || t->kind == TERM_CALLIND)
		s->now.vars = live_at_exit(s->f, t, s->o->sums);
	else if (t->kind > TERM_SWITCH)
		s->now.vars |= live_at_exit(s->f, t, s->o->sums);
}

/* One instruction backwards; true if it is a set of a dead variable. */
static bool
step(struct live *l, const struct ins *in)
{
	u64 t = in->imm[0] - NVAR;

	switch (in->op) {
	case OP_set:
		if (in->imm[0] < NVAR) {
			if (!(l->vars & VARBIT(in->imm[0])))
				return true;
			l->vars &= ~(VARBIT(in->imm[0]) | var_overlaps(in->imm[0]));
		} else {
			if (!(l->temps[t / 64] >> t % 64 & 1))
				return true;
			l->temps[t / 64] &= ~(1ull << t % 64);
		}
		return false;
	case OP_setlo:
		if (in->imm[0] < NVAR)
			return !(l->vars & VARBIT(in->imm[0]));
		return !(l->temps[t / 64] >> t % 64 & 1);
	case OP_get: case OP_getlo:
		if (in->imm[0] >= NVAR)
			l->temps[t / 64] |= 1ull << t % 64;
		else
			l->vars |= VARBIT(in->imm[0]);
		return false;
	case OP_poll:
		l->vars |= VARS_ALL & ~VARS_FLAGS & ~poll_dead(in);
		return false;
	case OP_trapif: case OP_expect: case OP_guard:
		l->vars |= VARS_ALL & ~VARS_FLAGS;
		return false;
	default:
		l->vars |= ins_calls(in) ? VARS_ALL & ~VARS_FLAGS : ins_reads(in);
		return false;
	}
}

/* A value counts as read only if something live uses it: a chain of conditions that only feed dead flags is dead as a whole. */
static bool
scan(struct state *s, u32 b, bool remove)
{
	struct blk *blk = &s->f->blk[b];
	u64 *tin = &s->tin[b * s->words];
	bool changed;

	at_end(s, blk);
	memset(s->used, 0, blk->n);
	if (blk->term.val != REF_NONE)
		s->used[blk->term.val] = 1;
	for (u32 i = blk->n; i-- > 0; ) {
		struct ins *in = &blk->ins[i];
		u32 na = ir_nargs(in);

		if (!s->used[i] && ins_droppable(in) && !(s->exact && (ir_props(in) & P_LOAD)))
			continue;
		if (s->exact && in->op == OP_poll)
			continue;
		if (step(&s->now, in)) {
			if (remove)
				*in = (struct ins){ .op = OP_nop, .pc = in->pc };
			continue;
		}
		s->now.vars &= ~flags_ended(blk, in);
		for (u32 a = 0; a < na; a++)
			s->used[in->arg[a]] = 1;
	}
	changed = s->in[b] != s->now.vars || memcmp(tin, s->now.temps, s->words * sizeof(u64));
	s->in[b] = s->now.vars;
	memcpy(tin, s->now.temps, s->words * sizeof(u64));
	return changed;
}

static void
solve(struct state *s, struct cfg *c, struct func *f, const struct opt *o, bool exact)
{
	bool changed = true;
	u32 most = 0;

	*s = (struct state){ .o = o, .f = f, .words = (f->ntemp + 63) / 64, .exact = exact };
	cfg_build(c, f, o->arena);
	for (u32 i = 0; i < f->nblk; i++)
		most = f->blk[i].n > most ? f->blk[i].n : most;
	s->used = arena_alloc(o->arena, most + 1);
	s->in = arena_alloc(o->arena, f->nblk * sizeof *s->in);
	s->tin = arena_alloc(o->arena, ((size_t)f->nblk * s->words + 1) * sizeof *s->tin);
	s->now.temps = arena_alloc(o->arena, (s->words + 1) * sizeof(u64));
	while (changed) {
		changed = false;
		for (u32 i = c->nreach; i-- > 0; )
			changed |= scan(s, c->rpo[i], false);
	}
}

void
opt_deadsets(struct func *f, const struct opt *o)
{
	struct state s;
	struct cfg c;

	solve(&s, &c, f, o, false);
	for (u32 i = 0; i < c.nreach; i++)
		scan(&s, c.rpo[i], true);
}

/*
 * What every path behind a poll sets before any instruction as it was lifted looks at it; whoever goes on there may find anything in it.
 * Not the registers that tell an unwinder of a signal's frame where the callers' are, nor what is the engine's.
 */
#define VARS_KEPT (VARBIT(VAR_RSP) | VARBIT(VAR_RBP) | VARBIT(VAR_RBX) | VARBIT(VAR_R12) | VARBIT(VAR_R13) | VARBIT(VAR_R14) | \
                   VARBIT(VAR_R15) | VARBIT(VAR_FSBASE) | VARBIT(VAR_GSBASE) | VARBIT(VAR_FUEL))

void
opt_poll_dead(struct func *f, const struct opt *o)
{
	struct state s;
	struct cfg c;

	solve(&s, &c, f, o, true);
	for (u32 i = 0; i < c.nreach; i++) {
		struct blk *b = &f->blk[c.rpo[i]];
		varset dead = VARS_ALL & ~s.in[c.rpo[i]] & ~VARS_KEPT;

		if (!b->loop_header)
			continue;
		dead &= VARBIT(VAR_XMM0 + 16) - 1;       /* the parts of an XMM register go with the whole */
		for (u32 v = VAR_XMM0; v < VAR_XMM0 + 16; v++)
			if (dead & VARBIT(v))
				dead |= var_overlaps(v);
		b->ins[0].imm[0] = dead;
		b->ins[0].imm[1] = dead >> 64;
	}
}

/* The flush sets of polls, behind regcache, without what is dead there. */
void
opt_poll_flush(struct func *f, const struct opt *o)
{
	(void)o;
	for (u32 i = 0; i < f->nblk; i++)
		for (u32 j = 0; j < f->blk[i].n; j++)
			if (f->blk[i].ins[j].op == OP_poll)
				f->blk[i].ins[j].flush &= ~poll_dead(&f->blk[i].ins[j]);
}
