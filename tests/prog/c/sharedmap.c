/* A shared mapping of a file between parent and child with process-shared mutexes; the file has the result. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	pthread_mutex_t m;
	pthread_cond_t c;
	long count, turn;
	long log[2000];
};

static void
work(struct shared *s, int me)
{
	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&s->m);
		while (s->turn != me)
			pthread_cond_wait(&s->c, &s->m);
		s->log[s->count++] = me * 1000 + i;
		s->turn = 1 - me;
		pthread_cond_signal(&s->c);
		pthread_mutex_unlock(&s->m);
	}
}

int
main(void)
{
	char name[] = "shared.XXXXXX";
	int fd = mkstemp(name), status;
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;

	ftruncate(fd, sizeof(struct shared));
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return perror("mmap"), 1;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->m, &ma);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&s->c, &ca);
	pid_t p = fork();
	if (p == 0) {
		work(s, 1);
		_exit(0);
	}
	work(s, 0);
	waitpid(p, &status, 0);
	long sum = 0, file_sum = 0;
	for (int i = 0; i < 400; i++)
		sum = sum * 3 + s->log[i];
	msync(s, sizeof *s, MS_SYNC);
	struct shared *copy = malloc(sizeof *copy);
	pread(fd, copy, sizeof *copy, 0);
	for (int i = 0; i < 400; i++)
		file_sum = file_sum * 3 + copy->log[i];
	printf("%ld %ld %d %d\n", s->count, sum, sum == file_sum, status);
	int *anon = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((p = fork()) == 0) {
		anon[5] = 77;
		_exit(0);
	}
	waitpid(p, &status, 0);
	printf("%d\n", anon[5]);
	unlink(name);
	return 0;
}
