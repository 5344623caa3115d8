/*
 * overlay.c - a tree that is only read (the host's, or packed) under changes that stay in memory.
 *
 * Nodes are tmpfs nodes with a path in the lower tree. A folder's entries in memory are only what was changed: new nodes, pinned nodes
 * (looked up below, then changed) and hidden names. A node that was not changed lives only while somebody uses it. A folder that is
 * renamed keeps its lower path, so nothing below it is copied.
 */
#include <stdio.h>
#include "tmpfs.h"

#define CACHE_SIZE 512

static struct inode *cache[CACHE_SIZE];          /* nodes with a lower, by the lower (dev, ino) */
static struct tnode *top;
static const struct lower_ops *lower;            /* the tree below */
static const struct inode_ops overlay_ops;

static u32
slot(u64 dev, u64 ino)
{
	return (u32)((dev * 31 + ino) * 0x9e3779b97f4a7c15ull >> 40) % CACHE_SIZE;
}

static void
from_stat(struct tnode *t, const struct host_stat *st)
{
	struct inode *i = &t->inode;

	t->lower_dev = st->dev;
	t->lower_ino = st->ino;
	i->dev = st->dev;
	i->ino = st->ino;
	i->size = st->size;
	i->blocks = st->blocks;
	i->rdev = st->rdev;
	i->nlink = st->nlink;
	i->uid = st->uid;
	i->gid = st->gid;
	i->atime = st->atime_ns;
	i->mtime = st->mtime_ns;
	i->ctime = st->ctime_ns;
}

static void
cache_remove(struct tnode *t)
{
	for (struct inode **p = &cache[slot(t->lower_dev, t->lower_ino)]; *p; p = &(*p)->hash_next) {
		if (*p == &t->inode) {
			*p = t->inode.hash_next;
			return;
		}
	}
}

static char *
join(const char *dir, struct name n)
{
	size_t len = strlen(dir);
	char *p = kmalloc(len + n.len + 2);

	if (!p)
		return NULL;
	memcpy(p, dir, len);
	if (len == 0 || dir[len - 1] != '/')
		p[len++] = '/';
	memcpy(p + len, n.s, n.len);
	return p;
}

static void
set_name(struct tnode *t, struct tnode *parent, struct name n)
{
	char *s = kmalloc(n.len + 1);

	memcpy(s, n.s, n.len);
	inode_get(&parent->inode);
	if (t->parent)
		inode_put(&t->parent->inode);
	kfree((void *)t->name.s);
	t->parent = parent;
	t->name = (struct name){ s, n.len };
}

/* The node for a lower path: takes path. */
static int
lower_node(struct super *sb, char *path, const struct host_stat *st, struct tnode **out)
{
	u32 h = slot(st->dev, st->ino);

	for (struct inode *i = cache[h]; i; i = i->hash_next) {
		struct tnode *t = tnode(i);

		if (t->lower_dev != st->dev || t->lower_ino != st->ino)
			continue;
		if ((i->mode & S_IFMT) != (st->mode & S_IFMT) || (S_ISDIR(i->mode) && strcmp(t->lower, path)))
			continue;
		if (!t->pinned && t->lower_data)
			from_stat(t, st);
		kfree(path);
		*out = tnode(inode_get(i));
		return 0;
	}
	struct tnode *t = tnode_new(sb, &overlay_ops, st->mode);

	if (!t) {
		kfree(path);
		return -ENOMEM;
	}
	from_stat(t, st);
	t->lower = path;
	t->lower_data = S_ISREG(st->mode);
	t->inode.hash_next = cache[h];
	cache[h] = &t->inode;
	*out = t;
	return 0;
}

static int
overlay_lookup(struct inode *dir, struct name n, struct inode **out)
{
	struct tnode *d = tnode(dir), *t;
	struct tentry *e = tentry_find(d, n);
	struct host_stat st;
	char *path;
	int r;

	if (e) {
		if (!e->node)
			return -ENOENT;
		*out = inode_get(&e->node->inode);
		return 0;
	}
	if (!d->lower)
		return -ENOENT;
	if (!(path = join(d->lower, n)))
		return -ENOMEM;
	r = lower->stat(path, &st);
	if (r < 0) {
		kfree(path);
		return r;
	}
	if ((r = lower_node(dir->sb, path, &st, &t)) < 0)
		return r;
	if (!t->parent)
		set_name(t, d, n);
	*out = &t->inode;
	return 0;
}

/* Puts the node into its folder's entries, and the folder into its own. */
static int
pin(struct tnode *t)
{
	int r;

	for (; !t->pinned && t->parent; t = t->parent) {
		if ((r = tentry_set(t->parent, t->name, t)) < 0)
			return r;
		t->pinned = true;
	}
	return 0;
}

/* A folder that gets entries of its own must not be forgotten while it is empty of users. */
static int
pin_dir(struct inode *dir)
{
	return pin(tnode(dir));
}

static int
lower_open(struct tnode *t)
{
	if (t->handle < 0)
		t->handle = lower->open(t->lower);
	return t->handle < 0 ? t->handle : 0;
}

static void
lower_close(struct tnode *t)
{
	if (t->handle >= 0)
		lower->close(t->handle);
	t->handle = -1;
}

long
overlay_lower_read(struct tnode *t, struct uio *u, loff *pos)
{
	int r = lower_open(t);

	return r < 0 ? r : lower->read(t->handle, u, pos);
}

int
overlay_lower_want(struct tnode *t, loff pos, u64 n)
{
	int r = lower->want ? lower_open(t) : 0;

	return r < 0 || !lower->want ? r : lower->want(t->handle, pos, n);
}

static int
copy_up(struct tnode *t)
{
	u64 size = t->inode.size;
	i64 mtime = t->inode.mtime, ctime = t->inode.ctime;
	u8 *buf = kmalloc(CHUNK);
	loff at = 0;
	int r = buf ? lower_open(t) : -ENOMEM;

	if (r >= 0 && (r = overlay_lower_want(t, 0, size)) < 0) {
		kfree(buf);
		return r;
	}
	t->inode.size = 0;
	while (r >= 0) {
		struct uio u;
		struct uio_seg seg;
		loff from = at;

		uio_kernel(&u, &seg, buf, CHUNK);
		r = (int)lower->read(t->handle, &u, &from);
		if (r <= 0)
			break;
		uio_kernel(&u, &seg, buf, r);
		r = (int)tnode_write(t, &u, &at);
	}
	kfree(buf);
	lower_close(t);
	if (r < 0) {
		tnode_truncate(t, 0);
		t->inode.size = size;
		return r;
	}
	t->inode.mtime = mtime;
	t->inode.ctime = ctime;
	t->inode.blocks = 0;
	t->lower_data = false;
	return 0;
}

int
overlay_own(struct tnode *t, bool data)
{
	int r;

	if (!t->lower)
		return 0;
	if (data && t->lower_data && (r = copy_up(t)) < 0)
		return r;
	return pin(t);
}

/* ---- changes ---- */

static int
overlay_create(struct inode *dir, struct name n, u32 mode, u64 rdev, struct inode **out)
{
	int r = pin_dir(dir);

	if (r == 0)
		r = ops_create(dir, n, mode, rdev, out, &overlay_ops);
	if (r == 0)
		set_name(tnode(*out), tnode(dir), n);
	return r;
}

static int
overlay_symlink(struct inode *dir, struct name n, const char *target, struct inode **out)
{
	int r = overlay_create(dir, n, S_IFLNK | 0777, 0, out);

	if (r == 0) {
		tnode(*out)->target = kmalloc(strlen(target) + 1);
		strcpy(tnode(*out)->target, target);
		(*out)->size = strlen(target);
	}
	return r;
}

static int
overlay_readlink(struct inode *i, char *buf, size_t size)
{
	struct tnode *t = tnode(i);

	return t->lower && !t->target ? lower->readlink(t->lower, buf, (u32)size) :
		tmpfs_readlink(i, buf, size);
}

static int
overlay_link(struct inode *dir, struct name n, struct inode *old)
{
	int r = pin_dir(dir);

	if (r == 0)
		r = overlay_own(tnode(old), false);
	if (r == 0)
		r = tentry_set(tnode(dir), n, tnode(old));
	if (r < 0)
		return r;
	old->nlink++;
	old->ctime = (i64)inode_now();
	tnode_touch(tnode(dir));
	return 0;
}

static bool
lower_has(struct tnode *dir, struct name n)
{
	struct host_stat st;
	char *path;
	int r;

	if (!dir->lower || !(path = join(dir->lower, n)))
		return false;
	r = lower->stat(path, &st);
	kfree(path);
	return r == 0;
}

/* Takes a name away: hides it if it is there below. */
static int
hide(struct tnode *dir, struct name n)
{
	struct tentry *e;

	if (lower_has(dir, n))
		return tentry_set(dir, n, NULL);
	if ((e = tentry_find(dir, n)))
		tentry_drop(e);
	return 0;
}

static int
stop_at_first(void *ctx, const char *name, u32 len, u64 ino, u32 type)
{
	(void)ctx, (void)name, (void)len, (void)ino, (void)type;
	return -ENOTEMPTY;
}

static int overlay_list(struct inode *dir, emit_fn emit, void *ctx);

static int
remove_victim(struct inode *dir, struct inode *victim)
{
	int r;

	if (S_ISDIR(victim->mode)) {
		if ((r = overlay_list(victim, stop_at_first, NULL)) < 0)
			return r;
		victim->nlink = 0;
		if (dir->nlink > 2)
			dir->nlink--;
	} else if (victim->nlink)
		victim->nlink--;
	victim->ctime = (i64)inode_now();
	return 0;
}

static int
overlay_unlink(struct inode *dir, struct name n, struct inode *victim)
{
	int r = pin_dir(dir);

	if (r == 0)
		r = remove_victim(dir, victim);
	if (r == 0)
		r = hide(tnode(dir), n);
	if (r == 0) {
		tnode(victim)->pinned = true;        /* further changes must not bring the name back */
		tnode_touch(tnode(dir));
	}
	return r;
}

static int
overlay_rename(struct inode *dir, struct name n, struct inode *node, struct inode *dir2, struct name n2, struct inode *victim, bool exchange)
{
	int r = pin_dir(dir);

	if (r == 0)
		r = pin_dir(dir2);
	if (r == 0 && victim && !exchange)
		r = remove_victim(dir2, victim);
	if (r == 0)
		r = tentry_set(tnode(dir2), n2, tnode(node));
	if (r < 0)
		return r;
	if (exchange) {
		tentry_set(tnode(dir), n, tnode(victim));
		set_name(tnode(victim), tnode(dir), n);
	} else {
		hide(tnode(dir), n);
		if (victim)
			tnode(victim)->pinned = true;
	}
	tnode(node)->pinned = true;
	set_name(tnode(node), tnode(dir2), n2);
	if (S_ISDIR(node->mode) && dir != dir2) {
		dir->nlink--;
		dir2->nlink++;
	}
	node->ctime = (i64)inode_now();
	tnode_touch(tnode(dir));
	tnode_touch(tnode(dir2));
	return 0;
}

static int
overlay_setattr(struct inode *i, const struct iattr *a)
{
	struct tnode *t = tnode(i);
	int r;

	if (a->set & SET_SIZE && a->size == 0 && t->lower_data) {
		t->lower_data = false;               /* nothing to copy */
		t->inode.blocks = 0;
		lower_close(t);
		t->inode.size = 0;
	}
	if ((r = overlay_own(t, a->set & SET_SIZE)) < 0)
		return r;
	if (a->set & SET_SIZE) {
		if (a->size >= (u64)CHUNK << 16)
			return -EFBIG;
		tnode_truncate(t, a->size);
		tnode_touch(t);
	}
	tnode_apply(t, a);
	return 0;
}

/* ---- listing ---- */

static int
list_lower(struct tnode *d, emit_fn emit, void *ctx)
{
	u32 size = 16384;
	u8 *buf = NULL;
	int n, r = 0;

	do {
		kfree(buf);
		size *= 4;
		if (!(buf = kmalloc(size)))
			return -ENOMEM;
		n = lower->list(d->lower, buf, size);
	} while (n == -ERANGE && size < 1u << 28);
	for (int at = 0; at < n && r == 0; at += 2 + buf[at + 1]) {
		struct name nm = { (char *)buf + at + 2, buf[at + 1] };
		struct host_stat st;
		char *path;

		if (tentry_find(d, nm))
			continue;
		path = join(d->lower, nm);
		if (path && lower->stat(path, &st) == 0)
			r = emit(ctx, nm.s, nm.len, st.ino, st.mode >> 12);
		kfree(path);
	}
	kfree(buf);
	return n < 0 ? n : r;
}

static int
overlay_list(struct inode *dir, emit_fn emit, void *ctx)
{
	struct tnode *d = tnode(dir);
	int r = 0;

	list_each(p, &d->entries) {
		struct tentry *e = list_entry(p, struct tentry, link);

		if (e->node && (r = emit(ctx, e->name, e->len, e->node->inode.ino, e->node->inode.mode >> 12)) < 0)
			return r;
	}
	return d->lower ? list_lower(d, emit, ctx) : 0;
}

static int
overlay_getattr(struct inode *i)
{
	struct tnode *t = tnode(i);
	struct host_stat st;

	if (t->lower && t->lower_data && !t->pinned &&
		lower->stat(t->lower, &st) == 0)
		from_stat(t, &st);
	return 0;
}

static const char *
overlay_host_path(struct inode *i)
{
	return tnode(i)->lower_data && !lower->elf_hash ? tnode(i)->lower : NULL;
}

static const u8 *
overlay_elf_hash(struct inode *i)
{
	return tnode(i)->lower_data && lower->elf_hash ? lower->elf_hash(tnode(i)->lower) : NULL;
}

static void
overlay_evict(struct inode *i)
{
	struct tnode *t = tnode(i), *parent = t->parent;

	if (t->lower)
		cache_remove(t);
	lower_close(t);
	kfree(t->lower);
	kfree((void *)t->name.s);
	tnode_evict(i);
	if (parent)
		inode_put(&parent->inode);
}

static const struct inode_ops overlay_ops = {
	.lookup = overlay_lookup,
	.create = overlay_create,
	.symlink = overlay_symlink,
	.link = overlay_link,
	.unlink = overlay_unlink,
	.rename = overlay_rename,
	.readlink = overlay_readlink,
	.getattr = overlay_getattr,
	.setattr = overlay_setattr,
	.open = tmpfs_open,
	.list = overlay_list,
	.statfs = tmpfs_statfs,
	.host_path = overlay_host_path,
	.elf_hash = overlay_elf_hash,
	.evict = overlay_evict,
};

struct inode *
overlay_root(struct super *sb, const struct lower_ops *below)
{
	struct host_stat st;
	char *path = kmalloc(2);

	lower = below;
	path[0] = '/';
	if (lower->stat(path, &st) < 0 || !S_ISDIR(st.mode) || lower_node(sb, path, &st, &top) < 0)
		return NULL;
	top->pinned = true;
	return inode_get(&top->inode);
}

static u32
count(struct tnode *d)
{
	u32 n = 0;

	list_each(p, &d->entries) {
		struct tentry *e = list_entry(p, struct tentry, link);

		n += e->node && S_ISDIR(e->node->inode.mode) ? count(e->node) : 1;
	}
	return n;
}

/* How many names have changes that end with the run. */
u32
overlay_dropped(void)
{
	return top ? count(top) : 0;
}
