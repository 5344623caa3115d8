/*
 * cpuid.c - the processor that guests see: the x86-64 level that --cpu selects, by default v2, and nothing beyond it that programs would
 * use for speed. Vendor, family and model are those of real processors of the level (Core 2, Silvermont, Haswell), because C
 * libraries choose their string functions by them; the brand string says what it is. rep movsb and rep stosb are bulk operations
 * here, so ERMS and FSRM are true.
 */
#include <string.h>
#include "engine.h"

#define BIT(n) (1u << (n))

struct regs { u32 a, b, c, d; };

/* bits by the level that adds them: [0] all levels */
static const u32 leaf1_c[] = {
	BIT(30),                                                        /* RDRAND */
	0,
	BIT(0) | BIT(9) | BIT(13) | BIT(19) | BIT(20) | BIT(23),        /* SSE3 SSSE3 CMPXCHG16B SSE4.1 SSE4.2 POPCNT */
	BIT(12) | BIT(22) | BIT(26) | BIT(27) | BIT(28) | BIT(29),      /* FMA MOVBE XSAVE OSXSAVE AVX F16C */
};
static const u32 leaf7_b[] = {
	BIT(0) | BIT(9) | BIT(18), 0, 0,                                /* FSGSBASE ERMS RDSEED */
	BIT(3) | BIT(5) | BIT(8),                                       /* BMI1 AVX2 BMI2 */
};
static const u32 ext1_c[] = {
	BIT(8), 0,                                                      /* PREFETCHW */
	BIT(0),                                                         /* LAHF in 64-bit mode */
	BIT(5),                                                         /* LZCNT */
};
static const u32 signature[] = { 0, 0x6f6, 0x406d8, 0x306c3 };
#define LEAF1_D (BIT(0) | BIT(4) | BIT(8) | BIT(15) | BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26))
	/* FPU TSC CX8 CMOV CLFSH MMX FXSR SSE SSE2 */
#define LEAF7_D BIT(4)                           /* FSRM */
#define EXT1_D (BIT(11) | BIT(20) | BIT(27) | BIT(29))   /* SYSCALL NX RDTSCP LM */

enum { DATA = 1, CODE, UNIFIED };

static struct regs
cache(u32 type, u32 level, u32 ways, u32 bytes)
{
	struct regs r;

	r.a = type | level << 5 | BIT(8);
	r.b = (ways - 1) << 22 | (64 - 1);
	r.c = bytes / (ways * 64) - 1;
	r.d = 0;
	return r;
}

static struct regs
caches(u32 i)
{
	switch (i) {
	case 0: return cache(DATA, 1, 8, 32 << 10);
	case 1: return cache(CODE, 1, 8, 32 << 10);
	case 2: return cache(UNIFIED, 2, 16, 1 << 20);
	case 3: return cache(UNIFIED, 3, 16, 8 << 20);
	default: return (struct regs){ 0, 0, 0, 0 };
	}
}

static struct regs
brand(u32 part)
{
	char text[48] = "elfport x86-64-v0 on WebAssembly";
	struct regs r;

	text[16] = (char)('0' + engine_config.cpu_level);
	memcpy(&r, text + 16 * part, sizeof r);
	return r;
}

static u32
upto_level(const u32 bits[4])
{
	u32 r = 0;

	for (u32 i = 0; i <= engine_config.cpu_level; i++)
		r |= bits[i];
	return r;
}

/* leaf 0xd: the XSAVE image; x87, SSE and AVX state */
static struct regs
xsave_leaf(u32 sub)
{
	struct regs none = { 0, 0, 0, 0 };

	if (engine_config.cpu_level < 3)
		return none;
	switch (sub) {
	case 0: return (struct regs){ 7, 832, 832, 0 };
	case 1: return (struct regs){ BIT(0) | BIT(1) | BIT(2), 0, 0, 0 };       /* XSAVEOPT XSAVEC XGETBV with ecx 1 */
	case 2: return (struct regs){ 256, 576, 0, 0 };
	default: return none;
	}
}

static struct regs
leaf(u32 n, u32 sub)
{
	switch (n) {
	case 0: return (struct regs){ engine_config.cpu_level < 3 ? 7 : 13, 0x756e6547, 0x6c65746e, 0x49656e69 };   /* GenuineIntel */
	case 1: return (struct regs){ signature[engine_config.cpu_level], 8 << 8 | 1 << 16, upto_level(leaf1_c), LEAF1_D };
	case 2: return (struct regs){ 0x00feff01, 0xf0, 0, 0 };                  /* see leaf 4 */
	case 4: return caches(sub);
	case 7: return sub == 0 ? (struct regs){ 0, upto_level(leaf7_b), 0, LEAF7_D } : (struct regs){ 0, 0, 0, 0 };
	case 13: return xsave_leaf(sub);
	case 0x80000000: return (struct regs){ 0x80000008, 0, 0, 0 };
	case 0x80000001: return (struct regs){ 0, 0, upto_level(ext1_c), EXT1_D };
	case 0x80000002: case 0x80000003: case 0x80000004: return brand(n - 0x80000002);
	case 0x80000006: return (struct regs){ 0, 0, 1024 << 16 | 6 << 12 | 64, 0 };
	case 0x80000007: return (struct regs){ 0, 0, 0, BIT(8) };                /* invariant TSC */
	case 0x80000008: return (struct regs){ 48 << 8 | 36, 0, 0, 0 };
	default: return (struct regs){ 0, 0, 0, 0 };
	}
}

void
cpuid(struct cpu *cpu)
{
	struct regs r = leaf((u32)cpu->r[0], (u32)cpu->r[1]);

	cpu->r[0] = r.a;
	cpu->r[3] = r.b;
	cpu->r[1] = r.c;
	cpu->r[2] = r.d;
}

u64
rdrand(void)
{
	return (u64)door_random();
}

/* XCR0, or with ecx 1 what of it is not in its initial state; 0: #UD, 1: #GP */
u64
xgetbv(struct cpu *cpu, u32 ecx)
{
	if (engine_config.cpu_level < 3)
		return 0;
	return ecx == 0 ? 7 : ecx == 1 ? 7 & (xsave_in_use(cpu) | 2) : 1;
}

u64
rdtsc(void)
{
	return (u64)door_clock();
}
