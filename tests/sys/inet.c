/* inet.c - AF_INET and AF_INET6 on the loopback: TCP and UDP, ports, both families on one socket, connections that fail or end early. */
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static struct sockaddr_in a, b;
static struct sockaddr_in6 a6, b6;
static socklen_t len;
static char buf[70000];
#define A (void *)&a, sizeof a
#define A6 (void *)&a6, sizeof a6

static int
ready(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	poll(&p, 1, 50);
	return p.revents;
}

static int
error_of(int fd)
{
	int e = -1;

	len = sizeof e;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len);
	return e;
}

static void
set4(const char *ip, int port)
{
	memset(&a, 0, sizeof a);
	a.sin_family = AF_INET;
	a.sin_port = htons(port);
	inet_pton(AF_INET, ip, &a.sin_addr);
}

static int
listener(int backlog)
{
	int l = socket(AF_INET, SOCK_STREAM, 0);

	set4("127.0.0.1", 0);
	CHECK(l >= 0 && bind(l, A) == 0 && listen(l, backlog) == 0);
	len = sizeof a;
	CHECK(getsockname(l, (void *)&a, &len) == 0 && len == sizeof a && a.sin_port && a.sin_family == AF_INET);
	return l;
}

static void
streams(void)
{
	int l = listener(5), c = socket(AF_INET, SOCK_STREAM, 0), s, n, st, one = 1;
	static char big[700000];
	size_t k = 0;
	pid_t pid;

	CHECK(ready(c) == (POLLOUT | POLLHUP));
	FAILS(recv(c, buf, 1, 0), ENOTCONN);
	FAILS(send(c, buf, 1, MSG_NOSIGNAL), EPIPE);
	FAILS(getpeername(c, (void *)&b, &len), ENOTCONN);
	s = socket(AF_INET, SOCK_STREAM, 0);
	FAILS(shutdown(s, SHUT_RD), ENOTCONN);
	CHECK(ready(s) == (POLLIN | POLLOUT | POLLHUP | POLLRDHUP));
	close(s);
	CHECK(connect(c, A) == 0);
	FAILS(connect(c, A), EISCONN);
	len = sizeof b;
	CHECK((s = accept(l, (void *)&b, &len)) >= 0 && len == sizeof b && ntohl(b.sin_addr.s_addr) == INADDR_LOOPBACK);
	struct sockaddr_in me;
	len = sizeof me;
	CHECK(getsockname(c, (void *)&me, &len) == 0 && me.sin_port == b.sin_port && me.sin_addr.s_addr == b.sin_addr.s_addr);
	CHECK(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
	CHECK(send(c, "hello", 5, 0) == 5 && ready(s) == (POLLIN | POLLOUT) && ioctl(s, FIONREAD, &n) == 0 && n == 5);
	CHECK(recv(s, buf, 9, MSG_PEEK) == 5 && recv(s, buf, 3, 0) == 3 && recv(s, buf, 9, 0) == 2);
	FAILS(recv(s, buf, 1, MSG_DONTWAIT), EAGAIN);
	CHECK((pid = fork()) >= 0);
	if (!pid) {
		close(s);
		close(l);
		_exit(write(c, big, sizeof big) == sizeof big && shutdown(c, SHUT_WR) == 0 && read(c, buf, 9) == 3 ? 0 : 1);
	}
	close(c);
	while ((n = read(s, big, 9000)) > 0)
		k += n;
	CHECK(n == 0 && k == sizeof big && ready(s) == (POLLIN | POLLOUT | POLLRDHUP) && write(s, "end", 3) == 3);
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	close(s);
	/* the peer is gone: the first write goes, the second does not */
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(c, A) == 0 && (s = accept(l, NULL, NULL)) >= 0 && close(s) == 0 && ready(c) == (POLLIN | POLLOUT | POLLRDHUP));
	CHECK(read(c, buf, 1) == 0 && send(c, "x", 1, 0) == 1);
	usleep(10000);
	FAILS(send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
	close(c);
	/* unread bytes reset */
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(c, A) == 0 && (s = accept(l, NULL, NULL)) >= 0 && write(c, "lost", 4) == 4);
	CHECK(ready(s) & POLLIN && close(s) == 0 && ready(c) == (POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP));
	FAILS(read(c, buf, 1), ECONNRESET);
	CHECK(read(c, buf, 1) == 0);
	close(c);
	/* nobody listens */
	close(l);
	c = socket(AF_INET, SOCK_STREAM, 0);
	FAILS(connect(c, A), ECONNREFUSED);
	close(c);
}

static void
without_waiting(void)
{
	int l = listener(5), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), s;

	FAILS(connect(c, A), EINPROGRESS);
	CHECK(ready(c) == POLLOUT && error_of(c) == 0 && connect(c, A) == 0);
	FAILS(connect(c, A), EISCONN);
	CHECK((s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0 && fcntl(s, F_GETFD) == FD_CLOEXEC);
	FAILS(recv(s, buf, 1, 0), EAGAIN);
	fcntl(l, F_SETFL, O_NONBLOCK);
	FAILS(accept(l, NULL, NULL), EAGAIN);
	close(s);
	close(c);
	close(l);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	FAILS(connect(c, A), EINPROGRESS);
	CHECK(ready(c) & POLLERR && error_of(c) == ECONNREFUSED && error_of(c) == 0);
	close(c);
}

static void
ports(void)
{
	int l = listener(5), c = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	int port = ntohs(a.sin_port);

	FAILS(bind(c, A), EADDRINUSE);
	CHECK(setsockopt(c, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
	FAILS(bind(c, A), EADDRINUSE);
	set4("0.0.0.0", port);
	FAILS(bind(c, A), EADDRINUSE);
	set4("127.0.0.2", port);
	CHECK(bind(c, A) == 0);
	FAILS(bind(c, A), EINVAL);
	close(c);
	c = socket(AF_INET, SOCK_STREAM, 0);
	set4("192.0.2.1", 0);
	FAILS(bind(c, A), EADDRNOTAVAIL);
	FAILS(bind(c, (void *)&a, 4), EINVAL);
	a.sin_family = AF_INET6;
	FAILS(connect(c, A), EAFNOSUPPORT);
	close(c);
	close(l);
}

static void
datagrams(void)
{
	int x = socket(AF_INET, SOCK_DGRAM, 0), y = socket(AF_INET, SOCK_DGRAM, 0), n;

	FAILS(send(y, "n", 1, 0), EDESTADDRREQ);
	len = sizeof a;
	CHECK(getsockname(y, (void *)&a, &len) == 0 && a.sin_port != 0);
	set4("127.0.0.1", 0);
	CHECK(bind(x, A) == 0);
	len = sizeof a;
	getsockname(x, (void *)&a, &len);
	CHECK(ready(x) == POLLOUT && sendto(y, "first", 5, 0, A) == 5 && sendto(y, "", 0, 0, A) == 0 && ready(x) == (POLLIN | POLLOUT));
	CHECK(ioctl(x, FIONREAD, &n) == 0 && n == 5);
	len = sizeof b;
	CHECK(recvfrom(x, buf, 3, MSG_TRUNC, (void *)&b, &len) == 5 && len == sizeof b && ntohl(b.sin_addr.s_addr) == INADDR_LOOPBACK);
	CHECK(recv(x, buf, 3, 0) == 0 && sendto(x, "reply", 5, 0, (void *)&b, sizeof b) == 5 && recv(y, buf, 99, 0) == 5);
	CHECK(connect(y, A) == 0 && send(y, "c", 1, 0) == 1 && recv(x, buf, 9, 0) == 1);
	FAILS(sendto(y, buf, 70000, 0, A), EMSGSIZE);
	/* a connected socket hears only its peer */
	int z = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(sendto(z, "other", 5, 0, (void *)&b, sizeof b) == 5);
	FAILS(recv(y, buf, 9, MSG_DONTWAIT), EAGAIN);
	close(x);
	CHECK(send(y, "gone", 4, 0) == 4);
	FAILS(recv(y, buf, 9, 0), ECONNREFUSED);
	a.sin_family = AF_UNSPEC;
	CHECK(connect(y, A) == 0);
	FAILS(send(y, "n", 1, 0), EDESTADDRREQ);
	set4("255.255.255.255", 9);
	FAILS(sendto(z, "b", 1, 0, A), EACCES);
	close(y);
	close(z);
}

static void
six(void)
{
	int l = socket(AF_INET6, SOCK_STREAM, 0), c, s, port;
	char text[64];

	if (l < 0)
		return;
	memset(&a6, 0, sizeof a6);
	a6.sin6_family = AF_INET6;
	if (bind(l, A6) < 0 || listen(l, 3) < 0)
		return;
	len = sizeof a6;
	CHECK(getsockname(l, (void *)&a6, &len) == 0 && len == sizeof a6);
	port = ntohs(a6.sin6_port);
	a6.sin6_addr = in6addr_loopback;
	c = socket(AF_INET6, SOCK_STREAM, 0);
	if (connect(c, A6) == 0) {
		len = sizeof b6;
		CHECK((s = accept(l, (void *)&b6, &len)) >= 0 && len == sizeof b6 && IN6_IS_ADDR_LOOPBACK(&b6.sin6_addr));
		close(s);
	}
	close(c);
	set4("127.0.0.1", port);
	c = socket(AF_INET, SOCK_STREAM, 0);
	FAILS(bind(c, A), EADDRINUSE);
	CHECK(connect(c, A) == 0);
	len = sizeof b6;
	CHECK((s = accept(l, (void *)&b6, &len)) >= 0 && IN6_IS_ADDR_V4MAPPED(&b6.sin6_addr));
	CHECK(!strcmp(inet_ntop(AF_INET6, &b6.sin6_addr, text, sizeof text), "::ffff:127.0.0.1"));
	CHECK(write(s, "v4", 2) == 2 && read(c, buf, 9) == 2);
	close(s);
	close(c);
	close(l);
}

int
main(void)
{
	signal(SIGALRM, SIG_DFL);
	alarm(60);
	streams();
	without_waiting();
	ports();
	datagrams();
	six();
	FAILS(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
	FAILS(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
	DONE();
}
