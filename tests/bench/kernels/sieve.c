/* sieve - primes below 1,000,000. */
#include "kernel.h"
enum { N = 1000000 };
static u8 composite[N];
u64
kernel(u32 n)
{
	u64 sum = 0;

	for (u32 r = 0; r < n; r++) {
		for (u32 i = 0; i < N; i++)
			composite[i] = 0;
		for (u32 i = 2; i * i < N; i++)
			if (!composite[i])
				for (u32 j = i * i; j < N; j += i)
					composite[j] = 1;
		for (u32 i = 2; i < N; i++)
			sum += !composite[i];
	}
	return sum;
}
