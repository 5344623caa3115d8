/*
 * cfg.c - the shape of a function: reverse postorder, predecessors, dominators, loop headers and depth. Dominators by
 * Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". No recursion: functions have thousands of blocks.
 */
#include "opt/opt.h"

static void
order(struct cfg *c, const struct func *f, struct arena *a)
{
	u32 *stack = arena_alloc(a, (f->nblk + 1) * sizeof *stack);
	u32 *at = arena_alloc(a, f->nblk * sizeof *at);
	u32 sp = 0, n = f->nblk;

	for (u32 i = 0; i < f->nblk; i++)
		c->num[i] = REF_NONE;
	stack[sp++] = 0;
	c->num[0] = 0;
	while (sp) {
		u32 b = stack[sp - 1];

		if (at[b] < f->blk[b].term.nsucc) {
			u32 s = f->blk[b].term.succ[at[b]++];

			if (c->num[s] == REF_NONE) {
				c->num[s] = 0;
				stack[sp++] = s;
			}
		} else {
			c->rpo[--n] = b;
			sp--;
		}
	}
	c->nreach = f->nblk - n;
	for (u32 i = 0; i < c->nreach; i++) {
		c->rpo[i] = c->rpo[i + n];
		c->num[c->rpo[i]] = i;
	}
}

static void
predecessors(struct cfg *c, const struct func *f, struct arena *a)
{
	u32 *fill;

	for (u32 i = 0; i < c->nreach; i++) {
		const struct term *t = &f->blk[c->rpo[i]].term;

		for (u32 k = 0; k < t->nsucc; k++)
			c->pred_at[t->succ[k] + 1]++;
	}
	for (u32 i = 0; i < f->nblk; i++)
		c->pred_at[i + 1] += c->pred_at[i];
	c->pred = arena_alloc(a, (c->pred_at[f->nblk] + 1) * sizeof *c->pred);
	fill = arena_alloc(a, f->nblk * sizeof *fill);
	for (u32 i = 0; i < c->nreach; i++) {
		const struct term *t = &f->blk[c->rpo[i]].term;

		for (u32 k = 0; k < t->nsucc; k++) {
			u32 s = t->succ[k];
			c->pred[c->pred_at[s] + fill[s]++] = c->rpo[i];
		}
	}
}

static u32
intersect(const struct cfg *c, u32 a, u32 b)
{
	while (a != b) {
		while (c->num[a] > c->num[b])
			a = c->idom[a];
		while (c->num[b] > c->num[a])
			b = c->idom[b];
	}
	return a;
}

static void
dominators(struct cfg *c)
{
	bool changed = true;

	for (u32 i = 0; i < c->n; i++)
		c->idom[i] = REF_NONE;
	c->idom[0] = 0;
	while (changed) {
		changed = false;
		for (u32 i = 1; i < c->nreach; i++) {
			u32 b = c->rpo[i], d = REF_NONE;

			for (u32 k = c->pred_at[b]; k < c->pred_at[b + 1]; k++) {
				u32 p = c->pred[k];
				if (c->idom[p] != REF_NONE)
					d = d == REF_NONE ? p : intersect(c, p, d);
			}
			if (c->idom[b] != d) {
				c->idom[b] = d;
				changed = true;
			}
		}
	}
}

bool
cfg_dominates(const struct cfg *c, u32 a, u32 b)
{
	while (c->num[b] > c->num[a])
		b = c->idom[b];
	return a == b;
}

/* Adds one to the depth of every block of the natural loop of header h. stamp marks the blocks seen for this header. */
static void
loop_body(struct cfg *c, u32 h, u32 *stamp, u32 *stack)
{
	u32 sp = 0;

	stamp[h] = h + 1;
	c->depth[h]++;
	c->loop[h] = h;
	for (u32 k = c->pred_at[h]; k < c->pred_at[h + 1]; k++)
		if (c->num[c->pred[k]] >= c->num[h] && cfg_dominates(c, h, c->pred[k]) && stamp[c->pred[k]] != h + 1) {
			stamp[c->pred[k]] = h + 1;
			stack[sp++] = c->pred[k];
		}
	while (sp) {
		u32 b = stack[--sp];

		c->depth[b]++;
		c->loop[b] = h;
		for (u32 k = c->pred_at[b]; k < c->pred_at[b + 1]; k++)
			if (stamp[c->pred[k]] != h + 1) {
				stamp[c->pred[k]] = h + 1;
				stack[sp++] = c->pred[k];
			}
	}
}

static void
loops(struct cfg *c, struct arena *a)
{
	u32 *stamp = arena_alloc(a, c->n * sizeof *stamp);
	u32 *stack = arena_alloc(a, (c->n + 1) * sizeof *stack);
	u32 work = 0;

	for (u32 i = 0; i < c->nreach; i++) {
		u32 b = c->rpo[i];
		bool natural = false;

		for (u32 k = c->pred_at[b]; k < c->pred_at[b + 1]; k++) {
			if (c->num[c->pred[k]] < i)
				continue;
			c->header[b] = true;
			if (cfg_dominates(c, b, c->pred[k]))
				natural = true;
			else
				c->irreducible = true;
		}
		/* depth is only a heuristic: very deep nests are not worth a quadratic search */
		if (natural && work < 50 * c->n + 10000) {
			loop_body(c, b, stamp, stack);
			work += c->nreach - i;
		}
	}
}

void
cfg_build(struct cfg *c, const struct func *f, struct arena *a)
{
	u32 n = f->nblk;

	*c = (struct cfg){ .n = n };
	c->rpo = arena_alloc(a, n * sizeof(u32));
	c->num = arena_alloc(a, n * sizeof(u32));
	c->idom = arena_alloc(a, n * sizeof(u32));
	c->depth = arena_alloc(a, n * sizeof(u32));
	c->loop = arena_alloc(a, n * sizeof(u32));
	for (u32 i = 0; i < n; i++)
		c->loop[i] = REF_NONE;
	c->pred_at = arena_alloc(a, (n + 2) * sizeof(u32));
	c->header = arena_alloc(a, n * sizeof(bool));
	order(c, f, a);
	predecessors(c, f, a);
	dominators(c);
	loops(c, a);
}

bool *
cfg_busy(const struct cfg *c, const struct func *f, struct arena *a)
{
	bool *calls = arena_alloc(a, f->nblk * sizeof *calls), *busy = arena_alloc(a, f->nblk * sizeof *busy);

	for (u32 i = 0; i < c->nreach; i++) {
		u32 b = c->rpo[i], kind = f->blk[b].term.kind;

		if (c->loop[b] != REF_NONE)
			calls[c->loop[b]] |= kind == TERM_CALL || kind == TERM_CALLIND || kind == TERM_SYSCALL;
	}
	for (u32 b = 0; b < c->n; b++)
		busy[b] = c->loop[b] == REF_NONE || calls[c->loop[b]];
	return busy;
}

u32
cfg_split_edge(struct func *f, u32 p, u32 i)
{
	u32 s = f->blk[p].term.succ[i];
	u32 n = ir_block(f, f->blk[s].pc);
	struct term *t = &f->blk[n].term;

	t->kind = TERM_JMP;
	t->pc = f->blk[s].pc;
	t->nsucc = 1;
	t->succ = arena_alloc(f->arena, sizeof *t->succ);
	t->succ[0] = s;
	f->blk[p].term.succ[i] = n;
	return n;
}
