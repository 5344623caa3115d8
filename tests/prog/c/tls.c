/* Thread-local storage: initialised, zeroed, per thread, and pthread keys with destructors. */
#include <pthread.h>
#include <stdio.h>

static __thread int counter = 5;
static __thread char zeros[100];
static _Thread_local double value = 2.5;
static pthread_key_t key;
static int destroyed;

static void
destroy(void *p)
{
	destroyed += (int)(long)p;
}

static void *
work(void *arg)
{
	int n = (int)(long)arg;

	pthread_setspecific(key, (void *)(long)n);
	for (int i = 0; i < n * 1000; i++) {
		counter++;
		zeros[i % 100]++;
		value += 0.5;
	}
	return (void *)(long)(counter + zeros[3] + (int)value);
}

int
main(void)
{
	pthread_t t[8];
	long sum = 0;

	pthread_key_create(&key, destroy);
	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, work, (void *)(long)(i + 1));
	for (int i = 0; i < 8; i++) {
		void *r;
		pthread_join(t[i], &r);
		sum += (long)r;
	}
	printf("%ld %d %d %g %d\n", sum, counter, zeros[3], value, destroyed);
	return 0;
}
