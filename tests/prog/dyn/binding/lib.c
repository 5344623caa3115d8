#include <emmintrin.h>
#include <stdarg.h>
#include <stdio.h>
struct big { long a, b, c; };
struct pair { double x; long n; };
double many(int a, long b, double c, float d, int e, int f, int g, int h, double i, const char *s) { return a + b + c + d + e + f + g + h + i + s[0]; }
__m128i vec(__m128i a, __m128i b) { return _mm_add_epi32(a, b); }
__m128d vecd(__m128d a, double b) { return _mm_mul_pd(a, _mm_set1_pd(b)); }
struct big ret_big(long x) { return (struct big){ x, x + 1, x + 2 }; }
struct pair ret_pair(double x, long n) { return (struct pair){ x * 2, n * 3 }; }
long double ld(long double x) { return x / 3; }
_Complex double cplx(_Complex double z) { return z * z; }
int sum(int n, ...) { va_list ap; int s = 0; va_start(ap, n); while (n--) s += va_arg(ap, int); va_end(ap); return s; }
double sumd(int n, ...) { va_list ap; double s = 0; va_start(ap, n); while (n--) s += va_arg(ap, double); va_end(ap); return s; }
int recurse(int n) { return n ? recurse(n - 1) + 1 : 0; }
void (*get(void))(const char *) { static int n; (void)n; return (void (*)(const char *))puts; }
