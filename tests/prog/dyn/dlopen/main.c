/* dlopen, dlsym and dlclose 100 times over, of two libraries in turn; scopes, reference counts, errors. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int host_calls;

static int down(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }

static void
again(const char *file, int flags)
{
	void *h = dlopen(file, flags);
	int (*plug)(int) = h ? dlsym(h, "plug") : NULL;
	int (*sort)(int *, int, int (*)(const void *, const void *)) = h ? dlsym(h, "plug_sort") : NULL;
	int v[] = { 3, 9, 4 }, *data = h ? dlsym(h, "plug_data") : NULL;

	if (!plug || !data || !sort) {
		printf("%s\n", dlerror());
		return;
	}
	*data += 3;
	printf("%d %d %d %d\n", plug(5), plug(6), *data, sort(v, 3, down));
	if (dlclose(h))
		printf("close: %s\n", dlerror());
}

static void
error(const char *what)
{
	const char *e = dlerror(), *slash = e ? strrchr(e, '/') : NULL;

	printf("%s: %s; ", what, e ? slash ? slash + 1 : e : "nothing");
	printf("then %s\n", dlerror() ? "again" : "nothing");
}

int
main(void)
{
	void *a, *b, *c;

	for (int i = 0; i < 100; i++)
		again(i & 1 ? "libplug1.so" : "libplug2.so", i % 3 ? RTLD_LAZY : RTLD_NOW);
	printf("host_calls %d\n", host_calls);
	a = dlopen("libplug1.so", RTLD_NOW | RTLD_LOCAL);
	b = dlopen("libplug1.so", RTLD_NOW | RTLD_NOLOAD);
	c = dlopen("libplug2.so", RTLD_NOW | RTLD_NOLOAD);
	printf("same %d, not loaded %d\n", a == b, c == NULL);
	printf("default scope %d\n", dlsym(RTLD_DEFAULT, "plug") != NULL);
	dlopen("libplug1.so", RTLD_NOW | RTLD_GLOBAL);
	printf("global scope %d\n", dlsym(RTLD_DEFAULT, "plug") == dlsym(a, "plug"));
	printf("close %d %d %d\n", dlclose(a), dlclose(a), dlclose(a));
	printf("gone %d, host_calls %d\n", dlopen("libplug1.so", RTLD_NOW | RTLD_NOLOAD) == NULL, host_calls);
	a = dlopen("libplug2.so", RTLD_NOW | RTLD_NODELETE);
	dlclose(a);
	printf("kept %d\n", dlopen("libplug2.so", RTLD_NOW | RTLD_NOLOAD) == a);
	((void (*)(const char *))dlsym(a, "plug_print"))("kept");
	dlsym(a, "no_such_symbol");
	error("symbol");
	dlopen("libnothere.so", RTLD_NOW);
	error("library");
	dlopen("/etc/passwd", RTLD_NOW);
	error("no library");
	dlopen("libbroken.so", RTLD_NOW);
	error("undefined");
	dlopen("libcut.so", RTLD_NOW);
	error("cut");
	a = dlopen(NULL, RTLD_NOW);
	printf("main's own %d %d\n", dlsym(a, "host_calls") == &host_calls, dlsym(RTLD_DEFAULT, "printf") == (void *)printf);
	return 0;
}
