/* static: musl */
/*
 * vectors.c - published test vectors of the instructions that not every x86-64-v3 processor has: SHA (FIPS 180-4), AES (FIPS 197), carry-less multiplication
 * (NIST's GCM test case 2), CRC-32C (RFC 3720). The program says itself whether each is right.
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int wrong;

static void
check(const char *name, const void *got, const void *want, size_t n)
{
	int bad = memcmp(got, want, n) != 0;

	printf("%s %s:", name, bad ? "wrong" : "right");
	for (size_t i = 0; i < n; i++)
		printf(" %02x", ((const unsigned char *)got)[i]);
	printf("\n");
	wrong += bad;
}

static const uint32_t k256[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

/* the block of the message "abc" */
static void
block_of_abc(uint32_t w[16])
{
	memset(w, 0, 64);
	w[0] = 0x61626380;
	w[15] = 24;
}

__attribute__((target("sha,sse4.1"))) static void
sha256(void)
{
	static const uint32_t want[8] = { 0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad };
	static const uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	__m128i abef = _mm_set_epi32(h[0], h[1], h[4], h[5]), cdgh = _mm_set_epi32(h[2], h[3], h[6], h[7]), m[4], t;
	uint32_t w[16], out[8], x[4], y[4];

	block_of_abc(w);
	for (int i = 0; i < 4; i++)
		m[i] = _mm_loadu_si128((const __m128i *)(w + 4 * i));
	for (int i = 0; i < 16; i++) {
		t = _mm_add_epi32(m[0], _mm_loadu_si128((const __m128i *)(k256 + 4 * i)));
		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, t);
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(t, 0x0e));
		t = _mm_add_epi32(_mm_sha256msg1_epu32(m[0], m[1]), _mm_alignr_epi8(m[3], m[2], 4));
		t = _mm_sha256msg2_epu32(t, m[3]);
		m[0] = m[1];
		m[1] = m[2];
		m[2] = m[3];
		m[3] = t;
	}
	_mm_storeu_si128((__m128i *)x, abef);
	_mm_storeu_si128((__m128i *)y, cdgh);
	for (int i = 0; i < 2; i++) {
		out[i] = x[3 - i] + h[i];
		out[4 + i] = x[1 - i] + h[4 + i];
		out[2 + i] = y[3 - i] + h[2 + i];
		out[6 + i] = y[1 - i] + h[6 + i];
	}
	check("SHA-256", out, want, sizeof want);
}

#define ROUNDS(n, f) \
	for (int i = n; i < n + 5; i++) { \
		__m128i before = abcd; \
		e = i == 0 ? _mm_add_epi32(e, m[0]) : _mm_sha1nexte_epu32(e, m[0]); \
		abcd = _mm_sha1rnds4_epu32(abcd, e, f); \
		e = before; \
		t = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(m[0], m[1]), m[2]), m[3]); \
		m[0] = m[1]; \
		m[1] = m[2]; \
		m[2] = m[3]; \
		m[3] = t; \
	}

__attribute__((target("sha,sse4.1"))) static void
sha1(void)
{
	static const uint32_t want[5] = { 0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d };
	__m128i abcd = _mm_set_epi32(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476), e = _mm_set_epi32(0xc3d2e1f0, 0, 0, 0), m[4], t, abcd0 = abcd, e0 = e;
	uint32_t w[16], out[5], x[4];

	block_of_abc(w);
	for (int i = 0; i < 4; i++)
		m[i] = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(w + 4 * i)), 0x1b);
	ROUNDS(0, 0)
	ROUNDS(5, 1)
	ROUNDS(10, 2)
	ROUNDS(15, 3)
	e = _mm_sha1nexte_epu32(e, e0);
	abcd = _mm_add_epi32(abcd, abcd0);
	_mm_storeu_si128((__m128i *)x, abcd);
	for (int i = 0; i < 4; i++)
		out[i] = x[3 - i];
	_mm_storeu_si128((__m128i *)x, e);
	out[4] = x[3];
	check("SHA-1", out, want, sizeof want);
}

#define EXPAND(i, rcon) \
	t = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(k[i], rcon), 0xff); \
	k[i + 1] = _mm_xor_si128(k[i], _mm_slli_si128(k[i], 4)); \
	k[i + 1] = _mm_xor_si128(k[i + 1], _mm_slli_si128(k[i + 1], 4)); \
	k[i + 1] = _mm_xor_si128(k[i + 1], _mm_slli_si128(k[i + 1], 4)); \
	k[i + 1] = _mm_xor_si128(k[i + 1], t);

__attribute__((target("aes"))) static void
aes(void)
{
	static const unsigned char want[16] = { 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a };
	unsigned char key[16], plain[16], out[16];
	__m128i k[11], t, s;

	for (int i = 0; i < 16; i++) {
		key[i] = (unsigned char)i;
		plain[i] = (unsigned char)(i * 0x11);
	}
	k[0] = _mm_loadu_si128((const __m128i *)key);
	EXPAND(0, 1) EXPAND(1, 2) EXPAND(2, 4) EXPAND(3, 8) EXPAND(4, 16) EXPAND(5, 32) EXPAND(6, 64) EXPAND(7, 128) EXPAND(8, 0x1b) EXPAND(9, 0x36)
	s = _mm_xor_si128(_mm_loadu_si128((const __m128i *)plain), k[0]);
	for (int i = 1; i < 10; i++)
		s = _mm_aesenc_si128(s, k[i]);
	s = _mm_aesenclast_si128(s, k[10]);
	_mm_storeu_si128((__m128i *)out, s);
	check("AES-128", out, want, 16);
	s = _mm_xor_si128(s, k[10]);
	for (int i = 9; i > 0; i--)
		s = _mm_aesdec_si128(s, _mm_aesimc_si128(k[i]));
	s = _mm_aesdeclast_si128(s, k[0]);
	_mm_storeu_si128((__m128i *)out, s);
	check("AES-128 back", out, plain, 16);
}

/* x * y in GF(2^128) of GCM, bit by bit over the 256-bit product that pclmulqdq gives */
__attribute__((target("pclmul,sse4.1"))) static void
gcm(void)
{
	static const unsigned char hash_key[16] = { 0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b, 0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e };
	static const unsigned char cipher[16] = { 0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78 };
	static const unsigned char want[16] = { 0x5e, 0x2e, 0xc7, 0x46, 0x91, 0x70, 0x62, 0x88, 0x2c, 0x85, 0xb0, 0x68, 0x53, 0x53, 0xde, 0xb7 };
	uint64_t a[2] = { 0 }, b[2] = { 0 }, p[4], q[2];
	unsigned char out[16] = { 0 };
	__m128i x, y, lo, hi, mid;

	for (int i = 0; i < 128; i++) {                          /* bit i of the polynomial is bit 7 - i % 8 of byte i / 8 */
		a[i / 64] |= (uint64_t)(hash_key[i / 8] >> (7 - i % 8) & 1) << i % 64;
		b[i / 64] |= (uint64_t)(cipher[i / 8] >> (7 - i % 8) & 1) << i % 64;
	}
	x = _mm_loadu_si128((const __m128i *)a);
	y = _mm_loadu_si128((const __m128i *)b);
	lo = _mm_clmulepi64_si128(x, y, 0x00);
	hi = _mm_clmulepi64_si128(x, y, 0x11);
	mid = _mm_xor_si128(_mm_clmulepi64_si128(x, y, 0x01), _mm_clmulepi64_si128(x, y, 0x10));
	_mm_storeu_si128((__m128i *)p, lo);
	_mm_storeu_si128((__m128i *)(p + 2), hi);
	_mm_storeu_si128((__m128i *)q, mid);
	p[1] ^= q[0];
	p[2] ^= q[1];
	for (int i = 255; i >= 128; i--)                         /* x^128 = x^7 + x^2 + x + 1 */
		if (p[i / 64] >> i % 64 & 1)
			for (int k = 0; k < 4; k++) {
				int at = i - 128 + (k == 3 ? 7 : k);

				p[at / 64] ^= 1ull << at % 64;
			}
	for (int i = 0; i < 128; i++)
		out[i / 8] |= (unsigned char)((p[i / 64] >> i % 64 & 1) << (7 - i % 8));
	check("GHASH", out, want, 16);
}

__attribute__((target("sse4.2"))) static void
crc(void)
{
	uint32_t c = 0xffffffff, want = 0xe3069283;

	for (const char *p = "123456789"; *p; p++)
		c = _mm_crc32_u8(c, (unsigned char)*p);
	c = ~c;
	check("CRC-32C", &c, &want, 4);
}

int
main(void)
{
	sha1();
	sha256();
	aes();
	gcm();
	crc();
	return wrong;
}
