/*
 * summaries.c - what callers know of callees, computed over the whole file: which variables of struct cpu a function or what it calls
 * may look at or change. Only proofs: indirect calls and unknown code touch everything, system calls look at everything. A caller
 * may keep what the callee does not touch dirty in a local: whatever leaves the callee otherwise than by returning (poll, trap, stack check, a
 * jump elsewhere) comes through the caller's check of the returned pc, which stores it before anything else runs.
 * Lazy flags count as dead at calls and returns unless some function of the file reads them at its entry, or behind a call; a function that
 * leaves them alone passes them on.
 */
#include "border.h"
#include "frame.h"
#include <stdlib.h>
#include <string.h>

/* what is small enough to be built into its callers */
enum { SMALL_BLOCKS = 10, SMALL_INSNS = 16, SMALL_STRAIGHT = 24 };

struct call {
	u32 target;                      /* 0: indirect */
	bool tail;
	bool flags;                      /* flags are read behind it */
	bool first;                      /* it may be reached with the flags that the function was entered with */
	bool later;                      /* or with those that another call returned with */
};

struct local {
	struct summary sum;
	varset own;                      /* written by its own instructions and not kept */
	bool passes;                     /* it may return with the flags it was entered with, if what it calls does */
	bool relays;                     /* it may return with flags that something it calls returned with */
	struct frame_facts frame;
	struct border border;
	u32 ncall, cap;
	struct call *call;
};

struct summaries {
	struct arena *arena;
	u32 n;
	struct local *fn;                /* sorted by pc after summaries_solve */
	const struct surroundings *around;
	bool flags_in;
	varset unknown;
};

struct summaries *
summaries_new(struct arena *a, u32 nfunc, const struct surroundings *around)
{
	struct summaries *s = arena_alloc(a, sizeof *s);

	s->arena = a;
	s->n = nfunc;
	s->around = around;
	s->fn = arena_alloc(a, nfunc * sizeof *s->fn);
	return s;
}

const struct surroundings *
summaries_around(const struct summaries *s)
{
	return s->around;
}

/* rsp, and what it looks at before it sets it: it never touches the others, so they stay where they are. */
varset
summary_params(const struct summary *s)
{
	return s ? VARS_PARAMS & (VARBIT(VAR_RSP) | (s->reads & (s->entry.sure | s->entry.maybe))) : VARS_PARAMS;
}

varset
summaries_unknown(const struct summaries *s)
{
	return s->unknown;
}

bool
summaries_flags_in(const struct summaries *s)
{
	return s->flags_in;
}

static struct local *
find(const struct summaries *s, u32 pc)
{
	u32 lo = 0, hi = s->n;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (s->fn[mid].sum.pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->fn[lo].sum.pc == pc ? &s->fn[lo] : NULL;
}

const struct summary *
summary_find(const struct summaries *s, u32 pc)
{
	struct local *l = find(s, pc);

	return l ? &l->sum : NULL;
}

/* The flag variables, and that CF is read whatever kind they are: conditions that do not ask for it leave FB to the kinds that compare. */
#define CARRY VARBIT(NVAR)
#define FLAGS (VARS_FLAGS | CARRY)

static varset
flags_used(const struct ins *in)
{
	varset reads = ins_reads(in) & VARS_FLAGS;
	u32 cc = in->imm[0] & ~1u;
	bool carry = in->op == OP_cond ? cc == CC_B || cc == CC_BE : (reads & VARBIT(VAR_FB)) != 0;

	return reads | (carry ? CARRY : 0);
}

/* As flags_ended, and FB if it holds a CF that nobody reads. */
static varset
flags_unused(const struct blk *b, const struct ins *in, varset live)
{
	const struct ins *k = &b->ins[in->arg[0]];

	if (in->op != OP_set || (in->imm[0] != VAR_FK && in->imm[0] != VAR_FB))
		return 0;
	if (in->imm[0] == VAR_FB)
		return CARRY;
	if (!(live & CARRY) && k->op == OP_const && k->imm[0] >= FLAG_RES8 && k->imm[0] <= FLAG_RES64)
		return CARRY | VARBIT(VAR_FB);
	return CARRY | flags_ended(b, in);
}

/*
 * Flags that a block reads from before it, when those in live are wanted behind it. Only what something live uses counts: inc reads CF
 * to keep it, mostly for nobody.
 */
static varset
flags_read(const struct blk *b, varset live, u8 *used)
{
	memset(used, 0, b->n);
	if (b->term.val != REF_NONE)
		used[b->term.val] = 1;
	for (u32 i = b->n; i-- > 0; ) {
		const struct ins *in = &b->ins[i];
		varset wr = ins_writes(in) & VARS_FLAGS;
		u32 na = ir_nargs(in);

		if ((!used[i] && ins_droppable(in)) || (wr && !(wr & live)))
			continue;
		live &= ~wr & ~flags_unused(b, in, live);
		live |= flags_used(in);
		for (u32 a = 0; a < na; a++)
			used[in->arg[a]] = 1;
	}
	return live;
}

static void
add_call(struct local *l, const struct term *t, bool flags, bool first, bool later)
{
	if (l->ncall == l->cap) {
		l->cap = 2 * l->cap + 4;
		l->call = realloc(l->call, l->cap * sizeof *l->call);
		if (!l->call)
			die("out of memory");
	}
	l->call[l->ncall++] = (struct call){
		.target = t->kind == TERM_CALL || t->kind == TERM_TAIL ? t->target : 0,
		.tail = t->kind == TERM_TAIL || t->kind == TERM_TAILIND,
		.flags = flags,
		.first = first,
		.later = later
	};
}

static bool
is_call(const struct term *t)
{
	return t->kind == TERM_CALL || t->kind == TERM_CALLIND;
}

/*
 * Blocks whose end may be reached with flags that were there at the function's entry, or behind one of its calls, as if calls kept them.
 * True if the function may return with them.
 */
static bool
scan_passing(const struct func *f, bool behind_calls, bool *ends, u8 *used)
{
	bool changed = f->nblk > 0, passes = false, *begins = calloc(f->nblk + 1, sizeof *begins);

	if (!begins)
		die("out of memory");
	begins[0] = !behind_calls;
	for (u32 b = 0; behind_calls && b < f->nblk; b++)
		for (u32 k = 0; is_call(&f->blk[b].term) && k < f->blk[b].term.nsucc; k++)
			begins[f->blk[b].term.succ[k]] = true;
	while (changed) {
		changed = false;
		for (u32 b = 0; b < f->nblk; b++) {
			const struct term *t = &f->blk[b].term;

			if (!begins[b] || ends[b] || !flags_read(&f->blk[b], FLAGS, used))
				continue;
			ends[b] = changed = true;
			passes |= t->kind == TERM_RET || t->kind == TERM_LEAVE;
			for (u32 k = 0; k < t->nsucc; k++)
				begins[t->succ[k]] = true;
		}
	}
	free(begins);
	return passes;
}

/* Flags live into a function or behind its calls, assuming they are dead at all exits. */
static void
scan_flags(struct local *l, const struct func *f)
{
	varset *in = calloc(f->nblk, sizeof *in);
	bool changed = true, last = false, *passing = calloc(f->nblk, sizeof *passing), *behind = calloc(f->nblk, sizeof *behind);
	u32 most = ir_largest(f);
	u8 *used;

	used = malloc(most + 1);
	if (!in || !used || !passing || !behind)
		die("out of memory");
	l->passes = scan_passing(f, false, passing, used);
	l->relays = scan_passing(f, true, behind, used);
	while (changed || !last) {
		last = !changed;
		changed = false;
		for (u32 b = f->nblk; b-- > 0; ) {
			const struct term *t = &f->blk[b].term;
			bool call = t->kind >= TERM_CALL && t->kind <= TERM_TAILIND;
			varset live = 0;

			for (u32 k = 0; k < t->nsucc; k++)
				live |= in[t->succ[k]];
			if (call && last)
				add_call(l, t, live != 0, passing[b], behind[b]);
			if (call)
				live = 0;
			live = flags_read(&f->blk[b], live, used);
			changed |= live != in[b];
			in[b] = live;
		}
	}
	l->sum.flags_in = f->nblk && in[0];
	free(in);
	free(passing);
	free(behind);
	free(used);
}

/* What the function itself touches. Any jump back may be a loop, and loops poll. */
static void
scan_vars(struct local *l, const struct func *f)
{
	varset reads = VARBIT(VAR_RSP), writes = 0;

	for (u32 b = 0; b < f->nblk; b++) {
		const struct blk *blk = &f->blk[b];

		for (u32 i = 0; i < blk->n; i++) {
			reads |= ins_calls(&blk->ins[i]) ? VARS_ALL : ins_reads(&blk->ins[i]);
			writes |= ins_calls(&blk->ins[i]) ? VARS_ALL : ins_writes(&blk->ins[i]);
		}
		for (u32 k = 0; k < blk->term.nsucc; k++)
			if (blk->term.succ[k] <= b)
				writes |= VARBIT(VAR_FUEL);
		if (blk->term.kind == TERM_SYSCALL) {
			reads = VARS_ALL;
			writes |= VARS_SYSCALL;
		}
	}
	l->sum.reads = whole_xmm(reads | writes);
	l->sum.writes = whole_xmm(writes);
}

/* Nothing but jmp *slot. */
static u32
jump_through(const struct func *f)
{
	const struct blk *b = &f->blk[0];

	if (f->nblk != 1 || b->term.kind != TERM_TAILIND)
		return 0;
	for (u32 i = 0; i < b->n; i++)
		if (!(ir_props(&b->ins[i]) & (P_PURE | P_LOAD)) && b->ins[i].op != OP_nop)
			return 0;
	return pointer_at(b, b->term.val);
}

/* Few instructions that run once each, every way out is a return or a jump to another function. */
static bool
is_small(const struct func *f, const struct frame_facts *frame)
{
	u32 n = 0, pc = 0;

	if (f->nblk > SMALL_BLOCKS || f->rsp_tainted || frame->needs || !frame->balanced)
		return false;
	for (u32 i = 0; i < f->nblk; i++) {
		const struct blk *b = &f->blk[i];

		for (u32 k = 0; k < b->term.nsucc; k++)
			if (b->term.succ[k] <= i)
				return false;
		if (b->term.kind == TERM_SWITCH || (b->term.nsucc && b->term.kind > TERM_SWITCH) || b->term.kind == TERM_LEAVE)
			return false;
		for (u32 k = 0; k < b->n; k++) {
			if (ins_calls(&b->ins[k]))
				return false;
			n += b->ins[k].pc != pc;
			pc = b->ins[k].pc;
		}
	}
	return n <= (f->nblk == 1 ? SMALL_STRAIGHT : SMALL_INSNS);
}

void
summary_scan(struct summaries *s, u32 index, struct func *f, bool outside)
{
	struct local *l = &s->fn[index];
	struct opt o = { .arena = f->arena, .known_flags = true };

	l->sum = (struct summary){ .pc = f->pc, .indirect = !f->direct_only, .floats = f->floats };
	opt_forward(f, &o);
	opt_flags(f, &o);
	opt_forward(f, &o);
	opt_fold(f, &o);
	opt_bounds(f, &o);
	scan_flags(l, f);
	scan_vars(l, f);
	frame_analyse(f, &o, true, &l->frame);
	l->sum.small = is_small(f, &l->frame);
	l->sum.any = !l->frame.balanced;
	l->sum.via = jump_through(f);
	l->border = (struct border){ .sum = &l->sum, .outside = outside };
	border_scan(&l->border, f);
	l->own = l->sum.writes;
	l->sum.writes &= ~l->frame.keeps;
}

static int
by_pc(const void *x, const void *y)
{
	const struct local *a = x, *b = y;

	return a->sum.pc < b->sum.pc ? -1 : a->sum.pc > b->sum.pc;
}

static bool
reads_flags(const struct summaries *s, const struct call *c)
{
	const struct local *callee = c->target ? find(s, c->target) : NULL;

	return callee ? callee->sum.flags_in : s->flags_in;
}

/* Somebody may look at the flags that one of its calls returned with: who called it, or what it calls next. */
static bool
hands_on(const struct summaries *s, const struct local *l)
{
	bool found = l->relays && l->sum.flags_out;

	for (u32 k = 0; !found && k < l->ncall; k++)
		found = l->call[k].later && reads_flags(s, &l->call[k]);
	return found;
}

/* Whose flags at the return somebody reads: callees of such calls, and what they jump to. */
static bool
mark_flags(struct summaries *s, const struct local *l, const struct call *c, bool handed_on)
{
	struct local *callee = c->target ? find(s, c->target) : NULL;
	bool changed = false;

	if (!(c->tail ? l->sum.flags_out : c->flags || handed_on))
		return false;
	if (callee) {
		changed = !callee->sum.flags_out;
		callee->sum.flags_out = true;
		return changed;
	}
	for (u32 i = 0; i < s->n; i++) {
		if (s->fn[i].sum.flags_out || !(s->fn[i].sum.indirect || c->target))
			continue;
		s->fn[i].sum.flags_out = true;
		changed = true;
	}
	return changed;
}

/*
 * Whether somebody looks at the flags that the function is entered with: itself, who reads the flags it returns with, if it passes them on, or
 * a function that it calls or jumps to with them.
 */
static bool
mark_entry(struct summaries *s, struct local *l)
{
	bool wanted = l->sum.flags_in || (l->passes && l->sum.flags_out);

	for (u32 k = 0; !wanted && k < l->ncall; k++)
		wanted = l->call[k].first && reads_flags(s, &l->call[k]);
	if (wanted && l->sum.indirect && !s->flags_in)
		s->flags_in = true;
	else if (wanted == l->sum.flags_in)
		return false;
	l->sum.flags_in = wanted;
	return true;
}

/* Through stubs, too: their pointers probably hold functions of this file. */
static bool
calls_floats(const struct summaries *s, const struct call *c)
{
	const struct local *callee = c->target ? find(s, c->target) : NULL;

	if (callee && callee->sum.via)
		callee = find(s, s->around->bound(s->around->ctx, callee->sum.via));
	return callee && callee->sum.floats;
}

/* The caller touches what the callee touches. */
static bool
add_callee(struct summaries *s, struct local *l, const struct call *c)
{
	const struct local *callee = c->target ? find(s, c->target) : NULL;
	varset reads = callee ? callee->sum.reads : VARS_ALL, writes = callee ? callee->sum.writes : VARS_ALL;
	bool changed = false;

	if (!c->tail && writes & l->frame.needs) {
		l->frame = (struct frame_facts){ 0 };
		l->sum.writes |= l->own;
		changed = true;
	}
	if (!c->tail)
		writes &= ~l->frame.restores;
	changed |= (reads & ~l->sum.reads) || (writes & ~l->sum.writes);
	l->sum.reads |= reads;
	l->sum.writes |= writes;
	return changed;
}

static struct border *
find_border(void *ctx, u32 pc)
{
	struct local *l = find(ctx, pc);

	return l ? &l->border : NULL;
}

static void
solve_borders(struct summaries *s)
{
	struct border **fn = malloc((s->n + 1) * sizeof *fn);

	if (!fn)
		die("out of memory");
	for (u32 i = 0; i < s->n; i++) {
		struct local *l = &s->fn[i];

		fn[i] = &l->border;
		l->border.sum = &l->sum;
	}
	s->unknown = whole_xmm(border_solve(fn, s->n, find_border, s));
	for (u32 i = 0; i < s->n; i++) {
		struct summary *x = &s->fn[i].sum;

		x->entry.sure = whole_xmm(x->entry.sure);
		x->entry.maybe = whole_xmm(x->entry.maybe);
		x->exit = whole_xmm(x->exit);
		border_free(fn[i]);
	}
	free(fn);
}

void
summaries_solve(struct summaries *s)
{
	bool changed = true;

	qsort(s->fn, s->n, sizeof *s->fn, by_pc);
	while (changed) {
		changed = false;
		for (u32 i = 0; i < s->n; i++) {
			bool handed_on = hands_on(s, &s->fn[i]);

			changed |= mark_entry(s, &s->fn[i]);
			for (u32 k = 0; k < s->fn[i].ncall; k++) {
				changed |= mark_flags(s, &s->fn[i], &s->fn[i].call[k], handed_on);
				changed |= add_callee(s, &s->fn[i], &s->fn[i].call[k]);
				if (!s->fn[i].sum.floats && calls_floats(s, &s->fn[i].call[k]))
					changed = s->fn[i].sum.floats = true;
			}
		}
	}
	solve_borders(s);
}

void
summaries_free(struct summaries *s)
{
	for (u32 i = 0; i < s->n; i++)
		free(s->fn[i].call);
}
