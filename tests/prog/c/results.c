/*
 * Registers as no compiler of C uses them: functions that return something in rdi, rsi, r9 and r11 and keep r10, called directly, through pointers,
 * through other functions that only hand it on, and by a jump or a return to a computed address; byte registers of which somebody wants
 * the rest later, and some of which nobody does. The loops keep the recompiler from building the small functions into their callers.
 */
#include <stdio.h>

__asm__(
	".text\n"
	".macro function name\n\t.type \\name, @function\n\t.globl \\name\n\\name:\n.endm\n"
	".macro slow\n\tmovl $3, %ecx\n7:\tleaq 1(%rax), %rax\n\tdecl %ecx\n\tjnz 7b\n.endm\n"
	/* five results from (rdi, rsi): rax, rdi, rsi, r9, r11; r10 stays as it was */
	"function five\n\tslow\n\tleaq (%rdi,%rsi), %r9\n\tmovq %rdi, %r11\n\timulq %rsi, %r11\n\txchgq %rdi, %rsi\n\tmovq %r9, %rax\n\tret\n"
	"function hands_on\n\tpushq %rbx\n\tcall five\n\tpopq %rbx\n\tret\n"
	"function hands_on_pointer\n\tpushq %rbx\n\tleaq five(%rip), %rbx\n\tcall *%rbx\n\tpopq %rbx\n\tret\n"
	"function jumps_on\n\tslow\n\tleaq five(%rip), %rdx\n\tjmp *%rdx\n"
	"function returns_on\n\tslow\n\tleaq five(%rip), %rdx\n\tpushq %rdx\n\tret\n"
	"function sum_five\n\tleaq (%rax,%rdi,2), %rax\n\tleaq (%rax,%rsi,4), %rax\n\tleaq (%rax,%r9,8), %rax\n\taddq %r10, %rax\n\tsubq %r11, %rax\n\tslow\n\tret\n"
	".macro caller name\nfunction calls_\\name\n\tpushq %rbx\n\tmovl $1000, %r10d\n\tcall \\name\n\tleaq (%rax,%rdi,2), %rax\n\tleaq (%rax,%rsi,4), %rax\n"
	"\tleaq (%rax,%r9,8), %rax\n\taddq %r10, %rax\n\tsubq %r11, %rax\n\tpopq %rbx\n\tret\n"
	"function passes_\\name\n\tpushq %rbx\n\tmovl $1000, %r10d\n\tcall \\name\n\tcall sum_five\n\tpopq %rbx\n\tret\n.endm\n"
	"caller five\n\tcaller hands_on\n\tcaller hands_on_pointer\n\tcaller jumps_on\n\tcaller returns_on\n"
	"function calls_pointer\n\tpushq %rbx\n\tmovl $1000, %r10d\n\tcall *%rdx\n\tleaq (%rax,%rdi,2), %rax\n\tleaq (%rax,%rsi,4), %rax\n"
	"\tleaq (%rax,%r9,8), %rax\n\taddq %r10, %rax\n\tsubq %r11, %rax\n\tpopq %rbx\n\tret\n"
	/* the rest is wanted behind the call that set the byte; not wanted; with both bytes set; on one of two ways; round a loop */
	"function keeps_rest\n\tslow\n\tcmpq %rsi, %rdi\n\tsetg %r9b\n\tret\n"
	"function rest_through\n\tpushq %rbx\n\tmovq %rdi, %r9\n\tshlq $20, %r9\n\tcall keeps_rest\n\tmovq %r9, %rax\n\tpopq %rbx\n\tret\n"
	"function byte_only\n\tslow\n\tcmpq %rsi, %rdi\n\tsetg %r9b\n\tsetl %sil\n\torl %r9d, %esi\n\tmovzbl %sil, %eax\n\tret\n"
	"function two_bytes\n\tmovq %rdi, %rax\n\tcmpq %rsi, %rdi\n\tsetg %al\n\tsetl %ah\n\tsbbb %cl, %cl\n\tmovb %cl, %sil\n\taddq %rsi, %rax\n\tret\n"
	"function one_way\n\tslow\n\tmovq %rdi, %r11\n\tcmpq %rsi, %rdi\n\tsete %r11b\n\tjg 1f\n\tmovq %r11, %rax\n\tret\n1:\tmovzbl %r11b, %eax\n\tret\n"
	"function byte_loop\n\tmovq %rdi, %r9\n\tmovl $5, %ecx\n1:\taddb $77, %r9b\n\tmovb %r9b, %al\n\tdecl %ecx\n\tjnz 1b\n\tmovq %r9, %rax\n\tret\n"
	"function ones\n\torl $-1, %eax\n\torq $-1, %r9\n\tsubq %r9, %rax\n\tret\n");

typedef long fn(long a, long b, const void *through);
#define FUNCTIONS(x) x(five) x(hands_on) x(hands_on_pointer) x(jumps_on) x(returns_on)
#define BYTES(x) x(rest_through) x(byte_only) x(two_bytes) x(one_way) x(byte_loop) x(ones)
#define DECLARE(name) fn name, calls_##name, passes_##name;
#define DECLARE_BYTES(name) fn name;
FUNCTIONS(DECLARE)
BYTES(DECLARE_BYTES)
fn calls_pointer;

int
main(void)
{
	static const long value[] = { 0, 1, -1, 300, 0x123456789abcdef };
	fn *volatile through;

	for (int i = 0; i < 25; i++) {
		long a = value[i / 5], b = value[i % 5];

		printf("%ld %ld:", a, b);
#define SHOW(name) printf(" " #name " %lx %lx %lx", calls_##name(a, b, NULL), passes_##name(a, b, NULL), calls_pointer(a, b, name));
#define SHOW_BYTES(name) through = name; printf(" " #name " %lx %lx", name(a, b, NULL), through(a, b, NULL));
		FUNCTIONS(SHOW)
		BYTES(SHOW_BYTES)
		printf("\n");
	}
	return 0;
}
