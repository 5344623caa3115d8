/* static: musl */
/*
 * Status flags that a call returned with, for the next call or for the caller's own caller. Nothing here is called through a pointer, so the
 * recompiler knows who looks at them; the loops keep it from building the small functions into their callers.
 */
#include <stdio.h>

__asm__(
	".text\n"
	".macro function name\n\t.type \\name, @function\n\t.globl \\name\n\\name:\n.endm\n"
	".macro slow\n\tmovl $3, %ecx\n1:\tleaq 1(%rax), %rax\n\tloop 1b\n.endm\n"
	"function compares\n\tslow\n\tcmpq %rdi, %rsi\n\tret\n"
	"function reads\n\tsetb %al\n\tmovzbl %al, %eax\n\tsetg %dl\n\tmovzbl %dl, %edx\n\tleal (%rax,%rdx,2), %eax\n\tslow\n\tret\n"
	"function adds\n\tadcl $5, %edx\n\tmovl %edx, %eax\n\tslow\n\tret\n"
	"function relays\n\tpushq %rbx\n\tcall compares\n\tpopq %rbx\n\tret\n"
	"function next\n\tpushq %rbx\n\taddl $1, %edx\n\tcall compares\n\tcall reads\n\tpopq %rbx\n\tret\n"
	"function next_relayed\n\tpushq %rbx\n\taddl $1, %edx\n\tcall relays\n\tcall adds\n\tpopq %rbx\n\tret\n"
	"function behind\n\tpushq %rbx\n\taddl $1, %edx\n\tcall relays\n\tsetbe %al\n\tmovzbl %al, %eax\n\tpopq %rbx\n\tret\n");
long next(long a, long b, long c), next_relayed(long a, long b, long c), behind(long a, long b, long c);

int
main(void)
{
	static const long value[] = { 0, 1, -1, 255, 1L << 63 };

	for (int i = 0; i < 25; i++)
		printf("%d: %lx %lx %lx\n", i, next(value[i / 5], value[i % 5], 0) & 0xff, next_relayed(value[i / 5], value[i % 5], -1) & 0xffff,
			behind(value[i / 5], value[i % 5], i));
	return 0;
}
