/*
 * perms.c - --precise-faults: the map of pages in the guest's engine part (PERM_ADDR, layout.h), which compiled code and the interpreter look at
 * before every access, and what happens when it says no: the stack grows, or the task gets SIGSEGV or SIGBUS. The map follows
 * the list of mappings; whoever changes that list calls perm_update().
 */
#include "task.h"

bool precise_faults;

static u32
page_perm(const struct vma *v)
{
	if (v->flags & VM_ENGINE)
		return 0;
	if (v->prot & PROT_WRITE)
		return PERM_READ | PERM_WRITE;
	return v->prot & (PROT_READ | PROT_EXEC) ? PERM_READ : 0;
}

/* Where the part of a file mapping ends that the file has bytes for. */
static u32
backed_end(const struct vma *v)
{
	u64 have;

	if (!v->file)
		return v->end;
	have = file_size(v->file);
	have = have > v->off ? (have - v->off + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1) : 0;
	return have < v->end - v->start ? v->start + (u32)have : v->end;
}

static void
set(struct mm *mm, u32 start, u32 end, u32 perm)
{
	if (start < end)
		x_fill(mm->nr, PERM_ADDR + start / PAGE_SIZE, perm, (end - start) / PAGE_SIZE);
}

void
perm_update(struct mm *mm, u32 start, u32 end)
{
	u32 at = start;

	if (!precise_faults)
		return;
	for (u32 i = vma_lower(mm, start); i < mm->nvma && mm->vma[i].start < end; i++) {
		const struct vma *v = &mm->vma[i];
		u32 lo = v->start > start ? v->start : start, hi = v->end < end ? v->end : end;
		u32 backed = backed_end(v);

		set(mm, at, lo, 0);
		if (backed > hi)
			backed = hi;
		if (backed < lo)
			backed = lo;
		set(mm, lo, backed, page_perm(v));
		set(mm, backed, hi, 0);
		at = hi;
	}
	set(mm, at, end, 0);
}

/* A file may have become shorter: its mappings have fewer pages behind them. (Those of a longer one are noticed at the next access.) */
void
perm_resized(void)
{
	if (!precise_faults)
		return;
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);
		struct mm *mm = p->zombie || p->leader->state == TASK_DEAD ? NULL : p->leader->mm;

		for (u32 i = 0; mm && i < mm->nvma; i++)
			if (mm->vma[i].file)
				perm_update(mm, mm->vma[i].start, mm->vma[i].end);
	}
}

static void
segv(struct task *t, int code, u64 addr, u32 err)
{
	t->trapno = code == SI_KERNEL ? 13 : 14;
	t->trap_err = code == SI_KERNEL ? 0 : err;
	if (code != SI_KERNEL)
		t->trap_cr2 = addr;
	signal_force(t, SIGSEGV, code, code == SI_KERNEL ? 0 : addr);
}

/* The guest cannot access addr, says its map; the page fault handler of arch/x86/mm/fault.c. No signal: the access is tried again. */
void
perm_fault(struct task *t, u64 addr, bool write)
{
	u32 err = 4 | (write ? 2 : 0), page = (u32)addr & ~(PAGE_SIZE - 1);
	struct mm *mm = t->mm;
	struct vma *v;

	if ((i64)(addr << 16) >> 16 != (i64)addr) {
		segv(t, SI_KERNEL, 0, 0);
		return;
	}
	if (addr >= GUEST_HI || addr < GUEST_LO) {      /* Linux says of its own half that something is there */
		segv(t, SEGV_MAPERR, addr, err | (addr >> 63 ? 1 : 0));
		return;
	}
	v = vma_find(mm, (u32)addr);
	if (!v && stack_expand(mm, (u32)addr))
		return;
	if (!v || (v->flags & VM_ENGINE)) {
		segv(t, SEGV_MAPERR, addr, err);
	} else if (!(page_perm(v) & (write ? PERM_WRITE : PERM_READ))) {
		segv(t, SEGV_ACCERR, addr, err | (page_perm(v) ? 1 : 0));
	} else if (page >= backed_end(v)) {
		t->trapno = 14;
		t->trap_err = err;
		t->trap_cr2 = addr;
		signal_force(t, SIGBUS, BUS_ADRERR, addr);
	} else {
		perm_update(mm, v->start, v->end);
	}
}
