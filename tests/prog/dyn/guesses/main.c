/* What the stubs of a library probably lead to, and something else after all. */
#include <stdio.h>

long work(long n);

int
main(void)
{
	printf("%ld\n", work(1000));
	printf("%ld\n", work(2000000));
	return 0;
}
