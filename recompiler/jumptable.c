/*
 * jumptable.c - the targets of indirect jumps through tables of code addresses or of offsets.
 *
 * The instructions that lead to the jump are taken backwards as one path and then run forwards over symbolic values: constants,
 * "constant + scale * register at pc" and "entry of the table at constant". The jump has a table when its target is such an
 * entry, plus a constant for tables of offsets, and the table lies where nobody can write.
 *
 * The path has two parts. Up to the first place that can be reached in another way (the join) everything is certain; what lies before
 * it is one way among several and serves only to find the comparison that bounds the index. A register that must be constant
 * at the join (a table's base hoisted out of a loop) is looked up with const_before(), which follows all ways. So base, stride
 * and index are facts; only the number of entries is a guess, and a wrong guess is harmless, see struct jumptable.
 */
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { ENTRIES_MAX = 4096, STRIDE_MIN = 8, STRIDES_GUESS = 16, LABELS_MAX = 1024 };

/* ---- the table ---- */

static bool
read_only(const struct elf *e, u32 addr)
{
	const struct segment *s = elf_segment(e, addr);

	return s && (!(s->flags & 2) || addr - e->relro < e->relro_size);       /* PF_W */
}

u32
reloc_find(const struct elf *e, u32 addr)
{
	u32 lo = 0, hi = e->nreloc;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (e->reloc_addr[mid] < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
relocated(const struct elf *e, u32 addr, u64 *v)
{
	u32 i = reloc_find(e, addr);

	if (i == e->nreloc || e->reloc_addr[i] != addr)
		return false;
	*v = e->reloc_target[i];
	return true;
}

bool
read_const(const struct disc *d, u64 addr, u32 size, u64 *v)
{
	u64 x = 0;

	if (addr > UINT32_MAX || !read_only(d->elf, (u32)addr) || size > 8)
		return false;
	if (elf_read(d->elf, (u32)addr, &x, size) != size)
		return false;
	if (size == 8 && !relocated(d->elf, (u32)addr, &x) && d->elf->type == 3)        /* ET_DYN */
		return false;
	*v = x;
	return true;
}

/* Entry i of the table that v describes: the link address of the jump's target. False if it cannot be told. */
static bool
entry(const struct disc *d, const struct symval *v, u32 i, u32 *target)
{
	u64 addr = v->c + (u64)i * v->size, x;

	if (v->kind == SYM_LINEAR) {                     /* no table: code of equal strides */
		*target = (u32)(v->c + (u64)i * v->scale);
		return true;
	}
	if (!read_const(d, addr, v->size, &x))
		return false;
	if (v->sext && v->size == 4)
		x = (u64)(i64)(i32)x;
	x += v->addend;
	if (x > UINT32_MAX)
		return false;
	*target = (u32)x;
	return true;
}

static bool
plausible(const struct disc *d, u32 jump, u32 target, bool bounded)
{
	const struct range *here = range_of(d, jump), *there = range_of(d, target);

	if (!is_text(d, target))
		return false;
	if (is_insn(d, target) && bounded)
		return true;
	for (u32 back = 1; back < ZYDIS_MAX_INSTRUCTION_LENGTH && back <= target - d->lo; back++)
		if (d->len[target - back - d->lo] > back)
			return false;
	if (is_insn(d, target) && here && here->moved && d->flag[target - d->lo] & MAP_LEADER)
		return true;
	return bounded || there == here || (there && there->moved);
}

/* Where another table or object begins behind addr, as far as instructions name it. */
static u64
neighbour(const struct disc *d, u64 addr)
{
	u32 lo = 0, hi = d->datarefs.n;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (d->datarefs.v[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->datarefs.n ? d->datarefs.v[lo] : UINT64_MAX;
}

bool
table_targets(struct disc *d, u32 jump, const struct symval *v, bool unbounded, struct vec *out)
{
	bool bounded = v->bound && v->bound <= ENTRIES_MAX, more = !bounded || (!v->sure && unbounded);
	u32 bound = bounded ? (u32)v->bound : 0, guess = pcmap_get(&d->guess, jump), max = bound;
	u32 target, good = 0, n = 0, first = out->n;
	u64 end = neighbour(d, v->c);

	if (more)                                        /* one of the ways has that bound, or none has */
		max += guess ? guess : GUESS_FIRST;
	guess = more && v->kind == SYM_ENTRY ? max : 0;
	if (v->kind == SYM_LINEAR && v->scale >= STRIDE_MIN && v->c <= UINT32_MAX && is_text(d, (u32)v->c))
		max = bounded ? bound : v->max ? GUESS_MAX : STRIDES_GUESS;
	else if (v->kind != SYM_ENTRY || !v->size)
		return false;
	if (!bounded && !unbounded)
		return false;
	if (v->max && v->max < max)
		max = (u32)v->max;
	for (; n < max && (n < bound || !n || v->c + (u64)n * v->size < end); n++) {
		if (!entry(d, v, n, &target) || (v->kind == SYM_LINEAR && n && is_text(d, target)
			&& d->flag[target - d->lo] & MAP_TAKEN))
			break;
		if (plausible(d, jump, target, n < bound))
			good++;
		else if (n >= bound)
			break;
		vec_push(out, target);
	}
	if (n == guess && n < GUESS_MAX)
		vec_push(&d->clipped, jump);
	if (n && good * 2 >= n && (bounded || good >= 2))
		return true;
	out->n = first;
	return false;
}

void
run_path(struct disc *d, u32 pc, struct symstate *s, struct path *p)
{
	struct insn in;

	walk_back(d, pc, p);
	symstate_init(s, d);
	for (u32 i = p->n; i-- > 1;) {
		if (i == p->certain - 1)
			symstate_join(s, p->pc[i]);
		if (read_insn(d, p->pc[i], &in))
			symstate_step(s, &in, p->pc[i - 1]);
	}
	if (p->certain == 1)
		symstate_join(s, pc);
}

static struct symval
jump_value(struct disc *d, u32 pc, u32 *join)
{
	struct symstate s;
	struct path p;
	struct insn in;

	run_path(d, pc, &s, &p);
	*join = s.join;
	if (!read_insn(d, pc, &in))
		return (struct symval){ .kind = SYM_UNKNOWN };
	return symstate_operand(&s, &in, &in.op[0]);
}

struct jumptable *
jumptable_likely(struct disc *d, struct vec *targets)
{
	struct jumptable *t;

	if (!targets->n)
		return NULL;
	vec_sort(targets);
	t = arena_alloc(d->arena, sizeof *t);
	t->n = targets->n;
	t->target = arena_alloc(d->arena, t->n * sizeof *t->target);
	memcpy(t->target, targets->v, t->n * sizeof *t->target);
	return t;
}

/* A jump whose target is always the same. */
static struct jumptable *
constant_jump(struct disc *d, u32 pc, u64 target)
{
	struct vec one = { .arena = &d->tmp };
	struct insn in;
	u64 slot;

	if (target > UINT32_MAX || !is_text(d, (u32)target))
		return NULL;
	if (read_insn(d, pc, &in) && address_const(&in.op[0], &in, &slot))
		return NULL;                             /* a stub: its pointer may be bound to another function */
	vec_push(&one, (u32)target);
	return jumptable_likely(d, &one);
}

/* Code addresses inside the function that stand in data or in instructions: where else could it jump to? */
static struct jumptable *
labels(struct disc *d, u32 pc)
{
	struct vec found = { .arena = &d->tmp };
	const struct range *r = range_of(d, pc);

	if (!r || jump_is_tail(d, pc))
		return NULL;
	for (u32 at = r->lo + 1; at < r->hi && found.n < LABELS_MAX; at++)
		if (d->len[at - d->lo] && d->flag[at - d->lo] & MAP_TAKEN)
			vec_push(&found, at);
	return jumptable_likely(d, &found);
}

struct jumptable *
jumptable_find(struct disc *d, u32 pc, bool unbounded)
{
	struct vec targets = { .arena = &d->tmp };
	struct jumptable *t;
	struct symval v;
	u32 join;

	if (pcmap_get(&d->hopeless, pc))
		return NULL;
	v = jump_value(d, pc, &join);
	if (v.kind == SYM_CONST)
		return constant_jump(d, pc, v.c);
	if (v.kind == SYM_UNKNOWN && v.origin && join) {
		t = jumpsites_find(d, pc, join, v.origin - 1u, unbounded);
		return t || !unbounded ? t : labels(d, pc);
	}
	if (!table_targets(d, pc, &v, unbounded, &targets))
		return unbounded ? labels(d, pc) : NULL;
	t = arena_alloc(d->arena, sizeof *t);
	*t = (struct jumptable){ .load_pc = v.pc, .index = ZYDIS_REGISTER_RAX + v.reg, .index_width = 8,
		.table = (u32)v.c, .stride = v.size, .n = targets.n };
	t->target = arena_alloc(d->arena, targets.n * sizeof *t->target);
	memcpy(t->target, targets.v, targets.n * sizeof *t->target);
	return t;
}

/* longjmp and the end of exception handling: rsp comes from a register that is no frame pointer. */
static bool
changes_stack(const struct disc *d, const struct path *p)
{
	struct insn in;

	for (u32 i = 1; i < p->certain; i++)
		if (d->defs[p->pc[i] - d->lo] >> 4 & 1 && read_insn(d, p->pc[i], &in)
			&& in.z.mnemonic == ZYDIS_MNEMONIC_MOV && gpr(in.op[1].reg.value) != 5)
			return true;
	return false;
}

bool
jump_is_tail(struct disc *d, u32 pc)
{
	const struct range *r = range_of(d, pc);
	u32 join;
	struct symval v = jump_value(d, pc, &join);
	struct path p;
	struct insn in;
	u64 c;

	if (read_insn(d, pc, &in) && address_const(&in.op[0], &in, &c))
		return true;                             /* through one pointer: a stub or a call by the linker's grace */
	walk_back(d, pc, &p);
	if (changes_stack(d, &p))
		return true;
	if (r && !ehframe_frame_empty(d, r, pc))
		return false;
	if (v.kind == SYM_ENTRY)
		return (!v.bound && !v.max) || v.c > UINT32_MAX || !read_only(d->elf, (u32)v.c);
	return v.kind != SYM_LINEAR && !v.computed;
}
