/* static: musl */
/* Arithmetic in long double: the x87 in true 80 bits. */
#include <math.h>
#include <stdio.h>

static void
show(const char *what, long double v)
{
	printf("%s %.25Lg %La\n", what, v, v);
}

int
main(void)
{
	volatile long double a = 1.0L / 3, b = 1e18L + 1, c = -7.25L;
	volatile double d = 0.1;
	volatile long long big = 9007199254740993LL;

	show("sum", a + b);
	show("diff", a - b);
	show("prod", a * b);
	show("quot", b / c);
	show("sqrt", sqrtl(b));
	show("fmod", fmodl(b, 7.5L));
	show("floor", floorl(c));
	show("ceil", ceill(c));
	show("rint", rintl(2.5L));
	show("ldexp", ldexpl(a, 100));
	show("from double", (long double)d);
	show("from int64", (long double)big);
	printf("%lld %d %f\n", (long long)b, (int)c, (double)(a * 3));
	printf("%d %d %d\n", a < b, c > 0, a == a);
	long double e = 0;
	for (int i = 1; i <= 1000; i++)
		e += 1.0L / i;
	show("harmonic", e);
	show("nan", sqrtl(c));
	show("scalb", scalbnl(a, -16400));
	return 0;
}
