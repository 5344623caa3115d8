/* Urgent data of TCP: where reading stops, what the mark, poll, FIONREAD and SIGURG say, a second urgent byte, SO_OOBINLINE, the end behind it. */
#include "check.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifndef SIOCATMARK
#define SIOCATMARK 0x8905
#endif

static int a, b, urgs;
static char text[1024];

static void on(int s) { urgs++; }

static void
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + strlen(text), sizeof text - strlen(text), format, ap);
	va_end(ap);
}

static void
pair(void)
{
	struct sockaddr_in n = { AF_INET };
	socklen_t len = sizeof n;
	int s = socket(AF_INET, SOCK_STREAM, 0);

	n.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(s, (void *)&n, len) == 0 && listen(s, 1) == 0 && getsockname(s, (void *)&n, &len) == 0);
	a = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(a, (void *)&n, len) == 0 && (b = accept(s, NULL, NULL)) >= 0);
	close(s);
}

static void
sd(const char *bytes, int flags)
{
	CHECK(send(a, bytes, strlen(bytes), flags) == (ssize_t)strlen(bytes));
	usleep(20000);
}

static void
rv(int flags)
{
	char bytes[32] = "";
	int n;

	errno = 0;
	n = recv(b, bytes, 16, flags | MSG_DONTWAIT);
	say(" recv(%x) %d '%s' e%d", flags, n, n > 0 ? bytes : "", n < 0 ? errno : 0);
}

static void
st(void)
{
	struct pollfd p = { b, POLLIN | POLLPRI | POLLRDBAND };
	int mark = -1, n = -1;

	poll(&p, 1, 0);
	ioctl(b, SIOCATMARK, &mark);
	ioctl(b, FIONREAD, &n);
	say(" [%x mark %d n %d]", p.revents, mark, n);
}

static void
is(const char *want)
{
	if (strcmp(text, want))
		printf("got %s\n", text);
	CHECK(!strcmp(text, want));
	*text = 0;
	close(a);
	close(b);
}

int
main(void)
{
	int one = 1;

	pair();
	sd("abc", 0);
	sd("d", MSG_OOB);
	st();
	rv(0);
	st();
	rv(MSG_OOB);
	st();
	rv(MSG_OOB);
	sd("ef", 0);
	st();
	rv(0);
	st();
	is(" [3 mark 0 n 3] recv(0) 3 'abc' e0 [2 mark 1 n 0] recv(1) 1 'd' e0 [0 mark 1 n 0] recv(1) -1 '' e22 [1 mark 1 n 0] recv(0) 2 'ef' e0 [0 mark 0 n 0]");
	pair();
	sd("ab", 0);
	sd("c", MSG_OOB);
	sd("de", 0);
	st();
	rv(0);
	st();
	rv(0);
	st();
	rv(MSG_OOB);
	is(" [3 mark 0 n 2] recv(0) 2 'ab' e0 [3 mark 1 n 0] recv(0) 2 'de' e0 [0 mark 0 n 0] recv(1) -1 '' e22");
	pair();
	setsockopt(b, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
	sd("ab", 0);
	sd("c", MSG_OOB);
	sd("de", 0);
	st();
	rv(0);
	st();
	rv(MSG_OOB);
	rv(0);
	st();
	is(" [3 mark 0 n 5] recv(0) 2 'ab' e0 [3 mark 1 n 3] recv(1) -1 '' e22 recv(0) 3 'cde' e0 [0 mark 0 n 0]");
	pair();
	sd("xyz", MSG_OOB);
	st();
	rv(0);
	st();
	rv(MSG_OOB | MSG_PEEK);
	rv(MSG_OOB);
	st();
	is(" [3 mark 0 n 2] recv(0) 2 'xy' e0 [2 mark 1 n 0] recv(3) 1 'z' e0 recv(1) 1 'z' e0 [0 mark 1 n 0]");
	pair();
	sd("a", MSG_OOB);
	st();
	sd("b", MSG_OOB);
	st();
	rv(MSG_OOB);
	st();
	rv(0);
	st();
	rv(0);
	is(" [2 mark 1 n 0] [2 mark 1 n 0] recv(1) 1 'b' e0 [0 mark 1 n 0] recv(0) -1 '' e11 [0 mark 0 n 0] recv(0) -1 '' e11");
	pair();
	signal(SIGURG, on);
	fcntl(b, F_SETOWN, getpid());
	sd("a", MSG_OOB);
	say(" urgs %d", urgs);
	sd("b", 0);
	say(" urgs %d", urgs);
	sd("c", MSG_OOB);
	say(" urgs %d", urgs);
	rv(0);
	st();
	rv(0);
	is(" urgs 1 urgs 1 urgs 2 recv(0) 1 'b' e0 [2 mark 1 n 0] recv(0) -1 '' e11");
	pair();
	rv(MSG_OOB);
	sd("ab", 0);
	rv(MSG_OOB);
	sd("c", MSG_OOB);
	rv(MSG_PEEK);
	st();
	rv(MSG_PEEK);
	rv(0);
	rv(MSG_PEEK);
	sd("d", 0);
	rv(MSG_PEEK);
	st();
	rv(0);
	is(" recv(1) -1 '' e22 recv(1) -1 '' e22 recv(2) 2 'ab' e0 [3 mark 0 n 2] recv(2) 2 'ab' e0 recv(0) 2 'ab' e0 recv(2) -1 '' e11 recv(2) 1 'd' e0 [3 mark 1 n 0] recv(0) 1 'd' e0");
	pair();
	sd("c", MSG_OOB);
	shutdown(a, SHUT_WR);
	usleep(20000);
	st();
	rv(0);
	rv(MSG_OOB);
	rv(0);
	st();
	is(" [3 mark 1 n 0] recv(0) 0 '' e0 recv(1) -1 '' e22 recv(0) 0 '' e0 [1 mark 0 n 0]");
	pair();
	sd("c", MSG_OOB);
	rv(MSG_OOB);
	st();
	rv(0);
	sd("d", 0);
	st();
	rv(0);
	is(" recv(1) 1 'c' e0 [0 mark 1 n 0] recv(0) -1 '' e11 [1 mark 0 n 1] recv(0) 1 'd' e0");
	pair();
	sd("ab", 0);
	sd("c", MSG_OOB);
	sd("d", 0);
	rv(MSG_OOB);
	st();
	setsockopt(b, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
	st();
	rv(0);
	rv(0);
	rv(0);
	is(" recv(1) 1 'c' e0 [1 mark 0 n 2] [1 mark 0 n 4] recv(0) 2 'ab' e0 recv(0) 2 'cd' e0 recv(0) -1 '' e11");
	/* recvmsg says that it is urgent; no room for it; none copied */
	{
		char byte[4] = "";
		struct iovec v = { byte, 4 };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

		pair();
		sd("ab", MSG_OOB);
		CHECK(recvmsg(b, &m, MSG_OOB | MSG_PEEK) == 1 && m.msg_flags & MSG_OOB && byte[0] == 'b');
		byte[0] = 'x';
		CHECK(recvmsg(b, &m, MSG_OOB | MSG_PEEK | MSG_TRUNC) == 1 && byte[0] == 'x');
		v.iov_len = 0;
		CHECK(recvmsg(b, &m, MSG_OOB) == 0 && m.msg_flags & MSG_TRUNC);
	}
	DONE();
}
