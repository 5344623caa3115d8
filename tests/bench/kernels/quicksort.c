/* quicksort - recursive quicksort of 20,000 integers. */
#include "kernel.h"
enum { N = 20000 };
static i32 v[N];
static void
sort(i32 *a, int lo, int hi)
{
	while (lo < hi) {
		i32 p = a[(lo + hi) / 2];
		int i = lo, j = hi;
		while (i <= j) {
			while (a[i] < p)
				i++;
			while (a[j] > p)
				j--;
			if (i <= j) {
				i32 t = a[i];
				a[i++] = a[j];
				a[j--] = t;
			}
		}
		if (j - lo < hi - i) {
			sort(a, lo, j);
			lo = i;
		} else {
			sort(a, i, hi);
			hi = j;
		}
	}
}
u64
kernel(u32 n)
{
	u64 sum = 0;
	u32 s = 11;

	for (u32 r = 0; r < n; r++) {
		for (u32 i = 0; i < N; i++)
			v[i] = rnd(&s);
		sort(v, 0, N - 1);
		sum += v[r % N];
	}
	return sum;
}
