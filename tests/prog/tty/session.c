/* session.c - sessions and controlling terminals: what setsid, TIOCNOTTY, TIOCSCTTY, /dev/tty and tcsetpgrp answer. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void
say(const char *what, long r)
{
	printf("%s: %s\n", what, r < 0 ? strerror(errno) : "yes");
	fflush(stdout);
}

static void
report_signal(int sig)
{
	dprintf(1, "signal %d\n", sig);
}

static void
child(int master, const char *name)
{
	int fd;

	say("setsid", setsid());
	say("/dev/tty without a terminal", open("/dev/tty", O_RDWR));
	say("tcgetpgrp of another session's terminal", tcgetpgrp(0));
	say("open", fd = open(name, O_RDWR | O_NOCTTY));
	say("still none", open("/dev/tty", O_RDWR));
	say("TIOCSCTTY", ioctl(fd, TIOCSCTTY, 0));
	say("/dev/tty", open("/dev/tty", O_RDWR));
	say("tcgetpgrp", tcgetpgrp(fd));
	say("tcgetsid", tcgetsid(fd));
	say("same session", tcgetsid(fd) == getsid(0) ? 0 : -1);
	say("tcsetpgrp to nobody", tcsetpgrp(fd, 999999));
	say("tcsetpgrp", tcsetpgrp(fd, getpgrp()));
	signal(SIGINT, report_signal);
	write(master, "\003", 1);
	usleep(20000);
	signal(SIGHUP, report_signal);
	signal(SIGCONT, report_signal);
	say("TIOCNOTTY", ioctl(fd, TIOCNOTTY));
	say("/dev/tty afterwards", open("/dev/tty", O_RDWR));
	exit(0);
}

int
main(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	grantpt(master);
	unlockpt(master);
	if (!fork())
		child(master, ptsname(master));
	wait(&status);
	say("leader of a session: setsid", setsid());
	printf("status %d\nend\n", status);
	return 0;
}
