/* altstack.c - sigaltstack: use, nesting on the same stack, errors, and endless recursion caught on it. */
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>

static char alt[65536];
static volatile int on_alt, nested;
static sigjmp_buf env;
static volatile int depth;

static int
inside(void *p)
{
	return (char *)p >= alt && (char *)p < alt + sizeof alt;
}

static void
handler(int sig)
{
	int local;
	stack_t now;

	on_alt = inside(&local);
	sigaltstack(NULL, &now);
	CHECK(now.ss_flags == SS_ONSTACK);
	FAILS(sigaltstack(&now, NULL), EPERM);
	if (sig == SIGUSR1)
		raise(SIGUSR2);
	else
		nested = on_alt;
}

static void
on_segv(int sig)
{
	int local;

	on_alt = inside(&local);
	siglongjmp(env, 1);
}

static int __attribute__((noinline))
recurse(volatile char *up)
{
	volatile char here[200];

	here[0] = up ? up[0] + 1 : 0;
	depth++;
	return recurse(here) + here[0];
}

int
main(void)
{
	stack_t st = { .ss_sp = alt, .ss_size = sizeof alt }, got;
	struct rlimit rl = { 1 << 20, 1 << 20 };
	struct sigaction sa;

	CHECK(sigaltstack(NULL, &got) == 0 && got.ss_flags == SS_DISABLE);
	st.ss_size = 100;
	FAILS(sigaltstack(&st, NULL), ENOMEM);
	st.ss_size = sizeof alt;
	CHECK(sigaltstack(&st, NULL) == 0);
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = handler;
	sa.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR1);
	CHECK(on_alt && nested);
	CHECK(sigaltstack(NULL, &got) == 0 && got.ss_flags == 0 && got.ss_sp == alt);
	sa.sa_handler = on_segv;
	sigaction(SIGSEGV, &sa, NULL);
	setrlimit(RLIMIT_STACK, &rl);
	for (int i = 0; i < 2; i++) {
		on_alt = depth = 0;
		if (!sigsetjmp(env, 1))
			recurse(NULL);
		CHECK(on_alt && depth > 1000);
	}
	DONE();
}
