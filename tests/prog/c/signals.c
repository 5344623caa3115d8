/* Signals during computation and during system calls: counts, EINTR, SA_RESTART, siginfo, masks, alternate stack, nesting. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms, usr1, usr2, nested, last_value, on_stack;
static char *stack;

static void on_alarm(int s) { (void)s; alarms++; }
static void on_usr1(int s) { (void)s; usr1++; }
static void
on_usr2(int s, siginfo_t *si, void *uc)
{
	char here;

	(void)s, (void)uc;
	usr2++;
	last_value = si->si_value.sival_int;
	on_stack = &here >= stack && &here < stack + 65536;
	if (nested++ == 0) {
		raise(SIGUSR1);
		sigset_t pend;
		sigpending(&pend);
		printf("pending in handler %d\n", sigismember(&pend, SIGUSR1));
	}
}

int
main(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { { 0, 2000 }, { 0, 2000 } };
	int fd[2], status;
	char c;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	double x = 1;
	while (alarms < 20)
		for (int i = 0; i < 1000; i++)
			x = x * 1.0000001 + 1e-9;
	memset(&it, 0, sizeof it);
	setitimer(ITIMER_REAL, &it, NULL);
	printf("alarms %d %d\n", alarms >= 20, x > 1);

	sa.sa_handler = on_usr1;
	sigaction(SIGUSR1, &sa, NULL);
	stack = malloc(65536);
	stack_t ss = { .ss_sp = stack, .ss_size = 65536 };
	sigaltstack(&ss, NULL);
	struct sigaction s2 = { .sa_sigaction = on_usr2, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	sigaddset(&s2.sa_mask, SIGUSR1);
	sigaction(SIGUSR2, &s2, NULL);
	union sigval v = { .sival_int = 1234 };
	sigqueue(getpid(), SIGUSR2, v);
	printf("usr2 %d value %d onstack %d usr1 %d\n", usr2, last_value, on_stack, usr1);

	pipe(fd);
	pid_t p = fork();
	if (p == 0) {
		close(fd[0]);
		usleep(20000);
		kill(getppid(), SIGUSR1);
		usleep(20000);
		write(fd[1], "x", 1);
		_exit(0);
	}
	close(fd[1]);
	ssize_t n = read(fd[0], &c, 1);
	printf("read %zd EINTR %d\n", n, n < 0 && errno == EINTR);
	n = read(fd[0], &c, 1);
	printf("read %zd\n", n);
	waitpid(p, &status, 0);

	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	pipe(fd);
	p = fork();
	if (p == 0) {
		usleep(20000);
		kill(getppid(), SIGUSR1);
		usleep(20000);
		write(fd[1], "y", 1);
		_exit(7);
	}
	n = read(fd[0], &c, 1);
	printf("restarted read %zd %c\n", n, c);
	waitpid(p, &status, 0);
	printf("status %d\n", WEXITSTATUS(status));

	struct timespec ts = { 20, 0 }, rem = { 0, 0 };
	p = fork();
	if (p == 0) {
		usleep(10000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	int r = nanosleep(&ts, &rem);
	printf("nanosleep %d EINTR %d left %d\n", r, errno == EINTR, rem.tv_sec > 0);
	waitpid(p, &status, 0);

	sigset_t block, old;
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	int before = usr1;
	raise(SIGUSR1);
	raise(SIGUSR1);
	printf("blocked %d\n", usr1 - before);
	sigsuspend(&old);
	printf("after sigsuspend %d\n", usr1 - before);
	siginfo_t si;
	raise(SIGUSR1);
	struct timespec zero = { 0, 0 };
	printf("sigtimedwait %d\n", sigtimedwait(&block, &si, &zero) == SIGUSR1);
	printf("none %d\n", sigtimedwait(&block, &si, &zero) == -1 && errno == EAGAIN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGTERM, SIG_DFL);
	fflush(stdout);
	kill(getpid(), SIGTERM);
	return 0;
}
