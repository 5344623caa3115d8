/*
 * test_x87.c - every x87 instruction natively and through the engine's helpers, on corner and random operands in all rounding and
 * precision modes; registers, tags, control and status word and memory must agree bit for bit. Transcendental results may
 * differ by a unit in the last place, and C1 and PE with them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "x87operand.h"
#include "../../include/x87.h"
#include "../../runtime/engine/engine.h"

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
void x87_pop(struct cpu *c, u32 unless);
void x87_com(struct cpu *c, u32 i, u32 quiet);
void x87_com_m(struct cpu *c, u64 bits, u32 kind);
u64 x87_comi(struct cpu *c, u32 i, u32 quiet);
void x87_cmov(struct cpu *c, u32 condition, u32 i);
void x87_fxch(struct cpu *c, u32 i);
void x87_ffree(struct cpu *c, u32 i);
void x87_rotate(struct cpu *c, u32 by);
void x87_fninit(struct cpu *c);
void x87_fnclex(struct cpu *c);
u32 x87_fldcw(struct cpu *c, u32 fcw);
void x87_fnsave(struct cpu *c, u32 at, u32 shorter);

/* fxrstor loads MXCSR, too; that is sseexact.c's */
u32
sse_ldmxcsr(struct cpu *c, u32 value, u32 wanted)
{
	c->mxcsr = value;
	return wanted;
}

struct engine_config engine_config = { .exact = 1 };

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
	NATIVE(name, code) \
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
	const char *only = getenv("X87_ONLY");
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		int bad = 0;

		if (only && strncmp(table[i].name, only, strlen(only)) != 0)
			continue;
		ulps = 0;
		for (u64 k = 0; k < iterations() && bad < 3; k++) {
			struct state s = random_state();

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
