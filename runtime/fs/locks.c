/*
 * locks.c - advisory locks: POSIX record locks (owned by a descriptor table), OFD locks and flock (owned by an open file).
 */
#include "vfs.h"

enum { KIND_RECORD, KIND_FLOCK };        /* they do not see each other */

struct file_lock {
	struct list link;                /* inode.locks */
	const void *owner;
	i32 pid;                         /* -1: OFD */
	u8 kind;
	bool write;
	i64 start, end;                  /* inclusive */
};

static void
add(struct inode *i, const struct file_lock *l)
{
	struct file_lock *n = kmalloc(sizeof *n);

	*n = *l;
	list_add_tail(&i->locks, &n->link);
}

static void
drop(struct file_lock *l)
{
	list_del(&l->link);
	kfree(l);
}

static struct file_lock *
conflict(struct inode *i, const struct file_lock *l)
{
	list_each(p, &i->locks) {
		struct file_lock *o = list_entry(p, struct file_lock, link);

		if (o->kind == l->kind && o->owner != l->owner && o->start <= l->end && l->start <= o->end && (o->write || l->write))
			return o;
	}
	return NULL;
}

/* The owner's own locks make room for [start, end]. */
static void
carve(struct inode *i, const struct file_lock *l)
{
	list_each_safe(p, &i->locks) {
		struct file_lock *o = list_entry(p, struct file_lock, link), rest;

		if (o->kind != l->kind || o->owner != l->owner || o->end < l->start || o->start > l->end)
			continue;
		if (o->start < l->start && o->end > l->end) {
			rest = *o;
			rest.start = l->end + 1;
			o->end = l->start - 1;
			add(i, &rest);
		} else if (o->start < l->start)
			o->end = l->start - 1;
		else if (o->end > l->end)
			o->start = l->end + 1;
		else
			drop(o);
	}
}

void
locks_release_owner(struct inode *i, const void *owner)
{
	bool any = false;

	list_each_safe(p, &i->locks) {
		struct file_lock *l = list_entry(p, struct file_lock, link);

		if (l->owner != owner)
			continue;
		drop(l);
		any = true;
	}
	if (any)
		wake_up(&i->lockq);
}

void
locks_release_file(struct file *f)
{
	if (f->inode)
		locks_release_owner(f->inode, f);
}

static int
from_user(struct file *f, const struct linux_flock *u, struct file_lock *l)
{
	i64 base = u->whence == SEEK_CUR ? f->pos : u->whence == SEEK_END ? file_size(f) : 0;

	if (u->whence < 0 || u->whence > SEEK_END || u->type < 0 || u->type > F_UNLCK)
		return -EINVAL;
	l->start = base + u->start;
	l->end = u->len == 0 ? INT64_MAX : l->start + u->len - 1;
	if (u->len < 0) {
		l->end = l->start - 1;
		l->start += u->len;
	}
	l->write = u->type == F_WRLCK;
	l->kind = KIND_RECORD;
	return l->start < 0 ? -EINVAL : 0;
}

static i64
answer(uptr arg, struct linux_flock *u, const struct file_lock *o)
{
	u->type = F_UNLCK;
	if (o) {
		u->type = o->write ? F_WRLCK : F_RDLCK;
		u->whence = SEEK_SET;
		u->start = o->start;
		u->len = o->end == INT64_MAX ? 0 : o->end - o->start + 1;
		u->pid = o->pid;
	}
	return copy_out(arg, u, sizeof *u);
}

i64
lock_fcntl(struct file *f, u32 cmd, uptr arg)
{
	bool ofd = cmd >= F_OFD_GETLK, wait = cmd == F_SETLKW || cmd == F_OFD_SETLKW;
	struct linux_flock u;
	struct file_lock l = { 0 };
	u32 acc = f->flags & O_ACCMODE;
	int r;

	if (copy_in(&u, arg, sizeof u) < 0)
		return -EFAULT;
	if (!f->inode || (ofd && u.pid))
		return -EINVAL;
	if ((r = from_user(f, &u, &l)) < 0)
		return r;
	l.owner = ofd ? (void *)f : (void *)task_files(current);
	l.pid = ofd ? -1 : task_pid(current);
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		return u.type == F_UNLCK ? -EINVAL : answer(arg, &u, conflict(f->inode, &l));
	if (u.type == F_UNLCK) {
		carve(f->inode, &l);
		wake_up(&f->inode->lockq);
		return 0;
	}
	if ((l.write && acc == O_RDONLY) || (!l.write && acc == O_WRONLY))
		return -EBADF;
	if (conflict(f->inode, &l))
		return wait ? wait_on(&f->inode->lockq) : -EAGAIN;
	carve(f->inode, &l);
	add(f->inode, &l);
	wake_up(&f->inode->lockq);
	return 0;
}

i64
lock_flock(struct file *f, u32 op)
{
	struct file_lock l = { .owner = f, .kind = KIND_FLOCK, .end = INT64_MAX };
	u32 what = op & ~LOCK_NB;

	if (what != LOCK_SH && what != LOCK_EX && what != LOCK_UN)
		return -EINVAL;
	if (!f->inode)
		return -EBADF;
	l.write = what == LOCK_EX;
	if (what != LOCK_UN && conflict(f->inode, &l)) {
		carve(f->inode, &l);             /* a conversion lets go first */
		wake_up(&f->inode->lockq);
		return op & LOCK_NB ? -EAGAIN : wait_on(&f->inode->lockq);
	}
	carve(f->inode, &l);
	if (what != LOCK_UN)
		add(f->inode, &l);
	wake_up(&f->inode->lockq);
	return 0;
}
