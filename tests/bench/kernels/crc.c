/* crc - table-driven CRC-32 over 64 KiB. */
#include "kernel.h"
static u32 table[256];
static u8 buf[65536];
u64
kernel(u32 n)
{
	u32 crc = 0, s = 1;

	for (u32 i = 0; i < 256; i++) {
		u32 c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
	for (u32 i = 0; i < sizeof buf; i++)
		buf[i] = rnd(&s);
	for (u32 r = 0; r < n; r++) {
		crc = ~crc;
		for (u32 i = 0; i < sizeof buf; i++)
			crc = table[(crc ^ buf[i]) & 255] ^ crc >> 8;
		crc = ~crc;
	}
	return crc;
}
