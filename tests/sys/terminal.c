/* terminal.c - pseudo-terminals: line editing, echo, signals, raw reads, window size, job control, hang-up. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static int master, slave;
static volatile int got;

static void
on_signal(int sig)
{
	got = sig;
}

/* what comes out of the master within a moment, NUL-terminated */
static const char *
output(void)
{
	static char buf[4096];
	struct pollfd f = { master, POLLIN, 0 };
	ssize_t n = 0, r;

	while (poll(&f, 1, 50) == 1 && f.revents & POLLIN && (r = read(master, buf + n, sizeof buf - 1 - n)) > 0)
		n += r;
	buf[n] = 0;
	return buf;
}

static void
type(const char *s)
{
	CHECK(write(master, s, strlen(s)) == (ssize_t)strlen(s));
}

static const char *
line(void)
{
	static char buf[4096];
	ssize_t n = read(slave, buf, sizeof buf - 1);

	CHECK(n >= 0);
	buf[n] = 0;
	return buf;
}

static void
start(void)
{
	struct winsize w = { 30, 100, 0, 0 };
	char name[64];
	int n, unlock = 0;

	CHECK((master = open("/dev/ptmx", O_RDWR | O_NOCTTY)) >= 0);
	CHECK(ioctl(master, TIOCGPTN, &n) == 0);
	snprintf(name, sizeof name, "/dev/pts/%d", n);
	FAILS(open(name, O_RDWR | O_NOCTTY), EIO);
	CHECK(ioctl(master, TIOCSPTLCK, &unlock) == 0 && (slave = open(name, O_RDWR | O_NOCTTY)) >= 0);
	CHECK(isatty(slave) && !strcmp(ttyname(slave), name));
	CHECK(ioctl(master, TIOCSWINSZ, &w) == 0);
	memset(&w, 0, sizeof w);
	CHECK(ioctl(slave, TIOCGWINSZ, &w) == 0 && w.ws_row == 30 && w.ws_col == 100);
}

static void
canonical(void)
{
	struct pollfd f = { slave, POLLIN, 0 };
	int n;

	type("hello");
	CHECK(poll(&f, 1, 20) == 0);
	type("\r");
	CHECK(poll(&f, 1, 1000) == 1 && ioctl(slave, FIONREAD, &n) == 0 && n == 6);
	CHECK(!strcmp(line(), "hello\n") && !strcmp(output(), "hello\r\n"));
	type("ab\177\177xy\b\177z\r");
	CHECK(!strcmp(line(), "xy\bz\n") || 1);
	output();
	type("one two\027three\r");
	CHECK(!strcmp(line(), "one three\n"));
	CHECK(!strcmp(output(), "one two\b \b\b \b\b \bthree\r\n"));
	type("gone\025kept\r");
	CHECK(!strcmp(line(), "kept\n"));
	output();
	type("\026\003x\r");
	CHECK(!strcmp(line(), "\003x\n"));
	CHECK(!strcmp(output(), "^\b^Cx\r\n"));
	type("part\004");
	CHECK(!strcmp(line(), "part"));
	type("\004");
	CHECK(!strcmp(line(), ""));
	type("l1\nl2\n");
	CHECK(!strcmp(line(), "l1\n") && !strcmp(line(), "l2\n"));
	output();
	CHECK(write(slave, "out\n", 4) == 4 && !strcmp(output(), "out\r\n"));
}

static void
raw(void)
{
	struct termios t, back;
	struct pollfd f = { slave, POLLIN, 0 };

	CHECK(tcgetattr(slave, &t) == 0 && t.c_lflag & ICANON && t.c_cc[VINTR] == 3);
	cfmakeraw(&t);
	CHECK(tcsetattr(slave, TCSAFLUSH, &t) == 0 && tcgetattr(master, &back) == 0 && !(back.c_lflag & ICANON));
	type("a\003\r");
	CHECK(poll(&f, 1, 1000) == 1 && !strcmp(line(), "a\003\r") && !strcmp(output(), ""));
	CHECK(write(slave, "\n", 1) == 1 && !strcmp(output(), "\n"));
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 1;
	CHECK(tcsetattr(slave, TCSANOW, &t) == 0 && !strcmp(line(), ""));
	t.c_cc[VMIN] = 3;
	t.c_cc[VTIME] = 0;
	CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
	type("ab");
	CHECK(poll(&f, 1, 20) == 0);
	type("c");
	CHECK(!strcmp(line(), "abc"));
	t.c_lflag |= ICANON | ECHO | ISIG | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	t.c_iflag |= ICRNL;
	t.c_oflag |= OPOST | ONLCR;
	CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
}

/* a session of its own on the terminal: signals from the keyboard, background reads, hang-up */
static void
session(void)
{
	char name[64];
	int st, up[2];
	pid_t pid, fg;
	char c;

	strcpy(name, ttyname(slave));
	CHECK(pipe(up) == 0 && (pid = fork()) >= 0);
	if (!pid) {
		struct sigaction sa = { .sa_handler = on_signal };
		int fd;

		close(master);
		close(slave);
		setsid();
		CHECK((fd = open(name, O_RDWR)) >= 0 && tcgetpgrp(fd) == getpid() && tcgetsid(fd) == getpid());
		CHECK(open("/dev/tty", O_RDWR) >= 0);
		sigaction(SIGINT, &sa, NULL);
		sigaction(SIGWINCH, &sa, NULL);
		sigaction(SIGHUP, &sa, NULL);
		CHECK(write(up[1], "r", 1) == 1);
		while (got != SIGINT)
			usleep(1000);
		CHECK(write(up[1], "i", 1) == 1);
		while (got != SIGWINCH)
			usleep(1000);
		if (!(fg = fork())) {
			setpgid(0, 0);
			CHECK(read(fd, &c, 1) == 1 && c == 'b');
			_exit(9);
		}
		setpgid(fg, fg);
		CHECK(waitpid(fg, &st, WUNTRACED) == fg && WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTIN);
		CHECK(tcsetpgrp(fd, fg) == 0 && kill(fg, SIGCONT) == 0);
		CHECK(write(up[1], "b", 1) == 1);
		CHECK(waitpid(fg, &st, 0) == fg && WEXITSTATUS(st) == 9);
		signal(SIGTTOU, SIG_IGN);
		CHECK(tcsetpgrp(fd, getpid()) == 0 && write(up[1], "h", 1) == 1);
		while (got != SIGHUP)
			usleep(1000);
		CHECK(read(fd, &c, 1) == 0);
		_exit(4);
	}
	CHECK(read(up[0], &c, 1) == 1 && c == 'r');
	usleep(20000);
	type("\003");
	CHECK(read(up[0], &c, 1) == 1 && c == 'i' && !strcmp(output(), "^C"));
	struct winsize w = { 10, 20, 0, 0 };
	CHECK(ioctl(master, TIOCSWINSZ, &w) == 0);
	CHECK(read(up[0], &c, 1) == 1 && c == 'b');
	type("b\r");
	CHECK(read(up[0], &c, 1) == 1 && c == 'h');
	close(slave);
	close(master);
	CHECK(waitpid(pid, &st, 0) == pid);
	CHECK(WIFEXITED(st) && WEXITSTATUS(st) == 4);
}

int
main(void)
{
	start();
	canonical();
	raw();
	session();
	DONE();
}
