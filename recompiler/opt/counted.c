/*
 * counted.c - loops that count one register towards a bound pay for their polls in chunks. The header h, which stays the place to resume at,
 * keeps the poll, works out how many rounds are left, at most a chunk, and takes them off the fuel; the rounds themselves run in a loop
 * around the block that gets h's code, until the register is where the chunk ends, and only then the comparison as written decides:
 *
 *      h: poll; T = where the chunk ends; fuel -= rounds - 1; jmp body
 *      body ... latch: br (w != T) body, again
 *      again: br (w < bound) h, exit
 *
 * w is the value that the latch compares, v the register behind it, step what a round adds to both. The chunk never passes a w at
 * which the comparison would have ended the loop: where the bound is not ahead of w without a wrap-around the chunk is one round, and a "!="
 * that the steps would jump over does not end it either. Only innermost loops with one way back and without calls are taken.
 */
#include "opt.h"

enum {
	CHUNK_WORK = 1 << 20,            /* instructions of the IR in a chunk, about; half a millisecond */
	CHUNK_MOST = 1 << 16,            /* rounds */
	CHUNK_LEAST = 1 << 8,
	STEP_MOST = 1 << 14
};

/* A value as variable plus constant, modulo the width of type; var is REF_NONE for a constant. */
struct linear {
	enum type type;
	u32 var;
	u64 add;
	u16 op;                          /* with var REF_NONE: OP_const or OP_addr */
};

struct loop {
	u32 head, latch, exit;
	u32 *blk, nblk;
	u32 work;
	u32 rel;                         /* comparison under which the loop goes on: w rel bound */
	ref value;                       /* w, in the latch */
	struct linear w, bound;          /* w in terms of v at the top of a round */
	i64 step;
};

struct state {
	struct func *f;
	struct cfg c;
	u32 *stamp, *stack;
	u32 *sets, *set_blk;             /* per variable: how often the loop sets it, and where last */
};

/* The blocks of h's loop, if it is one that this pass takes. */
static bool
collect(struct state *s, struct loop *l)
{
	const struct cfg *c = &s->c;
	u32 h = l->head, sp = 0, back = 0;

	for (u32 k = c->pred_at[h]; k < c->pred_at[h + 1]; k++)
		if (c->num[c->pred[k]] >= c->num[h]) {
			l->latch = c->pred[k];
			back++;
		}
	if (back != 1 || !cfg_dominates(c, h, l->latch) || s->f->blk[l->latch].term.kind != TERM_BR)
		return false;
	l->nblk = 0;
	l->work = 0;
	s->stamp[h] = h + 1;
	s->stack[sp++] = l->latch;
	l->blk[l->nblk++] = h;
	if (l->latch != h) {
		s->stamp[l->latch] = h + 1;
		l->blk[l->nblk++] = l->latch;
	} else {
		sp = 0;
	}
	while (sp) {
		u32 b = s->stack[--sp];

		for (u32 k = c->pred_at[b]; k < c->pred_at[b + 1]; k++) {
			u32 p = c->pred[k];

			if (s->stamp[p] == h + 1)
				continue;
			s->stamp[p] = h + 1;
			s->stack[sp++] = p;
			l->blk[l->nblk++] = p;
		}
	}
	for (u32 i = 0; i < l->nblk; i++) {
		const struct blk *b = &s->f->blk[l->blk[i]];

		if (l->blk[i] != h && c->header[l->blk[i]])
			return false;
		if (b->term.kind != TERM_JMP && b->term.kind != TERM_BR && b->term.kind != TERM_SWITCH)
			return false;
		l->work += b->n + 1;
		for (u32 j = 0; j < b->n; j++)
			if (ins_calls(&b->ins[j]) || (b->ins[j].op == OP_poll && (l->blk[i] != h || j)))
				return false;
	}
	return true;
}

static void
count_sets(struct state *s, const struct loop *l, bool clear)
{
	for (u32 i = 0; i < l->nblk; i++) {
		const struct blk *b = &s->f->blk[l->blk[i]];

		for (u32 j = 0; j < b->n; j++) {
			if (b->ins[j].op != OP_set && b->ins[j].op != OP_setlo)
				continue;
			s->sets[b->ins[j].imm[0]] = clear ? 0 : s->sets[b->ins[j].imm[0]] + 1;
			s->set_blk[b->ins[j].imm[0]] = l->blk[i];
		}
	}
}

/* The value r of block b as variable plus constant; false if it is something else. at: the get's place. */
static bool
linear(const struct blk *b, ref r, struct linear *x, ref *at)
{
	const struct ins *in = &b->ins[r];
	struct linear y;

	switch (in->op) {
	case OP_const:
	case OP_addr:
		*x = (struct linear){ .type = in->type, .var = REF_NONE, .op = in->op, .add = in->type == I32 ? (u64)(i64)(i32)in->imm[0] : in->imm[0] };
		return true;
	case OP_get:
		if (in->type != I64 || in->imm[0] >= NVAR)
			return false;
		*x = (struct linear){ .type = I64, .var = in->imm[0] };
		*at = r;
		return true;
	case OP_wrap:
		if (!linear(b, in->arg[0], x, at) || x->var == REF_NONE)
			return false;
		x->type = I32;
		return true;
	case OP_extu:
		/* an update of a 32-bit register: the caller looks at the type */
		if (!linear(b, in->arg[0], x, at) || x->var == REF_NONE)
			return false;
		return true;
	case OP_add:
	case OP_sub:
		if (!linear(b, in->arg[0], x, at) || x->var == REF_NONE || b->ins[in->arg[0]].op == OP_extu ||
		    !linear(b, in->arg[1], &y, at) || y.var != REF_NONE || y.op != OP_const)
			return false;
		x->add += in->op == OP_add ? y.add : -y.add;
		if (x->type == I32)
			x->add = (u64)(i64)(i32)x->add;
		return true;
	default:
		return false;
	}
}

/* What a round adds to v: its only set in the loop, in a block that every round passes. */
static bool
update(struct state *s, const struct loop *l, u32 v, struct linear *step, ref *set)
{
	const struct blk *b;
	ref at;

	if (s->sets[v] != 1 || !cfg_dominates(&s->c, s->set_blk[v], l->latch))
		return false;
	b = &s->f->blk[s->set_blk[v]];
	for (u32 j = 0; j < b->n; j++)
		if (b->ins[j].op == OP_set && b->ins[j].imm[0] == v) {
			*set = j;
			return linear(b, b->ins[j].arg[0], step, &at) && step->var == v && at < j && step->add != 0;
		}
	return false;
}

/* r, in the latch, as w. */
static bool
counter(struct state *s, struct loop *l, ref r)
{
	const struct blk *b = &s->f->blk[l->latch];
	struct linear step;
	ref at, set;

	if (b->ins[r].op == OP_extu || !linear(b, r, &l->w, &at) || l->w.var == REF_NONE || !update(s, l, l->w.var, &step, &set))
		return false;
	if (l->w.type == I64 && step.type == I32)
		return false;
	l->value = r;
	l->step = (i64)step.add;
	if (s->set_blk[l->w.var] != l->latch || at > set)
		l->w.add += step.add;
	return l->step <= STEP_MOST && l->step >= -STEP_MOST;
}

static bool
bound(struct state *s, struct loop *l, ref r)
{
	const struct blk *b = &s->f->blk[l->latch];
	ref at;

	return b->ins[r].op != OP_extu && linear(b, r, &l->bound, &at) && (l->bound.var == REF_NONE || !s->sets[l->bound.var]);
}

static bool
forward(const struct loop *l)
{
	switch (l->rel) {
	case OP_lts: case OP_ltu: case OP_les: case OP_leu:
		return l->step > 0;
	case OP_gts: case OP_gtu: case OP_ges: case OP_geu:
		return l->step < 0;
	default:
		return l->rel == OP_ne;
	}
}

/* The latch's condition: which comparison keeps the loop going, of what with what. */
static bool
condition(struct state *s, struct loop *l)
{
	const struct term *t = &s->f->blk[l->latch].term;
	const struct ins *in = &s->f->blk[l->latch].ins[t->val];
	bool inverse = t->succ[1] == l->head;

	if (t->succ[0] == t->succ[1])
		return false;
	l->exit = t->succ[inverse ? 0 : 1];
	if (in->op >= OP_eq && in->op <= OP_geu) {
		l->rel = inverse ? compare_inverse(in->op) : in->op;
		if (!counter(s, l, in->arg[0]) || !bound(s, l, in->arg[1])) {
			l->rel = compare_mirrored(l->rel);
			if (!counter(s, l, in->arg[1]) || !bound(s, l, in->arg[0]))
				return false;
		}
		return forward(l);
	}
	/* "while nonzero" needs no comparison */
	if ((in->op == OP_eqz) != inverse || !counter(s, l, in->op == OP_eqz ? in->arg[0] : t->val))
		return false;
	l->rel = OP_ne;
	l->bound = (struct linear){ .type = l->w.type, .var = REF_NONE, .op = OP_const };
	return true;
}

/* ---- the new blocks ---- */
struct build { struct func *f; u32 b, pc; enum type type; };

static ref
put(struct build *u, u32 op, enum type type, ref a, ref b, u64 imm)
{
	struct ins in = { .op = op, .type = type, .pc = u->pc, .arg = { a, b, REF_NONE, REF_NONE }, .imm = { imm } };

	return ir_ins(u->f, u->b, in);
}

static ref
constant(struct build *u, enum type type, u64 v)
{
	return put(u, OP_const, type, REF_NONE, REF_NONE, type == I32 ? (u32)v : v);
}

static ref
binary(struct build *u, u32 op, ref a, ref b)
{
	return put(u, op, u->type, a, b, 0);
}

static ref
select_of(struct build *u, ref yes, ref no, ref cond)
{
	struct ins in = { .op = OP_select, .type = u->type, .pc = u->pc, .arg = { yes, no, cond, REF_NONE } };

	return ir_ins(u->f, u->b, in);
}

static ref
value_of(struct build *u, const struct linear *x, u64 less)
{
	ref r, k;

	if (x->var == REF_NONE)
		return put(u, x->op, u->type, REF_NONE, REF_NONE, u->type == I32 ? (u32)x->add : x->add);
	r = put(u, OP_get, I64, REF_NONE, REF_NONE, x->var);
	if (u->type == I32)
		r = put(u, OP_wrap, I32, r, REF_NONE, 0);
	if (x->add == less)
		return r;
	k = constant(u, u->type, x->add - less);
	return binary(u, OP_add, r, k);
}

/* At the header, behind the poll: what is left of the rounds, at most a chunk; returns w at its end, and takes it off the fuel. */
static ref
chunk(struct build *u, const struct loop *l)
{
	u32 size = l->step < 0 ? -l->step : l->step;
	u32 most = CHUNK_WORK / l->work;
	ref w, bnd, left, one, limit, more, span, rest, fuel;

	most = most > CHUNK_MOST ? CHUNK_MOST : most < CHUNK_LEAST ? CHUNK_LEAST : most;
	w = value_of(u, &l->w, l->step);
	bnd = value_of(u, &l->bound, 0);
	left = l->step > 0 ? binary(u, OP_sub, bnd, w) : binary(u, OP_sub, w, bnd);
	one = constant(u, u->type, 1);
	if (l->rel != OP_les && l->rel != OP_leu && l->rel != OP_ges && l->rel != OP_geu)
		left = binary(u, OP_sub, left, one);
	if (l->rel != OP_ne) {
		ref none = constant(u, u->type, 0), ahead = binary(u, l->rel, w, bnd);

		left = select_of(u, left, none, ahead);
	}
	limit = constant(u, u->type, (u64)(most - 1) * size);
	more = binary(u, OP_ltu, left, limit);
	left = select_of(u, left, limit, more);
	if (u->type == I64)
		left = put(u, OP_wrap, I32, left, REF_NONE, 0);
	span = constant(u, I32, size);
	rest = size == 1 ? left : put(u, OP_divu, I32, left, span, 0);
	fuel = put(u, OP_get, I32, REF_NONE, REF_NONE, VAR_FUEL);
	fuel = put(u, OP_sub, I32, fuel, rest, 0);
	put(u, OP_set, I32, fuel, REF_NONE, VAR_FUEL);
	if (size != 1)
		rest = put(u, OP_mul, I32, rest, span, 0);
	rest = put(u, OP_add, I32, rest, span, 0);
	if (u->type == I64)
		rest = put(u, OP_extu, I64, rest, REF_NONE, 0);
	return binary(u, l->step > 0 ? OP_add : OP_sub, w, rest);
}

static void
branch(struct func *f, u32 b, enum term_kind kind, ref val, u32 yes, u32 no)
{
	struct term *t = &f->blk[b].term;

	*t = (struct term){ .kind = kind, .pc = f->blk[b].pc, .val = val, .nsucc = kind == TERM_JMP ? 1 : 2 };
	t->succ = arena_alloc(f->arena, 2 * sizeof *t->succ);
	t->succ[0] = yes;
	t->succ[1] = no;
}

/* Everything of the header but the poll goes into a block of its own; returns it. */
static u32
split_header(struct func *f, u32 h)
{
	u32 body = ir_block(f, f->blk[h].pc), n;
	struct ins *old = take_ins(f, h, &n);

	f->blk[body].end = f->blk[h].end;
	ir_ins(f, h, old[0]);
	for (u32 i = 1; i < n; i++) {
		u32 na = ir_nargs(&old[i]);

		for (u32 k = 0; k < na; k++)
			old[i].arg[k]--;
		ir_ins(f, body, old[i]);
	}
	f->blk[body].term = f->blk[h].term;
	if (f->blk[body].term.val != REF_NONE)
		f->blk[body].term.val--;
	return body;
}

static void
transform(struct func *f, struct loop *l)
{
	u32 h = l->head, pc = f->blk[h].pc, body = split_header(f, h), again = ir_block(f, pc), temp = ir_temp(f, l->w.type);
	struct build u = { .f = f, .b = h, .pc = pc, .type = l->w.type };
	ref r, w, bnd;

	if (l->latch == h) {
		l->latch = body;
		l->value--;
	}
	r = chunk(&u, l);
	put(&u, OP_set, u.type, r, REF_NONE, temp);
	branch(f, h, TERM_JMP, REF_NONE, body, body);
	u.b = l->latch;
	u.pc = f->blk[l->latch].term.pc;
	r = put(&u, OP_get, u.type, REF_NONE, REF_NONE, temp);
	r = binary(&u, OP_ne, l->value, r);
	branch(f, l->latch, TERM_BR, r, body, again);
	f->blk[l->latch].term.pc = u.pc;
	u.b = again;
	w = value_of(&u, &l->w, l->step);
	bnd = value_of(&u, &l->bound, 0);
	r = binary(&u, l->rel, w, bnd);
	branch(f, again, TERM_BR, r, h, l->exit);
}

void
opt_counted(struct func *f, const struct opt *o)
{
	struct state s = { .f = f };
	struct loop l = { 0 };
	u32 nvar = NVAR + f->ntemp, n = f->nblk;

	cfg_build(&s.c, f, o->arena);
	l.blk = arena_alloc(o->arena, n * sizeof *l.blk);
	s.stamp = arena_alloc(o->arena, n * sizeof *s.stamp);
	s.stack = arena_alloc(o->arena, n * sizeof *s.stack);
	s.sets = arena_alloc(o->arena, nvar * sizeof *s.sets);
	s.set_blk = arena_alloc(o->arena, nvar * sizeof *s.set_blk);
	for (u32 i = 0; i < s.c.nreach; i++) {
		bool take;

		l.head = s.c.rpo[i];
		if (!f->blk[l.head].loop_header || !f->blk[l.head].n || f->blk[l.head].ins[0].op != OP_poll || !collect(&s, &l))
			continue;
		count_sets(&s, &l, false);
		take = condition(&s, &l);
		count_sets(&s, &l, true);
		if (take)
			transform(f, &l);
	}
}
