/* Generated code: write, mprotect, execute; rewrite and execute again; W+X pages; code that calls back. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static int back(int x) { return x * 2; }

static size_t
emit_add(unsigned char *p, int k)
{
	unsigned char code[] = { 0x8d, 0x87, 0, 0, 0, 0, 0xc3 };        /* lea eax, [rdi + k]; ret */

	memcpy(code + 2, &k, 4);
	memcpy(p, code, sizeof code);
	return sizeof code;
}

int
main(void)
{
	unsigned char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*f)(int) = (int (*)(int))p;
	int sum = 0;

	for (int k = 0; k < 50; k++) {
		mprotect(p, 4096, PROT_READ | PROT_WRITE);
		emit_add(p, k * 3);
		mprotect(p, 4096, PROT_READ | PROT_EXEC);
		sum = sum * 5 + f(k);
	}
	printf("%d\n", sum);
	unsigned char *q = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*g)(int) = (int (*)(int))q;
	for (int k = 0; k < 50; k++) {
		emit_add(q, k * 7);
		sum = sum * 5 + g(k);
	}
	printf("%d\n", sum);
	/* push rbp; mov rbp, rsp; movabs rax, back; call rax; add eax, 1; pop rbp; ret, in a loop of 1000 calls */
	unsigned char call[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd0, 0x83, 0xc0, 0x01, 0x5d, 0xc3 };
	void *target = (void *)back;
	memcpy(call + 6, &target, 8);
	memcpy(q + 256, call, sizeof call);
	int (*h)(int) = (int (*)(int))(q + 256);
	for (int k = 0; k < 1000; k++)
		sum = sum * 5 + h(k);
	printf("%d\n", sum);
	return 0;
}
