/* limits.c - what a program inherits: resource limits, what sysconf makes of them, the nice value, ignored and blocked signals.
 * under: nice -n 3 prlimit --nofile=300:400 --fsize=100000:unlimited --stack=4194304 env --ignore-signal=TERM,USR1 --block-signal=USR2,HUP */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int
main(void)
{
	struct sigaction sa;
	sigset_t set;
	struct rlimit l;
	char line[200];

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (i != RLIMIT_NPROC && getrlimit(i, &l) == 0)
			printf("%d %llu %llu\n", i, (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
	printf("%ld\n", sysconf(_SC_OPEN_MAX));
	printf("%d\n", getpriority(PRIO_PROCESS, 0));
	FILE *f = fopen("/proc/self/limits", "r");
	while (fgets(line, sizeof line, f))
		if (!strstr(line, "Max processes"))
			fputs(line, stdout);
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int i = 1; i < 32; i++)
		if (sigaction(i, NULL, &sa) == 0 && (sa.sa_handler != SIG_DFL || sigismember(&set, i)))
			printf("%d %s%s\n", i, sa.sa_handler == SIG_IGN ? "ignored " : "", sigismember(&set, i) ? "blocked" : "");
	fflush(stdout);
	raise(SIGTERM);
	raise(SIGUSR2);
	puts("still there");
	return 0;
}
