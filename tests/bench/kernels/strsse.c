/* strsse - SSE2 string length, search and count, 16 bytes at a time, as the C library does it. */
#include "kernel.h"
#ifdef __wasm__
#include <wasm_simd128.h>
#define V v128_t
#define LOAD(p) wasm_v128_load(p)
#define EQ(a, b) wasm_i8x16_eq(a, b)
#define MASK(a) wasm_i8x16_bitmask(a)
#define OR(a, b) wasm_v128_or(a, b)
#define SET(c) wasm_i8x16_splat(c)
#else
#include <emmintrin.h>
#define V __m128i
#define LOAD(p) _mm_load_si128((const __m128i *)(p))
#define EQ(a, b) _mm_cmpeq_epi8(a, b)
#define MASK(a) (u32)_mm_movemask_epi8(a)
#define OR(a, b) _mm_or_si128(a, b)
#define SET(c) _mm_set1_epi8(c)
#endif
static char a[8192] __attribute__((aligned(16)));
u64
kernel(u32 n)
{
	u64 sum = 0;
	u32 s = 3;

	for (u32 i = 0; i < sizeof a - 1; i++)
		a[i] = 'A' + rnd(&s) % 50;
	for (u32 r = 0; r < n; r++) {
		V zero = SET(0), q = SET('Q' + r % 8);
		const char *p = a;
		for (;;) {
			V v = LOAD(p);
			u32 m = MASK(EQ(v, zero)), c = MASK(EQ(v, q));
			sum += __builtin_popcount(c);
			if (m) {
				sum += p - a + __builtin_ctz(m);
				break;
			}
			p += 16;
		}
		for (p = a; p < a + sizeof a; p += 16)
			if (MASK(OR(EQ(LOAD(p), zero), EQ(LOAD(p), SET(r & 127)))))
				sum++;
	}
	return sum;
}
