/* firstcall.c - one loop that runs ten seconds in main: how much of it is done in each tenth of a second. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { WINDOWS = 100, STEP = 20000 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int
main(void)
{
	static uint8_t table[65536];
	static double rate[WINDOWS];
	uint32_t x = 1, sum = 0;
	double start = now(), from = start;
	long steps = 0;
	int w = 0;

	while (w < WINDOWS) {
		for (int i = 0; i < STEP; i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			sum += table[x & 65535] += x >> 24 & 7 ? x : sum;
		}
		steps++;
		double t = now();
		if (t - from >= 0.1) {
			rate[w++] = steps / (t - from);
			steps = 0;
			from = t;
		}
	}
	for (w = 0; w < WINDOWS; w++)
		printf("%.0f\n", rate[w]);
	return sum == 1;
}
