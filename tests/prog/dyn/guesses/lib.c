/* A library that calls its own functions by way of stubs, in a loop that is long enough to go on in its resume copy. */
long tiny(long x) { return x + 3; }

long
large(long x)
{
	for (long i = x & 7; i; i--)
		x = x * 5 + i;
	return x;
}

long
work(long n)
{
	long s = 0;

	for (long i = 0; i < n; i++)
		s += large(i) ^ tiny(s);
	return s;
}
