/*
 * stack.c - several accesses around one base, some below it (pushes: rsp-8, rsp-16, ...), get one lowered base and positive offsets, which
 * the memory operations take for free. The lowered base is the lowest address accessed or, if it is lower, the lowest value
 * that the block gives rsp.
 */
#include "opt.h"

#define GROUPS 8

struct group {
	ref root;                        /* the unlowered base, I64 or I32 */
	i32 lo, hi;                      /* of all displacements off it */
	u32 n;
	bool mixed;                      /* more than one displacement */
	ref base;                        /* of the new instructions: lowered, or REF_NONE yet */
};

struct stack {
	struct func *f;
	const struct ins *ins;
	struct group group[GROUPS];
	u32 n;
};

static bool
has_address(const struct ins *in)
{
	return (in->op >= OP_load && in->op <= OP_store) || (in->op >= OP_rmw_add && in->op <= OP_cmpxchg);
}

/* An address as root plus displacement. */
static ref
resolve(const struct ins *ins, ref a, i64 *disp)
{
	*disp = 0;
	for (;;) {
		const struct ins *in = &ins[a];

		if (in->op == OP_wrap) {
			a = in->arg[0];
		} else if (in->op == OP_add && ins[in->arg[1]].op == OP_const) {
			*disp += (i32)ins[in->arg[1]].imm[0];
			a = in->arg[0];
		} else {
			return a;
		}
	}
}

static struct group *
find(struct stack *s, ref root)
{
	for (u32 i = 0; i < s->n; i++)
		if (s->group[i].root == root)
			return &s->group[i];
	return NULL;
}

static void
collect(struct stack *s, const struct blk *b)
{
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];
		struct group *g;
		ref root;
		i64 d;

		if (!has_address(in))
			continue;
		root = resolve(b->ins, in->arg[0], &d);
		d += (i64)in->imm[0];
		if (d < -0x8000 || d > 0x7fff)
			continue;
		g = find(s, root);
		if (!g && s->n < GROUPS) {
			g = &s->group[s->n++];
			*g = (struct group){ .root = root, .lo = d, .hi = d, .base = REF_NONE };
		}
		if (!g)
			continue;
		g->mixed |= d != g->lo;
		g->lo = d < g->lo ? d : g->lo;
		g->hi = d > g->hi ? d : g->hi;
		g->n++;
	}
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];
		struct group *g;
		i64 d;

		if (in->op != OP_set || in->imm[0] != VAR_RSP)
			continue;
		g = find(s, resolve(b->ins, in->arg[0], &d));
		if (g && d < g->lo && d >= -0x8000)
			g->lo = d;
	}
}

static ref
put(struct stack *s, u32 b, u32 pc, enum op op, enum type t, ref x, ref y, u64 imm)
{
	return ir_ins(s->f, b, (struct ins){ .op = op, .type = t, .pc = pc, .arg = { x, y, REF_NONE, REF_NONE }, .imm = { imm } });
}

static ref
lowered(struct stack *s, u32 b, u32 pc, const struct group *g, ref root)
{
	enum type t = ir_result(s->f, &s->ins[g->root]);
	ref c = put(s, b, pc, OP_const, t, REF_NONE, REF_NONE, t == I64 ? (u64)(i64)g->lo : (u32)g->lo);
	ref a = put(s, b, pc, OP_add, t, root, c, 0);

	return t == I64 ? put(s, b, pc, OP_wrap, I32, a, REF_NONE, 0) : a;
}

static void
block(struct stack *s, u32 b, ref *map)
{
	struct blk *blk = &s->f->blk[b];
	bool any = false;
	struct ins *old;
	u32 n;

	s->n = 0;
	collect(s, blk);
	for (u32 i = 0; i < s->n; i++)
		any |= s->group[i].lo < 0 && s->group[i].mixed;
	if (!any)
		return;
	old = take_ins(s->f, b, &n);
	s->ins = old;
	for (u32 i = 0; i < n; i++) {
		struct ins in = old[i];
		struct group *g;
		ref root;
		i64 d;

		for (u32 a = 0, na = ir_nargs(&in); a < na; a++)
			in.arg[a] = map[in.arg[a]];
		if (has_address(&in)) {
			root = resolve(old, old[i].arg[0], &d);
			d += (i64)in.imm[0];
			g = find(s, root);
			if (g && g->lo < 0 && g->mixed && d >= g->lo && d <= g->hi) {
				if (g->base == REF_NONE)
					g->base = lowered(s, b, in.pc, g, map[root]);
				in.arg[0] = g->base;
				in.imm[0] = d - g->lo;
			}
		}
		map[i] = ir_ins(s->f, b, in);
	}
	if (blk->term.val != REF_NONE)
		blk->term.val = map[blk->term.val];
}

void
opt_stack(struct func *f, const struct opt *o)
{
	struct stack s = { .f = f };
	u32 most = ir_largest(f);
	ref *map;

	map = arena_alloc(o->arena, (most + 1) * sizeof *map);
	for (u32 i = 0; i < f->nblk; i++)
		block(&s, i, map);
}
