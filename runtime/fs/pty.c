/*
 * pty.c - pseudo-terminals: /dev/ptmx makes a pair; the other side is /dev/pts/N, a tty whose driver is the master's reader.
 */
#include <stdio.h>
#include "tty.h"

#define PTY_MAX 64
#define TIOCGPTN 0x80045430
#define TIOCSPTLCK 0x40045431
#define TIOCGPTLCK 0x80045439
#define TIOCGPTPEER 0x5441
#define TIOCPKT 0x5420
#define TIOCGWINSZ 0x5413
#define FIONREAD 0x541b
#define TIOCSIG 0x40045436

struct pty {
	struct tty tty;                  /* first */
	int n;
	bool used, locked, opened;       /* opened: the terminal side was open once */
	struct waitq mq;                 /* of the master */
};

static struct pty *ptys[PTY_MAX];
static struct tty *foreign;              /* the host's terminal, under its own name */
static u32 foreign_n;
static struct dentry *pts_dir;
static const struct file_ops master_ops;

static struct pty *
pty_of(struct tty *t)
{
	return (struct pty *)t;
}

/* ---- the terminal side's driver ---- */

static void
pty_flush(struct tty *t)
{
	if (t->oused)
		wake_up(&pty_of(t)->mq);
}

static void
pty_closed(struct tty *t)
{
	struct pty *p = pty_of(t);

	wake_up(&p->mq);
	if (t->other_closed)
		p->used = false;
}

static const struct tty_driver pty_driver = { .flush = pty_flush, .closed = pty_closed };

/* ---- the master ---- */

static long
master_read(struct file *f, struct uio *u, loff *pos)
{
	struct pty *p = f->priv;
	struct tty *t = &p->tty;
	bool full = OUT_SIZE - t->oused < 256;
	u8 buf[512];
	long done = 0;

	(void)pos;
	if (!t->oused)
		return p->opened && !t->opens ? -EIO : -EAGAIN;
	while (u->left && t->oused) {
		u32 n = tty_out_take(t, buf, u->left < sizeof buf ? (u32)u->left : sizeof buf);

		if (uio_to(u, buf, n) < 0)
			return done ? done : -EFAULT;
		done += n;
	}
	if (full || !t->oused)
		wake_up(&t->q);
	return done;
}

static long
master_write(struct file *f, struct uio *u, loff *pos)
{
	struct pty *p = f->priv;
	struct tty *t = &p->tty;
	u8 buf[512];
	long done = 0;

	(void)pos;
	while (u->left) {
		u32 n = u->left < sizeof buf ? (u32)u->left : sizeof buf;

		if (t->used + n >= IN_SIZE && tty_readable(t))
			break;
		if (uio_from(u, buf, n) < 0)
			return done ? done : -EFAULT;
		tty_input(t, buf, n);
		done += n;
	}
	return done || !u->left ? done : -EAGAIN;
}

static u32
master_poll(struct file *f)
{
	struct pty *p = f->priv;
	u32 r = 0;

	if (p->tty.oused)
		r |= EPOLLIN | EPOLLRDNORM;
	if (p->opened && !p->tty.opens)
		r |= EPOLLHUP;
	if (p->tty.used < IN_SIZE / 2 || !tty_readable(&p->tty))
		r |= EPOLLOUT | EPOLLWRNORM;
	return r;
}

static struct waitq *
master_waitq(struct file *f)
{
	return &((struct pty *)f->priv)->mq;
}

static long
open_peer(struct pty *p, u32 flags)
{
	char name[24];
	struct file *f;
	int r;

	snprintf(name, sizeof name, "/dev/pts/%d", p->n);
	r = file_open_path(&f, AT_FDCWD, name, flags & ~O_CLOEXEC, 0);
	return r < 0 ? r : fd_install(f, 0, flags & O_CLOEXEC);
}

static long
master_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct pty *p = f->priv;
	u32 v;

	switch (cmd) {
	case TIOCGPTN:
		return put_user32((uptr)arg, (u32)p->n);
	case TIOCSPTLCK:
		if (get_user32(&v, (uptr)arg) < 0)
			return -EFAULT;
		p->locked = v != 0;
		return 0;
	case TIOCGPTLCK:
		return put_user32((uptr)arg, p->locked);
	case TIOCGPTPEER:
		return open_peer(p, (u32)arg);
	case TIOCPKT:
		if (get_user32(&v, (uptr)arg) < 0)
			return -EFAULT;
		return v ? -EINVAL : 0;
	case TIOCSIG:
		if (p->tty.pgrp)
			signal_send_pgrp(p->tty.pgrp, (int)arg);
		return 0;
	case FIONREAD:
		return put_user32((uptr)arg, p->tty.oused);
	}
	return tty_common_ioctl(&p->tty, f, cmd, arg, true);
}

static void
pts_name(struct pty *p, char *name, size_t size)
{
	snprintf(name, size, "%d", p->n);
}

static void
master_release(struct file *f)
{
	struct pty *p = f->priv;
	struct inode *dir = pts_dir->inode, *i;
	char name[12];

	pts_name(p, name, sizeof name);
	p->tty.other_closed = true;
	tty_hangup(&p->tty);
	if (dir->ops->lookup(dir, name_of(name), &i) == 0) {
		struct dentry *d = dentry_child(pts_dir, name_of(name));

		if (d) {
			dentry_unhash(d);
			d->deleted = true;
			dentry_put(d);
		}
		dir->ops->unlink(dir, name_of(name), i);
		inode_put(i);
	}
	if (!p->tty.opens)
		p->used = false;
}

static const struct file_ops master_ops = {
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.waitq = master_waitq,
	.ioctl = master_ioctl,
	.release = master_release,
};

static struct pty *
pty_alloc(void)
{
	for (int n = 0; n < PTY_MAX; n++) {
		if ((ptys[n] && ptys[n]->used) || (foreign && foreign_n == (u32)n))
			continue;
		if (!ptys[n] && !(ptys[n] = kmalloc(sizeof *ptys[n])))
			return NULL;
		memset(ptys[n], 0, sizeof *ptys[n]);
		tty_init(&ptys[n]->tty, &pty_driver);
		ptys[n]->n = n;
		ptys[n]->used = ptys[n]->locked = true;
		ptys[n]->tty.priv = ptys[n];
		ptys[n]->tty.rdev = MKDEV(136, n);
		waitq_init(&ptys[n]->mq);
		return ptys[n];
	}
	return NULL;
}

int
ptmx_open(struct inode *i, struct file *f)
{
	struct pty *p = pty_alloc();
	struct inode *made, *dir = pts_dir->inode;
	char name[12];
	int r;

	(void)i;
	if (!p)
		return -ENOSPC;
	pts_name(p, name, sizeof name);
	if ((r = dir->ops->create(dir, name_of(name), S_IFCHR | 0620, MKDEV(136, p->n), &made)) < 0) {
		p->used = false;
		return r;
	}
	made->gid = 5;
	inode_put(made);
	f->ops = &master_ops;
	f->priv = p;
	return 0;
}

int
pts_open(struct inode *i, struct file *f)
{
	u32 n = MINOR(i->rdev);
	struct pty *p = n < PTY_MAX ? ptys[n] : NULL;

	if (foreign && foreign_n == n)
		return tty_attach(foreign, f);
	if (!p || !p->used || p->locked || p->tty.other_closed)
		return -EIO;
	p->opened = true;
	return tty_attach(&p->tty, f);
}

/* The host's terminal gets the name that it has there, so that ttyname() agrees. */
int
pty_adopt(struct tty *t, u32 n)
{
	struct inode *i, *dir = pts_dir->inode;
	char name[12];
	int r;

	snprintf(name, sizeof name, "%u", n);
	if ((r = dir->ops->create(dir, name_of(name), S_IFCHR | 0620, MKDEV(136, n), &i)) < 0)
		return r;
	i->gid = 5;
	inode_put(i);
	foreign = t;
	foreign_n = n;
	t->rdev = MKDEV(136, n);
	return 0;
}

void
pty_mount(struct dentry *dev)
{
	struct super *sb = super_new("devpts", "devpts", 0x1cd1);

	mount_at(dev, name_of("pts"), sb, tmpfs_root(sb, 0755));
	pts_dir = dentry_child(dev, name_of("pts"));
}
