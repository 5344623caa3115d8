/*
 * vfs.c - inodes, dentries, mounts.
 */
#include <stdio.h>
#include "vfs.h"
#include "../task.h"

#define HASH_SIZE 1024

static struct dentry *hash[HASH_SIZE];
struct super *supers;
struct dentry *root_dentry;

u64
inode_now(void)
{
	return now_realtime();
}

struct super *
super_new(const char *type, const char *source, u64 magic)
{
	static u32 minor = 40;
	struct super *sb = kmalloc(sizeof *sb), **p = &supers;

	sb->type = type;
	sb->source = source;
	sb->magic = magic;
	sb->dev = MKDEV(0, minor);
	minor++;
	while (*p)
		p = &(*p)->next;
	*p = sb;
	return sb;
}

void
inode_init(struct inode *i, struct super *sb, const struct inode_ops *ops, u32 mode)
{
	static u64 last_id;

	i->ops = ops;
	i->sb = sb;
	i->refs = 1;
	i->id = ++last_id;
	i->dev = sb ? sb->dev : 0;
	i->ino = i->id;
	i->mode = mode;
	i->nlink = S_ISDIR(mode) ? 2 : 1;
	i->atime = i->mtime = i->ctime = inode_now();
	list_init(&i->locks);
	waitq_init(&i->lockq);
}

struct inode *
inode_get(struct inode *i)
{
	i->refs++;
	return i;
}

void
inode_put(struct inode *i)
{
	if (--i->refs)
		return;
	if (i->ops->evict)
		i->ops->evict(i);
	else
		kfree(i);
}

bool
inode_owner(const struct inode *i)
{
	u32 uid = task_uid(current);

	return uid == 0 || uid == i->uid;
}

int
inode_permission(struct inode *i, u32 mask)
{
	u32 uid = current ? task_uid(current) : 0, mode = i->mode;

	if (mask & 2 && i->sb && i->sb->readonly && !S_ISCHR(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode))
		return -EROFS;
	if (uid == 0)
		return mask & 1 && !S_ISDIR(mode) && !(mode & 0111) ? -EACCES : 0;
	if (uid == i->uid)
		mode >>= 6;
	else if (task_in_group(current, i->gid))
		mode >>= 3;
	return (mode & mask) == mask ? 0 : -EACCES;
}

int
inode_setattr(struct inode *i, const struct iattr *a)
{
	int r;

	if (i->sb && i->sb->readonly)
		return -EROFS;
	if (a->set & SET_SIZE && a->size > i->size && a->size > task_rlimit(current, RLIMIT_FSIZE)) {
		signal_send(task_tid(current), SIGXFSZ);
		return -EFBIG;
	}
	r = i->ops->setattr ? i->ops->setattr(i, a) : -EPERM;
	if (r == 0 && (a->set & SET_SIZE)) {
		files_changed++;
		perm_resized();
	}
	return r;
}

/* ---- dentries ---- */

static u32
slot(const struct dentry *dir, struct name n)
{
	u32 h = (u32)(uintptr_t)dir * 2654435761u;

	for (u32 k = 0; k < n.len; k++)
		h = (h ^ (u8)n.s[k]) * 16777619u;
	return (h ^ h >> 15) % HASH_SIZE;
}

static void
dentry_hash(struct dentry *d)
{
	struct dentry **p = &hash[slot(d->parent, (struct name){ d->name, d->len })];

	d->hash_next = *p;
	*p = d;
	d->hashed = true;
}

void
dentry_unhash(struct dentry *d)
{
	if (!d->hashed)
		return;
	struct dentry **p = &hash[slot(d->parent, (struct name){ d->name, d->len })];

	while (*p != d)
		p = &(*p)->hash_next;
	*p = d->hash_next;
	d->hashed = false;
}

struct dentry *
dentry_root(struct inode *i)
{
	struct dentry *d = kmalloc(sizeof *d);

	d->refs = 1;
	d->name = kmalloc(1);
	d->inode = i;
	return d;
}

struct dentry *
dentry_get(struct dentry *d)
{
	d->refs++;
	return d;
}

void
dentry_put(struct dentry *d)
{
	while (d && --d->refs == 0) {
		struct dentry *parent = d->parent;

		dentry_unhash(d);
		if ((d->inode->watched || d->inode->xattrs) && d->deleted && (S_ISDIR(d->inode->mode) || !d->inode->nlink)) {
			notify_gone(d->inode);
			if (d->inode->refs == 2)         /* this dentry's and the attributes' own */
				xattr_drop(d->inode);
		}
		inode_put(d->inode);
		kfree(d->name);
		kfree(d);
		d = parent;
	}
}

struct dentry *
dentry_child(struct dentry *dir, struct name n)
{
	for (struct dentry *d = hash[slot(dir, n)]; d; d = d->hash_next)
		if (d->parent == dir && d->len == n.len && !memcmp(d->name, n.s, n.len))
			return dentry_get(d);
	return NULL;
}

struct dentry *
dentry_new(struct dentry *dir, struct name n, struct inode *i)
{
	struct dentry *d = kmalloc(sizeof *d);

	if (!d || !(d->name = kmalloc(n.len + 1))) {
		kfree(d);
		inode_put(i);
		return NULL;
	}
	d->refs = 1;
	d->parent = dentry_get(dir);
	d->inode = i;
	d->len = n.len;
	memcpy(d->name, n.s, n.len);
	dentry_hash(d);
	return d;
}

void
dentry_move(struct dentry *d, struct dentry *dir, struct name n)
{
	struct dentry *old = d->parent;
	char *name = kmalloc(n.len + 1);

	dentry_unhash(d);
	memcpy(name, n.s, n.len);
	kfree(d->name);
	d->name = name;
	d->len = n.len;
	d->parent = dentry_get(dir);
	dentry_hash(d);
	dentry_put(old);
}

/* Both names stay, each with the other's inode. */
void
dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry t = *a;

	dentry_unhash(a);
	dentry_unhash(b);
	a->parent = b->parent;
	a->name = b->name;
	a->len = b->len;
	b->parent = t.parent;
	b->name = t.name;
	b->len = t.len;
	dentry_hash(a);
	dentry_hash(b);
}

bool
dentry_inside(const struct dentry *d, const struct dentry *top)
{
	for (; d; d = d->parent)
		if (d == top)
			return true;
	return false;
}

/* Path from the task's root; "(unreachable)" prefixes are left to the caller. */
int
dentry_path(const struct dentry *d, char *buf, size_t size)
{
	const struct dentry *root = current && task_fs(current) ? task_fs(current)->root : root_dentry;
	size_t at = size;

	if (size < 2)
		return -ENAMETOOLONG;
	buf[--at] = 0;
	if (d == root || !d->parent)
		buf[--at] = '/';
	for (; d != root && d->parent; d = d->parent) {
		if (at < d->len + 1)
			return -ENAMETOOLONG;
		at -= d->len;
		memcpy(buf + at, d->name, d->len);
		buf[--at] = '/';
	}
	memmove(buf, buf + at, size - at);
	return (int)(size - at - 1);
}

int
mount_at(struct dentry *dir, struct name n, struct super *sb, struct inode *root)
{
	struct dentry *old = dentry_child(dir, n);

	if (old) {
		dentry_unhash(old);
		dentry_put(old);
	}
	struct dentry *d = dentry_new(dir, n, root);

	if (!d)
		return -ENOMEM;
	d->mounted = true;
	sb->where = d;
	return 0;
}
