/* polling.c - poll, ppoll, select, pselect, epoll (level, edge, one-shot, nested), eventfd, timerfd, signalfd. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

static volatile int got;

static void
on_signal(int sig)
{
	got = sig;
}

static long
ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
polls(void)
{
	struct pollfd f[3];
	struct timespec ts = { 5, 0 };
	sigset_t block, none;
	long t = ms();
	int p[2];

	CHECK(pipe(p) == 0);
	f[0] = (struct pollfd){ p[0], POLLIN, 0 };
	f[1] = (struct pollfd){ p[1], POLLOUT, 0 };
	f[2] = (struct pollfd){ 77, POLLIN, 0 };
	CHECK(poll(f, 1, 40) == 0 && ms() - t >= 39);
	CHECK(poll(f, 3, -1) == 2 && !f[0].revents && f[1].revents == POLLOUT && f[2].revents == POLLNVAL);
	f[1].fd = -1;
	CHECK(poll(f, 2, 0) == 0 && f[1].revents == 0);
	if (!fork()) {
		usleep(30000);
		_exit(write(p[1], "x", 1) != 1);
	}
	CHECK(poll(f, 1, 5000) == 1 && f[0].revents == POLLIN);
	wait(NULL);
	CHECK(read(p[0], &t, 1) == 1);
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR1);
	CHECK(poll(f, 1, 20) == 0 && !got);
	FAILS(ppoll(f, 1, &ts, &none), EINTR);
	CHECK(got == SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	close(p[0]);
	close(p[1]);
}

static void
selects(void)
{
	struct timeval tv = { 0, 30000 };
	struct timespec ts = { 0, 10000000 };
	fd_set r, w;
	int p[2];

	CHECK(pipe(p) == 0);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	CHECK(select(p[1] + 1, &r, &w, NULL, &tv) == 1 && !FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w));
	FD_SET(p[0], &r);
	tv = (struct timeval){ 0, 30000 };
	CHECK(select(p[0] + 1, &r, NULL, NULL, &tv) == 0 && !FD_ISSET(p[0], &r));
	FD_SET(p[0], &r);
	CHECK(write(p[1], "x", 1) == 1 && pselect(p[0] + 1, &r, NULL, NULL, &ts, NULL) == 1);
	FAILS(select(-1, NULL, NULL, NULL, NULL), EINVAL);
	close(p[0]);
	close(p[1]);
}

static void
epolls(void)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = 42 }, out[4];
	int e = epoll_create1(EPOLL_CLOEXEC), e2 = epoll_create1(0), p[2], file;
	char c[10];

	CHECK(e >= 0 && pipe(p) == 0);
	CHECK(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev) == 0);
	FAILS(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev), EEXIST);
	FAILS(epoll_ctl(e, EPOLL_CTL_DEL, p[1], &ev), ENOENT);
	FAILS(epoll_ctl(e, EPOLL_CTL_ADD, e, &ev), EINVAL);
	CHECK((file = open("/etc/passwd", O_RDONLY)) >= 0);
	FAILS(epoll_ctl(e, EPOLL_CTL_ADD, file, &ev), EPERM);
	CHECK(epoll_wait(e, out, 4, 0) == 0 && epoll_wait(e, out, 4, 20) == 0);
	CHECK(write(p[1], "ab", 2) == 2);
	CHECK(epoll_wait(e, out, 4, -1) == 1 && out[0].events == EPOLLIN && out[0].data.u64 == 42);
	CHECK(epoll_wait(e, out, 4, 0) == 1);
	ev.events = EPOLLIN | EPOLLET;
	CHECK(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &ev) == 0);
	CHECK(epoll_wait(e, out, 4, 0) == 1 && epoll_wait(e, out, 4, 0) == 0);
	CHECK(read(p[0], c, 1) == 1 && epoll_wait(e, out, 4, 0) == 0);
	CHECK(write(p[1], "c", 1) == 1 && epoll_wait(e, out, 4, 0) == 1 && epoll_wait(e, out, 4, 0) == 0);
	ev.events = EPOLLIN | EPOLLONESHOT;
	CHECK(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &ev) == 0 && epoll_wait(e, out, 4, 0) == 1 && epoll_wait(e, out, 4, 0) == 0);
	ev.events = EPOLLIN;
	CHECK(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &ev) == 0 && epoll_wait(e, out, 4, 0) == 1);
	CHECK(epoll_ctl(e2, EPOLL_CTL_ADD, e, &ev) == 0 && epoll_wait(e2, out, 4, 0) == 1);
	FAILS(epoll_ctl(e, EPOLL_CTL_ADD, e2, &ev), ELOOP);
	CHECK(read(p[0], c, 10) == 2 && epoll_wait(e2, out, 4, 0) == 0);
	if (!fork()) {
		usleep(30000);
		_exit(write(p[1], "x", 1) != 1);
	}
	CHECK(epoll_wait(e2, out, 4, 5000) == 1 && out[0].events == EPOLLIN);
	wait(NULL);
	close(p[1]);
	CHECK(read(p[0], c, 10) == 1 && epoll_wait(e, out, 4, 0) == 1 && out[0].events == EPOLLHUP);
	close(p[0]);
	CHECK(epoll_wait(e, out, 4, 0) == 0);
	FAILS(epoll_wait(e, out, 0, 0), EINVAL);
	FAILS(epoll_wait(file, out, 1, 0), EINVAL);
	close(e);
	close(e2);
	close(file);
}

static void
events(void)
{
	uint64_t v;
	struct pollfd f;
	int e = eventfd(3, EFD_NONBLOCK), s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

	CHECK(e >= 0 && read(e, &v, 8) == 8 && v == 3);
	FAILS(read(e, &v, 8), EAGAIN);
	FAILS(read(e, &v, 4), EINVAL);
	v = 5;
	CHECK(write(e, &v, 8) == 8 && write(e, &v, 8) == 8 && read(e, &v, 8) == 8 && v == 10);
	v = ~0ull;
	FAILS(write(e, &v, 8), EINVAL);
	v = ~0ull - 1;
	CHECK(write(e, &v, 8) == 8);
	f = (struct pollfd){ e, POLLIN | POLLOUT, 0 };
	CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLIN);
	v = 1;
	FAILS(write(e, &v, 8), EAGAIN);
	CHECK(read(s, &v, 8) == 8 && v == 1 && read(s, &v, 8) == 8 && v == 1);
	FAILS(read(s, &v, 8), EAGAIN);
	close(e);
	close(s);
}

static void
timers(void)
{
	struct itimerspec it = { { 0, 10000000 }, { 0, 20000000 } }, cur;
	uint64_t v;
	long t = ms();
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	CHECK(fd >= 0 && timerfd_settime(fd, 0, &it, NULL) == 0);
	CHECK(timerfd_gettime(fd, &cur) == 0 && cur.it_value.tv_nsec > 0 && cur.it_interval.tv_nsec == 10000000);
	CHECK(read(fd, &v, 8) == 8 && v >= 1 && ms() - t >= 19);
	usleep(50000);
	CHECK(read(fd, &v, 8) == 8 && v >= 4);
	memset(&it, 0, sizeof it);
	CHECK(timerfd_settime(fd, 0, &it, &cur) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	FAILS(read(fd, &v, 8), EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &it.it_value);
	CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL) == 0);
	struct pollfd f = { fd, POLLIN, 0 };
	CHECK(poll(&f, 1, 1000) == 1 && read(fd, &v, 8) == 8 && v == 1);
	FAILS(timerfd_create(99, 0), EINVAL);
	close(fd);
}

static void
signals(void)
{
	struct signalfd_siginfo si;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK((fd = signalfd(-1, &set, SFD_NONBLOCK)) >= 0);
	FAILS(read(fd, &si, sizeof si), EAGAIN);
	union sigval val = { .sival_int = 99 };
	CHECK(sigqueue(getpid(), SIGUSR2, val) == 0);
	struct pollfd f = { fd, POLLIN, 0 };
	CHECK(poll(&f, 1, 1000) == 1 && read(fd, &si, sizeof si) == sizeof si);
	CHECK(si.ssi_signo == SIGUSR2 && si.ssi_int == 99 && (pid_t)si.ssi_pid == getpid());
	fcntl(fd, F_SETFL, 0);
	if (!fork()) {
		usleep(20000);
		kill(getppid(), SIGUSR2);
		_exit(0);
	}
	CHECK(read(fd, &si, sizeof si) == sizeof si && si.ssi_signo == SIGUSR2);
	wait(NULL);
	close(fd);
}

int
main(void)
{
	polls();
	selects();
	epolls();
	events();
	timers();
	signals();
	DONE();
}
