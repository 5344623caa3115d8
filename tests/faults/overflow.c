/*
 * overflow.c - stack overflow as libsigsegv detects it: a handler on an alternate stack tells it from other faults by the faulting address and
 * the stack pointer, and leaves by siglongjmp, several times. Then a thread's guard page.
 * flags: -pthread
 */
#include "fault.h"
#include <pthread.h>
#include <sys/resource.h>

static sigjmp_buf back;
static char alternate[65536];
static int depth;
static char *low, *high;

static void
handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	char *sp = (char *)c->uc_mcontext.gregs[REG_RSP], *at = info->si_addr;
	char local;

	if (&local < alternate || &local > alternate + sizeof alternate)
		_exit(4);
	siglongjmp(back, at > sp - 65536 && at < sp + 65536 && at < high && at >= low - 65536 ? 1 : 2);
}

static int
recurse(int n)
{
	volatile char frame[200];

	frame[n % 200] = n;
	depth = n;
	return recurse(n + 1) + frame[n % 200];
}

static void *
thread(void *arg)
{
	stack_t s = { .ss_sp = alternate, .ss_size = sizeof alternate };
	pthread_attr_t a;
	size_t size;
	void *base;
	int r;

	sigaltstack(&s, NULL);
	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstack(&a, &base, &size);
	low = base;
	high = low + size;
	depth = 0;
	r = sigsetjmp(back, 1);
	if (!r)
		recurse(0);
	printf("thread: %s, deep %s\n", r == 1 ? "overflow" : "something else", depth > 500 && depth < 1200 ? "enough" : "wrongly");
	return NULL;
}

int
main(void)
{
	struct rlimit l = { 1 << 20, RLIM_INFINITY };
	stack_t s = { .ss_sp = alternate, .ss_size = sizeof alternate };
	pthread_attr_t a;
	pthread_t t;

	setrlimit(RLIMIT_STACK, &l);
	high = (char *)&l + 65536;
	low = (char *)&l - (1 << 20);
	sigaltstack(&s, NULL);
	on(SIGSEGV, handler, SA_ONSTACK);
	for (int i = 0; i < 3; i++) {
		int r = sigsetjmp(back, 1);

		if (!r)
			recurse(0);
		printf("%s, deep %s\n", r == 1 ? "overflow" : "something else", depth > 3000 && depth < 5000 ? "enough" : "wrongly");
	}
	if (!sigsetjmp(back, 1)) {
		*(volatile char *)64 = 1;
	} else {
		puts("another fault");
	}
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 256 << 10);
	pthread_create(&t, &a, thread, NULL);
	pthread_join(t, NULL);
	return 0;
}
