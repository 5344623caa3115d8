/*
 * order.c - the second half of graph.c's work: reverse post-order, dominators (Cooper, Harvey, Kennedy), and the tree that says where each node
 * is placed. Expects a reducible graph.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <string.h>

struct frame { u32 node, edge; };

static void
post_order(struct graph *g)
{
	struct frame *frame = arena_alloc(g->arena, g->nnode * sizeof *frame);
	u32 n = 0, count = 0;

	g->order = arena_alloc(g->arena, g->nnode * sizeof *g->order);
	for (u32 i = 0; i < g->nnode; i++)
		g->node[i].rpo = NONE;
	frame[n++] = (struct frame){ g->entry, 0 };
	g->node[g->entry].rpo = 0;               /* seen */
	while (n) {
		struct frame *fr = &frame[n - 1];
		struct node *x = &g->node[fr->node];
		if (fr->edge == x->nsucc) {
			g->order[count++] = fr->node;
			n--;
			continue;
		}
		u32 to = x->succ[fr->edge++];
		if (g->node[to].rpo == NONE) {
			g->node[to].rpo = 0;
			frame[n++] = (struct frame){ to, 0 };
		}
	}
	g->norder = count;
	for (u32 i = 0; i < count / 2; i++) {
		u32 t = g->order[i];
		g->order[i] = g->order[count - 1 - i];
		g->order[count - 1 - i] = t;
	}
	for (u32 i = 0; i < count; i++)
		g->node[g->order[i]].rpo = i;
}

static void
predecessors(struct graph *g)
{
	u32 total = 0, *next;

	for (u32 i = 0; i < g->nnode; i++)
		g->node[i].npred = 0;
	for (u32 i = 0; i < g->norder; i++) {
		struct node *x = &g->node[g->order[i]];
		for (u32 k = 0; k < x->nsucc; k++)
			g->node[x->succ[k]].npred++;
		total += x->nsucc;
	}
	next = arena_alloc(g->arena, (total + 1) * sizeof *next);
	for (u32 i = 0; i < g->norder; i++) {
		struct node *x = &g->node[g->order[i]];
		x->pred = next;
		next += x->npred;
		x->npred = 0;
	}
	for (u32 i = 0; i < g->norder; i++) {
		struct node *x = &g->node[g->order[i]];
		for (u32 k = 0; k < x->nsucc; k++) {
			struct node *y = &g->node[x->succ[k]];
			y->pred[y->npred++] = g->order[i];
		}
	}
}

static u32
common(const struct graph *g, u32 a, u32 b)
{
	while (a != b) {
		if (g->node[a].rpo > g->node[b].rpo)
			a = g->node[a].idom;
		else
			b = g->node[b].idom;
	}
	return a;
}

static void
dominators(struct graph *g)
{
	bool changed = true;

	for (u32 i = 0; i < g->norder; i++)
		g->node[g->order[i]].idom = NONE;
	g->node[g->entry].idom = g->entry;
	while (changed) {
		changed = false;
		for (u32 i = 1; i < g->norder; i++) {
			struct node *x = &g->node[g->order[i]];
			u32 d = NONE;
			for (u32 k = 0; k < x->npred; k++) {
				if (g->node[x->pred[k]].idom == NONE)
					continue;
				d = d == NONE ? x->pred[k] : common(g, d, x->pred[k]);
			}
			if (d != x->idom) {
				x->idom = d;
				changed = true;
			}
		}
	}
}

bool
loop_contains(const struct graph *g, u32 loop, u32 inner)
{
	while (inner != NONE && g->loop[inner].depth > g->loop[loop].depth)
		inner = g->loop[inner].parent;
	return inner == loop;
}

/* Several edges leave it through a table, so each target needs a label. */
static bool
is_table(const struct graph *g, const struct node *x)
{
	if (x->kind == NODE_BLOCK)
		return g->f->blk[x->blk].term.kind == TERM_SWITCH;
	return x->kind != NODE_LABEL && x->nsucc > 1;
}

static void
place_node(struct graph *g, u32 y)
{
	struct node *x = &g->node[y];
	u32 forward = 0, outermost = NONE;

	for (u32 k = 0; k < x->npred; k++) {
		struct node *p = &g->node[x->pred[k]];
		if (p->rpo < x->rpo)
			forward += is_table(g, p) ? 2 : 1;
	}
	for (u32 l = g->node[x->idom].loop; l != NONE && !loop_contains(g, l, x->loop); l = g->loop[l].parent)
		outermost = l;
	x->after = outermost != NONE;
	x->parent = x->after ? g->loop[outermost].header : x->idom;
	x->merge = x->after || forward > 1;
}

void
graph_order(struct graph *g)
{
	post_order(g);
	predecessors(g);
	dominators(g);
	for (u32 i = 0; i < g->norder; i++) {
		g->node[g->order[i]].child = NONE;
		g->node[g->order[i]].size = 1;
	}
	for (u32 i = 1; i < g->norder; i++)
		place_node(g, g->order[i]);
	for (u32 i = g->norder; i-- > 1; ) {
		struct node *x = &g->node[g->order[i]], *p = &g->node[x->parent];
		x->sibling = p->child;
		p->child = g->order[i];
		p->size += x->size;
	}
}
