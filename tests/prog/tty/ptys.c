/* ptys.c - a terminal inside the terminal: a shell on a new pseudo-terminal, bytes carried both ways as script(1) does. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static pid_t
start_shell(int master)
{
	struct winsize w = { 20, 60, 0, 0 };
	const char *name;
	pid_t pid;
	int fd;

	grantpt(master);
	unlockpt(master);
	name = ptsname(master);
	ioctl(master, TIOCSWINSZ, &w);
	if ((pid = fork()))
		return pid;
	setsid();
	fd = open(name, O_RDWR | O_NOCTTY);
	ioctl(fd, TIOCSCTTY, 0);
	close(master);
	for (int k = 0; k < 3; k++)
		dup2(fd, k);
	setenv("PS1", "shell? ", 1);
	execl("/bin/busybox", "sh", (char *)NULL);
	_exit(127);
}

static int
carry(int from, int to)
{
	char b[1024];
	ssize_t n = read(from, b, sizeof b);

	return n > 0 ? (int)write(to, b, n) : 0;
}

int
main(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), status;
	struct termios saved, raw;
	pid_t pid = start_shell(master);
	struct pollfd f[2] = { { 0, POLLIN, 0 }, { master, POLLIN, 0 } };

	tcgetattr(0, &saved);
	raw = saved;
	cfmakeraw(&raw);
	tcsetattr(0, TCSADRAIN, &raw);
	for (;;) {
		poll(f, 2, -1);
		if (f[0].revents && !carry(0, master))
			break;
		if (f[1].revents && !carry(master, 1))
			break;
	}
	tcsetattr(0, TCSADRAIN, &saved);
	waitpid(pid, &status, 0);
	printf("child %d\n", WEXITSTATUS(status));
	return 0;
}
