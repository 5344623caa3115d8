/*
 * discover.c - follows control flow from the seeds and fills the map of instructions. Never a linear sweep: an instruction is in
 * the map only because something leads to it. Nothing is followed out of a function's range except by jumps and calls, so code
 * behind a call that does not return is not mistaken for code. Indirect jumps are looked at whenever the flow known so far is exhausted.
 */
#include <elf.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"

enum { REFINE_MAX = 6 };

/* ---- tables ---- */

bool
read_insn(const struct disc *d, u32 pc, struct insn *in)
{
	u8 buf[16];
	size_t n = elf_read(d->elf, pc, buf, ZYDIS_MAX_INSTRUCTION_LENGTH);

	return decode(in, pc, buf, n);
}

struct block_end *
block_end(const struct disc *d, u32 pc)
{
	u32 i = pcmap_get(&d->endmap, pc);

	return i ? &d->ends[i - 1] : NULL;
}

struct range *
range_of(const struct disc *d, u32 pc)
{
	u32 lo = 0, hi = d->nrange;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (d->range[mid].hi <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->nrange && d->range[lo].lo <= pc ? &d->range[lo] : NULL;
}

/* Where straight-line flow from pc must stop: the end of its range, or the start of the next one. */
static u32
limit_of(const struct disc *d, u32 pc)
{
	u32 lo = 0, hi = d->nrange;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (d->range[mid].hi <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == d->nrange)
		return d->hi;
	return d->range[lo].lo <= pc ? d->range[lo].hi : d->range[lo].lo;
}

void
add_edge(struct disc *d, u32 src, u32 dst)
{
	u32 head = pcmap_get(&d->edgemap, dst), cap = d->capedge ? d->capedge * 2 : 4096;

	if (d->nedge == d->capedge) {
		d->edge = arena_grow(&d->tmp, d->edge, d->capedge * sizeof *d->edge, cap * sizeof *d->edge);
		d->capedge = cap;
	}
	d->edge[d->nedge++] = (struct edge){ src, dst, head };
	pcmap_put(&d->edgemap, dst, d->nedge);
}

const struct edge *
first_edge(const struct disc *d, u32 dst)
{
	u32 i = pcmap_get(&d->edgemap, dst);

	return i ? &d->edge[i - 1] : NULL;
}

const struct edge *
next_edge(const struct disc *d, const struct edge *e)
{
	return e->next ? &d->edge[e->next - 1] : NULL;
}

bool
add_seed(struct disc *d, u32 pc, u8 flags)
{
	if (!is_text(d, pc))
		return false;
	d->flag[pc - d->lo] |= flags | MAP_LEADER;
	if (!d->len[pc - d->lo])
		vec_push(&d->work, pc);
	return true;
}

static void
add_end(struct disc *d, u32 pc, u8 kind, u32 target)
{
	u32 cap = d->capend ? d->capend * 2 : 4096;

	if (d->nend == d->capend) {
		d->ends = arena_grow(&d->tmp, d->ends, d->capend * sizeof *d->ends, cap * sizeof *d->ends);
		d->capend = cap;
	}
	d->ends[d->nend++] = (struct block_end){ .pc = pc, .kind = kind, .target = target };
	pcmap_put(&d->endmap, pc, d->nend);
	d->flag[pc - d->lo] |= MAP_END;
}

/* ---- one instruction ---- */

static u8
end_kind(const struct insn *in)
{
	bool imm = in->z.operand_count_visible && in->op[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

	if (in->z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return CODE_TRAP;
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_RET: return CODE_RET;
	case ZYDIS_MNEMONIC_CALL: return imm ? CODE_CALL : CODE_CALLIND;
	case ZYDIS_MNEMONIC_JMP: return imm ? CODE_JMP : CODE_TAILIND;
	case ZYDIS_MNEMONIC_SYSCALL: return CODE_SYSCALL;
	case ZYDIS_MNEMONIC_UD0: case ZYDIS_MNEMONIC_UD1: case ZYDIS_MNEMONIC_UD2:
	case ZYDIS_MNEMONIC_HLT: case ZYDIS_MNEMONIC_INT: case ZYDIS_MNEMONIC_INT1: case ZYDIS_MNEMONIC_INT3:
	case ZYDIS_MNEMONIC_IRET: case ZYDIS_MNEMONIC_IRETD: case ZYDIS_MNEMONIC_IRETQ:
	case ZYDIS_MNEMONIC_SYSENTER: case ZYDIS_MNEMONIC_SYSEXIT: case ZYDIS_MNEMONIC_SYSRET:
		return CODE_TRAP;
	default: break;
	}
	return in->z.meta.category == ZYDIS_CATEGORY_COND_BR && imm ? CODE_BR : CODE_FALL;
}

static u16
defined(const struct insn *in)
{
	u16 defs = 0;

	for (u32 i = 0; i < in->z.operand_count; i++) {
		const ZydisDecodedOperand *o = &in->op[i];

		if (o->type == ZYDIS_OPERAND_TYPE_REGISTER && o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) {
			ZydisRegister r = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, o->reg.value);

			if (r >= ZYDIS_REGISTER_RAX && r <= ZYDIS_REGISTER_R15)
				defs |= (u16)(1u << (r - ZYDIS_REGISTER_RAX));
		}
	}
	if (in->z.mnemonic == ZYDIS_MNEMONIC_CALL || in->z.mnemonic == ZYDIS_MNEMONIC_SYSCALL)
		defs |= 0x0fc7;                                  /* all but rbx rbp rsp r12..r15 */
	return defs;
}

/* Code and data addresses that stand in an instruction. */
static void
note_addresses(struct disc *d, const struct insn *in)
{
	for (u32 i = 0; i < in->z.operand_count_visible; i++) {
		const ZydisDecodedOperand *o = &in->op[i];
		u64 v;

		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY) {
			if (o->mem.base == ZYDIS_REGISTER_RIP)
				v = (u64)in->pc + in->z.length + (u64)o->mem.disp.value;
			else if (d->elf->type == ET_EXEC)
				v = (u64)o->mem.disp.value;
			else
				continue;
		} else if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && !o->imm.is_relative && d->elf->type == ET_EXEC
			&& in->z.mnemonic != ZYDIS_MNEMONIC_CMP && in->z.mnemonic != ZYDIS_MNEMONIC_TEST)
			v = o->imm.value.u;
		else
			continue;
		if (v < d->elf->lo || v >= d->elf->hi)
			continue;
		if (is_text(d, (u32)v) && (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE || in->z.mnemonic == ZYDIS_MNEMONIC_LEA))
			vec_push(&d->weak, (u32)v);
		else
			vec_push(&d->datarefs, (u32)v);
	}
}

static bool
unsupported(const struct disc *d, const struct insn *in)
{
	return in->z.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY && lift_level(in) > d->cpu_level;
}

static void
handle_end(struct disc *d, const struct insn *in, u8 kind)
{
	u64 target = 0;
	u32 next = in->pc + in->z.length;

	if (in->z.operand_count_visible && in->op[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		target = in->op[0].imm.is_relative ? next + in->op[0].imm.value.u : 0;
	add_end(d, in->pc, kind, (u32)target);
	if (kind == CODE_JMP || kind == CODE_BR) {
		add_edge(d, in->pc, (u32)target);
		add_seed(d, (u32)target, 0);
	} else if (kind == CODE_CALL)
		add_seed(d, (u32)target, MAP_CALLED);
	else if (kind == CODE_TAILIND)
		vec_push(&d->indirect, in->pc);
}

static bool
falls_through(u8 kind)
{
	return kind == CODE_FALL || kind == CODE_BR || kind == CODE_CALL || kind == CODE_CALLIND || kind == CODE_SYSCALL;
}

static void
explore(struct disc *d, u32 pc)
{
	u32 limit = limit_of(d, pc);
	struct insn in;
	u8 kind = CODE_FALL;

	for (;;) {
		if (pc >= limit) {
			if (kind != CODE_FALL && kind != CODE_BR)
				return;
			limit = limit_of(d, pc);
		}
		if (!is_text(d, pc) || d->len[pc - d->lo] || !read_insn(d, pc, &in))
			return;
		d->len[pc - d->lo] = in.z.length;
		d->defs[pc - d->lo] = defined(&in);
		d->ninsn++;
		if (unsupported(d, &in))
			d->flag[pc - d->lo] |= MAP_SKIP;
		note_addresses(d, &in);
		kind = end_kind(&in);
		if (kind != CODE_FALL)
			handle_end(d, &in, kind);
		if (!falls_through(kind))
			return;
		pc += in.z.length;
		if (kind != CODE_FALL && pc < limit && is_text(d, pc))
			d->flag[pc - d->lo] |= MAP_LEADER;
	}
}

/* ---- the whole file ---- */

static void
drain(struct disc *d)
{
	while (d->work.n)
		explore(d, d->work.v[--d->work.n]);
}

static void
add_targets(struct disc *d, u32 pc, const struct jumptable *t)
{
	struct vec once = { .arena = &d->tmp };

	for (u32 i = 0; i < t->n; i++)
		vec_push(&once, t->target[i]);
	vec_sort(&once);
	for (u32 i = 0; i < once.n; i++) {
		add_edge(d, pc, once.v[i]);
		add_seed(d, once.v[i], 0);
	}
}

static bool
resolve(struct disc *d, bool unbounded)
{
	bool progress = false;

	for (u32 i = 0; i < d->indirect.n; i++) {
		u32 pc = d->indirect.v[i];
		struct block_end *end = block_end(d, pc);
		struct jumptable *t = end->table ? NULL : jumptable_find(d, pc, unbounded);

		if (!t)
			continue;
		end->table = t;
		end->kind = CODE_SWITCH;
		progress = true;
		add_targets(d, pc, t);
	}
	return progress;
}

static bool
same_table(const struct jumptable *a, const struct jumptable *b)
{
	if (a->load_pc != b->load_pc || a->index != b->index || a->table != b->table || a->stride != b->stride)
		return false;
	return a->n == b->n && !memcmp(a->target, b->target, a->n * sizeof *a->target);
}

/*
 * Where nothing bounds a table's length, what its first entries lead to often names the object behind it. So such tables grow by doubling,
 * each time after the code found so far was followed: an entry too many would be decoded, and stand in the way of true ones.
 */
static bool
widen(struct disc *d)
{
	struct vec again = d->clipped;
	bool progress = false;

	d->clipped = (struct vec){ .arena = &d->tmp };
	vec_sort(&again);
	for (u32 i = 0; i < again.n; i++) {
		struct block_end *end = block_end(d, again.v[i]);
		u32 guess = pcmap_get(&d->guess, end->pc);
		struct jumptable *t;

		pcmap_put(&d->guess, end->pc, 2 * (guess ? guess : GUESS_FIRST));
		if (!(t = jumptable_find(d, end->pc, true)) || (end->table && same_table(t, end->table)))
			continue;
		end->table = t;
		end->kind = CODE_SWITCH;
		add_targets(d, end->pc, t);
		progress = true;
	}
	return progress;
}

static void
settle(struct disc *d)
{
	bool more;

	drain(d);
	do {
		noreturn_find(d);
		while (resolve(d, false))
			drain(d);
		vec_sort(&d->datarefs);
		more = resolve(d, true);
		more |= widen(d);
		drain(d);
	} while (more);
}

/* Inside an instruction that is already known: then it is not code, or only by overlap. */
static bool
inside(const struct disc *d, u32 pc)
{
	if (is_insn(d, pc))
		return false;
	for (u32 back = 1; back < ZYDIS_MAX_INSTRUCTION_LENGTH && back <= pc - d->lo; back++)
		if (d->len[pc - back - d->lo] > back)
			return true;
	return false;
}

/*
 * Tables found early may have been found through an incomplete picture. They are looked for again until nothing changes; what still
 * looks different in the last round is given up.
 */
static void
refine(struct disc *d)
{
	bool change = true;

	for (u32 round = 0; change; round++) {
		change = false;
		for (u32 i = 0; i < d->indirect.n; i++) {
			struct block_end *end = block_end(d, d->indirect.v[i]);
			struct jumptable *now = jumptable_find(d, end->pc, true);

			if (!end->table && !now)
				continue;
			if (end->table && now && same_table(end->table, now))
				continue;
			if (round == REFINE_MAX) {
				pcmap_put(&d->hopeless, end->pc, 1);
				now = NULL;
			}
			end->table = now;
			end->kind = now ? CODE_SWITCH : CODE_TAILIND;
			if (now)
				add_targets(d, end->pc, now);
			change |= now != NULL;
		}
		settle(d);
	}
}

static void
init_arenas(struct disc *d)
{
	struct vec *v[] = { &d->work, &d->weak, &d->pads, &d->indirect, &d->datarefs, &d->todo, &d->sites, &d->clipped };

	for (u32 i = 0; i < sizeof v / sizeof *v; i++)
		v[i]->arena = &d->tmp;
	d->endmap.arena = d->edgemap.arena = d->padmap.arena = &d->tmp;
	d->hopeless.arena = d->guess.arena = &d->tmp;
}

static void
count(struct disc *d, struct code *c)
{
	c->ninsn = d->ninsn;
	for (u32 i = 0; i < d->hi - d->lo; i++)
		c->text_bytes += d->flag[i] & MAP_TEXT;
	vec_sort(&d->indirect);
	c->unresolved = arena_alloc(d->arena, d->indirect.n * sizeof(u32));
	for (u32 i = 0; i < d->indirect.n; i++) {
		struct block_end *end = block_end(d, d->indirect.v[i]);

		if (!end->table && !jump_is_tail(d, end->pc))
			c->unresolved[c->unresolved_jumps++] = end->pc;
	}
}

struct code *
discover(struct arena *a, struct elf *e, u32 cpu_level)
{
	struct disc d = { .arena = a, .elf = e, .cpu_level = cpu_level };
	struct code *c = arena_alloc(a, sizeof *c);
	u32 done = 0;

	c->elf = e;
	init_arenas(&d);
	seeds_text(&d);
	seeds_ranges(&d);
	seeds_strong(&d);
	settle(&d);
	seeds_data(&d);
	do {
		for (; done < d.weak.n; done++)
			if (!inside(&d, d.weak.v[done]))
				add_seed(&d, d.weak.v[done], MAP_TAKEN);
		settle(&d);
		if (done == d.weak.n)
			refine(&d);
	} while (done < d.weak.n);
	count(&d, c);
	partition(&d, c);
	arena_free(&d.tmp);
	return c;
}
