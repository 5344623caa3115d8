/*
 * xmm.c - scalar floating point without vectors. An XMM register is in one of four forms at each point: whole in the V128 variable (V), in
 * XMMD and XMMH (D: low double, high half), in XMMS, XMMT and XMMH (S: low single, bits 32..63, high half), or only read
 * since struct cpu had it (NONE: any variable may be fetched). getlo and setlo disappear here; where forms differ at a merge, the edge
 * converts to what comes next. xmmform.c builds the conversions.
 */
#include "xmm.h"
#include <string.h>

static u32
form_of(u32 forms, u32 n)
{
	return forms >> 2 * n & 3;
}

static void
set_form(u32 *forms, u32 n, u32 form)
{
	*forms = (*forms & ~(3u << 2 * n)) | form << 2 * n;
}

static bool
is_xmm(const struct ins *in)
{
	return (in->op == OP_get || in->op == OP_set || in->op == OP_getlo || in->op == OP_setlo) && in->imm[0] >= VAR_XMM0 &&
	       in->imm[0] < VAR_XMM0 + 16;
}

static u32
scalar_form(const struct ins *in)
{
	return in->type == I64 || in->type == F64 ? FORM_D : FORM_S;
}

/* A get that only feeds sets of XMM registers copies whatever form there is. */
static void
find_copies(struct xforms *x, const struct blk *b)
{
	memset(x->copy, 0, b->n);
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];

		if (in->op == OP_get && is_xmm(in))
			x->copy[i] = 1;
		for (u32 a = 0, n = ir_nargs(in); a < n; a++)
			if (!(in->op == OP_set && is_xmm(in)))
				x->copy[in->arg[a]] = 0;
	}
}

/* For every access: how the register is used next, going on behind the block with forms. Returns the use at the block's start. */
static u32
next_uses(struct xforms *x, const struct blk *b, u32 forms)
{
	if (b->term.kind == TERM_CALL || b->term.kind == TERM_CALLIND)
		forms = 0;
	for (u32 i = b->n; i-- > 0; ) {
		const struct ins *in = &b->ins[i];
		u32 n = in->imm[0] - VAR_XMM0;

		if (ins_calls(in))
			forms = 0;
		if (!is_xmm(in))
			continue;
		x->next[i] = form_of(forms, n);
		if (in->op == OP_set) {
			u32 from = in->arg[0];
			/* the source of a copy is wanted in the form of the copy */
			if (x->copy[from] && !form_of(forms, b->ins[from].imm[0] - VAR_XMM0))
				set_form(&forms, b->ins[from].imm[0] - VAR_XMM0, form_of(forms, n));
			set_form(&forms, n, 0);
		} else if (in->op == OP_setlo && form_of(forms, n) == FORM_V) {
			continue;
		} else if (in->op != OP_get) {
			set_form(&forms, n, scalar_form(in));
		} else if (!x->copy[i]) {
			set_form(&forms, n, FORM_V);
		}
	}
	return forms;
}

/* The form behind an access; copied is the form of a copy's source. */
static u32
form_after(const struct xforms *x, const struct blk *b, u32 i, u32 form, const u8 *copied)
{
	const struct ins *in = &b->ins[i];
	const struct ins *v;

	switch (in->op) {
	case OP_get:
		return (form == FORM_D || form == FORM_S) && !x->copy[i] && x->next[i] == FORM_V ? FORM_V : form;
	case OP_getlo:
		return form;
	case OP_setlo:
		return (form == FORM_V || form == FORM_NONE) && x->next[i] == FORM_V ? FORM_V : scalar_form(in);
	}
	v = &b->ins[in->arg[0]];
	if (v->op == OP_vconst)
		return x->next[i] == FORM_NONE ? FORM_D : x->next[i];
	return x->copy[in->arg[0]] ? copied[in->arg[0]] : FORM_V;
}

/* The form a copy's get delivers: NONE registers are read as the next use likes. */
static u32
copy_form(const struct xforms *x, u32 i, u32 form)
{
	if (form != FORM_NONE)
		return form;
	return x->next[i] == FORM_NONE ? FORM_V : x->next[i];
}

/* Forms at the end of a block entered with forms; only looks. */
static u32
through(struct xforms *x, const struct blk *b, u32 forms)
{
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];
		u32 n = in->imm[0] - VAR_XMM0;

		if (ins_calls(in))
			forms = 0;
		if (!is_xmm(in))
			continue;
		if (x->copy[i])
			x->copied[i] = copy_form(x, i, form_of(forms, n));
		set_form(&forms, n, form_after(x, b, i, form_of(forms, n), x->copied));
	}
	return forms_behind(x, b, forms);
}

u32
forms_behind(const struct xforms *x, const struct blk *b, u32 forms)
{
	const struct summary *s;
	varset touched;

	if (b->term.kind != TERM_CALL && b->term.kind != TERM_CALLIND)
		return forms;
	s = x->o->sums && b->term.kind == TERM_CALL ? summary_find(x->o->sums, b->term.target) : NULL;
	touched = s ? s->reads | s->writes : VARS_ALL;
	for (u32 n = 0; n < 16; n++)
		if (touched & VARBIT(VAR_XMM0 + n))
			set_form(&forms, n, FORM_NONE);
	return forms;
}

static void
want(struct xforms *x)
{
	for (int round = 0; round < 3; round++) {
		for (u32 i = x->c.nreach; i-- > 0; ) {
			u32 b = x->c.rpo[i], forms = 0, depth = 0;
			const struct term *t = &x->f->blk[b].term;

			for (u32 k = 0; k < t->nsucc; k++) {
				u32 s = t->succ[k], w = x->want[s];
				bool deeper = x->c.depth[s] > depth;

				for (u32 n = 0; n < 16; n++)
					if (form_of(w, n) && (deeper || !form_of(forms, n)))
						set_form(&forms, n, form_of(w, n));
				depth = deeper ? x->c.depth[s] : depth;
			}
			x->want_out[b] = forms;
			find_copies(x, &x->f->blk[b]);
			x->want[b] = next_uses(x, &x->f->blk[b], forms);
		}
	}
}

/* Forms at the start of b: what the predecessors agree on, else what comes next. */
static u32
meet(struct xforms *x, u32 b)
{
	u32 in = x->in[b];

	for (u32 k = x->c.pred_at[b]; k < x->c.pred_at[b + 1]; k++) {
		u32 p = x->c.pred[k];

		if (!x->seen[p])
			continue;
		for (u32 n = 0; n < 16; n++) {
			u32 old = form_of(in, n), new = form_of(x->out[p], n);

			if (new == FORM_NONE || new == old || x->conflict[b] >> n & 1)
				continue;
			if (old == FORM_NONE) {
				set_form(&in, n, new);
				continue;
			}
			x->conflict[b] |= 1u << n;
			set_form(&in, n, form_of(x->want[b], n) ? form_of(x->want[b], n) : FORM_V);
		}
	}
	return in;
}

static void
solve(struct xforms *x)
{
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = 0; i < x->c.nreach; i++) {
			u32 b = x->c.rpo[i], in = meet(x, b), out;

			if (x->seen[b] && in == x->in[b])
				continue;
			x->in[b] = in;
			find_copies(x, &x->f->blk[b]);
			next_uses(x, &x->f->blk[b], x->want_out[b]);
			out = through(x, &x->f->blk[b], in);
			changed |= !x->seen[b] || out != x->out[b];
			x->seen[b] = 1;
			x->out[b] = out;
		}
	}
}

static void
rewrite(struct xforms *x, u32 b)
{
	struct blk before = x->f->blk[b];
	u32 forms = x->in[b], n;
	struct ins *old = take_ins(x->f, b, &n);

	find_copies(x, &before);
	next_uses(x, &before, x->want_out[b]);
	x->b = b;
	for (u32 i = 0; i < n; i++) {
		struct ins in = old[i];
		u32 r = in.imm[0] - VAR_XMM0, form, after;

		for (u32 a = 0, na = ir_nargs(&in); a < na; a++)
			if (!x->copy[in.arg[a]])
				in.arg[a] = x->map[in.arg[a]];
		if (ins_calls(&in))
			forms = 0;
		if (!is_xmm(&in)) {
			x->map[i] = ir_ins(x->f, b, in);
			continue;
		}
		x->pc = in.pc;
		form = form_of(forms, r);
		if (x->copy[i])
			x->copied[i] = copy_form(x, i, form);
		after = form_after(x, &before, i, form, x->copied);
		x->map[i] = xmm_access(x, &before, i, &in, form, after);
		set_form(&forms, r, after);
	}
	if (before.term.val != REF_NONE)
		x->f->blk[b].term.val = x->map[before.term.val];
}

static void
convert_edge(struct xforms *x, u32 p, u32 k)
{
	u32 s = x->f->blk[p].term.succ[k];
	u32 from = x->out[p], to, b = p;

	if (s >= x->c.n)
		return;
	to = x->in[s];
	for (u32 n = 0; n < 16; n++) {
		u32 f = form_of(from, n), t = form_of(to, n);

		if (f == t || f == FORM_NONE || t == FORM_NONE)
			continue;
		if (b == p && x->f->blk[p].term.kind != TERM_JMP) {
			b = cfg_split_edge(x->f, p, k);
			for (u32 j = k + 1; j < x->f->blk[p].term.nsucc; j++)
				if (x->f->blk[p].term.succ[j] == s)
					x->f->blk[p].term.succ[j] = b;
		}
		x->b = b;
		x->pc = x->f->blk[p].term.pc;
		xmm_convert(x, n, f, t);
	}
}

void
opt_xmm(struct func *f, const struct opt *o)
{
	struct xforms x = { .f = f, .o = o };
	struct arena *a = o->arena;
	u32 n = f->nblk, most = ir_largest(f);
	bool any = false;

	for (u32 i = 0; i < n && !any; i++)
		for (u32 j = 0; j < f->blk[i].n && !any; j++)
			any = f->blk[i].ins[j].op == OP_getlo || f->blk[i].ins[j].op == OP_setlo;
	if (!any)
		return;
	cfg_build(&x.c, f, a);
	x.copy = arena_alloc(a, most + 1);
	x.copied = arena_alloc(a, most + 1);
	x.next = arena_alloc(a, most + 1);
	x.map = arena_alloc(a, (most + 1) * sizeof *x.map);
	x.part = arena_alloc(a, (most + 1) * sizeof *x.part);
	x.seen = arena_alloc(a, n);
	x.conflict = arena_alloc(a, n * sizeof(u16));
	x.in = arena_alloc(a, n * sizeof(u32));
	x.out = arena_alloc(a, n * sizeof(u32));
	x.want = arena_alloc(a, n * sizeof(u32));
	x.want_out = arena_alloc(a, n * sizeof(u32));
	want(&x);
	solve(&x);
	for (u32 i = 0; i < x.c.nreach; i++)
		rewrite(&x, x.c.rpo[i]);
	for (u32 i = 0; i < x.c.nreach; i++)
		for (u32 k = 0; k < f->blk[x.c.rpo[i]].term.nsucc; k++)
			convert_edge(&x, x.c.rpo[i], k);
}
