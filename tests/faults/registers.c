/*
 * registers.c - instructions of every kind touch a forbidden page with known registers; the handler prints registers, address and where rip is.
 * Nothing of the instruction may have happened, but whole rounds of repeated string instructions.
 */
#include "fault.h"

static unsigned char *ro, *none;
static sigjmp_buf back;
static unsigned char *place;
static long grain;                              /* of the addresses: processors may store the end of an x87 image first */

static void
report(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	greg_t *g = c->uc_mcontext.gregs;
	static const int which[] = { REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_R8, REG_R9 };

	printf("  sig %d code %d at +%ld rip +%ld err %u", sig, info->si_code, info->si_addr ? (long)((char *)info->si_addr - (char *)ro) & -grain : -1L,
		(long)((char *)g[REG_RIP] - (char *)place), error_code(c));
	for (int i = 0; i < 8; i++) {
		long v = g[which[i]];

		if (v >= (long)ro - 8192 && v < (long)ro + 16384)
			printf(" p%+ld", v - (long)ro);
		else
			printf(" %lx", v);
	}
	printf(" xmm1 %08x", ((unsigned *)c->uc_mcontext.fpregs)[44]);
	printf(" bytes %02x %02x %02x\n", ro[-1], ro[0], ro[-8]);
	siglongjmp(back, 1);
}

/* rdi and rsi come from the table below, rcx is a count; a snippet sets what else it needs */
#define SNIPPET(name, text) \
	asm(".pushsection .text\n.globl s_" #name "\ns_" #name ":\n" text "\n nop\n ret\n.popsection\n"); \
	void s_##name(void);
#define LIST(S) \
	S(load, "mov (%rdi), %rax", 4096, 0) \
	S(store, "mov %rax, (%rdi)", 0, 0) \
	S(store_none, "movb $1, (%rdi)", 4096, 0) \
	S(store_cross, "movq %rax, -4(%rdi)", 0, 0) \
	S(load_cross, "movups -8(%rdi), %xmm1", 4096, 0) \
	S(rmw, "addl $5, (%rdi)", 0, 0) \
	S(rmw_carry, "stc\n adcq %rax, 2(%rdi)", 0, 0) \
	S(xchg, "xchg %rax, (%rdi)", 0, 0) \
	S(cmpxchg, "cmpxchg %rbx, (%rdi)", 0, 0) \
	S(lock_cmpxchg, "lock cmpxchg %rbx, (%rdi)", 0, 0) \
	S(lock_xadd, "lock xadd %rbx, (%rdi)", 0, 0) \
	S(xadd, "xadd %rbx, (%rdi)", 0, 0) \
	S(lock_inc, "lock incl (%rdi)", 0, 0) \
	S(lock_neg, "lock negl (%rdi)", 0, 0) \
	S(cmpxchg16b, "lock cmpxchg16b (%rdi)", 0, 0) \
	S(pushm, "push (%rdi)", 4096, 0) \
	S(popm, "push %rax\n pop (%rdi)", 0, 0) \
	S(push_stack, "mov %rsp, %r11\n mov %rdi, %rsp\n push %rax\n mov %r11, %rsp", 4096, 0) \
	S(call_stack, "mov %rsp, %r11\n mov %rdi, %rsp\n call 1f\n1: mov %r11, %rsp", 4096, 0) \
	S(pop_stack, "mov %rsp, %r11\n mov %rdi, %rsp\n pop %rax\n mov %r11, %rsp", 4096, 0) \
	S(leave, "mov %rsp, %r11\n mov %rbp, %r10\n mov %rdi, %rbp\n leave\n mov %r10, %rbp\n mov %r11, %rsp", 4096, 0) \
	S(movs, "movsb", 0, -8) \
	S(movs_src, "movsb", -8, 4096) \
	S(rep_movs, "rep movsb", -3, -64) \
	S(rep_movs_src, "rep movsq", -4096, 4080) \
	S(rep_movs_down, "std\n rep movsb\n cld", -4096 + 7, -64) \
	S(rep_stos, "rep stosw", -3, 0) \
	S(rep_stosq, "rep stosq", -16, 0) \
	S(rep_stos_none, "rep stosb", 4096, 0) \
	S(rep_zero, "xor %ecx, %ecx\n rep stosb\n mov (%rdi), %al", 4096, 0) \
	S(rep_lods, "rep lodsb", 0, 4092) \
	S(repe_cmps, "repe cmpsb", 4090, 4080) \
	S(repne_scas, "mov $0x77, %al\n repne scasb", 4090, 0) \
	S(cmps, "cmpsw", 4095, 0) \
	S(scas, "scasl", 4096, 0) \
	S(lods, "lodsq", 0, 4096) \
	S(xlat, "mov %rdi, %rbx\n xlat", 4096 - 5, 0) \
	S(bt, "bt %rcx, (%rdi)", 4096 - 2, 0) \
	S(bts, "bts %rcx, (%rdi)", -1, 0) \
	S(imul, "imul (%rdi), %rax", 4096, 0) \
	S(mul, "mulq (%rdi)", 4096, 0) \
	S(div, "divq (%rdi)", 4096, 0) \
	S(cmov, "cmp %rax, %rax\n cmovne (%rdi), %rax", 4096, 0) \
	S(setcc, "sete (%rdi)", 0, 0) \
	S(movaps_load, "movaps (%rdi), %xmm1", 4096, 0) \
	S(movaps_store, "movaps %xmm1, (%rdi)", 0, 0) \
	S(movaps_odd, "movaps -12(%rdi), %xmm1", 0, 0) \
	S(pxor_odd, "pxor -17(%rdi), %xmm1", 0, 0) \
	S(addsd, "addsd (%rdi), %xmm1", 4096, 0) \
	S(movlps, "movlps %xmm1, (%rdi)", 0, 0) \
	S(cvtsi2sd, "cvtsi2sdl (%rdi), %xmm1", 4096, 0) \
	S(fld, "fldl (%rdi)", 4096, 0) \
	S(fstp, "fldz\n fstpl (%rdi)\n fninit", 0, 0) \
	S(fstpt, "fldz\n fstpt -4(%rdi)\n fninit", 0, 0) \
	S(fnstenv, "fnstenv -8(%rdi)", 0, 0) \
	S(fxsave, "fxsave64 -16(%rdi)", 0, 0) \
	S(stmxcsr, "stmxcsr -2(%rdi)", 0, 0) \
	S(fs, "movabs $0x100000000000, %rax\n mov %fs:(%rax), %eax", 0, 0) \
	S(wild, "movabs $0x7eee00001234, %rdi\n mov (%rdi,%rcx,4), %eax", 0, 0) \
	S(wild_low32, "bts $40, %rdi\n mov (%rdi), %eax", -64, 0) \
	S(odd_pointer, "bts $62, %rdi\n mov (%rdi), %eax", -64, 0) \
	S(negative, "mov $-0x1000, %rdi\n mov (%rdi), %eax", 0, 0) \
	S(null, "xor %edi, %edi\n mov 16(%rdi), %eax", 0, 0) \
	S(null_index, "xor %edi, %edi\n mov (%rdi,%rcx,8), %eax", 0, 0) \
	S(jump_null, "xor %eax, %eax\n jmp *%rax", 0, 0) \
	S(call_mem, "call *(%rdi)", 4096, 0) \
	S(addr32, "mov 0x10(%edi), %eax", 4080, 0) \
	S(mixed, "mov (%rsi), %rax\n mov 8(%rsi), %rbx\n movb $9, (%rsi)\n mov 4096(%rsi), %rcx", -64, 4096 - 4096 - 32)

#define DEFINE(name, text, di, si) SNIPPET(name, text)
LIST(DEFINE)

#define ROW(name, text, di, si) { #name, s_##name, di, si },
static const struct { const char *name; void (*code)(void); long di, si; } row[] = { LIST(ROW) };

int
main(void)
{
	static char alternate[65536];
	stack_t s = { .ss_sp = alternate, .ss_size = sizeof alternate };
	unsigned char *m = mmap((void *)0x20000000, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	/* none, rw, read-only, none, rw: ro is the border of the second and the third */
	ro = m + 8192;
	none = ro + 4096;
	sigaltstack(&s, NULL);                   /* some move the stack pointer to the forbidden page */
	on(SIGSEGV, report, SA_NODEFER | SA_ONSTACK);
	on(SIGBUS, report, SA_NODEFER | SA_ONSTACK);
	for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
		mprotect(m, 5 * 4096, PROT_READ | PROT_WRITE);
		memset(m, 0x5a, 5 * 4096);
		mprotect(m, 4096, PROT_NONE);
		mprotect(ro, 4096, PROT_READ);
		mprotect(none, 4096, PROT_NONE);
		printf("%s\n", row[i].name);
		grain = row[i].name[0] == 'f' ? 4096 : 1;
		place = (unsigned char *)row[i].code;
		if (sigsetjmp(back, 1))
			continue;
		asm volatile("mov $0x1111, %%eax\n mov $0x2222, %%ebx\n mov $21, %%ecx\n mov $0x4444, %%edx\n mov $0x88, %%r8d\n mov $0x99, %%r9d\n"
			"movd %%r8d, %%xmm1\n xor %%r10d, %%r10d\n cmp $5, %%ecx\n call *%2"
			: : "D"(ro + row[i].di), "S"(ro + row[i].si), "r"(row[i].code)
			: "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm1", "memory", "cc");
		printf("  no fault\n");
	}
	return 0;
}
