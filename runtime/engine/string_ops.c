/*
 * string_ops.c - repeated string instructions. how = element size | DF << 8 | (repeat while different) << 9. A forward copy
 * onto itself repeats its first bytes, as the CPU's does: that is not memmove. A range that leaves the
 * address space faults where the last page that exists ends, as a single access would.
 */
#include <string.h>
#include "engine.h"

#define SIZE(how) ((how) & 0xff)
#define BACKWARDS(how) ((how) >> 8 & 1)
#define WHILE_DIFFERENT(how) ((how) >> 9 & 1)

static u64
get(u32 addr, u32 size)
{
	u64 x = 0;

	switch (size) {
	case 1: return *GUEST(u8, addr);
	case 2: memcpy(&x, GUEST(u8, addr), 2); break;
	case 4: memcpy(&x, GUEST(u8, addr), 4); break;
	case 8: memcpy(&x, GUEST(u8, addr), 8); break;
	}
	return x;
}

static void
put(u32 addr, u32 size, u64 x)
{
	switch (size) {
	case 1: *GUEST(u8, addr) = (u8)x; break;
	case 2: memcpy(GUEST(u8, addr), &x, 2); break;
	case 4: memcpy(GUEST(u8, addr), &x, 4); break;
	case 8: memcpy(GUEST(u8, addr), &x, 8); break;
	}
}

/* bytes that rounds elements take; the most there can be when it is more */
static u32
extent(u64 rounds, u32 size)
{
	return rounds > 0xffffffffu / size ? 0xffffffffu : (u32)rounds * size;
}

/* forward, destination inside the source's range behind its start: the distance is a period */
static void
copy_periodic(u32 dst, u32 src, u32 n, u32 period)
{
	while (n > 0) {
		u32 part = n < period ? n : period;

		memcpy(GUEST(u8, dst), GUEST(u8, src), part);
		dst += part;
		n -= part;
		if (period <= 0x40000000u)
			period *= 2;             /* src stays: twice as much of it is now in place */
	}
}

void
rep_movs(u32 dst, u32 src, u64 rounds, u32 how)
{
	u32 size = SIZE(how);
	u32 n = extent(rounds, size);
	u32 ahead = dst - src;

	if (rounds == 0)
		return;
	if (!BACKWARDS(how) && (ahead == 0 || ahead >= n)) {
		memmove(GUEST(u8, dst), GUEST(u8, src), n);
	} else if (!BACKWARDS(how) && ahead % size == 0) {
		copy_periodic(dst, src, n, ahead);
	} else if (BACKWARDS(how) && -ahead >= n) {
		dst -= n - size;
		src -= n - size;
		memmove(GUEST(u8, dst), GUEST(u8, src), n);
	} else {
		u32 step = BACKWARDS(how) ? -size : size;

		for (; rounds > 0; rounds--, dst += step, src += step) {
			u64 x = get(src, size);

			put(dst, size, x);
		}
	}
}

void
rep_stos(u32 dst, u64 value, u64 rounds, u32 how)
{
	u32 size = SIZE(how);
	u32 n = extent(rounds, size);

	if (rounds == 0)
		return;
	if (BACKWARDS(how))
		dst -= n - size;
	if (size == 1 || value == 0) {
		memset(GUEST(u8, dst), (u8)value, n);
		return;
	}
	put(dst, size, value);
	if (n > size)
		copy_periodic(dst + size, dst, n - size, size);
}

u64
rep_lods(u32 src, u64 rax, u64 rounds, u32 how)
{
	u32 size = SIZE(how);
	u32 far = extent(rounds, size) - size;
	u64 x;

	if (rounds == 0)
		return rax;
	x = get(BACKWARDS(how) ? src - far : src + far, size);
	switch (size) {
	case 1: return (rax & ~0xffULL) | x;
	case 2: return (rax & ~0xffffULL) | x;
	}
	return x;
}

u64
rep_cmps(u32 a, u32 b, u64 rounds, u32 how)
{
	u32 size = SIZE(how);
	u32 step = BACKWARDS(how) ? -size : size;
	u64 done = 0;

	while (done < rounds) {
		u64 x = get(a, size), y = get(b, size);

		done++;
		if ((x != y) != WHILE_DIFFERENT(how))
			break;
		a += step;
		b += step;
	}
	return done;
}

u64
rep_scas(u32 addr, u64 value, u64 rounds, u32 how)
{
	u32 size = SIZE(how);
	u32 step = BACKWARDS(how) ? -size : size;
	u64 done = 0;

	while (done < rounds) {
		u64 x = get(addr, size);

		done++;
		if ((x != value) != WHILE_DIFFERENT(how))
			break;
		addr += step;
	}
	return done;
}
