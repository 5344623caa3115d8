/*
 * image.c - an ELF file's segments become mappings. Only the program headers are looked at; everything in them is checked, since the
 * file may be anything.
 */
#include "task.h"
#include "elf64.h"

#define MAX_PHDR 128

static u32
prot_of(u32 flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

/* Header and program headers of f; -ENOEXEC if it is none of ours. */
int
elf_headers(struct file *f, struct elf64_ehdr *eh, struct elf64_phdr *ph)
{
	long n = file_pread(f, eh, sizeof *eh, 0);
	u64 bytes;

	if (n < (long)sizeof *eh || memcmp(eh->ident, "\177ELF\2\1\1", 7))
		return n < 0 ? n : -ENOEXEC;
	if (eh->machine != EM_X86_64 || (eh->type != ET_EXEC && eh->type != ET_DYN))
		return -ENOEXEC;
	if (eh->phentsize != sizeof *ph || !eh->phnum || eh->phnum > MAX_PHDR)
		return -ENOEXEC;
	bytes = eh->phnum * sizeof *ph;
	return file_pread(f, ph, bytes, eh->phoff) == (long)bytes ? 0 : -ENOEXEC;
}

static int
read_interp(struct file *f, const struct elf64_phdr *ph, struct image *im)
{
	if (ph->filesz < 2 || ph->filesz > PATH_MAX)
		return -ENOEXEC;
	if (file_pread(f, im->interp, ph->filesz, ph->offset) != (long)ph->filesz || im->interp[ph->filesz - 1])
		return -ENOEXEC;
	return 0;
}

/* Address range and alignment of the PT_LOAD segments. */
static int
extent(const struct elf64_ehdr *eh, const struct elf64_phdr *ph, u64 *lo, u64 *hi, u32 *align)
{
	*lo = ~0ull;
	*hi = 0;
	*align = PAGE_SIZE;
	for (int i = 0; i < eh->phnum; i++) {
		const struct elf64_phdr *p = &ph[i];

		if (p->type != PT_LOAD || !p->memsz)
			continue;
		if (p->filesz > p->memsz || p->vaddr >= GUEST_HI || p->memsz >= GUEST_HI - p->vaddr)
			return -ENOEXEC;
		if ((p->vaddr - p->offset) & (PAGE_SIZE - 1))
			return -ENOEXEC;
		if (p->vaddr < *lo)
			*lo = p->vaddr & ~(u64)(PAGE_SIZE - 1);
		if (p->vaddr + p->memsz > *hi)
			*hi = p->vaddr + p->memsz;
		if (p->align > *align && p->align <= 1 << 21 && !(p->align & (p->align - 1)))
			*align = p->align;
	}
	return *hi > *lo ? 0 : -ENOEXEC;
}

static int
map_segment(struct mm *mm, struct file *f, const struct elf64_phdr *p, u32 bias)
{
	u32 at = p->vaddr + bias;
	u32 start = at & ~(PAGE_SIZE - 1);
	u32 file_end = at + p->filesz;
	u32 mapped = page_up(file_end);
	u32 end = page_up(at + p->memsz);
	u32 prot = prot_of(p->flags);
	int err;

	if (!p->memsz)
		return 0;
	err = vma_remove(mm, start, end);
	if (err)
		return err;
	if (p->filesz) {
		err = mm_map(mm, start, mapped - start, prot, 0, f, p->offset & ~(u64)(PAGE_SIZE - 1));
		if (err)
			return err;
		if (p->memsz > p->filesz && (prot & PROT_WRITE) && mapped > file_end)
			x_fill(mm->nr, file_end, 0, mapped - file_end);
	} else
		mapped = start;
	if (end > mapped)
		err = mm_map(mm, mapped, end - mapped, prot, VM_ANON, NULL, 0);
	return err;
}

/* Everything of f that will be needed, so that nothing has to be fetched half-way. */
static int
want_segments(struct file *f, const struct elf64_ehdr *eh, const struct elf64_phdr *ph)
{
	int err = code_want(f);

	for (int i = 0; i < eh->phnum; i++) {
		int r = ph[i].type == PT_LOAD || ph[i].type == PT_INTERP ? file_want(f, ph[i].offset & ~(u64)(PAGE_SIZE - 1), ph[i].filesz + PAGE_SIZE) : 0;

		if (r < 0)
			err = r;
	}
	return err;
}

/* Maps f and attaches its recompiled code. The main program's ET_DYN goes to the lowest place, an interpreter among the mappings. */
int
image_load(struct mm *mm, struct file *f, struct image *im, bool is_interp)
{
	static struct elf64_phdr ph[MAX_PHDR];
	struct elf64_ehdr eh;
	u64 lo, hi;
	u32 align;
	int err = elf_headers(f, &eh, ph);

	im->interp[0] = 0;
	if (!err)
		err = extent(&eh, ph, &lo, &hi, &align);
	if (!err)
		err = want_segments(f, &eh, ph);
	if (err)
		return err;
	im->bias = 0;
	if (eh.type == ET_DYN) {
		u32 at = is_interp ? mm_find_free(mm, hi - lo, align, false) : (GUEST_LO + align - 1) & ~(align - 1);

		if (!at)
			return -ENOMEM;
		im->bias = at - (u32)lo;
	} else if (lo < GUEST_LO)
		return -ENOMEM;
	im->lo = lo + im->bias;
	im->hi = hi + im->bias;
	im->end = im->hi;
	im->entry = eh.entry + im->bias;
	im->phdr = 0;
	im->phnum = eh.phnum;
	for (int i = 0; i < eh.phnum && !err; i++) {
		const struct elf64_phdr *p = &ph[i];

		if (p->type == PT_INTERP && !is_interp)
			err = read_interp(f, p, im);
		if (p->type == PT_PHDR)
			im->phdr = p->vaddr + im->bias;
		if (p->type != PT_LOAD)
			continue;
		if (!im->phdr && eh.phoff >= p->offset && eh.phoff < p->offset + p->filesz)
			im->phdr = p->vaddr + (eh.phoff - p->offset) + im->bias;
		err = map_segment(mm, f, p, im->bias);
	}
	for (int i = 0; i < eh.phnum && !err; i++)
		if (ph[i].type == PT_LOAD && (ph[i].flags & PF_X) && !(ph[i].flags & PF_W))
			code_attach(mm, f, (ph[i].vaddr + im->bias) & ~(PAGE_SIZE - 1), page_up(ph[i].filesz + (ph[i].vaddr & (PAGE_SIZE - 1))),
				ph[i].offset & ~(u64)(PAGE_SIZE - 1));
	return err;
}
