/* A library whose segments want 2 MiB: linked and dlopen'd. */
#include <dlfcn.h>
#include <stdio.h>

int aligned(void), value(int);
const char *where(void);

int
main(void)
{
	for (int i = 0; i < 3; i++)
		printf("%d %s %d %d\n", aligned(), where(), value(1), value(2));
	for (int i = 0; i < 5; i++) {
		void *h = dlopen("libhuge2.so", RTLD_NOW);
		int (*a)(void) = dlsym(h, "aligned"), (*v)(int) = dlsym(h, "value");

		printf("late %d %d\n", a(), v(2));
		dlclose(h);
	}
	return 0;
}
