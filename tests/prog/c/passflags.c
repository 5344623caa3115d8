/*
 * Status flags that go through functions which leave them alone: back to the caller, on into another function, through jumps between
 * functions and calls through pointers. The loops keep the recompiler from building the small functions into their callers.
 */
#include <stdio.h>

__asm__(
	".text\n"
	".macro function name\n\t.type \\name, @function\n\t.globl \\name\n\\name:\n.endm\n"
	".macro slow\n\tmovl $3, %ecx\n1:\tleaq 1(%rax), %rax\n\tloop 1b\n.endm\n"
	".macro flags_to_eax\n\tpushfq\n\tpopq %rax\n\tandl $0x8d5, %eax\n.endm\n"     /* rdi, rsi are compared */
	"function getter\n\tmovq $7, %rax\n\tret\n"
	"function keeps\n\tslow\n\tret\n"
	"function keeps_twice\n\tpushq %rbx\n\tslow\n\tcall keeps\n\tpopq %rbx\n\tret\n"
	"function jumps\n\tslow\n\tjmp keeps\n"
	"function keeps_carry\n\tslow\n\tincq %rsi\n\tret\n"
	"function sometimes\n\tslow\n\tjb 2f\n\tret\n2:\tslow\n\ttestl %ecx, %ecx\n\tret\n"
	"function reads\n\tsetb %al\n\tmovzbl %al, %eax\n\tsetg %dl\n\tmovzbl %dl, %edx\n\tleal (%rax,%rdx,2), %eax\n\tslow\n\tret\n"
	"function jumps_to_reads\n\tslow\n\tjmp reads\n"
	"function calls_reads\n\tpushq %rbx\n\tslow\n\tcall reads\n\tpopq %rbx\n\tret\n"
	"function calls_first\n\tpushq %rbx\n\tcall keeps\n\tcall reads\n\tpopq %rbx\n\tret\n"
	"function jumps_away\n\tslow\n\tleaq reads(%rip), %rdx\n\tjmp *%rdx\n"
	".macro behind name\nfunction behind_\\name\n\tpushq %rbx\n\tcmpq %rsi, %rdi\n\tcall \\name\n\tflags_to_eax\n\tpopq %rbx\n\tret\n.endm\n"
	".macro before name\nfunction before_\\name\n\tpushq %rbx\n\tcmpq %rsi, %rdi\n\tcall \\name\n\tpopq %rbx\n\tret\n.endm\n"
	"behind getter\n\tbehind keeps\n\tbehind keeps_twice\n\tbehind jumps\n\tbehind keeps_carry\n\tbehind sometimes\n"
	"before reads\n\tbefore jumps_to_reads\n\tbefore calls_reads\n\tbefore calls_first\n\tbefore jumps_away\n"
	"function behind_pointer\n\tpushq %rbx\n\tcmpq %rsi, %rdi\n\tcall *%rdx\n\tflags_to_eax\n\tpopq %rbx\n\tret\n"
	"function before_pointer\n\tpushq %rbx\n\tcmpq %rsi, %rdi\n\tcall *%rdx\n\tpopq %rbx\n\tret\n"
	"function behind_tail\n\tpushq %rbx\n\tcall compares\n\tflags_to_eax\n\tpopq %rbx\n\tret\n"
	"function compares\n\tslow\n\tcmpq %rsi, %rdi\n\tjmp keeps_twice\n");

typedef long fn(long a, long b, const void *through);
#define BEHIND(x) x(getter) x(keeps) x(keeps_twice) x(jumps) x(keeps_carry) x(sometimes)
#define BEFORE(x) x(reads) x(jumps_to_reads) x(calls_reads) x(calls_first) x(jumps_away)
#define DECLARE_BEHIND(name) fn name, behind_##name;
#define DECLARE_BEFORE(name) fn name, before_##name;
BEHIND(DECLARE_BEHIND)
BEFORE(DECLARE_BEFORE)
fn behind_pointer, before_pointer, behind_tail;

int
main(void)
{
	static const long value[] = { 0, 1, -1, 255, 1L << 63 };

	for (int i = 0; i < 25; i++) {
		long a = value[i / 5], b = value[i % 5];

		printf("%ld %ld:", a, b);
#define SHOW_BEHIND(name) printf(" " #name " %lx %lx", behind_##name(a, b, NULL), behind_pointer(a, b, name));
#define SHOW_BEFORE(name) printf(" " #name " %lx %lx", before_##name(a, b, NULL), before_pointer(a, b, name));
		BEHIND(SHOW_BEHIND)
		BEFORE(SHOW_BEFORE)
		printf(" tail %lx\n", behind_tail(a, b, NULL));
	}
	return 0;
}
