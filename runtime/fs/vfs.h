/*
 * vfs.h - inside the file system half: inodes, dentries, and what a file system implements.
 *
 * A dentry is a name that somebody uses: it exists while referenced (or mounted on) and is found through a hash of (parent, name).
 * A mount is a dentry that stays referenced and whose inode is another file system's root.
 */
#ifndef VFS_H
#define VFS_H

#include "../kernel.h"

struct super {
	const char *type, *source;
	u64 dev;
	u64 magic;                       /* statfs f_type */
	bool readonly;
	void *priv;
	struct super *next;
	struct dentry *where;            /* its mount point, for /proc/mounts */
};

struct inode {
	const struct inode_ops *ops;
	struct super *sb;
	u32 refs;
	u64 dev, ino, id;                /* id: unique while the kernel runs */
	u32 mode, nlink, uid, gid;
	u64 rdev, size;
	u64 blocks;                      /* of 512 bytes, as the host says; 0: by size */
	i64 atime, mtime, ctime;         /* ns */
	struct list locks;               /* struct file_lock, fs/locks.c */
	struct waitq lockq;
	void *pipe;                      /* of a FIFO that is open */
	void *bound;                     /* socket bound to this name */
	struct inode *hash_next;         /* file systems with an inode cache */
	struct xattr *xattrs;            /* sys_xattr.c; keeps a reference while there are some */
	u32 watched;                     /* inotify watches */
};

#define SET_MODE 1u
#define SET_UID 2u
#define SET_GID 4u
#define SET_SIZE 8u
#define SET_ATIME 16u
#define SET_MTIME 32u
struct iattr {
	u32 set, mode, uid, gid;
	u64 size;
	i64 atime, mtime;
};

struct name { const char *s; u32 len; };

/* one directory entry to the caller; below 0 ends the listing */
typedef int (*emit_fn)(void *ctx, const char *name, u32 len, u64 ino, u32 type);

/* Missing operations: -EPERM for changes, -EINVAL for readlink. Inodes that come out are counted. */
struct inode_ops {
	int (*lookup)(struct inode *dir, struct name n, struct inode **out);
	int (*create)(struct inode *dir, struct name n, u32 mode, u64 rdev, struct inode **out);
	int (*symlink)(struct inode *dir, struct name n, const char *target, struct inode **out);
	int (*link)(struct inode *dir, struct name n, struct inode *old);
	int (*unlink)(struct inode *dir, struct name n, struct inode *victim);      /* rmdir as well; emptiness is checked here */
	int (*rename)(struct inode *dir, struct name n, struct inode *node, struct inode *dir2, struct name n2,
		struct inode *victim, bool exchange);
	int (*readlink)(struct inode *i, char *buf, size_t size);                   /* length, without NUL; of a nameless inode: what /proc calls it */
	int (*follow)(struct inode *i, struct dentry **out);                        /* /proc links that are no text */
	int (*getattr)(struct inode *i);                                            /* brings the fields up to date */
	int (*setattr)(struct inode *i, const struct iattr *a);
	int (*open)(struct inode *i, struct file *f);                               /* sets f->ops, f->priv */
	int (*reopen)(struct inode *i, struct file *f);                             /* goes before what the mode says: the host's streams */
	int (*list)(struct inode *dir, emit_fn emit, void *ctx);                    /* everything but . and .. */
	int (*statfs)(struct inode *i, struct linux_statfs *st);
	const char *(*host_path)(struct inode *i);
	const u8 *(*elf_hash)(struct inode *i);                                     /* SHA-256 of its bytes, if known */
	int (*sync)(struct inode *i, struct file *f);                               /* until the medium has it; missing: there is none */
	void (*evict)(struct inode *i);                                             /* last reference: frees it */
	bool revalidate;                                                            /* names may change behind our back */
};

struct dentry {
	u32 refs;
	struct dentry *parent;           /* counted; NULL for the root */
	struct inode *inode;             /* counted */
	struct dentry *hash_next;
	bool hashed, mounted, deleted;
	bool loose;                      /* stands for an open file that has no name */
	u32 len;
	char *name;
};

/* vfs.c */
void inode_init(struct inode *i, struct super *sb, const struct inode_ops *ops, u32 mode);
struct inode *inode_get(struct inode *i);
void inode_put(struct inode *i);
int inode_permission(struct inode *i, u32 mask);                  /* 4 read, 2 write, 1 execute */
bool inode_owner(const struct inode *i);                          /* current owns it or is root */
int inode_setattr(struct inode *i, const struct iattr *a);
struct dentry *dentry_root(struct inode *i);
struct dentry *dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);
struct dentry *dentry_child(struct dentry *dir, struct name n);   /* live one, counted, or NULL */
struct dentry *dentry_new(struct dentry *dir, struct name n, struct inode *i);   /* takes i's reference */
void dentry_unhash(struct dentry *d);
void dentry_move(struct dentry *d, struct dentry *dir, struct name n);
void dentry_exchange(struct dentry *a, struct dentry *b);
bool dentry_inside(const struct dentry *d, const struct dentry *top);
int dentry_path(const struct dentry *d, char *buf, size_t size);  /* length or -ENAMETOOLONG */
int mount_at(struct dentry *dir, struct name n, struct super *sb, struct inode *root);   /* takes root's reference */
struct super *super_new(const char *type, const char *source, u64 magic);
extern struct super *supers;
extern struct dentry *root_dentry;
u64 inode_now(void);                                              /* realtime ns for timestamps */

/* path.c */
#define LOOKUP_FOLLOW 1u             /* the last component too */
#define LOOKUP_CREATE 2u             /* a missing last component is no error: *out is NULL, *dir and last tell where */
#define LOOKUP_DIRECTORY 4u
#define LOOKUP_EMPTY 8u              /* "" is dirfd itself */
struct fs_struct {
	u32 refs, umask;
	struct dentry *root, *cwd;
};
struct where {
	struct dentry *dir;              /* counted, with LOOKUP_CREATE */
	char last[NAME_MAX + 1];
	bool slash;                      /* the path ended in a slash */
};
int path_lookup(int dirfd, const char *path, u32 flags, struct dentry **out, struct where *w);
int dentry_lookup(struct dentry *dir, struct name n, struct dentry **out);
int dentry_readlink(struct dentry *d, char *buf, size_t size);
struct name name_of(const char *s);
struct dentry *fd_dentry(int fd);                                 /* borrowed; NULL */

/* sys_xattr.c */
void xattr_drop(struct inode *i);                                 /* its last name is gone */

/* sys_path.c */
int path_mknod(int dirfd, const char *path, u32 mode, u64 rdev, struct inode **out);

/* file.c */
struct file *file_new_dentry(const struct file_ops *ops, struct dentry *d, u32 flags);   /* references are added */
int dentry_open(struct file **out, struct dentry *d, u32 flags);  /* no permission check */
bool uio_seg(const struct uio *u, u32 *addr, u32 *len);           /* the segment at the cursor; false at the end */
void uio_advance(struct uio *u, size_t n);
long generic_getdents(struct file *f, struct uio *u);
loff regular_lseek_size(struct file *f, loff off, int whence, loff size);
extern const struct file_ops dir_file_ops;
int anon_fd(const struct file_ops *ops, const char *kind, void *priv, u32 flags, bool cloexec);   /* eventfd and the like */
int anon_file(struct file **out, const struct file_ops *ops, const char *kind, void *priv, u32 flags);
const char *anon_kind(const struct file *f);                      /* "[eventfd]" or NULL */

/* locks.c */
void locks_release_file(struct file *f);                          /* flock and OFD locks */
void locks_release_owner(struct inode *i, const void *owner);     /* POSIX locks of a struct files */
i64 lock_fcntl(struct file *f, u32 cmd, uptr arg);
i64 lock_flock(struct file *f, u32 op);

/* fdtable.c */
struct file *files_nth(struct files *fs, int fd);                 /* of any task's table */
int files_next(struct files *fs, int fd);                         /* next open number >= fd, -1 */
int fd_close(int fd);
int fd_dup2(int from, int to, bool cloexec);
int fd_flags(int fd, int set);                                    /* set < 0: only read; FD_CLOEXEC */

/* tmpfs.c, overlay.c, hostfs.c, procfs.c, devfs.c */
struct super *tmpfs_super(const char *type);
struct inode *tmpfs_root(struct super *sb, u32 mode);
struct inode *tmpfs_file(u32 mode);                               /* nameless, for memfd and O_TMPFILE */
struct lower_ops;
struct inode *overlay_root(struct super *sb, const struct lower_ops *below);
u32 overlay_dropped(void);                                        /* names whose change is lost */
int hostfs_root(struct super *sb, const char *host, struct inode **out);
struct inode *procfs_root(struct super *sb);
void devfs_mount(struct dentry *dir);
int device_open(struct inode *i, struct file *f);                 /* by rdev */
#define MKDEV(major, minor) ((u64)(major) << 8 | ((minor) & 0xff) | (u64)((minor) & ~0xffu) << 12)
#define MAJOR(d) ((u32)((d) >> 8) & 0xfff)
#define MINOR(d) ((u32)((d) & 0xff) | (u32)(((d) >> 12) & ~0xffu))

/* what special inodes open as */
int fifo_open(struct inode *i, struct file *f);                   /* pipe.c; may answer -EBLOCKED */
int pipe_create(struct file **r, struct file **w, u32 flags);
int tty_open(struct inode *i, struct file *f);                    /* tty.c: /dev/tty */
int console_open(struct inode *i, struct file *f);                /* console.c */
int console_stdio(void);                                          /* installs 0 1 2 */
int ptmx_open(struct inode *i, struct file *f);                   /* pty.c */
int pts_open(struct inode *i, struct file *f);
void pty_mount(struct dentry *dev);

int fifo_wait(struct file *f);                                    /* open(2) of a FIFO: 0, or -EBLOCKED until the other end is there */
i64 pipe_fcntl(struct file *f, u32 cmd, u64 arg);
i64 memfd_fcntl(struct file *f, u32 cmd, u64 arg);                /* memfd.c: seals */

/*
 * inotify.c: what happened, told to whoever watches. notify_dentry tells the folder (with the name) and the inode itself; notify_name only the
 * folder: IN_CREATE, IN_DELETE, IN_MOVED_ with IN_ISDIR where it is one.
 */
extern u32 inotify_watches;
void notify_inode(struct inode *i, u32 mask);
void notify_name(struct inode *dir, struct name n, u32 mask, u32 cookie);
void notify_dentry(struct dentry *d, u32 mask);
void notify_file(struct file *f, u32 mask);                       /* as notify_dentry; files without a name have only an inode */
void notify_gone(struct inode *i);                                /* its last name and the last use of that are gone */
u32 notify_cookie(void);

/* dnotify.c */
void dnotify_tell(struct inode *dir, u32 mask);                   /* something in it changed: IN_ bits */
void dnotify_forget(struct file *f);
i64 dnotify_fcntl(struct file *f, u64 arg);

/* epoll.c */
u32 file_poll(struct file *f);
struct waitq *file_waitq(struct file *f);                         /* NULL: never changes */
int file_wait(struct file *f);                                    /* wait_on, through epoll files */
void epoll_forget(struct file *f);                                /* the last descriptor of f is closed */

#endif
