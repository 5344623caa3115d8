/* qsortcb - a generic sort (heap sort on bytes) with a comparison callback. */
#include "kernel.h"
enum { N = 8000 };
struct item { u32 key, value; };
static struct item v[N];
static void
swap(char *a, char *b, u32 size)
{
	for (u32 i = 0; i < size; i += 4) {
		u32 t = *(u32 *)(a + i);
		*(u32 *)(a + i) = *(u32 *)(b + i);
		*(u32 *)(b + i) = t;
	}
}
__attribute__((noinline)) static void
heapsort(void *base, u32 n, u32 size, int (*cmp)(const void *, const void *))
{
	char *a = base;

	for (u32 start = n / 2, end = n; end > 1;) {
		if (start)
			start--;
		else
			swap(a, a + --end * size, size);
		for (u32 root = start, child; (child = 2 * root + 1) < end; root = child) {
			if (child + 1 < end && cmp(a + child * size, a + (child + 1) * size) < 0)
				child++;
			if (cmp(a + root * size, a + child * size) >= 0)
				break;
			swap(a + root * size, a + child * size, size);
		}
	}
}
static int
by_key(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	return a->key < b->key ? -1 : a->key > b->key;
}
static int
by_value(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	return a->value < b->value ? -1 : a->value > b->value;
}
static int (*volatile order[2])(const void *, const void *) = { by_key, by_value };
u64
kernel(u32 n)
{
	u64 sum = 0;
	u32 s = 5;

	for (u32 r = 0; r < n; r++) {
		for (u32 i = 0; i < N; i++)
			v[i] = (struct item){ rnd(&s), rnd(&s) };
		heapsort(v, N, sizeof v[0], order[r & 1]);
		sum += v[r % N].key;
	}
	return sum;
}
