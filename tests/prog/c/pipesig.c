/* One megabyte through a pipe while signals arrive every millisecond: partial transfers, no byte lost or doubled. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOTAL = 1 << 20 };
static volatile sig_atomic_t ticks;
static void tick(int s) { (void)s; ticks++; }
static char buf[200000];

int
main(void)
{
	struct sigaction sa = { .sa_handler = tick };
	struct itimerval it = { { 0, 1000 }, { 0, 1000 } };
	int fd[2], status;

	pipe(fd);
	fflush(stdout);
	pid_t p = fork();
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	if (p == 0) {
		size_t done = 0;
		close(fd[0]);
		while (done < TOTAL) {
			size_t n = TOTAL - done < sizeof buf ? TOTAL - done : sizeof buf;
			for (size_t i = 0; i < n; i++)
				buf[i] = (done + i) * 7 >> 3;
			size_t off = 0;
			while (off < n) {
				ssize_t w = write(fd[1], buf + off, n - off);
				if (w < 0 && errno == EINTR)
					continue;
				if (w <= 0)
					_exit(1);
				off += w;
			}
			done += n;
		}
		_exit(0);
	}
	close(fd[1]);
	size_t got = 0;
	int bad = 0;
	while (ticks < 5)
		;
	for (;;) {
		ssize_t r = read(fd[0], buf, 5000);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		for (ssize_t i = 0; i < r; i++)
			bad += buf[i] != (char)((got + i) * 7 >> 3);
		got += r;
	}
	while (waitpid(p, &status, 0) < 0 && errno == EINTR)
		;
	printf("got %zu bad %d status %d ticks %d\n", got, bad, status, ticks >= 5);
	return 0;
}
