/*
 * pidfd.c - pidfd_open(2): a descriptor that stands for a process, even after its number has been given to another. Readable when it has ended.
 */
#include "vfs.h"

static u32
pidfd_poll(struct file *f)
{
	return ((struct pidref *)f->priv)->exited ? EPOLLIN | EPOLLRDNORM : 0;
}

static struct waitq *
pidfd_waitq(struct file *f)
{
	return &((struct pidref *)f->priv)->q;
}

static void
pidfd_release(struct file *f)
{
	pidref_put(f->priv);
}

static const struct file_ops pidfd_ops = { .poll = pidfd_poll, .waitq = pidfd_waitq, .release = pidfd_release };

i64
pidfd_install(struct pidref *r, u32 flags)
{
	return anon_fd(&pidfd_ops, "[pidfd]", r, O_RDWR | (flags & O_NONBLOCK), true);
}

struct pidref *
pidfd_ref(int fd, bool *nonblock)
{
	struct file *f = fd_file(fd);

	if (!f || f->ops != &pidfd_ops)
		return NULL;
	if (nonblock)
		*nonblock = f->flags & O_NONBLOCK;
	return f->priv;
}

i64
sys_pidfd_open(u64 pid, u64 flags)
{
	struct pidref *r;

	if (flags & ~(u64)O_NONBLOCK || (i32)pid <= 0)
		return -EINVAL;
	if (!(r = pidref_find((i32)pid)))
		return -ESRCH;
	return pidfd_install(r, (u32)flags);
}
