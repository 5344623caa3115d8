/* static: musl */
/*
 * v3loops.c - loops that compilers make AVX2 and FMA code of: reductions, conversions, gathers, masks, shifts, shuffles, in all widths.
 * cpu: v3
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 1003 };

static float fa[N], fb[N], fc[N];
static double da[N], db[N], dc[N];
static int8_t ba[N], bb[N];
static uint8_t ua[N], ub[N];
static int16_t wa[N], wb[N];
static int32_t ia[N], ib[N], ic[N];
static uint64_t la[N], lb[N];
static uint64_t seed = 12345;

static uint32_t
next(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 33;
}

static void
print_bytes(const char *name, const void *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const uint8_t *)p)[i]) * 0x100000001b3;
	printf("%s %016lx\n", name, h);
}

static void
floats(void)
{
	float s = 0;
	double d = 0;
	int n = 0;

	for (int i = 0; i < N; i++)
		fc[i] = fa[i] * fb[i] + fc[i];
	print_bytes("fma", fc, sizeof fc);
	for (int i = 0; i < N; i++)
		dc[i] = da[i] * db[i] - dc[i];
	print_bytes("fms", dc, sizeof dc);
	for (int i = 0; i < N; i++)
		dc[i] = fma(-da[i], dc[i], db[i]);
	print_bytes("fnma", dc, sizeof dc);
	for (int i = 0; i < N; i++)
		fc[i] = fa[i] > fb[i] ? sqrtf(fabsf(fa[i])) : floorf(fb[i]) + ceilf(fa[i]);
	print_bytes("select", fc, sizeof fc);
	for (int i = 0; i < N; i++)
		dc[i] = (float)da[i] + ia[i] + (double)wa[i];
	print_bytes("convert", dc, sizeof dc);
	for (int i = 0; i < N; i++)
		ic[i] = (int)fa[i] + (int)da[i];
	print_bytes("truncate", ic, sizeof ic);
	for (int i = 0; i < N; i++) {
		s = fmaxf(s, fa[i]);
		d = fmin(d, da[i]);
		n += fa[i] < fb[i];
	}
	printf("%.9g %.17g %d\n", s, d, n);
	for (int i = 0; i < N; i++)
		fc[i] = fa[ia[i] & 511];
	print_bytes("gather", fc, sizeof fc);
	for (int i = 0; i < N; i++)
		dc[i] = da[ib[i] & 511];
	print_bytes("gather double", dc, sizeof dc);
}

static void
integers(void)
{
	int64_t s = 0;

	for (int i = 0; i < N; i++)
		ic[i] = (ia[i] << (ib[i] & 31)) ^ (int32_t)((uint32_t)ib[i] >> (ia[i] & 31)) ^ (ia[i] >> (ib[i] & 15));
	print_bytes("shifts", ic, sizeof ic);
	for (int i = 0; i < N; i++)
		lb[i] = (la[i] << (lb[i] & 63)) + (la[i] >> (i & 63));
	print_bytes("long shifts", lb, sizeof lb);
	for (int i = 0; i < N; i++)
		wb[i] = wa[i] * wb[i] + ba[i] - bb[i];
	print_bytes("words", wb, sizeof wb);
	for (int i = 0; i < N; i++)
		s += wa[i] * wb[i] + (ua[i] > ub[i] ? ua[i] - ub[i] : ub[i] - ua[i]);
	printf("%ld\n", s);
	for (int i = 0; i < N; i++)
		ub[i] = (ua[i] + ub[i] + 1) >> 1;
	print_bytes("average", ub, sizeof ub);
	for (int i = 0; i < N; i++)
		if (ia[i] > ib[i])
			ic[i] = ia[i] * ib[i];
	print_bytes("masked", ic, sizeof ic);
	for (int i = 0; i < N; i++)
		ia[i] = ic[N - 1 - i];
	print_bytes("reverse", ia, sizeof ia);
	for (int i = 0; i < N; i++)
		s += __builtin_popcountll(la[i]) + __builtin_ctzll(la[i] | 1) + __builtin_clzll(la[i] | 1) + (la[i] & (la[i] - 1));
	printf("%ld\n", s);
	for (int i = 0; i < N; i++)
		bb[i] = ba[i] > 0 ? ba[i] : (int8_t)-ba[i];
	print_bytes("abs", bb, sizeof bb);
	for (int i = 0; i < N; i++)
		lb[i] = (uint64_t)(uint32_t)ia[i] * (uint32_t)ib[i] + ua[i];
	print_bytes("widen", lb, sizeof lb);
}

int
main(void)
{
	for (int i = 0; i < N; i++) {
		fa[i] = (int32_t)next() / 65536.0f - 7000;
		fb[i] = (int32_t)next() / 1048576.0f - 500;
		da[i] = (int32_t)next() / 3.0 - 1e8;
		db[i] = 1.0 / (1 + next());
		ia[i] = next() - next(), ib[i] = next() - next();
		wa[i] = next(), wb[i] = next(), ba[i] = next(), bb[i] = next(), ua[i] = next(), ub[i] = next();
		la[i] = (uint64_t)next() << 32 | next(), lb[i] = next();
	}
	floats();
	integers();
	return 0;
}
