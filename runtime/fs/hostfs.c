/*
 * hostfs.c - a folder of the host, written through. Names may change behind our back, so every lookup asks the host.
 * FIFOs and sockets that the guest makes here exist only inside (struct special).
 */
#include "tmpfs.h"

#define CACHE_SIZE 512
#define PIECE_MAX (1u << 30)             /* bytes the host moves at once */
#define HOSTFS_MAGIC 0xef53              /* what programs expect of a disk */

struct hnode {
	struct inode inode;              /* first */
	char *path;                      /* host path, "" when it has none any more */
	i32 open;                        /* some open handle, -1: for what has no path */
	i32 fresh;                       /* handle left by create, O_RDWR: survives a mode without write permission */
};
struct special {
	struct special *next;
	char *path;
	struct inode *inode;
};

static struct inode *cache[CACHE_SIZE];
static struct special *specials;
static const struct inode_ops hostfs_ops;

static struct hnode *
hnode(struct inode *i)
{
	return (struct hnode *)i;
}

#define TEXT(p) kaddr(p), (u32)strlen(p)

static u32
slot(u64 dev, u64 ino)
{
	return (u32)((dev * 31 + ino) * 0x9e3779b97f4a7c15ull >> 40) % CACHE_SIZE;
}

static char *
child_path(struct inode *dir, struct name n)
{
	const char *d = hnode(dir)->path;
	size_t len = strlen(d);
	char *p;

	if (!len || !(p = kmalloc(len + n.len + 2)))
		return NULL;
	memcpy(p, d, len);
	if (d[len - 1] != '/')
		p[len++] = '/';
	memcpy(p + len, n.s, n.len);
	return p;
}

static void
from_stat(struct inode *i, const struct host_stat *st)
{
	i->dev = st->dev;
	i->ino = st->ino;
	i->mode = st->mode;
	i->nlink = st->nlink;
	i->uid = st->uid;
	i->gid = st->gid;
	i->rdev = st->rdev;
	i->size = st->size;
	i->blocks = st->blocks;
	i->atime = st->atime_ns;
	i->mtime = st->mtime_ns;
	i->ctime = st->ctime_ns;
}

/* takes path */
static struct inode *
node_get(struct super *sb, char *path, const struct host_stat *st)
{
	u32 h = slot(st->dev, st->ino);

	for (struct inode *i = cache[h]; i; i = i->hash_next) {
		if (i->dev != st->dev || i->ino != st->ino || (i->mode & S_IFMT) != (st->mode & S_IFMT) || i->sb != sb)
			continue;
		from_stat(i, st);
		kfree(hnode(i)->path);
		hnode(i)->path = path;
		return inode_get(i);
	}
	struct hnode *n = kmalloc(sizeof *n);

	inode_init(&n->inode, sb, &hostfs_ops, st->mode);
	from_stat(&n->inode, st);
	n->path = path;
	n->open = n->fresh = -1;
	n->inode.hash_next = cache[h];
	cache[h] = &n->inode;
	return &n->inode;
}

static struct special **
special_find(const char *path)
{
	struct special **p = &specials;

	while (*p && strcmp((*p)->path, path))
		p = &(*p)->next;
	return p;
}

static int
hostfs_lookup(struct inode *dir, struct name n, struct inode **out)
{
	char *path = child_path(dir, n);
	struct host_stat st;
	struct special *sp;
	int r;

	if (!path)
		return -ENOENT;
	if ((sp = *special_find(path))) {
		kfree(path);
		*out = inode_get(sp->inode);
		return 0;
	}
	if ((r = x_store_stat(TEXT(path), 0, kaddr(&st))) < 0) {
		kfree(path);
		return r;
	}
	*out = node_get(dir->sb, path, &st);
	return 0;
}

static int
hostfs_getattr(struct inode *i)
{
	struct hnode *h = hnode(i);
	struct host_stat st;
	int r = -ENOENT;

	if (h->path[0])
		r = x_store_stat(TEXT(h->path), 0, kaddr(&st));
	if ((r < 0 || st.ino != i->ino) && h->open >= 0)
		r = x_store_fstat(h->open, kaddr(&st));
	if (r == 0 && st.ino == i->ino)
		from_stat(i, &st);
	else if (r == -ENOENT && i->nlink && !S_ISDIR(i->mode))
		i->nlink--;
	return 0;
}

/* ---- bytes ---- */

long
host_uio(i32 handle, struct uio *u, loff *pos, bool write)
{
	u32 addr, len;
	long done = 0;

	while (uio_seg(u, &addr, &len)) {
		i32 r;

		if (len > PIECE_MAX)
			len = PIECE_MAX;
		r = write ? x_store_write(handle, u->mm, addr, len, *pos) : x_store_read(handle, u->mm, addr, len, *pos);

		if (r < 0)
			return done ? done : r;
		uio_advance(u, r);
		*pos += r;
		done += r;
		if ((u32)r < len)
			break;
	}
	return done;
}

static i32
handle(struct file *f)
{
	return (i32)(uintptr_t)f->priv - 1;
}

static long
hostfs_read(struct file *f, struct uio *u, loff *pos)
{
	return host_uio(handle(f), u, pos, false);
}

static long
hostfs_write(struct file *f, struct uio *u, loff *pos)
{
	struct host_stat st;
	int r;

	if (f->flags & O_APPEND) {
		if ((r = x_store_fstat(handle(f), kaddr(&st))) < 0)
			return r;
		*pos = (loff)st.size;
	}
	return host_uio(handle(f), u, pos, true);
}

static void
hostfs_release(struct file *f)
{
	struct hnode *h = hnode(f->inode);

	if (h->open == handle(f))
		h->open = -1;
	x_store_close(handle(f));
}

static const struct file_ops hostfs_file_ops = {
	.read = hostfs_read,
	.write = hostfs_write,
	.lseek = regular_lseek,
	.mmap = regular_mmap,
	.release = hostfs_release,
};

static int
hostfs_open(struct inode *i, struct file *f)
{
	struct hnode *h = hnode(i);
	i32 r;

	if (S_ISDIR(i->mode)) {
		f->ops = &dir_file_ops;
		return 0;
	}
	if (h->fresh >= 0) {
		r = h->fresh;
		h->fresh = -1;
	} else
		r = x_store_open(TEXT(h->path), f->flags & (O_ACCMODE | O_SYNC), 0);
	if (r < 0)
		return r;
	f->priv = (void *)(uintptr_t)(r + 1);
	f->ops = &hostfs_file_ops;
	h->open = r;
	return 0;
}

/* ---- names ---- */

static int
special_create(struct inode *dir, char *path, u32 mode, u64 rdev, struct inode **out)
{
	struct special *sp = kmalloc(sizeof *sp);
	struct inode *i = tmpfs_file(mode);

	i->rdev = rdev;
	i->dev = dir->dev;
	*sp = (struct special){ specials, path, inode_get(i) };
	specials = sp;
	*out = i;
	return 0;
}

static void
special_drop(struct special **p)
{
	struct special *s = *p;

	*p = s->next;
	if (s->inode->nlink)
		s->inode->nlink--;
	inode_put(s->inode);
	kfree(s->path);
	kfree(s);
}

static bool
special_inside(const char *dir)
{
	size_t n = strlen(dir);

	for (const struct special *s = specials; s; s = s->next)
		if (!strncmp(s->path, dir, n) && s->path[n] == '/')
			return true;
	return false;
}

static int
hostfs_create(struct inode *dir, struct name n, u32 mode, u64 rdev, struct inode **out)
{
	char *path = child_path(dir, n);
	struct host_stat st;
	i32 h = -1;
	int r;

	if (!path)
		return -ENOENT;
	if (S_ISDIR(mode))
		r = x_store_mkdir(TEXT(path), mode & 07777);
	else if (S_ISREG(mode))
		r = h = x_store_open(TEXT(path), O_RDWR | O_CREAT | O_EXCL, mode & 07777);
	else
		return special_create(dir, path, mode, rdev, out);
	if (r >= 0)
		r = x_store_chmod(TEXT(path), mode & 07777);         /* the host's umask does not count */
	if (r >= 0)
		r = x_store_stat(TEXT(path), 0, kaddr(&st));
	if (r < 0) {
		if (h >= 0)
			x_store_close(h);
		kfree(path);
		return r;
	}
	*out = node_get(dir->sb, path, &st);
	if (h >= 0)
		hnode(*out)->fresh = h;
	return 0;
}

static int
hostfs_symlink(struct inode *dir, struct name n, const char *target, struct inode **out)
{
	char *path = child_path(dir, n);
	int r = path ? x_store_symlink(TEXT(target), TEXT(path)) : -ENOENT;

	kfree(path);
	return r < 0 ? r : hostfs_lookup(dir, n, out);
}

static int
hostfs_readlink(struct inode *i, char *buf, size_t size)
{
	return x_store_readlink(TEXT(hnode(i)->path), kaddr(buf), (u32)size);
}

static int
hostfs_link(struct inode *dir, struct name n, struct inode *old)
{
	char *path = child_path(dir, n);
	int r = !path || old->ops != &hostfs_ops ? -EXDEV : x_store_link(TEXT(hnode(old)->path), TEXT(path));

	kfree(path);
	hostfs_getattr(old);
	return r;
}

static int
hostfs_unlink(struct inode *dir, struct name n, struct inode *victim)
{
	char *path = child_path(dir, n);
	struct special **sp;
	int r;

	if (!path)
		return -ENOENT;
	if (*(sp = special_find(path))) {
		special_drop(sp);
		kfree(path);
		return 0;
	}
	r = special_inside(path) ? -ENOTEMPTY : x_store_unlink(TEXT(path), S_ISDIR(victim->mode));
	if (r == 0) {
		if (!strcmp(hnode(victim)->path, path) && victim->nlink <= 1)
			hnode(victim)->path[0] = 0;
		if (victim->nlink)
			victim->nlink--;
	}
	kfree(path);
	return r;
}

static void
repath_one(char **path, const char *old, const char *new)
{
	size_t n = strlen(old), m = strlen(new);
	char *p = *path, *q;

	if (strncmp(p, old, n) || (p[n] && p[n] != '/'))
		return;
	q = kmalloc(m + strlen(p + n) + 1);
	strcpy(q, new);
	strcpy(q + m, p + n);
	kfree(p);
	*path = q;
}

/* Host paths of everything in use at or below old begin with the new name. */
static void
repath(const char *old, const char *new)
{
	for (u32 h = 0; h < CACHE_SIZE; h++)
		for (struct inode *i = cache[h]; i; i = i->hash_next)
			repath_one(&hnode(i)->path, old, new);
	for (struct special *s = specials; s; s = s->next)
		repath_one(&s->path, old, new);
}

/* A name that exists only inside takes the place of any other. */
static int
special_rename(struct inode *node, const char *to, struct inode *victim)
{
	if (victim && S_ISDIR(victim->mode) && special_inside(to))
		return -ENOTEMPTY;
	if (victim && victim->ops == &hostfs_ops)
		return node->ops == &hostfs_ops ? 0 : x_store_unlink(TEXT(to), S_ISDIR(victim->mode));
	if (victim)
		special_drop(special_find(to));
	return 0;
}

static int
hostfs_rename(struct inode *dir, struct name n, struct inode *node, struct inode *dir2, struct name n2, struct inode *victim, bool exchange)
{
	char *from = child_path(dir, n), *to = child_path(dir2, n2);
	int r = !from || !to ? -ENOENT : exchange ? -EINVAL : special_rename(node, to, victim);

	if (r == 0 && node->ops == &hostfs_ops)
		r = x_store_rename(TEXT(from), TEXT(to));

	if (r == 0) {
		if (victim && victim != node && victim->ops == &hostfs_ops) {
			hnode(victim)->path[0] = 0;
			if (victim->nlink)
				victim->nlink--;
		}
		repath(from, to);
	}
	kfree(from);
	kfree(to);
	return r;
}

static int
set_times(struct inode *i, const struct iattr *a)
{
	return x_store_utimes(TEXT(hnode(i)->path), a->set & SET_ATIME ? a->atime : i->atime,
		a->set & SET_MTIME ? a->mtime : i->mtime);
}

static int
set_size(struct inode *i, u64 size)
{
	struct hnode *h = hnode(i);
	i32 fd = h->fresh >= 0 ? h->fresh : x_store_open(TEXT(h->path), O_WRONLY, 0);
	int r;

	if (fd < 0)
		return fd;
	r = x_store_truncate(fd, size);
	if (fd != h->fresh)
		x_store_close(fd);
	return r;
}

static int
hostfs_setattr(struct inode *i, const struct iattr *a)
{
	struct hnode *h = hnode(i);
	int r = 0;

	if (a->set & SET_SIZE) {
		r = h->path[0] ? set_size(i, a->size) : h->open >= 0 ? x_store_truncate(h->open, a->size) : -ENOENT;
		if (r == 0)
			i->size = a->size;
	}
	if (!h->path[0])
		return r;
	if (r == 0 && a->set & (SET_UID | SET_GID))
		r = x_store_chown(TEXT(h->path), a->set & SET_UID ? a->uid : ~0u, a->set & SET_GID ? a->gid : ~0u);
	if (r == 0 && a->set & SET_MODE)
		r = x_store_chmod(TEXT(h->path), a->mode & 07777);
	if (r == 0 && a->set & (SET_ATIME | SET_MTIME))
		r = set_times(i, a);
	if (r == 0)
		hostfs_getattr(i);
	return r;
}

static int
hostfs_sync(struct inode *i, struct file *f)
{
	struct hnode *h = hnode(i);
	i32 fd;
	int r;

	if (f->ops == &hostfs_file_ops)
		return x_store_sync(handle(f));
	if (!h->path[0])                         /* a folder, removed */
		return 0;
	if ((fd = x_store_open(TEXT(h->path), O_RDONLY, 0)) < 0)
		return fd;
	r = x_store_sync(fd);
	x_store_close(fd);
	return r;
}

static int
hostfs_list(struct inode *dir, emit_fn emit, void *ctx)
{
	u32 size = 16384;
	u8 *buf = NULL;
	int n, r = 0;

	do {
		kfree(buf);
		size *= 4;
		if (!(buf = kmalloc(size)))
			return -ENOMEM;
		n = x_store_list(TEXT(hnode(dir)->path), kaddr(buf), size);
	} while (n == -ERANGE && size < 1u << 28);
	for (int at = 0; at < n && r == 0; at += 2 + buf[at + 1]) {
		struct name nm = { (char *)buf + at + 2, buf[at + 1] };
		char *path = child_path(dir, nm);
		struct host_stat st;

		if (path && x_store_stat(TEXT(path), 0, kaddr(&st)) == 0)
			r = emit(ctx, nm.s, nm.len, st.ino, buf[at]);
		kfree(path);
	}
	kfree(buf);
	for (struct special *sp = specials; sp && r == 0 && n >= 0; sp = sp->next) {
		size_t len = strlen(hnode(dir)->path);

		if (!strncmp(sp->path, hnode(dir)->path, len) && sp->path[len] == '/' && !strchr(sp->path + len + 1, '/'))
			r = emit(ctx, sp->path + len + 1, (u32)strlen(sp->path + len + 1), sp->inode->ino, sp->inode->mode >> 12);
	}
	return n < 0 ? n : r;
}

static int
hostfs_statfs(struct inode *i, struct linux_statfs *st)
{
	st->type = (i64)i->sb->magic;
	st->bsize = st->frsize = 4096;
	st->blocks = 1 << 24;
	st->bfree = st->bavail = 1 << 23;
	st->files = st->ffree = 1 << 22;
	st->namelen = NAME_MAX;
	return 0;
}

static const char *
hostfs_host_path(struct inode *i)
{
	return hnode(i)->path[0] && S_ISREG(i->mode) ? hnode(i)->path : NULL;
}

static void
hostfs_evict(struct inode *i)
{
	struct hnode *h = hnode(i);
	struct inode **p = &cache[slot(i->dev, i->ino)];

	while (*p != i)
		p = &(*p)->hash_next;
	*p = i->hash_next;
	if (h->fresh >= 0)
		x_store_close(h->fresh);
	kfree(h->path);
	kfree(h);
}

static const struct inode_ops hostfs_ops = {
	.lookup = hostfs_lookup,
	.create = hostfs_create,
	.symlink = hostfs_symlink,
	.readlink = hostfs_readlink,
	.link = hostfs_link,
	.unlink = hostfs_unlink,
	.rename = hostfs_rename,
	.getattr = hostfs_getattr,
	.setattr = hostfs_setattr,
	.open = hostfs_open,
	.list = hostfs_list,
	.sync = hostfs_sync,
	.statfs = hostfs_statfs,
	.host_path = hostfs_host_path,
	.evict = hostfs_evict,
	.revalidate = true,
};

/* ---- the host's tree under an overlay ---- */

static int
lower_stat(const char *path, struct host_stat *st)
{
	return x_store_stat(TEXT(path), 0, kaddr(st));
}

static int
lower_open(const char *path)
{
	return x_store_open(TEXT(path), O_RDONLY, 0);
}

static void
lower_close(i32 h)
{
	x_store_close(h);
}

static long
lower_read(i32 h, struct uio *u, loff *pos)
{
	return host_uio(h, u, pos, false);
}

static int
lower_list(const char *path, u8 *buf, u32 size)
{
	return x_store_list(TEXT(path), kaddr(buf), size);
}

static int
lower_readlink(const char *path, char *buf, u32 size)
{
	return x_store_readlink(TEXT(path), kaddr(buf), size);
}

const struct lower_ops host_lower = {
	.stat = lower_stat,
	.open = lower_open,
	.close = lower_close,
	.read = lower_read,
	.list = lower_list,
	.readlink = lower_readlink,
};

int
hostfs_root(struct super *sb, const char *host, struct inode **out)
{
	struct host_stat st;
	char *path = kmalloc(strlen(host) + 1);
	int r;

	sb->magic = HOSTFS_MAGIC;
	strcpy(path, host);
	r = x_store_stat(TEXT(path), 1, kaddr(&st));
	if (r == 0 && !S_ISDIR(st.mode))
		r = -ENOTDIR;
	if (r < 0) {
		kfree(path);
		return r;
	}
	*out = node_get(sb, path, &st);
	return 0;
}
