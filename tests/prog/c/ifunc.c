/* GNU indirect functions resolved at start. libc: glibc */
#include <stdio.h>
#include <string.h>

static int one(int x) { return x + 1; }
static int two(int x) { return x + 2; }
static int (*pick(void))(int) { return __builtin_cpu_supports("sse4.2") ? two : one; }
int chosen(int) __attribute__((ifunc("pick")));

int
main(void)
{
	char a[300], b[300];

	__builtin_cpu_init();
	memset(a, 'x', sizeof a);
	a[299] = 0;
	strcpy(b, a);
	printf("%d %zu %d %p\n", chosen(1) > 1, strlen(b), strcmp(a, b), memchr(a, 'y', 299));
	printf("%d\n", (int)(strstr(a, "xxx") - a));
	return 0;
}
