/*
 * native.c - runs one instruction on this CPU: a trampoline loads all of struct state, jumps to CODE, and the code there
 * jumps on to EXIT_PC, which stores everything. Faults come back through signal handlers on their own stack.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "insn.h"

void trampoline(void);
void trampoline_exit(void);
void trampoline_fault(void);

/* the numbers are STATE_ADDR, its members, HOST_RSP and HOST_STACK; 0x1000281c says whether there is AVX */
__asm__(
	".text\n"
	"trampoline:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, 0x10002800\n"
	"	fxrstor64 0x100020a0\n"
	"	cmpl $0, 0x1000281c\n"
	"	je 1f\n"
	"	vinsertf128 $1, 0x100022a0, %ymm0, %ymm0\n"
	"	vinsertf128 $1, 0x100022b0, %ymm1, %ymm1\n"
	"	vinsertf128 $1, 0x100022c0, %ymm2, %ymm2\n"
	"	vinsertf128 $1, 0x100022d0, %ymm3, %ymm3\n"
	"	vinsertf128 $1, 0x100022e0, %ymm4, %ymm4\n"
	"	vinsertf128 $1, 0x100022f0, %ymm5, %ymm5\n"
	"	vinsertf128 $1, 0x10002300, %ymm6, %ymm6\n"
	"	vinsertf128 $1, 0x10002310, %ymm7, %ymm7\n"
	"	vinsertf128 $1, 0x10002320, %ymm8, %ymm8\n"
	"	vinsertf128 $1, 0x10002330, %ymm9, %ymm9\n"
	"	vinsertf128 $1, 0x10002340, %ymm10, %ymm10\n"
	"	vinsertf128 $1, 0x10002350, %ymm11, %ymm11\n"
	"	vinsertf128 $1, 0x10002360, %ymm12, %ymm12\n"
	"	vinsertf128 $1, 0x10002370, %ymm13, %ymm13\n"
	"	vinsertf128 $1, 0x10002380, %ymm14, %ymm14\n"
	"	vinsertf128 $1, 0x10002390, %ymm15, %ymm15\n"
	"1:\n"
	"	mov $0x10004000, %esp\n"
	"	push 0x10002080\n"
	"	popfq\n"
	"	mov 0x10002000, %rax; mov 0x10002008, %rcx; mov 0x10002010, %rdx; mov 0x10002018, %rbx\n"
	"	mov 0x10002028, %rbp; mov 0x10002030, %rsi; mov 0x10002038, %rdi; mov 0x10002040, %r8\n"
	"	mov 0x10002048, %r9; mov 0x10002050, %r10; mov 0x10002058, %r11; mov 0x10002060, %r12\n"
	"	mov 0x10002068, %r13; mov 0x10002070, %r14; mov 0x10002078, %r15; mov 0x10002020, %rsp\n"
	"	jmp *0x10002810\n"
	"trampoline_exit:\n"
	"	mov %rax, 0x10002000; mov %rcx, 0x10002008; mov %rdx, 0x10002010; mov %rbx, 0x10002018\n"
	"	mov %rsp, 0x10002020; mov %rbp, 0x10002028; mov %rsi, 0x10002030; mov %rdi, 0x10002038\n"
	"	mov %r8, 0x10002040; mov %r9, 0x10002048; mov %r10, 0x10002050; mov %r11, 0x10002058\n"
	"	mov %r12, 0x10002060; mov %r13, 0x10002068; mov %r14, 0x10002070; mov %r15, 0x10002078\n"
	"	mov $0x10004000, %esp\n"
	"	pushfq\n"
	"	pop 0x10002080\n"
	"	fxsave64 0x100020a0\n"
	"	cmpl $0, 0x1000281c\n"
	"	je trampoline_fault\n"
	"	vextractf128 $1, %ymm0, 0x100022a0\n"
	"	vextractf128 $1, %ymm1, 0x100022b0\n"
	"	vextractf128 $1, %ymm2, 0x100022c0\n"
	"	vextractf128 $1, %ymm3, 0x100022d0\n"
	"	vextractf128 $1, %ymm4, 0x100022e0\n"
	"	vextractf128 $1, %ymm5, 0x100022f0\n"
	"	vextractf128 $1, %ymm6, 0x10002300\n"
	"	vextractf128 $1, %ymm7, 0x10002310\n"
	"	vextractf128 $1, %ymm8, 0x10002320\n"
	"	vextractf128 $1, %ymm9, 0x10002330\n"
	"	vextractf128 $1, %ymm10, 0x10002340\n"
	"	vextractf128 $1, %ymm11, 0x10002350\n"
	"	vextractf128 $1, %ymm12, 0x10002360\n"
	"	vextractf128 $1, %ymm13, 0x10002370\n"
	"	vextractf128 $1, %ymm14, 0x10002380\n"
	"	vextractf128 $1, %ymm15, 0x10002390\n"
	"trampoline_fault:\n"
	"	cld\n"
	"	mov 0x10002800, %rsp\n"
	"	fninit\n"
	"	movl $0x1f80, 0x10002818\n"
	"	ldmxcsr 0x10002818\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
);

_Static_assert(offsetof(struct state, r) == 0, "trampoline");
_Static_assert(offsetof(struct state, flags) == 0x80, "trampoline");
_Static_assert(offsetof(struct state, fx) == 0xa0, "trampoline");
_Static_assert(offsetof(struct state, ymmh) == 0x2a0, "trampoline");

/* any address that is one */
#define CANONICAL_STACK 0x10004000

static bool running;
static const struct test *last;

static void
on_signal(int sig, siginfo_t *info, void *context)
{
	static const int order[16] = {
		REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15
	};
	ucontext_t *uc = context;
	greg_t *g = uc->uc_mcontext.gregs;
	struct state *s = (struct state *)(uintptr_t)STATE_ADDR;

	(void)info;
	if (!running) {
		fprintf(stderr, "insn: fault outside the instruction under test, or in the interpreter's: %s, signal %d at %llx\n",
		    last->name, sig, (unsigned long long)g[REG_RIP]);
		for (u32 i = 0; i < last->len; i++)
			fprintf(stderr, " %02x", last->bytes[i]);
		fputc('\n', stderr);
		_exit(3);
	}
	for (int i = 0; i < 16; i++)
		s->r[i] = g[order[i]];
	s->flags = g[REG_EFL];
	s->rip = (u32)g[REG_RIP];
	s->signal = sig;
	memcpy(s->fx, uc->uc_mcontext.fpregs, 512);
	g[REG_EFL] &= ~0x40500;
	g[REG_RSP] = CANONICAL_STACK;                   /* under some hypervisors nobody comes back from a kernel with a stack pointer that is none */
	g[REG_RIP] = (greg_t)(uintptr_t)trampoline_fault;
}

bool
native_avx(void)
{
	return __builtin_cpu_supports("avx2");
}

bool
native_code32(void)
{
	u8 there;

	__asm__("verr %w1; setz %0" : "=q"(there) : "r"(0x23) : "cc");
	return there;
}

void
native_setup(void)
{
	static u8 stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	u8 *p = mmap((void *)(uintptr_t)AREA, AREA_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	u8 *exit_code = (u8 *)(uintptr_t)EXIT_PC;
	u32 slot = HOST_EXIT;
	cpu_set_t first;

	CPU_ZERO(&first);                               /* lsl can tell the processors apart, and ours has number 0 */
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof first, &first);
	if (p == MAP_FAILED) {
		perror("insn: mmap");
		exit(2);
	}
	exit_code[0] = 0xff;                            /* jmp *HOST_EXIT */
	exit_code[1] = 0x24;
	exit_code[2] = 0x25;
	memcpy(exit_code + 3, &slot, 4);
	*(void **)(uintptr_t)HOST_EXIT = (void *)trampoline_exit;
	*(u32 *)(uintptr_t)(HOST_EXIT + 0x14) = native_avx();
	sigaltstack(&ss, NULL);
	sa.sa_sigaction = on_signal;
	sigaction(SIGFPE, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);
	syscall(SYS_arch_prctl, ARCH_SET_GS, (unsigned long)GS_BASE);
}

static bool
canonical(u64 p)
{
	return (u64)((i64)(p << 16) >> 16) == p;
}

/* There an interrupt that comes while the stack pointer is none ends in SIGSEGV, too; a fault of the instruction's own comes again. */
void
native_run(const struct test *t, struct state *s)
{
	struct state *shared = (struct state *)(uintptr_t)STATE_ADDR;

	*(u64 *)(uintptr_t)(HOST_EXIT + 8) = t->code ? (u64)(uintptr_t)t->code : CODE;
	s->signal = 0;
	last = t;
	for (int tries = 0; tries < 3; tries++) {
		*shared = *s;
		running = true;
		trampoline();
		running = false;
		if (shared->signal != SIGSEGV || canonical(shared->r[4]))
			break;
	}
	*s = *shared;
}
