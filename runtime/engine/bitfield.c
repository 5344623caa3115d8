/*
 * bitfield.c - pdep and pext of BMI2 by halving: six steps, each moving the bits that have to go 1, 2, 4 .. 32 places
 * (Hacker's Delight, 7-4 and 7-5).
 */
#include "engine.h"

/* moves[i]: mask bits that move right by 1 << i when the mask is compressed; returns nothing else */
static void
plan(u64 mask, u64 moves[6])
{
	u64 zeros = ~mask << 1;                  /* count zeros to the right of each bit */

	for (int i = 0; i < 6; i++) {
		u64 parity = zeros, m;

		for (int k = 1; k < 64; k *= 2)
			parity ^= parity << k;
		m = parity & mask;
		moves[i] = m;
		mask = (mask ^ m) | m >> (1 << i);
		zeros &= ~parity;
	}
}

u64
pext(u64 x, u64 mask)
{
	u64 moves[6];

	plan(mask, moves);
	x &= mask;
	for (int i = 0; i < 6; i++) {
		u64 t = x & moves[i];

		x = (x ^ t) | t >> (1 << i);
	}
	return x;
}

u64
pdep(u64 x, u64 mask)
{
	u64 moves[6];

	plan(mask, moves);
	for (int i = 5; i >= 0; i--) {
		u64 t = x << (1 << i);

		x = (x & ~moves[i]) | (t & moves[i]);
	}
	return x & mask;
}
