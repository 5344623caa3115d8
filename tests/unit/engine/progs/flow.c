/* flow.c - setjmp, deep recursion, switching stacks by hand, jump tables, string instructions, atomics, vectors. */
#include <emmintrin.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf env;
static int depth_max;

static int __attribute__((noinline))
dive(int n, volatile char *p)
{
	volatile char frame[48];

	frame[0] = *p;
	if (n == 0)
		longjmp(env, frame[0]);
	return dive(n - 1, frame) + 1;
}

static int __attribute__((noinline))
deep(int n)
{
	volatile int keep = n;

	depth_max = n > depth_max ? n : depth_max;
	return n == 0 ? 0 : deep(n - 1) + (keep & 1);
}

/* two coroutines that hand over by swapping rsp: void swap(void **save, void *load) */
void swap(void **save, void *load);
__asm__(".text\n.globl swap\nswap:\n"
	"push %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\n"
	"mov %rsp,(%rdi)\nmov %rsi,%rsp\n"
	"pop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\nret\n");

static void *mine, *theirs[2];
static int current, steps[2];

static void
coroutine(void)
{
	for (int i = 0;; i++) {
		steps[current] += i;
		swap(&theirs[current], mine);
	}
}

static void
coroutines(void)
{
	for (int k = 0; k < 2; k++) {
		void **top = (void **)((char *)aligned_alloc(16, 65536) + 65536) - 2;

		top[0] = (void *)coroutine;
		theirs[k] = top - 6;
	}
	for (int i = 0; i < 2000; i++) {
		current = i % 3 == 0;
		swap(&mine, theirs[current]);
	}
	printf("coroutines %d %d\n", steps[0], steps[1]);
}

static int __attribute__((noinline))
pick(unsigned op, int x)
{
	switch (op % 9) {
	case 0: return x + 1;
	case 1: return x * 3;
	case 2: return x - 7;
	case 3: return x ^ 0x55;
	case 4: return -x;
	case 5: return x << 1;
	case 6: return x >> 1;
	case 7: return x / 3;
	default: return x % 1000;
	}
}

int
main(void)
{
	char c = 9, a[300], b[300], *from, *to;
	int r = setjmp(env), x = 1;
	long n = 0;
	__m128i v = _mm_set1_epi32(3), s = _mm_setzero_si128();

	if (r == 0)
		return dive(2000, &c);
	printf("longjmp %d\n", r);
	x = deep(60000);
	printf("deep %d %d\n", x, depth_max);
	coroutines();
	for (unsigned i = 0; i < 20000; i++)
		x = pick(i * 7 + (unsigned)x, x);
	printf("switch %d\n", x);
	memset(a, 'a', sizeof(a));
	from = a, to = b, n = sizeof(a);
	__asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(n) : : "memory");
	to = b, n = 200;
	__asm__ volatile("repne scasb" : "+c"(n), "+D"(to) : "a"('b') : "memory", "cc");
	printf("strings %d %ld\n", memcmp(a, b, sizeof(a)), n);
	for (int i = 0; i < 1000; i++)
		__atomic_fetch_add(&n, i, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 100; i++)
		s = _mm_add_epi32(_mm_shuffle_epi32(s, 0x4e), _mm_mullo_epi16(v, _mm_set1_epi32(i)));
	printf("atomics %ld vectors %d\n", n, _mm_cvtsi128_si32(s));
	return 0;
}
