/*
 * socket.c - the socket as an open file: creation, reading, writing, readiness, waiting with SO_RCVTIMEO and SO_SNDTIMEO.
 */
#include "net.h"

#define FIONREAD 0x541b
#define TIOCOUTQ 0x5411
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define FIOGETOWN 0x8903
#define SIOCGPGRP 0x8904
#define SIOCATMARK 0x8905

static const struct file_ops sock_file_ops;

struct ucred
ucred_now(void)
{
	return (struct ucred){ task_pid(current), task_uid(current), task_gid(current) };
}

bool
sock_is_tcp(const struct sock *s)
{
	return s->family != AF_UNIX && s->type == SOCK_STREAM;
}

struct sock *
sock_of(struct file *f)
{
	return f->ops == &sock_file_ops ? f->priv : NULL;
}

static int
check_kind(int family, int type, int *protocol)
{
	if (type < 1 || type > 10)
		return -EINVAL;
	if (family == AF_INET || family == AF_INET6)
		return inet_check(family, type, protocol);
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (*protocol && *protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	return type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET ? 0 : -ESOCKTNOSUPPORT;
}

int
sock_create(struct sock **out, int family, int type, int protocol)
{
	struct sock *s;
	int r;

	if (family == AF_UNIX && type == SOCK_RAW)
		type = SOCK_DGRAM;
	if ((r = check_kind(family, type, &protocol)) < 0)
		return r;
	if (!(s = kmalloc(sizeof *s)))
		return -ENOMEM;
	s->refs = 1;
	s->family = (u16)family;
	s->type = (u16)type;
	s->protocol = (u16)(family == AF_UNIX ? 0 : protocol);
	s->ops = family == AF_UNIX ? &unix_ops : &inet_ops;
	list_init(&s->senders);
	list_init(&s->sender);
	list_init(&s->queue);
	list_init(&s->accepts);
	list_init(&s->pending);
	list_init(&s->bound);
	waitq_init(&s->q);
	s->sndbuf = sock_is_tcp(s) ? 16384 : BUF_DEFAULT;
	s->rcvbuf = sock_is_tcp(s) ? 131072 : BUF_DEFAULT;
	s->self = ucred_now();
	s->peercred = (struct ucred){ 0, ~0u, ~0u };
	if (family != AF_UNIX)
		s->local.ip[10] = s->local.ip[11] = family == AF_INET ? 0xff : 0;
	s->remote = s->local;
	*out = s;
	return 0;
}

struct sock *
sock_get(struct sock *s)
{
	s->refs++;
	return s;
}

void
sock_put(struct sock *s)
{
	if (--s->refs)
		return;
	sock_options_free(s);
	kfree(s->name);
	kfree(s);
}

int
sock_error(struct sock *s)
{
	int e = s->err;

	s->err = 0;
	return -e;
}

/* ---- waiting ---- */

int
sock_wait(struct sock *on, u64 timeo, bool nonblock)
{
	struct restart *re = restart();

	if (nonblock)
		return -EAGAIN;
	if (timeo) {
		if (!re->deadline)
			re->deadline = now_monotonic() + timeo;
		if (now_monotonic() >= re->deadline)
			return -EAGAIN;
		if (signal_pending(current))
			return -EINTR;
		wait_until(re->deadline);
	}
	return wait_on(&on->q);
}

/* ---- the file ---- */

static long
sock_file_read(struct file *f, struct uio *u, loff *pos)
{
	(void)pos;
	return sock_recv(f->priv, u, f->flags & O_NONBLOCK ? MSG_DONTWAIT : 0, NULL);
}

static long
sock_file_write(struct file *f, struct uio *u, loff *pos)
{
	struct scm none = { 0 };

	(void)pos;
	return sock_send(f->priv, u, 0, NULL, &none);
}

static int
sock_file_wait(struct file *f, bool write)
{
	struct sock *s = f->priv;

	if (write && s->type == SOCK_DGRAM && s->full)
		wait_on(&s->full->q);
	return sock_wait(s, write ? s->sndtimeo : s->rcvtimeo, false);
}

/* unix_poll, tcp_poll and datagram_poll of Linux. */
static u32
sock_poll(struct file *f)
{
	struct sock *s = f->priv;
	bool idle = s->state == SOCK_IDLE && sock_has_peer(s);
	u32 r = s->err ? EPOLLERR : 0;

	if (s->state == SOCK_LISTENING)
		return r | (list_empty(&s->accepts) ? 0 : EPOLLIN | EPOLLRDNORM);
	if (s->shut == SHUT_ALL || idle)
		r |= EPOLLHUP;
	if (s->shut & SHUT_IN)
		r |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (sock_has_bytes(s))
		r |= EPOLLIN | EPOLLRDNORM;
	if (sock_urgent(s))
		r |= EPOLLPRI;
	if (sock_writable(s))
		r |= EPOLLOUT | EPOLLWRNORM | (s->family == AF_UNIX ? EPOLLWRBAND : 0);
	return r;
}

static struct waitq *
sock_waitq(struct file *f)
{
	return &((struct sock *)f->priv)->q;
}

static long
sock_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct sock *s = f->priv;
	u32 owner;

	switch (cmd) {
	case FIONREAD:
		if (s->state == SOCK_LISTENING)
			return -EINVAL;
		return put_user32((uptr)arg, sock_readable(s));
	case TIOCOUTQ:
		return put_user32((uptr)arg, sock_has_peer(s) && s->peer ? sock_readable(s->peer) : 0);
	case SIOCATMARK:
		return sock_is_tcp(s) ? put_user32((uptr)arg, sock_at_mark(s)) : -ENOTTY;
	case FIOSETOWN:
	case SIOCSPGRP:
		if (get_user32(&owner, (uptr)arg) < 0)
			return -EFAULT;
		f->owner = owner;
		return 0;
	case FIOGETOWN:
	case SIOCGPGRP:
		return put_user32((uptr)arg, f->owner);
	default:
		return -ENOTTY;
	}
}

static void
sock_release(struct file *f)
{
	struct sock *s = f->priv;

	s->dead = true;
	s->file = NULL;
	s->ops->close(s);
	sock_hang_up(s);
	sock_put(s);
}

static void
sock_inode_evict(struct inode *i)
{
	kfree(i);
}

static const struct inode_ops sock_inode_ops = { .evict = sock_inode_evict };

struct file *
sock_file(struct sock *s, u32 flags)
{
	static struct super sb = { .type = "sockfs", .source = "socket", .magic = 0x534f434b, .dev = MKDEV(0, 8) };
	struct inode *i = kmalloc(sizeof *i);
	struct file *f;

	if (!i)
		return NULL;
	inode_init(i, &sb, &sock_inode_ops, S_IFSOCK | 0777);
	i->uid = task_uid(current);
	i->gid = task_gid(current);
	f = file_new(&sock_file_ops, i, O_RDWR | (flags & O_NONBLOCK));
	inode_put(i);
	if (f) {
		f->priv = s;
		s->file = f;
	}
	return f;
}

int
sock_fd(struct sock *s, u32 flags)
{
	struct file *f = sock_file(s, flags);

	if (!f) {
		sock_put(s);
		return -ENOMEM;
	}
	return fd_install(f, 0, flags & O_CLOEXEC);
}

static const struct file_ops sock_file_ops = {
	.read = sock_file_read,
	.write = sock_file_write,
	.poll = sock_poll,
	.waitq = sock_waitq,
	.wait = sock_file_wait,
	.ioctl = sock_ioctl,
	.release = sock_release,
};
