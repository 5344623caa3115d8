/*
 * pipe.c - pipes and FIFOs. Two wait queues: readers wait on one, writers on the other, so a reader that makes room never wakes readers.
 */
#include <stdio.h>
#include "vfs.h"

#define PIPE_DEFAULT 65536u
#define PIPE_MAX (1u << 20)
#define PIPE_BUF 4096u
#define FIONREAD 0x541b

struct pipe {
	u32 refs;                        /* open files */
	u32 readers, writers;
	u32 opened_r, opened_w;          /* counts of opens ever, for FIFOs that wait for each other */
	u32 size, head, used;            /* bytes [head, head + used) modulo size */
	u8 *buf;
	struct waitq rq, wq;
};

static struct pipe *
pipe_new(void)
{
	struct pipe *p = kmalloc(sizeof *p);

	if (!p || !(p->buf = kmalloc(PIPE_DEFAULT))) {
		kfree(p);
		return NULL;
	}
	p->size = PIPE_DEFAULT;
	waitq_init(&p->rq);
	waitq_init(&p->wq);
	return p;
}

static long
pipe_read(struct file *f, struct uio *u, loff *pos)
{
	struct pipe *p = f->priv;
	long done = 0;
	bool full = p->size - p->used < PIPE_BUF;

	(void)pos;
	if (!u->left)
		return 0;
	if (!p->used)
		return p->writers ? -EAGAIN : 0;
	while (p->used && u->left) {
		u32 n = p->size - p->head;
		int r;

		if (n > p->used)
			n = p->used;
		if (n > u->left)
			n = (u32)u->left;
		if ((r = uio_to(u, p->buf + p->head, n)) < 0)
			return done ? done : r;
		p->head = (p->head + n) % p->size;
		p->used -= n;
		done += n;
	}
	if (!p->used)
		p->head = 0;
	if (full)
		wake_up(&p->wq);
	return done;
}

static long
pipe_write(struct file *f, struct uio *u, loff *pos)
{
	struct pipe *p = f->priv;
	long done = 0;
	u32 room = p->size - p->used;

	(void)pos;
	if (!p->readers)
		return -EPIPE;
	if (!u->left)
		return 0;
	if (u->left <= PIPE_BUF ? room < u->left : room == 0)
		return -EAGAIN;
	while (room && u->left) {
		u32 at = (p->head + p->used) % p->size, n = p->size - at;
		int r;

		if (n > room)
			n = room;
		if (n > u->left)
			n = (u32)u->left;
		if ((r = uio_from(u, p->buf + at, n)) < 0)
			return done ? done : r;
		p->used += n;
		room -= n;
		done += n;
	}
	wake_up(&p->rq);
	return done;
}

static u32
pipe_poll(struct file *f)
{
	struct pipe *p = f->priv;
	u32 acc = f->flags & O_ACCMODE, r = 0;

	if (acc != O_WRONLY) {
		if (p->used)
			r |= EPOLLIN | EPOLLRDNORM;
		if (!p->writers && (acc != O_RDONLY || p->opened_w))
			r |= EPOLLHUP;
	}
	if (acc != O_RDONLY) {
		if (p->size - p->used >= PIPE_BUF)
			r |= EPOLLOUT | EPOLLWRNORM;
		if (!p->readers)
			r |= EPOLLERR;
	}
	return r;
}

static struct waitq *
pipe_waitq(struct file *f)
{
	struct pipe *p = f->priv;

	return (f->flags & O_ACCMODE) == O_WRONLY ? &p->wq : &p->rq;
}

static long
pipe_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct pipe *p = f->priv;

	return cmd == FIONREAD ? put_user32((uptr)arg, p->used) : -ENOTTY;
}

static void
pipe_release(struct file *f)
{
	struct pipe *p = f->priv;
	u32 acc = f->flags & O_ACCMODE;

	if (acc != O_WRONLY)
		p->readers--;
	if (acc != O_RDONLY)
		p->writers--;
	wake_up(&p->rq);
	wake_up(&p->wq);
	if (--p->refs)
		return;
	f->inode->pipe = NULL;
	kfree(p->buf);
	kfree(p);
}

static const struct file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.waitq = pipe_waitq,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
};

static void
attach(struct pipe *p, struct file *f)
{
	u32 acc = f->flags & O_ACCMODE;

	f->ops = &pipe_ops;
	f->priv = p;
	p->refs++;
	if (acc != O_WRONLY) {
		p->readers++;
		p->opened_r++;
		wake_up(&p->wq);
	}
	if (acc != O_RDONLY) {
		p->writers++;
		p->opened_w++;
		wake_up(&p->rq);
	}
}

static const struct inode_ops pipe_inode_ops;

/* A pipe that is opened again through /proc/self/fd: nobody waits there for the other end. */
static bool
nameless(const struct inode *i)
{
	return i->ops == &pipe_inode_ops;
}

int
fifo_open(struct inode *i, struct file *f)
{
	struct pipe *p = i->pipe;
	u32 acc = f->flags & O_ACCMODE;

	if (!nameless(i) && acc == O_WRONLY && f->flags & O_NONBLOCK && (!p || !p->readers))
		return -ENXIO;
	if (!p && !(p = i->pipe = pipe_new()))
		return -ENOMEM;
	attach(p, f);
	return 0;
}

/* The other end may have come and gone while this one waited: that counts. restart()->done is the count at first sight, plus 1. */
int
fifo_wait(struct file *f)
{
	struct pipe *p = f->priv;
	u32 acc = f->flags & O_ACCMODE, opened;
	bool reader = acc == O_RDONLY;

	if (f->ops != &pipe_ops)                 /* a stream of the host */
		return 0;
	opened = reader ? p->opened_w : p->opened_r;
	if (nameless(f->inode) || f->flags & O_NONBLOCK || acc == O_RDWR || (reader ? p->writers : p->readers))
		return 0;
	if (!restart()->done)
		restart()->done = (u64)opened + 1;
	if (restart()->done != (u64)opened + 1)
		return 0;
	return wait_on(reader ? &p->rq : &p->wq);
}

i64
pipe_fcntl(struct file *f, u32 cmd, u64 arg)
{
	struct pipe *p = f->priv;
	u32 size = PAGE_SIZE;
	u8 *buf;

	if (f->ops != &pipe_ops)
		return -EBADF;
	if (cmd == F_GETPIPE_SZ)
		return p->size;
	if (arg > PIPE_MAX)
		return -EPERM;
	while (size < arg)
		size *= 2;
	if (size < p->used)
		return -EBUSY;
	if (!(buf = kmalloc(size)))
		return -ENOMEM;
	for (u32 k = 0; k < p->used; k++)
		buf[k] = p->buf[(p->head + k) % p->size];
	kfree(p->buf);
	p->buf = buf;
	p->head = 0;
	p->size = size;
	wake_up(&p->wq);
	return size;
}

/* ---- pipe(2) ---- */

static void
pipe_evict(struct inode *i)
{
	kfree(i);
}

static const struct inode_ops pipe_inode_ops = { .evict = pipe_evict };

int
pipe_create(struct file **r, struct file **w, u32 flags)
{
	static struct super sb = { .type = "pipefs", .source = "pipe", .magic = 0x50495045, .dev = MKDEV(0, 14) };
	struct inode *i = kmalloc(sizeof *i);
	struct pipe *p = pipe_new();

	if (!i || !p)
		return -ENOMEM;
	inode_init(i, &sb, &pipe_inode_ops, S_IFIFO | 0600);
	i->uid = task_uid(current);
	i->gid = task_gid(current);
	i->pipe = p;
	*r = file_new(&pipe_ops, i, O_RDONLY | (flags & (O_NONBLOCK | O_DIRECT)));
	*w = file_new(&pipe_ops, i, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)));
	attach(p, *r);
	attach(p, *w);
	inode_put(i);
	return 0;
}
