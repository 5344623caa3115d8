/* fault.h - what the programs of this folder share: a handler's registration and the state of a fault in words. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static void
on(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction a = { 0 };

	a.sa_sigaction = handler;
	a.sa_flags = SA_SIGINFO | flags;
	if (sigaction(sig, &a, NULL))
		abort();
}

/* bit 0 of a page fault's error code says whether the page was in memory: not told here */
static unsigned
error_code(const ucontext_t *c)
{
	return c->uc_mcontext.gregs[REG_ERR] & ~1;
}
