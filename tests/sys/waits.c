/* waits.c - fork, wait4, waitid, process groups, orphans, SIGCHLD rules, vfork, resource usage of children. */
#include "check.h"
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile int chld, chld_status, chld_code;
static volatile pid_t chld_pid;

static void
on_chld(int sig, siginfo_t *si, void *uc)
{
	chld++;
	chld_pid = si->si_pid;
	chld_status = si->si_status;
	chld_code = si->si_code;
}

static pid_t
child_exits(int code)
{
	pid_t pid = fork();

	if (!pid)
		_exit(code);
	CHECK(pid > 0);
	return pid;
}

static volatile int shared_by_vfork;

int
main(void)
{
	struct sigaction sa;
	struct rusage ru;
	siginfo_t si;
	int st, p[2];
	pid_t a, b;
	char c;

	FAILS(waitpid(-1, &st, 0), ECHILD);
	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = on_chld;
	sa.sa_flags = SA_SIGINFO | SA_RESTART;
	sigaction(SIGCHLD, &sa, NULL);
	a = child_exits(3);
	CHECK(wait4(a, &st, 0, &ru) == a && WIFEXITED(st) && WEXITSTATUS(st) == 3);
	CHECK(chld == 1 && chld_pid == a && chld_status == 3 && chld_code == CLD_EXITED);
	/* WNOHANG, WNOWAIT, killed */
	a = fork();
	if (!a)
		for (;;)
			pause();
	CHECK(waitpid(a, &st, WNOHANG) == 0);
	kill(a, SIGTERM);
	CHECK(waitid(P_PID, a, &si, WEXITED | WNOWAIT) == 0 && si.si_pid == a && si.si_code == CLD_KILLED && si.si_status == SIGTERM);
	CHECK(waitpid(a, &st, 0) == a && WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM);
	FAILS(waitpid(a, &st, 0), ECHILD);
	FAILS(waitid(P_PID, 0, &si, WEXITED), EINVAL);
	FAILS(waitpid(-1, &st, 0x100), EINVAL);
	/* groups */
	a = fork();
	if (!a) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	CHECK(setpgid(a, a) == 0 && getpgid(a) == a);
	b = child_exits(1);
	CHECK(waitpid(0, &st, 0) == b);
	CHECK(kill(-a, SIGKILL) == 0);
	CHECK(waitpid(-a, &st, 0) == a && WTERMSIG(st) == SIGKILL);
	/* nobody waits when SIGCHLD is ignored */
	signal(SIGCHLD, SIG_IGN);
	a = child_exits(0);
	FAILS(waitpid(a, &st, 0), ECHILD);
	signal(SIGCHLD, SIG_DFL);
	/* an orphan goes to the subreaper */
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe(p) == 0);
	a = fork();
	if (!a) {
		if (!fork()) {
			close(p[1]);
			CHECK(read(p[0], &c, 1) == 0);
			_exit(getppid() & 0x7f);
		}
		_exit(0);
	}
	CHECK(waitpid(a, &st, 0) == a);
	close(p[0]);
	close(p[1]);
	CHECK(waitpid(-1, &st, 0) > 0 && WEXITSTATUS(st) == (getpid() & 0x7f));
	/* vfork: shared memory, the parent waits */
	a = vfork();
	if (!a) {
		shared_by_vfork = 77;
		_exit(5);
	}
	CHECK(shared_by_vfork == 77 && waitpid(a, &st, 0) == a && WEXITSTATUS(st) == 5);
	/* CPU time of children */
	a = fork();
	if (!a) {
		volatile unsigned x = 0;

		for (int i = 0; i < 30000000; i++)
			x += i;
		_exit(0);
	}
	CHECK(wait4(a, &st, 0, &ru) == a && ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec > 1000);
	CHECK(getrusage(RUSAGE_CHILDREN, &ru) == 0 && ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec > 1000);
	/* sessions */
	a = fork();
	if (!a) {
		CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
		FAILS(setsid(), EPERM);
		FAILS(setpgid(0, 0), EPERM);
		_exit(0);
	}
	CHECK(waitpid(a, &st, 0) == a && st == 0);
	DONE();
}
