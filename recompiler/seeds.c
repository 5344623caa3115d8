/*
 * seeds.c - where code starts, as far as the file's tables say it: text ranges, function ranges, entries, pointers in data. What
 * instructions say (calls, jumps, lea) is found by discover.c.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"

enum { SPAN_MAX = 1 << 30 };

/* Calls f for every run of executable file bytes: executable sections, or executable segments of files without headers. */
static void
each_text(struct disc *d, void (*f)(struct disc *d, u32 lo, u32 hi))
{
	struct elf *e = d->elf;
	bool sections = false;

	for (u32 i = 0; i < e->nsec; i++) {
		struct section *s = &e->sec[i];
		const struct segment *seg = elf_segment(e, s->addr);

		if (!(s->flags & SHF_EXECINSTR) || s->type != SHT_PROGBITS || !s->size || !seg || !(seg->flags & PF_X))
			continue;
		if (s->addr - seg->addr + s->size > seg->filesz)
			continue;
		f(d, s->addr, s->addr + s->size);
		sections = true;
	}
	for (u32 i = 0; !sections && i < e->nseg; i++)
		if (e->seg[i].flags & PF_X && e->seg[i].filesz)
			f(d, e->seg[i].addr, e->seg[i].addr + e->seg[i].filesz);
}

static void
widen(struct disc *d, u32 lo, u32 hi)
{
	if (d->lo == d->hi)
		d->lo = lo, d->hi = hi;
	if (lo < d->lo)
		d->lo = lo;
	if (hi > d->hi)
		d->hi = hi;
}

static void
mark_text(struct disc *d, u32 lo, u32 hi)
{
	memset(d->flag + (lo - d->lo), MAP_TEXT, hi - lo);
}

void
seeds_text(struct disc *d)
{
	u32 span;

	each_text(d, widen);
	span = d->hi - d->lo;
	if (span > SPAN_MAX)
		die("%s: its code is spread over more than 1 GiB", d->elf->path);
	d->len = arena_alloc(&d->tmp, span);
	d->flag = arena_alloc(&d->tmp, span);
	d->defs = arena_alloc(&d->tmp, (size_t)span * sizeof *d->defs);
	d->stamp = arena_alloc(&d->tmp, (size_t)span * sizeof *d->stamp);
	each_text(d, mark_text);
}

/* ---- ranges ---- */

static int
by_lo(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	return (x->hi < y->hi) - (x->hi > y->hi);
}

static void
sort_ranges(struct disc *d)
{
	u32 n = 0;

	if (!d->nrange)
		return;
	qsort(d->range, d->nrange, sizeof *d->range, by_lo);
	for (u32 i = 0; i < d->nrange; i++) {
		if (n && d->range[i].lo < d->range[n - 1].hi)
			continue;                                /* a duplicate or nested: an entry of the outer one */
		d->range[n++] = d->range[i];
	}
	d->nrange = n;
	for (u32 i = 0; i < n; i++)
		d->range[i].parent = i;
}

/* Function symbols with a size stand in for missing FDEs (musl's libc has none). */
static void
symbol_ranges(struct disc *d)
{
	struct elf *e = d->elf;
	u32 old = d->nrange;
	struct range *all = arena_alloc(&d->tmp, ((size_t)old + e->nsym) * sizeof *all);
	u32 n = 0, f = 0;

	for (u32 i = 0; i < e->nsym; i++) {
		const struct symbol *s = &e->sym[i];
		u32 hi = s->addr + s->size;

		if ((s->type != STT_FUNC && s->type != STT_GNU_IFUNC) || !s->size || !is_text(d, s->addr) || hi > d->hi)
			continue;
		if (n && all[n - 1].lo == s->addr)
			continue;
		while (f < old && d->range[f].hi <= s->addr)
			f++;
		if (f < old && d->range[f].lo < hi)
			continue;
		all[n++] = (struct range){ .lo = s->addr, .hi = hi };
	}
	if (old)
		memcpy(all + n, d->range, old * sizeof *all);
	d->range = all;
	d->nrange = old + n;
}

void
seeds_ranges(struct disc *d)
{
	ehframe_read(d);
	gopclntab_read(d);
	sort_ranges(d);
	symbol_ranges(d);
	sort_ranges(d);
}

/* ---- entries ---- */

static void
array_words(struct disc *d, u32 addr, u32 size)
{
	u64 v;

	for (u32 off = 0; off < size / 8 * 8 && elf_read(d->elf, addr + off, &v, 8) == 8; off += 8)
		if (v <= UINT32_MAX)
			add_seed(d, (u32)v, MAP_TAKEN);
}

void
seeds_strong(struct disc *d)
{
	struct elf *e = d->elf;

	add_seed(d, e->entry, MAP_TAKEN);
	add_seed(d, e->init, MAP_TAKEN);
	add_seed(d, e->fini, MAP_TAKEN);
	for (u32 i = 0; i < d->nrange; i++)
		add_seed(d, d->range[i].lo, 0);
	for (u32 i = 0; i < e->nsym; i++) {
		const struct symbol *s = &e->sym[i];
		bool func = s->type == STT_FUNC || s->type == STT_GNU_IFUNC;

		if (func || (s->type == STT_NOTYPE && s->bind == STB_GLOBAL))
			add_seed(d, s->addr, s->dynamic || !range_of(d, s->addr) ? MAP_TAKEN : 0);
	}
	if (e->type == ET_EXEC) {
		array_words(d, e->init_array.addr, e->init_array.size);
		array_words(d, e->fini_array.addr, e->fini_array.size);
	}
	for (u32 i = 0; i < d->pads.n; i++)
		add_seed(d, d->pads.v[i], MAP_PAD);
}

/* ---- pointers in data ---- */

static void
scan_words(struct disc *d, u32 lo, u32 hi)
{
	u8 buf[4096];
	u64 v;

	lo = (lo + 7) & ~7u;
	while (lo < hi) {
		size_t want = hi - lo < sizeof buf ? hi - lo : sizeof buf;
		size_t got = elf_read(d->elf, lo, buf, want) & ~(size_t)7;

		if (!got)
			return;
		for (size_t i = 0; i < got; i += 8) {
			memcpy(&v, buf + i, 8);
			if (v - d->lo < d->hi - d->lo && is_text(d, (u32)v))
				vec_push(&d->weak, (u32)v);
		}
		lo += (u32)got;
	}
}

/* Position-independent files name every pointer in their relocations; in others every aligned word of data may be one. */
void
seeds_data(struct disc *d)
{
	struct elf *e = d->elf;
	bool sections = false;

	for (u32 i = 0; i < e->nreloc; i++)
		if (is_text(d, e->reloc_target[i]))
			vec_push(&d->weak, e->reloc_target[i]);
	if (e->type != ET_EXEC)
		return;
	for (u32 i = 0; i < e->nsec; i++) {
		const struct section *s = &e->sec[i];

		if (s->type != SHT_PROGBITS && s->type != SHT_INIT_ARRAY && s->type != SHT_FINI_ARRAY)
			continue;
		sections = true;
		if (s->flags & SHF_EXECINSTR || (e->eh_frame.size && s->addr == e->eh_frame.addr))
			continue;
		scan_words(d, s->addr, s->addr + s->size);
	}
	for (u32 i = 0; !sections && i < e->nseg; i++)
		if (!(e->seg[i].flags & PF_X))
			scan_words(d, e->seg[i].addr, e->seg[i].addr + e->seg[i].filesz);
}
