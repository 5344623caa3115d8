/*
 * inotify.c - inotify(7): watches on inodes, and the queue of events that each descriptor reads. What this kernel changes is seen; what others
 * change in a folder of the host is not.
 *
 * A watch keeps its inode, so a name that is looked up again leads to the same one. A file's events go to its folder's watches, with the name, and
 * then to its own. DELETE_SELF comes when the last dentry of an inode without names goes (dentry_put).
 */
#include <stdio.h>
#include "vfs.h"

#define WATCH_HASH 256
#define QUEUE_MAX 16384
#define FIONREAD 0x541b
#define IN_EVENTS 0xfffu

struct event {
	struct list link;
	struct { i32 wd; u32 mask, cookie, len; } head;  /* as the program reads it; len with padding */
	char name[];                                     /* head.len bytes */
};

struct group {                                           /* what a descriptor stands for */
	struct list watches, events;
	u32 queued;                                      /* events */
	i32 last_wd;
	struct waitq q;
};

struct watch {
	struct watch *hash_next;
	struct list link;                                /* group->watches */
	struct group *group;
	struct inode *inode;                             /* counted */
	i32 wd;
	u32 mask;
};

static struct watch *hash[WATCH_HASH];
u32 inotify_watches;

static struct watch **
slot(const struct inode *i)
{
	return &hash[(u32)i->id % WATCH_HASH];
}

/* ---- the queue ---- */

static struct event *
event_new(i32 wd, u32 mask, u32 cookie, struct name n)
{
	u32 len = n.s ? (n.len + 16) / 16 * 16 : 0;
	struct event *e = kmalloc(sizeof *e + len);

	if (!e)
		return NULL;
	e->head.wd = wd;
	e->head.mask = mask;
	e->head.cookie = cookie;
	e->head.len = len;
	if (len)
		memcpy(e->name, n.s, n.len);
	return e;
}

static bool
same_event(const struct event *a, const struct event *b)
{
	return !(a->head.mask & IN_IGNORED) && a->head.mask == b->head.mask && a->head.wd == b->head.wd && a->head.len == b->head.len &&
		!memcmp(a->name, b->name, a->head.len);
}

static void
queue(struct group *g, i32 wd, u32 mask, u32 cookie, struct name n)
{
	struct event *e, *last = list_empty(&g->events) ? NULL : list_entry(g->events.prev, struct event, link);

	if (g->queued > QUEUE_MAX)
		return;
	if (g->queued == QUEUE_MAX)
		e = event_new(-1, IN_Q_OVERFLOW, 0, (struct name){ 0 });
	else
		e = event_new(wd, mask, cookie, n);
	if (!e)
		return;
	if (last && same_event(last, e)) {
		kfree(e);
		return;
	}
	list_add_tail(&g->events, &e->link);
	g->queued++;
	wake_up(&g->q);
}

static void
event_drop(struct group *g, struct event *e)
{
	list_del(&e->link);
	g->queued--;
	kfree(e);
}

/* ---- watches ---- */

static struct watch *
watch_find(struct group *g, i32 wd, const struct inode *i)
{
	list_each(p, &g->watches) {
		struct watch *w = list_entry(p, struct watch, link);

		if (i ? w->inode == i : w->wd == wd)
			return w;
	}
	return NULL;
}

static void
watch_drop(struct watch *w)
{
	struct watch **p = slot(w->inode);
	struct inode *i = w->inode;

	while (*p != w)
		p = &(*p)->hash_next;
	*p = w->hash_next;
	list_del(&w->link);
	kfree(w);
	i->watched--;
	inotify_watches--;
	inode_put(i);
}

static i32
watch_new(struct group *g, struct inode *i, u32 mask)
{
	struct watch *w = kmalloc(sizeof *w), **p = slot(i);

	if (!w)
		return -ENOMEM;
	w->group = g;
	w->inode = inode_get(i);
	w->wd = ++g->last_wd;
	w->mask = mask;
	while (*p)
		p = &(*p)->hash_next;
	*p = w;
	list_add_tail(&g->watches, &w->link);
	i->watched++;
	inotify_watches++;
	return w->wd;
}

static void
watch_end(struct watch *w)
{
	queue(w->group, w->wd, IN_IGNORED, 0, (struct name){ 0 });
	watch_drop(w);
}

/* ---- what happened ---- */

static void
tell(struct inode *i, u32 mask, u32 cookie, struct name n, bool unlinked)
{
	struct watch *next;

	for (struct watch *w = *slot(i); w; w = next) {
		next = w->hash_next;
		if (w->inode != i || !(w->mask & mask & IN_EVENTS) || (unlinked && w->mask & IN_EXCL_UNLINK))
			continue;
		queue(w->group, w->wd, mask, cookie, n);
		if (w->mask & IN_ONESHOT)
			watch_end(w);
	}
}

void
notify_inode(struct inode *i, u32 mask)
{
	if (i->watched)
		tell(i, mask | (S_ISDIR(i->mode) && !(mask & IN_MOVE_SELF) ? IN_ISDIR : 0), 0, (struct name){ 0 }, false);
}

void
notify_name(struct inode *dir, struct name n, u32 mask, u32 cookie)
{
	if (!dir->watched)
		return;
	tell(dir, mask, cookie, n, false);
	dnotify_tell(dir, mask);
}

void
notify_dentry(struct dentry *d, u32 mask)
{
	if (!inotify_watches)
		return;
	if (d->parent && d->parent->inode->watched && !d->mounted) {
		dnotify_tell(d->parent->inode, mask);
		tell(d->parent->inode, mask | (S_ISDIR(d->inode->mode) ? IN_ISDIR : 0), 0, (struct name){ d->name, d->len }, d->deleted);
	}
	notify_inode(d->inode, mask);
}

void
notify_file(struct file *f, u32 mask)
{
	if (!inotify_watches || f->flags & O_PATH)
		return;
	if (f->dentry)
		notify_dentry(f->dentry, mask);
	else if (f->inode)
		notify_inode(f->inode, mask);
}

void
notify_gone(struct inode *i)
{
	struct watch *next;

	for (struct watch *w = *slot(i); w; w = next) {
		next = w->hash_next;
		if (w->inode != i)
			continue;
		if (w->mask & IN_DELETE_SELF)
			queue(w->group, w->wd, IN_DELETE_SELF, 0, (struct name){ 0 });
		watch_end(w);
	}
}

u32
notify_cookie(void)
{
	static u32 last;

	return ++last ? last : ++last;
}

/* ---- the descriptor ---- */

static long
inotify_read(struct file *f, struct uio *u, loff *pos)
{
	struct group *g = f->priv;
	long done = 0;
	int r;

	(void)pos;
	if (list_empty(&g->events))
		return -EAGAIN;
	while (!list_empty(&g->events)) {
		struct event *e = list_entry(g->events.next, struct event, link);
		u32 size = (u32)sizeof e->head + e->head.len;

		if (u->left < size)
			return done ? done : -EINVAL;
		if ((r = uio_to(u, &e->head, sizeof e->head)) < 0 || (r = uio_to(u, e->name, e->head.len)) < 0)
			return done ? done : r;
		done += size;
		event_drop(g, e);
	}
	return done;
}

static u32
inotify_poll(struct file *f)
{
	return list_empty(&((struct group *)f->priv)->events) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static struct waitq *
inotify_waitq(struct file *f)
{
	return &((struct group *)f->priv)->q;
}

static long
inotify_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct group *g = f->priv;
	u32 n = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	list_each(p, &g->events) {
		struct event *e = list_entry(p, struct event, link);

		n += (u32)sizeof e->head + e->head.len;
	}
	return put_user32((uptr)arg, n);
}

static void
inotify_release(struct file *f)
{
	struct group *g = f->priv;

	while (!list_empty(&g->watches))
		watch_drop(list_entry(g->watches.next, struct watch, link));
	while (!list_empty(&g->events))
		event_drop(g, list_entry(g->events.next, struct event, link));
	kfree(g);
}

static const struct file_ops inotify_ops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.waitq = inotify_waitq,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
};

i64
sys_inotify_init1(u64 flags)
{
	struct group *g;

	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (!(g = kmalloc(sizeof *g)))
		return -ENOMEM;
	list_init(&g->watches);
	list_init(&g->events);
	waitq_init(&g->q);
	return anon_fd(&inotify_ops, "anon_inode:inotify", g, O_RDONLY | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}

i64
sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

static i64
watch_inode(struct group *g, struct inode *i, u32 mask)
{
	struct watch *w;
	int r = inode_permission(i, 4);

	if (r < 0)
		return r;
	w = watch_find(g, 0, i);
	if (!w)
		return watch_new(g, i, mask);
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	w->mask = mask & IN_MASK_ADD ? w->mask | mask : mask;
	return w->wd;
}

i64
sys_inotify_add_watch(u64 fd, u64 path, u64 flags)
{
	u32 mask = (u32)flags, look = (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) | (mask & IN_ONLYDIR ? LOOKUP_DIRECTORY : 0);
	struct file *f;
	struct dentry *d;
	char *name;
	i64 r;

	if (!(mask & (IN_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)))
		return -EINVAL;
	if (!(f = fd_file((int)fd)))
		return -EBADF;
	if ((mask & IN_MASK_ADD && mask & IN_MASK_CREATE) || f->ops != &inotify_ops)
		return -EINVAL;
	if (!(name = kmalloc(PATH_MAX)))
		return -ENOMEM;
	r = strncpy_in(name, (uptr)path, PATH_MAX);
	if (r >= 0 && (r = path_lookup(AT_FDCWD, name, look, &d, NULL)) == 0) {
		r = watch_inode(f->priv, d->inode, mask);
		dentry_put(d);
	}
	kfree(name);
	return r;
}

i64
sys_inotify_rm_watch(u64 fd, u64 wd)
{
	struct file *f = fd_file((int)fd);
	struct watch *w;

	if (!f)
		return -EBADF;
	if (f->ops != &inotify_ops || !(w = watch_find(f->priv, (i32)wd, NULL)))
		return -EINVAL;
	watch_end(w);
	return 0;
}
