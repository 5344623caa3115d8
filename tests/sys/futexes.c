/* futexes.c - futex operations between threads and processes, robust mutexes, priority inheritance mutexes. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static int word, word2;

static long
futex(int *p, int op, int val, const void *timeout, int *p2, int val3)
{
	return syscall(SYS_futex, p, op, val, timeout, p2, val3);
}

static void *
waiter(void *arg)
{
	return (void *)futex(&word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, (long)arg);
}

static void
threads(void)
{
	pthread_t t[4];
	void *r;

	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, waiter, (void *)(1l << i));
	usleep(20000);
	CHECK(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 4) == 1);
	pthread_join(t[2], &r);
	CHECK(r == 0);
	CHECK(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)10, &word2, 0) == 3);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)10, &word2, 1), EAGAIN);
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 0) == 0);
	/* word2 = 5, wake one there because the old value was 0 */
	CHECK(futex(&word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, (void *)1, &word2, FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 0)) == 1);
	CHECK(word2 == 5 && futex(&word2, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 0) == 1);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	pthread_join(t[3], NULL);
}

static void
errors(void)
{
	struct timespec t = { 0, 20000000 }, bad = { 0, -1 };

	FAILS(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
	FAILS(futex(&word, FUTEX_WAIT, 0, &t, NULL, 0), ETIMEDOUT);
	FAILS(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
	FAILS(futex((int *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
	FAILS(futex((int *)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	FAILS(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 10000000;
	if (t.tv_nsec >= 1000000000)
		t.tv_sec++, t.tv_nsec -= 1000000000;
	FAILS(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &t, NULL, -1), ETIMEDOUT);
}

struct both {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int turn, sum;
};

static void
processes(void)
{
	struct both *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	int st;
	pid_t pid;

	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&ma, PTHREAD_MUTEX_ROBUST);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&b->lock, &ma);
	pthread_cond_init(&b->cond, &ca);
	pid = fork();
	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(&b->lock);
		while (b->turn != !pid)
			pthread_cond_wait(&b->cond, &b->lock);
		b->turn = !b->turn;
		b->sum++;
		pthread_cond_signal(&b->cond);
		pthread_mutex_unlock(&b->lock);
	}
	if (!pid) {
		pthread_mutex_lock(&b->lock);
		_exit(0);
	}
	CHECK(waitpid(pid, &st, 0) == pid && st == 0 && b->sum == 100);
	CHECK(pthread_mutex_lock(&b->lock) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&b->lock) == 0 && pthread_mutex_unlock(&b->lock) == 0);
}

static pthread_mutex_t pi;
static int pi_count;

static void *
pi_worker(void *arg)
{
	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&pi);
		pi_count++;
		if (i % 50 == 0)
			usleep(100);
		pthread_mutex_unlock(&pi);
	}
	return NULL;
}

static void
inheritance(void)
{
	pthread_mutexattr_t a;
	pthread_t t[3];

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	CHECK(pthread_mutex_init(&pi, &a) == 0);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, pi_worker, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	CHECK(pi_count == 600);
}

int
main(void)
{
	threads();
	errors();
	processes();
	inheritance();
	DONE();
}
