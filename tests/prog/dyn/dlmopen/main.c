/* One library at several addresses: in namespaces of its own (each with its own C library), and by two names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

static void
use(const char *what, void *h)
{
	int (*bump)(int), (*loop)(int);
	char *(*text)(int);
	Lmid_t id = -5;

	if (!h) {
		printf("%s: %s\n", what, dlerror());
		return;
	}
	bump = dlsym(h, "bump");
	loop = dlsym(h, "loop");
	text = dlsym(h, "text");
	dlinfo(h, RTLD_DI_LMID, &id);
	printf("%s: %d %d %d %s %d\n", what, bump(1), bump(2), loop(100000), text(3), id > 0);
}

int
main(void)
{
	void *a = dlopen("libns.so", RTLD_NOW), *b = dlmopen(LM_ID_NEWLM, "libns.so", RTLD_NOW), *c, *d;
	Lmid_t id;

	use("base", a);
	use("new", b);
	use("new", b);
	use("base", a);
	dlinfo(b, RTLD_DI_LMID, &id);
	c = dlmopen(id, "libcopy.so", RTLD_NOW);
	use("copy in it", c);
	d = dlopen("libcopy.so", RTLD_NOW);
	use("copy", d);
	printf("%d %d %d\n", dlclose(b), dlclose(c), dlclose(d));
	for (int i = 0; i < 12; i++) {
		b = dlmopen(LM_ID_NEWLM, "libns.so", RTLD_NOW);
		use("again", b);
		if (b)
			dlclose(b);
	}
	use("base", a);
	return 0;
}
