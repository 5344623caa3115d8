/* unix.c - AF_UNIX sockets with names: files, abstract and automatic ones, listen and accept, datagrams, packets, shutdown, poll, signals. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct sockaddr_un a, b;
static socklen_t len;
static char buf[1000];
static volatile int got;

static void
on_signal(int sig)
{
	got = sig;
}

static int
ready(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

static socklen_t
name(struct sockaddr_un *u, const char *path)
{
	memset(u, 0, sizeof *u);
	u->sun_family = AF_UNIX;
	strcpy(u->sun_path + (*path == '@'), path + (*path == '@'));
	return offsetof(struct sockaddr_un, sun_path) + strlen(path) + (*path != '@');
}

static void
streams(void)
{
	int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), s, d, n, st;
	socklen_t al = name(&a, "sock-test");
	struct stat sb;
	pid_t pid;

	unlink("sock-test");
	CHECK(ready(c) == (POLLOUT | POLLHUP));
	FAILS(connect(c, (void *)&a, al), ENOENT);
	FAILS(listen(l, 1), EINVAL);
	CHECK(bind(l, (void *)&a, al) == 0 && stat("sock-test", &sb) == 0 && S_ISSOCK(sb.st_mode));
	FAILS(bind(l, (void *)&a, al), EADDRINUSE);
	FAILS(bind(c, (void *)&a, al), EADDRINUSE);
	FAILS(connect(c, (void *)&a, al), ECONNREFUSED);
	FAILS(open("sock-test", O_RDWR), ENXIO);
	FAILS(accept(l, NULL, NULL), EINVAL);
	CHECK(listen(l, 1) == 0 && ready(l) == 0);
	FAILS(recv(c, buf, 1, 0), EINVAL);
	FAILS(send(c, buf, 1, MSG_NOSIGNAL), ENOTCONN);
	d = socket(AF_UNIX, SOCK_DGRAM, 0);
	FAILS(connect(d, (void *)&a, al), EPROTOTYPE);
	CHECK(connect(c, (void *)&a, al) == 0 && send(c, "early", 5, 0) == 5 && ready(l) == POLLIN);
	FAILS(connect(c, (void *)&a, al), EISCONN);
	len = sizeof b;
	CHECK((s = accept4(l, (void *)&b, &len, SOCK_NONBLOCK)) >= 0 && len == 2 && b.sun_family == AF_UNIX);
	len = sizeof b;
	CHECK(getsockname(s, (void *)&b, &len) == 0 && len == al && !strcmp(b.sun_path, "sock-test"));
	len = sizeof b;
	CHECK(getpeername(c, (void *)&b, &len) == 0 && len == al && !strcmp(b.sun_path, "sock-test"));
	CHECK(ioctl(s, FIONREAD, &n) == 0 && n == 5 && read(s, buf, 100) == 5 && !memcmp(buf, "early", 5));
	FAILS(read(s, buf, 1), EAGAIN);
	CHECK(ready(s) == POLLOUT && shutdown(c, SHUT_WR) == 0 && ready(s) == (POLLIN | POLLOUT | POLLRDHUP) && read(s, buf, 1) == 0);
	CHECK(write(s, "x", 1) == 1 && close(s) == 0 && read(c, buf, 9) == 1 && read(c, buf, 1) == 0);
	CHECK(ready(c) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
	close(c);
	/* the backlog: two wait, the third does not get in before accept */
	for (n = 0; n < 2; n++)
		CHECK((c = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 && connect(c, (void *)&a, al) == 0);
	CHECK((c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) >= 0);
	FAILS(connect(c, (void *)&a, al), EAGAIN);
	CHECK((pid = fork()) >= 0);
	if (!pid) {
		fcntl(c, F_SETFL, 0);
		_exit(connect(c, (void *)&a, al) == 0 && write(c, "late", 4) == 4 ? 0 : 1);
	}
	usleep(20000);
	close(c);
	CHECK((s = accept(l, NULL, NULL)) >= 0 && waitpid(pid, &st, 0) == pid && st == 0);
	CHECK((s = accept(l, NULL, NULL)) >= 0 && (s = accept(l, NULL, NULL)) >= 0 && read(s, buf, 9) == 4);
	/* a listener that goes away, and unread bytes */
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(connect(c, (void *)&a, al) == 0 && close(l) == 0);
	FAILS(read(c, buf, 1), ECONNRESET);
	FAILS(connect(c, (void *)&a, al), ECONNREFUSED);
	CHECK(unlink("sock-test") == 0);
	close(c);
	close(d);
}

static void
messages(void)
{
	int x = socket(AF_UNIX, SOCK_DGRAM, 0), y = socket(AF_UNIX, SOCK_DGRAM, 0), z = socket(AF_UNIX, SOCK_DGRAM, 0), p[2];
	socklen_t al = name(&a, "@elfport test x");

	CHECK(bind(x, (void *)&a, al) == 0);
	FAILS(bind(z, (void *)&a, al), EADDRINUSE);
	memset(&b, 0, sizeof b);
	b.sun_family = AF_UNIX;
	CHECK(bind(y, (void *)&b, 2) == 0);
	len = sizeof b;
	CHECK(getsockname(y, (void *)&b, &len) == 0 && len == 8 && !b.sun_path[0]);
	FAILS(send(y, "1", 1, 0), ENOTCONN);
	CHECK(sendto(y, "one", 3, 0, (void *)&a, al) == 3 && sendto(y, "", 0, 0, (void *)&a, al) == 0);
	memset(&b, 1, sizeof b);
	len = sizeof b;
	CHECK(recvfrom(x, buf, 2, MSG_TRUNC, (void *)&b, &len) == 3 && len == 8 && !b.sun_path[0]);
	CHECK(sendto(x, "back", 4, 0, (void *)&b, len) == 4 && recv(y, buf, 9, 0) == 4 && recv(x, buf, 9, 0) == 0);
	CHECK(sendto(z, "anonymous", 9, 0, (void *)&a, al) == 9);
	len = sizeof b;
	CHECK(recvfrom(x, buf, 99, 0, (void *)&b, &len) == 9 && len == 0);
	CHECK(connect(y, (void *)&a, al) == 0 && send(y, "c", 1, 0) == 1 && recv(x, buf, 9, 0) == 1);
	FAILS(accept(x, NULL, NULL), EOPNOTSUPP);
	FAILS(listen(x, 1), EOPNOTSUPP);
	/* a full queue */
	fcntl(y, F_SETFL, O_NONBLOCK);
	for (int n = 0; send(y, "fill", 4, 0) == 4; n++)
		CHECK(n < 100000);
	CHECK(errno == EAGAIN && !(ready(y) & POLLOUT) && recv(x, buf, 9, 0) == 4 && ready(y) & POLLOUT);
	close(x);
	FAILS(send(y, "gone", 4, 0), ECONNREFUSED);
	FAILS(send(y, "gone", 4, 0), ENOTCONN);
	/* datagram pairs have no end of file, packet pairs do */
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, p) == 0 && close(p[1]) == 0);
	FAILS(recv(p[0], buf, 1, MSG_DONTWAIT), EAGAIN);
	FAILS(send(p[0], buf, 1, 0), ECONNREFUSED);
	close(p[0]);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p) == 0 && write(p[0], "abc", 3) == 3 && write(p[0], "de", 2) == 2);
	CHECK(recv(p[1], buf, 2, MSG_PEEK) == 2 && read(p[1], buf, 2) == 2 && read(p[1], buf, 9) == 2 && !memcmp(buf, "de", 2));
	CHECK(close(p[0]) == 0 && read(p[1], buf, 9) == 0);
	FAILS(send(p[1], buf, 1, MSG_NOSIGNAL), EPIPE);
	close(p[1]);
	close(y);
	close(z);
}

static void
waiting(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static char big[2000000];
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
	int p[2], st, ep = epoll_create1(0);
	ssize_t n, m;
	pid_t pid;

	/* MSG_WAITALL over pieces, and cut short by a signal */
	sigaction(SIGUSR1, &sa, NULL);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0 && (pid = fork()) >= 0);
	if (!pid) {
		for (int i = 0; i < 5; i++) {
			write(p[1], "12345", 5);
			usleep(3000);
		}
		write(p[1], "123", 3);
		usleep(30000);
		kill(getppid(), SIGUSR1);
		pause();
	}
	CHECK(recv(p[0], buf, 25, MSG_WAITALL) == 25);
	n = recv(p[0], buf, 25, MSG_WAITALL);
	CHECK(n == 3 && got == SIGUSR1);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &st, 0) == pid);
	/* a large send cut short */
	got = 0;
	CHECK((pid = fork()) >= 0);
	if (!pid) {
		usleep(30000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	n = send(p[0], big, sizeof big, 0);
	CHECK(n > 0 && n < (ssize_t)sizeof big && got == SIGUSR1 && waitpid(pid, &st, 0) == pid);
	for (m = 0; m < n;)
		m += read(p[1], big, sizeof big);
	CHECK(m == n && recv(p[1], buf, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	/* edges */
	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev) == 0 && epoll_wait(ep, &ev, 1, 0) == 0);
	CHECK(write(p[1], "x", 1) == 1 && epoll_wait(ep, &ev, 1, 1000) == 1 && ev.events == EPOLLIN && epoll_wait(ep, &ev, 1, 0) == 0);
	CHECK(write(p[1], "y", 1) == 1 && epoll_wait(ep, &ev, 1, 1000) == 1 && read(p[0], buf, 9) == 2);
	close(p[1]);
	CHECK(epoll_wait(ep, &ev, 1, 1000) == 1 && ev.events == (EPOLLIN | EPOLLRDHUP | EPOLLHUP));
	signal(SIGPIPE, on_signal);
	got = 0;
	FAILS(write(p[0], "x", 1), EPIPE);
	CHECK(got == SIGPIPE);
	close(p[0]);
	close(ep);
}

int
main(void)
{
	char dir[] = "/tmp/unix-XXXXXX";

	CHECK(mkdtemp(dir) && chdir(dir) == 0);
	streams();
	messages();
	waiting();
	FAILS(socket(AF_UNIX, 99, 0), EINVAL);
	FAILS(socket(12345, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(listen(0, 1), ENOTSOCK);
	chdir("/");
	CHECK(rmdir(dir) == 0);
	DONE();
}
