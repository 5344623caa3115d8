/* Endless recursion: the kernel delivers SIGSEGV on the alternate stack; then without a handler it kills. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <unistd.h>

static sigjmp_buf env;

static void
handler(int sig)
{
	(void)sig;
	siglongjmp(env, 1);
}

__attribute__((noinline)) static int
forever(volatile char *p)
{
	volatile char frame[200];

	frame[0] = p[0];
	return forever(frame) + frame[1];
}

int
main(void)
{
	char start = 1;
	stack_t s = { .ss_sp = malloc(65536), .ss_size = 65536 };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

	sigaltstack(&s, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	if (sigsetjmp(env, 1) == 0)
		forever(&start);
	printf("caught\n");
	fflush(stdout);
	signal(SIGSEGV, SIG_DFL);
	return forever(&start);
}
