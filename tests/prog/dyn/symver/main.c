/* Two versions of one symbol: whoever was linked with the old library gets the old one, dlvsym names either. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

int area(int, int);
int base(void);

int
main(void)
{
	void *h = dlopen("libver.so.1", RTLD_NOW);
	int (*f)(int, int);

	printf("area %d base %d\n", area(6, 7), base());
	for (const char **v = (const char *[]){ "V1", "V2", "V3", NULL }; *v; v++) {
		f = dlvsym(h, "area", *v);
		if (f)
			printf("%s: %d\n", *v, f(6, 7));
		else
			printf("%s: none\n", *v);
	}
	f = dlsym(h, "area");
	printf("default %d, old realpath %d\n", f(6, 7), dlvsym(RTLD_DEFAULT, "realpath", "GLIBC_2.2.5") != dlvsym(RTLD_DEFAULT, "realpath", "GLIBC_2.3"));
	printf("memcpy %d\n", dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.2.5") != NULL && dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.14") != NULL);
	return 0;
}
