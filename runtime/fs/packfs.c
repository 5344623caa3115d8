/*
 * packfs.c - the packed root: one index, read at boot, and content-addressed blobs that the host fetches when they are first read.
 * It is never changed; overlay.c lies over it. docs/host.md has the format. Handles are numbers of nodes.
 *
 * The files' bytes, one after the other, are one stream that is cut into blobs. A read either has all of its blobs or waits
 * for them (wait_fetch), so that reads of regular files are never cut short.
 */
#include "tmpfs.h"

#define PACK_MAGIC 0x316b636170666c65ull         /* "elfpack1" */
#define WAIT_MAX (16u << 20)                     /* of one read: beyond it, a short read is what large reads get */

struct pack_head {
	u64 magic;
	u32 nodes, blobs, hashes, text;          /* counts; text in bytes */
};
struct pack_node {
	u32 name, namelen;                       /* in text */
	u32 mode, uid, gid, nlink, ino;
	u32 elf;                                 /* 1 + number of the file's SHA-256 among the hashes, 0: no ELF file */
	i64 mtime;
	u64 size, data;                          /* file: where in the stream; folder: first child, size: how many, sorted by name;
	                                            link: where in text; device: rdev */
};
struct pack_blob {
	u64 start;
	u32 len, pad;
	u8 hash[32];
};

static u8 *bytes;
static const struct pack_head *head;
static const struct pack_node *node;
static const struct pack_blob *blob;
static const u8 (*hash)[32];
static const char *text;

static bool
node_ok(const struct pack_node *n)
{
	if ((u64)n->name + n->namelen > head->text || n->namelen > NAME_MAX || n->elf > head->hashes)
		return false;
	if (S_ISDIR(n->mode))
		return n->size <= head->nodes && n->data <= head->nodes - n->size;
	if (S_ISLNK(n->mode))
		return n->size < PATH_MAX && n->data <= head->text && n->size <= head->text - n->data;
	if (S_ISREG(n->mode)) {
		u64 end = head->blobs ? blob[head->blobs - 1].start + blob[head->blobs - 1].len : 0;

		return n->data <= end && n->size <= end - n->data;
	}
	return true;
}

static bool
index_ok(u32 size)
{
	u64 need = sizeof *head, at = 0;

	head = (const void *)bytes;
	if (size < need || head->magic != PACK_MAGIC || !head->nodes)
		return false;
	need += (u64)head->nodes * sizeof *node + (u64)head->blobs * sizeof *blob + (u64)head->hashes * 32 + head->text;
	if (need != size)
		return false;
	node = (const void *)(head + 1);
	blob = (const void *)(node + head->nodes);
	hash = (const void *)(blob + head->blobs);
	text = (const char *)(hash + head->hashes);
	for (u32 i = 0; i < head->blobs; at += blob[i++].len)
		if (blob[i].start != at || !blob[i].len)
			return false;
	for (u32 i = 0; i < head->nodes; i++)
		if (!node_ok(&node[i]))
			return false;
	return S_ISDIR(node[0].mode);
}

/* Child of a folder; -1. */
static int
child(u32 dir, struct name n)
{
	u32 lo = (u32)node[dir].data, hi = lo + (u32)node[dir].size;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2, len = node[mid].namelen < n.len ? node[mid].namelen : n.len;
		int order = memcmp(text + node[mid].name, n.s, len);

		if (order == 0 && node[mid].namelen == n.len)
			return (int)mid;
		if (order < 0 || (order == 0 && node[mid].namelen < n.len))
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

/* Paths come from the overlay: absolute, without links on the way, "." or "..". */
static int
find(const char *path)
{
	int at = 0;

	while (*path) {
		size_t len;

		if (*path == '/') {
			path++;
			continue;
		}
		len = strcspn(path, "/");
		if (!S_ISDIR(node[at].mode))
			return -ENOTDIR;
		if ((at = child((u32)at, (struct name){ path, (u32)len })) < 0)
			return -ENOENT;
		path += len;
	}
	return at;
}

static int
pack_stat(const char *path, struct host_stat *st)
{
	int at = find(path);
	const struct pack_node *n;

	if (at < 0)
		return at;
	n = &node[at];
	*st = (struct host_stat){ .dev = MKDEV(0, 30), .ino = n->ino, .mode = n->mode, .nlink = n->nlink, .uid = n->uid, .gid = n->gid,
		.blksize = 4096, .atime_ns = n->mtime, .mtime_ns = n->mtime, .ctime_ns = n->mtime };
	if (S_ISREG(n->mode) || S_ISLNK(n->mode)) {
		st->size = n->size;
		st->blocks = (n->size + 511) / 512;
	} else if (S_ISDIR(n->mode))
		st->size = 4096;
	else
		st->rdev = n->data;
	return 0;
}

static int
pack_open(const char *path)
{
	int at = find(path);

	return at >= 0 && !S_ISREG(node[at].mode) ? -EINVAL : at;
}

static void
pack_close(i32 handle)
{
	(void)handle;
}

/* The blob with the stream's byte at. */
static u32
blob_at(u64 at)
{
	u32 lo = 0, hi = head->blobs;

	while (hi - lo > 1) {
		u32 mid = (lo + hi) / 2;

		if (blob[mid].start <= at)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* 0 when the bytes are here, else all that are missing are asked for. */
static int
pack_want(i32 handle, loff pos, u64 n)
{
	const struct pack_node *f = &node[handle];
	int r = 0;

	if (pos < 0 || (u64)pos >= f->size || !n)
		return 0;
	if (n > f->size - (u64)pos)
		n = f->size - (u64)pos;
	for (u32 b = blob_at(f->data + (u64)pos); b < head->blobs && blob[b].start < f->data + (u64)pos + n; b++) {
		i32 have = x_pack_read(kaddr(blob[b].hash), 0, 0, 0, 0);

		if (have < 0 && have != -EAGAIN)
			return have;
		if (have < 0)
			r = -EAGAIN;
	}
	return r < 0 ? wait_fetch() : 0;
}

static long
pack_read(i32 handle, struct uio *u, loff *pos)
{
	const struct pack_node *f = &node[handle];
	long done = 0;
	u32 addr, len;
	int r = pack_want(handle, *pos, u->left < WAIT_MAX ? u->left : WAIT_MAX);

	if (r < 0)
		return r;
	while ((u64)*pos < f->size && uio_seg(u, &addr, &len)) {
		u64 at = f->data + (u64)*pos;
		const struct pack_blob *b = &blob[blob_at(at)];
		u64 most = f->size - (u64)*pos, rest = b->start + b->len - at;
		i32 got;

		if (len > most)
			len = (u32)most;
		if (len > rest)
			len = (u32)rest;
		got = x_pack_read(kaddr(b->hash), u->mm, addr, len, (u32)(at - b->start));
		if (got <= 0)
			return done ? done : got == 0 ? -EIO : got == -EAGAIN ? wait_fetch() : got;
		uio_advance(u, (size_t)got);
		*pos += got;
		done += got;
	}
	return done;
}

/* Records as x_store_list writes them. */
static int
pack_list(const char *path, u8 *buf, u32 size)
{
	int at = find(path);
	u32 used = 0;

	if (at < 0)
		return at;
	if (!S_ISDIR(node[at].mode))
		return -ENOTDIR;
	for (u32 i = 0; i < node[at].size; i++) {
		const struct pack_node *n = &node[node[at].data + i];

		if (used + 2 + n->namelen > size)
			return -ERANGE;
		buf[used] = (u8)(n->mode >> 12);
		buf[used + 1] = (u8)n->namelen;
		memcpy(buf + used + 2, text + n->name, n->namelen);
		used += 2 + n->namelen;
	}
	return (int)used;
}

static int
pack_readlink(const char *path, char *buf, u32 size)
{
	int at = find(path);

	if (at < 0)
		return at;
	if (!S_ISLNK(node[at].mode))
		return -EINVAL;
	if (size > node[at].size)
		size = (u32)node[at].size;
	memcpy(buf, text + node[at].data, size);
	return (int)size;
}

static const u8 *
pack_elf_hash(const char *path)
{
	int at = find(path);

	return at >= 0 && node[at].elf ? hash[node[at].elf - 1] : NULL;
}

static const struct lower_ops pack_lower = {
	.stat = pack_stat,
	.open = pack_open,
	.close = pack_close,
	.want = pack_want,
	.read = pack_read,
	.list = pack_list,
	.readlink = pack_readlink,
	.elf_hash = pack_elf_hash,
};

/* Reads the index. -EINVAL: it is damaged. */
int
packfs_boot(const struct lower_ops **out)
{
	i32 size = x_pack_index(0, 0);

	if (size < 0)
		return size;
	if (!(bytes = kmalloc((size_t)size)))
		return -ENOMEM;
	x_pack_index(kaddr(bytes), (u32)size);
	if (!index_ok((u32)size))
		return -EINVAL;
	*out = &pack_lower;
	return 0;
}
