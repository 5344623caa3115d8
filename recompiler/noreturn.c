/*
 * noreturn.c - functions that do not return: imported ones by name, others because no way through them ends in a return. A call
 * to one does not lead to the instruction behind it, which matters where all ways to a place are asked for.
 */
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

static const char *const names[] = {
	"abort", "exit", "_exit", "_Exit", "quick_exit", "__stack_chk_fail", "__assert_fail", "__assert_perror_fail",
	"__assert", "__fortify_fail", "__chk_fail", "__longjmp_chk", "longjmp", "_longjmp", "siglongjmp", "pthread_exit",
	"err", "errx", "verr", "verrx", "_Unwind_Resume", "__cxa_throw", "__cxa_rethrow", "__cxa_bad_cast",
	"__cxa_bad_typeid", "__cxa_throw_bad_array_new_length", "__cxa_pure_virtual", "__cxa_call_unexpected",
	"_ZSt9terminatev", "__libc_fatal",
};

/* std::__throw_* are _ZSt, the length of the rest, __throw_... */
static bool
is_noreturn_name(const char *name)
{
	for (u32 i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	if (strncmp(name, "_ZSt", 4))
		return false;
	name += 4 + strspn(name + 4, "0123456789");
	return !strncmp(name, "__throw_", 8);
}

/* The branch at pc goes through the linker's pointer to a function that does not return, of this file or another one. */
static bool
through_slot(const struct disc *d, u32 pc)
{
	const struct elf *e = d->elf;
	struct insn in;
	u64 slot;

	if (!read_insn(d, pc, &in) || !address_const(&in.op[0], &in, &slot) || slot > UINT32_MAX || !slot)
		return false;
	if (pcmap_get(&d->slots, (u32)slot))
		return true;
	for (u32 i = reloc_find(e, (u32)slot); i < e->nreloc && e->reloc_addr[i] == slot; i++)
		if (e->reloc_target[i] && pcmap_get(&d->noreturn, e->reloc_target[i]))
			return true;
	return false;
}

static bool
push_once(struct disc *d, u32 pc)
{
	if (!is_insn(d, pc))
		return false;
	if (d->stamp[pc - d->lo] != d->now) {
		d->stamp[pc - d->lo] = d->now;
		vec_push(&d->todo, pc);
	}
	return true;
}

/* What follows the terminating instruction e; false if it may return to the caller. */
static bool
follow(struct disc *d, const struct block_end *e, u32 next)
{
	const struct range *r;

	switch (e->kind) {
	case CODE_JMP: return push_once(d, e->target);
	case CODE_BR: return push_once(d, e->target) && push_once(d, next);
	case CODE_SWITCH:
		for (u32 i = 0; i < e->table->n; i++)
			if (!push_once(d, e->table->target[i]))
				return false;
		return true;
	case CODE_CALL:
	case CODE_CALLIND:
		if (pcmap_get(&d->stops, e->pc))
			return true;
		r = range_of(d, e->pc);
		return (r && next >= r->hi) || push_once(d, next);
	case CODE_SYSCALL: return push_once(d, next);
	case CODE_TRAP: return true;
	case CODE_TAILIND: return through_slot(d, e->pc);
	default: return false;
	}
}

static bool
returns(struct disc *d, u32 entry)
{
	d->now++;
	d->todo.n = 0;
	if (!push_once(d, entry))
		return true;
	while (d->todo.n) {
		u32 pc = d->todo.v[--d->todo.n], next = pc + d->len[pc - d->lo];

		if (d->flag[pc - d->lo] & MAP_END) {
			if (!follow(d, block_end(d, pc), next))
				return true;
		} else if (!push_once(d, next))
			return true;
	}
	return false;
}

/* Calls of functions now known not to return are put into stops. */
static bool
mark_calls(struct disc *d)
{
	bool progress = false;

	for (u32 i = 0; i < d->nend; i++) {
		const struct block_end *e = &d->ends[i];
		bool stop = (e->kind == CODE_CALL && pcmap_get(&d->noreturn, e->target))
			|| (e->kind == CODE_CALLIND && through_slot(d, e->pc));

		if (stop && !pcmap_get(&d->stops, e->pc)) {
			pcmap_put(&d->stops, e->pc, 1);
			progress = true;
		}
	}
	return progress;
}

void
noreturn_find(struct disc *d)
{
	if (!d->stamp)
		d->stamp = arena_alloc(&d->tmp, (size_t)(d->hi - d->lo) * sizeof *d->stamp);
	for (u32 i = 0; !d->round && i < d->elf->nimport; i++)
		if (is_noreturn_name(d->elf->import[i].name))
			pcmap_put(&d->slots, d->elf->import[i].slot, 1);
	do {
		for (u32 i = 0; i < d->nend; i++) {
			u32 entry = d->ends[i].target;

			if (d->ends[i].kind != CODE_CALL || !entry || pcmap_get(&d->noreturn, entry))
				continue;
			if (pcmap_get(&d->checked, entry) == d->round + 1)
				continue;
			pcmap_put(&d->checked, entry, d->round + 1);
			if (!returns(d, entry))
				pcmap_put(&d->noreturn, entry, 1);
		}
		d->round++;
	} while (mark_calls(d));
}
