/* sys_mem.c - memory calls: they check arguments and call down to mm.c and shared.c. */
#include "../task.h"

static bool
range_ok(u64 addr, u64 len)
{
	return addr >= GUEST_LO && len <= GUEST_HI && addr + len <= GUEST_HI;
}

static u64
size_up(u64 len)
{
	return (len + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1);
}

static bool
has_engine(struct mm *mm, u32 start, u32 end)
{
	for (u32 i = vma_lower(mm, start); i < mm->nvma && mm->vma[i].start < end; i++)
		if (mm->vma[i].flags & VM_ENGINE)
			return true;
	return false;
}

static bool
over_limit(struct mm *mm, u64 more)
{
	return mm->total + more > current->proc->rlim[RLIMIT_AS].cur;
}

static i64
map_file_check(struct file *f, u64 prot, u32 type)
{
	u32 mode = f->flags & O_ACCMODE;

	if (mode == O_WRONLY)
		return -EACCES;
	if (type != MAP_PRIVATE && (prot & PROT_WRITE) && mode != O_RDWR)
		return -EACCES;
	if (!f->ops->mmap)
		return -ENODEV;
	return f->ops->mmap(f);
}

/* Where a new mapping goes; MAP_FIXED makes room. */
static i64
place(struct mm *mm, u64 addr, u64 size, u64 flags, u64 prot)
{
	u32 at;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (addr & (PAGE_SIZE - 1))
			return -EINVAL;
		if (!range_ok(addr, size))
			return addr < GUEST_LO ? -EPERM : -ENOMEM;
		if (has_engine(mm, addr, addr + size))
			return -ENOMEM;
		if (flags & MAP_FIXED_NOREPLACE) {
			u32 i = vma_lower(mm, addr);

			return i < mm->nvma && mm->vma[i].start < addr + size ? -EEXIST : (i64)addr;
		}
		return vma_remove(mm, addr, addr + size) < 0 ? -ENOMEM : (i64)addr;
	}
	addr &= ~(u64)(PAGE_SIZE - 1);
	if (addr && range_ok(addr, size)) {
		u32 i = vma_lower(mm, addr);

		if ((i == mm->nvma || mm->vma[i].start >= addr + size) && !(addr < mm->stack_top && addr + size > mm->brk_start))
			return addr;
	}
	at = mm_find_free(mm, size, PAGE_SIZE, prot == PROT_NONE && size >= 1 << 20);
	return at ? (i64)at : -ENOMEM;
}

i64
sys_mmap(u64 addr, u64 len, u64 prot, u64 flags, u64 fd, u64 off)
{
	struct mm *mm = current->mm;
	u32 type = flags & MAP_TYPE, vmflags = 0;
	struct file *f = NULL;
	u64 size = size_up(len);
	i64 at, err;

	if (!len || (off & (PAGE_SIZE - 1)) || (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE))
		return -EINVAL;
	if (size > GUEST_HI - GUEST_LO || over_limit(mm, size))
		return -ENOMEM;
	if (flags & MAP_HUGETLB)
		return -ENOMEM;
	prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
	if (!(flags & MAP_ANONYMOUS)) {
		f = fd_open(fd);
		if (!f)
			return -EBADF;
		err = map_file_check(f, prot, type);
		if (!err)
			err = file_want(f, (loff)off, size);
		if (!err && (prot & PROT_EXEC))
			err = code_want(f);
		if (err)
			return err;
	}
	if (type != MAP_PRIVATE)
		vmflags |= VM_SHARED;
	if (!f) {
		vmflags |= VM_ANON;
		off = 0;
	}
	if (f)
		file_get(f);
	/* ld.so maps a whole file, then its parts over it */
	if ((flags & MAP_FIXED) && f && type == MAP_PRIVATE && range_ok(addr, size) && vma_holds(mm, addr, addr + size, f, off))
		vmflags |= VM_FILLED;
	at = place(mm, addr, size, flags, prot);
	err = at < 0 ? at : mm_map(mm, at, size, prot, vmflags, f, off);
	if (!err && f && (prot & PROT_EXEC) && !(prot & PROT_WRITE))
		code_attach(mm, f, at, size, off);
	if (f)
		file_put(f);
	return err ? err : at;
}

i64
sys_mprotect(u64 addr, u64 len, u64 prot)
{
	u64 size = size_up(len);

	if (addr & (PAGE_SIZE - 1))
		return -EINVAL;
	if (prot & ~(u64)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN | PROT_GROWSUP | 8))
		return -EINVAL;
	if (!size)
		return 0;
	if (!range_ok(addr, size))
		return -ENOMEM;
	return mm_protect(current->mm, addr, addr + size, prot & 7);
}

i64
sys_munmap(u64 addr, u64 len)
{
	u64 size = size_up(len);

	if ((addr & (PAGE_SIZE - 1)) || !len || addr + size < addr || addr + size > 0x7ffffffff000)
		return -EINVAL;
	if (addr < GUEST_LO) {
		if (addr + size <= GUEST_LO)
			return 0;
		size -= GUEST_LO - addr;
		addr = GUEST_LO;
	}
	if (addr >= GUEST_HI)
		return 0;
	if (addr + size > GUEST_HI)
		size = GUEST_HI - addr;
	return vma_remove(current->mm, addr, addr + size);
}

i64
sys_brk(u64 addr)
{
	struct mm *mm = current->mm;
	u32 old = page_up(mm->brk), new;

	if (addr < mm->brk_start || addr > mm->brk_limit || addr > mm->stack_lo - STACK_GAP)
		return mm->brk;
	if (addr - mm->brk_start > current->proc->rlim[RLIMIT_DATA].cur)
		return mm->brk;
	new = page_up(addr);
	if (new > old) {
		u32 i = vma_lower(mm, old);

		if (over_limit(mm, new - old) || (i < mm->nvma && mm->vma[i].start < new))
			return mm->brk;
		if (mm_map(mm, old, new - old, PROT_READ | PROT_WRITE, VM_ANON | VM_HEAP, NULL, 0) < 0)
			return mm->brk;
	} else if (new < old && vma_remove(mm, new, old) < 0)
		return mm->brk;
	mm->brk = addr;
	return addr;
}

/* ---- mremap ---- */
static i64
move_mapping(struct mm *mm, u32 from, u32 old, u32 size, i64 to)
{
	struct vma *v = vma_find(mm, from);
	struct vma copy = *v;
	u64 off = v->off + (from - v->start);
	i64 err;

	if (to < 0)
		return to;
	if (v->shared) {
		struct shared *s = v->shared;
		struct vma nv = { .start = to, .end = to + size, .prot = v->prot, .flags = v->flags, .off = off };

		err = mm_commit(mm, nv.start, nv.end);
		if (err)
			return err;
		if (copy.file)
			nv.file = file_get(copy.file);
		err = vma_insert(mm, &nv);
		if (!err)
			err = shared_attach(mm, vma_find(mm, to), s);
		mm->nshared++;
	} else {
		struct file *f = copy.file ? file_get(copy.file) : NULL;

		err = mm_map(mm, to, size, copy.prot, copy.flags & ~(u32)(VM_STACK | VM_HEAP), NULL, off);
		if (!err) {
			x_copy(mm->nr, to, mm->nr, from, old < size ? old : size);
			v = vma_find(mm, to);
			if (v->start == to && v->end == to + size && f)
				v->file = file_get(f);
		}
		if (f)
			file_put(f);
	}
	if (err)
		return err;
	vma_remove(mm, from, from + old);
	return to;
}

static i64
grow_in_place(struct mm *mm, struct vma *v, u32 addr, u32 old, u32 size)
{
	u32 i = v - mm->vma;
	struct file *f = v->file;
	u64 off = v->off + (addr + old - v->start);
	int err;

	if (v->shared || (i + 1 < mm->nvma && mm->vma[i + 1].start < addr + size) || addr + size > GUEST_HI || addr + size < addr)
		return -ENOMEM;
	if (f && (err = file_want(f, (loff)off, size - old)) < 0)
		return err;
	return mm_map(mm, addr + old, size - old, v->prot, v->flags, f, off);
}

i64
sys_mremap(u64 addr, u64 old_len, u64 new_len, u64 flags, u64 to)
{
	struct mm *mm = current->mm;
	u64 old = size_up(old_len), size = size_up(new_len);
	struct vma *v;
	i64 at;

	if ((addr & (PAGE_SIZE - 1)) || !new_len || (flags & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED)))
		return -EINVAL;
	if ((flags & MREMAP_FIXED) && (!(flags & MREMAP_MAYMOVE) || (to & (PAGE_SIZE - 1))))
		return -EINVAL;
	if (!range_ok(addr, old) || !(v = vma_find(mm, addr)) || (v->flags & VM_ENGINE))
		return -EFAULT;
	if (!old && !v->shared)
		return -EINVAL;
	if (addr + old > v->end)
		return -EFAULT;
	if (size > old && over_limit(mm, size - old))
		return -ENOMEM;
	if (flags & MREMAP_FIXED) {
		if (!range_ok(to, size) || has_engine(mm, to, to + size))
			return -EINVAL;
		if (to < addr + old && addr < to + size)
			return -EINVAL;
		if (vma_remove(mm, to, to + size) < 0)
			return -ENOMEM;
		return move_mapping(mm, addr, old, size, to);
	}
	if (size <= old) {
		if (size < old && vma_remove(mm, addr + size, addr + old) < 0)
			return -ENOMEM;
		return addr;
	}
	if (addr + old == v->end && ((at = grow_in_place(mm, v, addr, old, size)) == 0 || at == -EBLOCKED))
		return at ? at : (i64)addr;
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	at = mm_find_free(mm, size, PAGE_SIZE, false);
	return move_mapping(mm, addr, old, size, at ? at : -ENOMEM);
}

/* ---- advice ---- */
static bool
all_mapped(struct mm *mm, u32 start, u32 end)
{
	for (u32 at = start; at < end;) {
		struct vma *v = vma_find(mm, at);

		if (!v || (v->flags & VM_ENGINE))
			return false;
		at = v->end;
	}
	return true;
}

i64
sys_msync(u64 addr, u64 len, u64 flags)
{
	u64 size = size_up(len);

	if ((addr & (PAGE_SIZE - 1)) || (flags & ~7ull) || (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (!range_ok(addr, size) || !all_mapped(current->mm, addr, addr + size))
		return -ENOMEM;
	shared_writeback(current->mm, addr, addr + size);
	return 0;
}

i64
sys_mincore(u64 addr, u64 len, u64 vec)
{
	u64 size = size_up(len);

	if (addr & (PAGE_SIZE - 1))
		return -EINVAL;
	if (!range_ok(addr, size) || !all_mapped(current->mm, addr, addr + size))
		return -ENOMEM;
	for (u64 i = 0; i < size / PAGE_SIZE; i++)
		if (copy_out(vec + i, "\1", 1) < 0)
			return -EFAULT;
	return 0;
}

/* MADV_DONTNEED: anonymous pages read as zeros, file pages as the file. */
static int
drop_pages(struct mm *mm, u32 start, u32 end)
{
	int r;

	for (u32 at = start; at < end; at = vma_find(mm, at)->end) {
		struct vma *v = vma_find(mm, at);

		if (v->file && !v->shared && (r = file_want(v->file, (loff)(v->off + (at - v->start)), end - at)) < 0)
			return r;
	}
	for (u32 at = start; at < end;) {
		struct vma *v = vma_find(mm, at);
		u32 stop = v->end < end ? v->end : end;

		if (!v->shared) {
			u64 off = v->off + (at - v->start), have = v->file ? file_size(v->file) : 0;

			mm_zero(mm, at, stop);
			if (v->file && off < have)
				mm_read_file(mm, at, v->file, off, have - off < stop - at ? have - off : stop - at);
		}
		at = stop;
	}
	return 0;
}

i64
sys_madvise(u64 addr, u64 len, u64 advice)
{
	struct mm *mm = current->mm;
	u64 size = size_up(len);
	u32 set = 0, clear = 0;

	if (addr & (PAGE_SIZE - 1))
		return -EINVAL;
	if (!size)
		return 0;
	switch ((u32)advice) {
	case MADV_NORMAL: case MADV_RANDOM: case MADV_SEQUENTIAL: case MADV_WILLNEED: case MADV_FREE: case MADV_DONTNEED:
	case MADV_MERGEABLE: case MADV_UNMERGEABLE: case MADV_HUGEPAGE: case MADV_NOHUGEPAGE: case MADV_DONTDUMP: case MADV_DODUMP:
	case MADV_COLD: case MADV_PAGEOUT: case MADV_POPULATE_READ: case MADV_POPULATE_WRITE:
		break;
	case MADV_DONTFORK: set = VM_DONTFORK; break;
	case MADV_DOFORK: clear = VM_DONTFORK; break;
	case MADV_WIPEONFORK: set = VM_WIPEONFORK; break;
	case MADV_KEEPONFORK: clear = VM_WIPEONFORK; break;
	default: return -EINVAL;
	}
	if (!range_ok(addr, size) || !all_mapped(mm, addr, addr + size))
		return -ENOMEM;
	if (advice == MADV_DONTNEED)
		return drop_pages(mm, addr, addr + size);
	if (set | clear) {
		if (vma_split(mm, addr) < 0 || vma_split(mm, addr + size) < 0)
			return -ENOMEM;
		for (u32 i = vma_lower(mm, addr); i < mm->nvma && mm->vma[i].start < addr + size; i++)
			mm->vma[i].flags = (mm->vma[i].flags | set) & ~clear;
	}
	return 0;
}

static i64
lock_range(u64 addr, u64 len)
{
	u64 start = addr & ~(u64)(PAGE_SIZE - 1), end = size_up(addr + len);

	return range_ok(start, end - start) && all_mapped(current->mm, start, end) ? 0 : -ENOMEM;
}

/* Nothing is ever paged out, so locking only checks. */
i64 sys_mlock(u64 addr, u64 len) { return lock_range(addr, len); }
i64 sys_munlock(u64 addr, u64 len) { return lock_range(addr, len); }
i64 sys_mlock2(u64 addr, u64 len, u64 flags) { return flags & ~1ull ? -EINVAL : lock_range(addr, len); }
i64 sys_mlockall(u64 flags) { return !flags || (flags & ~7ull) ? -EINVAL : 0; }
i64 sys_munlockall(void) { return 0; }

/* One worker runs one task at a time and every switch is a full barrier. */
i64
sys_membarrier(u64 cmd, u64 flags, u64 cpu)
{
	(void)cpu;
	if (flags)
		return -EINVAL;
	if (cmd == 0)
		return 0x1f;
	return cmd & (cmd - 1) || cmd > 0x10 ? -EINVAL : 0;
}

i64
sys_mbind(u64 addr, u64 len, u64 mode, u64 mask, u64 max, u64 flags)
{
	(void)mode, (void)mask, (void)max, (void)flags;
	return lock_range(addr, len) ? -EFAULT : 0;
}

i64
sys_set_mempolicy(u64 mode, u64 mask, u64 max)
{
	(void)mask, (void)max;
	return (mode & 0xff) > 6 ? -EINVAL : 0;
}

i64
sys_get_mempolicy(u64 mode, u64 mask, u64 max, u64 addr, u64 flags)
{
	(void)addr;
	if (flags & ~7ull)
		return -EINVAL;
	if (mode && put_user32(mode, 0) < 0)
		return -EFAULT;
	if (mask && max) {
		u64 one = flags & 4 ? 1 : 0;

		if (copy_out(mask, &one, max >= 64 ? 8 : (max + 7) / 8) < 0)
			return -EFAULT;
	}
	return 0;
}
