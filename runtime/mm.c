/*
 * mm.c - address spaces: a guest memory, which parts of it may hold anything but zeros, and what is done to its mappings (the list
 * of them is vma.c). Layout: program, brk area, stack, then mappings packing upwards; large PROT_NONE reservations from the top
 * downwards, without growing the memory until they are used.
 */
#include "task.h"

#define READ_MAX (1u << 30)
#define MM_MAX 4096
static u8 mm_used[MM_MAX];
static struct mm *graveyard[64];
static u32 ngrave;

static struct mm *
mm_alloc(void)
{
	struct mm *mm;
	u32 nr = 1;

	while (nr < MM_MAX && mm_used[nr])
		nr++;
	if (nr == MM_MAX || !(mm = kmalloc(sizeof *mm)))
		return NULL;
	mm_used[nr] = 1;
	mm->nr = nr;
	mm->refs = 1;
	mm->as_limit = RLIM_INFINITY;
	mm->map_base = GUEST_LO;
	return mm;
}

static void
mm_free(struct mm *mm)
{
	mm_used[mm->nr] = 0;
	kfree(mm->vma);
	kfree(mm->code);
	kfree(mm);
}

struct mm *
mm_new(void)
{
	struct mm *mm = mm_alloc();

	if (!mm)
		return NULL;
	if (x_mm_create(mm->nr) < 0) {
		mm_free(mm);
		return NULL;
	}
	mm->pages = x_mm_size(mm->nr);
	return mm;
}

struct mm *
mm_get(struct mm *mm)
{
	mm->refs++;
	return mm;
}

/* The memory itself goes, with zeros in the guest's part, when nothing can be running in it any more: mm_reap(). */
void
mm_put(struct mm *mm)
{
	if (--mm->refs)
		return;
	if (mm->nshared) {
		shared_out(mm);
		shared_writeback(mm, 0, GUEST_HI);
	}
	for (u32 i = 0; i < mm->nvma; i++) {
		if (mm->vma[i].shared)
			shared_detach(&mm->vma[i]);
		if (mm->vma[i].file)
			file_put(mm->vma[i].file);
	}
	mm->nvma = 0;
	if (ngrave == sizeof graveyard / sizeof graveyard[0])
		mm_reap();
	graveyard[ngrave++] = mm;
}

void
mm_reap(void)
{
	while (ngrave) {
		struct mm *mm = graveyard[--ngrave];

		mm_zero(mm, ENGINE_HI, mm->pages >= 65536 ? GUEST_HI : mm->pages * WASM_PAGE);
		x_mm_destroy(mm->nr);
		mm_free(mm);
	}
}

/* ---- contents ---- */
void
mm_zero(struct mm *mm, u32 start, u32 end)
{
	for (u32 at = start; at < end;) {
		u32 chunk = at / DIRTY_CHUNK;
		u32 stop = (chunk + 1) * DIRTY_CHUNK;

		if (stop > end || stop < at)
			stop = end;
		if (mm->dirty[chunk / 8] >> (chunk % 8) & 1) {
			/* whole runs in one go */
			while (stop < end && mm->dirty[stop / DIRTY_CHUNK / 8] >> (stop / DIRTY_CHUNK % 8) & 1)
				stop = end - stop < DIRTY_CHUNK ? end : stop + DIRTY_CHUNK;
			x_fill(mm->nr, at, 0, stop - at);
		}
		at = stop;
	}
}

int
mm_commit(struct mm *mm, u32 start, u32 end)
{
	u32 pages = ((u64)end + WASM_PAGE - 1) / WASM_PAGE;

	if (pages > mm->pages) {
		u32 want = (pages + 15) & ~15u;

		if (x_mm_grow(mm->nr, want) < 0 && x_mm_grow(mm->nr, want = pages) < 0)
			return -ENOMEM;
		mm->pages = want;
	}
	for (u32 c = start / DIRTY_CHUNK; c <= (end - 1) / DIRTY_CHUNK; c++)
		mm->dirty[c / 8] |= 1 << c % 8;
	return 0;
}

/* n bytes of the file at off to addr; zeros for what the file does not have after all. */
int
mm_read_file(struct mm *mm, u32 addr, struct file *f, u64 off, u32 n)
{
	while (n) {
		u32 piece = n < READ_MAX ? n : READ_MAX;                 /* counts of bytes read are signed words */
		struct uio_seg seg = { addr, piece };
		struct uio u = { .mm = mm->nr, .niov = 1, .left = piece };
		loff pos = off;
		long got;

		u.iov = &seg;
		got = file_read(f, &u, &pos);
		if (got <= 0) {
			x_fill(mm->nr, addr, 0, n);
			return got < 0 ? got : 0;
		}
		addr += got;
		off += got;
		n -= got;
	}
	return 0;
}

/* How many of a private mapping's bytes come from its file. */
static u32
file_part(struct file *f, u64 off, u32 size)
{
	u64 have = file_size(f);

	return have <= off ? 0 : have - off < size ? have - off : size;
}

/* A new mapping of a free range: zeroed or filled from the file. Takes no reference of the caller's. */
int
mm_map(struct mm *mm, u32 start, u32 size, u32 prot, u32 flags, struct file *f, u64 off)
{
	struct vma v = { .start = start, .end = start + size, .prot = prot, .flags = flags & ~VM_FILLED, .off = off };
	bool private = f && !(flags & VM_SHARED);
	u32 filled = private ? file_part(f, off, size) : 0;
	int err;

	if (!(flags & VM_FILLED))
		mm_zero(mm, v.start + filled, v.end);
	if (prot != PROT_NONE || f) {
		err = mm_commit(mm, v.start, v.end);
		if (err)
			return err;
	}
	if (filled && !(flags & VM_FILLED) && (err = mm_read_file(mm, start, f, off, filled)) < 0)
		return err;
	if (f)
		v.file = file_get(f);
	if (private && !(prot & PROT_WRITE))
		v.clean = files_changed;
	err = vma_insert(mm, &v);
	if (err) {
		if (f)
			file_put(f);
		return err;
	}
	if (flags & VM_SHARED) {
		err = shared_attach(mm, vma_find(mm, start), NULL);
		if (err)
			return err;
		mm->nshared++;
	}
	return 0;
}

int
mm_protect(struct mm *mm, u32 start, u32 end, u32 prot)
{
	u32 i;

	for (u32 at = start; at < end;) {
		struct vma *v = vma_find(mm, at);

		if (!v || (v->flags & VM_ENGINE))
			return -ENOMEM;
		if ((prot & PROT_WRITE) && v->shared && v->file && (v->file->flags & O_ACCMODE) == O_RDONLY)
			return -EACCES;
		at = v->end;
	}
	if (vma_split(mm, start) < 0 || vma_split(mm, end) < 0)
		return -ENOMEM;
	if ((prot & PROT_WRITE) || !(prot & PROT_EXEC))
		code_detach(mm, start, end);
	for (i = vma_lower(mm, start); i < mm->nvma && mm->vma[i].start < end; i++) {
		struct vma *v = &mm->vma[i];

		if (v->prot == PROT_NONE && prot != PROT_NONE && mm_commit(mm, v->start, v->end) < 0)
			return -ENOMEM;
		v->prot = prot;
		if (prot & PROT_WRITE)
			v->clean = 0;
	}
	for (u32 j = i; j-- > 0 && mm->vma[j].end >= start;)
		vma_merge(mm, j);
	perm_update(mm, start, end);
	return 0;
}

/* addr lies in the part of the stack area that is not mapped yet: maps it. */
bool
stack_expand(struct mm *mm, u32 addr)
{
	struct vma *v;

	if (addr < mm->stack_lo || addr >= mm->stack_top)
		return false;
	v = vma_find(mm, mm->stack_top - 1);
	if (!v || !(v->flags & VM_STACK) || addr >= v->start)
		return false;
	addr &= ~(PAGE_SIZE - 1);
	mm->total += v->start - addr;
	v->start = addr;
	mm_commit(mm, addr, v->end);
	perm_update(mm, addr, v->end);
	return true;
}

/* RLIMIT_STACK is now limit: the stack may grow so far, but never into the brk area's used part. */
void
stack_relimit(struct mm *mm, u64 limit)
{
	struct vma *v = vma_find(mm, mm->stack_top - 1);
	u32 lowest = page_up(mm->brk) + STACK_GAP;
	u32 lo = limit >= mm->stack_top - lowest ? lowest : (mm->stack_top - (u32)limit) & ~(PAGE_SIZE - 1);

	if (v && (v->flags & VM_STACK))
		mm->stack_lo = v->start < lo ? v->start : lo;
}

/* ---- struct cpu slots ---- */
u32
cpu_alloc(struct mm *mm)
{
	u32 at;

	for (u32 i = 0; i < CPUS_COUNT; i++)
		if (!(mm->cpus[i / 8] >> i % 8 & 1)) {
			mm->cpus[i / 8] |= 1 << i % 8;
			return CPUS_ADDR + i * CPU_SLOT;
		}
	at = mm_find_free(mm, PAGE_SIZE, PAGE_SIZE, false);
	return at && mm_map(mm, at, PAGE_SIZE, PROT_READ | PROT_WRITE, VM_ENGINE | VM_ANON, NULL, 0) == 0 ? at : 0;
}

void
cpu_free(struct mm *mm, u32 cpu)
{
	if (cpu >= CPUS_ADDR && cpu < CPUS_ADDR + CPUS_COUNT * CPU_SLOT) {
		u32 i = (cpu - CPUS_ADDR) / CPU_SLOT;

		mm->cpus[i / 8] &= ~(1 << i % 8);
		return;
	}
	u32 i = vma_lower(mm, cpu);

	if (i < mm->nvma && mm->vma[i].start == cpu) {
		memmove(&mm->vma[i], &mm->vma[i + 1], (mm->nvma - i - 1) * sizeof *mm->vma);
		mm->nvma--;
	}
}

/* ---- fork ---- */
static void
copy_used(struct mm *to, struct mm *from, u32 start, u32 end)
{
	for (u32 at = start; at < end;) {
		u32 c = at / DIRTY_CHUNK;
		u32 stop = end - c * DIRTY_CHUNK <= DIRTY_CHUNK ? end : (c + 1) * DIRTY_CHUNK;

		if (from->dirty[c / 8] >> c % 8 & 1) {
			while (stop < end && from->dirty[stop / DIRTY_CHUNK / 8] >> (stop / DIRTY_CHUNK % 8) & 1)
				stop = end - stop < DIRTY_CHUNK ? end : stop + DIRTY_CHUNK;
			x_copy(to->nr, at, from->nr, at, stop - at);
			for (u32 d = at / DIRTY_CHUNK; d <= (stop - 1) / DIRTY_CHUNK; d++)
				to->dirty[d / 8] |= 1 << d % 8;
		}
		at = stop;
	}
}

static int
fork_lists(struct mm *mm, struct mm *old)
{
	u32 n = 0;

	mm->vma = kmalloc(old->cap * sizeof *mm->vma);
	mm->code = kmalloc((old->ncode + 1) * sizeof *mm->code);
	if (!mm->vma || !mm->code)
		return -ENOMEM;
	mm->cap = old->cap;
	memcpy(mm->code, old->code, old->ncode * sizeof *mm->code);
	mm->ncode = old->ncode;
	for (u32 i = 0; i < old->nvma; i++) {
		struct vma *v = &old->vma[i];

		if (v->flags & VM_DONTFORK)
			continue;
		mm->vma[n++] = *v;
		if (v->file)
			file_get(v->file);
		mm->vma[n - 1].shared = NULL;
		mm->vma[n - 1].twin = NULL;
	}
	mm->nvma = n;
	return 0;
}

struct mm *
mm_fork(struct mm *old)
{
	struct mm *mm = mm_alloc();
	u32 nr;
	u64 rsp = x_get64(old->nr, current->cpu + CPU_OFFSET_RSP);

	if (!mm)
		return NULL;
	nr = mm->nr;
	stack_expand(old, rsp - 128);
	if (old->nshared)
		shared_out(old);
	*mm = *old;
	mm->nr = nr;
	mm->refs = 1;
	mm->vma = NULL;
	mm->code = NULL;
	mm->nvma = mm->ncode = mm->cap = mm->cache = 0;
	memset(mm->dirty, 0, sizeof mm->dirty);
	memset(mm->cpus, 0, sizeof mm->cpus);
	if (fork_lists(mm, old) < 0 || x_mm_fork(nr, old->nr) < 0) {
		for (u32 i = 0; i < mm->nvma; i++) {
			if (mm->vma[i].file)
				file_put(mm->vma[i].file);
		}
		mm_free(mm);
		return NULL;
	}
	for (u32 i = 0; i < mm->nvma; i++)
		if (!(mm->vma[i].flags & VM_WIPEONFORK))
			copy_used(mm, old, mm->vma[i].start, mm->vma[i].end);
	for (u32 i = 0; i < old->nvma && mm->nshared; i++)
		if (old->vma[i].shared && !(old->vma[i].flags & VM_DONTFORK))
			shared_attach(mm, vma_find(mm, old->vma[i].start), old->vma[i].shared);
	perm_update(mm, GUEST_LO, GUEST_HI);
	return mm;
}
