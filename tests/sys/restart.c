/* restart.c - calls interrupted by signals: SA_RESTART, EINTR, remaining time, masks during sigsuspend and ppoll. */
#include "check.h"
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static volatile int hits;

static void
handler(int sig)
{
	hits++;
}

static void
install(int sig, int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = handler;
	sa.sa_flags = flags;
	sigaction(sig, &sa, NULL);
}

static void
timer(int ms)
{
	struct itimerval it = { { 0, 0 }, { 0, ms * 1000 } };

	setitimer(ITIMER_REAL, &it, NULL);
}

int
main(void)
{
	struct timespec req = { 5, 0 }, rem = { 0, 0 };
	sigset_t block, none;
	char c = 0;
	int p[2], st;
	pid_t pid;

	install(SIGALRM, 0);
	timer(20);
	FAILS(nanosleep(&req, &rem), EINTR);
	CHECK(hits == 1 && rem.tv_sec == 4 && rem.tv_nsec > 0);
	/* read without SA_RESTART */
	CHECK(pipe(p) == 0);
	timer(20);
	FAILS(read(p[0], &c, 1), EINTR);
	CHECK(hits == 2);
	/* with it: goes on until the byte comes */
	install(SIGALRM, SA_RESTART);
	pid = fork();
	if (!pid) {
		usleep(80000);
		if (write(p[1], "x", 1) != 1)
			_exit(1);
		_exit(0);
	}
	timer(20);
	CHECK(read(p[0], &c, 1) == 1 && c == 'x' && hits == 3);
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	/* poll, select and sleep never restart */
	timer(20);
	FAILS(poll(NULL, 0, 1000), EINTR);
	timer(20);
	FAILS(select(0, NULL, NULL, NULL, &(struct timeval){ 1, 0 }), EINTR);
	CHECK(hits == 5);
	/* sigsuspend opens the mask only while it waits */
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	sigprocmask(SIG_BLOCK, &block, NULL);
	timer(10);
	usleep(30000);
	CHECK(hits == 5);
	FAILS(sigsuspend(&none), EINTR);
	CHECK(hits == 6);
	sigprocmask(SIG_BLOCK, NULL, &none);
	CHECK(sigismember(&none, SIGALRM));
	sigemptyset(&none);
	timer(10);
	FAILS(ppoll(NULL, 0, NULL, &none), EINTR);
	CHECK(hits == 7);
	timer(10);
	FAILS(pselect(0, NULL, NULL, NULL, NULL, &none), EINTR);
	CHECK(hits == 8);
	/* a stopped and continued sleeper does not notice */
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	pid = fork();
	if (!pid) {
		struct timespec t = { 0, 100000000 };

		_exit(nanosleep(&t, NULL) ? 1 : 0);
	}
	usleep(20000);
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &st, WUNTRACED) == pid && WIFSTOPPED(st) && WSTOPSIG(st) == SIGSTOP);
	kill(pid, SIGCONT);
	CHECK(waitpid(pid, &st, WCONTINUED) == pid && WIFCONTINUED(st));
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	DONE();
}
