/* limits.c - resource limits are the caller's, what sysconf makes of them, and the nice value. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int
main(void)
{
	struct rlimit l;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (i != RLIMIT_NPROC && getrlimit(i, &l) == 0)
			printf("%d %llu %llu\n", i, (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
	printf("%ld\n", sysconf(_SC_OPEN_MAX));
	printf("%d\n", getpriority(PRIO_PROCESS, 0));
	return 0;
}
