/* static: musl */
/*
 * jit.c - a small compiler of expressions to machine code, in the ways in which such programs keep their code: pages that are writable and
 * executable, pages that change between the two by mprotect, and a memory file that is mapped twice, to be written here and executed there.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 65536 };
typedef long (*function)(long, long);

struct area {
	const char *name;
	unsigned char *write, *run;
	int toggle;
	size_t used;
};

static unsigned seed = 12345;

static unsigned
random_below(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void
writable(struct area *a, int yes)
{
	if (a->toggle && mprotect(a->write, SIZE, yes ? PROT_READ | PROT_WRITE : PROT_READ | PROT_EXEC))
		abort();
}

/* rax = some function of rdi and rsi; want gets what it is for x and y */
static size_t
generate(unsigned char *p, long x, long y, long *want)
{
	unsigned char *start = p;
	long v = x;

	memcpy(p, "\x48\x89\xf8", 3), p += 3;                            /* mov rax, rdi */
	for (int n = 1 + random_below(12); n > 0; n--) {
		int k = random_below(100);

		switch (random_below(6)) {
		case 0: memcpy(p, "\x48\x01\xf0", 3), p += 3, v += y; break;             /* add rax, rsi */
		case 1: memcpy(p, "\x48\x29\xf0", 3), p += 3, v -= y; break;
		case 2: memcpy(p, "\x48\x31\xf0", 3), p += 3, v ^= y; break;
		case 3: memcpy(p, "\x48\x0f\xaf\xc6", 4), p += 4, v *= y; break;         /* imul rax, rsi */
		case 4: memcpy(p, "\x48\x83\xc0", 3), p[3] = k, p += 4, v += k; break;   /* add rax, k */
		case 5:                                                                  /* cmp rax, rsi; jle over; not rax */
			memcpy(p, "\x48\x39\xf0\x7e\x03\x48\xf7\xd0", 8), p += 8;
			if (v > y)
				v = ~v;
			break;
		}
	}
	*p++ = 0xc3;
	*want = v;
	return p - start;
}

/* New functions, old places again, and single bytes changed in a function that was called before. */
static void
exercise(struct area *a)
{
	unsigned long sum = 0;
	int wrong = 0;

	for (int i = 0; i < 400; i++) {
		size_t at = random_below(4) ? random_below(8) * 256 : random_below(SIZE / 256) * 256;
		long x = random_below(1000), y = random_below(1000), want;

		writable(a, 1);
		generate(a->write + at, x, y, &want);
		writable(a, 0);
		for (int k = 0; k < 3; k++)
			wrong += ((function)(a->run + at))(x, y) != want;
		sum = sum * 31 + want;
	}
	writable(a, 1);
	memcpy(a->write, "\xb8\x00\x00\x00\x00\xc3", 6);                 /* mov eax, n; ret */
	writable(a, 0);
	for (int i = 0; i < 300; i++) {
		writable(a, 1);
		a->write[1] = i;
		writable(a, 0);
		sum += ((function)a->run)(0, 0) * i;
	}
	printf("%s: %d wrong, %lx\n", a->name, wrong, sum);
}

/* Code that changes the instruction behind itself: mov byte [rip+n], 7; jmp over; mov eax, 1; ret */
static void
itself(struct area *a)
{
	unsigned char code[] = { 0xc6, 0x05, 0x03, 0, 0, 0, 7, 0xeb, 0x00, 0xb8, 1, 0, 0, 0, 0xc3 };

	memcpy(a->write, code, sizeof code);
	printf("rewritten by itself: %ld\n", ((function)a->run)(0, 0));
}

/* Code and what it reads are written through one mapping, executed through the other: mov rax, [rip+8]; ret; the word */
static void
data(struct area *a)
{
	unsigned long sum = 0;

	memcpy(a->write + 512, "\x48\x8b\x05\x09\x00\x00\x00\xc3", 8);
	for (long i = 1; i < 100; i++) {
		memcpy(a->write + 512 + 16, &i, 8);
		sum = sum * 3 + ((function)(a->run + 512))(0, 0);
	}
	printf("%s, data: %lx\n", a->name, sum);
}

int
main(void)
{
	struct area a = { "writable and executable" }, b = { "by mprotect", .toggle = 1 }, c = { "mapped twice" }, d = { "shared, writable and executable" };
	int fd = memfd_create("code", 0);

	a.run = a.write = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b.run = b.write = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	exercise(&a);
	exercise(&b);
	itself(&a);
	if (ftruncate(fd, SIZE))
		abort();
	c.run = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	c.write = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	exercise(&c);
	data(&c);
	d.run = d.write = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	exercise(&d);
	itself(&d);
	return 0;
}
