/* fork in a threaded program: the child has one thread, both go on; wait statuses of all kinds. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stop;
static volatile long spins;

static void *
spin(void *arg)
{
	while (!stop)
		spins++;
	return arg;
}

int
main(void)
{
	pthread_t t[4];
	int status;

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, spin, NULL);
	for (int i = 0; i < 5; i++) {
		fflush(stdout);
		pid_t p = fork();
		if (p == 0) {
			long before = spins;
			for (volatile int k = 0; k < 100000; k++)
				;
			if (spins != before)
				_exit(99);
			pthread_t c;
			stop = 1;
			pthread_create(&c, NULL, spin, NULL);
			pthread_join(c, NULL);
			if (i == 3)
				abort();
			if (i == 4)
				raise(SIGKILL);
			exit(i);
		}
		waitpid(p, &status, 0);
		if (WIFEXITED(status))
			printf("exit %d\n", WEXITSTATUS(status));
		else
			printf("signal %d\n", WTERMSIG(status));
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("%d\n", spins > 0);
	return 0;
}
