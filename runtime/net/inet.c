/*
 * inet.c - AF_INET and AF_INET6 over a loopback: addresses, ports, TCP connections, UDP destinations. An IPv4 address is kept as
 * ::ffff:a.b.c.d, so an AF_INET6 socket without IPV6_V6ONLY serves both. There is no other interface: elsewhere is ENETUNREACH.
 */
#include "net.h"

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define PORT_LO 32768u
#define PORT_HI 60999u
#define SIN_LEN 16u
#define SIN6_LEN 28u
#define SIN6_MIN 24u                     /* RFC 2133: without the scope */

static struct list ports = { &ports, &ports };               /* sock.bound of every socket with a port */
static const u8 v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

int
inet_check(int family, int type, int *protocol)
{
	int want = type == SOCK_STREAM ? IPPROTO_TCP : type == SOCK_DGRAM ? IPPROTO_UDP : -1;

	(void)family;
	if (type == SOCK_RAW)
		return *protocol ? -EPERM : -EPROTONOSUPPORT;
	if (want < 0)
		return -ESOCKTNOSUPPORT;
	if (*protocol && *protocol != want)
		return -EPROTONOSUPPORT;
	*protocol = want;
	return 0;
}

/* ---- addresses ---- */

static bool
is_v4(const u8 *ip)
{
	return !memcmp(ip, v4_prefix, sizeof v4_prefix);
}

static bool
is_any(const u8 *ip)
{
	static const u8 zero[16];

	return !memcmp(ip, zero, 16) || (is_v4(ip) && !memcmp(ip + 12, zero, 4));
}

static bool
is_local(const u8 *ip)
{
	static const u8 one[16] = { [15] = 1 };

	return is_v4(ip) ? ip[12] == 127 : !memcmp(ip, one, 16);
}

static void
set_loopback(u8 *ip, bool v4)
{
	memset(ip, 0, 16);
	ip[15] = 1;
	if (v4) {
		ip[10] = ip[11] = 0xff;
		ip[12] = 127;
	}
}

static int
parse(const struct sock *s, const struct sockname *a, struct endpoint *e)
{
	if (a->len < (s->family == AF_INET ? SIN_LEN : a->family == AF_INET ? SIN_LEN : SIN6_MIN))
		return -EINVAL;
	if (a->family != s->family)
		return -EAFNOSUPPORT;
	e->port = (u16)(a->b[2] << 8 | a->b[3]);
	memcpy(e->ip, v4_prefix, sizeof v4_prefix);
	if (a->family == AF_INET)
		memcpy(e->ip + 12, a->b + 4, 4);
	else
		memcpy(e->ip, a->b + 8, 16);
	return 0;
}

static void
render(int family, const struct endpoint *e, struct sockname *out)
{
	memset(out, 0, sizeof *out);
	out->family = (u16)family;
	out->b[2] = (u8)(e->port >> 8);
	out->b[3] = (u8)e->port;
	out->len = family == AF_INET ? SIN_LEN : SIN6_LEN;
	if (family == AF_INET)
		memcpy(out->b + 4, e->ip + 12, 4);
	else
		memcpy(out->b + 8, e->ip, 16);
}

/* Packets to ip come to a socket bound to local. */
static bool
accepts(const struct sock *s, const u8 *ip)
{
	if (is_any(s->local.ip))
		return is_v4(s->local.ip) ? is_v4(ip) : !is_v4(ip) || !s->v6only;
	return !memcmp(s->local.ip, ip, 16);
}

/* ---- ports ---- */

static bool
overlap(const struct sock *a, const struct endpoint *at, const struct sock *b)
{
	if (is_any(at->ip))
		return is_v4(at->ip) ? is_v4(b->local.ip) || (is_any(b->local.ip) && !b->v6only) :
			!is_v4(b->local.ip) || !a->v6only;
	return accepts(b, at->ip);
}

static bool
conflict(const struct sock *s, const struct endpoint *at)
{
	list_each(p, &ports) {
		const struct sock *o = list_entry(p, struct sock, bound);

		if (o == s || o->protocol != s->protocol || o->local.port != at->port || !overlap(s, at, o))
			continue;
		if (s->reuseport && o->reuseport && s->self.uid == o->self.uid)
			continue;
		if (!(s->reuseaddr && o->reuseaddr && o->state != SOCK_LISTENING))
			return true;
	}
	return false;
}

static int
take_port(struct sock *s, struct endpoint *at)
{
	static u32 next;
	u32 span = PORT_HI - PORT_LO + 1;

	if (!at->port) {
		u32 k = 0;

		if (!next)
			next = (u32)(now_realtime() >> 10) % span;
		do {
			next = (next + 1) % span;
			at->port = (u16)(PORT_LO + next);
		} while (conflict(s, at) && ++k < span);
		if (k == span)
			return -EADDRINUSE;
	} else if (conflict(s, at)) {
		return -EADDRINUSE;
	}
	s->local = *at;
	list_add_tail(&ports, &s->bound);
	return 0;
}

static int
inet_autobind(struct sock *s)
{
	struct endpoint at = s->local;

	if (s->local.port)
		return 0;
	at.port = 0;
	return take_port(s, &at);
}

static int
inet_bind(struct sock *s, const struct sockname *a)
{
	struct sockname any = *a;
	struct endpoint at;
	int r;

	if (s->family == AF_INET && a->len >= SIN_LEN && a->family == AF_UNSPEC && !(a->b[4] | a->b[5] | a->b[6] | a->b[7]))
		any.family = AF_INET;
	if ((r = parse(s, &any, &at)) < 0)
		return r;
	if (s->v6only && is_v4(at.ip))
		return -EINVAL;
	if (!is_any(at.ip) && !is_local(at.ip))
		return -EADDRNOTAVAIL;
	if (at.port && at.port < 1024 && task_uid(current))
		return -EACCES;
	if (s->local.port || s->state != SOCK_IDLE)
		return -EINVAL;
	if ((r = take_port(s, &at)) < 0)
		return r;
	s->bound_ip = !is_any(at.ip);
	return 0;
}

/* Where a packet goes, and with which source; 0.0.0.0 and :: are this host. */
static int
route(const struct sock *s, struct endpoint *to, struct endpoint *from)
{
	if (is_any(to->ip))
		set_loopback(to->ip, is_v4(to->ip) || s->family == AF_INET);
	if (s->v6only && is_v4(to->ip))
		return -ENETUNREACH;
	if (is_v4(to->ip) && to->ip[12] == 255 && to->ip[13] == 255 && to->ip[14] == 255 && to->ip[15] == 255)
		return s->broadcast ? -ENETUNREACH : sock_is_tcp(s) ? -ENETUNREACH : -EACCES;
	if (!is_local(to->ip))
		return is_v4(to->ip) || s->family == AF_INET6 ? -ENETUNREACH : -EINVAL;
	*from = s->local;
	if (is_any(from->ip))
		set_loopback(from->ip, is_v4(to->ip));
	return is_v4(from->ip) == is_v4(to->ip) ? 0 : -ENETUNREACH;
}

/* The best socket for to: a connected one, then one bound to the address, then any. */
static struct sock *
lookup(u32 protocol, const struct endpoint *to, const struct endpoint *from)
{
	struct sock *best = NULL;
	int score = 0;

	list_each(p, &ports) {
		struct sock *s = list_entry(p, struct sock, bound);
		bool exact = !is_any(s->local.ip);
		int k;

		if (s->protocol != protocol || s->local.port != to->port || !accepts(s, to->ip))
			continue;
		if (protocol == IPPROTO_TCP && s->state != SOCK_LISTENING)
			continue;
		k = 1 + exact;
		if (protocol == IPPROTO_UDP && s->remote.port) {
			if (s->remote.port != from->port || memcmp(s->remote.ip, from->ip, 16))
				continue;
			k += 4;
		}
		if (k > score) {
			score = k;
			best = s;
		}
	}
	return best;
}

/* ---- connections ---- */

static int
connect_udp(struct sock *s, const struct sockname *a)
{
	struct endpoint to, from;
	int r;

	if (a->len >= 2 && a->family == AF_UNSPEC) {
		s->remote.port = 0;
		s->state = SOCK_IDLE;
		if (!s->bound_ip)
			memset(s->local.ip + (s->family == AF_INET ? 12 : 0), 0, s->family == AF_INET ? 4 : 16);
		return 0;
	}
	if ((r = parse(s, a, &to)) < 0 || (r = route(s, &to, &from)) < 0 || (r = inet_autobind(s)) < 0)
		return r;
	memcpy(s->local.ip, from.ip, 16);
	s->remote = to;
	s->state = SOCK_CONNECTED;
	return 0;
}

/* The other end in the listener's queue. */
static int
embryo(struct sock *l, struct sock *s)
{
	struct sock *e;
	int r = sock_create(&e, l->family, SOCK_STREAM, 0);

	if (r < 0)
		return r;
	e->local = s->remote;
	e->remote = s->local;
	e->reuseaddr = l->reuseaddr;
	e->reuseport = l->reuseport;
	e->v6only = l->v6only;
	e->linger = l->linger;
	e->linger_time = l->linger_time;
	e->sndbuf = l->sndbuf;
	e->rcvbuf = l->rcvbuf;
	sock_options_copy(e, l);
	list_add_tail(&ports, &e->bound);
	sock_join(e, s);
	sock_queue_accept(l, e);
	return 0;
}

static int
open_connection(struct sock *s, const struct sockname *a)
{
	struct endpoint to, from;
	struct sock *l;
	int r;

	if ((r = parse(s, a, &to)) < 0 || (r = route(s, &to, &from)) < 0 || (r = inet_autobind(s)) < 0)
		return r;
	l = lookup(IPPROTO_TCP, &to, &from);
	if (!l || l->npending >= SOMAXCONN)
		return -ECONNREFUSED;
	memcpy(s->local.ip, from.ip, 16);
	s->remote = to;
	return embryo(l, s);
}

static int
inet_connect(struct sock *s, const struct sockname *a, bool nonblock)
{
	int r;

	if (s->type == SOCK_DGRAM)
		return connect_udp(s, a);
	if (s->connecting) {
		s->connecting = false;
		if (s->state == SOCK_CONNECTED)
			return 0;
		s->shut = 0;
		return s->err ? sock_error(s) : -ECONNABORTED;
	}
	if (s->state != SOCK_IDLE || s->fin)
		return -EISCONN;
	r = open_connection(s, a);
	if (!nonblock || (r != 0 && r != -ECONNREFUSED))
		return r;
	s->connecting = true;
	if (r < 0) {
		s->err = -r;
		s->shut = SHUT_ALL;
	}
	return -EINPROGRESS;
}

/* An unbound port answers with an ICMP error, which only a connected socket sees. */
static int
inet_target(struct sock *s, const struct sockname *a, struct sock **out)
{
	struct endpoint to = s->remote, from;
	int r;

	*out = NULL;
	if ((r = inet_autobind(s)) < 0)
		return r;
	if (!a && !s->remote.port)
		return -EDESTADDRREQ;
	if (a && (r = parse(s, a, &to)) < 0)
		return r;
	if (!to.port)
		return -EINVAL;
	if ((r = route(s, &to, &from)) < 0)
		return r;
	from.port = s->local.port;
	*out = lookup(IPPROTO_UDP, &to, &from);
	if (!*out && s->remote.port && s->remote.port == to.port && !memcmp(s->remote.ip, to.ip, 16)) {
		s->err = ECONNREFUSED;
		wake_up(&s->q);
	}
	return 0;
}

static void
inet_sender(struct sock *s, struct sock *to, struct sockname *out)
{
	struct endpoint from = s->local;

	if (is_any(from.ip))
		set_loopback(from.ip, to->family == AF_INET || is_v4(to->local.ip) || s->family == AF_INET ||
			(s->remote.port && is_v4(s->remote.ip)));
	render(to->family, &from, out);
}

static void
inet_getname(struct sock *s, bool peer, struct sockname *out)
{
	render(s->family, peer ? &s->remote : &s->local, out);
}

static void
inet_close(struct sock *s)
{
	list_del(&s->bound);
}

const struct sock_ops inet_ops = {
	.bind = inet_bind,
	.autobind = inet_autobind,
	.connect = inet_connect,
	.target = inet_target,
	.sender = inet_sender,
	.getname = inet_getname,
	.close = inet_close,
};
