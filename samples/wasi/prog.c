/* prog.c - what the WASI sample runs: arguments, input, output, floating point, recursion, longjmp, a long loop. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jmp_buf env;

static int
deep(int n)
{
	if (n == 0)
		longjmp(env, 5);
	return deep(n - 1) + 1;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
main(int argc, char **argv)
{
	char line[100], *words[] = { "pear", "apple", "fig", "cherry" };
	unsigned sum = 0;

	for (int i = 1; i < argc; i++)
		printf("arg %d: %s\n", i, argv[i]);
	while (fgets(line, sizeof line, stdin))
		printf("in: %s", line);
	qsort(words, 4, sizeof *words, compare);
	printf("%s %s %.10f %Lg\n", words[0], words[3], sqrt(2), 1.0L / 3);
	if (setjmp(env) == 0)
		deep(20000);
	else
		puts("came back");
	for (unsigned i = 0; i < 50000000; i++)
		sum = sum * 31 + (i ^ sum >> 3);
	char *big = malloc(10 << 20);
	memset(big, 7, 10 << 20);
	printf("%u %d %d\n", sum, big[5000000], time(NULL) > 1700000000);
	fprintf(stderr, "done\n");
	return 42;
}
