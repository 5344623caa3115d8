/* backtrace.c - a handler that prints the stack from which the fault came, then lets the process die of it. flags: -fno-optimize-sibling-calls -fno-omit-frame-pointer */
#include "fault.h"

static void
handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	void **frame = (void **)c->uc_mcontext.gregs[REG_RBP];

	printf("fault at %p, rip %llx\n", info->si_addr, c->uc_mcontext.gregs[REG_RIP]);
	for (int i = 0; i < 8; i++, frame = *frame)
		printf("  %p\n", frame[1]);
	fflush(stdout);
}

__attribute__((noinline)) static int
deepest(int *p, int n)
{
	return p[n] + 1;
}

__attribute__((noinline)) static int
middle(int *p, int n)
{
	return n == 0 ? deepest(p, 3) * 2 : middle(p, n - 1) + 1;
}

int
main(int argc, char **argv)
{
	on(SIGSEGV, handler, SA_RESETHAND);
	printf("%d\n", middle((int *)(argc > 9 ? argv : NULL), 5));
	return 0;
}
