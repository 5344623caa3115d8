/*
 * loopback.c - what moves between two sockets: bytes and messages with their descriptors, ends of streams, resets, connections that
 * wait for accept. Rules as in Linux's net/unix/af_unix.c and net/ipv4/tcp.c, where they differ by family it says so.
 */
#include "net.h"

#define PIECE 65536u                     /* of a stream, per packet */
#define UDP_MAX 65507u
#define DGRAM_QUEUE 10u                  /* net.unix.max_dgram_qlen */

void
scm_drop(struct scm *m)
{
	for (u32 i = 0; i < m->nfds; i++)
		file_put(m->fds[i]);
	kfree(m->fds);
	m->fds = NULL;
	m->nfds = 0;
}

static u32
cost(const struct packet *p)
{
	return p->len + (u32)sizeof *p;
}

static void
packet_drop(struct sock *s, struct packet *p)
{
	s->used -= cost(p);
	s->nqueued--;
	if (s->urgent == p)
		s->urgent = NULL;
	list_del(&p->link);
	scm_drop(&p->scm);
	kfree(p->from);
	kfree(p);
}

/* What the receiver holds went down. */
static void
room_made(struct sock *s)
{
	wake_up(&s->q);
	if (sock_has_peer(s)) {
		if (s->peer)
			wake_up(&s->peer->q);
		return;
	}
	list_each(p, &s->senders)
		wake_up(&list_entry(p, struct sock, sender)->q);
}

u32
sock_readable(const struct sock *s)
{
	u32 n = 0;

	list_each(l, &s->queue) {
		struct packet *p = list_entry(l, struct packet, link);

		if (p == s->urgent && !sock_urgent_inline(s))
			break;
		n += p->len - p->off;
		if (!sock_is_stream(s) && !(s->family == AF_UNIX && s->type == SOCK_SEQPACKET))
			break;
	}
	return n;
}

/* ---- sending ---- */

static u32
limit(const struct sock *s, const struct sock *to)
{
	return sock_is_tcp(s) ? (s->sndbuf > PIECE ? s->sndbuf : PIECE) + to->rcvbuf : s->sndbuf;
}

static bool
dgram_full(const struct sock *s, const struct sock *to)
{
	return s->family == AF_UNIX && to->peer != s && to->nqueued > DGRAM_QUEUE;
}

bool
sock_writable(const struct sock *s)
{
	const struct sock *to = s->peer;

	if (s->connecting && s->state != SOCK_CONNECTED && !s->err && !s->shut)
		return false;
	if (!to || s->shut & SHUT_OUT || to->dead)
		return true;
	if (s->type == SOCK_DGRAM && dgram_full(s, to))
		return false;
	return s->family != AF_UNIX && s->type == SOCK_DGRAM ? true : to->used <= limit(s, to) / 4;
}

/* Credentials go along when either side asked for them, as unix_maybe_add_creds() does. */
static void
add_cred(const struct sock *s, const struct sock *to, struct scm *scm)
{
	if (s->family != AF_UNIX || scm->has_cred || !(s->passcred || to->passcred))
		return;
	scm->has_cred = true;
	scm->cred = ucred_now();
}

/* ---- urgent data: tcp_check_urg(), tcp_recv_urg() of Linux ---- */

bool
sock_urgent(const struct sock *s)
{
	return s->urgent && !s->urgent_read;
}

bool
sock_at_mark(const struct sock *s)
{
	return s->urgent && s->queue.next == &s->urgent->link;
}

bool
sock_has_bytes(const struct sock *s)
{
	if (list_empty(&s->queue))
		return false;
	return s->queue.next->next != &s->queue || !sock_at_mark(s) || sock_urgent_inline(s);
}

/* An urgent byte comes: the one before it is lost if it is what would be read next, else an ordinary byte. */
static void
urgent_arrives(struct sock *to, struct packet *p)
{
	if (sock_at_mark(to) && !sock_urgent_inline(to))
		packet_drop(to, to->urgent);
	to->urgent = p;
	to->urgent_read = false;
	if (to->file)
		file_signal(to->file, SIGURG);
}

long
sock_recv_urgent(struct sock *s, struct uio *u, u32 flags, struct received *out)
{
	if (s->state != SOCK_CONNECTED)
		return -ENOTCONN;
	if (!sock_urgent(s) || sock_urgent_inline(s))
		return -EINVAL;
	s->urgent_read = !(flags & MSG_PEEK);
	out->flags |= u->left ? MSG_OOB : MSG_OOB | MSG_TRUNC;
	if (!u->left)
		return 0;
	return flags & MSG_TRUNC || uio_to(u, s->urgent->bytes, 1) == 0 ? 1 : -EFAULT;
}

static long
enqueue(struct sock *s, struct sock *to, struct uio *u, u32 n, bool urgent, struct scm *scm)
{
	struct packet *p = kmalloc(sizeof *p + n);
	int r;

	if (!p)
		return -ENOBUFS;
	p->len = n;
	if ((r = uio_from(u, p->bytes, n)) < 0) {
		kfree(p);
		return r;
	}
	if (s->type == SOCK_DGRAM) {
		struct sockname from = { 0 };

		s->ops->sender(s, to, &from);
		if (from.len && (p->from = kmalloc(sizeof from)))
			*p->from = from;
	}
	add_cred(s, to, scm);
	p->scm = *scm;
	memset(scm, 0, sizeof *scm);
	if (urgent)
		urgent_arrives(to, p);
	list_add_tail(&to->queue, &p->link);
	to->used += cost(p);
	to->nqueued++;
	wake_up(&to->q);
	return n;
}

/* The peer's end of a TCP connection is closed: the first bytes get a reset as the answer. */
static long
send_to_closed(struct sock *s, struct uio *u)
{
	long n = (long)u->left;

	uio_advance(u, u->left);
	s->err = EPIPE;
	s->shut = SHUT_ALL;
	wake_up(&s->q);
	return n;
}

static long
send_stream(struct sock *s, struct uio *u, bool urgent, struct scm *scm)
{
	struct sock *to = s->peer;
	u32 n, room;

	if (s->state != SOCK_CONNECTED)
		return sock_is_tcp(s) ? (s->err ? sock_error(s) : -EPIPE) : -ENOTCONN;
	if (sock_is_tcp(s) && s->err)
		return sock_error(s);
	if (s->shut & SHUT_OUT || !to)
		return -EPIPE;
	if (s->err)
		return sock_error(s);
	if (to->dead)
		return sock_is_tcp(s) ? send_to_closed(s, u) : -EPIPE;
	if (!u->left)
		return 0;
	room = limit(s, to) > to->used ? limit(s, to) - to->used : 0;
	n = u->left < room ? (u32)u->left : room;
	if (n > PIECE)
		n = PIECE;
	if (urgent && n == u->left && n > 1)     /* it is the last one, in a packet of its own */
		n--;
	return n ? enqueue(s, to, u, n, urgent && u->left == 1, scm) : -EAGAIN;
}

static long
send_packet(struct sock *s, struct uio *u, struct scm *scm)
{
	struct sock *to = s->peer;

	if (s->state != SOCK_CONNECTED)
		return -ENOTCONN;
	if (u->left > s->sndbuf - 32)
		return -EMSGSIZE;
	if (s->shut & SHUT_OUT || !to || to->dead)
		return -EPIPE;
	if (s->err)
		return sock_error(s);
	if (to->used && to->used + u->left > limit(s, to))
		return -EAGAIN;
	return enqueue(s, to, u, (u32)u->left, false, scm);
}

static long
send_dgram(struct sock *s, struct uio *u, const struct sockname *name, struct scm *scm)
{
	struct sock *to;
	long n = (long)u->left;
	int r;

	if (s->family != AF_UNIX && u->left > UDP_MAX)
		return -EMSGSIZE;
	if (s->err)
		return sock_error(s);
	if (s->shut & SHUT_OUT)
		return -EPIPE;
	if ((r = s->ops->target(s, name, &to)) < 0)
		return r;
	if (s->family == AF_UNIX && u->left > s->sndbuf - 32)
		return -EMSGSIZE;
	if (s->family == AF_UNIX && to->shut & SHUT_IN)
		return -EPIPE;
	if (s->family == AF_UNIX && to != s && (dgram_full(s, to) || (to->used && to->used + u->left > limit(s, to)))) {
		s->full = to;
		return -EAGAIN;
	}
	if (!to || (s->family != AF_UNIX && to->used && to->used + u->left > to->rcvbuf)) {
		uio_advance(u, u->left);
		return n;
	}
	return enqueue(s, to, u, (u32)u->left, false, scm);
}

long
sock_send(struct sock *s, struct uio *u, u32 flags, const struct sockname *to, struct scm *scm)
{
	if (s->type == SOCK_DGRAM)
		return send_dgram(s, u, to, scm);
	return s->type == SOCK_STREAM ? send_stream(s, u, flags & MSG_OOB, scm) : send_packet(s, u, scm);
}

/* ---- receiving ---- */

static bool
same_sender(const struct scm *a, const struct scm *b)
{
	return a->has_cred == b->has_cred && !memcmp(&a->cred, &b->cred, sizeof a->cred);
}

/* What came along with p goes to out, or, with a peek, a copy of it. */
static void
take_scm(struct packet *p, struct received *out, bool peek)
{
	if (!out) {
		if (!peek)
			scm_drop(&p->scm);
		return;
	}
	if (peek) {
		struct scm *m = &out->scm;

		*m = p->scm;
		if (m->nfds && !(m->fds = kmalloc(m->nfds * sizeof *m->fds)))
			m->nfds = 0;
		for (u32 i = 0; i < m->nfds; i++)
			m->fds[i] = file_get(p->scm.fds[i]);
		return;
	}
	out->scm = p->scm;
	p->scm.fds = NULL;
	p->scm.nfds = 0;
}

static long
recv_end(struct sock *s, u32 flags)
{
	if (s->type == SOCK_STREAM && s->fin)
		return 0;
	if (s->err)
		return sock_error(s);
	if (s->shut & SHUT_IN)
		return s->type == SOCK_DGRAM && flags & MSG_DONTWAIT ? -EAGAIN : 0;
	return -EAGAIN;
}

static long
recv_stream(struct sock *s, struct uio *u, u32 flags, struct received *out)
{
	bool peek = flags & MSG_PEEK, first = true, stop = false;
	struct packet *over = NULL;
	struct scm with = { 0 };
	long done = 0;

	if (s->state != SOCK_CONNECTED) {
		if (s->err)
			return sock_error(s);
		return s->fin || (s->shut & SHUT_IN && sock_is_tcp(s)) ? 0 : sock_is_tcp(s) ? -ENOTCONN : -EINVAL;
	}
	if (sock_at_mark(s) && !sock_urgent_inline(s)) {         /* is not part of the stream; reading on passes it */
		if (peek) {
			over = s->urgent;
		} else {
			packet_drop(s, s->urgent);
			room_made(s);
		}
	}
	if (list_empty(&s->queue) || (over && s->queue.next->next == &s->queue))
		return recv_end(s, flags);
	list_each_safe(l, &s->queue) {
		struct packet *p = list_entry(l, struct packet, link);
		u32 n = p->len - p->off < u->left ? p->len - p->off : (u32)u->left;

		if (p == over)
			continue;
		if (!u->left || stop || (!first && p == s->urgent))
			break;
		if (!first && ((s->passcred && !same_sender(&with, &p->scm)) || (out && out->scm.nfds && p->scm.nfds)))
			break;
		if (!peek || n)
			if (uio_to(u, p->bytes + p->off, n) < 0)
				return done ? done : -EFAULT;
		stop = p->scm.nfds > 0;
		if (first || stop) {
			struct scm now = p->scm;

			take_scm(p, out, peek);
			if (first)
				with = now;
		}
		first = false;
		done += n;
		if (peek)
			continue;
		p->off += n;
		if (p->off == p->len)
			packet_drop(s, p);
	}
	if (out)
		out->more = !stop;
	if (!peek)
		room_made(s);
	return done;
}

static long
recv_message(struct sock *s, struct uio *u, u32 flags, struct received *out)
{
	struct packet *p;
	u32 n;
	long r;

	if (s->type == SOCK_SEQPACKET && s->state != SOCK_CONNECTED)
		return -ENOTCONN;
	if (s->err && s->type == SOCK_DGRAM)
		return sock_error(s);
	if (list_empty(&s->queue))
		return recv_end(s, flags);
	p = list_entry(s->queue.next, struct packet, link);
	n = p->len < u->left ? p->len : (u32)u->left;
	if (uio_to(u, p->bytes, n) < 0)
		return -EFAULT;
	r = flags & MSG_TRUNC ? p->len : n;
	if (out) {
		if (n < p->len)
			out->flags |= MSG_TRUNC;
		if (p->from) {
			out->has_from = true;
			out->from = *p->from;
		}
	}
	take_scm(p, out, flags & MSG_PEEK);
	if (!(flags & MSG_PEEK)) {
		packet_drop(s, p);
		room_made(s);
	}
	return r;
}

long
sock_recv(struct sock *s, struct uio *u, u32 flags, struct received *out)
{
	return s->type == SOCK_STREAM ? recv_stream(s, u, flags, out) : recv_message(s, u, flags, out);
}

/* ---- connections ---- */

void
sock_join(struct sock *a, struct sock *b)
{
	a->peer = sock_get(b);
	b->peer = sock_get(a);
	a->state = b->state = SOCK_CONNECTED;
	wake_up(&a->q);
	wake_up(&b->q);
}

void
sock_set_peer(struct sock *s, struct sock *to)
{
	if (s->peer) {
		list_del(&s->sender);
		sock_put(s->peer);
	}
	s->peer = to ? sock_get(to) : NULL;
	if (to)
		list_add_tail(&to->senders, &s->sender);
	s->state = to || s->remote.port ? SOCK_CONNECTED : SOCK_IDLE;
}

void
sock_queue_accept(struct sock *l, struct sock *s)
{
	list_add_tail(&l->accepts, &s->pending);
	l->npending++;
	wake_up(&l->q);
}

struct sock *
sock_take_accept(struct sock *l)
{
	struct sock *s;

	if (list_empty(&l->accepts))
		return NULL;
	s = list_entry(l->accepts.next, struct sock, pending);
	list_del(&s->pending);
	l->npending--;
	wake_up(&l->q);                  /* connects that wait for room */
	return s;
}

/* The connection ends at s, which is closed; unread or reset: the peer learns that bytes were lost. */
static void
leave_peer(struct sock *s, bool unread)
{
	struct sock *p = s->peer;

	if (sock_is_tcp(s) && !unread) {
		p->fin = true;
		p->shut |= SHUT_IN;
	} else {
		p->shut = SHUT_ALL;
		if (unread && !p->dead)
			p->err = p->fin ? EPIPE : ECONNRESET;
	}
	wake_up(&p->q);
}

void
sock_hang_up(struct sock *s)
{
	bool unread = !list_empty(&s->queue) || (sock_is_tcp(s) && s->linger && !s->linger_time);
	struct sock *e;

	while ((e = sock_take_accept(s))) {
		e->dead = true;
		e->ops->close(e);
		if (e->peer && !e->peer->dead && list_empty(&e->queue)) {
			e->peer->shut = SHUT_ALL;
			e->peer->err = ECONNRESET;
		}
		sock_hang_up(e);
		sock_put(e);
	}
	while (!list_empty(&s->queue))
		packet_drop(s, list_entry(s->queue.next, struct packet, link));
	if (s->peer && sock_has_peer(s)) {
		struct sock *p = s->peer;

		leave_peer(s, unread);
		if (p->dead) {           /* both are closed: nobody looks at either again */
			p->peer = NULL;
			s->peer = NULL;
			sock_put(s);
			sock_put(p);
		}
	} else if (s->peer) {
		sock_set_peer(s, NULL);
	}
	list_each(l, &s->senders)
		wake_up(&list_entry(l, struct sock, sender)->q);
	wake_up(&s->q);
}

int
sock_shutdown(struct sock *s, u32 how)
{
	struct sock *p = s->peer;

	if (sock_is_tcp(s) && s->state == SOCK_LISTENING && how & SHUT_IN) {
		s->state = SOCK_IDLE;
		wake_up(&s->q);
		return 0;
	}
	s->shut |= how;
	if (s->family != AF_UNIX && s->state != SOCK_CONNECTED) {
		wake_up(&s->q);
		return -ENOTCONN;
	}
	if (p && sock_has_peer(s) && !p->dead) {
		if (how & SHUT_OUT) {
			p->shut |= SHUT_IN;
			p->fin |= sock_is_tcp(s);
		}
		if (how & SHUT_IN && !sock_is_tcp(s))
			p->shut |= SHUT_OUT;
		wake_up(&p->q);
	}
	wake_up(&s->q);
	return 0;
}
