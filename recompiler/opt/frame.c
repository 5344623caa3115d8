/*
 * frame.c - what a function does with the guest stack: where rsp is at each point, relative to the entry, and which callee-saved registers
 * come back as they were. Every return and jump out whose rsp is not proven to be right gets the check of docs/abi.md; so whoever
 * is returned to at the expected pc knows rsp, and after a call rsp is computed instead of fetched.
 * One assumption, that of every compiler: the slot into which a register was pushed is written only through rsp or a copy of it.
 */
#include "frame.h"

static const u8 reg_var[FRAME_REGS] = { VAR_RBX, VAR_RBP, VAR_R12, VAR_R13, VAR_R14, VAR_R15 };

enum kind { OTHER, STACK, ENTRY, PASSED };       /* unknown; rsp at entry + k; register k at entry; the same if callees kept it */
struct val {
	u8 kind;
	i32 k;
};
#define NO_SLOT INT32_MIN
#define FRAME_LIMIT (1 << 28)

struct state {
	struct val rsp, reg[FRAME_REGS];
	i32 slot[FRAME_REGS];            /* where the register's value at entry was stored */
	bool seen;
};

struct frame {
	struct func *f;
	const struct opt *o;
	bool scan;                       /* callees are not known yet: assume the best and note it */
	struct state *in;
	struct val *val;
	struct frame_facts *facts;
};

static struct val
meet_val(struct val a, struct val b)
{
	if (a.kind == b.kind && a.k == b.k)
		return a;
	if (a.kind >= ENTRY && b.kind >= ENTRY && a.k == b.k)
		return (struct val){ PASSED, a.k };
	return (struct val){ OTHER, 0 };
}

static bool
same_val(struct val a, struct val b)
{
	return a.kind == b.kind && a.k == b.k;
}

/* true if it changed */
static bool
meet(struct state *to, const struct state *from)
{
	struct state old = *to;
	bool changed;

	if (!old.seen) {
		*to = *from;
		to->seen = true;
		return true;
	}
	to->rsp = meet_val(old.rsp, from->rsp);
	changed = !same_val(to->rsp, old.rsp);
	for (u32 i = 0; i < FRAME_REGS; i++) {
		to->reg[i] = meet_val(old.reg[i], from->reg[i]);
		if (old.slot[i] != from->slot[i])
			to->slot[i] = NO_SLOT;
		changed |= !same_val(to->reg[i], old.reg[i]) || to->slot[i] != old.slot[i];
	}
	return changed;
}

static struct val *
variable(struct state *s, u64 var)
{
	if (var == VAR_RSP)
		return &s->rsp;
	for (u32 i = 0; i < FRAME_REGS; i++)
		if (reg_var[i] == var)
			return &s->reg[i];
	return NULL;
}

static void
stored(struct frame *fr, struct state *s, const struct ins *in)
{
	struct val a = fr->val[in->arg[0]], v;
	i32 at, size = in->size ? in->size : 16;

	if (a.kind != STACK)
		return;
	at = a.k + (i32)in->imm[0];
	for (u32 i = 0; i < FRAME_REGS; i++)
		if (s->slot[i] != NO_SLOT && at < s->slot[i] + 8 && s->slot[i] < at + size)
			s->slot[i] = NO_SLOT;
	v = in->op == OP_store && in->size == 8 ? fr->val[in->arg[1]] : (struct val){ OTHER, 0 };
	if (v.kind == ENTRY && s->slot[v.k] == NO_SLOT)
		s->slot[v.k] = at;
}

static struct val
loaded(const struct frame *fr, const struct state *s, const struct ins *in)
{
	struct val a = fr->val[in->arg[0]];

	if (a.kind == STACK && in->size == 8 && in->type == I64)
		for (u32 i = 0; i < FRAME_REGS; i++)
			if (s->slot[i] == a.k + (i32)in->imm[0])
				return (struct val){ ENTRY, i };
	return (struct val){ OTHER, 0 };
}

static struct val
compute(struct frame *fr, struct state *s, const struct blk *b, const struct ins *in)
{
	struct val v = { OTHER, 0 }, *var;
	const struct ins *y;

	switch (in->op) {
	case OP_get:
		var = variable(s, in->imm[0]);
		return var ? *var : v;
	case OP_set:
		var = variable(s, in->imm[0]);
		if (var)
			*var = fr->val[in->arg[0]];
		return v;
	case OP_wrap:
		return fr->val[in->arg[0]].kind == STACK ? fr->val[in->arg[0]] : v;
	case OP_add: case OP_sub:
		y = &b->ins[in->arg[1]];
		v = fr->val[in->arg[0]];
		if (v.kind != STACK || y->op != OP_const)
			return (struct val){ OTHER, 0 };
		v.k = (i32)((u32)v.k + (in->op == OP_add ? (u32)y->imm[0] : -(u32)y->imm[0]));
		return v.k > -FRAME_LIMIT && v.k < FRAME_LIMIT ? v : (struct val){ OTHER, 0 };
	case OP_load:
		return loaded(fr, s, in);
	case OP_store: case OP_rmw_add: case OP_rmw_sub: case OP_rmw_and: case OP_rmw_or: case OP_rmw_xor: case OP_rmw_xchg:
	case OP_cmpxchg:
		stored(fr, s, in);
		return v;
	}
	if (ins_calls(in)) {
		s->rsp = v;
		for (u32 i = 0; i < FRAME_REGS; i++)
			s->reg[i] = v;
	}
	return v;
}

static void
called(struct frame *fr, struct state *s, const struct term *t)
{
	const struct summary *x = fr->o->sums && !fr->scan && t->kind == TERM_CALL ? summary_find(fr->o->sums, t->target) : NULL;
	varset writes = x ? x->writes : VARS_ALL;

	if (s->rsp.kind == STACK)
		s->rsp.k += 8;
	for (u32 i = 0; i < FRAME_REGS; i++) {
		struct val *v = &s->reg[i];

		if (v->kind >= ENTRY && (u32)v->k == i)
			v->kind = PASSED;
		else if (v->kind == STACK && fr->scan)
			fr->facts->needs |= VARBIT(reg_var[i]);
		else if (v->kind != STACK || writes & VARBIT(reg_var[i]))
			v->kind = OTHER;
		if (v->kind == OTHER)
			v->k = 0;
	}
}

static void
at_exit(struct frame *fr, struct term *t, const struct state *s)
{
	i32 right = t->kind == TERM_RET ? 8 : 0;

	if (t->kind != TERM_RET && t->kind != TERM_TAIL && t->kind != TERM_TAILIND)
		return;
	if (s->rsp.kind != STACK || s->rsp.k != right)
		fr->facts->balanced = false;
	if (!fr->scan)
		t->rsp_changed = s->rsp.kind != STACK || s->rsp.k != right;
	for (u32 i = 0; i < FRAME_REGS; i++) {
		if (s->reg[i].kind < ENTRY || (u32)s->reg[i].k != i)
			fr->facts->keeps &= ~VARBIT(reg_var[i]);
		if (s->reg[i].kind != ENTRY || (u32)s->reg[i].k != i)
			fr->facts->restores &= ~VARBIT(reg_var[i]);
	}
}

static void
through(struct frame *fr, u32 b, struct state *s)
{
	const struct blk *blk = &fr->f->blk[b];

	for (u32 i = 0; i < blk->n; i++)
		fr->val[i] = compute(fr, s, blk, &blk->ins[i]);
}

static void
solve(struct frame *fr, const struct cfg *c)
{
	struct state *s0 = &fr->in[0];

	s0->rsp = (struct val){ STACK, 0 };
	for (u32 i = 0; i < FRAME_REGS; i++) {
		s0->reg[i] = (struct val){ ENTRY, i };
		s0->slot[i] = NO_SLOT;
	}
	s0->seen = true;
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = 0; i < c->nreach; i++) {
			u32 b = c->rpo[i];
			struct state s = fr->in[b];
			const struct term *t = &fr->f->blk[b].term;

			if (!s.seen)
				continue;
			through(fr, b, &s);
			if (t->kind == TERM_CALL || t->kind == TERM_CALLIND)
				called(fr, &s, t);
			for (u32 k = 0; k < t->nsucc; k++)
				changed |= meet(&fr->in[t->succ[k]], &s);
		}
	}
}

void
frame_analyse(struct func *f, const struct opt *o, bool scan, struct frame_facts *facts)
{
	struct frame fr = { .f = f, .o = o, .scan = scan, .facts = facts };
	struct cfg c;
	u32 most = ir_largest(f);

	cfg_build(&c, f, o->arena);
	*facts = (struct frame_facts){ .keeps = FRAME_SAVED, .restores = FRAME_SAVED, .balanced = true };
	fr.val = arena_alloc(o->arena, (most + 1) * sizeof *fr.val);
	fr.in = arena_alloc(o->arena, f->nblk * sizeof *fr.in);
	solve(&fr, &c);
	for (u32 i = 0; i < c.nreach; i++) {
		u32 b = c.rpo[i];
		struct state s = fr.in[b];

		through(&fr, b, &s);
		at_exit(&fr, &f->blk[b].term, &s);
	}
}

static void
add_rsp(struct func *f, u32 b, u32 pc)
{
	struct ins in = { .type = I64, .pc = pc, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } };
	struct ins get = in, eight = in, add = in, set = in;

	get.op = OP_get;
	get.imm[0] = set.imm[0] = VAR_RSP;
	eight.op = OP_const;
	eight.imm[0] = 8;
	add.op = OP_add;
	set.op = OP_set;
	add.arg[0] = ir_ins(f, b, get);
	add.arg[1] = ir_ins(f, b, eight);
	set.arg[0] = ir_ins(f, b, add);
	ir_ins(f, b, set);
}

/* rsp behind a call: regcache takes the variable for kept, so it still is what it was before the return address was popped. */
static void
after_call(struct func *f, const struct cfg *c, u32 p)
{
	u32 b = f->blk[p].term.succ[0], n;
	struct blk *blk = &f->blk[b];
	struct ins *old;

	if (c->pred_at[b + 1] - c->pred_at[b] != 1) {
		n = cfg_split_edge(f, p, 0);
		add_rsp(f, n, f->blk[n].pc);
		return;
	}
	old = take_ins(f, b, &n);
	add_rsp(f, b, blk->pc);
	for (u32 i = 0; i < n; i++) {
		for (u32 a = 0, na = ir_nargs(&old[i]); a < na; a++)
			old[i].arg[a] += 4;
		ir_ins(f, b, old[i]);
	}
	if (f->blk[b].term.val != REF_NONE)
		f->blk[b].term.val += 4;
}

void
opt_frame(struct func *f, const struct opt *o)
{
	struct frame_facts facts;
	struct cfg c;
	u32 n = f->nblk;

	frame_analyse(f, o, false, &facts);
	f->rsp_tainted = false;
	for (u32 i = 0; i < n; i++)
		f->rsp_tainted |= f->blk[i].term.rsp_changed;
	cfg_build(&c, f, o->arena);
	for (u32 i = 0; i < n; i++)
		if (c.num[i] != REF_NONE && (f->blk[i].term.kind == TERM_CALL || f->blk[i].term.kind == TERM_CALLIND))
			after_call(f, &c, i);
}
