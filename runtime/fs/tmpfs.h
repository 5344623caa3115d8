/*
 * tmpfs.h - nodes in memory, used by tmpfs.c alone or by overlay.c, which lays them over folders of the host.
 */
#ifndef TMPFS_H
#define TMPFS_H

#include "vfs.h"

#define CHUNK 65536u

struct tentry {
	struct list link;                /* tnode.entries */
	struct tentry *hash_next;
	struct tnode *dir, *node;        /* node NULL: hides a lower name */
	u32 len;
	char name[];
};

struct tnode {
	struct inode inode;              /* first */
	struct list entries;             /* of a directory: struct tentry */
	u8 **chunk;                      /* of a file: CHUNK bytes each, NULL for a hole */
	u32 nchunk;
	u32 seals;                       /* memfd */
	char *target;                    /* of a link */
	/* overlay.c: */
	char *lower;                     /* path in the lower tree that lies under this node; NULL: none */
	bool lower_data;                 /* bytes are still the lower tree's */
	bool pinned;                     /* in its parent's entries */
	i32 handle;                      /* of lower, -1 */
	struct tnode *parent;            /* counted, to pin */
	struct name name;                /* owned, to pin */
	u64 lower_dev, lower_ino;
};

static inline struct tnode *
tnode(struct inode *i)
{
	return (struct tnode *)i;
}

struct tnode *tnode_new(struct super *sb, const struct inode_ops *ops, u32 mode);
struct tentry *tentry_find(struct tnode *dir, struct name n);
int tentry_set(struct tnode *dir, struct name n, struct tnode *node);    /* replaces; node NULL hides; keeps its own reference */
void tentry_drop(struct tentry *e);
void tnode_truncate(struct tnode *t, u64 size);
long tnode_read(struct tnode *t, struct uio *u, loff *pos);
long tnode_write(struct tnode *t, struct uio *u, loff *pos);
void tnode_touch(struct tnode *t);                                       /* mtime and ctime are now */
void tnode_apply(struct tnode *t, const struct iattr *a);                /* all but the size */
void tnode_evict(struct inode *i);
void tnode_owner(struct inode *dir, struct tnode *t);                    /* of a new node */
int tmpfs_readlink(struct inode *i, char *buf, size_t size);
int tmpfs_open(struct inode *i, struct file *f);
int tmpfs_statfs(struct inode *i, struct linux_statfs *st);
int ops_create(struct inode *dir, struct name n, u32 mode, u64 rdev, struct inode **out, const struct inode_ops *ops);
loff regular_lseek(struct file *f, loff off, int whence);
int regular_mmap(struct file *f);

/* What an overlay lies over. Paths are its own and absolute; nobody follows the last link; handles are regular files'. */
struct lower_ops {
	int (*stat)(const char *path, struct host_stat *st);
	int (*open)(const char *path);
	void (*close)(i32 handle);
	int (*want)(i32 handle, loff pos, u64 n);             /* as file_ops.want; missing: everything is there */
	long (*read)(i32 handle, struct uio *u, loff *pos);
	int (*list)(const char *path, u8 *buf, u32 size);     /* as x_store_list */
	int (*readlink)(const char *path, char *buf, u32 size);
	const u8 *(*elf_hash)(const char *path);              /* missing: paths are host paths */
};
extern const struct lower_ops host_lower;                                /* hostfs.c */
int packfs_boot(const struct lower_ops **out);                           /* packfs.c */

/* overlay.c: before bytes or attributes change; 0 or -errno. Nothing to do without a lower. */
int overlay_own(struct tnode *t, bool data);
long overlay_lower_read(struct tnode *t, struct uio *u, loff *pos);
int overlay_lower_want(struct tnode *t, loff pos, u64 n);

/* hostfs.c: reads and writes at *pos straight between a host handle and the uio */
long host_uio(i32 handle, struct uio *u, loff *pos, bool write);

#endif
