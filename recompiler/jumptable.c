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

enum { PATH_MAX = 64, ENTRIES_MAX = 4096, GUESS_MAX = 1024, SEARCH_MAX = 60000, WAYS_MAX = 2048 };

struct path {
	u32 pc[PATH_MAX];                /* forward order is pc[n - 1] .. pc[0]; pc[0] is the jump */
	u32 n;
	u32 certain;                     /* pc[certain - 1] is the first certain instruction */
};

/* ---- ways backwards ---- */

static bool
continues(const struct disc *d, u32 pc)
{
	struct block_end *end = d->flag[pc - d->lo] & MAP_END ? block_end(d, pc) : NULL;

	if (!end || end->kind == CODE_BR || end->kind == CODE_SYSCALL)
		return true;
	return (end->kind == CODE_CALL || end->kind == CODE_CALLIND) && !pcmap_get(&d->stops, pc);
}

/* Instructions that run directly before pc, at most max; the return value may be larger than max. */
static u32
predecessors(const struct disc *d, u32 pc, u32 *pred, u32 max)
{
	u32 n = 0;

	for (u32 back = 1; back <= ZYDIS_MAX_INSTRUCTION_LENGTH && back <= pc - d->lo; back++)
		if (d->len[pc - back - d->lo] == back && continues(d, pc - back)) {
			if (n < max)
				pred[n] = pc - back;
			n++;
		}
	if (d->flag[pc - d->lo] & MAP_LEADER)
		for (const struct edge *e = first_edge(d, pc); e; e = next_edge(d, e)) {
			if (n < max)
				pred[n] = e->src;
			n++;
		}
	return n;
}

static bool
is_entry(const struct disc *d, u32 pc)
{
	const struct range *r;

	if (d->flag[pc - d->lo] & (MAP_CALLED | MAP_PAD))
		return true;
	r = d->flag[pc - d->lo] & MAP_LEADER ? range_of(d, pc) : NULL;
	return r && r->lo == pc && !r->moved;
}

static void
walk_back(const struct disc *d, u32 jump, struct path *p)
{
	u32 pc = jump, pred[1];

	p->n = p->certain = 0;
	p->pc[p->n++] = jump;
	while (p->n < PATH_MAX) {
		u32 n = predecessors(d, pc, pred, 1);

		if (!p->certain && (n != 1 || is_entry(d, pc) || d->flag[pc - d->lo] & MAP_TAKEN))
			p->certain = p->n;
		if (!n)
			break;
		pc = pred[0];
		for (u32 i = 0; i < p->n; i++)
			if (p->pc[i] == pc)
				goto out;
		p->pc[p->n++] = pc;
	}
out:
	if (!p->certain)
		p->certain = p->n;
}

/* The constant that insn leaves in register reg (number in struct cpu), if it does. */
static bool
sets_const(const struct disc *d, u32 pc, u32 reg, u64 *v)
{
	struct insn in;

	if (!read_insn(d, pc, &in) || in.op[0].type != ZYDIS_OPERAND_TYPE_REGISTER)
		return false;
	if (in.op[0].size < 32 || in.op[0].reg.value == ZYDIS_REGISTER_NONE || gpr(in.op[0].reg.value) != (int)reg)
		return false;
	if (in.z.mnemonic == ZYDIS_MNEMONIC_LEA)
		return address_const(&in.op[1], &in, v);
	if (in.z.mnemonic == ZYDIS_MNEMONIC_MOV && in.op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		*v = in.op[1].imm.value.u;
		return true;
	}
	return false;
}

/* Nothing leads to pc: it stands behind a call that does not return. */
static bool
is_dead(const struct disc *d, u32 pc)
{
	const struct range *r = range_of(d, pc);

	return !(d->flag[pc - d->lo] & MAP_TAKEN) && !(r && r->lo == pc);
}

/* The one constant that reg holds whenever control arrives at pc, whichever way it came. */
bool
const_before(struct disc *d, u32 pc, u32 reg, u64 *v)
{
	struct vec *todo = &d->todo;
	bool found = false;
	u32 pred[WAYS_MAX];
	u64 c;

	if (!d->stamp)
		d->stamp = arena_alloc(&d->tmp, (size_t)(d->hi - d->lo) * sizeof *d->stamp);
	d->now++;
	todo->n = 0;
	vec_push(todo, pc);
	for (u32 done = 0; done < todo->n; done++) {
		u32 n = predecessors(d, todo->v[done], pred, WAYS_MAX);

		if (done > SEARCH_MAX || n > WAYS_MAX || is_entry(d, todo->v[done]))
			return false;
		if (!n && !is_dead(d, todo->v[done]))
			return false;
		for (u32 i = 0; i < n; i++) {
			if (d->stamp[pred[i] - d->lo] == d->now)
				continue;
			d->stamp[pred[i] - d->lo] = d->now;
			if (!(d->defs[pred[i] - d->lo] >> reg & 1)) {
				vec_push(todo, pred[i]);
				continue;
			}
			if (!sets_const(d, pred[i], reg, &c) || (found && c != *v))
				return false;
			*v = c;
			found = true;
		}
	}
	return found;
}

/* ---- the table ---- */

static bool
read_only(const struct elf *e, u32 addr)
{
	const struct segment *s = elf_segment(e, addr);

	return s && (!(s->flags & 2) || addr - e->relro < e->relro_size);       /* PF_W */
}

static bool
relocated(const struct elf *e, u32 addr, u64 *v)
{
	u32 lo = 0, hi = e->nreloc;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (e->reloc_addr[mid] < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == e->nreloc || e->reloc_addr[lo] != addr)
		return false;
	*v = e->reloc_target[lo];
	return true;
}

/* Entry i of the table that v describes: the link address of the jump's target. False if it cannot be told. */
static bool
entry(const struct disc *d, const struct symval *v, u32 i, u32 *target)
{
	u64 addr = v->c + (u64)i * v->size, x = 0;

	if (addr > UINT32_MAX || !read_only(d->elf, (u32)addr))
		return false;
	if (elf_read(d->elf, (u32)addr, &x, v->size) != v->size)
		return false;
	if (v->size == 8 && !relocated(d->elf, (u32)addr, &x) && d->elf->type == 3)     /* ET_DYN */
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
	if (is_insn(d, target) && (there == here || (here && here->moved && d->flag[target - d->lo] & MAP_LEADER)))
		return true;
	for (u32 back = 1; back < ZYDIS_MAX_INSTRUCTION_LENGTH && back <= target - d->lo; back++)
		if (!d->len[target - d->lo] && d->len[target - back - d->lo] > back)
			return false;
	return there == here || (there && there->moved) || (bounded && there && there->lo == target);
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

static struct jumptable *
build(struct disc *d, u32 jump, const struct symval *v, bool unbounded)
{
	struct jumptable *t;
	bool bounded = v->bound && v->bound <= ENTRIES_MAX;
	u64 end = bounded ? UINT64_MAX : neighbour(d, v->c);
	u32 max = bounded ? (u32)v->bound : GUESS_MAX;
	u32 *target, good = 0, n = 0;

	if (!bounded && !unbounded)
		return NULL;
	if (v->max && v->max < max)
		max = (u32)v->max;
	target = arena_alloc(&d->tmp, max * sizeof *target);
	for (; n < max && (!n || v->c + (u64)n * v->size < end); n++) {
		if (!entry(d, v, n, &target[n]))
			break;
		if (plausible(d, jump, target[n], bounded))
			good++;
		else if (!bounded)
			break;
	}
	if (!n || good * 2 < n || (!bounded && good < 2))
		return NULL;
	t = arena_alloc(d->arena, sizeof *t);
	*t = (struct jumptable){ .load_pc = v->pc, .index = ZYDIS_REGISTER_RAX + v->reg, .index_width = 8,
		.table = (u32)v->c, .stride = v->size, .n = n };
	t->target = arena_alloc(d->arena, n * sizeof *target);
	memcpy(t->target, target, n * sizeof *target);
	return t;
}

static struct symval
jump_value(struct disc *d, u32 pc)
{
	struct symstate *s = arena_alloc(&d->tmp, sizeof *s);
	struct path p;
	struct insn in;

	walk_back(d, pc, &p);
	symstate_init(s, d);
	for (u32 i = p.n; i-- > 1;) {
		if (i == p.certain - 1)
			symstate_join(s, p.pc[i]);
		if (read_insn(d, p.pc[i], &in))
			symstate_step(s, &in, p.pc[i - 1]);
	}
	if (p.certain == 1)
		symstate_join(s, pc);
	if (!read_insn(d, pc, &in))
		return (struct symval){ .kind = SYM_UNKNOWN };
	return symstate_operand(s, &in, &in.op[0]);
}

struct jumptable *
jumptable_find(struct disc *d, u32 pc, bool unbounded)
{
	struct symval v = jump_value(d, pc);

	if (v.kind != SYM_ENTRY || !v.size)
		return NULL;
	return build(d, pc, &v, unbounded);
}

bool
jump_is_tail(struct disc *d, u32 pc)
{
	const struct range *r = range_of(d, pc);
	struct symval v = jump_value(d, pc);
	struct insn in;
	u64 c;

	if (read_insn(d, pc, &in) && address_const(&in.op[0], &in, &c))
		return true;                             /* through one pointer: a stub or a call by the linker's grace */
	if (r && !ehframe_frame_empty(d, r, pc))
		return false;
	return v.kind != SYM_ENTRY && v.kind != SYM_LINEAR && !v.computed;
}
