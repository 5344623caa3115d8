#include <stdio.h>
#include <stdlib.h>

static int calls;
int plug_data = 7;
extern int host_calls;

__attribute__((constructor)) static void up(void) { host_calls++; }
__attribute__((destructor)) static void down(void) { host_calls += 1000; }

int plug(int x) { return x * PLUG + ++calls + plug_data++; }
void plug_print(const char *s) { printf("plug %d: %s\n", PLUG, s); }

int
plug_sort(int *v, int n, int (*cmp)(const void *, const void *))
{
	qsort(v, n, sizeof *v, cmp);
	return v[0];
}
