/*
 * sse.c - helpers of the SSE chapter that are no cryptography: the string comparisons of SSE4.2 (SDM volume 1, 14.11 and volume 2,
 * 4.1), CRC32C, byte-masked stores, mpsadbw, phminposuw. Operands: include/helpers_sse.def.
 */
#include <stdbool.h>
#include "engine.h"

void
sse_maskmov(struct cpu *cpu, u32 addr, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (cpu->scratch[1].b[i] & 0x80)
			*GUEST(u8, addr + i) = cpu->scratch[0].b[i];
}

/* imm8 of the string comparisons: element kind, aggregation, polarity, what the result selects */
enum { STR_WORDS = 1, STR_SIGNED = 2, STR_NEGATIVE = 0x10, STR_MASKED = 0x20, STR_LAST = 0x40, STR_WANT_MASK = 0x100 };
enum { STR_EQUAL_ANY, STR_RANGES, STR_EQUAL_EACH, STR_EQUAL_ORDERED };

static i32
element(const union xmm *x, int i, u32 imm)
{
	if (imm & STR_WORDS)
		return imm & STR_SIGNED ? (i16)x->w[i] : x->w[i];
	return imm & STR_SIGNED ? (i8)x->b[i] : x->b[i];
}

static bool
equal_any(const union xmm *set, int nset, i32 c, u32 imm)
{
	for (int i = 0; i < nset; i++)
		if (element(set, i, imm) == c)
			return true;
	return false;
}

static bool
in_ranges(const union xmm *set, int nset, i32 c, u32 imm)
{
	for (int i = 0; i + 1 < nset; i += 2)
		if (element(set, i, imm) <= c && c <= element(set, i + 1, imm))
			return true;
	return false;
}

/* the first operand, up to its length, stands at position at of the second; elements past the register are taken as equal */
static bool
ordered(const union xmm *a, int na, const union xmm *b, int nb, int at, int n, u32 imm)
{
	for (int i = 0; i < na && at + i < n; i++)
		if (at + i >= nb || element(a, i, imm) != element(b, at + i, imm))
			return false;
	return true;
}

static u32
aggregate(const union xmm *a, int na, const union xmm *b, int nb, int n, u32 imm)
{
	u32 r = 0;

	for (int i = 0; i < n; i++) {
		bool hit = false;

		switch (imm >> 2 & 3) {
		case STR_EQUAL_ANY:
			hit = i < nb && equal_any(a, na, element(b, i, imm), imm);
			break;
		case STR_RANGES:
			hit = i < nb && in_ranges(a, na, element(b, i, imm), imm);
			break;
		case STR_EQUAL_EACH:
			hit = i < na && i < nb ? element(a, i, imm) == element(b, i, imm) : i >= na && i >= nb;
			break;
		case STR_EQUAL_ORDERED:
			hit = ordered(a, na, b, nb, i, n, imm);
			break;
		}
		r |= (u32)hit << i;
	}
	return r;
}

static u64
compare_strings(struct cpu *cpu, u32 imm, int na, int nb)
{
	const union xmm *a = &cpu->scratch[0];
	const union xmm *b = &cpu->scratch[1];
	int n = imm & STR_WORDS ? 8 : 16;
	u32 all = (1u << n) - 1;
	u32 r = aggregate(a, na, b, nb, n, imm);
	u32 index = n, flags;

	if (imm & STR_NEGATIVE)
		r ^= imm & STR_MASKED ? (1u << nb) - 1 : all;
	r &= all;
	if (r)
		index = imm & STR_LAST ? 31 - __builtin_clz(r) : __builtin_ctz(r);
	flags = (r ? EF_CF : 0) | (nb < n ? EF_ZF : 0) | (na < n ? EF_SF : 0) | (r & 1 ? EF_OF : 0);
	if (imm & STR_WANT_MASK) {
		union xmm m = { .q = { 0, 0 } };

		if (!(imm & STR_LAST))
			m.d[0] = r;
		else
			for (int i = 0; i < n; i++) {
				if (imm & STR_WORDS)
					m.w[i] = r >> i & 1 ? 0xffff : 0;
				else
					m.b[i] = r >> i & 1 ? 0xff : 0;
			}
		cpu->scratch[0] = m;
	}
	return (u64)index << 32 | flags;
}

static int
implicit_length(const union xmm *x, u32 imm)
{
	int n = imm & STR_WORDS ? 8 : 16;
	int i = 0;

	while (i < n && element(x, i, imm) != 0)
		i++;
	return i;
}

static int
explicit_length(i64 x, u32 imm)
{
	int n = imm & STR_WORDS ? 8 : 16;

	return x > n || x < -n ? n : x < 0 ? (int)-x : (int)x;
}

u64
sse_pcmpistr(struct cpu *cpu, u32 imm)
{
	int na = implicit_length(&cpu->scratch[0], imm);
	int nb = implicit_length(&cpu->scratch[1], imm);

	return compare_strings(cpu, imm, na, nb);
}

u64
sse_pcmpestr(struct cpu *cpu, u32 imm, u64 a, u64 b)
{
	int na = explicit_length((i64)a, imm);
	int nb = explicit_length((i64)b, imm);

	return compare_strings(cpu, imm, na, nb);
}

u32
sse_crc32(u32 crc, u64 value, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		crc ^= value >> 8 * i & 0xff;
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return crc;
}

void
sse_mpsadbw(struct cpu *cpu, u32 imm)
{
	union xmm a = cpu->scratch[0];
	const u8 *b = cpu->scratch[1].b + (imm & 3) * 4;
	const u8 *from = a.b + (imm >> 2 & 1) * 4;

	for (int i = 0; i < 8; i++) {
		u32 sum = 0;

		for (int k = 0; k < 4; k++)
			sum += from[i + k] > b[k] ? from[i + k] - b[k] : b[k] - from[i + k];
		cpu->scratch[0].w[i] = sum;
	}
}

void
sse_phminposuw(struct cpu *cpu, u32 imm)
{
	const union xmm *b = &cpu->scratch[1];
	int at = 0;

	(void)imm;
	for (int i = 1; i < 8; i++)
		if (b->w[i] < b->w[at])
			at = i;
	cpu->scratch[0].q[0] = b->w[at] | (u32)at << 16;
	cpu->scratch[0].q[1] = 0;
}
