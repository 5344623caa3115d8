/* Interposition by LD_PRELOAD: library functions, RTLD_NEXT through two of them, malloc, and a child that inherits it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

int
main(int argc, char **argv)
{
	volatile double x = 0.5;

	puts("hello");
	printf("cos %.3f sin %.3f\n", cos(x), sin(x));
	for (int i = 0; i < 300; i++)
		free(strdup("x"));
	puts(getppid() == 4711 ? "our parent" : "a parent");
	fflush(stdout);
	if (argc < 2 && fork() == 0) {
		execl("/proc/self/exe", argv[0], "child", (char *)NULL);
		_exit(1);
	}
	wait(NULL);
	return 0;
}
