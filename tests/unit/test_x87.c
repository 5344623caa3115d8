/*
 * test_x87.c - every x87 instruction natively and through the engine's helpers, on corner and random operands in all rounding and
 * precision modes; registers, tags, control and status word and memory must agree bit for bit. Transcendental results may
 * differ by a unit in the last place, and C1 and PE with them.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../../include/cpu.h"
#include "../../include/x87.h"

void x87_arith(struct cpu *c, u32 op, u32 d, u32 s);
void x87_arith_m(struct cpu *c, u32 op, u64 bits, u32 kind);
void x87_op(struct cpu *c, u32 op);
void x87_constant(struct cpu *c, u32 which);
void x87_fld_st(struct cpu *c, u32 i);
void x87_fld_m(struct cpu *c, u64 bits, u32 kind);
void x87_fld80(struct cpu *c, u64 mant, u32 se);
void x87_fbld(struct cpu *c, u64 low, u32 high);
u64 x87_fst_m(struct cpu *c, u32 kind);
u64 x87_fist(struct cpu *c, u32 kind, u32 truncate);
void x87_fst80(struct cpu *c);
void x87_fbst(struct cpu *c);
void x87_fst_st(struct cpu *c, u32 i);
void x87_pop(struct cpu *c);
void x87_com(struct cpu *c, u32 i, u32 quiet);
void x87_com_m(struct cpu *c, u64 bits, u32 kind);
u64 x87_comi(struct cpu *c, u32 i, u32 quiet);
void x87_cmov(struct cpu *c, u32 condition, u32 i);
void x87_fxch(struct cpu *c, u32 i);
void x87_ffree(struct cpu *c, u32 i);
void x87_rotate(struct cpu *c, u32 by);
void x87_fninit(struct cpu *c);
void x87_fnclex(struct cpu *c);
void x87_fldcw(struct cpu *c, u32 fcw);
void x87_fnsave(struct cpu *c, u32 at, u32 shorter);

struct ten { u64 mant; u16 se; } __attribute__((packed));
struct state {
	u64 mem[2];
	struct ten a, b;         /* st1 and st0 */
	u16 fcw;
};
struct image { u32 env[7]; struct ten st[8]; } __attribute__((packed));

static struct image *ours;       /* below 4 GiB */

static void put16(struct state *s, u64 v) { memcpy(s->mem, &v, 2); }
static void put32(struct state *s, u64 v) { memcpy(s->mem, &v, 4); }
static void put64(struct state *s, u64 v) { memcpy(s->mem, &v, 8); }
static void put80(struct state *s, struct cpu *c) { memcpy(s->mem, &c->scratch[0], 10); }
static void putflags(struct state *s, u64 v) { s->mem[0] = v; }

static void
fill(struct cpu *c, int n)
{
	while (n-- > 0)
		x87_constant(c, X87_ONE);
}

#define X(name, code, call) \
	static void native_##name(struct state *s, struct image *i) \
	{ \
		__asm__ volatile("fninit; fldcw %[cw]; fldt %[a]; fldt %[b]; fnclex; " code "; fnsave %[i]" \
		    : [i] "=m"(*i), [m] "+m"(s->mem) : [cw] "m"(s->fcw), [a] "m"(s->a), [b] "m"(s->b) \
		    : "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "cc"); \
	} \
	static void helper_##name(struct state *s, struct cpu *c) { (void)s; call; }
#include "x87case.h"
#include "x87math.h"
#undef X

struct test_case {
	const char *name;
	void (*native)(struct state *, struct image *);
	void (*helper)(struct state *, struct cpu *);
};
#define X(name, code, call) { #name, native_##name, helper_##name },
static const struct test_case exact_cases[] = {
#include "x87case.h"
};
static const struct test_case math_cases[] = {
#include "x87math.h"
};
#undef X

static u64 seed = 0x123456789abcdef;

static u64
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const struct ten corner[] = {
	{ 0, 0 }, { 0, 0x8000 }, { 1ull << 63, 0x3fff }, { 1ull << 63, 0xbfff }, { 1ull << 63, 0x7fff }, { 1ull << 63, 0xffff },
	{ 3ull << 62, 0xffff }, { 3ull << 62, 0x7fff }, { 0xa000000000000001, 0x7fff }, { 0xa000000000000001, 0xffff }, { ~0ull, 0x7fff }, { ~0ull >> 1 | 1ull << 63, 0xffff },
	{ 1, 0 }, { ~0ull >> 1, 0 }, { 1ull << 63, 0 }, { ~0ull, 0x8000 }, { 1ull << 63, 1 }, { ~0ull, 0x7ffe }, { ~0ull, 0xfffe },
	{ 1ull << 62, 0x4000 }, { 0, 0x3fff }, { 0, 0x7fff }, { 1, 0x7fff }, { 1ull << 63, 0x4000 }, { 1ull << 63, 0x3ffe }, { 3ull << 62, 0x3fff },
	{ 1ull << 63, 0x403e }, { ~0ull, 0x403d }, { 1ull << 63, 0xc03e }, { 1ull << 63, 0x401e }, { 1ull << 63, 0xc01e }, { 0xffffffff00000000, 0x401d },
	{ 0xde0b6b3a763ffff0, 0x403a }, { 1ull << 63, 0x3f80 }, { 1ull << 63, 0x3c00 }, { ~0ull, 0x407e }, { ~0ull, 0x43fe },
};

static u64
random_mant(void)
{
	switch (rnd() % 6) {
	case 0: return rnd() | 1ull << 63;
	case 1: return (rnd() | 1ull << 63) & ~0ull << rnd() % 64;
	case 2: return ~0ull << rnd() % 64 | 1ull << 63;
	case 3: return 1ull << 63 | 1ull << rnd() % 64;
	case 4: return (~0ull >> rnd() % 64) | 1ull << 63;
	}
	return rnd() % 16 ? rnd() | 1ull << 63 : rnd();
}

static struct ten
operand(u16 near)
{
	struct ten t;
	u16 sign = (rnd() & 1) << 15;

	if (rnd() % 8 == 0)
		return corner[rnd() % (sizeof corner / sizeof *corner)];
	t.mant = random_mant();
	switch (rnd() % 8) {
	case 0: t.se = rnd() & 0x7fff; break;
	case 1: t.se = rnd() % 70; break;
	case 2: t.se = 0x7ffe - rnd() % 70; break;
	case 3: t.se = 0x3fff + rnd() % 64; break;
	case 4: t.se = 0x3fff - rnd() % 64; break;
	case 5: t.se = 0x3fff + 1023 - rnd() % 2200; break;
	default: t.se = (near & 0x7fff) + rnd() % 132 - 66; break;
	}
	t.se = (t.se & 0x7fff) | sign;
	if ((t.se & 0x7fff) == 0 && rnd() % 4)
		t.mant >>= rnd() % 64;
	return t;
}

static u64
memory(void)
{
	u64 f;

	switch (rnd() % 4) {
	case 0: return rnd();
	case 1: return rnd() % 2 ? 0 : rnd() & 0xffff;
	case 2: f = (rnd() & 0x800fffffffffffff) | (u64)(1023 + rnd() % 80 - 40) << 52; return f;
	}
	f = (rnd() & 0x807fffff) | (u32)(127 + rnd() % 40 - 20) << 23;
	return f | rnd() << 32;
}

static void
setup(struct state *s, struct cpu *c)
{
	memset(c, 0, sizeof *c);
	x87_fninit(c);
	x87_fldcw(c, s->fcw);
	x87_fld80(c, s->a.mant, s->a.se);
	x87_fld80(c, s->b.mant, s->b.se);
	x87_fnclex(c);
}

static void
report(const struct test_case *t, const struct state *s, const struct image *n, u64 nm, u64 om)
{
	printf("%s: fcw %04x st0 %04x:%016llx st1 %04x:%016llx mem %016llx\n", t->name, s->fcw, s->b.se,
	    (unsigned long long)s->b.mant, s->a.se, (unsigned long long)s->a.mant, (unsigned long long)s->mem[0]);
	for (int k = 0; k < 2; k++) {
		const struct image *i = k ? ours : n;

		printf("  %s cw %04x sw %04x tags %04x", k ? "ours  " : "native", i->env[0] & 0xffff, i->env[1] & 0xffff, i->env[2] & 0xffff);
		for (int r = 0; r < 3; r++)
			printf(" %04x:%016llx", i->st[r].se, (unsigned long long)i->st[r].mant);
		printf(" mem %016llx\n", (unsigned long long)(k ? om : nm));
	}
}

/* a number that grows by one from each magnitude to the next, but for the hidden bit's gap */
static u64
distance(struct ten a, struct ten b)
{
	__int128 x = (__int128)(a.se & 0x7fff ? a.se & 0x7fff : 1) << 63 | (a.mant & ~0ull >> 1);
	__int128 y = (__int128)(b.se & 0x7fff ? b.se & 0x7fff : 1) << 63 | (b.mant & ~0ull >> 1);
	__int128 d = x > y ? x - y : y - x;

	return d > 1000000 ? 1000000 : d;
}

/* registers that are empty in both keep undefined contents */
static bool
same_registers(const struct image *a, const struct image *b, u64 slack)
{
	u32 top = a->env[1] >> 11 & 7;

	for (int i = 0; i < 8; i++) {
		if ((a->env[2] >> 2 * ((top + i) & 7) & 3) == 3)
			continue;
		if (slack == 0 && memcmp(&a->st[i], &b->st[i], sizeof a->st[i]) != 0)
			return false;
		if ((a->st[i].se ^ b->st[i].se) & 0x8000 || distance(a->st[i], b->st[i]) > slack)
			return false;
	}
	return true;
}

static u64 ulps;

static bool
run_case(const struct test_case *t, struct state *s, u64 slack, u16 ignore)
{
	struct state before = *s, n = *s, o = *s;
	struct image native;
	struct cpu cpu;
	bool same;

	t->native(&n, &native);
	setup(s, &cpu);
	t->helper(&o, &cpu);
	x87_fnsave(&cpu, (u32)(uintptr_t)ours, 0);
	if (strstr(t->name, "comi")) {
		n.mem[0] &= EF_STATUS;
		o.mem[0] &= EF_STATUS;
	}
	same = same_registers(&native, ours, slack) && (native.env[0] & 0xffff) == (ours->env[0] & 0xffff)
	    && ((native.env[1] ^ ours->env[1]) & 0xffff & ~ignore) == 0 && (native.env[2] & 0xffff) == (ours->env[2] & 0xffff)
	    && memcmp(n.mem, o.mem, 10) == 0;
	if (same && memcmp(native.st, ours->st, 10) != 0)
		ulps++;
	if (!same)
		report(t, &before, &native, n.mem[0], o.mem[0]);
	return same;
}

static u64
iterations(void)
{
	const char *n = getenv("X87_ITERATIONS");

	return n ? strtoull(n, NULL, 0) : 20000;
}

static int
run_table(const struct test_case *table, size_t n, u64 slack, u16 ignore)
{
	static const u16 precision[4] = { 0x300, 0x300, 0x200, 0 };
	const char *only = getenv("X87_ONLY");
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		int bad = 0;

		if (only && strncmp(table[i].name, only, strlen(only)) != 0)
			continue;
		ulps = 0;
		for (u64 k = 0; k < iterations() && bad < 3; k++) {
			struct state s = { .mem = { memory(), rnd() } };

			s.fcw = 0x7f | precision[rnd() % 4] | (rnd() & 3) << 10;
			s.a = operand(0x3fff);
			s.b = operand(s.a.se);
			if (rnd() % 4 == 0) {
				s.mem[0] = s.a.mant;
				s.mem[1] = s.a.se;
			}
			bad += !run_case(&table[i], &s, slack, ignore);
		}
		failed += bad != 0;
		if (slack && ulps)
			printf("%s: %llu of %llu results differ in the last place\n", table[i].name, (unsigned long long)ulps, (unsigned long long)iterations());
	}
	return failed;
}

START_TEST(exact)
{
	ck_assert_int_eq(run_table(exact_cases, sizeof exact_cases / sizeof *exact_cases, 0, 0), 0);
}
END_TEST

START_TEST(transcendental)
{
	ck_assert_int_eq(run_table(math_cases, sizeof math_cases / sizeof *math_cases, 1, FSW_C1 | FSW_PE), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("x87");
	TCase *tc = tcase_create("native");
	SRunner *r;
	int failed;

	ours = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, exact);
	tcase_add_test(tc, transcendental);
	suite_add_tcase(suite, tc);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
