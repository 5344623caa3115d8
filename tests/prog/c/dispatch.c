/* An interpreter whose handlers jump to each other through a table; some loop on their own, one calls, one is an interpreter itself. */
#include <stdio.h>

static long
inner(const unsigned char *op, long n)
{
	static const void *const to[] = { &&add, &&twice, &&loop, &&end };
	long x = 1;
	const unsigned char *at = op;

	goto *to[*at];
add:
	x += n;
	goto *to[*++at];
twice:
	x = x * 2 % 1000003;
	goto *to[*++at];
loop:
	if (--n > 0)
		at = op - 1;
	goto *to[*++at];
end:
	return x;
}

static long
run(const unsigned char *code, long n)
{
	static const void *const to[] = { &&push, &&sum, &&fill, &&call, &&twist, &&back, &&end };
	static unsigned char sub[] = { 0, 1, 0, 2, 3 };
	long a[64], acc = 0, i, j;
	const unsigned char *at = code;

	for (i = 0; i < 64; i++)
		a[i] = i;
	goto *to[*at];
push:
	acc += n ^ a[n & 63];
	goto *to[*++at];
sum:
	for (i = 0; i < 64; i++)
		acc += a[i];
	goto *to[*++at];
fill:
	for (i = 0; i < 8; i++)
		for (j = 0; j < 8; j++)
			a[8 * i + j] = acc % (i + j + 1);
	goto *to[*++at];
call:
	acc += inner(sub, n % 50 + 1);
	goto *to[*++at];
twist:
	if (acc & 1)
		acc = 3 * acc + 1;
	else
		acc = acc / 2 + n;
	goto *to[*++at];
back:
	acc %= 1000000007;
	at = --n > 0 ? code : at + 1;
	goto *to[*at];
end:
	return acc;
}

/*
 * Handlers that look at the register they were jumped to through, rax: each adds how far it is from the first one, which is rax less the first
 * one's address; one calls a function that does that.
 */
long place(const unsigned char *code);
__asm__(
	".section .data.rel.ro, \"aw\"\n"
	".balign 8\n"
	"places: .quad first, second, third, last\n"
	".text\n"
	"given: sub %r8, %rax\n"
	"	add %rax, %rcx\n"
	"	ret\n"
	".globl place\n"
	".type place, @function\n"
	"place: xor %ecx, %ecx\n"
	"	lea first(%rip), %r8\n"
	"	lea places(%rip), %rdx\n"
	"	movzbl (%rdi), %eax\n"
	"	mov (%rdx, %rax, 8), %rax\n"
	"	jmp *%rax\n"
	"first: sub %r8, %rax\n"
	"	lea 1(%rcx, %rax), %rcx\n"
	"	inc %rdi\n"
	"	movzbl (%rdi), %eax\n"
	"	mov (%rdx, %rax, 8), %rax\n"
	"	jmp *%rax\n"
	"second: mov $3, %esi\n"
	"1:	imul $7, %rcx, %rcx\n"
	"	dec %esi\n"
	"	jnz 1b\n"
	"	sub %r8, %rax\n"
	"	add %rax, %rcx\n"
	"	inc %rdi\n"
	"	movzbl (%rdi), %eax\n"
	"	mov (%rdx, %rax, 8), %rax\n"
	"	jmp *%rax\n"
	"third: lea given(%rip), %rsi\n"
	"	call *%rsi\n"
	"	inc %rdi\n"
	"	movzbl (%rdi), %eax\n"
	"	mov (%rdx, %rax, 8), %rax\n"
	"	jmp *%rax\n"
	"last: mov %rcx, %rax\n"
	"	ret\n"
	".size place, . - place\n");

int
main(void)
{
	static const unsigned char all[] = { 0, 1, 2, 1, 0, 2, 2, 0, 3 };

	static const unsigned char first[] = { 0, 1, 2, 3, 4, 5, 6 }, second[] = { 4, 0, 0, 4, 5, 6 }, third[] = { 3, 5, 6 };

	printf("%ld\n", run(first, 3000));
	printf("%ld\n", run(second, 300000));
	printf("%ld\n", run(third, 5000));
	for (int i = 0; i < 9; i++)
		printf("%ld\n", place(all + i));
	return 0;
}
