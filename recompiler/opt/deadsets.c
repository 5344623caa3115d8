/*
 * deadsets.c - backward liveness of the variables; removes sets whose value nobody sees. What is seen behind the function's border
 * border.c knows, of lazy flags the summaries; temporaries never. Polls and traps come back to the same place, so what is dead there is dead;
 * but a handler may look at what the instructions just before a trap set, so in its block everything stays.
 * opt_wanted notes what is dead at polls, calls and the beginnings of blocks.
 */
#include "border.h"
#include <string.h>

struct live {
	struct wanted vars;
	varset near;                     /* a trap further down in the block shows it */
	u64 *temps;
};

struct state {
	const struct opt *o;
	struct func *f;
	u32 words;
	bool exact;                      /* loads count as reading their address though nobody needs their value: they may fault */
	u8 *used;                        /* scratch of one block: values that something live uses */
	struct wanted *in;               /* per block: live at its start */
	u64 *tin;                        /* the same for temporaries: words per block */
	struct live now;
};

/* Lazy flags that are visible behind the function's border when the terminator leaves it. */
static varset
flags_at_exit(const struct func *f, const struct term *t, const struct summaries *s)
{
	const struct summary *x;
	bool dead = false;

	switch (t->kind) {
	case TERM_CALL: case TERM_TAIL:
		x = summary_find(s, t->target);
		dead = x && !x->flags_in;
		break;
	case TERM_CALLIND:
		dead = !summaries_flags_in(s);
		break;
	case TERM_RET:
		x = summary_find(s, f->pc);
		dead = x && !x->flags_out;
		break;
	}
	return dead ? 0 : VARS_FLAGS;
}

static struct crossing
crossing(const struct state *s, const struct blk *b)
{
	const struct summaries *sums = s->o->sums;
	const struct term *t = &b->term;
	struct crossing x = { .kind = t->kind };

	if (t->kind == TERM_CALL || t->kind == TERM_CALLIND)
		x.spares = border_spares(s->f, b - s->f->blk);
	x.own = summary_find(sums, s->f->pc);
	x.unknown = summaries_unknown(sums);
	if (t->kind == TERM_CALL || t->kind == TERM_TAIL)
		x.callee = summary_find(sums, t->target);
	return x;
}

/* From what is live at the successors to what is live before the terminator. */
static struct wanted
across(const struct state *s, const struct blk *b, struct wanted w)
{
	const struct summaries *sums = s->o->sums;
	const struct term *t = &b->term;
	struct crossing x;

	if (t->kind <= TERM_SWITCH)
		return w;
	if (t->kind == TERM_CALL || t->kind == TERM_CALLIND)
		w.sure &= ~VARS_FLAGS;
	if (!sums)
		return (struct wanted){ VARS_ALL, 0 };
	x = crossing(s, b);
	w = border_before(&x, w);
	w.sure |= flags_at_exit(s->f, t, sums);
	return w;
}

static void
at_end(struct state *s, const struct blk *b)
{
	const struct term *t = &b->term;

	s->now.vars = (struct wanted){ 0 };
	s->now.near = 0;
	memset(s->now.temps, 0, s->words * sizeof(u64));
	for (u32 k = 0; k < t->nsucc; k++) {
		s->now.vars.sure |= s->in[t->succ[k]].sure;
		s->now.vars.maybe |= s->in[t->succ[k]].maybe;
		for (u32 w = 0; w < s->words; w++)
			s->now.temps[w] |= s->tin[t->succ[k] * s->words + w];
	}
	s->now.vars = across(s, b, s->now.vars);
}

static varset
seen(const struct live *l)
{
	return l->vars.sure | l->vars.maybe | l->near;
}

/* Flags that must be there where an instruction may leave, because the one at its pc begins anew or goes on elsewhere: all that opt_wanted left. */
static varset
flags_wanted(const struct ins *in, bool exact)
{
	return exact ? 0 : VARS_FLAGS & ~in->flush;
}

/* One instruction backwards; true if it is a set of a dead variable. */
static bool
step(struct live *l, const struct ins *in, bool exact)
{
	u64 t = in->imm[0] - NVAR;

	switch (in->op) {
	case OP_set:
		if (in->imm[0] < NVAR) {
			varset mine = VARBIT(in->imm[0]) | var_overlaps(in->imm[0]);

			if (!(seen(l) & VARBIT(in->imm[0])))
				return true;
			l->vars.sure &= ~mine;
			l->vars.maybe &= ~mine;
			l->near &= ~mine;
		} else {
			if (!(l->temps[t / 64] >> t % 64 & 1))
				return true;
			l->temps[t / 64] &= ~(1ull << t % 64);
		}
		return false;
	case OP_setlo:
		if (in->imm[0] < NVAR)
			return !(seen(l) & VARBIT(in->imm[0]));
		return !(l->temps[t / 64] >> t % 64 & 1);
	case OP_get: case OP_getlo:
		if (in->imm[0] >= NVAR)
			l->temps[t / 64] |= 1ull << t % 64;
		else
			l->vars.sure |= VARBIT(in->imm[0]);
		return false;
	case OP_poll:
		l->vars.sure |= (VARS_ALL & ~VARS_FLAGS & ~in->flush) | flags_wanted(in, exact);
		return false;
	case OP_trapif: case OP_expect:
		l->near = VARS_ALL & ~VARS_FLAGS;
		l->vars.sure |= VARS_KEPT | flags_wanted(in, exact);
		return false;
	case OP_guard:
		l->vars.sure |= (VARS_ALL & ~VARS_FLAGS) | flags_wanted(in, exact);
		return false;
	default:
		l->vars.sure |= ins_calls(in) ? VARS_ALL & ~VARS_FLAGS : ins_reads(in);
		return false;
	}
}

static varset
nobodys(struct wanted w)
{
	return ~whole_xmm(w.sure | w.maybe | VARS_KEPT) & VARS_ALL;
}

/* A value counts as read only if something live uses it: a chain of conditions that only feed dead flags is dead as a whole. */
enum purpose { SOLVE, REMOVE, NOTE };

static bool
scan(struct state *s, u32 b, enum purpose purpose)
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
		if (s->exact && in->op == OP_poll) {
			in->flush = nobodys(s->now.vars);
			continue;
		}
		if (step(&s->now, in, s->exact)) {
			if (purpose == REMOVE)
				*in = (struct ins){ .op = OP_nop, .pc = in->pc };
			continue;
		}
		s->now.vars.sure &= ~flags_ended(blk, in);
		if (purpose == NOTE && (in->op == OP_trapif || in->op == OP_expect))
			in->flush = nobodys(s->now.vars);
		if (purpose == NOTE && in->op == OP_guard)       /* a handler sees every register */
			in->flush = nobodys(s->now.vars) & VARS_FLAGS;
		for (u32 a = 0; a < na; a++)
			s->used[in->arg[a]] = 1;
	}
	changed = memcmp(&s->in[b], &s->now.vars, sizeof s->now.vars) || memcmp(tin, s->now.temps, s->words * sizeof(u64));
	s->in[b] = s->now.vars;
	memcpy(tin, s->now.temps, s->words * sizeof(u64));
	return changed;
}

static void
solve(struct state *s, struct cfg *c, struct func *f, const struct opt *o, bool exact)
{
	bool changed = true;
	u32 most = ir_largest(f);

	*s = (struct state){ .o = o, .f = f, .words = (f->ntemp + 63) / 64, .exact = exact };
	cfg_build(c, f, o->arena);
	s->used = arena_alloc(o->arena, most + 1);
	s->in = arena_alloc(o->arena, f->nblk * sizeof *s->in);
	s->tin = arena_alloc(o->arena, ((size_t)f->nblk * s->words + 1) * sizeof *s->tin);
	s->now.temps = arena_alloc(o->arena, (s->words + 1) * sizeof(u64));
	while (changed) {
		changed = false;
		for (u32 i = c->nreach; i-- > 0; )
			changed |= scan(s, c->rpo[i], SOLVE);
	}
}

void
opt_deadsets(struct func *f, const struct opt *o)
{
	struct state s;
	struct cfg c;

	solve(&s, &c, f, o, false);
	for (u32 i = 0; i < c.nreach; i++)
		scan(&s, c.rpo[i], REMOVE);
}

/* What is dead where a call comes back, or is not expected to be what it was before, or is dead before the function is left otherwise. */
static varset
dead_behind(const struct state *s, const struct blk *b, struct wanted w)
{
	u32 kind = b->term.kind;

	if (kind <= TERM_SWITCH)
		return 0;
	if (kind != TERM_CALL && kind != TERM_CALLIND) {
		w = across(s, b, w);
	} else if (s->o->sums) {
		struct crossing x = crossing(s, b);
		struct wanted spoilt = border_spoilt(&x);

		w.sure &= ~spoilt.sure;
		w.maybe &= ~spoilt.maybe;
	}
	return nobodys(w);
}

/*
 * What every path from a point on sets before any instruction as it was lifted looks at it: whoever goes on there may find anything in it.
 * What may leave keeps that in its flush set until regcache, a block in dead.
 */
void
opt_wanted(struct func *f, const struct opt *o)
{
	struct state s;
	struct cfg c;

	solve(&s, &c, f, o, true);
	for (u32 i = 0; i < c.nreach; i++) {
		struct blk *b = &f->blk[c.rpo[i]];
		struct wanted in = s.in[c.rpo[i]], out = { 0 };

		scan(&s, c.rpo[i], NOTE);
		b->dead = nobodys(in);
		for (u32 k = 0; k < b->term.nsucc; k++) {
			out.sure |= s.in[b->term.succ[k]].sure;
			out.maybe |= s.in[b->term.succ[k]].maybe;
		}
		b->term.flush = dead_behind(&s, b, out);
	}
}
