/* An interpreter whose handlers jump to each other through a table; some loop on their own, one calls, one is an interpreter itself. */
#include <stdio.h>

static long
inner(const unsigned char *op, long n)
{
	static const void *const to[] = { &&add, &&twice, &&loop, &&end };
	long x = 1;
	const unsigned char *at = op;

	goto *to[*at];
add:
	x += n;
	goto *to[*++at];
twice:
	x = x * 2 % 1000003;
	goto *to[*++at];
loop:
	if (--n > 0)
		at = op - 1;
	goto *to[*++at];
end:
	return x;
}

static long
run(const unsigned char *code, long n)
{
	static const void *const to[] = { &&push, &&sum, &&fill, &&call, &&twist, &&back, &&end };
	static unsigned char sub[] = { 0, 1, 0, 2, 3 };
	long a[64], acc = 0, i, j;
	const unsigned char *at = code;

	for (i = 0; i < 64; i++)
		a[i] = i;
	goto *to[*at];
push:
	acc += n ^ a[n & 63];
	goto *to[*++at];
sum:
	for (i = 0; i < 64; i++)
		acc += a[i];
	goto *to[*++at];
fill:
	for (i = 0; i < 8; i++)
		for (j = 0; j < 8; j++)
			a[8 * i + j] = acc % (i + j + 1);
	goto *to[*++at];
call:
	acc += inner(sub, n % 50 + 1);
	goto *to[*++at];
twist:
	if (acc & 1)
		acc = 3 * acc + 1;
	else
		acc = acc / 2 + n;
	goto *to[*++at];
back:
	acc %= 1000000007;
	at = --n > 0 ? code : at + 1;
	goto *to[*at];
end:
	return acc;
}

int
main(void)
{
	static const unsigned char first[] = { 0, 1, 2, 3, 4, 5, 6 }, second[] = { 4, 0, 0, 4, 5, 6 }, third[] = { 3, 5, 6 };

	printf("%ld\n", run(first, 3000));
	printf("%ld\n", run(second, 300000));
	printf("%ld\n", run(third, 5000));
	return 0;
}
