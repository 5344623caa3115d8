/* driver.c - runs one kernel: amount of work as argument, checksum on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include "kernel.h"

int
main(int argc, char **argv)
{
	u32 n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

	printf("%llu\n", kernel(n));
	return 0;
}
