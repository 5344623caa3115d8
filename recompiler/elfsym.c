/*
 * elfsym.c - symbols and relocations of an ELF image: from section headers where there are any, else from the dynamic tags. Both
 * are hints for discovery and names, so malformed ones are left out instead of refused.
 */
#include <stdlib.h>
#include <string.h>
#include "elf_internal.h"

struct dynamic {
	u64 tag[DT_NUM];                                         /* values by tag */
	u64 gnu_hash, relr, relrsz;
};

struct reloc {
	u32 addr, target;
};

static const void *
at_address(const struct elf *e, u64 addr, u64 n)
{
	const struct segment *s = addr > UINT32_MAX ? NULL : elf_segment(e, (u32)addr);
	u64 off = s ? addr - s->addr : 0;

	if (!s || off > s->filesz || n > s->filesz - off)
		return NULL;
	return elf_at(e, s->offset + off, n);
}

static bool
copy(const struct elf *e, u64 addr, void *to, u64 n)
{
	const void *from = at_address(e, addr, n);

	if (from)
		memcpy(to, from, n);
	return from != NULL;
}

static void
read_dynamic(const struct elf *e, const Elf64_Ehdr *h, struct dynamic *d)
{
	Elf64_Phdr p;
	Elf64_Dyn dyn;

	memset(d, 0, sizeof *d);
	for (u32 i = 0; i < h->e_phnum; i++) {
		memcpy(&p, elf_at(e, h->e_phoff + i * sizeof p, sizeof p), sizeof p);
		if (p.p_type != PT_DYNAMIC)
			continue;
		for (u64 off = 0; off + sizeof dyn <= p.p_filesz; off += sizeof dyn) {
			const void *q = elf_at(e, p.p_offset + off, sizeof dyn);

			if (!q)
				return;
			memcpy(&dyn, q, sizeof dyn);
			if (dyn.d_tag == DT_NULL)
				return;
			if ((u64)dyn.d_tag < DT_NUM)
				d->tag[dyn.d_tag] = dyn.d_un.d_val;
			else if (dyn.d_tag == DT_GNU_HASH)
				d->gnu_hash = dyn.d_un.d_val;
			if (dyn.d_tag == 36)                     /* DT_RELR, DT_RELRSZ: newer than some elf.h */
				d->relr = dyn.d_un.d_val;
			else if (dyn.d_tag == 35)
				d->relrsz = dyn.d_un.d_val;
		}
	}
}

/* ---- symbols ---- */

static void
add_symbols(struct elf *e, const u8 *table, u64 n, u64 stroff, u64 strsize, bool dynamic)
{
	Elf64_Sym s;
	u32 at = e->nsym;

	e->sym = arena_grow(e->arena, e->sym, at * sizeof *e->sym, (at + n) * sizeof *e->sym);
	for (u64 i = 0; i < n; i++) {
		const char *name;
		u8 type;

		memcpy(&s, table + i * sizeof s, sizeof s);
		type = ELF64_ST_TYPE(s.st_info);
		if (s.st_shndx == SHN_UNDEF || s.st_shndx >= SHN_LORESERVE || type == STT_TLS)
			continue;
		if (type == STT_SECTION || type == STT_FILE || s.st_value < e->lo || s.st_value >= e->hi)
			continue;
		name = elf_string(e, stroff, strsize, s.st_name);
		if (!name || !*name)
			continue;
		e->sym[at++] = (struct symbol){
			.addr = (u32)s.st_value, .name = name, .type = type, .dynamic = dynamic,
			.size = s.st_size > e->hi - s.st_value ? 0 : (u32)s.st_size, .bind = ELF64_ST_BIND(s.st_info)
		};
	}
	e->nsym = at;
}

/* The number of dynamic symbols stands only in the hash tables (the chains of DT_GNU_HASH end with an odd word). */
static u64
count_dynsym(const struct elf *e, const struct dynamic *d)
{
	u32 head[4], word;                       /* DT_GNU_HASH: buckets, first symbol, bloom words, shift */
	u64 last = 0, buckets;

	if (d->tag[DT_HASH] && copy(e, d->tag[DT_HASH], head, 8))
		return head[1];
	if (!d->gnu_hash || !copy(e, d->gnu_hash, head, 16))
		return 0;
	buckets = d->gnu_hash + 16 + (u64)head[2] * 8;
	for (u32 i = 0; i < head[0]; i++) {
		if (!copy(e, buckets + (u64)i * 4, &word, 4))
			return 0;
		if (word > last)
			last = word;
	}
	if (last < head[1])
		return head[1];
	do {
		if (!copy(e, buckets + (u64)head[0] * 4 + (last - head[1]) * 4, &word, 4))
			return 0;
		last++;
	} while (!(word & 1));
	return last;
}

static bool
is_function(const struct symbol *s)
{
	return s->type == STT_FUNC || s->type == STT_GNU_IFUNC;
}

/* Address, functions first, then the name a reader would choose: global, weak, local, shorter, alphabetical. */
static int
by_symbol(const void *a, const void *b)
{
	static const u8 rank[16] = { [STB_LOCAL] = 2, [STB_GLOBAL] = 0, [STB_WEAK] = 1 };
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (is_function(x) != is_function(y))
		return is_function(x) ? -1 : 1;
	if (rank[x->bind & 15] != rank[y->bind & 15])
		return rank[x->bind & 15] < rank[y->bind & 15] ? -1 : 1;
	if (strlen(x->name) != strlen(y->name))
		return strlen(x->name) < strlen(y->name) ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool
symbols_from_sections(struct elf *e, const Elf64_Ehdr *h)
{
	const char *sh = elf_at(e, h->e_shoff, (u64)h->e_shnum * sizeof(Elf64_Shdr));
	Elf64_Shdr s, str;
	bool dynsym = false;

	for (u32 i = 1; e->nsec && i < h->e_shnum; i++) {
		memcpy(&s, sh + i * sizeof s, sizeof s);
		if ((s.sh_type != SHT_SYMTAB && s.sh_type != SHT_DYNSYM) || s.sh_link >= h->e_shnum)
			continue;
		memcpy(&str, sh + s.sh_link * sizeof s, sizeof s);
		if (s.sh_entsize != sizeof(Elf64_Sym) || !elf_at(e, s.sh_offset, s.sh_size))
			continue;
		add_symbols(e, elf_at(e, s.sh_offset, s.sh_size), s.sh_size / sizeof(Elf64_Sym), str.sh_offset,
			str.sh_size, s.sh_type == SHT_DYNSYM);
		dynsym |= s.sh_type == SHT_DYNSYM;
	}
	return dynsym;
}

void
elf_read_symbols(struct elf *e, const Elf64_Ehdr *h)
{
	struct dynamic d;

	read_dynamic(e, h, &d);
	e->init = (u32)d.tag[DT_INIT];
	e->fini = (u32)d.tag[DT_FINI];
	if (!e->nsec) {
		e->init_array.addr = (u32)d.tag[DT_INIT_ARRAY], e->init_array.size = (u32)d.tag[DT_INIT_ARRAYSZ];
		e->fini_array.addr = (u32)d.tag[DT_FINI_ARRAY], e->fini_array.size = (u32)d.tag[DT_FINI_ARRAYSZ];
	}
	if (!symbols_from_sections(e, h) && d.tag[DT_SYMTAB] && d.tag[DT_STRTAB]) {
		u64 n = count_dynsym(e, &d);
		const void *table = n < UINT32_MAX ? at_address(e, d.tag[DT_SYMTAB], n * sizeof(Elf64_Sym)) : NULL;
		const u8 *str = at_address(e, d.tag[DT_STRTAB], d.tag[DT_STRSZ]);

		if (table && str)
			add_symbols(e, table, n, (u64)(str - e->bytes), d.tag[DT_STRSZ], true);
	}
	if (e->nsym)
		qsort(e->sym, e->nsym, sizeof *e->sym, by_symbol);
}

const char *
elf_symbol(const struct elf *e, u32 addr, u32 *offset)
{
	u32 lo = 0, hi = e->nsym;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (e->sym[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo && !is_function(&e->sym[lo - 1]))
		lo--;
	if (!lo)
		return NULL;
	while (lo > 1 && e->sym[lo - 2].addr == e->sym[lo - 1].addr && is_function(&e->sym[lo - 2]))
		lo--;
	if (e->sym[lo - 1].size && addr - e->sym[lo - 1].addr >= e->sym[lo - 1].size)
		return NULL;
	*offset = addr - e->sym[lo - 1].addr;
	return e->sym[lo - 1].name;
}

/* ---- relocations ---- */

struct relocs {
	struct arena *arena;
	struct reloc *r;
	u32 n, cap;
};

static void
add_reloc(struct relocs *rs, u64 addr, u64 target)
{
	u32 cap = rs->cap ? rs->cap * 2 : 256;

	if (addr > UINT32_MAX || target > UINT32_MAX)
		return;
	if (rs->n == rs->cap) {
		rs->r = arena_grow(rs->arena, rs->r, rs->cap * sizeof *rs->r, cap * sizeof *rs->r);
		rs->cap = cap;
	}
	rs->r[rs->n++] = (struct reloc){ (u32)addr, (u32)target };
}

static void
add_import(struct elf *e, const struct dynamic *d, u64 slot, u64 name)
{
	const char *strings = at_address(e, d->tag[DT_STRTAB], d->tag[DT_STRSZ]);
	const char *s = strings ? elf_string(e, (u64)((const u8 *)strings - e->bytes), d->tag[DT_STRSZ], name) : NULL;
	u32 n = e->nimport;

	if (!s || slot > UINT32_MAX)
		return;
	if ((n & (n - 1)) == 0)
		e->import = arena_grow(e->arena, e->import, n * sizeof *e->import, (n ? 2 * n : 1) * sizeof *e->import);
	e->import[n].slot = (u32)slot;
	e->import[n].name = s;
	e->nimport++;
}

/* What the loader will store there unless an earlier file defines the name too. What a resolver picks is not known. */
static void
add_bound(struct elf *e, const Elf64_Sym *sym, u64 slot)
{
	u32 n = e->nbound;

	if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || slot > UINT32_MAX || sym->st_value > UINT32_MAX)
		return;
	if ((n & (n - 1)) == 0)
		e->bound = arena_grow(e->arena, e->bound, n * sizeof *e->bound, (n ? 2 * n : 1) * sizeof *e->bound);
	e->bound[n] = (struct bound){ (u32)slot, (u32)sym->st_value };
	e->nbound++;
}

u32
elf_bound(const struct elf *e, u32 slot)
{
	u32 lo = 0, hi = e->nbound;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (e->bound[mid].slot < slot)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < e->nbound && e->bound[lo].slot == slot ? e->bound[lo].target : 0;
}

static void
add_rela(struct elf *e, struct relocs *rs, const struct dynamic *d, u64 addr, u64 size)
{
	Elf64_Rela r;
	Elf64_Sym sym;
	u64 lazy;

	for (u64 i = 0; i < size / sizeof r && copy(e, addr + i * sizeof r, &r, sizeof r); i++) {
		switch (ELF64_R_TYPE(r.r_info)) {
		case R_X86_64_RELATIVE:
		case R_X86_64_IRELATIVE:
			add_reloc(rs, r.r_offset, (u64)r.r_addend);
			break;
		case R_X86_64_64:
		case R_X86_64_GLOB_DAT:
		case R_X86_64_JUMP_SLOT:
			if (!d->tag[DT_SYMTAB]
				|| !copy(e, d->tag[DT_SYMTAB] + ELF64_R_SYM(r.r_info) * sizeof sym, &sym, sizeof sym))
				break;
			if (sym.st_shndx != SHN_UNDEF) {
				add_reloc(rs, r.r_offset, sym.st_value + (u64)r.r_addend);
				if (!r.r_addend)
					add_bound(e, &sym, r.r_offset);
			} else {
				add_import(e, d, r.r_offset, sym.st_name);
			}
			if (ELF64_R_TYPE(r.r_info) == R_X86_64_JUMP_SLOT && copy(e, r.r_offset, &lazy, 8))
				add_reloc(rs, r.r_offset, lazy);         /* the stub that binds it */
			break;
		}
	}
}

/* DT_RELR: an even word is an address to relocate, an odd one a bitmap of the 63 words that follow. */
static void
add_relr(const struct elf *e, struct relocs *rs, u64 addr, u64 size)
{
	u64 entry, word, where = 0;

	for (u64 i = 0; i < size / 8 && copy(e, addr + i * 8, &entry, 8); i++) {
		if (!(entry & 1)) {
			if (copy(e, entry, &word, 8))
				add_reloc(rs, entry, word);
			where = entry + 8;
			continue;
		}
		for (u32 bit = 1; bit < 64; bit++)
			if (entry >> bit & 1 && copy(e, where + 8 * (bit - 1), &word, 8))
				add_reloc(rs, where + 8 * (bit - 1), word);
		where += 63 * 8;
	}
}

static int
by_reloc(const void *a, const void *b)
{
	const struct reloc *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->target > y->target) - (x->target < y->target);
}

static int
by_slot(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	return x->slot != y->slot ? (x->slot < y->slot ? -1 : 1) : (x->target > y->target) - (x->target < y->target);
}

void
elf_read_relocs(struct elf *e, const Elf64_Ehdr *h)
{
	struct relocs rs = { .arena = e->arena };
	struct dynamic d;

	read_dynamic(e, h, &d);
	if (d.tag[DT_RELA])
		add_rela(e, &rs, &d, d.tag[DT_RELA], d.tag[DT_RELASZ]);
	if (d.tag[DT_JMPREL])
		add_rela(e, &rs, &d, d.tag[DT_JMPREL], d.tag[DT_PLTRELSZ]);
	if (d.relr)
		add_relr(e, &rs, d.relr, d.relrsz);
	for (u32 i = 0; !d.tag[DT_RELA] && i < e->nsec; i++)     /* static programs: IRELATIVE without dynamic tags */
		if (e->sec[i].type == SHT_RELA)
			add_rela(e, &rs, &d, e->sec[i].addr, e->sec[i].size);
	if (!rs.n)
		return;
	if (e->nbound)
		qsort(e->bound, e->nbound, sizeof *e->bound, by_slot);
	qsort(rs.r, rs.n, sizeof *rs.r, by_reloc);
	e->nreloc = rs.n;
	e->reloc_addr = arena_alloc(e->arena, rs.n * sizeof(u32));
	e->reloc_target = arena_alloc(e->arena, rs.n * sizeof(u32));
	for (u32 i = 0; i < rs.n; i++) {
		e->reloc_addr[i] = rs.r[i].addr;
		e->reloc_target[i] = rs.r[i].target;
	}
}
