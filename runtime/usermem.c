/*
 * usermem.c - the only place where guest pointers become bytes. A range is checked against the mappings first, so a bad pointer is
 * -EFAULT although a wasm memory would have let the access pass. entry.c has replaced address arguments above 4 GiB.
 */
#include "task.h"

bool
mm_access_ok(struct mm *mm, uptr p, size_t n, u32 prot)
{
	u64 end = (u64)p + n;

	if (end > GUEST_HI)
		return false;
	for (u32 at = p; at < end;) {
		struct vma *v = vma_find(mm, at);

		if (!v && stack_expand(mm, at))
			v = vma_find(mm, at);
		if (!v || (v->flags & VM_ENGINE) || (v->prot & prot) != prot)
			return false;
		if (v->end >= end)
			return true;
		at = v->end;
	}
	return true;
}

bool
access_ok(uptr p, size_t n, bool write)
{
	return mm_access_ok(current->mm, p, n, write ? PROT_WRITE : PROT_READ);
}

int
mm_copy_in(struct mm *mm, void *dst, uptr src, size_t n)
{
	if (!mm_access_ok(mm, src, n, PROT_READ))
		return -EFAULT;
	if (n)
		x_copy(0, kaddr(dst), mm->nr, src, n);
	return 0;
}

int
mm_copy_out(struct mm *mm, uptr dst, const void *src, size_t n)
{
	if (!mm_access_ok(mm, dst, n, PROT_WRITE))
		return -EFAULT;
	if (n)
		x_copy(mm->nr, dst, 0, kaddr(src), n);
	return 0;
}

int
copy_in(void *dst, uptr src, size_t n)
{
	return mm_copy_in(current->mm, dst, src, n);
}

int
copy_out(uptr dst, const void *src, size_t n)
{
	return mm_copy_out(current->mm, dst, src, n);
}

int
get_user32(u32 *v, uptr p)
{
	if (p & 3)
		return copy_in(v, p, 4);
	if (!access_ok(p, 4, false))
		return -EFAULT;
	*v = x_get32(current->mm->nr, p);
	return 0;
}

int
put_user32(uptr p, u32 v)
{
	if (p & 3)
		return copy_out(p, &v, 4);
	if (!access_ok(p, 4, true))
		return -EFAULT;
	x_put32(current->mm->nr, p, v);
	return 0;
}

int
get_user64(u64 *v, uptr p)
{
	if (p & 7)
		return copy_in(v, p, 8);
	if (!access_ok(p, 8, false))
		return -EFAULT;
	*v = x_get64(current->mm->nr, p);
	return 0;
}

int
put_user64(uptr p, u64 v)
{
	if (p & 7)
		return copy_out(p, &v, 8);
	if (!access_ok(p, 8, true))
		return -EFAULT;
	x_put64(current->mm->nr, p, v);
	return 0;
}

int
clear_user(uptr p, size_t n)
{
	if (!access_ok(p, n, true))
		return -EFAULT;
	if (n)
		x_fill(current->mm->nr, p, 0, n);
	return 0;
}

/* A text of at most size - 1 bytes; its length. */
int
strncpy_in(char *dst, uptr src, size_t size)
{
	size_t got = 0;

	while (got < size) {
		size_t n = 256 - ((src + got) & 255);
		char *nul;

		if (n > size - got)
			n = size - got;
		if (copy_in(dst + got, src + got, n) < 0)
			return -EFAULT;
		nul = memchr(dst + got, 0, n);
		if (nul)
			return nul - dst;
		got += n;
	}
	return -ENAMETOOLONG;
}

/* ---- runs of bytes ---- */
void
uio_user(struct uio *u, void *store, uptr p, size_t n)
{
	memset(u, 0, sizeof *u);
	u->mm = current->mm->nr;
	u->iov = store;
	u->iov[0].addr = p;
	u->iov[0].len = n;
	u->niov = 1;
	u->left = n;
}

void
uio_kernel(struct uio *u, void *store, void *p, size_t n)
{
	memset(u, 0, sizeof *u);
	u->iov = store;
	u->iov[0].addr = kaddr(p);
	u->iov[0].len = n;
	u->niov = 1;
	u->left = n;
}

/* iov of readv (write: guest memory is written) or writev; store takes the segments. */
int
uio_import(struct uio *u, uptr iov, u32 n, bool write, void *store, size_t nstore)
{
	memset(u, 0, sizeof *u);
	u->mm = current->mm->nr;
	u->iov = store;
	if (n > IOV_MAX || n * sizeof *u->iov > nstore)
		return -EINVAL;
	for (u32 i = 0; i < n; i++) {
		struct linux_iovec v;

		if (copy_in(&v, iov + i * sizeof v, sizeof v) < 0)
			return -EFAULT;
		if ((i64)v.len < 0)
			return -EINVAL;
		if (v.len > 0x7ffff000 - u->left)
			v.len = 0x7ffff000 - u->left;
		if (v.base >> 32 || !access_ok(v.base, v.len, write))
			return -EFAULT;
		u->iov[i].addr = v.base;
		u->iov[i].len = v.len;
		u->left += v.len;
	}
	u->niov = n;
	return 0;
}

static int
uio_move(struct uio *u, u32 kernel, size_t n, bool to)
{
	while (n) {
		u32 len, at;

		if (u->cur >= u->niov)
			return -EFAULT;
		len = u->iov[u->cur].len - u->off;
		at = u->iov[u->cur].addr + u->off;
		if (len > n)
			len = n;
		if (to)
			x_copy(u->mm, at, 0, kernel, len);
		else
			x_copy(0, kernel, u->mm, at, len);
		kernel += len;
		n -= len;
		u->left -= len;
		u->off += len;
		if (u->off == u->iov[u->cur].len) {
			u->cur++;
			u->off = 0;
		}
	}
	return 0;
}

int
uio_to(struct uio *u, const void *src, size_t n)
{
	return uio_move(u, kaddr(src), n, true);
}

int
uio_from(struct uio *u, void *dst, size_t n)
{
	return uio_move(u, kaddr(dst), n, false);
}
