/*
 * vma.c - the sorted array of an address space's mappings, and room between them. Mappings of the engine are in it too, but the guest
 * cannot touch them. Neighbours that differ in nothing are merged, shared ones never: each has its own twin pages.
 */
#include "task.h"

/* ---- the list ---- */
u32
vma_lower(struct mm *mm, u32 addr)
{
	u32 lo = 0, hi = mm->nvma;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (mm->vma[mid].end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct vma *
vma_find(struct mm *mm, u32 addr)
{
	struct vma *v = &mm->vma[mm->cache];
	u32 i;

	if (mm->cache < mm->nvma && addr >= v->start && addr < v->end)
		return v;
	i = vma_lower(mm, addr);
	if (i == mm->nvma || mm->vma[i].start > addr)
		return NULL;
	mm->cache = i;
	return &mm->vma[i];
}

/* Private mappings that were never writable, made since any file was last written. */
bool
vma_holds(struct mm *mm, u32 start, u32 end, struct file *f, u64 off)
{
	for (u32 at = start; at < end;) {
		struct vma *v = vma_find(mm, at);

		if (!v || v->file != f || v->clean != files_changed || v->off + (at - v->start) != off + (at - start))
			return false;
		at = v->end;
	}
	return true;
}

static int
vma_room(struct mm *mm, u32 at)
{
	if (mm->nvma == mm->cap) {
		u32 cap = mm->cap ? mm->cap * 2 : 32;
		struct vma *v = krealloc(mm->vma, cap * sizeof *v);

		if (!v)
			return -ENOMEM;
		mm->vma = v;
		mm->cap = cap;
	}
	memmove(&mm->vma[at + 1], &mm->vma[at], (mm->nvma - at) * sizeof *mm->vma);
	mm->nvma++;
	return 0;
}

/* Shared mappings never join: each has its own twin pages. */
static bool
vma_joins(const struct vma *a, const struct vma *b)
{
	if (a->shared || b->shared || a->end != b->start || a->prot != b->prot || a->flags != b->flags || a->file != b->file)
		return false;
	if (a->flags & VM_ENGINE)
		return false;
	return !a->file || a->off + (a->end - a->start) == b->off;
}

void
vma_merge(struct mm *mm, u32 i)
{
	if (i + 1 >= mm->nvma || !vma_joins(&mm->vma[i], &mm->vma[i + 1]))
		return;
	mm->vma[i].end = mm->vma[i + 1].end;
	if (mm->vma[i].clean != mm->vma[i + 1].clean)
		mm->vma[i].clean = 0;
	if (mm->vma[i + 1].file)
		file_put(mm->vma[i + 1].file);
	memmove(&mm->vma[i + 1], &mm->vma[i + 2], (mm->nvma - i - 2) * sizeof *mm->vma);
	mm->nvma--;
}

/* The range must be free; takes v's references. */
int
vma_insert(struct mm *mm, const struct vma *v)
{
	u32 i = vma_lower(mm, v->start);

	if (vma_room(mm, i) < 0)
		return -ENOMEM;
	mm->vma[i] = *v;
	if (!(v->flags & VM_ENGINE)) {
		mm->total += v->end - v->start;
		if (mm->total > mm->peak)
			mm->peak = mm->total;
	}
	vma_merge(mm, i);
	if (i > 0)
		vma_merge(mm, i - 1);
	perm_update(mm, v->start, v->end);
	return 0;
}

int
vma_split(struct mm *mm, u32 addr)
{
	struct vma *v = vma_find(mm, addr);
	u32 i;

	if (!v || v->start == addr)
		return 0;
	i = v - mm->vma;
	if (vma_room(mm, i) < 0)
		return -ENOMEM;
	mm->vma[i].end = addr;
	mm->vma[i + 1].start = addr;
	mm->vma[i + 1].off += addr - mm->vma[i].start;
	if (mm->vma[i].file)
		file_get(mm->vma[i].file);
	if (mm->vma[i].shared) {
		shared_split(&mm->vma[i + 1]);
		mm->nshared++;
	}
	return 0;
}

/* Takes the guest's mappings out of [start, end); the engine's stay. */
int
vma_remove(struct mm *mm, u32 start, u32 end)
{
	if (vma_split(mm, start) < 0 || vma_split(mm, end) < 0)
		return -ENOMEM;
	code_detach(mm, start, end);
	for (u32 i = vma_lower(mm, start); i < mm->nvma && mm->vma[i].start < end;) {
		struct vma *v = &mm->vma[i];

		if (v->flags & VM_ENGINE) {
			i++;
			continue;
		}
		mm->total -= v->end - v->start;
		if (v->shared) {
			shared_writeback(mm, v->start, v->end);
			shared_detach(v);
			mm->nshared--;
		}
		if (v->file)
			file_put(v->file);
		memmove(v, v + 1, (mm->nvma - i - 1) * sizeof *v);
		mm->nvma--;
	}
	perm_update(mm, start, end);
	return 0;
}

/* ---- room ---- */
static u32
find_up(struct mm *mm, u32 lo, u32 hi, u64 size, u32 align)
{
	u64 at = (lo + align - 1) & ~(u64)(align - 1);

	for (u32 i = vma_lower(mm, lo); at + size <= hi; i++) {
		if (i == mm->nvma || mm->vma[i].start >= at + size)
			return at;
		at = (mm->vma[i].end + (u64)align - 1) & ~(u64)(align - 1);
	}
	return 0;
}

static u32
find_down(struct mm *mm, u32 lo, u64 size, u32 align)
{
	u64 end = GUEST_HI;
	u32 i = mm->nvma;

	while (end >= lo + size) {
		u64 at = (end - size) & ~(u64)(align - 1);

		while (i > 0 && mm->vma[i - 1].start >= end)
			i--;
		if (at < lo)
			return 0;
		if (i == 0 || mm->vma[i - 1].end <= at)
			return at;
		end = mm->vma[i - 1].start;
	}
	return 0;
}

u32
mm_find_free(struct mm *mm, u64 size, u32 align, bool top)
{
	u32 at;

	if (!size || size > GUEST_HI - GUEST_LO)
		return 0;
	if (top)
		return find_down(mm, mm->map_base, size, align);
	at = find_up(mm, mm->map_base, GUEST_HI, size, align);
	return at ? at : find_up(mm, GUEST_LO, mm->stack_lo ? mm->stack_lo : mm->map_base, size, align);
}
