/* The first call of every kind of function goes through the resolver, which must keep all argument registers. */
#include <complex.h>
#include <emmintrin.h>
#include <stdio.h>
struct big { long a, b, c; };
struct pair { double x; long n; };
double many(int, long, double, float, int, int, int, int, double, const char *);
__m128i vec(__m128i, __m128i);
__m128d vecd(__m128d, double);
struct big ret_big(long);
struct pair ret_pair(double, long);
long double ld(long double);
_Complex double cplx(_Complex double);
int sum(int, ...), recurse(int);
double sumd(int, ...);
void (*get(void))(const char *);

int
main(void)
{
	for (int i = 0; i < 2; i++) {
		int v[4];
		double d[2];
		struct big b = ret_big(i + 10);
		struct pair p;
		_Complex double z;

		printf("%g\n", many(1, 2, 3.5, 4.5f, 5, 6, 7, 8, 9.25, "A"));
		_mm_storeu_si128((__m128i *)v, vec(_mm_set_epi32(1, 2, 3, 4), _mm_set1_epi32(i)));
		_mm_storeu_pd(d, vecd(_mm_set_pd(1.5, 2.5), 4));
		p = ret_pair(1.25, 7);
		z = cplx(1 + 2 * I);
		printf("%d %d %d %d %g %g\n", v[0], v[1], v[2], v[3], d[0], d[1]);
		printf("%ld %ld %ld %g %ld %.15Lg %g %g\n", b.a, b.b, b.c, p.x, p.n, ld(1), creal(z), cimag(z));
		printf("%d %g %d\n", sum(8, 1, 2, 3, 4, 5, 6, 7, 8), sumd(10, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.), recurse(1000));
		get()("through a pointer");
	}
	return 0;
}
