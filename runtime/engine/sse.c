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

typedef u8 bytes16 __attribute__((vector_size(16)));
typedef char chars16 __attribute__((vector_size(16)));
typedef i8 signed16 __attribute__((vector_size(16)));

static u32
byte_mask(bytes16 v)
{
#ifdef __wasm__
	return __builtin_wasm_bitmask_i8x16((signed16)v);
#else
	return __builtin_ia32_pmovmskb128((chars16)v);
#endif
}

static bytes16
load_bytes(const union xmm *x)
{
	bytes16 v;

	__builtin_memcpy(&v, x, 16);
	return v;
}

static u32
low_bits(int n)
{
	return (1u << n) - 1;
}

static u32
byte_range(bytes16 v, u8 from, u8 to, bool is_signed)
{
	if (is_signed)
		return byte_mask((bytes16)(((signed16)v >= (i8)from) & ((signed16)v <= (i8)to)));
	return byte_mask((bytes16)((v >= from) & (v <= to)));
}

/* aggregate() below for bytes, sixteen at a time */
static u32
aggregate_bytes(const union xmm *x, int na, const union xmm *y, int nb, u32 imm)
{
	bytes16 a = load_bytes(x), b = load_bytes(y);
	u32 r = 0, m;

	switch (imm >> 2 & 3) {
	case STR_EQUAL_ANY:
		for (int i = 0; i < na; i++)
			r |= byte_mask((bytes16)(b == x->b[i]));
		return r & low_bits(nb);
	case STR_RANGES:
		for (int i = 0; i + 1 < na; i += 2)
			r |= byte_range(b, x->b[i], x->b[i + 1], imm & STR_SIGNED);
		return r & low_bits(nb);
	case STR_EQUAL_EACH:
		m = byte_mask((bytes16)(a == b));
		r = m & low_bits(na < nb ? na : nb);
		return r | (0xffff & ~low_bits(na > nb ? na : nb));
	}
	r = 0xffff;
	for (int i = 0; i < na; i++) {
		m = byte_mask((bytes16)(b == x->b[i])) & low_bits(nb);
		r &= m >> i | 0xffffu << (16 - i);
	}
	return r & 0xffff;
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
	u32 r = imm & STR_WORDS ? aggregate(a, na, b, nb, n, imm) : aggregate_bytes(a, na, b, nb, imm);
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
	int i = 0;

	if (!(imm & STR_WORDS))
		return __builtin_ctz(byte_mask((bytes16)(load_bytes(x) == 0)) | 0x10000);
	while (i < 8 && x->w[i] != 0)
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

/* polynomial 0x1edc6f41, reflected */
static const u32 crc_table[256] = {
	0x00000000, 0xf26b8303, 0xe13b70f7, 0x1350f3f4, 0xc79a971f, 0x35f1141c, 0x26a1e7e8, 0xd4ca64eb,
	0x8ad958cf, 0x78b2dbcc, 0x6be22838, 0x9989ab3b, 0x4d43cfd0, 0xbf284cd3, 0xac78bf27, 0x5e133c24,
	0x105ec76f, 0xe235446c, 0xf165b798, 0x030e349b, 0xd7c45070, 0x25afd373, 0x36ff2087, 0xc494a384,
	0x9a879fa0, 0x68ec1ca3, 0x7bbcef57, 0x89d76c54, 0x5d1d08bf, 0xaf768bbc, 0xbc267848, 0x4e4dfb4b,
	0x20bd8ede, 0xd2d60ddd, 0xc186fe29, 0x33ed7d2a, 0xe72719c1, 0x154c9ac2, 0x061c6936, 0xf477ea35,
	0xaa64d611, 0x580f5512, 0x4b5fa6e6, 0xb93425e5, 0x6dfe410e, 0x9f95c20d, 0x8cc531f9, 0x7eaeb2fa,
	0x30e349b1, 0xc288cab2, 0xd1d83946, 0x23b3ba45, 0xf779deae, 0x05125dad, 0x1642ae59, 0xe4292d5a,
	0xba3a117e, 0x4851927d, 0x5b016189, 0xa96ae28a, 0x7da08661, 0x8fcb0562, 0x9c9bf696, 0x6ef07595,
	0x417b1dbc, 0xb3109ebf, 0xa0406d4b, 0x522bee48, 0x86e18aa3, 0x748a09a0, 0x67dafa54, 0x95b17957,
	0xcba24573, 0x39c9c670, 0x2a993584, 0xd8f2b687, 0x0c38d26c, 0xfe53516f, 0xed03a29b, 0x1f682198,
	0x5125dad3, 0xa34e59d0, 0xb01eaa24, 0x42752927, 0x96bf4dcc, 0x64d4cecf, 0x77843d3b, 0x85efbe38,
	0xdbfc821c, 0x2997011f, 0x3ac7f2eb, 0xc8ac71e8, 0x1c661503, 0xee0d9600, 0xfd5d65f4, 0x0f36e6f7,
	0x61c69362, 0x93ad1061, 0x80fde395, 0x72966096, 0xa65c047d, 0x5437877e, 0x4767748a, 0xb50cf789,
	0xeb1fcbad, 0x197448ae, 0x0a24bb5a, 0xf84f3859, 0x2c855cb2, 0xdeeedfb1, 0xcdbe2c45, 0x3fd5af46,
	0x7198540d, 0x83f3d70e, 0x90a324fa, 0x62c8a7f9, 0xb602c312, 0x44694011, 0x5739b3e5, 0xa55230e6,
	0xfb410cc2, 0x092a8fc1, 0x1a7a7c35, 0xe811ff36, 0x3cdb9bdd, 0xceb018de, 0xdde0eb2a, 0x2f8b6829,
	0x82f63b78, 0x709db87b, 0x63cd4b8f, 0x91a6c88c, 0x456cac67, 0xb7072f64, 0xa457dc90, 0x563c5f93,
	0x082f63b7, 0xfa44e0b4, 0xe9141340, 0x1b7f9043, 0xcfb5f4a8, 0x3dde77ab, 0x2e8e845f, 0xdce5075c,
	0x92a8fc17, 0x60c37f14, 0x73938ce0, 0x81f80fe3, 0x55326b08, 0xa759e80b, 0xb4091bff, 0x466298fc,
	0x1871a4d8, 0xea1a27db, 0xf94ad42f, 0x0b21572c, 0xdfeb33c7, 0x2d80b0c4, 0x3ed04330, 0xccbbc033,
	0xa24bb5a6, 0x502036a5, 0x4370c551, 0xb11b4652, 0x65d122b9, 0x97baa1ba, 0x84ea524e, 0x7681d14d,
	0x2892ed69, 0xdaf96e6a, 0xc9a99d9e, 0x3bc21e9d, 0xef087a76, 0x1d63f975, 0x0e330a81, 0xfc588982,
	0xb21572c9, 0x407ef1ca, 0x532e023e, 0xa145813d, 0x758fe5d6, 0x87e466d5, 0x94b49521, 0x66df1622,
	0x38cc2a06, 0xcaa7a905, 0xd9f75af1, 0x2b9cd9f2, 0xff56bd19, 0x0d3d3e1a, 0x1e6dcdee, 0xec064eed,
	0xc38d26c4, 0x31e6a5c7, 0x22b65633, 0xd0ddd530, 0x0417b1db, 0xf67c32d8, 0xe52cc12c, 0x1747422f,
	0x49547e0b, 0xbb3ffd08, 0xa86f0efc, 0x5a048dff, 0x8ecee914, 0x7ca56a17, 0x6ff599e3, 0x9d9e1ae0,
	0xd3d3e1ab, 0x21b862a8, 0x32e8915c, 0xc083125f, 0x144976b4, 0xe622f5b7, 0xf5720643, 0x07198540,
	0x590ab964, 0xab613a67, 0xb831c993, 0x4a5a4a90, 0x9e902e7b, 0x6cfbad78, 0x7fab5e8c, 0x8dc0dd8f,
	0xe330a81a, 0x115b2b19, 0x020bd8ed, 0xf0605bee, 0x24aa3f05, 0xd6c1bc06, 0xc5914ff2, 0x37faccf1,
	0x69e9f0d5, 0x9b8273d6, 0x88d28022, 0x7ab90321, 0xae7367ca, 0x5c18e4c9, 0x4f48173d, 0xbd23943e,
	0xf36e6f75, 0x0105ec76, 0x12551f82, 0xe03e9c81, 0x34f4f86a, 0xc69f7b69, 0xd5cf889d, 0x27a40b9e,
	0x79b737ba, 0x8bdcb4b9, 0x988c474d, 0x6ae7c44e, 0xbe2da0a5, 0x4c4623a6, 0x5f16d052, 0xad7d5351,
};

u32
sse_crc32(u32 crc, u64 value, u32 n)
{
	for (u32 i = 0; i < n; i++)
		crc = crc >> 8 ^ crc_table[(crc ^ value >> 8 * i) & 0xff];
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
