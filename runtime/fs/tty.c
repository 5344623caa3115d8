/*
 * tty.c - terminals as files: reading with job control, ioctls, controlling terminals.
 */
#include "tty.h"

#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404
#define TCGETA 0x5405
#define TCSBRK 0x5409
#define TCXONC 0x540a
#define TCFLSH 0x540b
#define TIOCEXCL 0x540c
#define TIOCNXCL 0x540d
#define TIOCSCTTY 0x540e
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCOUTQ 0x5411
#define TIOCSTI 0x5412
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD 0x541b
#define TIOCNOTTY 0x5422
#define TCSBRKP 0x5425
#define TIOCGSID 0x5429
#define TCGETS2 0x802c542a
#define TCSETS2 0x402c542b
#define TCSETSW2 0x402c542c
#define TCSETSF2 0x402c542d

static const struct file_ops tty_ops;

struct tty *
file_tty(const struct file *f)
{
	return f->ops == &tty_ops ? f->priv : NULL;
}

static struct tty *
tty_of(struct file *f)
{
	return f->priv;
}

/* ---- job control ---- */

/* A process in the background touches its terminal: 0 it may, else what the call answers. */
static int
background(struct tty *t, int sig)
{
	i32 pgrp = task_pgrp(current);

	if (task_tty(current) != t || !t->pgrp || t->pgrp == pgrp)
		return 0;
	if (signal_ignored_or_blocked(current, sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (pgrp_orphaned(pgrp, NULL))
		return -EIO;
	signal_send_pgrp(pgrp, sig);
	return -ERESTARTSYS;
}

static void
clear_session(struct tty *t)
{
	for (i32 pid = task_next_pid(0); pid; pid = task_next_pid(pid)) {
		struct task *p = task_find(pid);

		if (p && task_tty(p) == t)
			task_set_tty(p, NULL);
	}
	t->session = t->pgrp = 0;
}

/* The session's leader has ended. */
void
tty_hangup_session(struct tty *t)
{
	if (t->session != task_sid(current))
		return;
	if (t->pgrp) {
		signal_send_pgrp(t->pgrp, SIGHUP);
		signal_send_pgrp(t->pgrp, SIGCONT);
	}
	clear_session(t);
}

/* The other side is gone: the line is dead for everybody. */
void
tty_hangup(struct tty *t)
{
	t->hung = true;
	if (t->session) {
		signal_send(t->session, SIGHUP);
		signal_send(t->session, SIGCONT);
		if (t->pgrp && t->pgrp != t->session) {
			signal_send_pgrp(t->pgrp, SIGHUP);
			signal_send_pgrp(t->pgrp, SIGCONT);
		}
		clear_session(t);
	}
	wake_up(&t->q);
}

void
tty_put(struct tty *t)
{
	(void)t;                                 /* terminals are never freed: pty.c uses them again */
}

/* ---- reading and writing ---- */

/* Not canonical: VMIN and VTIME of termios(3). restart()->deadline is when the wait for a byte ends. */
static long
read_raw(struct tty *t, struct file *f, struct uio *u)
{
	u32 min = t->tio.cc[VMIN], tenths = t->tio.cc[VTIME];
	struct restart *r = restart();

	if (min > u->left)
		min = (u32)u->left;
	if (f->flags & O_NONBLOCK || (!min && !tenths))
		return t->used ? tty_take(t, u) : f->flags & O_NONBLOCK ? -EAGAIN : 0;
	if (t->used >= (min ? min : 1))
		return tty_take(t, u);
	if (!tenths)
		return -EAGAIN;
	if (!min && !r->deadline)
		r->deadline = now_monotonic() + tenths * 100000000ull;
	if (min && t->used)                      /* the clock starts anew with every byte */
		r->deadline = t->last_input + tenths * 100000000ull;
	if (r->deadline && now_monotonic() >= r->deadline)
		return t->used ? tty_take(t, u) : 0;
	if (r->deadline)
		wait_until(r->deadline);
	return -EAGAIN;
}

static long
tty_read(struct file *f, struct uio *u, loff *pos)
{
	struct tty *t = tty_of(f);
	long r;

	(void)pos;
	if (t->hung)
		return 0;
	if ((r = background(t, SIGTTIN)) < 0)
		return r;
	if (t->drv->opened)
		t->drv->opened(t);
	if (!u->left)
		return 0;
	r = t->tio.lflag & ICANON ? tty_take(t, u) : read_raw(t, f, u);
	if (r > 0 && t->drv->opened)             /* there may be more input waiting for room */
		t->drv->opened(t);
	if (r == -EAGAIN && t->other_closed)
		return t->priv ? -EIO : 0;
	return r;
}

static long
tty_write(struct file *f, struct uio *u, loff *pos)
{
	struct tty *t = tty_of(f);
	u8 buf[1024];
	long done = 0;
	int r;

	(void)pos;
	if (t->hung || t->other_closed)
		return -EIO;
	if (t->tio.lflag & TOSTOP && (r = background(t, SIGTTOU)) < 0)
		return r;
	while (u->left) {
		struct uio peek = *u;
		u32 n = u->left < sizeof buf ? (u32)u->left : sizeof buf, k;

		if ((r = uio_from(&peek, buf, n)) < 0)
			return done ? done : r;
		k = tty_output(t, buf, n);
		uio_advance(u, k);
		done += k;
		if (k < n)
			break;
	}
	return done || !u->left ? done : -EAGAIN;
}

static u32
tty_poll(struct file *f)
{
	struct tty *t = tty_of(f);
	u32 r = 0;

	if (t->hung || t->other_closed)
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM | EPOLLHUP | EPOLLERR;
	if (t->drv->opened)
		t->drv->opened(t);
	if (tty_readable(t))
		r |= EPOLLIN | EPOLLRDNORM;
	if (!t->stopped && OUT_SIZE - t->oused >= 256)
		r |= EPOLLOUT | EPOLLWRNORM;
	return r;
}

static struct waitq *
tty_waitq(struct file *f)
{
	return &tty_of(f)->q;
}

/* ---- ioctl ---- */

static long
set_termios(struct tty *t, struct file *f, uptr arg, size_t size, bool flush)
{
	u32 old = t->tio.lflag;
	int r;

	if ((r = background(t, SIGTTOU)) < 0)
		return r;
	if (t->drv->opened)
		t->drv->opened(t);
	if (copy_in(&t->tio, arg, sizeof t->tio) < 0)
		return -EFAULT;
	(void)size, (void)f;
	if (flush)
		tty_flush_input(t);
	if ((old ^ t->tio.lflag) & ICANON)
		tty_canon_changed(t);
	if (!(t->tio.iflag & IXON))
		t->stopped = false;
	if (t->drv->changed)
		t->drv->changed(t);
	wake_up(&t->q);
	return 0;
}

static long
get_termios2(struct tty *t, uptr arg)
{
	struct linux_termios2 t2 = { .ispeed = 38400, .ospeed = 38400 };

	memcpy(&t2, &t->tio, sizeof t->tio);
	return copy_out(arg, &t2, sizeof t2);
}

static long
set_controlling(struct tty *t)
{
	i32 sid = task_sid(current);

	if (task_tty(current) == t && t->session == sid)
		return 0;
	if (task_pid(current) != sid || task_tty(current))
		return -EPERM;
	if (t->session && t->session != sid)
		return -EPERM;
	t->session = sid;
	t->pgrp = task_pgrp(current);
	task_set_tty(current, t);
	return 0;
}

static long
set_pgrp(struct tty *t, uptr arg, bool master)
{
	u32 pgrp;
	int r;

	if (!master && (r = background(t, SIGTTOU)) < 0)
		return r;
	if (!master && (task_tty(current) != t || t->session != task_sid(current)))
		return -ENOTTY;
	if (get_user32(&pgrp, arg) < 0)
		return -EFAULT;
	if ((i32)pgrp < 0)
		return -EINVAL;
	for (i32 pid = task_next_pid(0); pid; pid = task_next_pid(pid)) {
		struct task *p = task_find(pid);

		if (p && task_pgrp(p) == (i32)pgrp) {
			if (task_sid(p) != t->session)
				return -EPERM;
			t->pgrp = (i32)pgrp;
			return 0;
		}
	}
	return -ESRCH;
}

void
tty_set_size(struct tty *t, const struct linux_winsize *w)
{
	if (!memcmp(&t->win, w, sizeof *w))
		return;
	t->win = *w;
	if (t->pgrp)
		signal_send_pgrp(t->pgrp, SIGWINCH);
}

static long
set_winsize(struct tty *t, uptr arg)
{
	struct linux_winsize w;

	if (copy_in(&w, arg, sizeof w) < 0)
		return -EFAULT;
	tty_set_size(t, &w);
	return 0;
}

static long
flush_queues(struct tty *t, u64 which)
{
	if (which > 2)
		return -EINVAL;
	if (which != 1)
		tty_flush_input(t);
	if (which != 0)
		t->oused = 0;
	wake_up(&t->q);
	return 0;
}

static u32
readable_bytes(struct tty *t)
{
	u32 n = 0;

	if (!(t->tio.lflag & ICANON))
		return t->used;
	for (u32 k = 0, seen = 0; k < t->used && seen < t->lines; k++) {
		u16 c = t->in[(t->head + k) % IN_SIZE];

		n += !(c & IN_EOF);
		seen += c & (IN_DELIM | IN_EOF) ? 1 : 0;
	}
	return n;
}

long
tty_common_ioctl(struct tty *t, struct file *f, u32 cmd, u64 a, bool master)
{
	uptr arg = (uptr)a;
	u8 c;

	switch (cmd) {
	case TCGETS:
		return copy_out(arg, &t->tio, sizeof t->tio);
	case TCGETS2:
		return get_termios2(t, arg);
	case TCSETS: case TCSETSW: case TCSETSF: case TCSETS2: case TCSETSW2: case TCSETSF2:
		return set_termios(t, f, arg, 0, cmd == TCSETSF || cmd == TCSETSF2);
	case TCSBRK: case TCSBRKP:
		return 0;
	case TCXONC:
		t->stopped = a == 0 ? true : a == 1 ? false : t->stopped;
		wake_up(&t->q);
		return a > 3 ? -EINVAL : 0;
	case TCFLSH:
		return flush_queues(t, a);
	case TIOCEXCL: case TIOCNXCL:
		t->exclusive = cmd == TIOCEXCL;
		return 0;
	case TIOCSCTTY:
		return set_controlling(t);
	case TIOCNOTTY:
		if (task_tty(current) != t)
			return -ENOTTY;
		if (task_pid(current) == task_sid(current))
			tty_hangup_session(t);
		task_set_tty(current, NULL);
		return 0;
	case TIOCGPGRP:
		return !master && task_tty(current) != t ? -ENOTTY : put_user32(arg, (u32)t->pgrp);
	case TIOCSPGRP:
		return set_pgrp(t, arg, master);
	case TIOCGSID:
		return !t->session || (!master && task_tty(current) != t) ? -ENOTTY : put_user32(arg, (u32)t->session);
	case TIOCGWINSZ:
		return copy_out(arg, &t->win, sizeof t->win);
	case TIOCSWINSZ:
		return set_winsize(t, arg);
	case TIOCOUTQ:
		return put_user32(arg, 0);
	case FIONREAD:
		return put_user32(arg, readable_bytes(t));
	case TIOCSTI:
		if (task_uid(current))
			return -EPERM;
		if (copy_in(&c, arg, 1) < 0)
			return -EFAULT;
		tty_input(t, &c, 1);
		return 0;
	}
	return -ENOTTY;
}

static long
tty_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct tty *t = tty_of(f);

	return t->hung ? -EIO : tty_common_ioctl(t, f, cmd, arg, false);
}

static void
tty_release(struct file *f)
{
	struct tty *t = tty_of(f);

	if (--t->opens == 0 && t->drv->closed)
		t->drv->closed(t);
}

static const struct file_ops tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.waitq = tty_waitq,
	.ioctl = tty_ioctl,
	.release = tty_release,
};

int
tty_attach(struct tty *t, struct file *f)
{
	if (t->exclusive && task_uid(current))
		return -EBUSY;
	f->ops = &tty_ops;
	f->priv = t;
	t->opens++;
	if (!(f->flags & O_NOCTTY) && current && task_pid(current) == task_sid(current) && !task_tty(current) && !t->session)
		set_controlling(t);
	return 0;
}

/* /dev/tty */
int
tty_open(struct inode *i, struct file *f)
{
	struct tty *t = task_tty(current);

	(void)i;
	return t ? tty_attach(t, f) : -ENXIO;
}
