/* pipes.c - pipes and FIFOs: blocking, atomic writes, ends that close, SIGPIPE, sizes, O_NONBLOCK, splice. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static volatile int got;

static void
on_signal(int sig)
{
	got = sig;
}

static void
basics(void)
{
	char buf[100];
	int p[2], n;

	CHECK(pipe(p) == 0 && write(p[1], "hello", 5) == 5);
	CHECK(ioctl(p[0], FIONREAD, &n) == 0 && n == 5);
	CHECK(read(p[0], buf, 2) == 2 && read(p[0], buf, sizeof buf) == 3 && !memcmp(buf, "llo", 3));
	FAILS(write(p[0], "x", 1), EBADF);
	FAILS(read(p[1], buf, 1), EBADF);
	close(p[1]);
	CHECK(read(p[0], buf, 1) == 0);
	close(p[0]);
	CHECK(pipe2(p, O_NONBLOCK | O_CLOEXEC) == 0 && fcntl(p[0], F_GETFD) == FD_CLOEXEC);
	FAILS(read(p[0], buf, 1), EAGAIN);
	signal(SIGPIPE, on_signal);
	close(p[0]);
	FAILS(write(p[1], "x", 1), EPIPE);
	CHECK(got == SIGPIPE);
	close(p[1]);
	FAILS(pipe2(p, 0x12345), EINVAL);
}

/* a pipe opened once more by its number: without waiting, also when the other end is gone */
static void
reopened(void)
{
	char path[40], buf[10];
	int p[2], fd;

	CHECK(pipe(p) == 0 && write(p[1], "left", 4) == 4 && close(p[1]) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
	CHECK((fd = open(path, O_RDONLY)) >= 0 && read(fd, buf, sizeof buf) == 4 && read(fd, buf, sizeof buf) == 0);
	close(fd);
	CHECK((fd = open(path, O_WRONLY | O_NONBLOCK)) >= 0 && write(fd, "new", 3) == 3 && read(p[0], buf, sizeof buf) == 3);
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	CHECK((fd = open(path, O_WRONLY)) >= 0 && close(p[0]) == 0);
	FAILS(write(fd, "x", 1), EPIPE);
	close(fd);
	signal(SIGPIPE, SIG_DFL);
}

static void
capacity(void)
{
	static char big[1 << 17];
	struct pollfd f;
	int p[2];

	CHECK(pipe2(p, O_NONBLOCK) == 0 && fcntl(p[1], F_GETPIPE_SZ) == 65536);
	CHECK(write(p[1], big, sizeof big) == 65536);
	FAILS(write(p[1], "x", 1), EAGAIN);
	f = (struct pollfd){ p[1], POLLOUT, 0 };
	CHECK(poll(&f, 1, 0) == 0);
	CHECK(read(p[0], big, 100) == 100);
	FAILS(write(p[1], big, 4096), EAGAIN);
	CHECK(read(p[0], big, 4096) == 4096);
	CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLOUT);
	CHECK(fcntl(p[1], F_SETPIPE_SZ, 100000) == 131072);
	close(p[1]);
	f = (struct pollfd){ p[0], POLLIN, 0 };
	CHECK(poll(&f, 1, 0) == 1 && f.revents == (POLLIN | POLLHUP));
	while (read(p[0], big, sizeof big) > 0)
		;
	CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLHUP);
	close(p[0]);
}

/* 1 MB through a pipe while signals arrive: nothing lost, nothing twice */
static void
interrupted(void)
{
	static unsigned char data[1 << 20], in[1 << 20];
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	size_t n = 0;
	int p[2], st;
	pid_t pid;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 7 + i / 251);
	sigaction(SIGUSR1, &sa, NULL);
	CHECK(pipe(p) == 0 && (pid = fork()) >= 0);
	if (!pid) {
		size_t k = 0;

		close(p[0]);
		while (k < sizeof data) {
			ssize_t w = write(p[1], data + k, sizeof data - k);

			if (w < 0)
				_exit(errno == EINTR ? 3 : 4);
			k += w;
		}
		_exit(0);
	}
	close(p[1]);
	for (;;) {
		ssize_t r = read(p[0], in + n, 5000);

		if (r <= 0)
			break;
		n += r;
		if (n % 3 == 0)
			kill(pid, SIGUSR1);
	}
	CHECK(n == sizeof data && !memcmp(data, in, n));
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	close(p[0]);
}

static void
blocking(void)
{
	char c;
	int p[2], st;
	pid_t pid;

	CHECK(pipe(p) == 0 && (pid = fork()) >= 0);
	if (!pid) {
		usleep(30000);
		_exit(write(p[1], "z", 1) != 1);
	}
	CHECK(read(p[0], &c, 1) == 1 && c == 'z' && waitpid(pid, &st, 0) == pid && st == 0);
	struct sigaction sa = { .sa_handler = on_signal };
	sigaction(SIGALRM, &sa, NULL);
	ualarm(30000, 0);
	FAILS(read(p[0], &c, 1), EINTR);
	close(p[0]);
	close(p[1]);
}

static void
fifos(void)
{
	char name[] = "/tmp/elfport-fifo-XXXXXX", buf[10];
	int fd, st;
	pid_t pid;

	CHECK(mkdtemp(name) && chdir(name) == 0 && mkfifo("f", 0600) == 0);
	FAILS(mkfifo("f", 0600), EEXIST);
	FAILS(open("f", O_WRONLY | O_NONBLOCK), ENXIO);
	CHECK((fd = open("f", O_RDONLY | O_NONBLOCK)) >= 0 && read(fd, buf, 1) == 0);
	close(fd);
	CHECK((pid = fork()) >= 0);
	if (!pid) {
		fd = open("f", O_WRONLY);
		_exit(fd < 0 || write(fd, "abc", 3) != 3);
	}
	CHECK((fd = open("f", O_RDONLY)) >= 0 && read(fd, buf, 10) == 3 && read(fd, buf, 10) == 0);
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	close(fd);
	CHECK((fd = open("f", O_RDWR)) >= 0 && write(fd, "q", 1) == 1 && read(fd, buf, 1) == 1);
	close(fd);
	CHECK(unlink("f") == 0 && chdir("/") == 0 && rmdir(name) == 0);
}

static void
splices(void)
{
	char name[] = "/tmp/elfport-splice-XXXXXX", buf[100];
	int p[2], fd = mkstemp(name);
	loff_t off = 2;

	CHECK(fd >= 0 && pipe(p) == 0 && write(fd, "0123456789", 10) == 10);
	CHECK(splice(fd, &off, p[1], NULL, 5, 0) == 5 && off == 7);
	CHECK(read(p[0], buf, 100) == 5 && !memcmp(buf, "23456", 5));
	CHECK(write(p[1], "xyz", 3) == 3);
	off = 20;
	CHECK(splice(p[0], NULL, fd, &off, 100, 0) == 3 && pread(fd, buf, 3, 20) == 3 && !memcmp(buf, "xyz", 3));
	unlink(name);
	close(fd);
}

int
main(void)
{
	basics();
	reopened();
	capacity();
	interrupted();
	blocking();
	fifos();
	splices();
	DONE();
}
