/*
 * Calls and jumps through pointers, from straight code and from a loop that lasts: to many functions of this file, to libc's, to one that is made
 * at run time, with all argument registers and on the stack, as the last act of a function, each also while it is new to the caches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef long fn(long, long, long, long, long, long, long, long);

#define F(n) static long f##n(long a, long b, long c, long d, long e, long f, long g, long h) { return a + n * b - c + (d ^ n) + e * 3 + f - g * n + h; }
#define F8(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7)
#define N8(n) f##n##0, f##n##1, f##n##2, f##n##3, f##n##4, f##n##5, f##n##6, f##n##7,
#define ALL(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(21) X(22)
ALL(F8)

static fn *const table[] = { ALL(N8) };
enum { COUNT = sizeof table / sizeof *table };

struct ops {
	fn *call;
	struct ops *next;
};

/* the last act is a jump through a pointer */
__attribute__((noinline)) static long
hop(struct ops *o, long b, long c, long d, long e, long f, long g, long h)
{
	return o->call((long)o & 7, b, c, d, e, f, g, h);
}

__attribute__((noinline)) static long
depth(fn *f, int n)
{
	return n ? depth(f, n - 1) + f(n, 1, 2, 3, 4, 5, 6, 7) : f(0, 0, 0, 0, 0, 0, 0, 0);
}

static int
backwards(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

int
main(int argc, char **argv)
{
	static const unsigned char made[] = { 0x48, 0x8d, 0x44, 0x37, 0x05, 0xc3 };     /* lea 5(%rdi,%rsi), %rax; ret */
	static struct ops ring[COUNT];
	fn *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t (*length[])(const char *) = { strlen, (size_t (*)(const char *))atol, strlen };
	char *words[] = { "pear", "apple", "quince", "fig", "12" };
	long sum = 0;

	(void)argc, (void)argv;
	memcpy(code, made, sizeof made);
	for (int i = 0; i < COUNT; i++) {
		ring[i] = (struct ops){ table[i * 37 % COUNT], &ring[(i + 1) % COUNT] };
		sum = sum * 31 + table[i](i, 2, 3, 4, 5, 6, 7, 8);
	}
	printf("once %ld\n", sum);
	for (struct ops *o = ring, *end = ring + 5; o != end || sum % 3; o = o->next)
		sum += hop(o, sum & 15, 3, 4, 5, 6, 7, 8);
	printf("hops %ld\n", sum);
	for (long i = 0; i < 300000; i++) {
		fn *f = i % 1000 == 999 ? code : table[(i * i + (i >> 7)) % COUNT];

		sum += f(sum & 255, i, 1, 2, 3, 4, 5, 6);
		if (i % 16 == 0)
			sum ^= (long)length[i / 16 % 3](words[i / 16 % 5]);
		if (i % 64 == 5)
			sum += hop(&ring[i % COUNT], 1, 2, 3, 4, 5, 6, 7);
	}
	printf("loop %ld\n", sum);
	qsort(words, 5, sizeof *words, backwards);
	printf("%s %s %s %s %s\n", words[0], words[1], words[2], words[3], words[4]);
	for (int i = 0; i < 5; i++)
		sum += depth(i % 2 ? code : table[i], 100000);
	printf("deep %ld\n", sum);
	/* another function in the place of the first */
	memcpy(code, "\x48\x8d\x04\x37\xc3", 5);
	for (long i = 0; i < 1000; i++)
		sum += code(i, 1, 2, 3, 4, 5, 6, 7);
	printf("changed %ld\n", sum);
	return 0;
}
