/* Every thread has its own rounding mode and flags; a new one starts with its creator's. Coroutines too, as far as their switch carries MXCSR. */
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

static const int modes[4] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };
static volatile double one = 1, three = 3;
static double results[8];
static int inherited[8], raised[8];

static void *
work(void *arg)
{
	long n = (long)arg;
	volatile double sum = 0;

	inherited[n] = fegetround();
	fesetround(modes[n % 4]);
	feclearexcept(FE_ALL_EXCEPT);
	for (int i = 1; i <= 3000; i++) {
		sum += one / (i * three);
		if (i % 500 == 0)
			sched_yield();
	}
	results[n] = sum;
	if (n % 2)
		sum = one / (sum - sum);
	raised[n] = fetestexcept(FE_DIVBYZERO) != 0;
	return NULL;
}

int
main(void)
{
	pthread_t t[8];

	printf("%a\n", one / three);
	fesetround(FE_UPWARD);
	for (long i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 8; i++)
		printf("%d %a %d %d\n", i, results[i], inherited[i] == FE_UPWARD, raised[i]);
	printf("%a %d\n", one / three, fegetround() == FE_UPWARD);
	return 0;
}
