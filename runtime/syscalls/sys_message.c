/*
 * sys_message.c - sendmsg(2), recvmsg(2) and their multiples: struct msghdr, control messages (cmsg(3)), and the waiting of all transfers.
 */
#include "../task.h"
#include "../net/net.h"
#include "sys_socket.h"

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define SCM_MAX_FD 253u
#define CONTROL_MAX 20480u
#define VLEN_MAX 1024u
#define NOBODY 65534u
#define ALIGN(n) (((n) + 7u) & ~7u)

struct msghdr {
	u64 name;
	u32 namelen, pad;
	u64 iov, iovlen, control, controllen;
	u32 flags, pad2;
};
struct mmsghdr {
	struct msghdr hdr;
	u32 len, pad;
};
struct cmsghdr {
	u64 len;
	i32 level, type;
};

static struct uio_seg segs[IOV_MAX];     /* of the call in progress */

/* ---- waiting ---- */

i64
send_all(struct file *f, struct sock *s, struct uio *u, u32 flags, const struct sockname *to, struct scm *scm)
{
	struct restart *re = restart();
	bool nonblock = f->flags & O_NONBLOCK || flags & MSG_DONTWAIT;
	i64 r = 0;

	if (flags & MSG_OOB && !sock_is_tcp(s))
		r = -EOPNOTSUPP;
	else if (to && sock_has_peer(s) && s->family == AF_UNIX)
		r = s->type == SOCK_SEQPACKET ? 0 : s->state == SOCK_CONNECTED ? -EISCONN : -EOPNOTSUPP;
	if (r == 0 && sock_has_peer(s))
		to = NULL;
	if (re->done)
		uio_advance(u, re->done);
	while (r == 0 && (u->left || !re->done)) {
		i64 n = sock_send(s, u, flags, to, scm);

		if (n > 0)
			re->done += (u64)n;
		if (n <= 0 || s->type != SOCK_STREAM) {
			r = n < 0 ? n : 0;
			break;
		}
	}
	scm_drop(scm);
	if (r == -EPIPE && !re->done && !(flags & MSG_NOSIGNAL) && !(s->type == SOCK_DGRAM && s->family != AF_UNIX))
		signal_send(task_tid(current), SIGPIPE);
	if (r == -EAGAIN && !(re->done && (nonblock || signal_pending(current)))) {
		if (!nonblock && s->type == SOCK_DGRAM && s->full)
			wait_on(&s->full->q);
		r = sock_wait(s, s->sndtimeo, nonblock);
	}
	return r == -EBLOCKED || !re->done ? r : (i64)re->done;
}

i64
recv_all(struct file *f, struct sock *s, struct uio *u, u32 flags, struct received *in)
{
	struct restart *re = restart();
	bool nonblock = f->flags & O_NONBLOCK || flags & MSG_DONTWAIT;
	bool all = flags & MSG_WAITALL && s->type == SOCK_STREAM && !(flags & MSG_PEEK);
	i64 r;

	if (flags & MSG_OOB)
		return sock_is_tcp(s) ? sock_recv_urgent(s, u, flags, in) : -EOPNOTSUPP;
	if (nonblock)
		flags |= MSG_DONTWAIT;
	if (re->done)
		uio_advance(u, re->done);
	if (all && re->done && !u->left)
		return (i64)re->done;
	r = sock_recv(s, u, flags, in);
	if (all && r > 0) {
		re->done += (u64)r;
		if (!u->left || !in->more || in->scm.nfds)
			return (i64)re->done;
		r = sock_recv(s, u, flags | MSG_DONTWAIT, NULL);
		if (r > 0)
			re->done += (u64)r;
		else if (r == 0)
			return (i64)re->done;
		r = -EAGAIN;
	}
	if (r == -EAGAIN && !(re->done && (nonblock || signal_pending(current))))
		r = sock_wait(s, s->rcvtimeo, nonblock);
	return r == -EBLOCKED || !re->done ? r : (i64)re->done;
}

/* ---- control messages out ---- */

static int
add_rights(struct scm *m, uptr p, u64 bytes)
{
	u32 n = (u32)(bytes / 4);
	struct file **fds;

	if (m->nfds + n > SCM_MAX_FD)
		return -EINVAL;
	if (!n)
		return 0;
	if (!(fds = krealloc(m->fds, (m->nfds + n) * sizeof *fds)))
		return -ENOMEM;
	m->fds = fds;
	for (u32 i = 0; i < n; i++) {
		struct file *f;
		u32 fd;

		if (get_user32(&fd, p + i * 4) < 0)
			return -EFAULT;
		if (!(f = fd_file((int)fd)))
			return -EBADF;
		m->fds[m->nfds++] = file_get(f);
	}
	return 0;
}

static int
add_ucred(struct scm *m, uptr p, u64 bytes)
{
	const struct cred *c = &current->cred;
	struct ucred u;

	if (bytes != sizeof u)
		return -EINVAL;
	if (copy_in(&u, p, sizeof u) < 0)
		return -EFAULT;
	if (c->euid && (u.pid != task_pid(current) || (u.uid != c->uid && u.uid != c->euid && u.uid != c->suid) ||
	    (u.gid != c->gid && u.gid != c->egid && u.gid != c->sgid)))
		return -EPERM;
	m->has_cred = true;
	m->cred = u;
	return 0;
}

static int
control_in(const struct sock *s, const struct msghdr *h, struct scm *m)
{
	u64 at = 0;
	int r = 0;

	if (h->controllen > CONTROL_MAX)
		return -ENOBUFS;
	while (r == 0 && h->controllen >= at + sizeof(struct cmsghdr)) {
		struct cmsghdr c;
		uptr p = (uptr)(h->control + at);

		if (h->control >> 32 || copy_in(&c, p, sizeof c) < 0)
			return -EFAULT;
		if (c.len < sizeof c || c.len > h->controllen - at)
			return -EINVAL;
		at += ALIGN(c.len);
		if (c.level != SOL_SOCKET || s->family != AF_UNIX)
			continue;
		if (c.type == SCM_RIGHTS)
			r = add_rights(m, p + sizeof c, c.len - sizeof c);
		else if (c.type == SCM_CREDENTIALS)
			r = add_ucred(m, p + sizeof c, c.len - sizeof c);
		else
			r = -EINVAL;
	}
	return r;
}

/* ---- control messages in ---- */

struct control { u64 at, left; u32 flags; };

static void
put_control(struct control *k, i32 type, const void *data, u32 n)
{
	struct cmsghdr c = { sizeof c + n, SOL_SOCKET, type };

	if (k->left < sizeof c) {
		k->flags |= MSG_CTRUNC;
		return;
	}
	if (k->left < c.len) {
		k->flags |= MSG_CTRUNC;
		c.len = k->left;
		n = (u32)(c.len - sizeof c);
	}
	if (copy_out((uptr)k->at, &c, sizeof c) < 0 || copy_out((uptr)k->at + sizeof c, data, n) < 0)
		return;
	n = ALIGN((u32)c.len);
	if (n > k->left)
		n = (u32)k->left;
	k->at += n;
	k->left -= n;
}

/* Those that have room become descriptors, the others are closed. */
static void
put_rights(struct control *k, struct scm *m, bool cloexec)
{
	u32 room = k->left > sizeof(struct cmsghdr) ? (u32)(k->left - sizeof(struct cmsghdr)) / 4 : 0, n = 0;
	i32 fds[SCM_MAX_FD];

	while (n < m->nfds && n < room) {
		int fd = fd_install(file_get(m->fds[n]), 0, cloexec);

		if (fd < 0)
			break;
		fds[n++] = fd;
	}
	if (n < m->nfds)
		k->flags |= MSG_CTRUNC;
	if (n)
		put_control(k, SCM_RIGHTS, fds, n * 4);
	scm_drop(m);
}

static void
control_out(struct sock *s, struct control *k, struct scm *m, u32 flags)
{
	struct ucred nobody = { 0, NOBODY, NOBODY };

	if (s->passcred)
		put_control(k, SCM_CREDENTIALS, m->has_cred ? &m->cred : &nobody, sizeof nobody);
	if (m->nfds)
		put_rights(k, m, flags & MSG_CMSG_CLOEXEC);
}

/* ---- one message ---- */

static int
header_in(struct msghdr *h, uptr p, struct uio *u, bool into)
{
	if (copy_in(h, p, sizeof *h) < 0)
		return -EFAULT;
	if (h->iovlen > IOV_MAX)
		return -EMSGSIZE;
	if ((i32)h->namelen < 0)
		return -EINVAL;
	if (!h->name)
		h->namelen = 0;
	if (h->namelen > NAME_SIZE)
		h->namelen = NAME_SIZE;
	if (h->name >> 32 || h->iov >> 32)
		return -EFAULT;
	return uio_import(u, (uptr)h->iov, (u32)h->iovlen, into, segs, sizeof segs);
}

static i64
send_one(struct file *f, struct sock *s, uptr msg, u32 flags)
{
	struct sockname a;
	struct scm scm = { 0 };
	struct msghdr h;
	struct uio u;
	i64 r = header_in(&h, msg, &u, false);

	if (r == 0 && h.namelen)
		r = sockname_in(&a, (uptr)h.name, h.namelen);
	if (r == 0 && h.control && !restart()->done)
		r = control_in(s, &h, &scm);
	if (r < 0) {
		scm_drop(&scm);
		return r;
	}
	return send_all(f, s, &u, flags, h.namelen ? &a : NULL, &scm);
}

static i64
recv_one(struct file *f, struct sock *s, uptr msg, u32 flags)
{
	struct received in = { 0 };
	struct control k = { 0 };
	struct msghdr h;
	struct uio u;
	i64 r = header_in(&h, msg, &u, true);
	u32 n;

	if (r < 0)
		return r;
	r = recv_all(f, s, &u, flags, &in);
	if (r < 0) {
		scm_drop(&in.scm);
		return r;
	}
	k.at = h.control;
	k.left = h.control && !(h.control >> 32) ? h.controllen : 0;
	control_out(s, &k, &in.scm, flags);
	if (h.name) {
		n = h.namelen < in.from.len ? h.namelen : in.from.len;
		if (in.has_from && copy_out((uptr)h.name, in.from.b, n) < 0)
			return -EFAULT;
		if (put_user32(msg + offsetof(struct msghdr, namelen), in.has_from ? in.from.len : 0) < 0)
			return -EFAULT;
	}
	n = in.flags | k.flags | (flags & MSG_CMSG_CLOEXEC) | (s->type == SOCK_SEQPACKET && r ? MSG_EOR : 0);
	if (put_user32(msg + offsetof(struct msghdr, flags), n) < 0 ||
	    put_user64(msg + offsetof(struct msghdr, controllen), h.control ? k.at - h.control : 0) < 0)
		return -EFAULT;
	return r;
}

i64
sys_sendmsg(u64 fd, u64 msg, u64 flags)
{
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	return r < 0 ? r : send_one(f, s, (uptr)msg, (u32)flags);
}

i64
sys_recvmsg(u64 fd, u64 msg, u64 flags)
{
	struct file *f;
	struct sock *s;
	int r = sock_hold(fd, &f, &s);

	return r < 0 ? r : recv_one(f, s, (uptr)msg, (u32)flags);
}

/* ---- several: restart()->stage counts those that are done ---- */

static i64
several_end(i64 r)
{
	struct restart *re = restart();

	if (r == -EBLOCKED && (!re->stage || !signal_pending(current)))
		return r;
	return re->stage ? re->stage : r;
}

static int
message_done(uptr at, i64 n)
{
	struct restart *re = restart();

	if (put_user32(at + offsetof(struct mmsghdr, len), (u32)n) < 0)
		return -EFAULT;
	re->stage++;
	re->done = 0;
	re->deadline = 0;
	return 0;
}

i64
sys_sendmmsg(u64 fd, u64 vec, u64 n, u64 flags)
{
	struct restart *re = restart();
	struct file *f;
	struct sock *s;
	i64 r = sock_hold(fd, &f, &s);

	if (r < 0)
		return r;
	n = (u32)n > VLEN_MAX ? VLEN_MAX : (u32)n;
	while (re->stage < n) {
		uptr at = (uptr)vec + re->stage * (u32)sizeof(struct mmsghdr);

		if ((r = send_one(f, s, at, (u32)flags)) < 0 || (r = message_done(at, r)) < 0)
			return several_end(r);
	}
	return re->stage;
}

/* The timeout is looked at only after each message: recvmmsg(2), BUGS. */
i64
sys_recvmmsg(u64 fd, u64 vec, u64 n, u64 flags, u64 timeout)
{
	struct restart *re = restart();
	u64 ns = 0, start = now_monotonic();
	struct file *f;
	struct sock *s;
	i64 r = sock_hold(fd, &f, &s);

	if (r < 0 || (timeout && (r = get_timespec(&ns, (uptr)timeout)) < 0))
		return r;
	n = (u32)n > VLEN_MAX ? VLEN_MAX : (u32)n;
	while (re->stage < n) {
		uptr at = (uptr)vec + re->stage * (u32)sizeof(struct mmsghdr);
		u32 how = (u32)flags & ~MSG_WAITFORONE;

		if (re->stage && flags & MSG_WAITFORONE)
			how |= MSG_DONTWAIT;
		if ((r = recv_one(f, s, at, how)) < 0 || (r = message_done(at, r)) < 0)
			return several_end(r);
		if (timeout && now_monotonic() - start >= ns)
			break;
	}
	return re->stage;
}
