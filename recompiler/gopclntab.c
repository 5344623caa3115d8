/*
 * gopclntab.c - the function table of Go programs, which have hardly any FDEs: src/debug/gosym/pclntab.go and runtime/symtab.go of Go 1.2, 1.16, 1.18 and 1.20.
 *
 * Each entry says where a function starts; it ends where the next one starts. Nothing is believed that does not lie in order in the text.
 */
#include <elf.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { GO_1_2 = 0xfffffffb, GO_1_16 = 0xfffffffa, GO_1_18 = 0xfffffff0, GO_1_20 = 0xfffffff1 };

enum { FUNCS_MAX = 1 << 22 };

struct gotable {
	u64 text;                /* what entries are relative to */
	u64 functab;             /* link address of the first entry */
	u64 nfunc;
	u32 word;                /* bytes of half an entry */
};

/* A word of the header, which position-independent files may have relocated. */
static bool
word(const struct elf *e, u64 addr, u64 *v)
{
	u32 i;

	if (addr > UINT32_MAX - 8 || elf_read(e, (u32)addr, v, 8) != 8)
		return false;
	i = reloc_find(e, (u32)addr);
	if (i < e->nreloc && e->reloc_addr[i] == addr)
		*v = e->reloc_target[i];
	return true;
}

static u64
text_start(const struct elf *e)
{
	for (u32 i = 0; i < e->nsec; i++)
		if (!strcmp(e->sec[i].name, ".text"))
			return e->sec[i].addr;
	return 0;
}

static bool
read_header(const struct elf *e, u64 at, struct gotable *t)
{
	u64 off = 0;
	u8 head[8];
	u32 magic;

	memset(t, 0, sizeof *t);
	if (elf_read(e, (u32)at, head, 8) != 8 || head[4] || head[5] || head[6] != 1 || head[7] != 8)
		return false;
	memcpy(&magic, head, 4);
	if (!word(e, at + 8, &t->nfunc) || t->nfunc > FUNCS_MAX)
		return false;
	switch (magic) {
	case GO_1_2:
		t->functab = at + 16;
		t->word = 8;
		return true;
	case GO_1_16:
		t->functab = word(e, at + 8 + 6 * 8, &off) ? at + off : 0;
		t->word = 8;
		return off != 0;
	case GO_1_18: case GO_1_20:
		t->word = 4;
		if (!word(e, at + 8 + 2 * 8, &t->text) || !word(e, at + 8 + 7 * 8, &off))
			return false;
		if (!t->text)
			t->text = text_start(e);         /* Go 1.26 no longer writes it */
		t->functab = at + off;
		return off != 0;
	}
	return false;
}

/* Where function i starts; entry nfunc is the end of the last one. */
static bool
entry_of(const struct elf *e, const struct gotable *t, u64 i, u64 *pc)
{
	u64 at = t->functab + i * 2 * t->word;
	u32 off;

	if (t->word == 8)
		return word(e, at, pc);
	if (at > UINT32_MAX - 4 || elf_read(e, (u32)at, &off, 4) != 4)
		return false;
	*pc = t->text + off;
	return true;
}

static bool
plausible(const struct disc *d, u64 at, struct gotable *t)
{
	u64 first, second;

	return read_header(d->elf, at, t) && t->nfunc && entry_of(d->elf, t, 0, &first) && entry_of(d->elf, t, 1, &second) &&
		first < second && second <= d->hi && is_text(d, (u32)first);
}

/* Linked by a C linker the table has no section of its own: it begins with its magic number somewhere in constant data. */
static bool
search(const struct disc *d, const struct section *s, struct gotable *t)
{
	u8 buf[4096];
	size_t got;

	for (u64 at = s->addr; at < (u64)s->addr + s->size && (got = elf_read(d->elf, (u32)at, buf, sizeof buf)) >= 8; at += sizeof buf)
		for (size_t i = 0; i + 8 <= got; i += 8)
			if (buf[i + 1] == 0xff && buf[i + 2] == 0xff && buf[i + 3] == 0xff && plausible(d, at + i, t))
				return true;
	return false;
}

static bool
find_table(const struct disc *d, struct gotable *t)
{
	struct elf *e = d->elf;
	bool go = false;

	if (e->gopclntab.size)
		return plausible(d, e->gopclntab.addr, t);
	for (u32 i = 0; i < e->nsec; i++)
		go |= !strcmp(e->sec[i].name, ".note.go.buildid") || !strcmp(e->sec[i].name, ".go.buildinfo");
	for (u32 i = 0; go && i < e->nsec; i++)
		if (!strcmp(e->sec[i].name, ".data.rel.ro") || !strcmp(e->sec[i].name, ".rodata"))
			if (search(d, &e->sec[i], t))
				return true;
	return false;
}

void
gopclntab_read(struct disc *d)
{
	struct elf *e = d->elf;
	struct gotable t;
	struct range *all;
	u64 lo, hi;
	u32 n = d->nrange;

	if (!find_table(d, &t) || !entry_of(e, &t, 0, &lo))
		return;
	all = arena_alloc(&d->tmp, (n + t.nfunc) * sizeof *all);
	if (n)
		memcpy(all, d->range, n * sizeof *all);
	for (u64 i = 1; i <= t.nfunc && entry_of(e, &t, i, &hi); i++, lo = hi) {
		if (hi <= lo || hi > d->hi || !is_text(d, (u32)lo))
			break;
		all[n++] = (struct range){ .lo = (u32)lo, .hi = (u32)hi, .listed = true };
	}
	d->range = all;
	d->nrange = n;
}
