/*
 * perm.c - the map of pages (PERM_ADDR) that the kernel keeps for --precise-faults: a byte per page says whether the guest may read and
 * write there. Compiled guards look at it inline; the interpreter and repeated string instructions ask here.
 */
#include "engine.h"

#define PAGE_BITS 12

static bool
allowed(u32 addr, u32 need)
{
	return GUEST(const u8, PERM_ADDR)[addr >> PAGE_BITS] & need;
}

bool
perm_check(struct cpu *cpu, u64 addr, u32 bytes, u32 need)
{
	u64 end = addr + bytes, at = addr;

	while (at < end || (end < addr && at >= addr)) {
		if (at >> 32 || !allowed((u32)at, need)) {
			cpu->fault_addr = at;
			cpu->fault_write = need == PERM_WRITE;
			return false;
		}
		at = (at | (PAGE_SIZE - 1)) + 1;
	}
	return true;
}

/* One byte per page from addr on, upwards or downwards, that may be accessed; at most limit. */
static u64
reach(u32 addr, u64 limit, bool down, u32 need)
{
	u64 n = 0;

	while (n < limit && allowed(addr, need)) {
		u32 step = down ? (addr & (PAGE_SIZE - 1)) + 1 : PAGE_SIZE - (addr & (PAGE_SIZE - 1));

		n += step;
		if (down ? addr < step : addr + step < addr)
			break;
		addr = down ? addr - step : addr + step;
	}
	return n < limit ? n : limit;
}

/* how as in string_ops.c, the permission from bit 16 on. The first element is known to be accessible as a whole. */
u64
rep_room(u32 addr, u64 rounds, u32 how)
{
	u32 size = how & 0xff, need = how >> 16;
	bool down = how >> 8 & 1;
	u64 most = rounds > (1ull << 32) / size ? 1ull << 32 : rounds * size;
	u64 n;

	n = down ? reach(addr + size - 1, most, true, need) / size : reach(addr, most, false, need) / size;
	return n ? n : 1;
}
