/*
 * sockopt.c - getsockopt(2) and setsockopt(2): options of SOL_SOCKET by name, options that have no meaning on a loopback in one table:
 * they are checked, remembered and told.
 */
#include "net.h"

#define SOL_SOCKET 1
#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_TIMESTAMP 29
#define SO_ACCEPTCONN 30
#define SO_PEERSEC 31
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_MARK 36
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SOL_IP 0
#define SOL_TCP 6
#define SOL_IPV6 41
#define IPV6_V6ONLY 26
#define SNDBUF_MIN 4608u
#define RCVBUF_MIN 2304u

/* remembered: level, name, default, smallest and largest value */
static const struct known {
	u16 level, name;
	i32 value, lo, hi;
} known[] = {
	{ SOL_SOCKET, SO_DEBUG, 0, 0, 0 }, { SOL_SOCKET, SO_DONTROUTE, 0, 0, 1 }, { SOL_SOCKET, SO_KEEPALIVE, 0, 0, 1 },
	{ SOL_SOCKET, SO_OOBINLINE, 0, 0, 1 }, { SOL_SOCKET, SO_PRIORITY, 0, 0, 6 }, { SOL_SOCKET, SO_RCVLOWAT, 1, 1, 1 << 30 },
	{ SOL_SOCKET, SO_TIMESTAMP, 0, 0, 0 },
	{ SOL_TCP, 1, 0, 0, 1 },                 /* TCP_NODELAY */
	{ SOL_TCP, 2, 65483, 88, 65483 },        /* TCP_MAXSEG */
	{ SOL_TCP, 3, 0, 0, 1 },                 /* TCP_CORK */
	{ SOL_TCP, 4, 7200, 1, 32767 },          /* TCP_KEEPIDLE */
	{ SOL_TCP, 5, 75, 1, 32767 },            /* TCP_KEEPINTVL */
	{ SOL_TCP, 6, 9, 1, 127 },               /* TCP_KEEPCNT */
	{ SOL_TCP, 7, 6, 1, 127 },               /* TCP_SYNCNT */
	{ SOL_TCP, 8, 60, -1, 120 },             /* TCP_LINGER2 */
	{ SOL_TCP, 9, 0, 0, 1 << 30 },           /* TCP_DEFER_ACCEPT */
	{ SOL_TCP, 12, 1, 0, 1 },                /* TCP_QUICKACK */
	{ SOL_TCP, 18, 0, 0, 1 << 30 },          /* TCP_USER_TIMEOUT */
	{ SOL_TCP, 23, 0, 0, 1 << 30 },          /* TCP_FASTOPEN */
	{ SOL_IP, 1, 0, 0, 255 },                /* IP_TOS */
	{ SOL_IP, 2, 64, 1, 255 },               /* IP_TTL */
	{ SOL_IP, 10, 1, 0, 5 },                 /* IP_MTU_DISCOVER */
	{ SOL_IP, 11, 0, 0, 1 },                 /* IP_RECVERR */
	{ SOL_IP, 24, 0, 0, 1 },                 /* IP_BIND_ADDRESS_NO_PORT */
	{ SOL_IP, 33, 1, 0, 255 },               /* IP_MULTICAST_TTL */
	{ SOL_IP, 34, 1, 0, 1 },                 /* IP_MULTICAST_LOOP */
	{ SOL_IPV6, 16, 64, -1, 255 },           /* IPV6_UNICAST_HOPS */
	{ SOL_IPV6, 18, 1, -1, 255 },            /* IPV6_MULTICAST_HOPS */
	{ SOL_IPV6, 19, 1, 0, 1 },               /* IPV6_MULTICAST_LOOP */
	{ SOL_IPV6, 23, 1, 0, 5 },               /* IPV6_MTU_DISCOVER */
	{ SOL_IPV6, 25, 0, 0, 1 },               /* IPV6_RECVERR */
	{ SOL_IPV6, 67, 0, -1, 255 },            /* IPV6_TCLASS */
};
#define NKNOWN (sizeof known / sizeof known[0])
struct option { i32 value[NKNOWN]; };

static const struct known *
find(const struct sock *s, int level, int name)
{
	if ((level == SOL_IP && s->family == AF_UNIX) || (level == SOL_IPV6 && s->family != AF_INET6) ||
	    (level == SOL_TCP && !sock_is_tcp(s)))
		return NULL;
	for (u32 i = 0; i < NKNOWN; i++)
		if (known[i].level == level && known[i].name == name)
			return &known[i];
	return NULL;
}

static i32
value(const struct sock *s, const struct known *k)
{
	return s->options ? s->options->value[k - known] : k->value;
}

bool
sock_urgent_inline(const struct sock *s)
{
	return value(s, find(s, SOL_SOCKET, SO_OOBINLINE)) != 0;
}

static int
remember(struct sock *s, const struct known *k, i32 v)
{
	if (k->level == SOL_SOCKET && k->hi <= 1)
		v = v != 0 && k->hi;
	else if (k->hi == 1)
		v = v != 0;
	if (v < k->lo || v > k->hi)
		return -EINVAL;
	if (!s->options) {
		if (!(s->options = kmalloc(sizeof *s->options)))
			return -ENOMEM;
		for (u32 i = 0; i < NKNOWN; i++)
			s->options->value[i] = known[i].value;
	}
	s->options->value[k - known] = v;
	return 0;
}

void
sock_options_copy(struct sock *to, const struct sock *from)
{
	if (from->options && (to->options = kmalloc(sizeof *to->options)))
		*to->options = *from->options;
}

void
sock_options_free(struct sock *s)
{
	kfree(s->options);
}

static u32
buffer_size(u32 v, u32 min)
{
	if ((i32)v < 0 || v > BUF_DEFAULT)
		v = BUF_DEFAULT;
	return v * 2 > min ? v * 2 : min;
}

static i64
set_timeout(u64 *ns, uptr val, u32 len)
{
	struct linux_timeval tv;

	if (len < sizeof tv)
		return -EINVAL;
	if (copy_in(&tv, val, sizeof tv) < 0)
		return -EFAULT;
	if (tv.usec < 0 || tv.usec >= 1000000)
		return -EDOM;
	*ns = tv.sec < 0 ? 1 : tv.sec > 1000000000 ? 0 : (u64)tv.sec * 1000000000 + (u64)tv.usec * 1000;
	return 0;
}

static i64
set_linger(struct sock *s, uptr val, u32 len)
{
	i32 l[2];

	if (len < sizeof l)
		return -EINVAL;
	if (copy_in(l, val, sizeof l) < 0)
		return -EFAULT;
	s->linger = l[0];
	s->linger_time = (u32)l[1];
	return 0;
}

static i64
set_socket(struct sock *s, int name, u32 v)
{
	switch (name) {
	case SO_REUSEADDR:
		s->reuseaddr = v;
		return 0;
	case SO_REUSEPORT:
		s->reuseport = v;
		return 0;
	case SO_BROADCAST:
		s->broadcast = v;
		return 0;
	case SO_PASSCRED:
		if (s->family != AF_UNIX)
			return -EOPNOTSUPP;
		s->passcred = v;
		return 0;
	case SO_SNDBUF:
		s->sndbuf = buffer_size(v, SNDBUF_MIN);
		wake_up(&s->q);
		return 0;
	case SO_RCVBUF:
		s->rcvbuf = buffer_size(v, RCVBUF_MIN);
		return 0;
	case SO_SNDBUFFORCE: case SO_RCVBUFFORCE: case SO_MARK:
		return -EPERM;
	case SO_TYPE: case SO_ERROR: case SO_PROTOCOL: case SO_DOMAIN: case SO_ACCEPTCONN: case SO_PEERCRED: case SO_SNDLOWAT:
		return -ENOPROTOOPT;
	default:
		return -ENOPROTOOPT;
	}
}

i64
sock_setopt(struct sock *s, int level, int name, uptr val, u32 len)
{
	const struct known *k;
	u32 v;

	if ((i32)len < 0)
		return -EINVAL;
	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO))
		return set_timeout(name == SO_RCVTIMEO ? &s->rcvtimeo : &s->sndtimeo, val, len);
	if (level == SOL_SOCKET && name == SO_LINGER)
		return set_linger(s, val, len);
	if (level != SOL_SOCKET && s->family == AF_UNIX)
		return -EOPNOTSUPP;
	if (len < 4)
		return -EINVAL;
	if (get_user32(&v, val) < 0)
		return -EFAULT;
	if (level == SOL_IPV6 && name == IPV6_V6ONLY && s->family == AF_INET6) {
		if (s->local.port)
			return -EINVAL;
		s->v6only = v;
		return 0;
	}
	if ((k = find(s, level, name)))
		return remember(s, k, (i32)v);
	return level == SOL_SOCKET ? set_socket(s, name, v) : -ENOPROTOOPT;
}

/* ---- reading ---- */

static i64
give(uptr val, uptr lenp, u32 len, const void *p, u32 n)
{
	if (len > n)
		len = n;
	if (copy_out(val, p, len) < 0)
		return -EFAULT;
	return put_user32(lenp, len);
}

/* 0 and *v, or -errno */
static int
get_socket(struct sock *s, int name, i32 *v)
{
	switch (name) {
	case SO_TYPE: *v = s->type; return 0;
	case SO_DOMAIN: *v = s->family; return 0;
	case SO_PROTOCOL: *v = s->protocol; return 0;
	case SO_ERROR: *v = -sock_error(s); return 0;
	case SO_ACCEPTCONN: *v = s->state == SOCK_LISTENING; return 0;
	case SO_REUSEADDR: *v = s->reuseaddr; return 0;
	case SO_REUSEPORT: *v = s->reuseport; return 0;
	case SO_BROADCAST: *v = s->broadcast; return 0;
	case SO_PASSCRED: *v = s->passcred; return s->family == AF_UNIX ? 0 : -EOPNOTSUPP;
	case SO_SNDBUF: *v = (i32)s->sndbuf; return 0;
	case SO_RCVBUF: *v = (i32)s->rcvbuf; return 0;
	case SO_SNDLOWAT: *v = 1; return 0;
	case SO_MARK: *v = 0; return 0;
	default: return -ENOPROTOOPT;
	}
}

static i64
get_pairs(struct sock *s, int name, uptr val, uptr lenp, u32 len)
{
	u64 ns = name == SO_RCVTIMEO ? s->rcvtimeo : s->sndtimeo;
	struct linux_timeval tv = { (i64)(ns / 1000000000), (i64)(ns % 1000000000 / 1000) };
	i32 linger[2] = { s->linger, (i32)s->linger_time };

	switch (name) {
	case SO_LINGER:
		return give(val, lenp, len, linger, sizeof linger);
	case SO_PEERCRED:
		return give(val, lenp, len, &s->peercred, sizeof s->peercred);
	default:
		return give(val, lenp, len, &tv, sizeof tv);
	}
}

i64
sock_getopt(struct sock *s, int level, int name, uptr val, uptr lenp)
{
	const struct known *k;
	u32 len;
	i32 v;
	int r;

	if (get_user32(&len, lenp) < 0)
		return -EFAULT;
	if ((i32)len < 0)
		return -EINVAL;
	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO || name == SO_LINGER || name == SO_PEERCRED))
		return get_pairs(s, name, val, lenp, len);
	if (level != SOL_SOCKET && s->family == AF_UNIX)
		return -EOPNOTSUPP;
	if (level == SOL_IPV6 && name == IPV6_V6ONLY && s->family == AF_INET6)
		v = s->v6only;
	else if ((k = find(s, level, name)))
		v = value(s, k);
	else if (level != SOL_SOCKET)
		return -ENOPROTOOPT;
	else if ((r = get_socket(s, name, &v)) < 0)
		return r;
	return give(val, lenp, len, &v, sizeof v);
}
