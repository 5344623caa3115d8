/* fib - naive recursion. */
#include "kernel.h"
__attribute__((noinline)) static u32
fib(u32 n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
u64
kernel(u32 n)
{
	u64 sum = 0;

	for (u32 r = 0; r < n; r++)
		sum += fib(24 + (r & 1));
	return sum;
}
