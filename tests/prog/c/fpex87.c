/*
 * Unmasked exceptions of the x87: SIGFPE with its code at the next instruction that waits, operands and stack as the manual has them (SDM volume 1,
 * 8.5): invalid, denormal and zero-divide leave everything alone, overflow and underflow scale a register's result and store nothing to memory.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile long at, code, trapno, cw, sw, handler_cw;
static unsigned short control;
static float single = 5;
static double number = 5;
static int integer = 5;
static unsigned char decimal[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static char image[512] __attribute__((aligned(16)));

static void
leave(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;

	at = uc->uc_mcontext.gregs[REG_RIP] - (si->si_addr == (void *)uc->uc_mcontext.gregs[REG_RIP] ? 0 : 1000000);
	code = si->si_code;
	trapno = uc->uc_mcontext.gregs[REG_TRAPNO];
	cw = uc->uc_mcontext.fpregs->cwd;
	sw = uc->uc_mcontext.fpregs->swd;
	memcpy(image, uc->uc_mcontext.fpregs, 512);
	__asm__ volatile("fnstcw %0" : "=m"(control));
	handler_cw = control;
	siglongjmp(back, 1);
}

static void
repair(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;

	printf("repair: code %d sw %x\n", si->si_code, uc->uc_mcontext.fpregs->swd);
	uc->uc_mcontext.fpregs->swd &= 0x7f00;
	uc->uc_mcontext.fpregs->cwd |= 0x3f;
}

static void
handle(void (*f)(int, siginfo_t *, void *))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = f;
	sa.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigaction(SIGFPE, &sa, NULL);
}

static void
show(const char *name, long start)
{
	int top = sw >> 11 & 7, n = 0;

	printf("%s: +%ld code %ld trap %ld cw %lx sw %lx in handler %lx, tags %x:", name, at - start, code, trapno, cw, sw, handler_cw, (unsigned char)image[4]);
	for (int i = 0; i < 8; i++)
		if ((unsigned char)image[4] >> ((top + i) & 7) & 1 && n++ < 3)
			printf(" %04x:%016lx", *(unsigned short *)(image + 40 + 16 * i), *(unsigned long *)(image + 32 + 16 * i));
	printf(", memory %g %g %d %x\n", single, number, integer, decimal[0]);
	single = number = integer = 5;
	memset(decimal, 0x11, sizeof decimal);
}

/* operands are prepared with exceptions masked, then those in bits unmasked, the instructions run and last an fwait */
#define TRY(name, bits, prepare, run) do { \
	long start; \
	control = 0x37f & ~(bits); \
	__asm__ volatile("fninit\n\t" prepare "\n\tfnclex\n\tfldcw %1\n\tlea 1f(%%rip), %0" : "=&r"(start) : "m"(control), "m"(single), "m"(number), "m"(integer), "m"(decimal) : "memory"); \
	at = start - 1, code = trapno = cw = sw = handler_cw = 0; \
	if (!sigsetjmp(back, 1)) { \
		__asm__ volatile("1: " run "\n\tnop\n\tfwait\n\tnop\n\tfnstcw %4\n\tfnclex\n\tfninit" : "+m"(single), "+m"(number), "+m"(integer), "+m"(decimal), "+m"(control) : : "memory", "cc", "mm0"); \
		printf("none in "); \
	} \
	__asm__ volatile("fninit"); \
	show(name, start); \
} while (0)

__asm__(
	".section .rodata\n"
	"huge:\t.quad 0xc000000000000000\n\t.word 0x7ffe\n"
	"small:\t.quad 0xc000000000000003\n\t.word 0x0001\n"
	"denormal:\t.quad 0x0000000000000123\n\t.word 0\n"
	"signaling:\t.quad 0xa000000000000001\n\t.word 0x7fff\n"
	"odd:\t.quad 0xaaaaaaaaaaaaaaab\n\t.word 0x7ff0\n"
	"tiny:\t.quad 0x8000000000000000\n\t.word 0x3bef\n"
	"three:\t.quad 0xc000000000000000\n\t.word 0x4000\n"
	"denormal32:\t.long 5\nsignaling32:\t.long 0x7fa00001\n\t.previous\n");
#define LD(what) "fldt " #what "(%%rip)\n\t"

static void
early(void)
{
	TRY("zero divide", 4, "fld1\n\tfldz", "fdivrp");
	TRY("zero divide, register", 4, "fldz\n\tfld1", "fdiv %%st(1), %%st");
	TRY("invalid", 1, "fldz\n\tfldz", "fdivp");
	TRY("invalid, masked", 4, "fldz\n\tfldz", "fdivp");
	TRY("root", 1, "fld1\n\tfchs", "fsqrt");
	TRY("denormal", 2, LD(denormal) "fld1", "faddp");
	TRY("denormal, memory", 2, "fld1", "fadds denormal32(%%rip)");
	TRY("denormal, load", 2, "fld1", "flds denormal32(%%rip)");
	TRY("signaling, load", 1, "fld1", "flds signaling32(%%rip)");
	TRY("compare", 1, LD(signaling) "fld1", "fcompp");
	TRY("compare flags", 1, LD(signaling) "fld1", "fcomip");
	TRY("underflow of the stack", 1, "fld1", "faddp");
	TRY("empty", 1, "", "fchs");
	TRY("empty exchange", 1, "fld1", "fxch %%st(3)");
	TRY("overflow of the stack", 1, "fld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfldpi", "fldz");
	TRY("full load", 1, "fld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfldpi", "flds denormal32(%%rip)");
	TRY("logarithm", 4, "fld1\n\tfldz", "fyl2x");
	TRY("extract", 4, "fldz", "fxtract");
	TRY("remainder", 1, "fldz\n\tfld1", "fprem");
	TRY("scale", 1, LD(signaling) "fld1", "fscale");
	TRY("sine", 1, LD(signaling), "fsin");
	TRY("tangent", 1, LD(signaling), "fptan");
}

static void
late(void)
{
	TRY("overflow", 8, LD(huge) LD(huge), "fmulp");
	TRY("underflow", 16, LD(small) LD(small), "fmulp");
	TRY("exact underflow", 16, LD(small) "fld1\n\tfadd %%st(0)", "fdivrp");
	TRY("both", 24, LD(huge) LD(small), "fdivrp");
	TRY("inexact", 32, LD(three) "fld1", "fdivp");
	TRY("inexact overflow", 40, LD(huge) LD(huge), "fmulp");
	TRY("overflow, inexact masked", 8, LD(huge), "fadd %%st(0)");
	TRY("store overflow", 8, LD(huge), "fstps %0");
	TRY("store underflow", 16, LD(small), "fstpl %1");
	TRY("store overflow, inexact", 8, LD(odd), "fstpl %1");
	TRY("store overflow, both", 40, LD(odd), "fstpl %1");
	TRY("store exact underflow", 16, LD(tiny), "fstpl %1");
	TRY("store underflow, masked", 32, LD(tiny), "fstpl %1");
	TRY("store overflow, masked", 32, LD(odd), "fstpl %1");
	TRY("store inexact", 32, LD(three) "fld1\n\tfdivp", "fstps %0");
	TRY("integer", 1, LD(huge), "fistpl %2");
	TRY("integer inexact", 32, LD(three) "fld1\n\tfdivrp", "fistpl %2");
	TRY("decimal", 1, LD(huge), "fbstp %3");
	TRY("empty store", 1, "", "fstps %0");
	TRY("signaling store", 1, LD(signaling), "fstps %0");
}

static void
waiting(void)
{
	TRY("fnstsw does not wait", 4, "fld1\n\tfldz", "fdivrp\n\tfnstsw %%ax\n\tfnstcw %4\n\tfnop");
	TRY("fxch waits", 4, "fldz\n\tfld1", "fdiv %%st(1), %%st\n\tfxch");
	TRY("fldcw waits", 4, "fldz\n\tfld1", "fdiv %%st(1), %%st\n\tfldcw %4");
	TRY("mmx waits", 4, "fldz\n\tfld1", "fdiv %%st(1), %%st\n\temms");
	TRY("movd waits", 4, "fldz\n\tfld1", "fdiv %%st(1), %%st\n\tmovd %%eax, %%mm0");
	TRY("fnclex takes it back", 4, "fldz\n\tfld1", "fdiv %%st(1), %%st\n\tfnclex");
	TRY("raised before it is unmasked", 0, "fldz\n\tfld1", "fdiv %%st(1), %%st\n\tmovw $0x37b, %4\n\tfldcw %4\n\tnop");
}

int
main(void)
{
	int status;

	handle(leave);
	early();
	late();
	waiting();
	handle(repair);
	control = 0x37b;
	__asm__ volatile("fninit\n\tfldcw %0\n\tfldz\n\tfld1\n\tfdiv %%st(1), %%st\n\tfstpl %1\n\tfninit" : "+m"(control), "=m"(number));
	printf("repaired: %g\n", number);
	fflush(stdout);
	if (fork() == 0) {
		signal(SIGFPE, SIG_DFL);
		__asm__ volatile("fninit\n\tfldcw %0\n\tfldz\n\tfld1\n\tfdiv %%st(1), %%st\n\tfwait" : : "m"(control));
		_exit(0);
	}
	wait(&status);
	printf("status %x\n", status);
	return 0;
}
