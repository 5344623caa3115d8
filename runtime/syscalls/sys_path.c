/*
 * sys_path.c - system calls on names: open, stat, link, permissions, times, folders of the process.
 */
#include "../fs/vfs.h"

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static char path_buf[PATH_MAX], path_buf2[PATH_MAX];     /* of the call in progress */

static int
get_path(u64 p)
{
	return strncpy_in(path_buf, (uptr)p, sizeof path_buf);
}

/* ---- open ---- */

static i64
do_open(int dirfd, u64 path, u32 flags, u32 mode)
{
	struct restart *re = restart();
	struct file *f = re->file[1];
	int r;

	if (!f) {
		if (!(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE)
			mode = 0;
		if ((r = get_path(path)) < 0)
			return r;
		r = file_open_path(&f, dirfd, path_buf, flags, mode & 07777);
		missing_opened(path_buf, r);
		if (r < 0)
			return r;
	}
	re->file[1] = f;
	if (f->inode && S_ISFIFO(f->inode->mode) && !(f->flags & O_PATH) && (r = fifo_wait(f)) < 0)
		return r;
	re->file[1] = NULL;
	return fd_install(f, 0, flags & O_CLOEXEC);
}

i64
sys_open(u64 path, u64 flags, u64 mode)
{
	return do_open(AT_FDCWD, path, (u32)flags, (u32)mode);
}

i64
sys_openat(u64 dirfd, u64 path, u64 flags, u64 mode)
{
	return do_open((int)dirfd, path, (u32)flags, (u32)mode);
}

i64
sys_creat(u64 path, u64 mode)
{
	return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, (u32)mode);
}

i64
sys_openat2(u64 dirfd, u64 path, u64 how, u64 size)
{
	u64 h[3];

	if (size < sizeof h)
		return -EINVAL;
	if (copy_in(h, (uptr)how, sizeof h) < 0)
		return -EFAULT;
	if (h[2] & ~4ull)                        /* RESOLVE_NO_SYMLINKS only as O_NOFOLLOW */
		return -EINVAL;
	return do_open((int)dirfd, path, (u32)h[0] | (h[2] & 4 ? O_NOFOLLOW : 0), (u32)h[1]);
}

/* ---- lookups ---- */

static int
lookup(int dirfd, u64 path, u32 look, struct dentry **out)
{
	int r = get_path(path);

	return r < 0 ? r : path_lookup(dirfd, path_buf, look, out, NULL);
}

/* What an *at call is about: an inode (NULL: a descriptor without one) and its name, NULL if it has none. Both counted. */
struct node {
	struct inode *i;
	struct dentry *d;
};

static int
at_node(int dirfd, u64 path, u32 flags, struct node *out)
{
	u32 look = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct dentry *d;
	int r;

	if (flags & AT_EMPTY_PATH && !path)
		path_buf[0] = 0;
	else if ((r = get_path(path)) < 0)
		return r;
	if (!path_buf[0] && flags & AT_EMPTY_PATH && dirfd != AT_FDCWD) {
		struct file *f = fd_file(dirfd);

		if (!f)
			return -EBADF;
		out->i = f->inode ? inode_get(f->inode) : NULL;
		out->d = f->dentry ? dentry_get(f->dentry) : NULL;
		return 0;
	}
	if ((r = path_lookup(dirfd, path_buf, look, &d, NULL)) < 0)
		return r;
	out->i = inode_get(d->inode);
	out->d = d;
	return 0;
}

static void
node_put(struct node n)
{
	if (n.i)
		inode_put(n.i);
	if (n.d)
		dentry_put(n.d);
}

static void
node_changed(struct node n, u32 mask)
{
	if (n.d)
		notify_dentry(n.d, mask);
	else
		notify_inode(n.i, mask);
}

static int
at_inode(int dirfd, u64 path, u32 flags, struct inode **out)
{
	struct node n;
	int r = at_node(dirfd, path, flags, &n);

	if (r < 0)
		return r;
	*out = n.i;
	if (n.d)
		dentry_put(n.d);
	return 0;
}

/* ---- stat ---- */

static struct linux_timespec
timespec(i64 ns)
{
	i64 sec = ns / 1000000000, nsec = ns % 1000000000;

	if (nsec < 0) {
		nsec += 1000000000;
		sec--;
	}
	return (struct linux_timespec){ sec, nsec };
}

/* i NULL: a file without an inode (eventfd, epoll ...) */
static void
fill_stat(struct inode *i, struct linux_stat *st)
{
	memset(st, 0, sizeof *st);
	st->blksize = 4096;
	if (!i) {
		st->dev = MKDEV(0, 15);
		st->ino = 1;
		st->mode = 0600;
		st->nlink = 1;
		return;
	}
	if (i->ops->getattr)
		i->ops->getattr(i);
	st->dev = i->dev;
	st->ino = i->ino;
	st->nlink = i->nlink;
	st->mode = i->mode;
	st->uid = i->uid;
	st->gid = i->gid;
	st->rdev = S_ISCHR(i->mode) || (i->mode & S_IFMT) == S_IFBLK ? i->rdev : 0;
	st->size = (i64)i->size;
	st->blocks = (i64)(i->blocks ? i->blocks : S_ISREG(i->mode) && !i->ops->host_path ? (i->size + 4095) / 4096 * 8 : 0);
	st->atim = timespec(i->atime);
	st->mtim = timespec(i->mtime);
	st->ctim = timespec(i->ctime);
}

static i64
put_stat(struct inode *i, u64 buf)
{
	struct linux_stat st;

	fill_stat(i, &st);
	return copy_out((uptr)buf, &st, sizeof st);
}

static i64
stat_at(int dirfd, u64 path, u64 buf, u32 flags)
{
	struct inode *i;
	i64 r;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if ((r = at_inode(dirfd, path, flags, &i)) < 0)
		return r;
	r = put_stat(i, buf);
	if (i)
		inode_put(i);
	return r;
}

i64
sys_stat(u64 path, u64 buf)
{
	return stat_at(AT_FDCWD, path, buf, 0);
}

i64
sys_lstat(u64 path, u64 buf)
{
	return stat_at(AT_FDCWD, path, buf, AT_SYMLINK_NOFOLLOW);
}

i64
sys_newfstatat(u64 dirfd, u64 path, u64 buf, u64 flags)
{
	return stat_at((int)dirfd, path, buf, (u32)flags);
}

i64
sys_fstat(u64 fd, u64 buf)
{
	struct file *f = fd_file((int)fd);

	return f ? put_stat(f->inode, buf) : -EBADF;
}

static struct linux_statx_timestamp
statx_time(struct linux_timespec t)
{
	return (struct linux_statx_timestamp){ t.sec, (u32)t.nsec, 0 };
}

i64
sys_statx(u64 dirfd, u64 path, u64 flags, u64 mask, u64 buf)
{
	struct linux_statx x;
	struct linux_stat st;
	struct inode *i;
	i64 r;

	if (flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | 0x6000) || mask & 0x80000000)
		return -EINVAL;
	if ((r = at_inode((int)dirfd, path, (u32)flags, &i)) < 0)
		return r;
	fill_stat(i, &st);
	if (i)
		inode_put(i);
	memset(&x, 0, sizeof x);
	x.mask = 0x7ff;
	x.blksize = (u32)st.blksize;
	x.nlink = (u32)st.nlink;
	x.uid = st.uid;
	x.gid = st.gid;
	x.mode = (u16)st.mode;
	x.ino = st.ino;
	x.size = (u64)st.size;
	x.blocks = (u64)st.blocks;
	x.atime = statx_time(st.atim);
	x.ctime = statx_time(st.ctim);
	x.mtime = statx_time(st.mtim);
	x.rdev_major = MAJOR(st.rdev);
	x.rdev_minor = MINOR(st.rdev);
	x.dev_major = MAJOR(st.dev);
	x.dev_minor = MINOR(st.dev);
	return copy_out((uptr)buf, &x, sizeof x);
}

static i64
access_at(int dirfd, u64 path, u32 mode, u32 flags)
{
	struct inode *i;
	i64 r;

	if (mode & ~7u || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if ((r = at_inode(dirfd, path, flags, &i)) < 0)
		return r;
	r = i ? inode_permission(i, mode) : 0;
	if (i)
		inode_put(i);
	return r;
}

i64
sys_access(u64 path, u64 mode)
{
	return access_at(AT_FDCWD, path, (u32)mode, 0);
}

i64
sys_faccessat(u64 dirfd, u64 path, u64 mode)
{
	return access_at((int)dirfd, path, (u32)mode, 0);
}

i64
sys_faccessat2(u64 dirfd, u64 path, u64 mode, u64 flags)
{
	return access_at((int)dirfd, path, (u32)mode, (u32)flags);
}

static i64
put_statfs(struct inode *i, u64 buf)
{
	struct linux_statfs st = { .bsize = 4096, .frsize = 4096, .namelen = NAME_MAX };

	if (i && i->sb)
		st.type = (i64)i->sb->magic;
	if (i && i->ops->statfs)
		i->ops->statfs(i, &st);
	return copy_out((uptr)buf, &st, sizeof st);
}

i64
sys_statfs(u64 path, u64 buf)
{
	struct dentry *d;
	i64 r = lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &d);

	if (r < 0)
		return r;
	r = put_statfs(d->inode, buf);
	dentry_put(d);
	return r;
}

i64
sys_fstatfs(u64 fd, u64 buf)
{
	struct file *f = fd_file((int)fd);

	return f ? put_statfs(f->inode, buf) : -EBADF;
}

i64
sys_readlinkat(u64 dirfd, u64 path, u64 buf, u64 size)
{
	char *text;
	struct dentry *d;
	i64 r;

	if ((i32)size <= 0)
		return -EINVAL;
	if ((r = lookup((int)dirfd, path, LOOKUP_EMPTY, &d)) < 0)
		return r;
	text = kmalloc(PATH_MAX);
	r = S_ISLNK(d->inode->mode) ? dentry_readlink(d, text, PATH_MAX) : path_buf[0] ? -EINVAL : -ENOENT;
	if (r > (i32)size)
		r = (i32)size;
	if (r > 0 && copy_out((uptr)buf, text, r) < 0)
		r = -EFAULT;
	kfree(text);
	dentry_put(d);
	return r;
}

i64
sys_readlink(u64 path, u64 buf, u64 size)
{
	return sys_readlinkat((u64)AT_FDCWD, path, buf, size);
}

/* ---- new names ---- */

/* A name that must not exist yet, in a folder that may be written. */
static int
new_name(int dirfd, const char *path, struct where *w)
{
	struct dentry *d;
	int r = path_lookup(dirfd, path, LOOKUP_CREATE, &d, w);

	if (r < 0)
		return r;
	if (d) {
		dentry_put(d);
		return -EEXIST;
	}
	r = w->dir->deleted ? -ENOENT : inode_permission(w->dir->inode, 3);
	if (r < 0)
		dentry_put(w->dir);
	return r;
}

/* A new name with its inode, which is counted. */
int
path_mknod(int dirfd, const char *path, u32 mode, u64 rdev, struct inode **out)
{
	struct where w;
	int r = new_name(dirfd, path, &w);

	if (r < 0)
		return r;
	mode = (mode & S_IFMT) | (mode & 07777 & ~task_fs(current)->umask);
	if (w.slash && !S_ISDIR(mode))
		r = -ENOENT;
	else
		r = w.dir->inode->ops->create ? w.dir->inode->ops->create(w.dir->inode, name_of(w.last), mode, rdev, out) : -EPERM;
	if (r == 0)
		notify_name(w.dir->inode, name_of(w.last), IN_CREATE | (S_ISDIR(mode) ? IN_ISDIR : 0), 0);
	dentry_put(w.dir);
	return r;
}

static i64
make_node(int dirfd, u64 path, u32 mode, u64 rdev)
{
	struct inode *i;
	i64 r = get_path(path);

	if (r < 0 || (r = path_mknod(dirfd, path_buf, mode, rdev, &i)) < 0)
		return r;
	inode_put(i);
	return 0;
}

i64
sys_mkdirat(u64 dirfd, u64 path, u64 mode)
{
	return make_node((int)dirfd, path, S_IFDIR | (mode & 01777), 0);
}

i64
sys_mkdir(u64 path, u64 mode)
{
	return sys_mkdirat((u64)AT_FDCWD, path, mode);
}

i64
sys_mknodat(u64 dirfd, u64 path, u64 mode, u64 dev)
{
	u32 m = (u32)mode;

	if (!(m & S_IFMT))
		m |= S_IFREG;
	if (S_ISDIR(m))
		return -EPERM;
	if ((S_ISCHR(m) || (m & S_IFMT) == S_IFBLK) && task_uid(current))
		return -EPERM;
	if (!S_ISREG(m) && !S_ISCHR(m) && (m & S_IFMT) != S_IFBLK && !S_ISFIFO(m) && !S_ISSOCK(m))
		return -EINVAL;
	return make_node((int)dirfd, path, m, dev);
}

i64
sys_mknod(u64 path, u64 mode, u64 dev)
{
	return sys_mknodat((u64)AT_FDCWD, path, mode, dev);
}

i64
sys_symlinkat(u64 target, u64 dirfd, u64 path)
{
	struct where w;
	struct inode *i;
	i64 r;

	if ((r = strncpy_in(path_buf2, (uptr)target, sizeof path_buf2)) < 0 || (r = get_path(path)) < 0)
		return r;
	if (!path_buf2[0])
		return -ENOENT;
	if ((r = new_name((int)dirfd, path_buf, &w)) < 0)
		return r;
	r = w.slash ? -ENOENT : w.dir->inode->ops->symlink ?
		w.dir->inode->ops->symlink(w.dir->inode, name_of(w.last), path_buf2, &i) : -EPERM;
	if (r == 0)
		notify_name(w.dir->inode, name_of(w.last), IN_CREATE, 0);
	dentry_put(w.dir);
	if (r == 0)
		inode_put(i);
	return r;
}

i64
sys_symlink(u64 target, u64 path)
{
	return sys_symlinkat(target, (u64)AT_FDCWD, path);
}

i64
sys_linkat(u64 olddir, u64 old, u64 newdir, u64 new, u64 flags)
{
	struct where w;
	struct inode *i;
	i64 r;

	if (flags & ~(u64)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = at_inode((int)olddir, old, (flags & AT_EMPTY_PATH) | (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW), &i);
	if (r < 0)
		return r;
	if (!i)
		return -EXDEV;
	if ((r = get_path(new)) == 0 || r > 0)
		r = new_name((int)newdir, path_buf, &w);
	if (r >= 0) {
		if (S_ISDIR(i->mode))
			r = -EPERM;
		else if (w.dir->inode->ops != i->ops || w.dir->inode->sb != i->sb)
			r = -EXDEV;
		else if (w.slash)
			r = -ENOENT;
		else
			r = i->ops->link ? i->ops->link(w.dir->inode, name_of(w.last), i) : -EPERM;
		if (r == 0) {
			notify_inode(i, IN_ATTRIB);
			notify_name(w.dir->inode, name_of(w.last), IN_CREATE, 0);
		}
		dentry_put(w.dir);
	}
	inode_put(i);
	return r;
}

i64
sys_link(u64 old, u64 new)
{
	return sys_linkat((u64)AT_FDCWD, old, (u64)AT_FDCWD, new, 0);
}

/* ---- attributes ---- */

static i64
change_mode(struct inode *i, u32 mode)
{
	struct iattr a = { .set = SET_MODE, .mode = mode & 07777 };

	if (!i)
		return -EPERM;
	return inode_owner(i) ? inode_setattr(i, &a) : -EPERM;
}

static i64
chmod_at(int dirfd, u64 path, u32 mode, u32 flags)
{
	struct node n;
	i64 r = at_node(dirfd, path, flags, &n);

	if (r < 0)
		return r;
	r = n.i && S_ISLNK(n.i->mode) ? -EOPNOTSUPP : change_mode(n.i, mode);
	if (r == 0)
		node_changed(n, IN_ATTRIB);
	node_put(n);
	return r;
}

i64
sys_chmod(u64 path, u64 mode)
{
	return chmod_at(AT_FDCWD, path, (u32)mode, 0);
}

i64
sys_fchmodat(u64 dirfd, u64 path, u64 mode)
{
	return chmod_at((int)dirfd, path, (u32)mode, 0);
}

i64
sys_fchmodat2(u64 dirfd, u64 path, u64 mode, u64 flags)
{
	return flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) ? -EINVAL : chmod_at((int)dirfd, path, (u32)mode, (u32)flags);
}

i64
sys_fchmod(u64 fd, u64 mode)
{
	struct file *f = fd_open((int)fd);

	i64 r = f ? change_mode(f->inode, (u32)mode) : -EBADF;

	if (r == 0)
		notify_file(f, IN_ATTRIB);
	return r;
}

static i64
change_owner(struct inode *i, u32 uid, u32 gid)
{
	struct iattr a = { .uid = uid, .gid = gid };

	if (!i)
		return -EPERM;
	a.set = (uid != ~0u ? SET_UID : 0) | (gid != ~0u ? SET_GID : 0);
	if (task_uid(current)) {
		if (task_uid(current) != i->uid || (uid != ~0u && uid != i->uid))
			return -EPERM;
		if (gid != ~0u && gid != i->gid && !task_in_group(current, gid))
			return -EPERM;
	}
	if (S_ISREG(i->mode) && i->mode & (S_ISUID | S_ISGID)) {
		a.set |= SET_MODE;
		a.mode = i->mode & ~(S_ISUID | (i->mode & 010 ? S_ISGID : 0));
	}
	return a.set ? inode_setattr(i, &a) : 0;
}

i64
sys_fchownat(u64 dirfd, u64 path, u64 uid, u64 gid, u64 flags)
{
	struct node n;
	i64 r;

	if (flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if ((r = at_node((int)dirfd, path, (u32)flags, &n)) < 0)
		return r;
	r = change_owner(n.i, (u32)uid, (u32)gid);
	if (r == 0 && ((u32)uid != ~0u || (u32)gid != ~0u))
		node_changed(n, IN_ATTRIB);
	node_put(n);
	return r;
}

i64
sys_chown(u64 path, u64 uid, u64 gid)
{
	return sys_fchownat((u64)AT_FDCWD, path, uid, gid, 0);
}

i64
sys_lchown(u64 path, u64 uid, u64 gid)
{
	return sys_fchownat((u64)AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

i64
sys_fchown(u64 fd, u64 uid, u64 gid)
{
	struct file *f = fd_open((int)fd);

	i64 r = f ? change_owner(f->inode, (u32)uid, (u32)gid) : -EBADF;

	if (r == 0 && ((u32)uid != ~0u || (u32)gid != ~0u))
		notify_file(f, IN_ATTRIB);
	return r;
}

/* times: two timespecs, NULL for now */
static i64
set_times(int dirfd, u64 path, const struct linux_timespec *ts, u32 flags)
{
	struct iattr a = { .set = SET_ATIME | SET_MTIME };
	i64 now = (i64)inode_now(), *to[2] = { &a.atime, &a.mtime };
	bool all_now = !ts || (ts[0].nsec == UTIME_NOW && ts[1].nsec == UTIME_NOW);
	struct node n;
	i64 r;

	for (int k = 0; k < 2; k++) {
		if (!ts || ts[k].nsec == UTIME_NOW)
			*to[k] = now;
		else if (ts[k].nsec == UTIME_OMIT)
			a.set &= ~(k ? SET_MTIME : SET_ATIME);
		else if (ts[k].nsec < 0 || ts[k].nsec >= 1000000000)
			return -EINVAL;
		else
			*to[k] = ts[k].sec * 1000000000 + ts[k].nsec;
	}
	if (!path && dirfd != AT_FDCWD) {
		if (!fd_open(dirfd))                     /* by path, with AT_EMPTY_PATH, one with O_PATH will do */
			return -EBADF;
		flags |= AT_EMPTY_PATH;
	}
	if ((r = at_node(dirfd, path, flags, &n)) < 0)
		return r;
	if (!n.i)
		r = -EPERM;
	else if (!inode_owner(n.i) && !(all_now && inode_permission(n.i, 2) == 0))
		r = all_now ? -EACCES : -EPERM;
	else if (a.set && (r = inode_setattr(n.i, &a)) == 0)
		node_changed(n, a.set == SET_ATIME ? IN_ACCESS : a.set == SET_MTIME ? IN_MODIFY : IN_ATTRIB);
	node_put(n);
	return r;
}

i64
sys_utimensat(u64 dirfd, u64 path, u64 times, u64 flags)
{
	struct linux_timespec ts[2];

	if (flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (times && copy_in(ts, (uptr)times, sizeof ts) < 0)
		return -EFAULT;
	return set_times((int)dirfd, path, times ? ts : NULL, (u32)flags);
}

i64
sys_futimesat(u64 dirfd, u64 path, u64 times)
{
	struct linux_timeval tv[2];
	struct linux_timespec ts[2];

	if (times && copy_in(tv, (uptr)times, sizeof tv) < 0)
		return -EFAULT;
	for (int k = 0; times && k < 2; k++) {
		if (tv[k].usec < 0 || tv[k].usec >= 1000000)
			return -EINVAL;
		ts[k] = (struct linux_timespec){ tv[k].sec, tv[k].usec * 1000 };
	}
	return set_times((int)dirfd, path, times ? ts : NULL, 0);
}

i64
sys_utimes(u64 path, u64 times)
{
	return sys_futimesat((u64)AT_FDCWD, path, times);
}

i64
sys_utime(u64 path, u64 times)
{
	i64 t[2];
	struct linux_timespec ts[2];

	if (times && copy_in(t, (uptr)times, sizeof t) < 0)
		return -EFAULT;
	for (int k = 0; times && k < 2; k++)
		ts[k] = (struct linux_timespec){ t[k], 0 };
	return set_times(AT_FDCWD, path, times ? ts : NULL, 0);
}

i64
sys_truncate(u64 path, u64 size)
{
	struct iattr a = { .set = SET_SIZE, .size = size };
	struct dentry *d;
	i64 r;

	if ((i64)size < 0)
		return -EINVAL;
	if ((r = lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &d)) < 0)
		return r;
	if (S_ISDIR(d->inode->mode))
		r = -EISDIR;
	else if (!S_ISREG(d->inode->mode))
		r = -EINVAL;
	else if ((r = inode_permission(d->inode, 2)) == 0) {
		if (shared_files)
			shared_flush(d->inode->id);
		r = inode_setattr(d->inode, &a);
		if (shared_files)
			shared_refresh(d->inode->id);
		if (r == 0)
			notify_dentry(d, IN_MODIFY);
	}
	dentry_put(d);
	return r;
}

/* ---- the process's place ---- */

static i64
change_dir(struct dentry **slot, struct dentry *d)
{
	int r = S_ISDIR(d->inode->mode) ? inode_permission(d->inode, 1) : -ENOTDIR;

	if (r < 0) {
		dentry_put(d);
		return r;
	}
	dentry_put(*slot);
	*slot = d;
	return 0;
}

i64
sys_chdir(u64 path)
{
	struct dentry *d;
	int r = lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &d);

	return r < 0 ? r : change_dir(&task_fs(current)->cwd, d);
}

i64
sys_fchdir(u64 fd)
{
	struct file *f = fd_file((int)fd);

	if (!f)
		return -EBADF;
	return f->dentry ? change_dir(&task_fs(current)->cwd, dentry_get(f->dentry)) : -ENOTDIR;
}

i64
sys_chroot(u64 path)
{
	struct dentry *d;
	int r = lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &d);

	if (r < 0)
		return r;
	if (task_uid(current)) {
		dentry_put(d);
		return -EPERM;
	}
	return change_dir(&task_fs(current)->root, d);
}

i64
sys_getcwd(u64 buf, u64 size)
{
	struct dentry *cwd = task_fs(current)->cwd;
	int n;

	if (cwd->deleted)
		return -ENOENT;
	if ((n = dentry_path(cwd, path_buf, sizeof path_buf)) < 0)
		return n;
	if (size < (u64)n + 1)
		return -ERANGE;
	return copy_out((uptr)buf, path_buf, n + 1) < 0 ? -EFAULT : n + 1;
}

i64
sys_umask(u64 mask)
{
	u32 old = task_fs(current)->umask;

	task_fs(current)->umask = mask & 0777;
	return old;
}

/* ---- what this kernel does not have ---- */

i64
sys_mount(u64 source, u64 target, u64 type, u64 flags, u64 data)
{
	(void)source, (void)target, (void)type, (void)flags, (void)data;
	return -EPERM;
}

i64
sys_umount2(u64 target, u64 flags)
{
	(void)target, (void)flags;
	return -EPERM;
}
