/*
 * memfd.c - memfd_create(2) and its seals: a nameless tmpfs file.
 */
#include "tmpfs.h"

#define MFD_CLOEXEC 1u
#define MFD_ALLOW_SEALING 2u
#define F_SEAL_SEAL 1u
#define F_SEAL_ALL 31u

i64
sys_memfd_create(u64 name, u64 flags)
{
	char text[250 + 8] = "memfd:";
	struct inode *i;
	struct dentry *d;
	struct file *f;
	int r;

	if (flags & ~(u64)(MFD_CLOEXEC | MFD_ALLOW_SEALING | 24))
		return -EINVAL;
	if ((r = strncpy_in(text + 6, (uptr)name, 250)) < 0)
		return r == -ENAMETOOLONG ? -EINVAL : r;
	if (!(i = tmpfs_file(S_IFREG | 0777)))
		return -ENOMEM;
	i->nlink = 0;
	tnode(i)->seals = flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL;
	if (!(d = dentry_new(task_fs(current)->root, name_of(text), i)))
		return -ENOMEM;
	dentry_unhash(d);
	d->deleted = true;
	r = dentry_open(&f, d, O_RDWR);
	dentry_put(d);
	return r < 0 ? r : fd_install(f, 0, flags & MFD_CLOEXEC);
}

i64
memfd_fcntl(struct file *f, u32 cmd, u64 arg)
{
	struct tnode *t;

	if (!f->inode || !f->inode->sb || f->inode->sb->dev != MKDEV(0, 1) || !S_ISREG(f->inode->mode))
		return -EINVAL;
	t = tnode(f->inode);
	if (cmd == F_GET_SEALS)
		return t->seals;
	if (arg & ~(u64)F_SEAL_ALL)
		return -EINVAL;
	if ((f->flags & O_ACCMODE) == O_RDONLY || t->seals & F_SEAL_SEAL)
		return -EPERM;
	t->seals |= (u32)arg;
	return 0;
}
