/*
 * Loops that read a flag from before them, entered in several ways: falling into them, jumping into them from another function with flags of
 * another instruction, or at a retried locked instruction. Where a loop is left and entered again the flags must be those of the way that was taken.
 */
#include <stdio.h>

typedef unsigned long u64;

u64 count_adc(u64 a, u64 b, u64 n);
u64 count_cmp(u64 a, u64 b, u64 n);
u64 count_sub(u64 a, u64 b, u64 n);
u64 count_and(u64 a, u64 b, u64 n);
u64 count_shift(u64 a, u64 b, u64 n);
u64 locked_adc(u64 a, u64 b, unsigned short *p);
u64 locked_cmp(u64 a, u64 b, unsigned short *p);
u64 locked_sub(u64 a, u64 b, unsigned short *p);

/* rounds times -CF as sbb sees it, in rax */
__asm__(
	".text\n"
	/* uses up fuel, leaves the flags alone */
	".macro slow n\n mov $\\n, %ecx\n0: loop 0b\n.endm\n"
	".type count_adc,@function\ncount_adc: xor %eax, %eax\n add %rsi, %rdi\n adc $0, %rsi\n add %rsi, %rdi\n adc $0, %rdi\n slow 3\n mov %rdx, %rcx\n"
	".Lin: sbb %r8, %r8\n lea (%rax,%r8), %rax\n loop .Lin\n ret\n.size count_adc,.-count_adc\n"
	".type count_cmp,@function\ncount_cmp: mov $0, %eax\n cmp %rsi, %rdi\n slow 3\n mov %rdx, %rcx\n jmp .Lin\n.size count_cmp,.-count_cmp\n"
	".type count_sub,@function\ncount_sub: mov $0, %eax\n sub %rsi, %rdi\n slow 2\n mov %rdx, %rcx\n jmp .Lin\n.size count_sub,.-count_sub\n"
	".type count_and,@function\ncount_and: mov $0, %eax\n and %rsi, %rdi\n slow 2\n mov %rdx, %rcx\n jmp .Lin\n.size count_and,.-count_and\n"
	".type count_shift,@function\ncount_shift: mov $0, %eax\n shl $1, %rdi\n slow 3\n mov %rdx, %rcx\n jmp .Lin\n.size count_shift,.-count_shift\n"
	".type locked_adc,@function\nlocked_adc: xor %eax, %eax\n add %rsi, %rdi\n adc $7, %rdi\n slow 2\n.Llock: lock sbbw %si, (%rdx)\n sbb %rax, %rax\n ret\n"
	".size locked_adc,.-locked_adc\n"
	".type locked_cmp,@function\nlocked_cmp: mov $0, %eax\n cmp %rsi, %rdi\n slow 3\n jmp .Llock\n.size locked_cmp,.-locked_cmp\n"
	".type locked_sub,@function\nlocked_sub: mov $0, %eax\n sub %rsi, %rdi\n slow 2\n jmp .Llock\n.size locked_sub,.-locked_sub\n"
);

int
main(void)
{
	static const u64 values[] = { 0, 1, 3, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, ~0ul };
	static unsigned short word[2];
	enum { N = sizeof values / sizeof *values };

	for (int i = 0; i < N; i++)
		for (int k = 0; k < N; k++) {
			u64 a = values[i], b = values[k];
			unsigned short *p = (unsigned short *)((char *)word + 1);

			printf("%lx %lx:", a, b);
			for (u64 n = 1; n <= 70000; n = n * 41 + 1) {
				printf(" %lx %lx", count_adc(a, b, n), count_cmp(a, b, n));
				printf(" %lx", count_sub(a, b, n));
				printf(" %lx %lx", count_and(a, b, n), count_shift(a, b, n));
			}
			printf(" %lx", locked_adc(a, b, p));
			printf(" %x", *p);
			printf(" %lx", locked_cmp(a, b, p));
			printf(" %x", *p);
			printf(" %lx", locked_sub(a, b, p));
			printf(" %x\n", *p);
		}
	return 0;
}
