/*
 * fdtable.c - descriptor tables, shared by what CLONE_FILES shares.
 */
#include "vfs.h"

struct files {
	u32 refs;
	int n;                           /* slots allocated */
	int first;                       /* every slot below is taken */
	struct file **file;
	u8 *cloexec;
};

struct files *
files_new(void)
{
	struct files *fs = kmalloc(sizeof *fs);

	fs->refs = 1;
	return fs;
}

static int
grow(struct files *fs, int want)
{
	int n = fs->n ? fs->n : 32;

	while (n <= want)
		n *= 2;
	struct file **file = krealloc(fs->file, n * sizeof *file);

	if (!file)
		return -ENOMEM;
	fs->file = file;
	u8 *cloexec = krealloc(fs->cloexec, n);

	if (!cloexec)
		return -ENOMEM;
	fs->cloexec = cloexec;
	memset(file + fs->n, 0, (n - fs->n) * sizeof *file);
	memset(cloexec + fs->n, 0, n - fs->n);
	fs->n = n;
	return 0;
}

struct files *
files_clone(struct files *old)
{
	struct files *fs = files_new();

	if (old->n && grow(fs, old->n - 1) < 0) {
		kfree(fs);
		return NULL;
	}
	for (int i = 0; i < old->n; i++) {
		if (!old->file[i])
			continue;
		fs->file[i] = file_get(old->file[i]);
		fs->cloexec[i] = old->cloexec[i];
	}
	return fs;
}

struct files *
files_get(struct files *fs)
{
	fs->refs++;
	return fs;
}

static void
drop(struct files *fs, int fd)
{
	struct file *f = fs->file[fd];

	fs->file[fd] = NULL;
	fs->cloexec[fd] = 0;
	if (fd < fs->first)
		fs->first = fd;
	if (f->inode)
		locks_release_owner(f->inode, fs);
	file_put(f);
}

void
files_put(struct files *fs)
{
	if (--fs->refs)
		return;
	for (int i = 0; i < fs->n; i++)
		if (fs->file[i])
			drop(fs, i);
	kfree(fs->file);
	kfree(fs->cloexec);
	kfree(fs);
}

void
files_exec(struct files *fs)
{
	for (int i = 0; i < fs->n; i++)
		if (fs->file[i] && fs->cloexec[i])
			drop(fs, i);
}

struct file *
files_nth(struct files *fs, int fd)
{
	return fd >= 0 && fd < fs->n ? fs->file[fd] : NULL;
}

int
files_next(struct files *fs, int fd)
{
	for (; fd < fs->n; fd++)
		if (fs->file[fd])
			return fd;
	return -1;
}

struct file *
fd_file(int fd)
{
	return files_nth(task_files(current), fd);
}

struct file *
fd_open(int fd)
{
	struct file *f = fd_file(fd);

	return f && !(f->flags & O_PATH) ? f : NULL;
}

static int
limit(void)
{
	u64 n = task_nofile(current);

	return n < NOFILE_MAX ? (int)n : (int)NOFILE_MAX;
}

int
fd_install(struct file *f, int min, bool cloexec)
{
	struct files *fs = task_files(current);
	int fd = min > fs->first ? min : fs->first;

	while (fd < fs->n && fs->file[fd])
		fd++;
	if (fd >= limit() || (fd >= fs->n && grow(fs, fd) < 0)) {
		file_put(f);
		return -EMFILE;
	}
	fs->file[fd] = f;
	fs->cloexec[fd] = cloexec;
	if (min <= fs->first)
		fs->first = fd + 1;
	return fd;
}

int
fd_close(int fd)
{
	struct files *fs = task_files(current);

	if (!files_nth(fs, fd))
		return -EBADF;
	drop(fs, fd);
	return 0;
}

int
fd_dup2(int from, int to, bool cloexec)
{
	struct files *fs = task_files(current);
	struct file *f = files_nth(fs, from);

	if (!f || to < 0 || to >= limit())
		return -EBADF;
	if (to >= fs->n && grow(fs, to) < 0)
		return -EMFILE;
	file_get(f);
	if (fs->file[to])
		drop(fs, to);
	fs->file[to] = f;
	fs->cloexec[to] = cloexec;
	return to;
}

int
fd_flags(int fd, int set)
{
	struct files *fs = task_files(current);

	if (!files_nth(fs, fd))
		return -EBADF;
	if (set >= 0)
		fs->cloexec[fd] = set & FD_CLOEXEC;
	return fs->cloexec[fd];
}
