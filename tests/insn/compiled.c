/*
 * compiled.c - the generated tests as an ordinary program (see table.c): runs each snippet in a few states and prints one line per
 * test with a hash of what came out. Run natively and through elfport it must print the same.
 *
 *   compiled [-n STATES] [-s SEED] [-v TEST] [-q] [-x]     -v prints the registers of one test instead, -q leaves out what may trap, -x: see main.c
 */
#include <unistd.h>
#include "../../build/insn/program/snippets.h"

static u64 hash;

static void
mix(const void *p, size_t n)
{
	const u8 *b = p;
	u64 w;

	for (; n >= 8; b += 8, n -= 8) {
		memcpy(&w, b, 8);
		hash = (hash ^ w) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	for (; n > 0; b++, n--)
		hash = (hash ^ *b) * 0x100000001b3;
}

/* a NaN is as good as another */
static void
canonical(u8 *lanes)
{
	u64 x[2];
	u32 y[4];

	memcpy(x, lanes, 16);
	for (int i = 0; i < 2; i++)
		if ((x[i] & ~(1ULL << 63)) > 0x7ff0000000000000)
			x[i] = 0x7ff8000000000000;
	memcpy(y, x, 16);
	for (int i = 0; i < 4; i++)
		if ((y[i] & 0x7fffffff) > 0x7f800000)
			y[i] = 0x7fc00000;
	memcpy(lanes, y, 16);
}

static void
show(const struct state *b, const struct state *a, u32 undefined)
{
	printf("  signal %u flags %lx -> %lx\n", a->signal, b->flags & EF_STATUS, a->flags & (EF_STATUS | EF_DF) & ~undefined);
	for (int i = 0; i < 16; i++)
		printf("  r%d %lx -> %lx\n", i, b->r[i], a->r[i]);
	for (int i = 0; i < 24; i++)
		printf("  x%d %016lx%016lx -> %016lx%016lx\n", i - 8, *(u64 *)(b->fx + 40 + 16 * i), *(u64 *)(b->fx + 32 + 16 * i),
		    *(u64 *)(a->fx + 40 + 16 * i), *(u64 *)(a->fx + 32 + 16 * i));
}

static void
run(const struct test *t, bool verbose)
{
	static struct mem_image m;
	struct state before, s;
	u32 undefined;
	u64 flags;

	state_make(&s, &m, t);
	before = s;
	if (state_skipped(t, &s))
		return;
	memcpy((void *)(uintptr_t)DATA, m.data, DATA_SIZE);
	memcpy((void *)(uintptr_t)STACK, m.stack, STACK_SIZE);
	native_run(t, &s);
	undefined = state_undefined(t, &before);
	if (verbose)
		show(&before, &s, undefined);
	flags = s.signal ? 0 : s.flags & (EF_STATUS | EF_DF) & ~undefined;
	for (int i = 0; t->float_lanes && !state_floats && i < 16; i++)
		canonical(s.fx + 160 + 16 * i), canonical(s.ymmh + 16 * i);
	mix(s.r, sizeof s.r);
	mix(&flags, sizeof flags);
	mix(&s.signal, sizeof s.signal);
	mix(&s.fx[4], 1);
	for (int i = 0; i < 8; i++)
		mix(s.fx + 32 + 16 * i, 10);
	mix(s.fx + 160, 256);
	if (state_floats)
		mix(s.fx + 24, 4);
	if (s.signal == 0)
		mix(s.ymmh, sizeof s.ymmh);
	for (u32 i = 0; t->float_lanes && t->number && i < DATA_SIZE; i += 16)
		canonical((u8 *)(uintptr_t)DATA + i);
	if (t->float_lanes && !t->number)
		mix((void *)(uintptr_t)DATA, 16);                /* what setcc wrote */
	if (!t->float_lanes || t->number) {
		mix((void *)(uintptr_t)DATA, DATA_SIZE);
		mix((void *)(uintptr_t)STACK, STACK_SIZE);
	}
}

/* states depend on the instruction alone, not on the others in the table; or on the sequence's number */
static u64
state_seed(const struct test *t, u64 s)
{
	if (t->number)
		return s * 1000003 + t->number - 1;
	for (u32 i = 0; i < t->len; i++)
		s = (s ^ t->bytes[i]) * 0x100000001b3;
	return s;
}

int
main(int argc, char **argv)
{
	u32 states = 8;
	u64 seed = 1;
	i64 only = -1;
	bool quiet = false;
	int c;

	while ((c = getopt(argc, argv, "n:s:v:qx")) != -1) {
		if (c == 'n')
			states = (u32)atoi(optarg);
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		if (c == 'v')
			only = atoi(optarg);
		if (c == 'x')
			state_floats = true;
		if (c == 'q')
			quiet = true;
	}
	native_setup();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (u32 i = 0; i < ntests; i++) {
		if ((only >= 0 && i != (u32)only) || (quiet && tests[i].traps))
			continue;
		hash = 0xcbf29ce484222325;
		rnd_seed(state_seed(&tests[i], seed));
		for (u32 k = 0; k < states; k++)
			run(&tests[i], only >= 0);
		printf("%u %s", i, tests[i].name);
		if (tests[i].number)
			printf(" %u/%u", tests[i].number - 1, tests[i].variant);
		for (u32 k = 0; k < tests[i].len; k++)
			printf(" %02x", tests[i].bytes[k]);
		printf(" = %016lx\n", hash);
	}
	return 0;
}
