/*
 * eventfd.c - eventfd(2).
 */
#include "vfs.h"

#define EFD_SEMAPHORE 1u

struct eventfd {
	u64 count;
	bool semaphore;
	struct waitq q;
};

static long
event_read(struct file *f, struct uio *u, loff *pos)
{
	struct eventfd *e = f->priv;
	u64 v;
	int r;

	(void)pos;
	if (u->left < 8)
		return -EINVAL;
	if (!e->count)
		return -EAGAIN;
	v = e->semaphore ? 1 : e->count;
	if ((r = uio_to(u, &v, 8)) < 0)
		return r;
	e->count -= v;
	wake_up(&e->q);
	return 8;
}

static long
event_write(struct file *f, struct uio *u, loff *pos)
{
	struct eventfd *e = f->priv;
	struct uio peek = *u;
	u64 v;
	int r;

	(void)pos;
	if (u->left < 8)
		return -EINVAL;
	if ((r = uio_from(&peek, &v, 8)) < 0)
		return r;
	if (v == ~0ull)
		return -EINVAL;
	if (v > ~0ull - 1 - e->count)
		return -EAGAIN;
	uio_advance(u, u->left);
	e->count += v;
	wake_up(&e->q);
	return 8;
}

static u32
event_poll(struct file *f)
{
	struct eventfd *e = f->priv;

	return (e->count ? EPOLLIN | EPOLLRDNORM : 0) | (e->count < ~0ull - 1 ? EPOLLOUT | EPOLLWRNORM : 0);
}

static struct waitq *
event_waitq(struct file *f)
{
	return &((struct eventfd *)f->priv)->q;
}

static void
event_release(struct file *f)
{
	kfree(f->priv);
}

static const struct file_ops eventfd_ops = {
	.read = event_read,
	.write = event_write,
	.poll = event_poll,
	.waitq = event_waitq,
	.release = event_release,
};

i64
sys_eventfd2(u64 count, u64 flags)
{
	struct eventfd *e;

	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE))
		return -EINVAL;
	if (!(e = kmalloc(sizeof *e)))
		return -ENOMEM;
	e->count = (u32)count;
	e->semaphore = flags & EFD_SEMAPHORE;
	waitq_init(&e->q);
	return anon_fd(&eventfd_ops, "[eventfd]", e, O_RDWR | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}

i64
sys_eventfd(u64 count)
{
	return sys_eventfd2(count, 0);
}
