/* sha256 - the compression function over 64 KiB. */
#include "kernel.h"
static u32 k[64];
static u8 buf[65536];
static u32 ror(u32 x, int n) { return x >> n | x << (32 - n); }
static void
block(u32 *h, const u8 *p)
{
	u32 w[64], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], i = h[7];

	for (int t = 0; t < 16; t++)
		w[t] = (u32)p[t * 4] << 24 | p[t * 4 + 1] << 16 | p[t * 4 + 2] << 8 | p[t * 4 + 3];
	for (int t = 16; t < 64; t++)
		w[t] = (ror(w[t - 2], 17) ^ ror(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7]
			+ (ror(w[t - 15], 7) ^ ror(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
	for (int t = 0; t < 64; t++) {
		u32 t1 = i + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & f) ^ (~e & g)) + k[t] + w[t];
		u32 t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		i = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
	}
	h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += i;
}
u64
kernel(u32 n)
{
	u32 h[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, s = 1;

	for (u32 i = 0; i < 64; i++)
		k[i] = rnd(&s) << 8 ^ rnd(&s);
	for (u32 i = 0; i < sizeof buf; i++)
		buf[i] = rnd(&s);
	for (u32 r = 0; r < n; r++)
		for (u32 i = 0; i < sizeof buf; i += 64)
			block(h, buf + i);
	return (u64)h[0] << 32 | h[7];
}
