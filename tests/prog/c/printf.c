/* Every printf conversion, flags, widths, long double included. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

int
main(void)
{
	const double d[] = { 0, -0.0, 1, -1.5, 3.141592653589793, 1e-5, 123456789.123, 1e22, 1e300, DBL_MIN, DBL_TRUE_MIN, DBL_MAX,
		INFINITY, -INFINITY, 0.1, 2.5, 3.5 };
	const long double l[] = { 0, 1.0L / 3, LDBL_MAX, LDBL_MIN, LDBL_TRUE_MIN, -2.5e4000L, 1e-4900L, 123456789012345678.9L, 0.1L };
	char buf[256];
	int n = 0;

	for (size_t i = 0; i < sizeof d / sizeof *d; i++)
		printf("%f %e %g %a %.0f %.3e %+.10g %#g %012.4f %-14.2e|\n", d[i], d[i], d[i], d[i], d[i], d[i], d[i], d[i], d[i], d[i]);
	for (size_t i = 0; i < sizeof l / sizeof *l; i++)
		printf("%Le %Lg %La %.30Lg\n", l[i], l[i], l[i], l[i]);
	printf("%.20Lf %Lf\n", 1.0L / 7, 1e30L);
	printf("%d %5d %-5d| %05d %+d % d %x %#x %X %o %#o %u\n", 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42u);
	printf("%hhd %hd %ld %lld %jd %zu %td\n", (signed char)-1, (short)-2, -3L, -4LL, (intmax_t)-5, (size_t)6, (ptrdiff_t)-7);
	printf("%" PRIx64 " %" PRId64 "\n", UINT64_MAX, INT64_MIN);
	printf("%c%c%c %s %.3s %10s|%-10s| %%\n", 'a', 'b', 'c', "string", "string", "right", "left");
	printf("%*d %-*d| %.*f\n", 8, 1, 8, 2, 3, 3.14159);
	printf("%2$s %1$s\n", "one", "two");
	printf("abc%n\n", &n);
	printf("%d\n", n);
	printf("%p\n", (void *)0x1234);
	printf("%ls|%lc\n", L"wide", L'w');
	n = snprintf(buf, 10, "%s", "truncated string");
	printf("%d %s\n", n, buf);
	double x;
	long double y;
	int i;
	char word[20];
	n = sscanf("1.25e3 0x1.8p1 42 word", "%lf %Lf %d %19s", &x, &y, &i, word);
	printf("%d %g %Lg %d %s\n", n, x, y, i, word);
	fprintf(stderr, "to stderr %g\n", 1.5);
	return 3;
}
