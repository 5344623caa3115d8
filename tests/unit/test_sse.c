/*
 * test_sse.c - the SSE4.2 string comparisons and CRC32 of the engine against the CPU: all immediates, strings over a small alphabet,
 * so that matches, zeros and ranges are frequent.
 */
#pragma GCC target("sse4.2")
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nmmintrin.h>
#include "../../runtime/engine/sse.c"

struct result { u32 index, flags; __m128i mask; };

#define FLAGS(kind, args, imm) \
	((kind##c args ? EF_CF : 0) | (kind##z args ? EF_ZF : 0) | (kind##s args ? EF_SF : 0) | (kind##o args ? EF_OF : 0))
#define CASE(imm) \
	static struct result \
	implicit_##imm(__m128i a, __m128i b) \
	{ \
		return (struct result){ _mm_cmpistri(a, b, imm), FLAGS(_mm_cmpistr, (a, b, imm), imm), _mm_cmpistrm(a, b, imm) }; \
	} \
	static struct result \
	explicit_##imm(__m128i a, int n, __m128i b, int m) \
	{ \
		return (struct result){ _mm_cmpestri(a, n, b, m, imm), FLAGS(_mm_cmpestr, (a, n, b, m, imm), imm), _mm_cmpestrm(a, n, b, m, imm) }; \
	}
#define ROW(h) CASE(h##0) CASE(h##1) CASE(h##2) CASE(h##3) CASE(h##4) CASE(h##5) CASE(h##6) CASE(h##7) \
	CASE(h##8) CASE(h##9) CASE(h##a) CASE(h##b) CASE(h##c) CASE(h##d) CASE(h##e) CASE(h##f)
#define ROWS ROW(0x0) ROW(0x1) ROW(0x2) ROW(0x3) ROW(0x4) ROW(0x5) ROW(0x6) ROW(0x7)
ROWS
#undef CASE
#define CASE(imm) { imm, implicit_##imm, explicit_##imm },
static const struct {
	u32 imm;
	struct result (*implicit)(__m128i, __m128i);
	struct result (*explicit)(__m128i, int, __m128i, int);
} cases[] = { ROWS };

static u64 seed = 88172645463325252;

static u64
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static __m128i
string(u32 imm)
{
	static const u8 odd[4] = { 0, 0x80, 0xff, 0x7f };
	u32 letters = 1 + rnd() % 8;
	u32 shift = imm & STR_WORDS && rnd() % 2 ? 2 : 1;
	union { u8 b[16]; __m128i v; } x;

	for (u32 i = 0; i < 16; i++)
		x.b[i] = shift == 2 && i % 2 ? 0 : rnd() % 40 == 0 ? odd[rnd() % 4] : 'a' + rnd() % letters;
	return x.v;
}

static void
compare(u32 imm, struct result want, struct cpu *cpu, u64 got)
{
	ck_assert_msg((u32)got == want.flags && got >> 32 == want.index, "imm %02x: %llx, CPU %x:%x", imm,
	    (unsigned long long)got, want.index, want.flags);
	ck_assert_msg(memcmp(&cpu->scratch[0], &want.mask, 16) == 0, "imm %02x: mask", imm);
}

START_TEST(strings)
{
	static struct cpu cpu;

	for (u32 i = 0; i < 128; i++) {
		u32 imm = cases[i].imm;

		for (u32 k = 0; k < 2000; k++) {
			__m128i a = string(imm), b = rnd() % 4 ? string(imm) : a;
			int n = (int)(rnd() % 40) - 20, m = (int)(rnd() % 40) - 20;
			u64 index;

			memcpy(&cpu.scratch[0], &a, 16);
			memcpy(&cpu.scratch[1], &b, 16);
			index = sse_pcmpistr(&cpu, imm);
			ck_assert(memcmp(&cpu.scratch[0], &a, 16) == 0);
			ck_assert_uint_eq(index, sse_pcmpistr(&cpu, imm | STR_WANT_MASK));
			compare(imm, cases[i].implicit(a, b), &cpu, index);
			memcpy(&cpu.scratch[0], &a, 16);
			compare(imm, cases[i].explicit(a, n, b, m), &cpu, sse_pcmpestr(&cpu, imm | STR_WANT_MASK, n, m));
		}
	}
}
END_TEST

START_TEST(crc32)
{
	for (u32 k = 0; k < 10000; k++) {
		u32 c = rnd();
		u64 v = rnd();

		ck_assert_uint_eq(sse_crc32(c, v, 1), _mm_crc32_u8(c, v));
		ck_assert_uint_eq(sse_crc32(c, v, 2), _mm_crc32_u16(c, v));
		ck_assert_uint_eq(sse_crc32(c, v, 4), _mm_crc32_u32(c, v));
		ck_assert_uint_eq(sse_crc32(c, v, 8), (u32)_mm_crc32_u64(c, v));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sse");
	TCase *tc = tcase_create("native");
	SRunner *r;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, strings);
	tcase_add_test(tc, crc32);
	suite_add_tcase(suite, tc);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
