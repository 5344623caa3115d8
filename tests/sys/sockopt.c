/* sockopt.c - socket options, and the time limits of blocking calls. */
#include "check.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

static socklen_t len;

static int
get(int fd, int level, int name)
{
	int v = -1000;

	len = sizeof v;
	return getsockopt(fd, level, name, &v, &len) < 0 ? -errno : v;
}

static int
set(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof v);
}

static long
ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
values(void)
{
	int u = socket(AF_UNIX, SOCK_SEQPACKET, 0), t = socket(AF_INET, SOCK_STREAM, 0), d = socket(AF_INET, SOCK_DGRAM, 0);
	struct linger lg = { 1, 3 };
	char c = 0;

	CHECK(get(u, SOL_SOCKET, SO_TYPE) == SOCK_SEQPACKET && get(u, SOL_SOCKET, SO_DOMAIN) == AF_UNIX && len == 4);
	CHECK(get(t, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP && get(d, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP);
	CHECK(get(u, SOL_SOCKET, SO_PROTOCOL) == 0 && get(t, SOL_SOCKET, SO_ACCEPTCONN) == 0);
	CHECK(listen(t, 1) == 0 && get(t, SOL_SOCKET, SO_ACCEPTCONN) == 1);
	CHECK(get(d, SOL_SOCKET, SO_BROADCAST) == 0 && set(d, SOL_SOCKET, SO_BROADCAST, 7) == 0 && get(d, SOL_SOCKET, SO_BROADCAST) == 1);
	CHECK(set(t, SOL_SOCKET, SO_REUSEADDR, 1) == 0 && get(t, SOL_SOCKET, SO_REUSEADDR) == 1 && get(t, SOL_SOCKET, SO_ERROR) == 0);
	CHECK(set(t, SOL_SOCKET, SO_KEEPALIVE, 5) == 0 && get(t, SOL_SOCKET, SO_KEEPALIVE) == 1);
	CHECK(set(u, SOL_SOCKET, SO_SNDBUF, 10000) == 0 && get(u, SOL_SOCKET, SO_SNDBUF) == 20000);
	CHECK(set(u, SOL_SOCKET, SO_RCVBUF, 1) == 0 && get(u, SOL_SOCKET, SO_RCVBUF) == 2304);
	CHECK(setsockopt(t, SOL_SOCKET, SO_LINGER, &lg, sizeof lg) == 0);
	lg.l_linger = 0;
	len = sizeof lg;
	CHECK(getsockopt(t, SOL_SOCKET, SO_LINGER, &lg, &len) == 0 && lg.l_onoff == 1 && lg.l_linger == 3 && len == sizeof lg);
	CHECK(get(t, IPPROTO_TCP, TCP_NODELAY) == 0 && set(t, IPPROTO_TCP, TCP_NODELAY, 1) == 0 && get(t, IPPROTO_TCP, TCP_NODELAY) == 1);
	CHECK(set(t, IPPROTO_TCP, TCP_KEEPIDLE, 60) == 0 && get(t, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
	CHECK(get(d, IPPROTO_IP, IP_TTL) == 64 && get(u, IPPROTO_TCP, TCP_NODELAY) == -EOPNOTSUPP);
	FAILS(set(t, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
	FAILS(set(t, SOL_SOCKET, 12345, 1), ENOPROTOOPT);
	FAILS(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &c, 1), EINVAL);
	FAILS(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4), EFAULT);
	len = 1;
	CHECK(getsockopt(u, SOL_SOCKET, SO_TYPE, &c, &len) == 0 && len == 1 && c == SOCK_SEQPACKET);
	close(u);
	close(t);
	close(d);
}

static void
limits(void)
{
	struct timeval tv = { 0, 30000 }, back;
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	struct itimerval it = { { 0, 0 }, { 0, 10000 } };
	char buf[1000] = { 0 };
	int s[2], l = socket(AF_INET, SOCK_STREAM, 0);
	long t = ms();

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	CHECK(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
	len = sizeof back;
	CHECK(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &back, &len) == 0 && back.tv_sec == 0 && back.tv_usec > 20000 && back.tv_usec < 50000);
	FAILS(recv(s[0], buf, 1, 0), EAGAIN);
	CHECK(ms() - t >= 25);
	t = ms();
	FAILS(read(s[0], buf, 1), EAGAIN);
	CHECK(ms() - t >= 25);
	CHECK(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) == 0);
	while (send(s[0], buf, sizeof buf, 0) > 0)
		;
	CHECK(errno == EAGAIN);
	CHECK(listen(l, 1) == 0 && setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
	t = ms();
	FAILS(accept(l, NULL, NULL), EAGAIN);
	CHECK(ms() - t >= 25);
	/* with a time limit a signal is not survived, whatever SA_RESTART says */
	tv.tv_sec = 5;
	CHECK(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	FAILS(recv(s[0], buf, 1, 0), EINTR);
	tv.tv_usec = 1000000;
	FAILS(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), EDOM);
}

int
main(void)
{
	values();
	limits();
	DONE();
}
