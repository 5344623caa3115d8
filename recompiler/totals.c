/*
 * totals.c - how much of what the file lists was found, and what was not, by cause. Padding between and inside functions counts for nothing.
 */
#include <elf.h>
#include "recompiler.h"
#include "discover.h"

/* From pc to the next byte that is used or known code, or hi, there is nothing but padding: its length, else 0. */
static u32
padding(const struct disc *d, u32 pc, u32 hi)
{
	u32 start = pc;
	struct insn in;

	while (pc < hi && !(d->flag[pc - d->lo] & MAP_USED) && !d->len[pc - d->lo]) {
		if (!read_insn(d, pc, &in))
			return 0;
		if (in.z.mnemonic != ZYDIS_MNEMONIC_NOP && in.z.mnemonic != ZYDIS_MNEMONIC_INT3
			&& in.z.mnemonic != ZYDIS_MNEMONIC_XCHG && in.z.mnemonic != ZYDIS_MNEMONIC_ENDBR64
			&& in.z.mnemonic != ZYDIS_MNEMONIC_LEA && in.z.mnemonic != ZYDIS_MNEMONIC_MOV)
			return 0;
		pc += in.z.length;
	}
	return (pc < hi ? pc : hi) - start;
}

static enum miss_cause
miss_cause(const struct disc *d, const struct code *c, const struct range *r, u32 pc)
{
	struct insn in;

	for (u32 i = 0; i < c->unresolved_jumps; i++)
		if (c->unresolved[i] - r->lo < r->hi - r->lo)
			return MISS_JUMP;
	return read_insn(d, pc, &in) ? MISS_DEAD : MISS_DATA;
}

static void
add_miss(const struct disc *d, struct code *c, const struct range *r, u32 pc, u32 *cap)
{
	struct miss *last = c->nmiss ? &c->miss[c->nmiss - 1] : NULL;

	if (last && last->pc + last->size == pc && pc > r->lo) {
		last->size++;
		return;
	}
	if (c->nmiss == *cap) {
		*cap = *cap ? *cap * 2 : 256;
		c->miss = arena_grow(d->arena, c->miss, c->nmiss * sizeof *c->miss, *cap * sizeof *c->miss);
	}
	c->miss[c->nmiss++] = (struct miss){ pc, 1, miss_cause(d, c, r, pc) };
}

static void
count_symbols(const struct disc *d, struct code *c)
{
	const struct elf *e = d->elf;
	u32 last = 0;

	for (u32 i = 0; i < e->nsym; i++) {
		const struct symbol *s = &e->sym[i];

		if ((s->type != STT_FUNC && s->type != STT_GNU_IFUNC) || !is_text(d, s->addr) || s->addr == last)
			continue;
		last = s->addr;
		c->symbols++;
		c->symbols_found += is_insn(d, s->addr);
	}
}

void
totals(struct disc *d, struct code *c)
{
	u32 skipped_end = 0, cap = 0;

	for (u32 i = 0; i < d->nrange; i++) {
		struct range *r = &d->range[i];
		u32 pad = 0;

		c->listed += r->listed;
		c->listed_found += r->listed && d->len[r->lo - d->lo];
		for (u32 pc = r->lo; pc < r->hi; pc++) {
			u8 *f = &d->flag[pc - d->lo];

			if (d->len[pc - d->lo] && !(*f & MAP_USED) && pc + d->len[pc - d->lo] > skipped_end)
				skipped_end = pc + d->len[pc - d->lo];
			if (!(*f & MAP_USED) && pc >= skipped_end && pad == 0)
				pad = padding(d, pc, r->hi);
			c->covered_bytes += !!(*f & MAP_USED);
			c->skipped_bytes += !(*f & MAP_USED) && pc < skipped_end;
			c->fde_bytes += r->listed && !pad;
			c->fde_covered += r->listed && !pad && (*f & MAP_USED || pc < skipped_end);
			if (r->listed && !pad && !(*f & MAP_USED) && pc >= skipped_end)
				add_miss(d, c, r, pc, &cap);
			pad -= pad > 0;
		}
	}
	count_symbols(d, c);
}
