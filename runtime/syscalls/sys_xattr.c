/*
 * sys_xattr.c - extended attributes: user., trusted. and security. ones of files and folders, kept in memory with the inode. An inode that has some is not
 * forgotten before its last name is gone (xattr_drop). In a folder of the host they exist only inside the run.
 */
#include "../fs/vfs.h"

#define XATTR_CREATE 1u
#define XATTR_REPLACE 2u
#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536u

struct xattr {
	struct xattr *next;
	u32 size;
	u8 *value;
	char name[];
};

enum { FOLLOW, NOFOLLOW, BY_FD };

/* What a call is about; dentry NULL for a descriptor without a name. Both counted. */
struct target {
	struct inode *i;
	struct dentry *d;
};

static char path_buf[PATH_MAX], name_buf[XATTR_NAME_MAX + 2];    /* of the call in progress */

static int
target_find(struct target *t, int how, u64 which)
{
	int r;

	if (how == BY_FD) {
		struct file *f = fd_open((int)which);

		if (!f)
			return -EBADF;
		if (!f->inode)
			return -EOPNOTSUPP;
		t->i = inode_get(f->inode);
		t->d = f->dentry ? dentry_get(f->dentry) : NULL;
		return 0;
	}
	if ((r = strncpy_in(path_buf, (uptr)which, sizeof path_buf)) < 0)
		return r;
	if ((r = path_lookup(AT_FDCWD, path_buf, how == FOLLOW ? LOOKUP_FOLLOW : 0, &t->d, NULL)) < 0)
		return r;
	t->i = inode_get(t->d->inode);
	return 0;
}

static void
target_put(struct target *t)
{
	inode_put(t->i);
	if (t->d)
		dentry_put(t->d);
}

static int
get_name(u64 p)
{
	int n = strncpy_in(name_buf, (uptr)p, sizeof name_buf);

	if (n == -ENAMETOOLONG || n == 0 || n > XATTR_NAME_MAX)
		return -ERANGE;
	return n < 0 ? n : 0;
}

/* xattr(7): who may do what with an attribute of this name */
static int
allowed(struct inode *i, const char *name, bool write)
{
	bool user = !strncmp(name, "user.", 5), trusted = !strncmp(name, "trusted.", 8), security = !strncmp(name, "security.", 9);

	if (!i->ops->setattr || !(user || trusted || security))
		return -EOPNOTSUPP;
	if (!name[user ? 5 : trusted ? 8 : 9])
		return -EINVAL;
	if (write && i->sb && i->sb->readonly)
		return -EROFS;
	if (security)
		return write && task_uid(current) ? -EPERM : 0;
	if (trusted)
		return !task_uid(current) ? 0 : write ? -EPERM : -ENODATA;
	if (!S_ISREG(i->mode) && !S_ISDIR(i->mode))
		return write ? -EPERM : -ENODATA;
	if (write && S_ISDIR(i->mode) && i->mode & S_ISVTX && !inode_owner(i))
		return -EPERM;
	return inode_permission(i, write ? 2 : 4);
}

static struct xattr **
find(struct inode *i, const char *name)
{
	struct xattr **p = &i->xattrs;

	while (*p && strcmp((*p)->name, name))
		p = &(*p)->next;
	return p;
}

static void
xattr_free(struct xattr **p)
{
	struct xattr *x = *p;

	*p = x->next;
	kfree(x->value);
	kfree(x);
}

void
xattr_drop(struct inode *i)
{
	if (!i->xattrs)
		return;
	while (i->xattrs)
		xattr_free(&i->xattrs);
	inode_put(i);
}

/* ---- set ---- */

static int
store(struct inode *i, const char *name, const void *value, u32 size)
{
	struct xattr *x = kmalloc(sizeof *x + strlen(name) + 1), **p = find(i, name);
	bool first = !i->xattrs;

	if (!x || !(x->value = kmalloc(size ? size : 1))) {
		kfree(x);
		return -ENOMEM;
	}
	strcpy(x->name, name);
	memcpy(x->value, value, size);
	x->size = size;
	if (*p)
		xattr_free(p);
	x->next = *p;
	*p = x;
	if (first)
		inode_get(i);
	return 0;
}

/* The inode changed: its ctime, and whoever watches. */
static void
touched(struct target *t)
{
	t->i->ctime = (i64)inode_now();
	if (t->d)
		notify_dentry(t->d, IN_ATTRIB);
	else
		notify_inode(t->i, IN_ATTRIB);
}

static i64
set(int how, u64 which, u64 name, u64 value, u64 size, u64 flags)
{
	struct target t;
	u8 *bytes;
	i64 r;
	bool there;

	if (flags & ~3ull)
		return -EINVAL;
	if ((r = get_name(name)) < 0)
		return r;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (!(bytes = kmalloc(size ? size : 1)))
		return -ENOMEM;
	r = size ? copy_in(bytes, (uptr)value, size) : 0;
	if (r == 0 && (r = target_find(&t, how, which)) == 0) {
		if ((r = allowed(t.i, name_buf, true)) == 0) {
			there = *find(t.i, name_buf);
			r = there && flags & XATTR_CREATE ? -EEXIST : !there && flags & XATTR_REPLACE ? -ENODATA :
				store(t.i, name_buf, bytes, (u32)size);
		}
		if (r == 0)
			touched(&t);
		target_put(&t);
	}
	kfree(bytes);
	return r;
}

static i64
take(int how, u64 which, u64 name)
{
	struct target t;
	struct xattr **p;
	i64 r;

	if ((r = get_name(name)) < 0 || (r = target_find(&t, how, which)) < 0)
		return r;
	if ((r = allowed(t.i, name_buf, true)) == 0) {
		if (!*(p = find(t.i, name_buf)))
			r = -ENODATA;
		else {
			xattr_free(p);
			if (!t.i->xattrs)
				inode_put(t.i);
			touched(&t);
		}
	}
	target_put(&t);
	return r;
}

/* ---- get ---- */

static i64
get(int how, u64 which, u64 name, u64 value, u64 size)
{
	struct target t;
	const struct xattr *x;
	i64 r;

	if ((r = get_name(name)) < 0 || (r = target_find(&t, how, which)) < 0)
		return r;
	if ((r = allowed(t.i, name_buf, false)) == 0) {
		if (!(x = *find(t.i, name_buf)))
			r = -ENODATA;
		else if (size && size < x->size)
			r = -ERANGE;
		else
			r = size && copy_out((uptr)value, x->value, x->size) < 0 ? -EFAULT : (i64)x->size;
	}
	target_put(&t);
	return r;
}

static i64
list(int how, u64 which, u64 buf, u64 size)
{
	struct target t;
	i64 n = 0, r;

	if ((r = target_find(&t, how, which)) < 0)
		return r;
	for (const struct xattr *x = t.i->xattrs; x && r == 0; x = x->next) {
		size_t len = strlen(x->name) + 1;

		if (!strncmp(x->name, "trusted.", 8) && task_uid(current))
			continue;
		if (size && (u64)n + len > size)
			r = -ERANGE;
		else if (size && copy_out((uptr)buf + (uptr)n, x->name, len) < 0)
			r = -EFAULT;
		n += (i64)len;
	}
	target_put(&t);
	return r < 0 ? r : n;
}

i64 sys_setxattr(u64 path, u64 name, u64 v, u64 n, u64 flags) { return set(FOLLOW, path, name, v, n, flags); }
i64 sys_lsetxattr(u64 path, u64 name, u64 v, u64 n, u64 flags) { return set(NOFOLLOW, path, name, v, n, flags); }
i64 sys_fsetxattr(u64 fd, u64 name, u64 v, u64 n, u64 flags) { return set(BY_FD, fd, name, v, n, flags); }
i64 sys_getxattr(u64 path, u64 name, u64 v, u64 n) { return get(FOLLOW, path, name, v, n); }
i64 sys_lgetxattr(u64 path, u64 name, u64 v, u64 n) { return get(NOFOLLOW, path, name, v, n); }
i64 sys_fgetxattr(u64 fd, u64 name, u64 v, u64 n) { return get(BY_FD, fd, name, v, n); }
i64 sys_listxattr(u64 path, u64 buf, u64 n) { return list(FOLLOW, path, buf, n); }
i64 sys_llistxattr(u64 path, u64 buf, u64 n) { return list(NOFOLLOW, path, buf, n); }
i64 sys_flistxattr(u64 fd, u64 buf, u64 n) { return list(BY_FD, fd, buf, n); }
i64 sys_removexattr(u64 path, u64 name) { return take(FOLLOW, path, name); }
i64 sys_lremovexattr(u64 path, u64 name) { return take(NOFOLLOW, path, name); }
i64 sys_fremovexattr(u64 fd, u64 name) { return take(BY_FD, fd, name); }
