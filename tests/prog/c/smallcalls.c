/* static: musl */
/* smallcalls - functions small enough to be built into their callers: return addresses they change, traps in them, jumps out of them, flags
   and registers that come back in unusual ways, handlers that see the stack in between. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef uint64_t u64;

__attribute__((noinline)) static u64 twice(u64 x) { return 2 * x; }
__attribute__((noinline)) static void bump(u64 *p) { ++*p; }
__attribute__((noinline)) static u64 larger(u64 a, u64 b) { return a > b ? a : b; }
__attribute__((noinline)) static int divide(int a, int b) { return a / b; }
__attribute__((noinline)) static double half(double x) { return x * 0.5; }
__attribute__((noinline)) static u64 chain(u64 x) { return twice(x + 1); }                      /* a jump at its end */
__attribute__((noinline)) static u64 through(u64 (*f)(u64), u64 x) { return f(x); }

/* comes back one instruction later when its argument says so; comes back with CF; leaves its caller too */
asm(".text\n"
	".p2align 4\nskip: test %edi,%edi\n je 1f\n addq $5,(%rsp)\n1: mov $7,%eax\n ret\n.size skip,.-skip\n.type skip,@function\n"
	".p2align 4\n.globl call_skip\ncall_skip: call skip\n mov $9,%eax\n add $100,%eax\n ret\n.size call_skip,.-call_skip\n.type call_skip,@function\n"
	".p2align 4\ncarry: cmp %rsi,%rdi\n ret\n.size carry,.-carry\n.type carry,@function\n"
	".p2align 4\n.globl call_carry\ncall_carry: call carry\n mov $0,%eax\n adc $0,%eax\n ret\n.size call_carry,.-call_carry\n.type call_carry,@function\n"
	".p2align 4\nleave2: lea 1(%rdi),%rax\n add $8,%rsp\n ret\n.size leave2,.-leave2\n.type leave2,@function\n"
	".p2align 4\n.globl call_leave2\ncall_leave2: call leave2\n mov $1,%eax\n ret\n.size call_leave2,.-call_leave2\n.type call_leave2,@function\n"
	".p2align 4\nwrite_at: mov %rsi,(%rdi)\n ret\n.size write_at,.-write_at\n.type write_at,@function\n"
	".p2align 4\n.globl overwrite\noverwrite: lea -8(%rsp),%rdi\n lea 2f(%rip),%rsi\n call write_at\n mov $1,%eax\n ret\n"
	"2: mov $2,%eax\n ret\n.size overwrite,.-overwrite\n.type overwrite,@function\n"
	".p2align 4\nrcx_too: mov %rdi,%rcx\n lea (%rdi,%rdi),%r11\n ret\n.size rcx_too,.-rcx_too\n.type rcx_too,@function\n"
	".p2align 4\n.globl odd_registers\nodd_registers: push %rbx\n mov $3,%ebx\n call rcx_too\n lea (%rcx,%r11),%rax\n add %rbx,%rax\n pop %rbx\n ret\n"
	".size odd_registers,.-odd_registers\n.type odd_registers,@function\n"
	".p2align 4\nframe: push %rbp\n mov %rsp,%rbp\n mov %rdi,-8(%rbp)\n mov -8(%rbp),%rax\n add 8(%rbp),%rax\n sub 8(%rbp),%rax\n pop %rbp\n ret\n"
	".size frame,.-frame\n.type frame,@function\n"
	".p2align 4\n.globl call_frame\ncall_frame: call frame\n add $1,%rax\n ret\n.size call_frame,.-call_frame\n.type call_frame,@function\n");
u64 call_skip(int), call_carry(u64, u64), call_leave2(u64), overwrite(void), odd_registers(u64), call_frame(u64);

static sigjmp_buf back;
static volatile u64 seen;

static void
fpe(int sig, siginfo_t *si, void *u)
{
	ucontext_t *uc = u;

	seen = uc->uc_mcontext.gregs[REG_RDI] << 8 | (uc->uc_mcontext.gregs[REG_RSI] & 0xff);
	/* as if the function had returned -1 */
	if (uc->uc_mcontext.gregs[REG_RDI] == 77) {
		uc->uc_mcontext.gregs[REG_RAX] = 0xffffffff;
		uc->uc_mcontext.gregs[REG_RIP] = *(u64 *)uc->uc_mcontext.gregs[REG_RSP];
		uc->uc_mcontext.gregs[REG_RSP] += 8;
		return;
	}
	siglongjmp(back, 1);
}

static volatile int ticks;

static void
tick(int sig)
{
	ticks++;
}

int
main(void)
{
	struct sigaction sa = { .sa_sigaction = fpe, .sa_flags = SA_SIGINFO };
	volatile u64 count = 0;
	u64 sum = 0, n = 0;

	sigaction(SIGFPE, &sa, NULL);
	for (int i = 0; i < 300; i++) {
		sum += twice(i) + larger(i, 150) + chain(i) + through(twice, i) + through(chain, i);
		bump(&n);
		sum += (u64)half(i);
	}
	printf("%llu %llu\n", (unsigned long long)sum, (unsigned long long)n);
	for (int i = 0; i < 3; i++)
		printf("%llu %llu %llu %llu %llu %llu %llu\n", (unsigned long long)call_skip(0), (unsigned long long)call_skip(1),
			(unsigned long long)call_carry(i, 1), (unsigned long long)call_leave2(i), (unsigned long long)overwrite(),
			(unsigned long long)odd_registers(i), (unsigned long long)call_frame(i));
	if (sigsetjmp(back, 1) == 0)
		printf("%d\n", divide(5, (int)count));
	else
		printf("caught %llx\n", (unsigned long long)seen);
	printf("%d %d\n", divide(77, (int)count), divide(84, (int)count + 2));
	signal(SIGALRM, tick);
	ualarm(2000, 2000);
	while (ticks < 5)
		for (int i = 0; i < 1000; i++)
			count = larger(count, twice(i)) + (chain(i) & 1);
	ualarm(0, 0);
	printf("%d\n", count >= 1998);
	return 0;
}
