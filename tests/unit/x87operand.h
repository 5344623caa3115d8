/*
 * x87operand.h - states for the x87 tests: corner and random operands near each other, memory operands, control words with
 * all roundings and precisions; and what FNSAVE stores.
 */
#include <stdbool.h>
#include <string.h>
#include "../../include/cpu.h"

struct ten { u64 mant; u16 se; } __attribute__((packed));
struct state {
	u64 mem[2];
	struct ten a, b;         /* st1 and st0 */
	u16 fcw;
};
struct image { u32 env[7]; struct ten st[8]; } __attribute__((packed));

static u64 seed = 0x123456789abcdef;

static u64
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const struct ten corner[] = {
	{ 0, 0 }, { 0, 0x8000 }, { 1ull << 63, 0x3fff }, { 1ull << 63, 0xbfff }, { 1ull << 63, 0x7fff }, { 1ull << 63, 0xffff },
	{ 3ull << 62, 0xffff }, { 3ull << 62, 0x7fff }, { 0xa000000000000001, 0x7fff }, { 0xa000000000000001, 0xffff }, { ~0ull, 0x7fff }, { ~0ull >> 1 | 1ull << 63, 0xffff },
	{ 1, 0 }, { ~0ull >> 1, 0 }, { 1ull << 63, 0 }, { ~0ull, 0x8000 }, { 1ull << 63, 1 }, { ~0ull, 0x7ffe }, { ~0ull, 0xfffe },
	{ 1ull << 62, 0x4000 }, { 0, 0x3fff }, { 0, 0x7fff }, { 1, 0x7fff }, { 1ull << 63, 0x4000 }, { 1ull << 63, 0x3ffe }, { 3ull << 62, 0x3fff },
	{ 1ull << 63, 0x403e }, { ~0ull, 0x403d }, { 1ull << 63, 0xc03e }, { 1ull << 63, 0x401e }, { 1ull << 63, 0xc01e }, { 0xffffffff00000000, 0x401d },
	{ 0xde0b6b3a763ffff0, 0x403a }, { 1ull << 63, 0x3f80 }, { 1ull << 63, 0x3c00 }, { ~0ull, 0x407e }, { ~0ull, 0x43fe },
};

static u64
random_mant(void)
{
	switch (rnd() % 6) {
	case 0: return rnd() | 1ull << 63;
	case 1: return (rnd() | 1ull << 63) & ~0ull << rnd() % 64;
	case 2: return ~0ull << rnd() % 64 | 1ull << 63;
	case 3: return 1ull << 63 | 1ull << rnd() % 64;
	case 4: return (~0ull >> rnd() % 64) | 1ull << 63;
	}
	return rnd() % 16 ? rnd() | 1ull << 63 : rnd();
}

static struct ten
operand(u16 near)
{
	struct ten t;
	u16 sign = (rnd() & 1) << 15;

	if (rnd() % 8 == 0)
		return corner[rnd() % (sizeof corner / sizeof *corner)];
	t.mant = random_mant();
	switch (rnd() % 8) {
	case 0: t.se = rnd() & 0x7fff; break;
	case 1: t.se = rnd() % 70; break;
	case 2: t.se = 0x7ffe - rnd() % 70; break;
	case 3: t.se = 0x3fff + rnd() % 64; break;
	case 4: t.se = 0x3fff - rnd() % 64; break;
	case 5: t.se = 0x3fff + 1023 - rnd() % 2200; break;
	default: t.se = (near & 0x7fff) + rnd() % 132 - 66; break;
	}
	t.se = (t.se & 0x7fff) | sign;
	if ((t.se & 0x7fff) == 0 && rnd() % 4)
		t.mant >>= rnd() % 64;
	return t;
}

static u64
memory(void)
{
	u64 f;

	switch (rnd() % 4) {
	case 0: return rnd();
	case 1: return rnd() % 2 ? 0 : rnd() & 0xffff;
	case 2: f = (rnd() & 0x800fffffffffffff) | (u64)(1023 + rnd() % 80 - 40) << 52; return f;
	}
	f = (rnd() & 0x807fffff) | (u32)(127 + rnd() % 40 - 20) << 23;
	return f | rnd() << 32;
}

static struct state
random_state(void)
{
	static const u16 precision[4] = { 0x300, 0x300, 0x200, 0 };
	struct state s = { .mem = { memory(), rnd() } };

	s.fcw = 0x7f | precision[rnd() % 4] | (rnd() & 3) << 10;
	s.a = operand(0x3fff);
	s.b = operand(s.a.se);
	if (rnd() % 4 == 0) {
		s.mem[0] = s.a.mant;
		s.mem[1] = s.a.se;
	}
	return s;
}

/* the instruction itself, between loads of the operands and FNSAVE */
#define NATIVE(name, code) \
	static void native_##name(struct state *s, struct image *i) \
	{ \
		__asm__ volatile("fninit; fldcw %[cw]; fldt %[a]; fldt %[b]; fnclex; " code "; fnsave %[i]" \
		    : [i] "=m"(*i), [m] "+m"(s->mem) : [cw] "m"(s->fcw), [a] "m"(s->a), [b] "m"(s->b) \
		    : "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "cc"); \
	}
