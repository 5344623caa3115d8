/* pairs.c - connected AF_UNIX pairs: streams, messages, shutdown, poll, end of file, SIGPIPE. */
#include "check.h"
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

int
main(void)
{
	static char big[300000];
	char buf[100];
	int s[2], st;
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && write(s[0], "hello", 5) == 5 && send(s[0], "!", 1, 0) == 1);
	CHECK(recv(s[1], buf, 3, MSG_PEEK) == 3 && read(s[1], buf, 100) == 6 && !memcmp(buf, "hello!", 6));
	CHECK(recv(s[1], buf, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	CHECK((pid = fork()) >= 0);
	if (!pid) {
		size_t n = 0;
		ssize_t r;

		close(s[0]);
		while ((r = read(s[1], big, 7000)) > 0)
			n += r;
		_exit(n == sizeof big ? 0 : 1);
	}
	close(s[1]);
	CHECK(write(s[0], big, sizeof big) == sizeof big && shutdown(s[0], SHUT_WR) == 0);
	CHECK(waitpid(pid, &st, 0) == pid && st == 0 && read(s[0], buf, 1) == 0);
	signal(SIGPIPE, SIG_IGN);
	FAILS(write(s[0], "x", 1), EPIPE);
	close(s[0]);
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0 && write(s[0], "one", 3) == 3 && write(s[0], "two!", 4) == 4);
	struct pollfd f = { s[1], POLLIN, 0 };
	CHECK(poll(&f, 1, 0) == 1 && read(s[1], buf, 2) == 2 && read(s[1], buf, 100) == 4);
	FAILS(read(0x7fff, buf, 1), EBADF);
	DONE();
}
