/* sigframe.c - registers, xmm, x87 and flags survive a handler; the handler sees and changes them through the ucontext. */
#include "check.h"
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile sig_atomic_t hits;
static volatile greg_t seen_rip, seen_rsp;
static int aligned;

static void
handler(int sig, siginfo_t *si, void *p)
{
	ucontext_t *uc = p;
	double d = 3.25;

	hits++;
	seen_rip = uc->uc_mcontext.gregs[REG_RIP];
	seen_rsp = uc->uc_mcontext.gregs[REG_RSP];
	aligned = ((unsigned long)__builtin_frame_address(0) & 15) == 0;
	__asm__ volatile("movsd %0, %%xmm7; movsd %0, %%xmm15; fldpi; fstp %%st(0); xor %%rbx, %%rbx; std; cld" : : "m"(d)
		: "rbx", "xmm7", "xmm15", "cc");
	if (sig == SIGUSR2)
		uc->uc_mcontext.gregs[REG_RAX] = 0x1234567890;
}

static volatile int trapped;

static void
on_fpe(int sig, siginfo_t *si, void *p)
{
	ucontext_t *uc = p;

	trapped = si->si_code;
	CHECK((greg_t)si->si_addr == uc->uc_mcontext.gregs[REG_RIP]);
	uc->uc_mcontext.gregs[REG_RCX] = 5;     /* divide again, by 5 */
}

static void
on_ill(int sig, siginfo_t *si, void *p)
{
	ucontext_t *uc = p;

	trapped = 100;
	uc->uc_mcontext.gregs[REG_RIP] += 2;    /* behind ud2 */
}

static void
on_trap(int sig, siginfo_t *si, void *p)
{
	trapped = 200;
}

int
main(void)
{
	struct sigaction sa;
	struct itimerval it = { { 0, 2000 }, { 0, 2000 } };
	long rbx = 0x1111222233334444, sum = 0, ret;
	double x7 = 1.5, x15 = -2.5, out7, out15, f;
	unsigned long flags;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	/* kill() as a bare system call, with live registers around it */
	__asm__ volatile("movsd %[x7], %%xmm7; movsd %[x15], %%xmm15; fld1; fldl2e; faddp\n\t"
		"mov %[b], %%rbx; mov $39, %%eax; syscall; mov %%eax, %%edi; mov $10, %%esi; mov $62, %%eax; syscall\n\t"
		"movsd %%xmm7, %[o7]; movsd %%xmm15, %[o15]; fstpl %[f]; mov %%rax, %[ret]; mov %%rbx, %[b]"
		: [o7] "=m"(out7), [o15] "=m"(out15), [f] "=m"(f), [b] "+m"(rbx), [ret] "=m"(ret)
		: [x7] "m"(x7), [x15] "m"(x15)
		: "rax", "rbx", "rcx", "rdi", "rsi", "r11", "xmm7", "xmm15", "memory");
	CHECK(hits == 1 && ret == 0 && rbx == 0x1111222233334444 && out7 == 1.5 && out15 == -2.5);
	CHECK(f > 2.4426 && f < 2.4428 && aligned);
	CHECK(seen_rsp != 0 && seen_rip != 0);
	/* the handler's rax becomes the result */
	__asm__ volatile("mov $39, %%eax; syscall; mov %%eax, %%edi; mov $12, %%esi; mov $62, %%eax; syscall"
		: "=a"(ret) : : "rcx", "rdi", "rsi", "r11", "memory");
	CHECK(ret == 0x1234567890);
	/* signals during computation: flags and sums stay right */
	setitimer(ITIMER_REAL, &it, NULL);
	hits = 0;
	for (long i = 0; hits < 5; i++) {
		unsigned long a = i, carry;

		__asm__ volatile("stc; mov %1, %0; adc $0, %0; setc %b2; movzbl %b2, %k2" : "=&r"(flags), "+r"(a), "=&q"(carry) : : "cc");
		sum += flags - a - 1 + carry * (a != ~0ul);
		CHECK(sum == 0);
	}
	memset(&it, 0, sizeof it);
	setitimer(ITIMER_REAL, &it, NULL);
	/* faults with an exact state */
	sa.sa_sigaction = on_fpe;
	sigaction(SIGFPE, &sa, NULL);
	__asm__ volatile("xor %%edx, %%edx; mov $35, %%eax; xor %%ecx, %%ecx; div %%ecx" : "=a"(ret) : : "rcx", "rdx", "cc");
	CHECK(trapped == FPE_INTDIV && ret == 7);
	sa.sa_sigaction = on_ill;
	sigaction(SIGILL, &sa, NULL);
	__asm__ volatile("ud2");
	CHECK(trapped == 100);
	sa.sa_sigaction = on_trap;
	sigaction(SIGTRAP, &sa, NULL);
	__asm__ volatile("int3");
	CHECK(trapped == 200);
	DONE();
}
