/* Unmasked exceptions of SSE arithmetic: SIGFPE with its code, at the instruction, with nothing written; handlers that leave by siglongjmp and that mask and go on. */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <xmmintrin.h>

static volatile double zero = 0, one = 1, three = 3, tiny = 2.2250738585072014e-308, big = 1.7976931348623157e308, denormal = 4.9406564584124654e-324, r;
static volatile float fone = 1, fzero = 0;
static sigjmp_buf back;
static volatile int masks;
extern char divide[];

static void
jump(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;

	siglongjmp(back, si->si_code | (si->si_addr == (void *)uc->uc_mcontext.gregs[REG_RIP] ? 0 : 64));
}

static void
repair(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;

	printf("code %d at the division %d, trap %d, mxcsr %x\n", si->si_code, si->si_addr == divide, (int)uc->uc_mcontext.gregs[REG_TRAPNO],
	    uc->uc_mcontext.fpregs->mxcsr);
	uc->uc_mcontext.fpregs->mxcsr |= 0x1f80;
	masks++;
}

static void
handle(void (*f)(int, siginfo_t *, void *))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = f;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGFPE, &sa, NULL);
}

#define TRY(text, bits, expression) \
	_mm_setcsr(0x1f80 & ~((bits) << 7)); \
	if ((code = sigsetjmp(back, 1)) == 0) { \
		r = 7; \
		r = (expression); \
		_mm_setcsr(_mm_getcsr() | 0x1f80); \
		printf("%s: %a\n", text, r); \
	} else { \
		printf("%s: code %d, %a, mxcsr %x\n", text, code, r, _mm_getcsr()); \
	}

static void
codes(void)
{
	int code;

	handle(jump);
	TRY("invalid", 1, zero / zero)
	TRY("denormal", 2, denormal + one)
	TRY("divide", 4, one / zero)
	TRY("overflow", 8, big * big)
	TRY("underflow", 16, tiny * tiny)
	TRY("exact underflow", 16, tiny / 2)
	TRY("inexact", 32, one / three)
	TRY("inexact, exact", 32, one + three)
	TRY("all, divide", 63, one / zero)
	TRY("float", 4, fone / fzero)
	TRY("conversion", 1, (double)(int)big)
	TRY("narrowing", 8, (double)(float)big)
	TRY("comparison", 1, (double)(__builtin_nan("") < one))
}

static void
going_on(void)
{
	double x = 1, y = 0;

	handle(repair);
	_mm_setcsr(0x1f80 & ~0x200u);
	__asm__ volatile("divide: divsd %1, %0" : "+x"(x) : "x"(y));
	printf("%f, %d times\n", x, masks);
	_mm_setcsr(0x1f80);
}

static void
standard(void)
{
#ifdef __GLIBC__
	int code;

	handle(jump);
	printf("%d %d\n", feenableexcept(FE_DIVBYZERO | FE_INVALID), fegetexcept() == (FE_DIVBYZERO | FE_INVALID));
	if ((code = sigsetjmp(back, 1)) == 0)
		r = one / zero;
	printf("code %d\n", code);
	printf("%d\n", fedisableexcept(FE_ALL_EXCEPT) == 0);
	r = one / zero;
	printf("%f\n", r);
#endif
}

static void
deadly(void)
{
	int status;

	signal(SIGFPE, SIG_DFL);
	if (fork() == 0) {
		_mm_setcsr(0x1f80 & ~0x200u);
		r = one / zero;
		_exit(1);
	}
	wait(&status);
	printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int
main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	codes();
	going_on();
	standard();
	deadly();
	return 0;
}
