/* rng.c - reproducible random numbers (xorshift64*), with a liking for edges. */
#include "insn.h"

static u64 seed = 1;

void
rnd_seed(u64 s)
{
	seed = s * 0x9e3779b97f4a7c15 + 1;
}

u64
rnd_name(u64 s, const char *name)
{
	for (; *name; name++)
		s = (s ^ (u8)*name) * 0x100000001b3;
	return s;
}

u64
rnd(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1d;
}

u32
rnd_below(u32 n)
{
	return (u32)(rnd() >> 33) % n;
}

u64
rnd_value(void)
{
	static const u64 edges[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xfffffffffffffffe,
		0xffffffff80000000, 0xffffffffffff8000, 0xffffffffffffff80, 0x3ff0000000000000, 0x7ff8000000000000,
	};
	u64 x = rnd();

	switch (rnd_below(8)) {
	case 0: case 1: case 2: return edges[rnd_below(sizeof edges / sizeof *edges)];
	case 3: return x & 0xff;
	case 4: return x >> (x & 63);
	case 5: return (u64)((i64)x >> 40);
	default: return x;
	}
}
