/* generated.c - code that is written, executed, rewritten and executed again, also while a loop keeps it hot. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const unsigned char add[] = { 0x8d, 0x04, 0x37, 0xc3 };                          /* lea (%rdi,%rsi),%eax; ret */
static const unsigned char sub[] = { 0x89, 0xf8, 0x29, 0xf0, 0xc3 };                    /* mov %edi,%eax; sub %esi,%eax; ret */
static const unsigned char count[] = { 0x31, 0xc0, 0xff, 0xc0, 0xff, 0xcf, 0x75, 0xfa, 0xc3 };  /* a loop */

int
main(void)
{
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*volatile f)(int, int) = (int (*)(int, int))(void *)code;
	long sum = 0;

	memcpy(code, add, sizeof(add));
	printf("%d\n", f(40, 2));
	memcpy(code, sub, sizeof(sub));
	printf("%d\n", f(40, 2));
	for (int i = 0; i < 3000; i++) {
		memcpy(code, i % 3 ? add : sub, 5);
		sum += f(i, 5);
	}
	printf("%ld\n", sum);
	memcpy(code + 100, count, sizeof(count));
	f = (int (*)(int, int))(void *)(code + 100);
	printf("%d\n", f(100000, 0));
	return 0;
}
