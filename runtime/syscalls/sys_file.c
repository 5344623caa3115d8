/*
 * sys_file.c - system calls on descriptors: reading, writing, seeking, duplicating, fcntl, ioctl.
 */
#include "../fs/vfs.h"

#define MAX_RW 0x7ffff000u
#define FIONREAD 0x541b
#define FIONBIO 0x5421
#define FIOASYNC 0x5452
#define FIOCLEX 0x5451
#define FIONCLEX 0x5450
#define RWF_HIPRI 1u
#define RWF_DSYNC 2u
#define RWF_SYNC 4u
#define RWF_NOWAIT 8u
#define RWF_APPEND 16u
#define RWF_NOAPPEND 32u
#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

static struct uio_seg segs[IOV_MAX];     /* of the call in progress: handlers do not nest */

/* The file of this call, looked up once: a restarted call keeps it even if the descriptor was closed meanwhile. */
static struct file *
kept(struct file *now)
{
	struct restart *r = restart();

	if (!r->file[0] && now)
		r->file[0] = file_get(now);
	return r->file[0];
}

static struct file *
hold(int fd)
{
	return kept(fd_open(fd));
}

/* One buffer; a range that is mapped only in part is cut where it ends. */
static int
import_one(struct uio *u, uptr p, u64 n, bool into)
{
	if (n > MAX_RW)
		n = MAX_RW;
	if (!access_ok(p, n, into)) {
		u64 k = PAGE_SIZE - p % PAGE_SIZE;

		if (k >= n || !access_ok(p, k, into))
			return -EFAULT;
		while (k + PAGE_SIZE < n && access_ok(p + k, PAGE_SIZE, into))
			k += PAGE_SIZE;
		n = k;
	}
	uio_user(u, segs, p, n);
	return 0;
}

static bool
is_regular(const struct file *f)
{
	return f->inode && S_ISREG(f->inode->mode);
}

/* A file that may block answered -EAGAIN. */
static i64
wait_file(struct file *f, bool write)
{
	if (f->ops->wait)
		return f->ops->wait(f, write);
	return file_waitq(f) ? wait_on(file_waitq(f)) : -EAGAIN;
}

static i64
read_uio(struct file *f, struct uio *u, loff *pos)
{
	i64 r;

	if (shared_files && is_regular(f))
		shared_flush(file_id(f));
	r = file_read(f, u, pos);
	if (r == -EAGAIN && !(f->flags & O_NONBLOCK))
		return wait_file(f, false);
	return r;
}

/* Writes all of u, across waits: restart()->done counts. */
static i64
write_uio(struct file *f, struct uio *u, loff *pos)
{
	struct restart *re = restart();
	i64 r = 0;

	if (re->done)
		uio_advance(u, re->done);
	while (u->left || !re->done) {
		r = file_write(f, u, pos);
		if (r <= 0)
			break;
		re->done += r;
		if (shared_files && is_regular(f))
			shared_refresh(file_id(f));
	}
	if (r == -EPIPE && !(re->done && f->inode && S_ISSOCK(f->inode->mode)))
		signal_send(task_tid(current), SIGPIPE);
	if (r == -EAGAIN && !(f->flags & O_NONBLOCK) && !(re->done && signal_pending(current)))
		r = wait_file(f, true);
	if (r == -EBLOCKED)
		return r;
	return re->done ? (i64)re->done : r;
}

static i64
read_write(int fd, struct uio *u, loff *pos, bool write)
{
	struct file *f = hold(fd);

	(void)u;
	if (!f)
		return -EBADF;
	return write ? write_uio(f, u, pos) : read_uio(f, u, pos);
}

i64
sys_read(u64 fd, u64 buf, u64 n)
{
	struct uio u;
	struct file *f = hold((int)fd);
	int r;

	if (!f || (f->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if ((r = import_one(&u, (uptr)buf, n, true)) < 0)
		return r;
	return read_uio(f, &u, NULL);
}

i64
sys_write(u64 fd, u64 buf, u64 n)
{
	struct uio u;
	struct file *f = hold((int)fd);
	int r;

	if (!f || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if ((r = import_one(&u, (uptr)buf, n, false)) < 0)
		return r;
	return write_uio(f, &u, NULL);
}

static bool
seekable(struct file *f)
{
	return f->ops->lseek || (f->inode && (S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode)));
}

static i64
positioned(u64 fd, struct uio *u, u64 at, bool write)
{
	struct file *f = hold((int)fd);
	loff pos = (loff)at;

	if (!f)
		return -EBADF;
	if (pos < 0)
		return -EINVAL;
	if (!seekable(f))
		return -ESPIPE;
	pos += (loff)restart()->done;
	return read_write((int)fd, u, &pos, write);
}

i64
sys_pread64(u64 fd, u64 buf, u64 n, u64 at)
{
	struct uio u;
	int r = import_one(&u, (uptr)buf, n, true);

	return r < 0 ? r : positioned(fd, &u, at, false);
}

i64
sys_pwrite64(u64 fd, u64 buf, u64 n, u64 at)
{
	struct uio u;
	int r = import_one(&u, (uptr)buf, n, false);

	return r < 0 ? r : positioned(fd, &u, at, true);
}

static i64
vector(u64 fd, u64 iov, u64 n, i64 at, bool write)
{
	struct uio u;
	int r;

	if (!hold((int)fd))
		return -EBADF;
	if (n > IOV_MAX)
		return -EINVAL;
	if ((r = uio_import(&u, (uptr)iov, (u32)n, !write, segs, sizeof segs)) < 0)
		return r;
	return at == -1 ? read_write((int)fd, &u, NULL, write) : positioned(fd, &u, at, write);
}

i64
sys_readv(u64 fd, u64 iov, u64 n)
{
	return vector(fd, iov, n, -1, false);
}

i64
sys_writev(u64 fd, u64 iov, u64 n)
{
	return vector(fd, iov, n, -1, true);
}

i64
sys_preadv(u64 fd, u64 iov, u64 n, u64 lo, u64 hi)
{
	(void)hi;
	return (i64)lo < 0 ? -EINVAL : vector(fd, iov, n, (i64)lo, false);
}

i64
sys_pwritev(u64 fd, u64 iov, u64 n, u64 lo, u64 hi)
{
	(void)hi;
	return (i64)lo < 0 ? -EINVAL : vector(fd, iov, n, (i64)lo, true);
}

static int
file_sync(struct file *f)
{
	if (shared_files)
		shared_flush(file_id(f));
	return f->inode->ops->sync ? f->inode->ops->sync(f->inode, f) : 0;
}

/* With the file's own flags changed for this call; it does not wait in here, so nobody else sees them. */
static i64
flagged(u64 fd, u64 iov, u64 n, i64 at, u64 flags, bool write)
{
	struct file *f = hold((int)fd);
	u32 was;
	i64 r;
	int err;

	if (!f)
		return -EBADF;
	if (flags & ~(u64)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND | RWF_NOAPPEND))
		return -EOPNOTSUPP;
	if ((flags & (RWF_APPEND | RWF_NOAPPEND)) == (RWF_APPEND | RWF_NOAPPEND))
		return -EINVAL;
	if (flags & RWF_NOWAIT && write && is_regular(f))
		return -EOPNOTSUPP;
	was = f->flags;
	if (flags & RWF_NOWAIT)
		f->flags |= O_NONBLOCK;
	if (flags & RWF_APPEND)
		f->flags |= O_APPEND;
	if (flags & RWF_NOAPPEND)
		f->flags &= ~O_APPEND;
	r = vector(fd, iov, n, at, write);
	f->flags = was;
	if (r > 0 && write && flags & (RWF_DSYNC | RWF_SYNC) && is_regular(f) && (err = file_sync(f)) < 0)
		return err;
	return r;
}

i64
sys_preadv2(u64 fd, u64 iov, u64 n, u64 lo, u64 hi, u64 flags)
{
	(void)hi;
	return flagged(fd, iov, n, (i64)lo, flags, false);
}

i64
sys_pwritev2(u64 fd, u64 iov, u64 n, u64 lo, u64 hi, u64 flags)
{
	(void)hi;
	return flagged(fd, iov, n, (i64)lo, flags, true);
}

i64
sys_close(u64 fd)
{
	return fd_close((int)fd);
}

i64
sys_close_range(u64 first, u64 last, u64 flags)
{
	if (flags & ~4ull || (u32)first > (u32)last)
		return -EINVAL;
	for (int fd = (int)(u32)first; fd >= 0 && (fd = files_next(task_files(current), fd)) >= 0 && (u32)fd <= (u32)last; fd++) {
		if (flags & 4)
			fd_flags(fd, FD_CLOEXEC);
		else
			fd_close(fd);
	}
	return 0;
}

i64
sys_lseek(u64 fd, u64 off, u64 whence)
{
	struct file *f = fd_open((int)fd);

	if (!f)
		return -EBADF;
	if (f->ops->lseek)
		return f->ops->lseek(f, (loff)off, (int)whence);
	return -ESPIPE;
}

i64
sys_dup(u64 fd)
{
	struct file *f = fd_file((int)fd);

	return f ? fd_install(file_get(f), 0, false) : -EBADF;
}

i64
sys_dup2(u64 from, u64 to)
{
	if ((int)from == (int)to)
		return fd_file((int)from) ? (i64)(int)to : -EBADF;
	return fd_dup2((int)from, (int)to, false);
}

i64
sys_dup3(u64 from, u64 to, u64 flags)
{
	if ((int)from == (int)to || flags & ~(u64)O_CLOEXEC)
		return -EINVAL;
	return fd_dup2((int)from, (int)to, flags & O_CLOEXEC);
}

/* ---- fcntl ---- */

static i64
fcntl_dup(struct file *f, u64 arg, bool cloexec)
{
	if (arg >= task_nofile(current))
		return -EINVAL;
	return fd_install(file_get(f), (int)arg, cloexec);
}

static i64
fcntl_owner(struct file *f, u32 cmd, u64 arg)
{
	struct { i32 type, pid; } ex;

	switch (cmd) {
	case F_SETOWN:
		f->owner = (u32)arg;
		return 0;
	case F_GETOWN:
		return (i32)f->owner;
	case F_SETOWN_EX:
		if (copy_in(&ex, (uptr)arg, sizeof ex) < 0)
			return -EFAULT;
		f->owner = (u32)(ex.type == 2 ? -ex.pid : ex.pid);
		return 0;
	default:
		ex.type = (i32)f->owner < 0 ? 2 : 1;
		ex.pid = (i32)f->owner < 0 ? -(i32)f->owner : (i32)f->owner;
		return copy_out((uptr)arg, &ex, sizeof ex);
	}
}

i64
sys_fcntl(u64 fd, u64 cmd, u64 arg)
{
	struct file *f = kept(fd_file((int)fd));

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH && cmd != F_DUPFD && cmd != F_DUPFD_CLOEXEC && cmd != F_GETFD && cmd != F_SETFD && cmd != F_GETFL)
		return -EBADF;
	switch ((u32)cmd) {
	case F_DUPFD:
		return fcntl_dup(f, arg, false);
	case F_DUPFD_CLOEXEC:
		return fcntl_dup(f, arg, true);
	case F_GETFD:
		return fd_flags((int)fd, -1);
	case F_SETFD:
		fd_flags((int)fd, (int)(arg & FD_CLOEXEC));
		return 0;
	case F_GETFL:
		return f->flags | (f->flags & O_PATH ? 0 : O_LARGEFILE);
	case F_SETFL:
		f->flags = (f->flags & ~SETFL_MASK) | (arg & SETFL_MASK);
		return 0;
	case F_GETLK: case F_SETLK: case F_SETLKW: case F_OFD_GETLK: case F_OFD_SETLK: case F_OFD_SETLKW:
		return lock_fcntl(f, (u32)cmd, (uptr)arg);
	case F_SETOWN: case F_GETOWN: case F_SETOWN_EX: case F_GETOWN_EX:
		return fcntl_owner(f, (u32)cmd, arg);
	case F_NOTIFY:
		return dnotify_fcntl(f, arg);
	case F_SETSIG: case F_GETSIG:
		return 0;
	case F_GETPIPE_SZ: case F_SETPIPE_SZ:
		return pipe_fcntl(f, (u32)cmd, arg);
	case F_ADD_SEALS: case F_GET_SEALS:
		return memfd_fcntl(f, (u32)cmd, arg);
	default:
		return -EINVAL;
	}
}

i64
sys_ioctl(u64 fd, u64 cmd, u64 arg)
{
	struct file *f = hold((int)fd);
	u32 v;

	if (!f)
		return -EBADF;
	switch ((u32)cmd) {
	case FIOCLEX:
		fd_flags((int)fd, FD_CLOEXEC);
		return 0;
	case FIONCLEX:
		fd_flags((int)fd, 0);
		return 0;
	case FIONBIO:
		if (get_user32(&v, (uptr)arg) < 0)
			return -EFAULT;
		f->flags = v ? f->flags | O_NONBLOCK : f->flags & ~O_NONBLOCK;
		return 0;
	case FIOASYNC:
		if (get_user32(&v, (uptr)arg) < 0)
			return -EFAULT;
		f->flags = v ? f->flags | O_ASYNC : f->flags & ~O_ASYNC;
		return 0;
	case FIONREAD:
		if (is_regular(f))
			return put_user32((uptr)arg, (u32)(file_size(f) - f->pos));
		break;
	}
	return f->ops->ioctl ? f->ops->ioctl(f, (u32)cmd, arg) : -ENOTTY;
}

i64
sys_flock(u64 fd, u64 op)
{
	struct file *f = hold((int)fd);

	return f ? lock_flock(f, (u32)op) : -EBADF;
}

/* ---- size and durability ---- */

static i64
set_size(struct file *f, u64 size)
{
	struct iattr a = { .set = SET_SIZE, .size = size };
	i64 r;

	if (shared_files)
		shared_flush(file_id(f));
	r = inode_setattr(f->inode, &a);
	if (r == 0 && shared_files)
		shared_refresh(file_id(f));
	if (r == 0)
		notify_file(f, IN_MODIFY);
	return r;
}

i64
sys_ftruncate(u64 fd, u64 size)
{
	struct file *f = fd_open((int)fd);

	if (!f)
		return -EBADF;
	if ((i64)size < 0 || !is_regular(f) || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	return set_size(f, size);
}

i64
sys_fallocate(u64 fd, u64 mode, u64 off, u64 len)
{
	struct file *f = fd_open((int)fd);
	static const u8 zeros[4096];
	loff pos = (loff)off;

	if (!f || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if ((i64)off < 0 || (i64)len <= 0)
		return -EINVAL;
	if (!is_regular(f))
		return f->inode && S_ISFIFO(f->inode->mode) ? -ESPIPE : -ENODEV;
	if (mode & ~0x13ull)                     /* KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE */
		return -EOPNOTSUPP;
	if (mode & 0x12) {
		u64 end = off + len, size = (u64)file_size(f);

		if (end > size)
			end = size;
		while ((u64)pos < end) {
			struct uio u;

			uio_kernel(&u, segs, (void *)zeros, end - pos < sizeof zeros ? end - pos : sizeof zeros);
			files_changed++;
			if (f->ops->write(f, &u, &pos) <= 0)
				return -EIO;
		}
	}
	if (!(mode & 1) && off + len > (u64)file_size(f))
		return set_size(f, off + len);
	notify_file(f, IN_MODIFY);
	return 0;
}

i64
sys_fsync(u64 fd)
{
	struct file *f = fd_open((int)fd);

	if (!f)
		return -EBADF;
	if (!f->inode || !(S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode)))
		return -EINVAL;
	return file_sync(f);
}

i64
sys_fdatasync(u64 fd)
{
	return sys_fsync(fd);
}

i64
sys_sync(void)
{
	return 0;
}

i64
sys_syncfs(u64 fd)
{
	return fd_open((int)fd) ? 0 : -EBADF;
}

i64
sys_sync_file_range(u64 fd, u64 off, u64 n, u64 flags)
{
	(void)off, (void)n, (void)flags;
	return fd_open((int)fd) ? 0 : -EBADF;
}

i64
sys_fadvise64(u64 fd, u64 off, u64 n, u64 advice)
{
	struct file *f = fd_open((int)fd);

	(void)off, (void)n;
	if (!f)
		return -EBADF;
	if (f->inode && S_ISFIFO(f->inode->mode))
		return -ESPIPE;
	return advice > 5 ? -EINVAL : 0;
}

i64
sys_readahead(u64 fd, u64 off, u64 n)
{
	(void)off, (void)n;
	return fd_open((int)fd) ? 0 : -EBADF;
}

/* ---- folders ---- */

i64
sys_getdents64(u64 fd, u64 buf, u64 n)
{
	struct file *f = hold((int)fd);
	struct uio u;
	int r;

	if (!f)
		return -EBADF;
	if (!f->ops->getdents)
		return -ENOTDIR;
	if ((r = import_one(&u, (uptr)buf, n, true)) < 0)
		return r;
	if ((r = f->ops->getdents(f, &u)) >= 0)
		notify_file(f, IN_ACCESS);
	return r;
}

/* ---- file to file ---- */

#define PIECE 65536u

/*
 * Moves up to n bytes; positions may be NULL (the file's own). What was read but cannot be written yet is put back by
 * moving the read position, so only seekable inputs may meet a full output; pipes are peeked by splice.
 */
static i64
transfer(struct file *in, loff *inpos, struct file *out, loff *outpos, u64 n)
{
	struct restart *re = restart();
	u8 *buf = kmalloc(PIECE);
	i64 r = 0;

	if (!buf)
		return -ENOMEM;
	while (re->done < n) {
		struct uio u;
		u64 want = n - re->done < PIECE ? n - re->done : PIECE;
		loff back = inpos ? *inpos : in->pos;
		i64 got, put = 0;

		if (out->ops->poll && !(out->ops->poll(out) & (EPOLLOUT | EPOLLERR))) {
			r = out->flags & O_NONBLOCK ? -EAGAIN : wait_on(file_waitq(out));
			break;
		}
		if (out->ops->poll && want > PAGE_SIZE)
			want = PAGE_SIZE;
		uio_kernel(&u, segs, buf, want);
		got = file_read(in, &u, inpos);
		if (got <= 0) {
			r = got == -EAGAIN && !(in->flags & O_NONBLOCK) ? wait_on(file_waitq(in)) : got;
			break;
		}
		uio_kernel(&u, segs, buf, got);
		while (put < got && (r = file_write(out, &u, outpos)) > 0)
			put += r;
		re->done += put;
		if (put < got) {
			if (inpos)
				*inpos = back + put;
			else
				in->pos = back + put;
			break;
		}
		r = 0;
		if (in->ops->poll && !(in->ops->poll(in) & EPOLLIN))
			break;
	}
	kfree(buf);
	if (r == -EPIPE)
		signal_send(task_tid(current), SIGPIPE);
	if (re->done && (r != -EBLOCKED || signal_pending(current) || in->ops->poll))
		return (i64)re->done;
	return r;
}

static i64
get_off(u64 p, loff *v)
{
	u64 x;

	if (get_user64(&x, (uptr)p) < 0)
		return -EFAULT;
	*v = (loff)x;
	return *v < 0 ? -EINVAL : 0;
}

i64
sys_sendfile(u64 out, u64 in, u64 off, u64 n)
{
	struct file *fo, *fi = hold((int)in);
	struct restart *re = restart();
	loff pos;
	i64 r;

	if (!re->file[1] && (fo = fd_open((int)out)))
		re->file[1] = file_get(fo);
	fo = re->file[1];
	if (!fi || !fo)
		return -EBADF;
	if (off && (r = get_off(off, &pos)) < 0)
		return r;
	if (off && !seekable(fi))
		return -ESPIPE;
	r = transfer(fi, off ? &pos : NULL, fo, NULL, n > MAX_RW ? MAX_RW : n);
	if (off)
		put_user64((uptr)off, (u64)pos);
	return r;
}

i64
sys_copy_file_range(u64 in, u64 offin, u64 out, u64 offout, u64 n, u64 flags)
{
	struct file *fi = fd_open((int)in), *fo = fd_open((int)out);
	loff pi, po;
	i64 r;

	if (!fi || !fo)
		return -EBADF;
	if (flags)
		return -EINVAL;
	if (!is_regular(fi) || !is_regular(fo))
		return fi->ops->getdents || fo->ops->getdents ? -EISDIR : -EINVAL;
	if (fo->flags & O_APPEND)
		return -EBADF;
	if ((offin && (r = get_off(offin, &pi)) < 0) || (offout && (r = get_off(offout, &po)) < 0))
		return r;
	r = transfer(fi, offin ? &pi : NULL, fo, offout ? &po : NULL, n > MAX_RW ? MAX_RW : n);
	if (offin)
		put_user64((uptr)offin, (u64)pi);
	if (offout)
		put_user64((uptr)offout, (u64)po);
	return r;
}

i64
sys_splice(u64 in, u64 offin, u64 out, u64 offout, u64 n, u64 flags)
{
	struct restart *re = restart();
	struct file *fi = hold((int)in), *fo;
	loff pi, po;
	i64 r;

	if (!re->file[1] && (fo = fd_open((int)out)))
		re->file[1] = file_get(fo);
	fo = re->file[1];
	if (!fi || !fo)
		return -EBADF;
	if (flags & ~0xfull || !((fi->inode && S_ISFIFO(fi->inode->mode)) || (fo->inode && S_ISFIFO(fo->inode->mode))))
		return -EINVAL;
	if ((offin && !seekable(fi)) || (offout && !seekable(fo)))
		return -ESPIPE;
	if ((offin && (r = get_off(offin, &pi)) < 0) || (offout && (r = get_off(offout, &po)) < 0))
		return r;
	r = transfer(fi, offin ? &pi : NULL, fo, offout ? &po : NULL, n > MAX_RW ? MAX_RW : n);
	if (offin)
		put_user64((uptr)offin, (u64)pi);
	if (offout)
		put_user64((uptr)offout, (u64)po);
	return r;
}
