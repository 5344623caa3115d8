/*
 * Flags at a faulting access: the handler makes the page accessible and comes back, the instruction begins anew and reads the flags
 * that it found, or leaves them to the one behind it. The handler sees them, too.
 */
#include "fault.h"
#include <sys/mman.h>
#include <ucontext.h>

typedef unsigned long u64;
static char *page;
static u64 seen;

static void
open_page(int sig, siginfo_t *si, void *context)
{
	ucontext_t *u = context;

	(void)sig;
	(void)si;
	seen = u->uc_mcontext.gregs[REG_EFL] & 0x8c5;         /* AF is undefined behind and, shl */
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

/* each enters with the page closed */
#define FUNCTION(name, code) \
	u64 name(u64 a, u64 b, void *p); \
	__asm__(".text\n.type " #name ",@function\n" #name ":\n" code "\n ret\n.size " #name ",.-" #name "\n")
FUNCTION(adc_after_cmp, "mov $5, %eax\n cmp %rsi, %rdi\n adc (%rdx), %rax");
FUNCTION(adc_after_adc, "xor %eax, %eax\n add %rsi, %rdi\n adc %rsi, %rdi\n adc (%rdx), %rax");
FUNCTION(adc_after_and, "mov $5, %eax\n and %rsi, %rdi\n adc (%rdx), %rax");
FUNCTION(sbb_to_memory, "mov $5, %eax\n sub %rsi, %rdi\n sbb %rax, (%rdx)\n sbb %rax, %rax");
FUNCTION(locked_adc, "mov $5, %eax\n cmp %rsi, %rdi\n lock adc %rax, (%rdx)\n setb %al");
FUNCTION(set_in_memory, "xor %eax, %eax\n cmp %rsi, %rdi\n setle (%rdx)\n setb %al\n add (%rdx), %al");
FUNCTION(load_between, "xor %eax, %eax\n cmp %rsi, %rdi\n mov (%rdx), %rcx\n setg %al\n lea (%rax,%rcx,2), %rax");
FUNCTION(store_between, "xor %eax, %eax\n add %rsi, %rdi\n mov %rdi, (%rdx)\n seto %al\n setp %ah");
FUNCTION(cmov_between, "mov $7, %eax\n shl $1, %rdi\n cmovb (%rdx), %rax\n cmovs %rdi, %rax");
FUNCTION(inc_between, "mov $7, %eax\n cmp %rsi, %rdi\n incq (%rdx)\n adc $0, %rax");

int
main(void)
{
	static const struct { const char *name; u64 (*f)(u64, u64, void *); } test[] = {
		{ "adc after cmp", adc_after_cmp }, { "adc after adc", adc_after_adc }, { "adc after and", adc_after_and },
		{ "sbb to memory", sbb_to_memory }, { "locked adc", locked_adc }, { "set in memory", set_in_memory },
		{ "load between", load_between }, { "store between", store_between }, { "cmov between", cmov_between }, { "inc between", inc_between },
	};
	static const u64 value[] = { 0, 1, 0x7fffffffffffffff, 0x8000000000000000, ~0ul };
	struct sigaction sa = { .sa_sigaction = open_page, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned t = 0; t < sizeof test / sizeof *test; t++)
		for (unsigned i = 0; i < 25; i++) {
			u64 r;

			*(u64 *)page = i;
			mprotect(page, 4096, PROT_NONE);
			r = test[t].f(value[i / 5], value[i % 5], page);
			printf("%s %u: %lx %lx, %lx\n", test[t].name, i, r, *(u64 *)page, seen);
		}
	return 0;
}
