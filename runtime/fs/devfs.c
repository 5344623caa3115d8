/*
 * devfs.c - /dev: a tmpfs with device nodes, and what opening a device number gives.
 */
#include "tty.h"

/* ---- memory devices ---- */

static long
null_read(struct file *f, struct uio *u, loff *pos)
{
	(void)f, (void)u, (void)pos;
	return 0;
}

static long
sink_write(struct file *f, struct uio *u, loff *pos)
{
	long n = (long)u->left;

	(void)f, (void)pos;
	uio_advance(u, u->left);
	return n;
}

static long
zero_read(struct file *f, struct uio *u, loff *pos)
{
	u32 addr, len;
	long done = 0;

	(void)f, (void)pos;
	while (uio_seg(u, &addr, &len)) {
		x_fill(u->mm, addr, 0, len);
		uio_advance(u, len);
		done += len;
	}
	return done;
}

static long
full_write(struct file *f, struct uio *u, loff *pos)
{
	(void)f, (void)pos;
	return u->left ? -ENOSPC : 0;
}

static long
random_read(struct file *f, struct uio *u, loff *pos)
{
	u8 buf[256];
	long done = 0;

	(void)f, (void)pos;
	while (u->left) {
		u32 n = u->left < sizeof buf ? (u32)u->left : sizeof buf;

		x_random(kaddr(buf), n);
		if (uio_to(u, buf, n) < 0)
			return done ? done : -EFAULT;
		done += n;
	}
	return done;
}

static loff
zero_lseek(struct file *f, loff off, int whence)
{
	(void)whence, (void)off;
	return f->pos = 0;
}

static long
random_ioctl(struct file *f, u32 cmd, u64 arg)
{
	(void)f;
	return cmd == 0x80045200 ? put_user32((uptr)arg, 256) : -EINVAL;         /* RNDGETENTCNT */
}

static int
zero_mmap(struct file *f)
{
	(void)f;
	return 0;
}

static const struct file_ops null_ops = { .read = null_read, .write = sink_write, .lseek = zero_lseek };
static const struct file_ops zero_ops = { .read = zero_read, .write = sink_write, .lseek = zero_lseek, .mmap = zero_mmap };
static const struct file_ops full_ops = { .read = zero_read, .write = full_write, .lseek = zero_lseek };
static const struct file_ops random_ops = { .read = random_read, .write = sink_write, .lseek = zero_lseek, .ioctl = random_ioctl };

int
device_open(struct inode *i, struct file *f)
{
	if (!S_ISCHR(i->mode))
		return -ENXIO;
	switch (MAJOR(i->rdev)) {
	case 1:
		switch (MINOR(i->rdev)) {
		case 3: f->ops = &null_ops; return 0;
		case 5: f->ops = &zero_ops; return 0;
		case 7: f->ops = &full_ops; return 0;
		case 8: case 9: f->ops = &random_ops; return 0;
		}
		break;
	case 5:
		switch (MINOR(i->rdev)) {
		case 0: return tty_open(i, f);
		case 1: return console_open(i, f);
		case 2: return ptmx_open(i, f);
		}
		break;
	case 136:
		return pts_open(i, f);
	}
	return -ENXIO;
}

/* ---- the folder ---- */

static void
node(struct inode *dir, const char *name, u32 mode, u64 rdev)
{
	struct inode *i;

	if (dir->ops->create(dir, name_of(name), mode, rdev, &i) == 0) {
		i->mode = mode;
		inode_put(i);
	}
}

static void
link_to(struct inode *dir, const char *name, const char *target)
{
	struct inode *i;

	if (dir->ops->symlink(dir, name_of(name), target, &i) == 0)
		inode_put(i);
}

void
devfs_mount(struct dentry *top)
{
	struct super *sb = tmpfs_super("devtmpfs");
	struct inode *dir = tmpfs_root(sb, 0755);
	struct dentry *dev;

	node(dir, "null", S_IFCHR | 0666, MKDEV(1, 3));
	node(dir, "zero", S_IFCHR | 0666, MKDEV(1, 5));
	node(dir, "full", S_IFCHR | 0666, MKDEV(1, 7));
	node(dir, "random", S_IFCHR | 0666, MKDEV(1, 8));
	node(dir, "urandom", S_IFCHR | 0666, MKDEV(1, 9));
	node(dir, "tty", S_IFCHR | 0666, MKDEV(5, 0));
	node(dir, "console", S_IFCHR | 0620, MKDEV(5, 1));
	node(dir, "ptmx", S_IFCHR | 0666, MKDEV(5, 2));
	node(dir, "shm", S_IFDIR | 01777, 0);
	node(dir, "mqueue", S_IFDIR | 01777, 0);
	link_to(dir, "fd", "/proc/self/fd");
	link_to(dir, "stdin", "/proc/self/fd/0");
	link_to(dir, "stdout", "/proc/self/fd/1");
	link_to(dir, "stderr", "/proc/self/fd/2");
	if (mount_at(top, name_of("dev"), sb, dir) < 0)
		return;
	dev = dentry_child(top, name_of("dev"));
	pty_mount(dev);
	dentry_put(dev);
}
