/*
 * resume.c - the copies of functions that are entered at their polled loop headers. The copy stays reducible: the entry jumps only to
 * outermost loops, and a loop that holds other headers than its own gets a test of cpu->resume in front of its header that passes
 * the entry on inwards. Innermost loops get none. Where the header is nothing but a switch on a temporary, as the one dispatch of an
 * interpreter's handlers, the test costs its rounds nothing: it stands behind the switch, where what is no index leads, and the way in sets
 * none. What a loop on the way carries is fetched in front of its test, the rest of what the header wants on the last step, so that nothing
 * that is live in an inner loop only is carried round the outer ones. For the same reason a dispatch node's label is set on the way in.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <stdlib.h>
#include <string.h>

static int
by_pc(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->pc != y->pc)
		return x->pc < y->pc ? -1 : 1;
	return x->blk < y->blk ? -1 : x->blk > y->blk;
}

static bool
polled(const struct blk *b)
{
	for (u32 i = 0; i < b->n; i++)
		if (b->ins[i].op == OP_poll)
			return b->ins[i].pc == b->pc;
	return false;
}

u32
resume_entries(const struct func *f, const struct graph *g, struct entry **out)
{
	struct entry *v = arena_alloc(g->arena, f->nblk * sizeof *v);
	u32 n = 0, m = 0;

	for (u32 i = 0; i < f->nblk; i++)
		if (f->blk[i].loop_header && polled(&f->blk[i]) && g->node[i].mark)     /* reachable */
			v[n++] = (struct entry){ .blk = i, .pc = f->blk[i].pc };
	qsort(v, n, sizeof *v, by_pc);
	for (u32 i = 0; i < n; i++)              /* an address can name one block only */
		if (!m || v[m - 1].pc != v[i].pc)
			v[m++] = v[i];
	*out = v;
	return m;
}

/* Sets of variables and temporaries as words. */
struct sets { u32 words; u64 *use, *def, *in; };

static void
add_use(u64 *use, const u64 *def, u32 v)
{
	if (!(def[v / 64] >> (v % 64) & 1))
		use[v / 64] |= 1ull << (v % 64);
}

static void
add_uses(u64 *use, const u64 *def, varset s)
{
	use[0] |= (u64)s & ~def[0];
	use[1] |= (u64)(s >> 64) & ~def[1];
}

static void
add_ins(const struct ins *in, u64 *use, u64 *def)
{
	u32 v = in->imm[0];

	switch (in->op) {
	case OP_get:
	case OP_getlo:
	case OP_flush:
	case OP_setlo:
		add_use(use, def, v);
		break;
	case OP_set:
	case OP_fetch:
	case OP_fetchlo:
		def[v / 64] |= 1ull << (v % 64);
		break;
	case OP_cond:
		add_use(use, def, VAR_FK);
		add_use(use, def, VAR_FA);
		add_use(use, def, VAR_FB);
		add_use(use, def, VAR_FC);
		break;
	case OP_poll:
		add_use(use, def, VAR_FUEL);
		/* fall through */
	case OP_trapif:
	case OP_expect:
	case OP_guard:
		add_uses(use, def, in->flush);
		break;
	}
}

static void
solve(const struct func *f, struct sets *s)
{
	u32 w = s->words;
	bool changed = true;

	while (changed) {
		changed = false;
		for (u32 i = f->nblk; i-- > 0; ) {
			const struct term *t = &f->blk[i].term;
			for (u32 k = 0; k < w; k++) {
				u64 live = 0;
				for (u32 j = 0; j < t->nsucc; j++)
					live |= s->in[t->succ[j] * w + k];
				live = s->use[i * w + k] | (live & ~s->def[i * w + k]);
				if (live != s->in[i * w + k]) {
					s->in[i * w + k] = live;
					changed = true;
				}
			}
		}
	}
}

/* Drops entries at which a temporary lives, and notes the variables that live at the others. */
void
resume_live(const struct func *f, struct graph *g, struct entry *en, u32 *n)
{
	struct arena *a = g->arena;
	struct sets s = { .words = (NVAR + f->ntemp + 63) / 64 };
	u32 w = s.words, m = 0;

	s.use = arena_alloc(a, (size_t)f->nblk * w * 8);
	s.def = arena_alloc(a, (size_t)f->nblk * w * 8);
	s.in = arena_alloc(a, (size_t)f->nblk * w * 8);
	for (u32 i = 0; i < f->nblk; i++) {
		const struct blk *b = &f->blk[i];
		for (u32 k = 0; k < b->n; k++)
			add_ins(&b->ins[k], s.use + i * w, s.def + i * w);
		add_uses(s.use + i * w, s.def + i * w, b->term.flush | b->term.pass | (b->term.kind == TERM_RET ? VARBIT(VAR_RSP) : 0));
		s.def[i * w] |= (u64)b->term.given;
		s.def[i * w + 1] |= (u64)(b->term.given >> 64);
	}
	solve(f, &s);
	g->live = arena_alloc(a, f->nblk * sizeof *g->live);
	for (u32 i = 0; i < f->nblk; i++)
		g->live[i] = ((varset)s.in[i * w] | (varset)s.in[i * w + 1] << 64) & (VARBIT(NVAR) - 1);
	for (u32 i = 0; i < *n; i++) {
		u64 *in = s.in + en[i].blk * w;
		bool temp = in[NVAR / 64] >> (NVAR % 64) != 0;
		for (u32 k = NVAR / 64 + 1; k < w; k++)
			temp |= in[k] != 0;
		if (temp)
			continue;
		en[m++] = en[i];
	}
	*n = m;
}

struct route {
	struct graph *g;
	struct entry *en;
	u32 n, nblk;
	u32 *lo, *hi;                            /* per loop: its entries are values lo..hi-1 */
	u32 *test;                               /* per loop: its NODE_RESUME, or NONE */
	u32 *way;                                /* the same with what it takes to get there before it; 0: none yet */
};

/* The child loop of outer (NONE: the function) that holds l, or NONE if l is outer itself. */
static u32
step(const struct graph *g, u32 outer, u32 l)
{
	u32 last = NONE;

	while (l != outer && l != NONE) {
		last = l;
		l = g->loop[l].parent;
	}
	return last;
}

/* What the loop carries anyway. */
static varset
carried(const struct route *r, u32 l)
{
	u32 header = l == NONE ? NONE : r->g->loop[l].header;

	return header < r->nblk ? r->g->live[header] : 0;
}

/* The temporary on which a block switches that does nothing else, or 0. */
static u32
index_of(const struct route *r, u32 node)
{
	const struct blk *b = node < r->nblk ? &r->g->f->blk[node] : NULL;
	const struct ins *x;

	if (!b || b->term.kind != TERM_SWITCH)
		return 0;
	x = &b->ins[b->term.val];
	if (x->op != OP_get || x->type != I32 || x->imm[0] < NVAR)
		return 0;
	for (u32 i = 0; i < b->n; i++)
		if (i != b->term.val && b->ins[i].op != OP_nop)
			return 0;
	return x->imm[0];
}

static u32
final_node(struct route *r, u32 from, u32 i)
{
	u32 n = graph_node(r->g, NODE_LABEL, 1);

	r->g->node[n].arrives = true;
	r->g->node[n].live = r->g->live[r->en[i].blk] & ~carried(r, from);
	r->g->node[n].succ[0] = r->en[i].blk;
	return n;
}

/* To the test of loop l, coming from that of the loop around it. */
static u32
way_to(struct route *r, u32 from, u32 l)
{
	varset missing = carried(r, l) & ~carried(r, from);
	u32 header = r->g->loop[l].header, index = index_of(r, header);
	bool dispatch = r->g->node[header].kind == NODE_DISPATCH;
	struct node *x;

	if (!missing && !index && !dispatch)
		return r->test[l];
	if (!r->way[l]) {
		r->way[l] = graph_node(r->g, index || dispatch ? NODE_LABEL : NODE_FETCH, 1);
		x = &r->g->node[r->way[l]];
		x->live = missing;
		x->index_var = index;
		x->second = r->g->node[header].second;
		x->value = NONE;
		x->succ[0] = index ? header : r->test[l];
	}
	return r->way[l];
}

/* Next node on the way from loop `from` (already inside) to entry i. */
static u32
next_node(struct route *r, u32 from, u32 i)
{
	u32 l = step(r->g, from, r->g->node[r->en[i].blk].loop);

	return l != NONE && r->test[l] != NONE ? way_to(r, from, l) : final_node(r, from, i);
}

static void
number_entries(struct route *r)
{
	for (u32 l = 0; l < r->g->nloop; l++) {
		r->lo[l] = NONE;
		r->hi[l] = 0;
	}
	for (u32 i = 0; i < r->n; i++)
		r->en[i].value = i + 1;
	for (u32 i = 0; i < r->n; i++) {
		for (u32 l = r->g->node[r->en[i].blk].loop; l != NONE; l = r->g->loop[l].parent) {
			if (r->en[i].value < r->lo[l])
				r->lo[l] = r->en[i].value;
			if (r->en[i].value >= r->hi[l])
				r->hi[l] = r->en[i].value + 1;
		}
	}
}

/* Behind the switch that node x is: where it went before with what is no index, or on to an entry. */
static void
test_behind(struct graph *g, u32 x, u32 test)
{
	struct node *h = &g->node[x], *t = &g->node[test];
	u32 *succ = arena_alloc(g->arena, (h->nsucc + 1) * sizeof *succ);

	for (u32 k = 0; k < t->nsucc; k++)
		t->succ[k] = h->succ[h->nsucc - 1];
	memcpy(succ, h->succ, h->nsucc * sizeof *succ);
	succ[h->nsucc++] = test;
	h->succ = succ;
}

/*
 * A test for every loop that holds other entries than its header: behind a header that is a switch on a temporary, in front of any other,
 * and then all edges to the header go to the test. Values of other loops in between never arrive.
 */
static void
add_tests(struct route *r)
{
	struct graph *g = r->g;
	u32 limit = g->nnode, *to = arena_alloc(g->arena, limit * sizeof *to), n;

	for (u32 l = 0; l < g->nloop; l++)
		r->test[l] = NONE;
	for (u32 i = 0; i < r->n; i++) {
		for (u32 l = g->node[r->en[i].blk].loop; l != NONE; l = g->loop[l].parent) {
			if (g->loop[l].header == r->en[i].blk || r->test[l] != NONE)
				continue;
			n = graph_node(g, NODE_RESUME, 1 + r->hi[l] - r->lo[l]);
			g->node[n].value = r->lo[l];
			r->test[l] = n;
			g->tests = true;
			if (index_of(r, g->loop[l].header))
				continue;
			for (u32 k = 0; k < g->node[n].nsucc; k++)
				g->node[n].succ[k] = g->loop[l].header;
			to[g->loop[l].header] = n;
		}
	}
	for (u32 i = 0; i < limit; i++) {
		struct node *x = &g->node[i];
		for (u32 k = 0; k < x->nsucc; k++)
			if (to[x->succ[k]])
				x->succ[k] = to[x->succ[k]];
	}
	for (u32 l = 0; l < g->nloop; l++)
		if (r->test[l] != NONE && index_of(r, g->loop[l].header))
			test_behind(g, g->loop[l].header, r->test[l]);
}

void
resume_route(struct graph *g, struct entry *en, u32 n)
{
	struct route r = { .g = g, .en = en, .n = n, .nblk = g->f->nblk };

	r.lo = arena_alloc(g->arena, (g->nloop + 1) * sizeof(u32));
	r.hi = arena_alloc(g->arena, (g->nloop + 1) * sizeof(u32));
	r.test = arena_alloc(g->arena, (g->nloop + 1) * sizeof(u32));
	r.way = arena_alloc(g->arena, (g->nloop + 1) * sizeof(u32));
	number_entries(&r);
	add_tests(&r);
	g->node[g->entry].nsucc = n;
	g->node[g->entry].succ = arena_alloc(g->arena, n * sizeof(u32));
	for (u32 i = 0; i < n; i++) {
		u32 to = next_node(&r, NONE, i);
		g->node[g->entry].succ[i] = to;
		for (u32 l = g->node[en[i].blk].loop; l != NONE; l = g->loop[l].parent) {
			if (r.test[l] == NONE)
				continue;
			to = next_node(&r, l, i);
			g->node[r.test[l]].succ[1 + en[i].value - r.lo[l]] = to;
		}
	}
}
