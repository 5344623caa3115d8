/*
 * elf.c - a checked ELF image. The file is mapped read-only and every structure is copied out through at(), which knows
 * the file's bounds, so nothing in a malformed file can be followed outside of it. What Linux's loader does not need (section
 * headers, symbols) is taken when it is well-formed and ignored otherwise; what it needs is checked and refused with exit status 126.
 * Symbols and relocations are read in elfsym.c.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "recompiler.h"
#include "elf_internal.h"

enum { BAD = 126, MISSING = 127 };

const void *
elf_at(const struct elf *e, u64 offset, u64 n)
{
	if (offset > e->size || n > e->size - offset)
		return NULL;
	return e->bytes + offset;
}

const char *
elf_string(const struct elf *e, u64 table, u64 size, u64 index)
{
	const char *s = index < size ? elf_at(e, table, size) : NULL;

	if (!s || !memchr(s + index, 0, size - index))
		return NULL;
	return s + index;
}

static const char *
machine_name(u16 m)
{
	static const struct { u16 m; const char *name; } names[] = {
		{ EM_386, "i386" }, { EM_ARM, "ARM" }, { EM_AARCH64, "AArch64" }, { EM_RISCV, "RISC-V" },
		{ EM_PPC, "PowerPC" }, { EM_PPC64, "PowerPC64" }, { EM_S390, "S/390" }, { EM_MIPS, "MIPS" },
		{ EM_SPARC, "SPARC" }, { EM_SPARCV9, "SPARC V9" }, { EM_IA_64, "Itanium" }, { EM_68K, "m68k" },
		{ EM_ALPHA, "Alpha" }, { EM_LOONGARCH, "LoongArch" }, { EM_PARISC, "PA-RISC" }, { EM_SH, "SuperH" },
		{ EM_BPF, "BPF" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].m == m)
			return names[i].name;
	return NULL;
}

static void
map_file(struct elf *e)
{
	struct stat st;
	void *p;
	int fd = open(e->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		die_status(MISSING, "%s: no such file", e->path);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		die_status(BAD, "%s: no permission to read it", e->path);
	if (fd < 0 || fstat(fd, &st) < 0)
		die_status(BAD, "%s: %s", e->path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		die_status(BAD, "%s: is a directory", e->path);
	if (!S_ISREG(st.st_mode))
		die_status(BAD, "%s: not a regular file", e->path);
	if (st.st_size == 0)
		die_status(BAD, "%s: not an ELF file (it is empty)", e->path);
	if (st.st_size > UINT32_MAX)
		die_status(BAD, "%s: larger than 4 GiB", e->path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		die("%s: cannot map it: %s", e->path, strerror(errno));
	close(fd);
	e->bytes = p;
	e->size = (size_t)st.st_size;
}

static Elf64_Ehdr
check_header(struct elf *e)
{
	const Elf64_Ehdr *h = elf_at(e, 0, sizeof *h);
	const u8 *id = e->bytes;
	const char *machine;

	if (e->size < SELFMAG || memcmp(id, ELFMAG, SELFMAG))
		die_status(BAD, "%s: not an ELF file", e->path);
	if (e->size >= EI_NIDENT && id[EI_DATA] == ELFDATA2MSB)
		die_status(BAD, "%s: a big-endian ELF file, not an x86-64 one", e->path);
	if (e->size >= EI_NIDENT && id[EI_CLASS] == ELFCLASS32)
		die_status(BAD, "%s: a 32-bit ELF file, not an x86-64 one", e->path);
	if (!h)
		die_status(BAD, "%s: truncated ELF file (the header is cut off)", e->path);
	if (id[EI_CLASS] != ELFCLASS64 || id[EI_DATA] != ELFDATA2LSB)
		die_status(BAD, "%s: not an ELF file (bad class or byte order)", e->path);
	machine = machine_name(h->e_machine);
	if (h->e_machine != EM_X86_64 && machine)
		die_status(BAD, "%s: an ELF file for %s, not an x86-64 one", e->path, machine);
	if (h->e_machine != EM_X86_64)
		die_status(BAD, "%s: an ELF file for machine %u, not an x86-64 one", e->path, h->e_machine);
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		die_status(BAD, "%s: neither an executable nor a shared object (ELF type %u)", e->path, h->e_type);
	if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0)
		die_status(BAD, "%s: an ELF file without usable program headers", e->path);
	if (!elf_at(e, h->e_phoff, (u64)h->e_phnum * sizeof(Elf64_Phdr)))
		die_status(BAD, "%s: truncated ELF file (the program headers are cut off)", e->path);
	return *h;
}

static void
add_segment(struct elf *e, const Elf64_Phdr *p)
{
	if (p->p_memsz < p->p_filesz)
		die_status(BAD, "%s: malformed ELF file (a segment is smaller in memory than in the file)", e->path);
	if (p->p_vaddr > UINT32_MAX || p->p_memsz > UINT32_MAX - p->p_vaddr)
		die_status(BAD, "%s: needs addresses above 4 GiB (a segment at 0x%llx)", e->path,
			(unsigned long long)p->p_vaddr);
	if (!elf_at(e, p->p_offset, p->p_filesz))
		die_status(BAD, "%s: truncated ELF file (a segment ends behind the end of the file)", e->path);
	if (p->p_filesz && (p->p_vaddr - p->p_offset) % 4096)
		die_status(BAD, "%s: malformed ELF file (a segment's address and offset do not match)", e->path);
	if (e->nseg && p->p_vaddr < e->seg[e->nseg - 1].addr)
		die_status(BAD, "%s: malformed ELF file (segments are not in ascending order)", e->path);
	e->seg[e->nseg++] = (struct segment){
		.addr = (u32)p->p_vaddr, .memsz = (u32)p->p_memsz,
		.offset = (u32)p->p_offset, .filesz = (u32)p->p_filesz, .flags = (u8)p->p_flags
	};
}

/* .eh_frame_hdr's first field after the encodings points to .eh_frame; it ends at its terminator, at worst with the segment. */
static void
find_eh_frame(struct elf *e)
{
	u8 h[8];
	i32 rel;
	const struct segment *s;

	if (e->eh_frame.size || elf_read(e, e->eh_frame_hdr.addr, h, sizeof h) != sizeof h)
		return;
	if (h[0] != 1 || h[1] != 0x1b)                           /* version 1, pointer is pcrel sdata4 */
		return;
	memcpy(&rel, h + 4, 4);
	e->eh_frame.addr = e->eh_frame_hdr.addr + 4 + (u32)rel;
	s = elf_segment(e, e->eh_frame.addr);
	if (s && e->eh_frame.addr - s->addr < s->filesz)
		e->eh_frame.size = s->filesz - (e->eh_frame.addr - s->addr);
}

static void
read_segments(struct elf *e, const Elf64_Ehdr *h)
{
	Elf64_Phdr p;

	e->seg = arena_alloc(e->arena, h->e_phnum * sizeof *e->seg);
	for (u32 i = 0; i < h->e_phnum; i++) {
		memcpy(&p, elf_at(e, h->e_phoff + i * sizeof p, sizeof p), sizeof p);
		if (p.p_type == PT_LOAD && p.p_memsz)
			add_segment(e, &p);
		else if (p.p_type == PT_INTERP) {
			e->interp = elf_string(e, p.p_offset, p.p_filesz, 0);
			if (!e->interp)
				die_status(BAD, "%s: malformed ELF file (bad interpreter name)", e->path);
		} else if (p.p_type == PT_GNU_EH_FRAME) {
			e->eh_frame_hdr.addr = (u32)p.p_vaddr;
			e->eh_frame_hdr.size = (u32)p.p_memsz;
		} else if (p.p_type == PT_GNU_RELRO) {
			e->relro = (u32)p.p_vaddr;
			e->relro_size = (u32)p.p_memsz;
		}
	}
	if (!e->nseg)
		die_status(BAD, "%s: an ELF file with nothing to load", e->path);
	e->lo = e->seg[0].addr;
	for (u32 i = 0; i < e->nseg; i++)
		if (e->seg[i].addr + e->seg[i].memsz > e->hi)
			e->hi = e->seg[i].addr + e->seg[i].memsz;
	if (h->e_entry > UINT32_MAX)
		die_status(BAD, "%s: needs addresses above 4 GiB (its entry is 0x%llx)", e->path,
			(unsigned long long)h->e_entry);
	e->entry = (u32)h->e_entry;
}

static int
by_address(const void *a, const void *b)
{
	const struct section *x = a, *y = b;

	return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : (x->size > y->size) - (x->size < y->size);
}

static void
name_section(struct elf *e, const struct section *s)
{
#define NAMED(field, text) if (!strcmp(s->name, text)) e->field.addr = s->addr, e->field.size = s->size
	NAMED(eh_frame, ".eh_frame");
	NAMED(plt, ".plt");
	NAMED(gopclntab, ".gopclntab");
	NAMED(gopclntab, ".data.rel.ro.gopclntab");
	NAMED(lsda, ".gcc_except_table");
#undef NAMED
	if (s->type == SHT_INIT_ARRAY)
		e->init_array.addr = s->addr, e->init_array.size = s->size;
	if (s->type == SHT_FINI_ARRAY)
		e->fini_array.addr = s->addr, e->fini_array.size = s->size;
}

static void
read_sections(struct elf *e, const Elf64_Ehdr *h)
{
	const char *sh = elf_at(e, h->e_shoff, (u64)h->e_shnum * sizeof(Elf64_Shdr));
	Elf64_Shdr s, names;

	if (!h->e_shoff || !h->e_shnum || h->e_shentsize != sizeof s || !sh || h->e_shstrndx >= h->e_shnum)
		return;
	memcpy(&names, sh + h->e_shstrndx * sizeof s, sizeof s);
	e->sec = arena_alloc(e->arena, h->e_shnum * sizeof *e->sec);
	for (u32 i = 1; i < h->e_shnum; i++) {
		const char *name;

		memcpy(&s, sh + i * sizeof s, sizeof s);
		if (!(s.sh_flags & SHF_ALLOC) || s.sh_addr < e->lo || s.sh_addr > e->hi || s.sh_size > e->hi - s.sh_addr)
			continue;
		name = elf_string(e, names.sh_offset, names.sh_size, s.sh_name);
		e->sec[e->nsec] = (struct section){
			.addr = (u32)s.sh_addr, .size = (u32)s.sh_size, .type = s.sh_type, .flags = s.sh_flags,
			.name = name ? name : ""
		};
		name_section(e, &e->sec[e->nsec++]);
	}
	qsort(e->sec, e->nsec, sizeof *e->sec, by_address);
}

struct elf *
elf_open(struct arena *a, const char *path)
{
	struct elf *e = arena_alloc(a, sizeof *e);
	Elf64_Ehdr h;

	e->arena = a;
	e->path = arena_printf(a, "%s", path);
	map_file(e);
	h = check_header(e);
	e->type = h.e_type;
	read_segments(e, &h);
	read_sections(e, &h);
	find_eh_frame(e);
	elf_read_symbols(e, &h);
	elf_read_relocs(e, &h);
	sha256(e->bytes, e->size, e->hash);
	return e;
}

void
elf_close(struct elf *e)
{
	munmap((void *)e->bytes, e->size);
	e->bytes = NULL;
	e->size = 0;
}

const struct segment *
elf_segment(const struct elf *e, u32 addr)
{
	for (u32 i = 0; i < e->nseg; i++)
		if (addr - e->seg[i].addr < e->seg[i].memsz)
			return &e->seg[i];
	return NULL;
}

size_t
elf_read(const struct elf *e, u32 addr, void *buf, size_t n)
{
	const struct segment *s = elf_segment(e, addr);
	u32 off;

	if (!s || (off = addr - s->addr) >= s->filesz)
		return 0;
	if (n > s->filesz - off)
		n = s->filesz - off;
	memcpy(buf, e->bytes + s->offset + off, n);
	return n;
}
