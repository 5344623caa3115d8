/* compute.c - recursion, sorting with a callback, tables, floats, formatted output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned table[256];

static unsigned long
fib(unsigned n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static unsigned
crc(const void *p, size_t n)
{
	const unsigned char *s = p;
	unsigned c = ~0u;

	while (n--)
		c = table[(c ^ *s++) & 255] ^ c >> 8;
	return ~c;
}

int
main(void)
{
	int *a = malloc(20000 * sizeof(*a));
	unsigned seed = 1;
	double h = 0;
	char text[80];

	for (unsigned i = 0; i < 256; i++) {
		unsigned r = i;

		for (int k = 0; k < 8; k++)
			r = r & 1 ? 0xedb88320 ^ r >> 1 : r >> 1;
		table[i] = r;
	}
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1103515245 + 12345;
		a[i] = (int)(seed >> 8);
	}
	qsort(a, 20000, sizeof(*a), compare);
	for (int i = 1; i < 20000; i++)
		if (a[i - 1] > a[i])
			return 1;
	printf("fib %lu crc %08x\n", fib(22), crc(a, 20000 * sizeof(*a)));
	for (int i = 1; i < 50000; i++)
		h += 1.0 / i;
	snprintf(text, sizeof(text), "%.12g|%-8s|%+lld|%a|%Lf", h, "left", -1234567890123LL, h, (long double)h / 3);
	puts(text);
	printf("%s %zu %d\n", strstr(text, "left"), strlen(text), memcmp(text, text + 1, 8) > 0);
	return 7;
}
