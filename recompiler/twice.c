/*
 * twice.c - calls that come back more than once: setjmp, getcontext, swapcontext and their like. What stands behind such a call is
 * entered from the dispatcher, so it becomes a function of its own. They are known by what they do, which is the same everywhere: they
 * store r12 to r15 behind the pointer that rdi holds; imported ones by name.
 */
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { WALK_MAX = 64, SAVED = 0xf000, NO = 1, YES = 2 };

static bool
is_twice_name(const char *name)
{
	static const char *const names[] = {
		"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "getcontext", "swapcontext",
	};

	for (u32 i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool
through_import(const struct disc *d, const struct insn *in)
{
	u64 slot;

	if (!address_const(&in->op[0], in, &slot))
		return false;
	for (u32 i = 0; i < d->elf->nimport; i++)
		if (d->elf->import[i].slot == slot && is_twice_name(d->elf->import[i].name))
			return true;
	return false;
}

/* Straight on from pc, over direct jumps: are the registers stored through rdi before anything else happens? */
static bool
saves_registers(const struct disc *d, u32 pc)
{
	struct insn in;
	u32 saved = 0;

	for (u32 n = 0; n < WALK_MAX && is_insn(d, pc) && read_insn(d, pc, &in); n++) {
		const struct block_end *e = d->flag[pc - d->lo] & MAP_END ? block_end(d, pc) : NULL;

		if (in.z.mnemonic == ZYDIS_MNEMONIC_MOV && in.op[0].type == ZYDIS_OPERAND_TYPE_MEMORY
			&& in.op[0].mem.base == ZYDIS_REGISTER_RDI && in.op[1].type == ZYDIS_OPERAND_TYPE_REGISTER
			&& in.op[0].size == 64 && gpr(in.op[1].reg.value) >= 0)
			saved |= 1u << gpr(in.op[1].reg.value);
		if ((saved & SAVED) == SAVED)
			return true;
		if (d->defs[pc - d->lo] & (SAVED | 1u << 7))             /* r12..r15 rdi */
			return false;
		if (e && e->kind == CODE_TAILIND)
			return through_import(d, &in);
		if (e && e->kind != CODE_JMP)
			return false;
		pc = e ? e->target : pc + in.z.length;
	}
	return false;
}

void
twice_find(struct disc *d, struct vec *entries)
{
	struct pcmap known = { .arena = &d->tmp };

	for (u32 i = 0; i < d->nend; i++) {
		const struct block_end *e = &d->ends[i];
		u32 next = e->pc + d->len[e->pc - d->lo];

		if (e->kind != CODE_CALL || !e->target)
			continue;
		if (!pcmap_get(&known, e->target))
			pcmap_put(&known, e->target, saves_registers(d, e->target) ? YES : NO);
		if (pcmap_get(&known, e->target) != YES || !is_insn(d, next))
			continue;
		d->flag[next - d->lo] |= MAP_TAKEN | MAP_LEADER;
		vec_push(entries, next);
	}
}
