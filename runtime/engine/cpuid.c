/*
 * cpuid.c - the processor that guests see: what translated code does completely, which by default is x86-64-v2. Vendor,
 * family and model are those of a real processor without AVX (Silvermont), because C libraries choose their string functions by
 * them; the brand string says what it is. rep movsb and rep stosb are bulk operations here, so ERMS and FSRM are true.
 */
#include <string.h>
#include "engine.h"

#define BIT(n) (1u << (n))

struct regs { u32 a, b, c, d; };

/* leaf 1 */
#define LEAF1_C (BIT(0) | BIT(9) | BIT(13) | BIT(19) | BIT(20) | BIT(23))
	/* SSE3 SSSE3 CMPXCHG16B SSE4.1 SSE4.2 POPCNT */
#define LEAF1_D (BIT(0) | BIT(4) | BIT(8) | BIT(15) | BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26))
	/* FPU TSC CX8 CMOV CLFSH MMX FXSR SSE SSE2 */
#define LEAF7_B (BIT(0) | BIT(9))                /* FSGSBASE ERMS */
#define LEAF7_D BIT(4)                           /* FSRM */
#define EXT1_C (BIT(0) | BIT(8))                 /* LAHF in 64-bit mode, PREFETCHW */
#define EXT1_D (BIT(11) | BIT(20) | BIT(27) | BIT(29))   /* SYSCALL NX RDTSCP LM */
#define SIGNATURE 0x406d8u                       /* family 6, model 0x4d, stepping 8 */

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
	static const char text[48] = "elfport x86-64-v2 on WebAssembly";
	struct regs r;

	memcpy(&r, text + 16 * part, sizeof r);
	return r;
}

static struct regs
leaf(u32 n, u32 sub)
{
	switch (n) {
	case 0: return (struct regs){ 7, 0x756e6547, 0x6c65746e, 0x49656e69 };   /* GenuineIntel */
	case 1: return (struct regs){ SIGNATURE, 8 << 8 | 1 << 16, LEAF1_C, LEAF1_D };
	case 2: return (struct regs){ 0x00feff01, 0xf0, 0, 0 };                  /* see leaf 4 */
	case 4: return caches(sub);
	case 7: return sub == 0 ? (struct regs){ 0, LEAF7_B, 0, LEAF7_D } : (struct regs){ 0, 0, 0, 0 };
	case 0x80000000: return (struct regs){ 0x80000008, 0, 0, 0 };
	case 0x80000001: return (struct regs){ 0, 0, EXT1_C, EXT1_D };
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
rdtsc(void)
{
	return (u64)door_clock();
}
