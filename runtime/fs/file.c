/*
 * file.c - open files: reference counts, reading and writing through a uio, directory listings, files without a name.
 */
#include <stdio.h>
#include "vfs.h"

u64 files_changed = 1;

struct file *
file_new(const struct file_ops *ops, struct inode *inode, u32 flags)
{
	struct file *f = kmalloc(sizeof *f);

	if (!f)
		return NULL;
	f->ops = ops;
	f->refs = 1;
	f->flags = flags;
	list_init(&f->epolls);
	if (inode)
		f->inode = inode_get(inode);
	return f;
}

struct file *
file_new_dentry(const struct file_ops *ops, struct dentry *d, u32 flags)
{
	struct file *f = file_new(ops, d->inode, flags);

	if (f)
		f->dentry = dentry_get(d);
	return f;
}

struct file *
file_get(struct file *f)
{
	f->refs++;
	return f;
}

void
file_put(struct file *f)
{
	if (--f->refs)
		return;
	f->refs = 1;                             /* release may look at the file */
	notify_file(f, (f->flags & O_ACCMODE) == O_RDONLY ? IN_CLOSE_NOWRITE : IN_CLOSE_WRITE);
	epoll_forget(f);
	if (inotify_watches)
		dnotify_forget(f);
	locks_release_file(f);
	if (f->ops && f->ops->release)
		f->ops->release(f);
	if (f->inode)
		inode_put(f->inode);
	if (f->dentry)
		dentry_put(f->dentry);
	kfree(f);
}

/* ---- moving bytes ---- */

bool
uio_seg(const struct uio *u, u32 *addr, u32 *len)
{
	u32 cur = u->cur, off = u->off;

	while (cur < u->niov && off >= u->iov[cur].len) {
		cur++;
		off = 0;
	}
	if (cur >= u->niov || !u->left)
		return false;
	*addr = u->iov[cur].addr + off;
	*len = u->iov[cur].len - off;
	if (*len > u->left)
		*len = (u32)u->left;
	return true;
}

void
uio_advance(struct uio *u, size_t n)
{
	u->left -= n;
	while (n) {
		u32 room = u->iov[u->cur].len - u->off;

		if (n < room) {
			u->off += (u32)n;
			return;
		}
		n -= room;
		u->cur++;
		u->off = 0;
	}
}

void
file_signal(const struct file *f, int sig)
{
	i32 to = (i32)f->owner;

	if (to > 0)
		signal_send(to, sig);
	else if (to < 0)
		signal_send_pgrp(-to, sig);
}

long
file_read(struct file *f, struct uio *u, loff *pos)
{
	long r;

	if ((f->flags & O_ACCMODE) == O_WRONLY || f->flags & O_PATH)
		return -EBADF;
	if (!f->ops->read)
		return f->ops->getdents ? -EISDIR : -EINVAL;
	r = f->ops->read(f, u, pos ? pos : &f->pos);
	if (r > 0 && inotify_watches)
		notify_file(f, IN_ACCESS);
	return r;
}

/* setrlimit(2), RLIMIT_FSIZE: a regular file is written up to the limit; behind it a write is EFBIG and SIGXFSZ. */
static int
limit_write(struct file *f, struct uio *u, loff pos)
{
	u64 limit = task_rlimit(current, RLIMIT_FSIZE);

	if (limit == RLIM_INFINITY || !u->left || !f->inode || !S_ISREG(f->inode->mode))
		return 0;
	if (f->flags & O_APPEND)
		pos = file_size(f);
	if ((u64)pos >= limit) {
		signal_send(task_tid(current), SIGXFSZ);
		return -EFBIG;
	}
	if (u->left > limit - (u64)pos)
		u->left = limit - (u64)pos;
	return 0;
}

long
file_write(struct file *f, struct uio *u, loff *pos)
{
	long r;

	if ((f->flags & O_ACCMODE) == O_RDONLY || f->flags & O_PATH)
		return -EBADF;
	if (!f->ops->write)
		return -EINVAL;
	if ((r = limit_write(f, u, pos ? *pos : f->pos)) < 0)
		return r;
	r = f->ops->write(f, u, pos ? pos : &f->pos);
	files_changed++;
	if (r > 0 && inotify_watches)
		notify_file(f, IN_MODIFY);
	return r;
}

long
file_pread(struct file *f, void *buf, size_t n, loff pos)
{
	struct uio u;
	struct uio_seg seg;
	size_t done = 0;

	if (!f->ops->read)
		return -EINVAL;
	while (done < n) {
		uio_kernel(&u, &seg, (char *)buf + done, n - done);
		long r = f->ops->read(f, &u, &pos);

		if (r < 0)
			return done && r != -EBLOCKED ? (long)done : r;
		if (r == 0)
			break;
		done += r;
	}
	return (long)done;
}

loff
file_size(struct file *f)
{
	if (!f->inode)
		return 0;
	if (f->inode->ops->getattr)
		f->inode->ops->getattr(f->inode);
	return (loff)f->inode->size;
}

int
file_want(struct file *f, loff pos, u64 n)
{
	return f->ops->want ? f->ops->want(f, pos, n) : 0;
}

const u8 *
file_elf_hash(struct file *f)
{
	return f->inode && f->inode->ops->elf_hash ? f->inode->ops->elf_hash(f->inode) : NULL;
}

u64
file_id(struct file *f)
{
	return f->inode ? f->inode->id : (u64)(uintptr_t)f << 32;
}

const char *
file_host_path(struct file *f)
{
	return f->inode && f->inode->ops->host_path ? f->inode->ops->host_path(f->inode) : NULL;
}

bool
file_executable(struct file *f)
{
	return f->inode && S_ISREG(f->inode->mode) && f->inode->mode & 0111;
}

void
file_path(struct file *f, char *buf, size_t size)
{
	const char *kind = anon_kind(f);

	if (f->dentry && !f->dentry->loose) {
		int n = dentry_path(f->dentry, buf, size);

		if (n >= 0 && f->dentry->deleted && (size_t)n + 11 < size)
			strcpy(buf + n, " (deleted)");
	} else if (kind)
		snprintf(buf, size, kind[0] == '[' ? "anon_inode:%s" : "%s", kind);
	else if (f->inode && f->inode->ops->readlink) {
		int n = f->inode->ops->readlink(f->inode, buf, size - 1);

		buf[n < 0 ? 0 : n] = 0;
	} else if (f->inode && S_ISSOCK(f->inode->mode))
		snprintf(buf, size, "socket:[%llu]", (unsigned long long)f->inode->ino);
	else if (f->inode)
		snprintf(buf, size, "pipe:[%llu]", (unsigned long long)f->inode->ino);
	else
		snprintf(buf, size, "anon_inode:[file]");
}

/* ---- opening ---- */

static int
open_ops(struct inode *i, struct file *f)
{
	if (i->ops->reopen)
		return i->ops->reopen(i, f);
	if (S_ISCHR(i->mode) || (i->mode & S_IFMT) == S_IFBLK)
		return device_open(i, f);
	if (S_ISFIFO(i->mode))
		return fifo_open(i, f);
	if (S_ISSOCK(i->mode))
		return -ENXIO;
	if (S_ISLNK(i->mode))
		return -ELOOP;
	if (i->ops->open)
		return i->ops->open(i, f);
	if (S_ISDIR(i->mode)) {
		f->ops = &dir_file_ops;
		return 0;
	}
	return -ENXIO;
}

static const struct file_ops path_file_ops;

int
dentry_open(struct file **out, struct dentry *d, u32 flags)
{
	struct file *f = file_new_dentry(&path_file_ops, d, flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC | O_NOCTTY));
	int r;

	if (!f)
		return -ENOMEM;
	if (!(flags & O_PATH)) {
		f->flags |= flags & O_NOCTTY;
		r = open_ops(d->inode, f);
		f->flags &= ~O_NOCTTY;
		if (r < 0) {
			f->ops = &path_file_ops;
			f->flags |= O_PATH;              /* it was never open */
			file_put(f);
			return r;
		}
	}
	*out = f;
	return 0;
}

static int
may_open(struct dentry *d, u32 flags)
{
	struct inode *i = d->inode;
	u32 acc = flags & O_ACCMODE, mask = acc == O_RDONLY ? 4 : acc == O_WRONLY ? 2 : 6;

	if (flags & O_PATH)
		return 0;
	if (S_ISLNK(i->mode))
		return -ELOOP;
	if (S_ISDIR(i->mode) && (acc != O_RDONLY || flags & O_TRUNC))
		return -EISDIR;
	if (flags & O_TRUNC)
		mask |= 2;
	return inode_permission(i, mask);
}

static int
create_at(struct where *w, u32 flags, u32 mode, struct dentry **out)
{
	struct inode *dir = w->dir->inode, *made;
	int r = inode_permission(dir, 3);

	(void)flags;
	if (r < 0)
		return r;
	if (w->slash)
		return -EISDIR;
	if (!dir->ops->create)
		return -EACCES;
	if (w->dir->deleted)
		return -ENOENT;
	mode &= ~(current ? task_fs(current)->umask : 022);
	r = dir->ops->create(dir, name_of(w->last), S_IFREG | (mode & 07777), 0, &made);
	if (r < 0)
		return r;
	*out = dentry_new(w->dir, name_of(w->last), made);
	notify_name(dir, name_of(w->last), IN_CREATE, 0);
	return *out ? 0 : -ENOMEM;
}

static int
open_tmpfile(struct file **out, struct dentry *dir, u32 flags, u32 mode)
{
	struct inode *i = tmpfs_file(S_IFREG | (mode & ~task_fs(current)->umask & 07777));
	struct dentry *d;
	int r;

	if (!S_ISDIR(dir->inode->mode))
		r = -ENOTDIR;
	else
		r = inode_permission(dir->inode, 3);
	if (r < 0 || !i) {
		if (i)
			inode_put(i);
		return r < 0 ? r : -ENOMEM;
	}
	i->nlink = 0;
	d = dentry_new(dir, name_of("#tmp"), i);
	dentry_unhash(d);
	d->deleted = true;
	r = dentry_open(out, d, flags);
	dentry_put(d);
	return r;
}

int
file_open_path(struct file **out, int dirfd, const char *path, u32 flags, u32 mode)
{
	u32 look = 0;
	struct where w = { 0 };
	struct dentry *d;
	bool made = false;
	int r;

	if (flags & O_CREAT && !(flags & O_PATH))
		look |= LOOKUP_CREATE;
	if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		look |= LOOKUP_FOLLOW;
	if (flags & O_DIRECTORY)
		look |= LOOKUP_DIRECTORY;
	if ((r = path_lookup(dirfd, path, look, &d, &w)) < 0)
		return r;
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		r = open_tmpfile(out, d, flags & ~O_TMPFILE, mode);
		dentry_put(d);
		return r;
	}
	if (!d) {
		r = create_at(&w, flags, mode, &d);
		dentry_put(w.dir);
		if (r < 0)
			return r;
		made = true;
	} else if (look & LOOKUP_CREATE && flags & O_EXCL)
		r = -EEXIST;
	else if (look & LOOKUP_CREATE && S_ISDIR(d->inode->mode))
		r = -EISDIR;
	if (r == 0 && !made)
		r = may_open(d, flags);
	if (r == 0)
		r = dentry_open(out, d, flags);
	if (r == 0)
		notify_file(*out, IN_OPEN);
	if (r == 0 && flags & O_TRUNC && !made && S_ISREG(d->inode->mode) && !(flags & O_PATH)) {
		struct iattr a = { .set = SET_SIZE };

		if ((r = inode_setattr(d->inode, &a)) < 0)
			file_put(*out);
		else
			notify_dentry(d, IN_MODIFY);
	}
	dentry_put(d);
	return r;
}

/* ---- files without a name ---- */

static struct { const struct file_ops *ops; const char *kind; } kinds[16];

const char *
anon_kind(const struct file *f)
{
	for (int k = 0; k < (int)(sizeof kinds / sizeof *kinds) && kinds[k].ops; k++)
		if (kinds[k].ops == f->ops)
			return kinds[k].kind;
	return NULL;
}

int
anon_file(struct file **out, const struct file_ops *ops, const char *kind, void *priv, u32 flags)
{
	int k = 0;

	while (kinds[k].ops && kinds[k].ops != ops)
		k++;
	kinds[k].ops = ops;
	kinds[k].kind = kind;
	if (!(*out = file_new(ops, NULL, flags)))
		return -ENOMEM;
	(*out)->priv = priv;
	return 0;
}

int
anon_fd(const struct file_ops *ops, const char *kind, void *priv, u32 flags, bool cloexec)
{
	struct file *f;
	int r = anon_file(&f, ops, kind, priv, flags);

	return r < 0 ? r : fd_install(f, 0, cloexec);
}

/* ---- directories: the listing is taken when the position is 0 and served from then on ---- */

struct listing {
	size_t len, cap;
	struct listed { u64 ino; u8 type, len; char name[]; } *first;
};

static int
listing_add(void *ctx, const char *name, u32 len, u64 ino, u32 type)
{
	struct listing *l = ctx;
	size_t need = (sizeof(struct listed) + len + 7) & ~(size_t)7;

	if (len > NAME_MAX)
		return 0;
	if (l->len + need > l->cap) {
		size_t cap = (l->cap + need) * 2;
		void *p = krealloc(l->first, cap);

		if (!p)
			return -ENOMEM;
		l->first = p;
		l->cap = cap;
	}
	struct listed *e = (struct listed *)((char *)l->first + l->len);

	e->ino = ino;
	e->type = (u8)type;
	e->len = (u8)len;
	memcpy(e->name, name, len);
	l->len += need;
	return 0;
}

static int
listing_take(struct file *f)
{
	struct listing *l = f->priv;
	struct inode *i = f->inode, *up = f->dentry && f->dentry->parent ? f->dentry->parent->inode : i;
	int r;

	if (!l)
		l = f->priv = kmalloc(sizeof *l);
	l->len = 0;
	listing_add(l, ".", 1, i->ino, DT_DIR);
	listing_add(l, "..", 2, up->ino, DT_DIR);
	r = f->dentry && f->dentry->deleted ? 0 : i->ops->list ? i->ops->list(i, listing_add, l) : -ENOTDIR;
	if (r < 0)
		l->len = 0;
	return r;
}

static int
dir_getdents(struct file *f, struct uio *u)
{
	char rec[sizeof(struct linux_dirent64) + NAME_MAX + 9];
	struct linux_dirent64 *d = (void *)rec;
	struct listing *l;
	int done = 0, r;

	if ((f->pos == 0 || !f->priv) && (r = listing_take(f)) < 0)
		return r;
	l = f->priv;
	while ((size_t)f->pos < l->len) {
		struct listed *e = (struct listed *)((char *)l->first + f->pos);
		size_t size = (offsetof(struct linux_dirent64, name) + e->len + 1 + 7) & ~(size_t)7;
		loff next = f->pos + ((sizeof *e + e->len + 7) & ~(size_t)7);

		if (size > u->left)
			return done ? done : -EINVAL;
		memset(rec, 0, size);
		d->ino = e->ino;
		d->off = next;
		d->reclen = (u16)size;
		d->type = e->type;
		memcpy(d->name, e->name, e->len);
		if ((r = uio_to(u, rec, size)) < 0)
			return done ? done : r;
		f->pos = next;
		done += (int)size;
	}
	return done;
}

static loff
dir_lseek(struct file *f, loff off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	return f->pos = off;
}

static void
dir_release(struct file *f)
{
	struct listing *l = f->priv;

	if (l) {
		kfree(l->first);
		kfree(l);
	}
}

const struct file_ops dir_file_ops = {
	.getdents = dir_getdents,
	.lseek = dir_lseek,
	.release = dir_release,
};
