/* pthreads: mutex, condvar, barrier, rwlock, once, cancel, join of 64 threads, semaphores, detached. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cv = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t bar;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static long shared, turns, readers_sum;
static int onces, cleaned, ready;
static sem_t sem;

static void first(void) { onces++; }

static void *
adder(void *arg)
{
	pthread_once(&once, first);
	pthread_barrier_wait(&bar);
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&m);
		shared += (long)arg;
		pthread_mutex_unlock(&m);
		if (i % 50 == 0) {
			pthread_rwlock_rdlock(&rw);
			__atomic_add_fetch(&readers_sum, 1, __ATOMIC_SEQ_CST);
			pthread_rwlock_unlock(&rw);
		}
	}
	return arg;
}

static void *
ping(void *arg)
{
	int me = (int)(long)arg;

	pthread_mutex_lock(&m);
	for (int i = 0; i < 1000; i++) {
		while (turns % 2 != me)
			pthread_cond_wait(&cv, &m);
		turns++;
		pthread_cond_broadcast(&cv);
	}
	pthread_mutex_unlock(&m);
	return NULL;
}

static void cleanup(void *arg) { cleaned += (int)(long)arg; }

static void *
sleeper(void *arg)
{
	pthread_cleanup_push(cleanup, (void *)3L);
	ready = 1;
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return arg;
}

static void *
spinner(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (volatile long i = 0;; i++)
		;
	return arg;
}

int
main(void)
{
	pthread_t t[64];
	void *r;
	long joined = 0;

	pthread_barrier_init(&bar, NULL, 64);
	for (long i = 0; i < 64; i++)
		pthread_create(&t[i], NULL, adder, (void *)i);
	for (int i = 0; i < 64; i++) {
		pthread_join(t[i], &r);
		joined += (long)r;
	}
	printf("%ld %ld %ld %d\n", shared, joined, readers_sum, onces);
	for (long i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, ping, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("%ld\n", turns);
	pthread_create(&t[0], NULL, sleeper, NULL);
	while (!__atomic_load_n(&ready, __ATOMIC_SEQ_CST))
		usleep(100);
	pthread_cancel(t[0]);
	pthread_join(t[0], &r);
	printf("cancelled %d cleaned %d\n", r == PTHREAD_CANCELED, cleaned);
	pthread_create(&t[0], NULL, spinner, NULL);
	usleep(1000);
	pthread_cancel(t[0]);
	pthread_join(t[0], &r);
	printf("cancelled %d\n", r == PTHREAD_CANCELED);
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += 20000000;
	if (ts.tv_nsec >= 1000000000)
		ts.tv_sec++, ts.tv_nsec -= 1000000000;
	pthread_mutex_lock(&m);
	printf("timedwait %d\n", pthread_cond_timedwait(&cv, &m, &ts) == ETIMEDOUT);
	pthread_mutex_unlock(&m);
	sem_init(&sem, 0, 2);
	sem_wait(&sem);
	sem_wait(&sem);
	printf("trywait %d\n", sem_trywait(&sem) == -1 && errno == EAGAIN);
	return 0;
}
