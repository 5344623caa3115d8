/*
 * sys_remove.c - system calls that take names away or give others: unlink, rmdir, rename.
 */
#include "../fs/vfs.h"

#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE 2u

static char path_buf[PATH_MAX], path_buf2[PATH_MAX];     /* of the call in progress */

static int
get_path(u64 p)
{
	return strncpy_in(path_buf, (uptr)p, sizeof path_buf);
}

/* 0, or the error for a last component that is "." or ".." */
static int
last_dots(const char *path, int dot, int dotdot)
{
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	if (n >= 1 && path[n - 1] == '.') {
		if (n == 1 || path[n - 2] == '/')
			return dot;
		if (path[n - 2] == '.' && (n == 2 || path[n - 3] == '/'))
			return dotdot;
	}
	return 0;
}

static int
sticky(const struct inode *dir, const struct inode *i)
{
	u32 uid = task_uid(current);

	return dir->mode & S_ISVTX && uid && uid != i->uid && uid != dir->uid ? -EPERM : 0;
}

static int
may_remove(struct dentry *d)
{
	int r;

	if (!d->parent || d->mounted)
		return -EBUSY;
	if (d->deleted)
		return -ENOENT;
	if ((r = inode_permission(d->parent->inode, 3)) < 0)
		return r;
	return sticky(d->parent->inode, d->inode);
}

/* The name is gone. Takes d; its folder hears of it after the file itself. */
static void
removed(struct dentry *d)
{
	struct inode *dir = inode_get(d->parent->inode);
	u32 mask = IN_DELETE | (S_ISDIR(d->inode->mode) ? IN_ISDIR : 0);
	char name[NAME_MAX + 1];
	struct name n = { name, d->len };

	memcpy(name, d->name, d->len);
	dentry_unhash(d);
	d->deleted = true;
	if (!(mask & IN_ISDIR))
		notify_inode(d->inode, IN_ATTRIB);
	dentry_put(d);
	notify_name(dir, n, mask, 0);
	inode_put(dir);
}

static i64
remove_at(int dirfd, u64 path, bool dir)
{
	struct dentry *d;
	struct inode *up;
	i64 r = get_path(path);

	if (r < 0 || (dir && (r = last_dots(path_buf, -EINVAL, -ENOTEMPTY)) < 0) ||
		(!dir && (r = last_dots(path_buf, -EISDIR, -EISDIR)) < 0))
		return r;
	if ((r = path_lookup(dirfd, path_buf, 0, &d, NULL)) < 0)
		return r;
	if (dir && !S_ISDIR(d->inode->mode))
		r = -ENOTDIR;
	else if (!dir && S_ISDIR(d->inode->mode))
		r = -EISDIR;
	else if ((r = may_remove(d)) == 0) {
		up = d->parent->inode;
		r = up->ops->unlink ? up->ops->unlink(up, (struct name){ d->name, d->len }, d->inode) : -EPERM;
	}
	if (r == 0)
		removed(d);
	else
		dentry_put(d);
	return r;
}

i64
sys_unlink(u64 path)
{
	return remove_at(AT_FDCWD, path, false);
}

i64
sys_rmdir(u64 path)
{
	return remove_at(AT_FDCWD, path, true);
}

i64
sys_unlinkat(u64 dirfd, u64 path, u64 flags)
{
	return flags & ~(u64)AT_REMOVEDIR ? -EINVAL : remove_at((int)dirfd, path, flags & AT_REMOVEDIR);
}

static int
rename_check(struct dentry *from, struct dentry *to, struct dentry *todir, u32 flags)
{
	int r = may_remove(from);

	if (r == 0)
		r = inode_permission(todir->inode, 3);
	if (r < 0)
		return r;
	if (dentry_inside(todir, from))
		return -EINVAL;
	if (from->parent->inode->ops != todir->inode->ops || from->parent->inode->sb != todir->inode->sb || !todir->inode->ops->rename)
		return -EXDEV;
	if (!to)
		return flags & RENAME_EXCHANGE ? -ENOENT : 0;
	if (flags & RENAME_NOREPLACE)
		return -EEXIST;
	if ((r = may_remove(to)) < 0 || flags & RENAME_EXCHANGE)
		return r;
	if (dentry_inside(from, to))
		return -ENOTEMPTY;
	if (S_ISDIR(to->inode->mode) && !S_ISDIR(from->inode->mode))
		return -EISDIR;
	return !S_ISDIR(to->inode->mode) && S_ISDIR(from->inode->mode) ? -ENOTDIR : 0;
}

/* d has got another name than (dir, old). */
static void
moved(struct dentry *d, struct inode *dir, struct name old)
{
	u32 cookie = notify_cookie(), is_dir = S_ISDIR(d->inode->mode) ? IN_ISDIR : 0;

	notify_name(dir, old, IN_MOVED_FROM | is_dir, cookie);
	notify_name(d->parent->inode, (struct name){ d->name, d->len }, IN_MOVED_TO | is_dir, cookie);
}

/* Changes the names of dentries whose inodes have been renamed. */
static void
rename_dentries(struct dentry *from, struct dentry *to, struct dentry *todir, struct name n2, bool exchange)
{
	struct dentry *olddir = dentry_get(from->parent);
	char old[NAME_MAX + 1];
	struct name n = { old, from->len };

	memcpy(old, from->name, from->len);
	if (exchange)
		dentry_exchange(from, to);
	else {
		if (to) {
			dentry_unhash(to);
			to->deleted = true;
		}
		dentry_move(from, todir, n2);
	}
	moved(from, olddir->inode, n);
	if (to && !exchange && !S_ISDIR(to->inode->mode))
		notify_inode(to->inode, IN_ATTRIB);
	notify_inode(from->inode, IN_MOVE_SELF);
	if (exchange) {
		moved(to, todir->inode, (struct name){ from->name, from->len });
		notify_inode(to->inode, IN_MOVE_SELF);
	}
	dentry_put(olddir);
}

static i64
rename_to(struct dentry *from, struct dentry *to, struct where *w, u32 flags)
{
	struct dentry *todir = to ? to->parent : w->dir;
	struct name n2 = to ? (struct name){ to->name, to->len } : name_of(w->last);
	bool exchange = flags & RENAME_EXCHANGE;
	i64 r;

	if (!todir)
		return -EBUSY;
	if (to && to->inode == from->inode && !(flags & RENAME_NOREPLACE))
		return 0;
	if ((r = rename_check(from, to, todir, flags)) < 0)
		return r;
	if (!to && w->slash && !S_ISDIR(from->inode->mode))
		return -ENOTDIR;
	r = todir->inode->ops->rename(from->parent->inode, (struct name){ from->name, from->len }, from->inode,
		todir->inode, n2, to ? to->inode : NULL, exchange);
	if (r < 0)
		return r;
	rename_dentries(from, to, todir, n2, exchange);
	return 0;
}

i64
sys_renameat2(u64 olddir, u64 old, u64 newdir, u64 new, u64 flags)
{
	struct dentry *from, *to;
	struct where w = { 0 };
	i64 r;

	if (flags & ~3ull || flags == 3)
		return -EINVAL;
	if ((r = get_path(old)) < 0 || (r = strncpy_in(path_buf2, (uptr)new, sizeof path_buf2)) < 0)
		return r;
	if ((r = last_dots(path_buf, -EBUSY, -EBUSY)) < 0 || (r = last_dots(path_buf2, -EBUSY, -EBUSY)) < 0)
		return r;
	if ((r = path_lookup((int)olddir, path_buf, 0, &from, NULL)) < 0)
		return r;
	if ((r = path_lookup((int)newdir, path_buf2, LOOKUP_CREATE, &to, &w)) == 0) {
		r = rename_to(from, to, &w, (u32)flags);
		dentry_put(to ? to : w.dir);
	}
	dentry_put(from);
	return r;
}

i64
sys_renameat(u64 olddir, u64 old, u64 newdir, u64 new)
{
	return sys_renameat2(olddir, old, newdir, new, 0);
}

i64
sys_rename(u64 old, u64 new)
{
	return sys_renameat2((u64)AT_FDCWD, old, (u64)AT_FDCWD, new, 0);
}
