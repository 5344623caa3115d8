/* One million frames on a large stack of our own, and deep recursion on a thread with a large stack. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static unsigned
deep(unsigned n, unsigned x)
{
	if (n == 0)
		return x;
	unsigned r = deep(n - 1, x * 3 + n);
	return r ^ (n & 7);
}

static void *
thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		printf("%u\n", deep(1000000, i));
	return NULL;
}

int
main(void)
{
	pthread_attr_t a;
	pthread_t t;

	printf("%u\n", deep(50000, 1));
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 256 << 20);
	if (pthread_create(&t, &a, thread, NULL))
		return 1;
	pthread_join(t, NULL);
	return 0;
}
