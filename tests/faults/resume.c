/* resume.c - handlers that go on: they repair a register, allow the page, skip the instruction, or emulate it. */
#include "fault.h"

static char *page;
static int mode, faults;

static void
handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	greg_t *g = c->uc_mcontext.gregs;

	faults++;
	switch (mode) {
	case 0:                                  /* the pointer was NULL: give it something */
		g[REG_RDI] = (greg_t)page;
		break;
	case 1:
		mprotect(page, 4096, PROT_READ | PROT_WRITE);
		break;
	case 2:                                  /* mov (%rdi), %eax is two bytes */
		g[REG_RIP] += 2;
		g[REG_RAX] = 77;
		break;
	case 3:                                  /* one byte more each time */
		mprotect(page + 4096 * faults, 4096, PROT_READ | PROT_WRITE);
		break;
	}
}

static int
get(int *p)
{
	int x;

	asm volatile("mov (%1), %0" : "=a"(x) : "D"(p) : "memory");
	return x;
}

static int
sum(volatile int *p, int n)
{
	int s = 0;

	for (int i = 0; i < n; i++)
		s += p[i];
	return s;
}

int
main(void)
{
	long big = 64 * 4096;

	on(SIGSEGV, handler, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(int *)page = 1234;
	printf("%d, %d faults\n", get(NULL), faults);
	mode = 1;
	mprotect(page, 4096, PROT_NONE);
	printf("%d, %d faults\n", sum((int *)page, 1024), faults);
	mprotect(page, 4096, PROT_READ);
	for (int i = 0; i < 1024; i++)
		((volatile int *)page)[i] += i;
	printf("%d, %d faults\n", sum((int *)page, 1024), faults);
	mode = 2;
	mprotect(page, 4096, PROT_NONE);
	for (int i = 0; i < 1000; i++)
		if (get((int *)page) != 77)
			return 1;
	printf("%d faults\n", faults);
	mode = 3;
	page = mmap(NULL, big, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	faults = 0;
	memset(page, 3, big - 4096 + 1);
	printf("%d, %d faults\n", sum((int *)page, (big - 4096) / 4), faults);
	return 0;
}
