/*
 * sys_socket.c - sockets: creation, names, connections, options, and single buffers. Messages are in sys_message.c.
 */
#include "../net/net.h"
#include "sys_socket.h"

static struct uio_seg seg;               /* of the call in progress */

int
sock_hold(u64 fd, struct file **f, struct sock **s)
{
	struct restart *re = restart();

	*f = re->file[0] ? re->file[0] : fd_open((int)fd);
	if (!*f)
		return -EBADF;
	if (!(*s = sock_of(*f)))
		return -ENOTSOCK;
	if (!re->file[0])
		re->file[0] = file_get(*f);
	return 0;
}

int
sockname_in(struct sockname *a, uptr p, u64 len)
{
	if ((i32)len < 0 || (u32)len > NAME_SIZE)
		return -EINVAL;
	memset(a, 0, sizeof *a);
	a->len = (u32)len;
	return copy_in(a->b, p, a->len);
}

/* Cut to the room the caller has; the real length is told. */
int
sockname_out(const struct sockname *a, uptr p, uptr lenp)
{
	u32 room;

	if (get_user32(&room, lenp) < 0)
		return -EFAULT;
	if ((i32)room < 0)
		return -EINVAL;
	if (room > a->len)
		room = a->len;
	if (copy_out(p, a->b, room) < 0)
		return -EFAULT;
	return put_user32(lenp, a->len);
}

/* ---- making them ---- */

static int
split_type(u64 type, u32 *flags)
{
	*flags = (u32)type & ~0xfu;
	return *flags & ~(u32)(O_NONBLOCK | O_CLOEXEC) ? -EINVAL : (int)(type & 0xf);
}

i64
sys_socket(u64 family, u64 type, u64 protocol)
{
	struct sock *s;
	u32 flags;
	int kind = split_type(type, &flags), r;

	if (kind < 0)
		return kind;
	if ((r = sock_create(&s, (int)family, kind, (int)protocol)) < 0)
		return r;
	return sock_fd(s, flags);
}

i64
sys_socketpair(u64 family, u64 type, u64 protocol, u64 fds)
{
	struct sock *a, *b;
	u32 flags;
	int kind = split_type(type, &flags), pair[2], r;

	if (kind < 0)
		return kind;
	if (!access_ok((uptr)fds, sizeof pair, true))
		return -EFAULT;
	if ((r = sock_create(&a, (int)family, kind, (int)protocol)) < 0)
		return r;
	if (family != AF_UNIX || (r = sock_create(&b, (int)family, kind, (int)protocol)) < 0) {
		sock_put(a);
		return r < 0 ? r : -EOPNOTSUPP;
	}
	if (a->type == SOCK_DGRAM) {
		sock_set_peer(a, b);
		sock_set_peer(b, a);
	} else {
		sock_join(a, b);
	}
	a->peercred = b->peercred = ucred_now();
	pair[0] = sock_fd(a, flags);
	pair[1] = sock_fd(b, flags);
	if (pair[0] < 0 || pair[1] < 0) {
		if (pair[0] >= 0)
			fd_close(pair[0]);
		return pair[0] < 0 ? pair[0] : pair[1];
	}
	return copy_out((uptr)fds, pair, sizeof pair);
}

i64
sys_bind(u64 fd, u64 addr, u64 len)
{
	struct sockname a;
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	if (r < 0 || (r = sockname_in(&a, (uptr)addr, len)) < 0)
		return r;
	return s->ops->bind(s, &a);
}

i64
sys_listen(u64 fd, u64 backlog)
{
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	if (r < 0)
		return r;
	if (!sock_has_peer(s))
		return -EOPNOTSUPP;
	if (s->state == SOCK_CONNECTED || (s->family == AF_UNIX && !s->name))
		return -EINVAL;
	if (s->ops->autobind && (r = s->ops->autobind(s)) < 0)
		return r;
	s->backlog = (u32)backlog > SOMAXCONN ? SOMAXCONN : (u32)backlog;
	s->state = SOCK_LISTENING;
	s->self = ucred_now();
	wake_up(&s->q);
	return 0;
}

i64
sys_connect(u64 fd, u64 addr, u64 len)
{
	struct sockname a;
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	if (r < 0 || (r = sockname_in(&a, (uptr)addr, len)) < 0)
		return r;
	if (a.len < 2)
		return -EINVAL;
	return s->ops->connect(s, &a, f->flags & O_NONBLOCK);
}

i64
sys_accept4(u64 fd, u64 addr, u64 lenp, u64 flags)
{
	struct sockname a;
	struct file *f;
	struct sock *s, *e;
	int r = sock_hold(fd, &f, &s), n;

	if (flags & ~(u64)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	if (r < 0)
		return r;
	if (!sock_has_peer(s))
		return -EOPNOTSUPP;
	if (s->state != SOCK_LISTENING || s->shut & SHUT_IN)
		return -EINVAL;
	if (!(e = sock_take_accept(s)))
		return sock_wait(s, s->rcvtimeo, f->flags & O_NONBLOCK);
	if ((n = sock_fd(e, (u32)flags)) < 0)
		return n;
	if (addr) {
		e->ops->getname(e, true, &a);
		if ((r = sockname_out(&a, (uptr)addr, (uptr)lenp)) < 0) {
			fd_close(n);
			return r;
		}
	}
	return n;
}

i64
sys_accept(u64 fd, u64 addr, u64 lenp)
{
	return sys_accept4(fd, addr, lenp, 0);
}

/* ---- what they are ---- */

i64
sys_getsockname(u64 fd, u64 addr, u64 lenp)
{
	struct sockname a;
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	if (r < 0)
		return r;
	s->ops->getname(s, false, &a);
	return sockname_out(&a, (uptr)addr, (uptr)lenp);
}

i64
sys_getpeername(u64 fd, u64 addr, u64 lenp)
{
	struct sockname a;
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	if (r < 0)
		return r;
	if (s->state != SOCK_CONNECTED || (sock_is_tcp(s) && s->shut == SHUT_ALL))
		return -ENOTCONN;
	s->ops->getname(s, true, &a);
	return sockname_out(&a, (uptr)addr, (uptr)lenp);
}

i64
sys_setsockopt(u64 fd, u64 level, u64 name, u64 val, u64 len)
{
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	return r < 0 ? r : sock_setopt(s, (int)level, (int)name, (uptr)val, (u32)len);
}

i64
sys_getsockopt(u64 fd, u64 level, u64 name, u64 val, u64 lenp)
{
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	return r < 0 ? r : sock_getopt(s, (int)level, (int)name, (uptr)val, (uptr)lenp);
}

i64
sys_shutdown(u64 fd, u64 how)
{
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	if (r < 0)
		return r;
	return (u32)how > 2 ? -EINVAL : sock_shutdown(s, (u32)how + 1);
}

/* ---- single buffers ---- */

/* A range that is mapped only in part is cut where it ends, unless it is one message to send. */
static int
import(struct uio *u, uptr p, u64 n, bool into, bool whole)
{
	if (n > 0x7ffff000)
		n = 0x7ffff000;
	if (n && !access_ok(p, n, into)) {
		u64 k = PAGE_SIZE - p % PAGE_SIZE;

		if (whole || k >= n || !access_ok(p, k, into))
			return -EFAULT;
		while (k + PAGE_SIZE < n && access_ok(p + k, PAGE_SIZE, into))
			k += PAGE_SIZE;
		n = k;
	}
	uio_user(u, &seg, p, n);
	return 0;
}

i64
sys_sendto(u64 fd, u64 buf, u64 n, u64 flags, u64 addr, u64 len)
{
	struct sockname a;
	struct scm scm = { 0 };
	struct file *f;
	struct sock *s;
	struct uio u;
	int r = sock_hold(fd, &f, &s);

	if (r < 0 || (r = import(&u, (uptr)buf, n, false, s->type != SOCK_STREAM)) < 0)
		return r;
	if (addr && (r = sockname_in(&a, (uptr)addr, len)) < 0)
		return r;
	return send_all(f, s, &u, (u32)flags, addr ? &a : NULL, &scm);
}

i64
sys_recvfrom(u64 fd, u64 buf, u64 n, u64 flags, u64 addr, u64 lenp)
{
	struct received in = { 0 };
	struct file *f;
	struct sock *s;
	struct uio u;
	i64 r = sock_hold(fd, &f, &s);
	int e;

	if (r < 0 || (r = import(&u, (uptr)buf, n, true, false)) < 0)
		return r;
	r = recv_all(f, s, &u, (u32)flags, &in);
	scm_drop(&in.scm);
	if (r >= 0 && addr) {
		if (in.has_from)
			e = sockname_out(&in.from, (uptr)addr, (uptr)lenp);
		else
			e = put_user32((uptr)lenp, 0);
		if (e < 0)
			return e;
	}
	return r;
}
