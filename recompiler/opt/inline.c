/*
 * inline.c - small functions built into their callers, and guesses for pointers. A call of a small function (summaries.c) becomes its blocks;
 * its return addresses are still pushed and popped, so whatever leaves in between leaves the guest state exact, and a return
 * is an OP expect: another pc than the call's goes upwards as it would from a call. A jump out of the small function
 * becomes a call here, with the return address that is already pushed.
 * A call of a stub that jumps through a pointer the loader fills (via) gets the function it probably holds as its guess.
 */
#include "opt.h"
#include <string.h>

enum { DEPTH_MAX = 3, GROWTH_MAX = 3000, DONE = 255 };            /* DONE: a depth: the call that remains behind a guess */

static const struct ins no_args = { .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } };

struct inliner {
	struct func *f;
	const struct opt *o;
	const struct surroundings *around;
	u8 *depth;                       /* of each block: how deep it was built in */
	u32 cap;
	u32 growth;                      /* instructions so far */
};

static ref
put(struct func *f, u32 b, enum op op, enum type t, u32 pc, ref x, ref y, u64 imm)
{
	struct ins in = no_args;

	in.op = op;
	in.type = t;
	in.pc = pc;
	in.arg[0] = x;
	in.arg[1] = y;
	in.imm[0] = imm;
	return ir_ins(f, b, in);
}

static void
set_depth(struct inliner *n, u32 b, u8 depth)
{
	if (b >= n->cap) {
		u32 cap = 2 * b + 16;
		n->depth = arena_grow(n->o->arena, n->depth, n->cap, cap);
		n->cap = cap;
	}
	n->depth[b] = depth;
}

/* ---- guesses ---- */

static u32
bound(const struct inliner *n, u32 slot)
{
	return slot ? n->around->bound(n->around->ctx, slot) : 0;
}

/* The stub's pointer belongs to another file: the call goes through it right here. */
static void
skip_stub(struct func *f, u32 b)
{
	struct term *t = &f->blk[b].term;
	struct ins load = no_args;

	load.op = OP_load;
	load.type = I32;
	load.size = 4;
	load.pc = t->pc;
	load.arg[0] = put(f, b, OP_addr, I32, t->pc, REF_NONE, REF_NONE, t->via);
	t->kind = t->kind == TERM_CALL ? TERM_CALLIND : TERM_TAILIND;
	t->val = ir_ins(f, b, load);
	t->target = t->via = 0;
}

static void
guess(const struct inliner *n, u32 b)
{
	struct blk *blk = &n->f->blk[b];
	struct term *t = &blk->term;
	const struct summary *s;

	if (t->kind == TERM_CALL || t->kind == TERM_TAIL) {
		s = summary_find(n->o->sums, t->target);
		t->via = s ? s->via : 0;
		t->guess = bound(n, t->via);
		if (t->via && !t->guess)
			skip_stub(n->f, b);
	} else if (t->kind == TERM_CALLIND || t->kind == TERM_TAILIND) {
		t->guess = bound(n, pointer_at(blk, t->val));
	}
}

/* A call whose guess is small: the block compares the pointer; the call stays for other values, the new block calls the guess. */
static u32
split(struct inliner *n, u32 b)
{
	struct func *f = n->f;
	struct term t = f->blk[b].term;
	u32 yes = ir_block(f, f->blk[b].pc), no = ir_block(f, f->blk[b].pc);
	struct term *x = &f->blk[yes].term;
	struct ins load = no_args;
	ref value, want;

	f->blk[yes].end = f->blk[no].end = f->blk[b].end;
	*x = t;
	x->kind = TERM_CALL;
	x->val = REF_NONE;
	x->target = t.guess;
	x->via = x->guess = 0;
	x->succ = arena_alloc(f->arena, sizeof(u32));
	x->succ[0] = t.succ[0];
	f->blk[no].term = t;
	f->blk[no].term.via = f->blk[no].term.guess = 0;
	load.op = OP_load;
	load.type = I32;
	load.size = 4;
	load.pc = t.pc;
	load.arg[0] = put(f, b, OP_addr, I32, t.pc, REF_NONE, REF_NONE, t.via);
	value = ir_ins(f, b, load);
	want = put(f, b, OP_addr, I32, t.pc, REF_NONE, REF_NONE, t.guess);
	f->blk[b].term = (struct term){ .kind = TERM_BR, .pc = t.pc, .nsucc = 2 };
	f->blk[b].term.val = put(f, b, OP_eq, I32, t.pc, value, want, 0);
	f->blk[b].term.succ = arena_alloc(f->arena, 2 * sizeof(u32));
	f->blk[b].term.succ[0] = yes;
	f->blk[b].term.succ[1] = no;
	set_depth(n, yes, n->depth[b]);
	set_depth(n, no, DONE);
	return yes;
}

/* ---- building in ---- */

static bool
writes_memory(const struct func *g)
{
	for (u32 i = 0; i < g->nblk; i++)
		for (u32 k = 0; k < g->blk[i].n; k++)
			if (ir_props(&g->blk[i].ins[k]) & P_STORE)
				return true;
	return false;
}

/* Temporaries of g become new ones of f. */
static void
adopt_temps(struct func *f, struct func *g)
{
	u32 first = NVAR + f->ntemp;

	for (u32 i = 0; i < g->ntemp; i++)
		ir_temp(f, g->temp_type[i]);
	for (u32 i = 0; g->ntemp && i < g->nblk; i++) {
		for (u32 k = 0; k < g->blk[i].n; k++) {
			struct ins *in = &g->blk[i].ins[k];

			if ((in->op == OP_get || in->op == OP_set || in->op == OP_getlo || in->op == OP_setlo) && in->imm[0] >= NVAR)
				in->imm[0] += first - NVAR;
		}
	}
}

static void
jump(struct func *f, u32 b, u32 to)
{
	struct term *t = &f->blk[b].term;

	*t = (struct term){ .kind = TERM_JMP, .pc = t->pc, .val = REF_NONE, .nsucc = 1 };
	t->succ = arena_alloc(f->arena, sizeof(u32));
	t->succ[0] = to;
}

/* How a block of the small function goes on, b being its number here: back behind the call, which was t. */
static void
join(struct func *f, u32 b, const struct term *t, bool check)
{
	struct term *x = &f->blk[b].term;

	switch (x->kind) {
	case TERM_RET:
		if (check) {
			ref want = put(f, b, OP_addr, I32, x->pc, REF_NONE, REF_NONE, t->ret);
			put(f, b, OP_expect, T_NONE, x->pc, x->val, want, 0);
		}
		jump(f, b, t->succ[0]);
		break;
	case TERM_TAIL: case TERM_TAILIND:
		x->kind = x->kind == TERM_TAIL ? TERM_CALL : TERM_CALLIND;
		x->rsp_changed = false;
		x->ret = t->ret;
		x->nsucc = 1;
		x->succ = arena_alloc(f->arena, sizeof(u32));
		x->succ[0] = t->succ[0];
		break;
	}
}

static void
build_in(struct inliner *n, u32 b, struct func *g)
{
	struct func *f = n->f;
	struct term t = f->blk[b].term;
	u32 first = f->nblk;
	bool check = writes_memory(g);

	adopt_temps(f, g);
	for (u32 i = 0; i < g->nblk; i++) {
		u32 k = ir_block(f, g->blk[i].pc);

		f->blk[k] = g->blk[i];
		for (u32 s = 0; s < f->blk[k].term.nsucc; s++)
			f->blk[k].term.succ[s] += first;
		join(f, k, &t, check);
		n->growth += f->blk[k].n + 1;
		set_depth(n, k, n->depth[b] + 1);
	}
	f->floats |= g->floats;
	jump(f, b, first);
}

static bool
is_small(const struct inliner *n, u32 pc)
{
	const struct summary *s = pc && pc != n->f->pc ? summary_find(n->o->sums, pc) : NULL;

	return s && s->small && !s->via;
}

static bool
calls(struct inliner *n, u32 b)
{
	struct term *t = &n->f->blk[b].term;
	struct func *g;

	if (n->depth[b] == DONE)
		return false;
	guess(n, b);
	if (t->kind != TERM_CALL || n->depth[b] >= DEPTH_MAX || n->growth > GROWTH_MAX)
		return false;
	if (!is_small(n, t->via ? t->guess : t->target))
		return false;
	g = n->around->body(n->around->ctx, n->f->arena, t->via ? t->guess : t->target);
	if (!g)
		return false;
	if (t->via)
		b = split(n, b);
	build_in(n, b, g);
	return true;
}

/* ---- chains of blocks become one, so that the passes see through them ---- */

static void
concatenate(struct func *f, u32 b, u32 s)
{
	u32 at = f->blk[b].n, n = f->blk[s].n;
	struct ins *ins = f->blk[s].ins;

	for (u32 i = 0; i < n; i++) {
		for (u32 a = 0, na = ir_nargs(&ins[i]); a < na; a++)
			ins[i].arg[a] += at;
		ir_ins(f, b, ins[i]);
	}
	f->blk[b].term = f->blk[s].term;
	if (f->blk[b].term.val != REF_NONE)
		f->blk[b].term.val += at;
	f->blk[s].n = 0;
	f->blk[s].term = (struct term){ .kind = TERM_LEAVE, .val = REF_NONE, .pc = f->blk[s].pc, .target = f->blk[s].pc };
}

static void
straighten(struct func *f, struct arena *a)
{
	u32 *preds = arena_alloc(a, f->nblk * sizeof *preds);

	preds[0] = 1;
	for (u32 i = 0; i < f->nblk; i++)
		for (u32 k = 0; k < f->blk[i].term.nsucc; k++)
			preds[f->blk[i].term.succ[k]]++;
	for (u32 i = 0; i < f->nblk; i++) {
		while (f->blk[i].term.kind == TERM_JMP) {
			u32 s = f->blk[i].term.succ[0];

			if (s == i || preds[s] != 1)
				break;
			concatenate(f, i, s);
		}
	}
}

void
opt_inline(struct func *f, const struct opt *o)
{
	struct inliner n = { .f = f, .o = o };
	bool changed = false;

	n.around = o->sums ? summaries_around(o->sums) : NULL;
	if (!n.around)
		return;
	set_depth(&n, f->nblk, 0);
	for (u32 b = 0; b < f->nblk; b++)
		changed |= calls(&n, b);
	if (changed)
		straighten(f, o->arena);
}
