/* Indirect functions in a library: through the PLT, pointers in data, dlsym, inside the library; the C library's own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

int pick(int), call_hidden(int), times_resolved(void), sum(const int *, int);
extern int (*pick_pointer)(int);
static int (*own_pointer)(int) = pick;

int
main(void)
{
	int v[100];
	char a[300], b[300];
	int (*p)(int) = dlsym(RTLD_DEFAULT, "pick");

	for (int i = 0; i < 100; i++)
		v[i] = i;
	printf("%d %d %d %d %d\n", pick(20), pick_pointer(20), own_pointer(20), p(20), call_hidden(20));
	printf("%d %d %d\n", times_resolved(), own_pointer == pick, pick_pointer == own_pointer);
	printf("%d %d\n", sum(v, 100), sum(v + 3, 41));
	for (int i = 0; i < 299; i++)
		a[i] = 'a' + i % 26;
	a[299] = 0;
	memcpy(b, a, 300);
	b[200] = 'Z';
	printf("%zu %d %td %td %d\n", strlen(a), strcmp(a, b) > 0, strchr(a, 'z') - a, strstr(a, "wxyzab") - a, strcasecmp("HeLLo", "hEllO"));
	memmove(b + 1, b, 250);
	printf("%.20s %td %zu %zu\n", b, (char *)memrchr(a, 'c', 299) - a, strspn(a, "abcdef"), wcslen(L"wide"));
	return 0;
}
