/*
 * signalfd.c - signalfd(2): signals as records to read. What is pending is the reading task's business.
 */
#include "vfs.h"

struct linux_signalfd_siginfo {          /* 128 bytes */
	u32 signo;
	i32 err, code;
	u32 pid, uid;
	i32 fd;
	u32 tid, band, overrun, trapno;
	i32 status, value_int;
	u64 ptr, utime, stime, addr;
	u8 pad[48];
};
_Static_assert(sizeof(struct linux_signalfd_siginfo) == 128, "signalfd_siginfo");

struct signalfd { u64 mask; };

static void
convert(const struct linux_siginfo *s, struct linux_signalfd_siginfo *o)
{
	memset(o, 0, sizeof *o);
	o->signo = (u32)s->signo;
	o->err = s->err;
	o->code = s->code;
	if (s->code == SI_TIMER) {
		o->tid = (u32)s->timer.tid;
		o->overrun = (u32)s->timer.overrun;
		o->ptr = s->timer.value;
		o->value_int = (i32)s->timer.value;
	} else if (s->signo == SIGCHLD && s->code > 0) {
		o->pid = (u32)s->chld.pid;
		o->uid = s->chld.uid;
		o->status = s->chld.status;
		o->utime = (u64)s->chld.utime;
		o->stime = (u64)s->chld.stime;
	} else if ((s->signo == SIGSEGV || s->signo == SIGBUS || s->signo == SIGILL || s->signo == SIGFPE) && s->code > 0)
		o->addr = s->fault.addr;
	else {
		o->pid = (u32)s->rt.pid;
		o->uid = s->rt.uid;
		o->ptr = s->rt.value;
		o->value_int = (i32)s->rt.value;
	}
}

static long
sigfd_read(struct file *f, struct uio *u, loff *pos)
{
	struct signalfd *s = f->priv;
	struct linux_signalfd_siginfo o;
	struct linux_siginfo info;
	long done = 0;

	(void)pos;
	if (u->left < sizeof o)
		return -EINVAL;
	while (u->left >= sizeof o && signal_take(s->mask, &info, false)) {
		convert(&info, &o);
		if (uio_to(u, &o, sizeof o) < 0)
			return done ? done : -EFAULT;
		done += sizeof o;
	}
	return done ? done : -EAGAIN;
}

static u32
sigfd_poll(struct file *f)
{
	struct linux_siginfo info;

	return signal_take(((struct signalfd *)f->priv)->mask, &info, true) ? EPOLLIN | EPOLLRDNORM : 0;
}

static struct waitq *
sigfd_waitq(struct file *f)
{
	(void)f;
	return signal_waitq();
}

static void
sigfd_release(struct file *f)
{
	kfree(f->priv);
}

static const struct file_ops signalfd_ops = {
	.read = sigfd_read,
	.poll = sigfd_poll,
	.waitq = sigfd_waitq,
	.release = sigfd_release,
};

i64
sys_signalfd4(u64 fd, u64 mask, u64 size, u64 flags)
{
	struct signalfd *s;
	struct file *f;
	u64 set;

	if (size != 8 || flags & ~(u64)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (get_user64(&set, (uptr)mask) < 0)
		return -EFAULT;
	set &= ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP));
	if ((int)fd != -1) {
		if (!(f = fd_file((int)fd)))
			return -EBADF;
		if (f->ops != &signalfd_ops)
			return -EINVAL;
		((struct signalfd *)f->priv)->mask = set;
		return (int)fd;
	}
	if (!(s = kmalloc(sizeof *s)))
		return -ENOMEM;
	s->mask = set;
	return anon_fd(&signalfd_ops, "[signalfd]", s, O_RDWR | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}

i64
sys_signalfd(u64 fd, u64 mask, u64 size)
{
	return sys_signalfd4(fd, mask, size, 0);
}
