/* mix - a CoreMark-like mix: list search, small matrices, a state machine, crc16. */
#include "kernel.h"
enum { L = 200, M = 12 };
struct item { struct item *next; short data, index; };
static struct item items[L];
static short ma[M][M], mb[M][M];
static int mc[M][M];
static const char text[] = "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,T0.3e-1F,-T.T++Tq,1T3.4e4z,";
static u16
crc16(u16 crc, u32 v)
{
	for (int i = 0; i < 16; i++, v >>= 1)
		crc = (crc ^ v) & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	return crc;
}
static u32
states(u32 seed)
{
	u32 count[6] = { 0 }, st = 0, out = 0;

	for (const char *p = text; *p; p++) {
		u8 c = *p ^ (seed % 61 == (u32)(p - text) ? 1 : 0);
		switch (st) {
		case 0: st = c >= '0' && c <= '9' ? 1 : c == '+' || c == '-' ? 2 : c == '.' ? 3 : 5; break;
		case 1: st = c == '.' ? 3 : c >= '0' && c <= '9' ? 1 : 5; break;
		case 2: st = c >= '0' && c <= '9' ? 1 : c == '.' ? 3 : 5; break;
		case 3: st = c == 'e' || c == 'E' ? 4 : c >= '0' && c <= '9' ? 3 : 5; break;
		case 4: st = c == '+' || c == '-' ? 2 : 5; break;
		}
		if (c == ',')
			st = 0;
		count[st]++;
	}
	for (int i = 0; i < 6; i++)
		out = out * 31 + count[i];
	return out;
}
u64
kernel(u32 n)
{
	u32 crc = 0;

	for (int i = 0; i < L; i++)
		items[i] = (struct item){ i + 1 < L ? &items[i + 1] : 0, i * 37 % 101, i };
	for (u32 r = 0; r < n; r++) {
		struct item *p = items;
		short find = r % 101;
		while (p && p->data != find)
			p = p->next;
		crc = crc16(crc, p ? p->index : 77);
		for (int i = 0; i < M; i++)
			for (int j = 0; j < M; j++) {
				ma[i][j] = i + j + r;
				mb[i][j] = i * j - r;
			}
		for (int i = 0; i < M; i++)
			for (int j = 0; j < M; j++) {
				int s = 0;
				for (int k = 0; k < M; k++)
					s += ma[i][k] * mb[k][j];
				mc[i][j] = s;
			}
		crc = crc16(crc, mc[r % M][3]);
		crc = crc16(crc, states(r));
	}
	return crc;
}
