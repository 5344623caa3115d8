/* strbytes - byte loops: length, copy with case change, compare, count. */
#include "kernel.h"
static char a[4096], b[4096];
static u32
length(const char *s)
{
	const char *p = s;
	while (*p)
		p++;
	return p - s;
}
static int
compare(const char *x, const char *y)
{
	while (*x && *x == *y)
		x++, y++;
	return (u8)*x - (u8)*y;
}
u64
kernel(u32 n)
{
	u64 sum = 0;
	u32 s = 7;

	for (u32 i = 0; i < sizeof a - 1; i++)
		a[i] = 'A' + rnd(&s) % 50;
	for (u32 r = 0; r < n; r++) {
		u32 len = length(a), words = 0;
		for (u32 i = 0; i <= len; i++) {
			char c = a[i];
			b[i] = c >= 'A' && c <= 'Z' ? c + 32 : c;
			if (c == 'Q')
				words++;
		}
		sum += words + compare(a, b) + length(b);
		a[r % (sizeof a - 1)] ^= 1;
	}
	return sum;
}
