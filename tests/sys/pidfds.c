/* pidfds.c - pidfd_open, pidfd_send_signal, polling, waitid on a descriptor, CLONE_PIDFD with clone and clone3. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

static int
pidfd_open(pid_t pid, unsigned flags)
{
	return syscall(434, pid, flags);
}

static int
pidfd_send_signal(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return syscall(424, fd, sig, info, flags);
}

static volatile int got;

static void
handler(int sig)
{
	got = sig;
}

static void
opened(void)
{
	siginfo_t si;
	struct pollfd p;
	char c;
	pid_t pid = fork();
	int fd;

	if (pid == 0)
		for (;;)
			pause();
	CHECK((fd = pidfd_open(pid, 0)) >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	CHECK(poll(&p, 1, 10) == 0 && waitid(P_PIDFD, fd, &si, WEXITED | WNOHANG) == 0);
	FAILS(read(fd, &c, 1), EINVAL);
	CHECK(pidfd_send_signal(fd, 0, NULL, 0) == 0 && pidfd_send_signal(fd, SIGTERM, NULL, 0) == 0);
	CHECK(poll(&p, 1, -1) == 1 && p.revents == POLLIN);
	CHECK(waitid(P_PIDFD, fd, &si, WEXITED) == 0 && si.si_pid == pid && si.si_code == CLD_KILLED && si.si_status == SIGTERM);
	CHECK(poll(&p, 1, 0) == 1 && p.revents & POLLIN);
	FAILS(pidfd_send_signal(fd, 0, NULL, 0), ESRCH);
	FAILS(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
	CHECK(close(fd) == 0);
	FAILS(pidfd_open(pid, 0), ESRCH);
	FAILS(pidfd_open(0, 0), EINVAL);
	FAILS(pidfd_open(getpid(), 1), EINVAL);
	FAILS(pidfd_send_signal(0, SIGTERM, NULL, 0), EBADF);
	FAILS(pidfd_send_signal(999, SIGTERM, NULL, 0), EBADF);
	FAILS(waitid(P_PIDFD, 999, &si, WEXITED), EBADF);
	CHECK((fd = pidfd_open(getpid(), O_NONBLOCK)) >= 0 && fcntl(fd, F_GETFL) & O_NONBLOCK);
	signal(SIGUSR1, handler);
	CHECK(pidfd_send_signal(fd, SIGUSR1, NULL, 0) == 0 && got == SIGUSR1);
	FAILS(pidfd_send_signal(fd, 65, NULL, 0), EINVAL);
	close(fd);
	got = 0;
	CHECK((fd = open("/proc/self", O_DIRECTORY)) >= 0 && pidfd_send_signal(fd, SIGUSR1, NULL, 0) == 0 && got == SIGUSR1);
	FAILS(waitid(P_PIDFD, fd, &si, WEXITED), EBADF);
	CHECK(close(fd) == 0 && (fd = open("/proc", O_DIRECTORY)) >= 0);
	FAILS(pidfd_send_signal(fd, SIGUSR1, NULL, 0), EBADF);
	close(fd);
}

static void
waited(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	siginfo_t si;
	int fd, ep = epoll_create1(0);
	pid_t pid = fork();

	if (pid == 0) {
		usleep(20000);
		_exit(7);
	}
	CHECK((fd = pidfd_open(pid, O_NONBLOCK)) >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0);
	FAILS(waitid(P_PIDFD, fd, &si, WEXITED), EAGAIN);
	CHECK(epoll_wait(ep, &e, 1, -1) == 1 && e.events == EPOLLIN);
	CHECK(waitid(P_PIDFD, fd, &si, WEXITED) == 0 && si.si_status == 7 && si.si_code == CLD_EXITED);
	CHECK(close(fd) == 0 && close(ep) == 0);
}

static void
cloned(void)
{
	struct { unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } a = { 0 };
	siginfo_t si;
	int fd = -1;
	pid_t pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);

	if (pid == 0)
		_exit(fd == -1 ? 3 : 4);
	CHECK(pid > 0 && fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(waitid(P_PIDFD, fd, &si, WEXITED) == 0 && si.si_pid == pid && si.si_status == 3 && close(fd) == 0);
	a.flags = CLONE_PIDFD;
	a.pidfd = (unsigned long)&fd;
	a.exit_signal = SIGCHLD;
	pid = syscall(435, &a, sizeof a);
	if (pid == 0)
		_exit(9);
	CHECK(pid > 0 && fd >= 0 && waitid(P_PIDFD, fd, &si, WEXITED) == 0 && si.si_pid == pid && si.si_status == 9 && close(fd) == 0);
	FAILS(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &fd, 0, 0), EINVAL);
}

int
main(void)
{
	opened();
	waited();
	cloned();
	DONE();
}
