/*
 * graph.c - control flow prepared for structure.c ("Beyond Relooper", Ramsey 2022): loops, reverse post-order, dominators, and where each
 * node is placed. Loops are strongly connected components, found again inside each without its header. One with several entries is
 * irreducible: its entries get a dispatch node on a label variable, and every edge to them goes through it. Code behind a loop is
 * placed behind it, not inside, although the header dominates it. Nothing here recurses over the graph.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <string.h>

u32
graph_node(struct graph *g, u8 kind, u32 nsucc)
{
	u32 n = g->nnode;
	struct node *x;

	if (n == g->nodecap) {
		u32 cap = g->nodecap + g->nodecap / 2 + 16;
		g->node = arena_grow(g->arena, g->node, n * sizeof *x, cap * sizeof *x);
		g->nodecap = cap;
	}
	g->nnode++;
	x = &g->node[n];
	x->kind = kind;
	x->blk = NONE;
	x->nsucc = nsucc;
	x->succ = arena_alloc(g->arena, (nsucc ? nsucc : 1) * sizeof *x->succ);
	x->loop = NONE;
	return n;
}

void
graph_build(struct graph *g, struct arena *a, const struct func *f)
{
	u32 n;

	*g = (struct graph){ .arena = a, .f = f };
	g->nodecap = f->nblk + f->nblk / 2 + 16;
	g->node = arena_alloc(a, g->nodecap * sizeof *g->node);
	for (u32 i = 0; i < f->nblk; i++) {
		n = graph_node(g, NODE_BLOCK, f->blk[i].term.nsucc);
		g->node[n].blk = i;
		if (g->node[n].nsucc)
			memcpy(g->node[n].succ, f->blk[i].term.succ, g->node[n].nsucc * sizeof(u32));
	}
	g->entry = graph_node(g, NODE_ENTRY, 1);
	g->node[g->entry].succ[0] = 0;
}

/* A part of the graph with one way in, to look for loops in. */
struct region {
	u32 *v, n;
	u32 header, loop;
	struct region *next;
};

struct frame { u32 node, edge; };

struct search {
	struct graph *g;
	struct region *region;
	u32 stamp, index;
	u32 *stack, nstack;
	struct frame *frame;
	u32 nframe;
	u32 *member, nmember;                    /* components, one behind the other */
	u32 *start, nstart;                      /* where each begins in member */
};

static bool
inside(const struct search *s, u32 to)
{
	return s->g->node[to].mark == s->stamp && to != s->region->header;
}

static void
component(struct search *s, u32 root)
{
	u32 v;

	s->start[s->nstart++] = s->nmember;
	do {
		v = s->stack[--s->nstack];
		s->g->node[v].on_stack = false;
		s->g->node[v].scc = s->nstart - 1;
		s->member[s->nmember++] = v;
	} while (v != root);
}

static void
enter(struct search *s, u32 v)
{
	struct node *x = &s->g->node[v];

	x->index = x->low = ++s->index;
	x->on_stack = true;
	s->stack[s->nstack++] = v;
	s->frame[s->nframe++] = (struct frame){ v, 0 };
}

/* Tarjan's algorithm with its own stack. */
static void
components_from(struct search *s, u32 root)
{
	struct node *node = s->g->node;

	enter(s, root);
	while (s->nframe) {
		struct frame *fr = &s->frame[s->nframe - 1];
		struct node *x = &node[fr->node];
		if (fr->edge < x->nsucc) {
			u32 to = x->succ[fr->edge++];
			if (!inside(s, to))
				continue;
			if (!node[to].index)
				enter(s, to);
			else if (node[to].on_stack && node[to].index < x->low)
				x->low = node[to].index;
			continue;
		}
		if (x->low == x->index)
			component(s, fr->node);
		s->nframe--;
		if (s->nframe) {
			struct node *up = &node[s->frame[s->nframe - 1].node];
			if (x->low < up->low)
				up->low = x->low;
		}
	}
}

static void
components(struct search *s)
{
	struct region *r = s->region;
	struct graph *g = s->g;

	s->index = s->nmember = s->nstart = 0;
	for (u32 i = 0; i < r->n; i++) {
		struct node *x = &g->node[r->v[i]];
		x->mark = s->stamp;
		x->index = 0;
		x->scc = NONE;
		x->way_in = false;
	}
	for (u32 i = 0; i < r->n; i++)
		if (r->v[i] != r->header && !g->node[r->v[i]].index)
			components_from(s, r->v[i]);
	for (u32 i = 0; i < r->n; i++) {
		struct node *x = &g->node[r->v[i]];
		for (u32 k = 0; k < x->nsucc; k++)
			if (inside(s, x->succ[k]) && (r->v[i] == r->header || g->node[x->succ[k]].scc != x->scc))
				g->node[x->succ[k]].way_in = true;
	}
}

static bool
cyclic(const struct graph *g, const u32 *v, u32 n)
{
	if (n > 1)
		return true;
	for (u32 k = 0; k < g->node[v[0]].nsucc; k++)
		if (g->node[v[0]].succ[k] == v[0])
			return true;
	return false;
}

static u32
label_node(struct graph *g, u32 value, u32 to)
{
	u32 n = graph_node(g, NODE_LABEL, 1);

	g->node[n].value = value;
	g->node[n].second = g->passes > 1;
	g->node[n].succ[0] = to;
	return n;
}

/* Gives an irreducible component one header. Appends new nodes to the component (c) and to the region. Returns the header. */
static u32
make_reducible(struct graph *g, struct region *r, struct region *c, u32 scc)
{
	u32 nentry = 0, base = g->nlabel, d, n0 = g->nnode, *in, *out;

	for (u32 i = 0; i < c->n; i++)
		nentry += g->node[c->v[i]].way_in;
	d = graph_node(g, NODE_DISPATCH, nentry);
	g->node[d].value = base;
	g->node[d].second = g->passes > 1;
	in = arena_alloc(g->arena, n0 * sizeof *in);
	out = arena_alloc(g->arena, n0 * sizeof *out);
	nentry = 0;
	for (u32 i = 0; i < c->n; i++) {
		u32 v = c->v[i];
		if (!g->node[v].way_in)
			continue;
		in[v] = label_node(g, base + nentry, d);
		out[v] = label_node(g, base + nentry, d);
		g->node[d].succ[nentry++] = v;
	}
	g->nlabel += nentry;
	for (u32 i = 0; i < r->n; i++) {
		struct node *x = &g->node[r->v[i]];
		bool within = r->v[i] != r->header && x->scc == scc;
		for (u32 k = 0; k < x->nsucc; k++)
			if (x->succ[k] < n0 && in[x->succ[k]])
				x->succ[k] = within ? in[x->succ[k]] : out[x->succ[k]];
	}
	c->v = arena_grow(g->arena, c->v, c->n * sizeof(u32), (c->n + nentry + 1) * sizeof(u32));
	r->v = arena_grow(g->arena, r->v, r->n * sizeof(u32), (r->n + nentry) * sizeof(u32));
	for (u32 v = 0; v < n0; v++) {
		if (!in[v])
			continue;
		c->v[c->n++] = in[v];
		r->v[r->n++] = out[v];
		g->node[out[v]].loop = r->loop;
	}
	c->v[c->n++] = d;
	return d;
}

static u32
add_loop(struct graph *g, u32 header, u32 parent)
{
	if (g->nloop == g->loopcap) {
		u32 cap = g->loopcap ? 2 * g->loopcap : 16;
		g->loop = arena_grow(g->arena, g->loop, g->nloop * sizeof *g->loop, cap * sizeof *g->loop);
		g->loopcap = cap;
	}
	g->loop[g->nloop] = (struct loop){ .header = header, .parent = parent };
	if (parent != NONE)
		g->loop[g->nloop].depth = g->loop[parent].depth + 1;
	g->node[header].header = true;
	return g->nloop++;
}

static struct region *
loop_region(struct search *s, struct region *r, u32 scc, struct region *todo)
{
	struct graph *g = s->g;
	u32 from = s->start[scc], to = scc + 1 < s->nstart ? s->start[scc + 1] : s->nmember, ways = 0, header = NONE;
	struct region *c;

	if (!cyclic(g, s->member + from, to - from))
		return todo;
	c = arena_alloc(g->arena, sizeof *c);
	c->n = to - from;
	c->v = arena_alloc(g->arena, c->n * sizeof(u32));
	memcpy(c->v, s->member + from, c->n * sizeof(u32));
	for (u32 i = 0; i < c->n; i++) {
		if (g->node[c->v[i]].way_in) {
			ways++;
			header = c->v[i];
		}
	}
	if (ways != 1)
		header = make_reducible(g, r, c, scc);
	c->header = header;
	c->loop = add_loop(g, header, r->loop);
	for (u32 i = 0; i < c->n; i++)
		g->node[c->v[i]].loop = c->loop;
	c->next = todo;
	return c;
}

static struct region *
whole(struct graph *g)
{
	struct region *r = arena_alloc(g->arena, sizeof *r);
	bool *seen = arena_alloc(g->arena, g->nnode);

	r->v = arena_alloc(g->arena, g->nnode * sizeof(u32));
	r->header = g->entry;
	r->loop = NONE;
	r->v[r->n++] = g->entry;
	seen[g->entry] = true;
	for (u32 i = 0; i < r->n; i++) {
		struct node *x = &g->node[r->v[i]];
		x->loop = NONE;
		x->header = false;
		for (u32 k = 0; k < x->nsucc; k++) {
			if (!seen[x->succ[k]]) {
				seen[x->succ[k]] = true;
				r->v[r->n++] = x->succ[k];
			}
		}
	}
	return r;
}

void
graph_loops(struct graph *g)
{
	/* a node is in one component per level; labels at most double the nodes of a level */
	struct search s = { .g = g };
	struct region *todo = whole(g);

	g->nloop = 0;
	g->passes++;
	while (todo) {
		struct region *r = todo;
		todo = r->next;
		s.region = r;
		s.stamp = ++g->stamp;
		s.stack = arena_alloc(g->arena, 5 * r->n * sizeof(u32) + r->n * sizeof(struct frame));
		s.member = s.stack + r->n;
		s.start = s.member + r->n;
		s.frame = (struct frame *)(s.start + 2 * r->n + (r->n & 1));
		components(&s);
		for (u32 i = 0; i < s.nstart; i++)
			todo = loop_region(&s, r, i, todo);
	}
}
