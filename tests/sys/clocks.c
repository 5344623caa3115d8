/* clocks.c - clocks, timers of every kind, alarm, CPU time, sleeping to an absolute time. */
#include "check.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

static volatile int hits, value, overrun_code;

static void
handler(int sig, siginfo_t *si, void *uc)
{
	hits++;
	value = si->si_value.sival_int;
	overrun_code = si->si_code;
}

static long long
now(clockid_t c)
{
	struct timespec t;

	CHECK(clock_gettime(c, &t) == 0);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Uses the CPU for so long, and on until there were n hits, within reason: CPU time may advance in large steps. */
static void
burn(long long ns, int n)
{
	long long until = now(CLOCK_PROCESS_CPUTIME_ID) + ns;

	for (int k = 0; now(CLOCK_PROCESS_CPUTIME_ID) < until || (hits < n && k < 5000); k++)
		for (volatile int i = 0; i < 100000; i++)
			;
}

/* The time of day less the time since the start, both at one moment. */
static long long
offset(void)
{
	long long before, day;

	do {
		before = now(CLOCK_MONOTONIC);
		day = now(CLOCK_REALTIME);
	} while (now(CLOCK_MONOTONIC) - before > 2000000);
	return day - before;
}

/* The time of day moves by 20 ms and back, where this may be done. */
static void
setting(void)
{
	struct timespec t = { 1, 1000000000 };
	struct timeval v = { 1, 1000000 };
	long long ahead, at;
	int status, tries = 0;

	FAILS(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
	FAILS(clock_settime(CLOCK_REALTIME, &t), EINVAL);
	CHECK(syscall(SYS_clock_settime, CLOCK_REALTIME, (void *)8) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_settimeofday, &v, NULL) == -1 && errno == EINVAL);
	if (geteuid() == 0 && fork() == 0)
		_exit(setuid(65534) != 0 || clock_gettime(CLOCK_REALTIME, &t) != 0 || clock_settime(CLOCK_REALTIME, &t) != -1 || errno != EPERM);
	CHECK(geteuid() != 0 || (wait(&status) > 0 && status == 0));
	ahead = offset();
	do {                            /* again if this process had to wait in between */
		at = now(CLOCK_MONOTONIC) + ahead + 20000000;
		t = (struct timespec){ at / 1000000000, at % 1000000000 };
		if (clock_settime(CLOCK_REALTIME, &t) == -1 && errno == EPERM)
			return;
	} while (llabs(offset() - ahead - 20000000) > 5000000 && tries++ < 100);
	CHECK(tries < 100);
	do {
		at = now(CLOCK_MONOTONIC) + ahead;
		v = (struct timeval){ at / 1000000000, at % 1000000000 / 1000 };
		CHECK(settimeofday(&v, NULL) == 0);
	} while (llabs(offset() - ahead) > 5000000 && tries++ < 200);
	CHECK(tries < 200);
}

int
main(void)
{
	struct sigaction sa;
	struct sigevent ev;
	struct itimerspec its = { { 0, 5000000 }, { 0, 5000000 } }, left;
	struct itimerval it = { { 0, 0 }, { 0, 20000 } }, got;
	struct timespec t;
	struct tms tms;
	timer_t id;
	long long a, b;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGVTALRM, &sa, NULL);
	sigaction(SIGPROF, &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	a = now(CLOCK_MONOTONIC);
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 30000000;
	if (t.tv_nsec >= 1000000000)
		t.tv_sec++, t.tv_nsec -= 1000000000;
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0);
	b = now(CLOCK_MONOTONIC) - a;
	CHECK(b >= 29000000 && b < 2000000000);
	t.tv_nsec = 1000000000;
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) == EINVAL);
	FAILS(clock_gettime(77, &t), EINVAL);
	CHECK(llabs(now(CLOCK_REALTIME) / 1000000000 - time(NULL)) <= 1);
	/* alarm */
	CHECK(alarm(100) == 0 && alarm(0) == 100);
	it.it_value.tv_usec = 200000;
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK(getitimer(ITIMER_REAL, &got) == 0 && got.it_value.tv_usec > 0);
	while (!hits)
		usleep(10000);
	CHECK(hits == 1);
	it.it_value.tv_usec = 20000;
	setitimer(ITIMER_VIRTUAL, &it, NULL);
	burn(60000000, 2);
	CHECK(hits == 2);
	setitimer(ITIMER_PROF, &it, NULL);
	burn(60000000, 3);
	CHECK(hits == 3);
	/* POSIX timers */
	memset(&ev, 0, sizeof ev);
	ev.sigev_notify = SIGEV_SIGNAL;
	ev.sigev_signo = SIGRTMIN;
	ev.sigev_value.sival_int = 42;
	CHECK(timer_create(CLOCK_MONOTONIC, &ev, &id) == 0 && timer_settime(id, 0, &its, NULL) == 0);
	hits = 0;
	while (hits < 4)
		usleep(10000);
	CHECK(value == 42 && overrun_code == SI_TIMER);
	CHECK(timer_gettime(id, &left) == 0 && left.it_interval.tv_nsec == 5000000);
	sigset_t s;
	sigemptyset(&s);
	sigaddset(&s, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &s, NULL);
	usleep(60000);
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	CHECK(timer_getoverrun(id) >= 3);
	CHECK(timer_delete(id) == 0);
	FAILS(timer_delete(id), EINVAL);
	CHECK(timer_create(CLOCK_PROCESS_CPUTIME_ID, &ev, &id) == 0 && timer_settime(id, 0, &its, NULL) == 0);
	hits = 0;
	burn(40000000, 2);
	CHECK(hits >= 2);
	timer_delete(id);
	CHECK(times(&tms) != -1 && tms.tms_utime + tms.tms_stime > 5);
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) > 100000000);
	setting();
	DONE();
}
