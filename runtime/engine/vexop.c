/*
 * vexop.c - helpers of the AVX chapter: masked moves, gathers, floats to half precision. A lane whose mask bit is clear is neither read nor
 * written. Operands: include/helpers_avx.def.
 */
#include <stdbool.h>
#include "engine.h"

typedef u32 __attribute__((aligned(1), may_alias)) u32u;
typedef u64 __attribute__((aligned(1), may_alias)) u64u;

/* lane i of the 32 bytes from x on */
static bool
chosen(const union xmm *mask, u32 i, u32 size)
{
	return size == 8 ? mask[i / 2].q[i % 2] >> 63 : mask[i / 4].d[i % 4] >> 31;
}

void
avx_maskload(struct cpu *cpu, u32 at, u32 how)
{
	u32 size = how >> 8, n = (how & 0xff) / size;
	union xmm *to = cpu->scratch, *mask = cpu->scratch + 2;

	for (u32 i = 0; i < n; i++) {
		bool on = chosen(mask, i, size);

		if (size == 8)
			to[i / 2].q[i % 2] = on ? *GUEST(u64u, at + 8 * i) : 0;
		else
			to[i / 4].d[i % 4] = on ? *GUEST(u32u, at + 4 * i) : 0;
	}
}

void
avx_maskstore(struct cpu *cpu, u32 at, u32 how)
{
	u32 size = how >> 8, n = (how & 0xff) / size;
	const union xmm *from = cpu->scratch, *mask = cpu->scratch + 2;

	for (u32 i = 0; i < n; i++) {
		if (!chosen(mask, i, size))
			continue;
		if (size == 8)
			*GUEST(u64u, at + 8 * i) = from[i / 2].q[i % 2];
		else
			*GUEST(u32u, at + 4 * i) = from[i / 4].d[i % 4];
	}
}

/* elements above those that have an index become zero */
void
avx_gather(struct cpu *cpu, u32 base, u32 how)
{
	u32 scale = how & 0xff, index_size = how >> 8 & 0xff, size = how >> 16 & 0xff, n = how >> 24;
	const union xmm *index = cpu->scratch, *mask = cpu->scratch + 2;
	union xmm *to = cpu->scratch + 4;

	for (u32 i = 0; i < n; i++) {
		u32 k = index_size == 8 ? index[i / 2].d[i % 2 * 2] : index[i / 4].d[i % 4];

		if (!chosen(mask, i, size))
			continue;
		if (size == 8)
			to[i / 2].q[i % 2] = *GUEST(u64u, base + k * scale);
		else
			to[i / 4].d[i % 4] = *GUEST(u32u, base + k * scale);
	}
	for (u32 i = n * size / 4; i < 4; i++)
		to[0].d[i] = 0;
}

/* round up in magnitude? rest: what is cut off, in units of half: 0, 1 less, 2 equal, 3 more than half */
static bool
round_up(u32 mode, bool negative, u32 odd, u32 rest)
{
	switch (mode) {
	case 0: return rest == 3 || (rest == 2 && odd);
	case 1: return rest && negative;
	case 2: return rest && !negative;
	default: return false;
	}
}

static u32
shifted_out(u32 m, u32 n)
{
	u32 low = m & ((1u << n) - 1), half = 1u << (n - 1);

	return low == 0 ? 0 : low < half ? 1 : low == half ? 2 : 3;
}

static u16
half_of(u32 f, u32 mode)
{
	bool negative = f >> 31;
	u16 sign = negative ? 0x8000 : 0;
	i32 e = (i32)(f >> 23 & 0xff) - 127;
	u32 m = f & 0x7fffff, r, n;

	if (e == 128)
		return sign | 0x7c00 | (m ? 0x200 | m >> 13 : 0);
	if (e < -126)
		e = -126;
	else
		m |= 0x800000;
	if (e > 15)
		return sign | (round_up(mode, negative, 1, 3) ? 0x7c00 : 0x7bff);
	n = e < -14 ? 13 + (u32)(-14 - e) : 13;
	if (n > 26) {
		m = m != 0;
		n = 26;
	}
	r = m >> n;
	if (e >= -14)
		r += (u32)(e + 14) << 10;
	return sign | (u16)(r + round_up(mode, negative, r & 1, shifted_out(m, n)));
}

void
avx_cvtps2ph(struct cpu *cpu, u32 how)
{
	u32 mode = how & 4 ? 0 : how & 3;
	u32 n = how & 0x100 ? 8 : 4;
	union xmm r = { .q = { 0, 0 } };

	for (u32 i = 0; i < n; i++)
		r.w[i] = half_of(cpu->scratch[i / 4].d[i % 4], mode);
	cpu->scratch[0] = r;
}
