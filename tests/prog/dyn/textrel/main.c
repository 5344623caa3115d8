/* A library with relocations in its text: the dynamic linker writes them and makes the text executable again. */
#include <dlfcn.h>
#include <stdio.h>
int
main(void)
{
	for (int i = 0; i < 3; i++) {
		void *h = dlopen("libtext.so", RTLD_NOW);

		if (!h) {
			printf("%s\n", dlerror());
			return 1;
		}
		printf("%d %d\n", ((int (*)(void))dlsym(h, "sum"))(), ((long (*)(void))dlsym(h, "call"))() > 0);
		dlclose(h);
	}
	return 0;
}
