/*
 * partition.c - from the map of instructions to functions. A function is what can be reached from its entry by jumps within its group
 * of ranges: its own range and the chunks merged into it. Everything else it jumps to is another function's business.
 *
 * Places inside a group that are reached in other ways (called, jumped to from other functions, landing pads, addresses in
 * data) become functions of their own that share code with the first by copying it. Where normal flow would carry such a copy on and on, it
 * ends: a landing pad's copy stops where it joins the code that the function's own entry reaches, all stop after a number of blocks.
 */
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { SHARED_MAX = 256, PAD_MAX = 64 };         /* blocks of the copies */

struct part {
	struct disc *d;
	struct code *c;
	struct vec todo;
	struct vec cross;                        /* places inside functions that normal flow enters from outside */
	u32 *main_of;                            /* by address - lo: 1 + root whose main function has this block */
	struct code_func *func;
	u32 nfunc, cap;
	struct code_blk *blk;                    /* of the function under construction */
	u32 nblk, capblk;
};

static u32
root_of(const struct disc *d, u32 pc)
{
	struct range *r = range_of(d, pc);
	u32 i;

	if (!r)
		return ~0u;
	for (i = r->parent; d->range[i].parent != i; i = d->range[i].parent)
		;
	return i;
}

/* ---- gaps: code outside all ranges is cut at its entries ---- */

static bool
is_entry_byte(const struct disc *d, u32 pc)
{
	return d->len[pc - d->lo] && d->flag[pc - d->lo] & (MAP_CALLED | MAP_TAKEN | MAP_PAD);
}

static void
add_range(struct range **r, u32 *n, u32 *cap, struct arena *a, struct range x)
{
	u32 more = *cap ? *cap * 2 : 1024;

	if (*n == *cap) {
		*r = arena_grow(a, *r, *cap * sizeof x, more * sizeof x);
		*cap = more;
	}
	(*r)[(*n)++] = x;
}

static void
cut_gap(struct disc *d, u32 lo, u32 hi, struct range **r, u32 *n, u32 *cap)
{
	u32 start = 0;

	for (u32 pc = lo; pc < hi; pc++) {
		if (!d->len[pc - d->lo])
			continue;
		if (start && !is_entry_byte(d, pc))
			continue;
		if (start)
			add_range(r, n, cap, &d->tmp, (struct range){ .lo = start, .hi = pc });
		start = pc;
	}
	if (start)
		add_range(r, n, cap, &d->tmp, (struct range){ .lo = start, .hi = hi });
}

static void
fill_gaps(struct disc *d)
{
	struct range *all = NULL;
	u32 n = 0, cap = 0, at = d->lo;

	for (u32 i = 0; i < d->nrange; i++) {
		cut_gap(d, at, d->range[i].lo, &all, &n, &cap);
		add_range(&all, &n, &cap, &d->tmp, d->range[i]);
		at = d->range[i].hi;
	}
	cut_gap(d, at, d->hi, &all, &n, &cap);
	d->range = all;
	d->nrange = n;
	for (u32 i = 0; i < n; i++)
		all[i].parent = i;
}

/* ---- chunks ---- */

static bool
is_cold_name(const struct disc *d, u32 pc)
{
	u32 off;
	const char *name = elf_symbol(d->elf, pc, &off);

	return name && off == 0 && strstr(name, ".cold");
}

/*
 * A range is a chunk of another one if only jumps from that one lead into it, and either its frame is not empty where it
 * starts, or it jumps back into the other's middle, or its name says so. An address of its start that stands in data makes it a function of its
 * own, unless its frame is not empty: then it is the label of a computed goto.
 */
static void
merge_chunks(struct disc *d)
{
	u32 *from = arena_alloc(&d->tmp, (d->nrange + 1) * sizeof *from);        /* 1 + only source, ~0: several */
	bool *back = arena_alloc(&d->tmp, d->nrange + 1);

	for (u32 i = 0; i < d->nedge; i++) {
		struct range *s = range_of(d, d->edge[i].src), *t = range_of(d, d->edge[i].dst);
		u32 src = s ? (u32)(s - d->range) + 1 : ~0u;

		if (!t || s == t)
			continue;
		if (!from[t - d->range])
			from[t - d->range] = src;
		else if (from[t - d->range] != src)
			from[t - d->range] = ~0u;
	}
	for (u32 i = 0; i < d->nedge; i++) {
		struct range *s = range_of(d, d->edge[i].src), *t = range_of(d, d->edge[i].dst);

		if (s && t && s != t && t->lo != d->edge[i].dst && from[s - d->range] == (u32)(t - d->range) + 1)
			back[s - d->range] = true;
	}
	for (u32 i = 0; i < d->nrange; i++) {
		struct range *r = &d->range[i];
		u32 parent = from[i] - 1, root;

		if (!from[i] || from[i] == ~0u || (!r->moved && !back[i] && !is_cold_name(d, r->lo)))
			continue;
		if (d->len[r->lo - d->lo] && d->flag[r->lo - d->lo] & (r->moved ? MAP_CALLED : MAP_CALLED | MAP_TAKEN))
			continue;
		for (root = parent; d->range[root].parent != root && root != i; root = d->range[root].parent)
			;
		if (root != i)
			r->parent = parent;
	}
}

/* ---- blocks ---- */

static bool
starts_block(const struct disc *d, u32 pc)
{
	return is_insn(d, pc) && !(d->flag[pc - d->lo] & MAP_SKIP);
}

/* The index is not at hand in the jump's own block: a table to be searched by address. */
static struct jumptable *
by_address(struct disc *d, const struct jumptable *t)
{
	struct vec targets = { .arena = &d->tmp };

	for (u32 i = 0; i < t->n; i++)
		vec_push(&targets, t->target[i]);
	return jumptable_likely(d, &targets);
}

/* The block that starts at pc; it ends at a terminating instruction, before a leader, an unsupported instruction or unknown bytes. */
static struct code_blk
make_block(struct part *p, u32 pc, u32 root)
{
	struct disc *d = p->d;
	struct code_blk b = { .pc = pc, .kind = CODE_FALL };
	struct range *r = range_of(d, pc);

	for (;;) {
		u32 len = d->len[pc - d->lo];

		for (u32 i = 0; i < len && pc + i < d->hi; i++)
			d->flag[pc + i - d->lo] |= MAP_USED;
		b.end = pc + len;
		if (d->flag[pc - d->lo] & MAP_END)
			break;
		pc += len;
		if (!starts_block(d, pc) || d->flag[pc - d->lo] & MAP_LEADER || (r && pc >= r->hi))
			return b;
	}
	struct block_end *e = block_end(d, pc);

	b.kind = e->kind;
	b.target = e->target;
	b.noreturn = e->stops;
	b.table = e->table;
	if (b.table && b.table->load_pc && b.table->load_pc - b.pc >= b.end - b.pc)
		b.table = by_address(d, b.table);
	if (b.kind == CODE_JMP && root_of(d, b.target) != root)
		b.kind = CODE_TAIL;
	return b;
}

static void
reach(struct part *p, u32 pc, u32 root, bool stop_at_main, u32 max)
{
	struct disc *d = p->d;

	if (!starts_block(d, pc) || root_of(d, pc) != root || d->stamp[pc - d->lo] == d->now)
		return;
	if (p->nblk + p->todo.n >= max && p->nblk)
		return;
	if (stop_at_main && p->nblk && p->main_of[pc - d->lo] == root + 1)
		return;
	d->stamp[pc - d->lo] = d->now;
	vec_push(&p->todo, pc);
}

static void
reach_successors(struct part *p, const struct code_blk *b, u32 root, bool stop_at_main, u32 max)
{
	if (b->kind == CODE_JMP || b->kind == CODE_BR)
		reach(p, b->target, root, stop_at_main, max);
	if (b->kind == CODE_SWITCH)
		for (u32 i = 0; i < b->table->n; i++)
			reach(p, b->table->target[i], root, stop_at_main, max);
	if (b->kind == CODE_FALL || b->kind == CODE_BR || b->kind == CODE_SYSCALL
		|| ((b->kind == CODE_CALL || b->kind == CODE_CALLIND) && !b->noreturn))
		reach(p, b->end, root, stop_at_main, max);
}

static int
by_pc(const void *a, const void *b)
{
	const struct code_blk *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

static const char *
name_of(struct disc *d, u32 pc)
{
	u32 off;
	const char *name = elf_symbol(d->elf, pc, &off);

	if (!name)
		return arena_printf(d->arena, "fn_%x", pc);
	return off ? arena_printf(d->arena, "%s+0x%x", name, off) : name;
}

/* ---- functions ---- */

static void
add_func(struct part *p, u32 pc, u32 root, bool taken)
{
	struct code_func *f;
	u32 more = p->cap ? p->cap * 2 : 1024;

	if (p->nfunc == p->cap) {
		p->func = arena_grow(&p->d->tmp, p->func, p->cap * sizeof *f, more * sizeof *f);
		p->cap = more;
	}
	f = &p->func[p->nfunc++];
	f->pc = pc;
	f->name = name_of(p->d, pc);
	f->address_taken = taken;
	f->nblk = p->nblk;
	f->blk = arena_alloc(p->d->arena, p->nblk * sizeof *f->blk);
	memcpy(f->blk, p->blk, p->nblk * sizeof *f->blk);
	qsort(f->blk + 1, f->nblk - 1, sizeof *f->blk, by_pc);
	for (u32 i = 0; i < f->nblk; i++)
		if (f->blk[i].end > f->end && root_of(p->d, f->blk[i].pc) == root
			&& range_of(p->d, f->blk[i].pc) == range_of(p->d, pc))
			f->end = f->blk[i].end;
}

static void
make_func(struct part *p, u32 pc, u32 root, bool stop_at_main, u32 max)
{
	struct disc *d = p->d;
	u8 flags = d->flag[pc - d->lo];

	if (!starts_block(d, pc))
		return;
	d->now++;
	p->nblk = p->todo.n = 0;
	reach(p, pc, root, stop_at_main, max);
	for (u32 done = 0; done < p->todo.n; done++) {
		struct code_blk b = make_block(p, p->todo.v[done], root);
		u32 more = p->capblk ? p->capblk * 2 : 256;

		if (p->nblk == p->capblk) {
			p->blk = arena_grow(&d->tmp, p->blk, p->capblk * sizeof b, more * sizeof b);
			p->capblk = more;
		}
		p->blk[p->nblk++] = b;
		if (max == UINT32_MAX)
			p->main_of[b.pc - d->lo] = root + 1;
		reach_successors(p, &b, root, stop_at_main, max);
	}
	if (p->nblk)
		add_func(p, pc, root, flags & (MAP_TAKEN | MAP_PAD) || !(flags & MAP_CALLED || first_edge(d, pc)));
}

static void
main_funcs(struct part *p)
{
	struct disc *d = p->d;

	for (u32 i = 0; i < d->nrange; i++)
		if (d->range[i].parent == i && is_text(d, d->range[i].lo))
			make_func(p, d->range[i].lo, i, false, UINT32_MAX);
}

static void
find_cross(struct part *p)
{
	struct disc *d = p->d;

	for (u32 i = 0; i < d->nedge; i++) {
		u32 dst = d->edge[i].dst, root = root_of(d, dst);

		if (is_insn(d, dst) && root != ~0u && root != root_of(d, d->edge[i].src) && d->range[root].lo != dst)
			vec_push(&p->cross, dst);
	}
	vec_sort(&p->cross);
}

static void
other_funcs(struct part *p)
{
	struct disc *d = p->d;
	u32 next = 0;

	find_cross(p);
	for (u32 off = 0; off < d->hi - d->lo; off++) {
		u32 pc = d->lo + off, root;
		bool crossed = next < p->cross.n && p->cross.v[next] == pc;

		next += crossed;
		if (!d->len[off] || (!crossed && !(d->flag[off] & (MAP_CALLED | MAP_TAKEN | MAP_PAD))))
			continue;
		root = root_of(d, pc);
		if (root == ~0u || d->range[root].lo == pc)
			continue;
		if (crossed || d->flag[off] & MAP_CALLED)
			make_func(p, pc, root, false, SHARED_MAX);
		else if (p->main_of[off] != root + 1)
			make_func(p, pc, root, true, PAD_MAX);
	}
}

static int
by_func(const void *a, const void *b)
{
	const struct code_func *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

void
partition(struct disc *d, struct code *c)
{
	struct part p = { .d = d, .c = c };
	size_t span = d->hi - d->lo;

	p.todo.arena = p.cross.arena = &d->tmp;
	p.main_of = arena_alloc(&d->tmp, span * sizeof *p.main_of);
	fill_gaps(d);
	twice_find(d, &p.cross);
	merge_chunks(d);
	main_funcs(&p);
	other_funcs(&p);
	totals(d, c);
	qsort(p.func, p.nfunc, sizeof *p.func, by_func);
	c->func = arena_alloc(d->arena, (p.nfunc + 1) * sizeof *c->func);
	if (p.nfunc)
		memcpy(c->func, p.func, p.nfunc * sizeof *c->func);
	c->nfunc = p.nfunc;
}
