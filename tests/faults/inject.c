/*
 * inject.c - nil checks as Go and Java runtimes do them: the handler makes the faulting instruction look like a call of a panic function, which
 * prints where it was and throws to the innermost recovery; and implicit checks that continue at a table's address.
 */
#include "fault.h"

long get_field(void *), implicit(void *);
extern char panic_call[], implicit_load[], implicit_slow[], get_field_end[];
static jmp_buf *recovery;
static int count;

void
panic_at(void *pc)
{
	printf("nil access in %s\n", (char *)pc >= (char *)get_field && (char *)pc < get_field_end ? "get_field" : "another function");
	longjmp(*recovery, 1);
}

asm(".text\npanic_call:\n mov (%rsp), %rdi\n and $-16, %rsp\n call panic_at\n"
	".globl get_field, get_field_end\nget_field:\n mov 24(%rdi), %rax\n ret\nget_field_end:\n"
	"implicit:\n xor %eax, %eax\nimplicit_load: mov (%rdi), %rax\n ret\nimplicit_slow: mov $-1, %rax\n ret\n");

static void
handler(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	count++;
	if (g[REG_RIP] == (greg_t)implicit_load) {
		g[REG_RIP] = (greg_t)implicit_slow;
		return;
	}
	g[REG_RSP] -= 8;
	*(greg_t *)g[REG_RSP] = g[REG_RIP];
	g[REG_RIP] = (greg_t)panic_call;
}

int
main(void)
{
	long object[4] = { 1, 2, 3, 4 }, sum = 0;
	jmp_buf here;

	on(SIGSEGV, handler, SA_NODEFER);
	recovery = &here;
	if (!setjmp(here))
		printf("%ld\n", get_field(NULL));
	printf("%ld\n", get_field(object));
	for (int i = 0; i < 3000; i++)
		sum += implicit(i % 3 ? object : NULL);
	printf("%ld, %d faults\n", sum, count);
	return 0;
}
