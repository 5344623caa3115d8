/*
 * tmpfs.c - files and folders in kernel memory.
 */
#include "tmpfs.h"

#define ENTRY_HASH 4096
#define TMPFS_MAGIC 0x01021994

static struct tentry *hash[ENTRY_HASH];
static const u8 zeros[4096];

static u32
slot(const struct tnode *dir, struct name n)
{
	u32 h = (u32)(uintptr_t)dir * 2654435761u;

	for (u32 k = 0; k < n.len; k++)
		h = (h ^ (u8)n.s[k]) * 16777619u;
	return (h ^ h >> 15) % ENTRY_HASH;
}

struct tentry *
tentry_find(struct tnode *dir, struct name n)
{
	for (struct tentry *e = hash[slot(dir, n)]; e; e = e->hash_next)
		if (e->dir == dir && e->len == n.len && !memcmp(e->name, n.s, n.len))
			return e;
	return NULL;
}

int
tentry_set(struct tnode *dir, struct name n, struct tnode *node)
{
	struct tentry *e = tentry_find(dir, n);

	if (node)
		inode_get(&node->inode);
	if (e) {
		if (e->node)
			inode_put(&e->node->inode);
		e->node = node;
		return 0;
	}
	if (!(e = kmalloc(sizeof *e + n.len + 1)))
		return -ENOMEM;
	e->dir = dir;
	e->node = node;
	e->len = n.len;
	memcpy(e->name, n.s, n.len);
	list_add_tail(&dir->entries, &e->link);
	u32 h = slot(dir, n);

	e->hash_next = hash[h];
	hash[h] = e;
	return 0;
}

void
tentry_drop(struct tentry *e)
{
	struct tentry **p = &hash[slot(e->dir, (struct name){ e->name, e->len })];

	while (*p != e)
		p = &(*p)->hash_next;
	*p = e->hash_next;
	list_del(&e->link);
	if (e->node)
		inode_put(&e->node->inode);
	kfree(e);
}

struct tnode *
tnode_new(struct super *sb, const struct inode_ops *ops, u32 mode)
{
	struct tnode *t = kmalloc(sizeof *t);

	if (!t)
		return NULL;
	inode_init(&t->inode, sb, ops, mode);
	list_init(&t->entries);
	t->handle = -1;
	return t;
}

void
tnode_evict(struct inode *i)
{
	struct tnode *t = tnode(i);

	while (!list_empty(&t->entries))
		tentry_drop(list_entry(t->entries.next, struct tentry, link));
	for (u32 k = 0; k < t->nchunk; k++)
		kfree(t->chunk[k]);
	kfree(t->chunk);
	kfree(t->target);
	kfree(t);
}

void
tnode_touch(struct tnode *t)
{
	t->inode.mtime = t->inode.ctime = (i64)inode_now();
}

/* ---- bytes ---- */

void
tnode_truncate(struct tnode *t, u64 size)
{
	u32 keep = (u32)((size + CHUNK - 1) / CHUNK);

	for (u32 k = keep; k < t->nchunk; k++) {
		kfree(t->chunk[k]);
		t->chunk[k] = NULL;
	}
	if (size % CHUNK && keep && keep <= t->nchunk && t->chunk[keep - 1] && size < t->inode.size)
		memset(t->chunk[keep - 1] + size % CHUNK, 0, CHUNK - size % CHUNK);
	t->inode.size = size;
}

static u8 *
chunk_get(struct tnode *t, u64 n)
{
	if (n >= 1 << 16)
		return NULL;
	if (n >= t->nchunk) {
		u32 count = (u32)(n + 1 > t->nchunk * 2 ? n + 1 : t->nchunk * 2);
		u8 **p = krealloc(t->chunk, count * sizeof *p);

		if (!p)
			return NULL;
		memset(p + t->nchunk, 0, (count - t->nchunk) * sizeof *p);
		t->chunk = p;
		t->nchunk = count;
	}
	if (!t->chunk[n])
		t->chunk[n] = kmalloc(CHUNK);
	return t->chunk[n];
}

long
tnode_read(struct tnode *t, struct uio *u, loff *pos)
{
	long done = 0;
	int r;

	while (u->left && (u64)*pos < t->inode.size) {
		u64 n = *pos / CHUNK, off = *pos % CHUNK, len = CHUNK - off;
		const u8 *p = n < t->nchunk ? t->chunk[n] : NULL;

		if (len > t->inode.size - *pos)
			len = t->inode.size - *pos;
		if (len > u->left)
			len = u->left;
		if (!p && len > sizeof zeros)
			len = sizeof zeros;
		if ((r = uio_to(u, p ? p + off : zeros, len)) < 0)
			return done ? done : r;
		*pos += (loff)len;
		done += (long)len;
	}
	return done;
}

long
tnode_write(struct tnode *t, struct uio *u, loff *pos)
{
	long done = 0;
	int r;

	while (u->left) {
		u64 n = *pos / CHUNK, off = *pos % CHUNK, len = CHUNK - off;
		u8 *p = chunk_get(t, n);

		if (!p)
			return done ? done : n >= 1 << 16 ? -EFBIG : -ENOSPC;
		if (len > u->left)
			len = u->left;
		if ((r = uio_from(u, p + off, len)) < 0)
			return done ? done : r;
		*pos += (loff)len;
		done += (long)len;
		if ((u64)*pos > t->inode.size)
			t->inode.size = *pos;
	}
	if (done)
		tnode_touch(t);
	return done;
}

/* ---- files ---- */

static long
file_read_op(struct file *f, struct uio *u, loff *pos)
{
	struct tnode *t = tnode(f->inode);

	return t->lower_data ? overlay_lower_read(t, u, pos) : tnode_read(t, u, pos);
}

static long
file_write_op(struct file *f, struct uio *u, loff *pos)
{
	struct tnode *t = tnode(f->inode);
	int r = overlay_own(t, true);

	if (r < 0)
		return r;
	if (t->seals & 8)                        /* F_SEAL_WRITE */
		return -EPERM;
	if (f->flags & O_APPEND)
		*pos = (loff)t->inode.size;
	if (t->seals & 4 && (u64)*pos + u->left > t->inode.size)      /* F_SEAL_GROW */
		return -EPERM;
	return tnode_write(t, u, pos);
}

/* SEEK_DATA and SEEK_HOLE see one run of data */
loff
regular_lseek(struct file *f, loff off, int whence)
{
	return regular_lseek_size(f, off, whence, file_size(f));
}

loff
regular_lseek_size(struct file *f, loff off, int whence, loff size)
{
	loff base = whence == SEEK_CUR ? f->pos : whence == SEEK_END ? size : 0;

	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		if (off < 0 || off >= size)
			return -ENXIO;
		return f->pos = whence == SEEK_DATA ? off : size;
	}
	if (whence < 0 || whence > SEEK_END)
		return -EINVAL;
	if (__builtin_add_overflow(base, off, &off))
		return -EOVERFLOW;
	if (off < 0)
		return -EINVAL;
	return f->pos = off;
}

int
regular_mmap(struct file *f)
{
	(void)f;
	return 0;
}

static int
file_want_op(struct file *f, loff pos, u64 n)
{
	struct tnode *t = tnode(f->inode);

	return t->lower_data ? overlay_lower_want(t, pos, n) : 0;
}

static const struct file_ops tmpfs_file_ops = {
	.read = file_read_op,
	.write = file_write_op,
	.lseek = regular_lseek,
	.want = file_want_op,
	.mmap = regular_mmap,
};

int
tmpfs_open(struct inode *i, struct file *f)
{
	f->ops = S_ISDIR(i->mode) ? &dir_file_ops : &tmpfs_file_ops;
	return 0;
}

/* ---- names ---- */

static int
tmpfs_lookup(struct inode *dir, struct name n, struct inode **out)
{
	struct tentry *e = tentry_find(tnode(dir), n);

	if (!e || !e->node)
		return -ENOENT;
	*out = inode_get(&e->node->inode);
	return 0;
}

void
tnode_owner(struct inode *dir, struct tnode *t)
{
	t->inode.uid = current ? task_uid(current) : 0;
	t->inode.gid = dir->mode & S_ISGID ? dir->gid : current ? task_gid(current) : 0;
	if (S_ISDIR(t->inode.mode)) {
		t->inode.mode |= dir->mode & S_ISGID;
		dir->nlink++;
	}
	tnode_touch(tnode(dir));
}

int
ops_create(struct inode *dir, struct name n, u32 mode, u64 rdev, struct inode **out, const struct inode_ops *ops)
{
	struct tnode *t = tnode_new(dir->sb, ops, mode);
	int r;

	if (!t)
		return -ENOMEM;
	t->inode.rdev = rdev;
	if ((r = tentry_set(tnode(dir), n, t)) < 0) {
		inode_put(&t->inode);
		return r;
	}
	t->pinned = true;
	tnode_owner(dir, t);
	*out = &t->inode;
	return 0;
}

static const struct inode_ops tmpfs_ops;

static int
tmpfs_create(struct inode *dir, struct name n, u32 mode, u64 rdev, struct inode **out)
{
	return ops_create(dir, n, mode, rdev, out, &tmpfs_ops);
}

static int
tmpfs_symlink(struct inode *dir, struct name n, const char *target, struct inode **out)
{
	int r = tmpfs_create(dir, n, S_IFLNK | 0777, 0, out);

	if (r == 0) {
		tnode(*out)->target = kmalloc(strlen(target) + 1);
		strcpy(tnode(*out)->target, target);
		(*out)->size = strlen(target);
	}
	return r;
}

int
tmpfs_readlink(struct inode *i, char *buf, size_t size)
{
	size_t n = i->size < size ? i->size : size;

	if (!tnode(i)->target)
		return -EINVAL;
	memcpy(buf, tnode(i)->target, n);
	return (int)n;
}

static int
tmpfs_link(struct inode *dir, struct name n, struct inode *old)
{
	int r = tentry_set(tnode(dir), n, tnode(old));

	if (r == 0) {
		old->nlink++;
		old->ctime = (i64)inode_now();
		tnode_touch(tnode(dir));
	}
	return r;
}

static void
unlinked(struct inode *dir, struct inode *victim)
{
	if (S_ISDIR(victim->mode)) {
		victim->nlink = 0;
		dir->nlink--;
	} else if (victim->nlink)
		victim->nlink--;
	victim->ctime = (i64)inode_now();
}

static int
tmpfs_unlink(struct inode *dir, struct name n, struct inode *victim)
{
	struct tentry *e = tentry_find(tnode(dir), n);

	if (!e)
		return -ENOENT;
	if (S_ISDIR(victim->mode) && !list_empty(&tnode(victim)->entries))
		return -ENOTEMPTY;
	unlinked(dir, victim);
	tentry_drop(e);
	tnode_touch(tnode(dir));
	return 0;
}

static int
tmpfs_rename(struct inode *dir, struct name n, struct inode *node, struct inode *dir2, struct name n2, struct inode *victim, bool exchange)
{
	struct tentry *e = tentry_find(tnode(dir), n);

	if (victim && !exchange) {
		if (S_ISDIR(victim->mode) && !list_empty(&tnode(victim)->entries))
			return -ENOTEMPTY;
		unlinked(dir2, victim);
	}
	tentry_set(tnode(dir2), n2, tnode(node));
	if (exchange)
		tentry_set(tnode(dir), n, tnode(victim));
	else
		tentry_drop(e);
	if (S_ISDIR(node->mode) && dir != dir2) {
		dir->nlink--;
		dir2->nlink++;
	}
	node->ctime = (i64)inode_now();
	tnode_touch(tnode(dir));
	tnode_touch(tnode(dir2));
	return 0;
}

void
tnode_apply(struct tnode *t, const struct iattr *a)
{
	struct inode *i = &t->inode;

	if (a->set & SET_MODE)
		i->mode = (i->mode & S_IFMT) | (a->mode & 07777);
	if (a->set & SET_UID)
		i->uid = a->uid;
	if (a->set & SET_GID)
		i->gid = a->gid;
	if (a->set & SET_ATIME)
		i->atime = a->atime;
	if (a->set & SET_MTIME)
		i->mtime = a->mtime;
	i->ctime = (i64)inode_now();
}

static int
tmpfs_setattr(struct inode *i, const struct iattr *a)
{
	struct tnode *t = tnode(i);

	if (a->set & SET_SIZE) {
		if ((a->size < i->size && t->seals & 2) || (a->size > i->size && t->seals & 4))
			return -EPERM;
		if (a->size >= (u64)CHUNK << 16)
			return -EFBIG;
		tnode_truncate(t, a->size);
		tnode_touch(t);
	}
	tnode_apply(t, a);
	return 0;
}

static int
tmpfs_list(struct inode *dir, emit_fn emit, void *ctx)
{
	int r = 0;

	list_each(p, &tnode(dir)->entries) {
		struct tentry *e = list_entry(p, struct tentry, link);

		if (e->node && (r = emit(ctx, e->name, e->len, e->node->inode.ino, e->node->inode.mode >> 12)) < 0)
			return r;
	}
	return 0;
}

int
tmpfs_statfs(struct inode *i, struct linux_statfs *st)
{
	st->type = (i64)i->sb->magic;
	st->bsize = st->frsize = 4096;
	st->blocks = 1 << 18;
	st->bfree = st->bavail = 1 << 17;
	st->files = st->ffree = 1 << 20;
	st->namelen = NAME_MAX;
	return 0;
}

static const struct inode_ops tmpfs_ops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
	.readlink = tmpfs_readlink,
	.setattr = tmpfs_setattr,
	.open = tmpfs_open,
	.list = tmpfs_list,
	.statfs = tmpfs_statfs,
	.evict = tnode_evict,
};

struct super *
tmpfs_super(const char *type)
{
	return super_new(type, type, TMPFS_MAGIC);
}

struct inode *
tmpfs_root(struct super *sb, u32 mode)
{
	return &tnode_new(sb, &tmpfs_ops, S_IFDIR | mode)->inode;
}

struct inode *
tmpfs_file(u32 mode)
{
	static struct super *hidden;
	struct tnode *t;

	if (!hidden) {
		hidden = kmalloc(sizeof *hidden);
		*hidden = (struct super){ .type = "tmpfs", .source = "tmpfs", .magic = TMPFS_MAGIC, .dev = MKDEV(0, 1) };
	}
	if (!(t = tnode_new(hidden, &tmpfs_ops, mode)))
		return NULL;
	t->inode.uid = task_uid(current);
	t->inode.gid = task_gid(current);
	return &t->inode;
}
