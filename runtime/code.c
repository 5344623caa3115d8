/*
 * code.c - recompiled code of executable file mappings: found by the host, attached at an address, detached when the text is
 * written to or goes away. A file is attached as a whole: direct calls inside it bypass the code map.
 */
#include "task.h"
#include "elf64.h"
#include "../include/door.h"

static i32
find_code(struct file *f)
{
	const char *path = file_host_path(f);
	const u8 *hash = file_elf_hash(f);
	u64 size = file_size(f);
	u8 magic[4];
	void *bytes;
	i32 id;

	if (hash)
		return x_code_known(kaddr(hash));
	if (file_pread(f, magic, sizeof magic, 0) != sizeof magic || memcmp(magic, "\177ELF", 4))
		return -ENOENT;                  /* code that was generated into a file */
	if (path)
		return x_code_find(kaddr(path), strlen(path), 0, 0);
	if (size > 1u << 28 || !(bytes = kmalloc(size)))
		return -ENOMEM;
	id = file_pread(f, bytes, size, 0) == (long)size ? x_code_find(0, 0, kaddr(bytes), size) : -EIO;
	kfree(bytes);
	return id;
}

/* Before effects, when f's text is to be mapped: -EBLOCKED while its recompiled code is being fetched, else 0. */
int
code_want(struct file *f)
{
	return !interpret_only && !file_host_path(f) && find_code(f) == -EAGAIN ? wait_fetch() : 0;
}

/* Load bias when file offset off was mapped at addr; false if no executable segment starts there. */
static bool
bias_of(struct file *f, u32 addr, u64 off, u32 *bias)
{
	static struct elf64_phdr ph[128];
	struct elf64_ehdr eh;

	if (elf_headers(f, &eh, ph) < 0)
		return false;
	for (int i = 0; i < eh.phnum; i++) {
		if (ph[i].type != PT_LOAD || !(ph[i].flags & PF_X))
			continue;
		if ((ph[i].offset & ~(u64)(PAGE_SIZE - 1)) == off) {
			*bias = addr - (u32)(ph[i].vaddr & ~(u64)(PAGE_SIZE - 1));
			return true;
		}
	}
	return false;
}

/* The code map of recompiled code id for the mapping lo..hi, its module instantiated: its address, 0 if that failed. */
static u32
place(struct mm *mm, i32 id, u32 bias, u32 lo, u32 hi)
{
	u32 size = page_up(x_code_mapsize(id)), at = mm_find_free(mm, size, PAGE_SIZE, false);
	struct codemap head;

	if (!at || mm_map(mm, at, size, PROT_READ | PROT_WRITE, VM_ENGINE | VM_ANON, NULL, 0) < 0)
		return 0;
	memset(&head, 0, sizeof head);
	head.id = id;
	head.bias = bias;
	head.lo = lo;
	head.hi = hi;
	x_copy(mm->nr, at, 0, kaddr(&head), sizeof head);
	if (x_code_attach(mm->nr, id, bias, at) < 0) {
		cpu_free(mm, at);
		return 0;
	}
	return at;
}

/* An executable mapping of f appeared at addr. Without recompiled code the interpreter runs it, so nothing here is an error. */
void
code_attach(struct mm *mm, struct file *f, u32 addr, u32 len, u64 off)
{
	struct code *c;
	u32 bias, at;
	i32 id;

	if (interpret_only || !bias_of(f, addr, off, &bias))
		return;
	id = find_code(f);
	if (id < 1)
		return;
	c = krealloc(mm->code, (mm->ncode + 1) * sizeof *c);
	if (!c)
		return;
	mm->code = c;
	c += mm->ncode;
	at = place(mm, id, bias, addr, addr + len);
	if (!at)
		return;
	x_engine_attach(mm->nr, at);
	*c = (struct code){ .lo = addr, .hi = addr + len, .bias = bias, .map = at, .id = id };
	mm->ncode++;
}

/* The functions with exact floats of the file whose code map is at map. */
u32
door_exact_module(u32 map, u32 compile)
{
	struct mm *mm = current->mm;
	struct code *c = mm ? mm->code : NULL;
	i32 id;

	while (c && c < mm->code + mm->ncode && c->map != map)
		c++;
	if (!c || c == mm->code + mm->ncode)
		return 0;
	id = c->exact ? 0 : x_code_exact(c->id, compile);
	if (id > 0)
		c->exact = place(mm, id, c->bias, c->lo, c->hi);
	return c->exact;
}

void
code_detach(struct mm *mm, u32 start, u32 end)
{
	for (u32 i = 0; i < mm->ncode;) {
		struct code *c = &mm->code[i];

		if (c->hi <= start || c->lo >= end) {
			i++;
			continue;
		}
		x_engine_detach(mm->nr, c->map);
		cpu_free(mm, c->map);
		if (c->exact)
			cpu_free(mm, c->exact);
		*c = mm->code[--mm->ncode];
	}
}
