/* sigbasic.c - actions, masks, pending signals, queues with values, nested and reset handlers. */
#include "check.h"
#include <signal.h>
#include <time.h>

static volatile int count, last_code, last_value, order[8], norder;
static volatile pid_t last_pid;

static void
on_info(int sig, siginfo_t *si, void *uc)
{
	count++;
	last_code = si->si_code;
	last_value = si->si_value.sival_int;
	last_pid = si->si_pid;
	if (norder < 8)
		order[norder++] = sig;
}

static void
on_plain(int sig)
{
	count++;
}

static void
install(int sig, int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = on_info;
	sa.sa_flags = SA_SIGINFO | flags;
	CHECK(sigaction(sig, &sa, NULL) == 0);
}

int
main(void)
{
	struct sigaction sa, old;
	struct timespec zero = { 0, 0 };
	union sigval v;
	siginfo_t si;
	sigset_t set, pending;

	install(SIGUSR1, 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(count == 1 && last_code == SI_USER && last_pid == getpid());
	CHECK(raise(SIGUSR1) == 0);
	CHECK(count == 2 && last_code == SI_TKILL);
	/* blocked: a standard signal is kept once, a real-time one each time, in order */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	install(SIGRTMIN, 0);
	install(SIGRTMIN + 1, 0);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	count = norder = 0;
	for (int i = 0; i < 3; i++) {
		v.sival_int = 100 + i;
		CHECK(kill(getpid(), SIGUSR1) == 0);
		CHECK(sigqueue(getpid(), SIGRTMIN + 1, v) == 0);
		CHECK(sigqueue(getpid(), SIGRTMIN, v) == 0);
	}
	CHECK(count == 0 && sigpending(&pending) == 0);
	CHECK(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGRTMIN) && !sigismember(&pending, SIGUSR2));
	CHECK(sigtimedwait(&set, &si, &zero) == SIGUSR1 && si.si_code == SI_USER);
	CHECK(sigtimedwait(&set, &si, &zero) == SIGRTMIN && si.si_code == SI_QUEUE && si.si_value.sival_int == 100);
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	CHECK(count == 5 && last_code == SI_QUEUE);
	FAILS(sigtimedwait(&set, &si, &zero), EAGAIN);
	/* ignoring drops what is pending */
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGUSR1) && count == 5);
	/* SA_RESETHAND, SA_NODEFER flags come back */
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_plain;
	sa.sa_flags = SA_RESETHAND;
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR2);
	CHECK(count == 6 && sigaction(SIGUSR2, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
	FAILS(sigaction(SIGKILL, &sa, NULL), EINVAL);
	FAILS(sigaction(65, &sa, NULL), EINVAL);
	FAILS(kill(getpid(), 65), EINVAL);
	FAILS(kill(0x3ffffff, 0), ESRCH);
	CHECK(kill(getpid(), 0) == 0);
	DONE();
}
