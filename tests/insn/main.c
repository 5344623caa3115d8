/*
 * main.c - runs every generated instruction natively and through the interpreter and reports differences.
 *
 *   insn [-x] [-s SEED] [-v VARIANTS] [-n STATES] [-t DIR] [-q COUNT] [-i FIRST] [MNEMONIC...]
 *
 * A case that fails is reduced: registers, vectors and memory that it does not need become zero. The command that is printed runs the
 * row again. "odd" as a mnemonic stands for odd.c, "sequence" for sequence.c. -t writes the tests into DIR instead, see table.c; -r the
 * material of the report, see report.c. -c FILE: the number of cases by mnemonic.
 * Of the sequences -q and -i choose COUNT from number FIRST on; -p prints one, -g its number of groups, -m leaves groups out.
 * -x: floating point only, under random MXCSR; the flags there and the payloads of NaNs are compared, too.
 */
#include <signal.h>
#include <strings.h>
#include <unistd.h>
#include "insn.h"

static u32 states = 12;
static u64 seed = 1;
static u32 variants = 8;
static u64 ntest, nfailed, nrun, nwrong;
static u32 wrong_here;
static u32 lacking_here, nlacking;
static char lacking[4096];               /* mnemonics that this CPU does not have */

static void
install(const struct test *t, const struct mem_image *m)
{
	u8 *code = (u8 *)(uintptr_t)CODE;
	i32 rel = (i32)(EXIT_PC - (CODE + t->len + 5));

	memcpy(code, t->bytes, t->len);
	code[t->len] = 0xe9;
	memcpy(code + t->len + 1, &rel, 4);
	memcpy((void *)(uintptr_t)DATA, m->data, DATA_SIZE);
	memcpy((void *)(uintptr_t)STACK, m->stack, STACK_SIZE);
}

static void
collect(struct mem_image *m)
{
	memcpy(m->data, (void *)(uintptr_t)DATA, DATA_SIZE);
	memcpy(m->stack, (void *)(uintptr_t)STACK, STACK_SIZE);
}

/* differences other than between two NaNs */
static bool
lanes_differ(const u8 *a, const u8 *b, bool floats)
{
	if (memcmp(a, b, 16) == 0)
		return false;
	if (!floats)
		return true;
	for (u32 i = 0; i < 2; i++) {
		double x, y;
		float p[2], q[2];

		memcpy(&x, a + 8 * i, 8);
		memcpy(&y, b + 8 * i, 8);
		memcpy(p, a + 8 * i, 8);
		memcpy(q, b + 8 * i, 8);
		if (memcmp(&x, &y, 8) == 0 || (x != x && y != y))
			continue;
		for (u32 k = 0; k < 2; k++)
			if (memcmp(&p[k], &q[k], 4) != 0 && !(p[k] != p[k] && q[k] != q[k]))
				return true;
	}
	return false;
}

static bool
fx_differ(const struct test *t, const struct state *a, const struct state *b)
{
	if ((a->fx[3] ^ b->fx[3]) & 0x38 || a->fx[4] != b->fx[4])          /* top, tags */
		return true;
	for (u32 i = 0; i < 8; i++)
		if (memcmp(a->fx + 32 + 16 * i, b->fx + 32 + 16 * i, 10) != 0)
			return true;
	for (u32 i = 0; i < 16; i++)
		if (lanes_differ(a->fx + 160 + 16 * i, b->fx + 160 + 16 * i, t->float_lanes && !state_floats) ||
		    (a->signal == 0 && lanes_differ(a->ymmh + 16 * i, b->ymmh + 16 * i, t->float_lanes && !state_floats)))
			return true;
	if (state_floats && memcmp(a->fx + 24, b->fx + 24, 4) != 0)
		return true;
	return false;
}

/* floating point may be anywhere in the data area, but only in sequences that put it there */
static bool
memory_differs(const struct test *t, const struct mem_image *a, const struct mem_image *b)
{
	if (memcmp(a, b, sizeof *a) == 0)
		return false;
	if (!t->number || !t->float_lanes || memcmp(a->stack, b->stack, sizeof a->stack) != 0)
		return true;
	for (u32 i = 0; i < DATA_SIZE; i += 16)
		if (lanes_differ(a->data + i, b->data + i, true))
			return true;
	return false;
}

static void
show_bytes(const struct test *t)
{
	ZydisDisassembledInstruction d;
	u32 at = 0;

	printf("insn: %s:", t->name);
	for (u32 i = 0; i < t->len; i++)
		printf(" %02x", t->bytes[i]);
	while (at < t->len && ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, CODE + at, t->bytes + at, t->len - at, &d))) {
		printf(" | %s", d.text);
		at += d.info.length;
	}
	printf("\n");
}

static void
show(const struct test *t, const struct state *before, const struct state *a, const struct state *b, u32 undefined)
{
	static const char *const names[] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
	};

	show_bytes(t);
	if (a->signal != b->signal || a->rip != b->rip)
		printf("    signal: native %u at %x, here %u at %x\n", a->signal, a->rip, b->signal, b->rip);
	for (u32 i = 0; i < 16; i++)
		if (a->r[i] != b->r[i])
			printf("    %s: before %016lx native %016lx here %016lx\n", names[i], before->r[i], a->r[i], b->r[i]);
	if ((a->flags ^ b->flags) & (EF_STATUS | EF_DF) & ~undefined)
		printf("    flags: before %lx native %lx here %lx (compared %x)\n", before->flags, a->flags, b->flags,
		    (EF_STATUS | EF_DF) & ~undefined);
	for (u32 i = 0; i < 24; i++) {
		const u64 *p = (const u64 *)(before->fx + 32 + 16 * i), *x = (const u64 *)(a->fx + 32 + 16 * i);
		const u64 *y = (const u64 *)(b->fx + 32 + 16 * i);

		if (memcmp(x, y, i < 8 ? 10 : 16) != 0)
			printf("    %s%u: before %016lx%016lx native %016lx%016lx here %016lx%016lx\n", i < 8 ? "st" : "xmm",
			    i < 8 ? i : i - 8, p[1], p[0], x[1], x[0], y[1], y[0]);
	}
	for (u32 i = 0; i < 16; i++) {
		const u64 *p = (const u64 *)(before->ymmh + 16 * i), *x = (const u64 *)(a->ymmh + 16 * i);
		const u64 *y = (const u64 *)(b->ymmh + 16 * i);

		if (memcmp(x, y, 16) != 0)
			printf("    ymm%u upper: before %016lx%016lx native %016lx%016lx here %016lx%016lx\n", i, p[1], p[0], x[1], x[0], y[1], y[0]);
	}
	if (memcmp(a->fx + 24, b->fx + 24, 4) != 0 || state_floats)
		printf("    mxcsr: before %02x%02x native %02x%02x here %02x%02x\n", before->fx[25], before->fx[24], a->fx[25], a->fx[24], b->fx[25], b->fx[24]);
	if (a->fx[4] != b->fx[4] || (a->fx[3] ^ b->fx[3]) & 0x38)
		printf("    x87: native top %u tags %02x, here top %u tags %02x\n", a->fx[3] >> 3 & 7, a->fx[4], b->fx[3] >> 3 & 7, b->fx[4]);
}

static void
show_memory(const struct mem_image *a, const struct mem_image *b)
{
	const u8 *p = (const u8 *)a, *q = (const u8 *)b;

	for (u32 i = 0; i < sizeof *a; i++)
		if (p[i] != q[i]) {
			printf("    memory: first at %s+%x: native %02x here %02x\n", i < DATA_SIZE ? "data" : "stack", i % DATA_SIZE, p[i], q[i]);
			return;
		}
}

/* One case: a state, and what comes of it natively and here. */
struct outcome {
	struct state before, a, b;
	struct mem_image before_mem, a_mem, b_mem;
	u32 undefined;
	bool skipped, wrong;
};

static void
run_case(const struct test *t, struct outcome *o)
{
	struct state *a = &o->a, *b = &o->b;

	*a = *b = o->before;
	install(t, &o->before_mem);
	native_run(t, a);
	collect(&o->a_mem);
	/* push and pop through a far rsp: the interpreter would fault for real */
	o->skipped = (a->signal == SIGSEGV || a->signal == SIGBUS) && !t->traps;
	o->wrong = false;
	if (o->skipped)
		return;
	install(t, &o->before_mem);
	interpreted_run(t, b);
	collect(&o->b_mem);
	/* what the rows refuse is not among their tests: this CPU does not have it */
	if (t->row && a->signal == SIGILL && b->signal == 0) {
		lacking_here++;
		o->skipped = true;
		return;
	}
	o->undefined = state_undefined(t, &o->before);
	if (a->signal == 0)
		a->rip = b->rip = 0;
	o->wrong = a->signal != b->signal || a->rip != b->rip || memcmp(a->r, b->r, sizeof a->r) != 0 ||
	    (a->signal == 0 && (a->flags ^ b->flags) & (EF_STATUS | EF_DF) & ~o->undefined) || fx_differ(t, a, b) ||
	    memory_differs(t, &o->a_mem, &o->b_mem);
}

/* Zeroes n bytes at p of the failing case o, and takes them back if it then no longer fails. */
static void
try_zero(const struct test *t, struct outcome *o, void *p, size_t n)
{
	u8 old[4096];

	memcpy(old, p, n);
	memset(p, 0, n);
	run_case(t, o);
	if (!o->wrong || state_skipped(t, &o->before))
		memcpy(p, old, n);
}

/* The same failure with as little in the registers and in memory as it needs. */
static void
reduce(const struct test *t, struct outcome *o)
{
	u64 flags = o->before.flags;

	for (u32 i = 0; i < 16; i++)
		if (i != 4)
			try_zero(t, o, &o->before.r[i], 8);
	for (u32 i = 0; i < 16; i++) {
		try_zero(t, o, o->before.fx + 160 + 16 * i, 16);
		try_zero(t, o, o->before.ymmh + 16 * i, 16);
		for (u32 k = 0; k < 16; k += 4) {
			try_zero(t, o, o->before.fx + 160 + 16 * i + k, 4);
			try_zero(t, o, o->before.ymmh + 16 * i + k, 4);
		}
	}
	for (u32 size = 1024; size >= 4; size /= 4)
		for (u32 i = 0; i < DATA_SIZE; i += size)
			try_zero(t, o, o->before_mem.data + i, size);
	o->before.flags = flags & ~(u64)EF_STATUS;
	run_case(t, o);
	if (!o->wrong)
		o->before.flags = flags;
	run_case(t, o);
}

static void
show_needed(const struct outcome *o)
{
	printf("    reduced to:");
	for (u32 i = 0; i < 16; i++)
		if (o->before.r[i])
			printf(" r%u=%lx", i, o->before.r[i]);
	for (u32 i = 0; i < 16; i++) {
		const u64 *x = (const u64 *)(o->before.fx + 160 + 16 * i), *y = (const u64 *)(o->before.ymmh + 16 * i);

		if (x[0] | x[1] | y[0] | y[1])
			printf(" ymm%u=%lx:%lx:%lx:%lx", i, y[1], y[0], x[1], x[0]);
	}
	printf(" flags=%lx\n", o->before.flags);
}

static u32 reducing;                     /* number of a sequence, plus 1 */

/* quiet: counts only */
static void
run_state(const struct test *t, bool quiet)
{
	static struct outcome o;

	state_make(&o.before, &o.before_mem, t);
	if (state_skipped(t, &o.before))
		return;
	run_case(t, &o);
	if (o.skipped)
		return;
	nrun++;
	if (!o.wrong)
		return;
	nwrong++;
	if (quiet || wrong_here++ >= 2)
		return;
	reduce(t, &o);
	show(t, &o.before, &o.a, &o.b, o.undefined);
	show_memory(&o.a_mem, &o.b_mem);
	show_needed(&o);
	if (!reducing)
		printf("    again: tests/insn/run.sh %s-s %lu -v %u -n %u %s\n", state_floats ? "-x " : "", seed, variants, states, t->row ? t->name : "odd");
}

static bool
still_fails(struct test *t)
{
	u64 before = nwrong;

	rnd_seed(seed * 1000003 + reducing - 1);
	for (u32 i = 0; i < states && nwrong == before; i++)
		run_state(t, true);
	return nwrong != before;
}

static void
run_test(struct test *t)
{
	u64 before = nwrong, wrong;

	ntest++;
	for (u32 i = 0; i < states; i++)
		run_state(t, t->number != 0);
	if (nwrong == before)
		return;
	nfailed++;
	if (t->number == 0)
		return;
	wrong = nwrong;
	reducing = t->number;
	printf("insn: sequence %u of seed %lu differs; again: tests/insn/run.sh -s %lu -n %u -i %u -q 1 sequence\n", reducing - 1, seed, seed, states,
	    reducing - 1);
	sequence_reduce(t, seed, reducing - 1, still_fails);
	rnd_seed(seed * 1000003 + reducing - 1);
	wrong_here = 0;
	for (u32 i = 0; i < states; i++)
		run_state(t, false);
	nwrong = wrong;
	reducing = 0;
}

static void
show_lines(struct test *t)
{
	ZydisDisassembledInstruction d;

	for (u32 at = 0; at < t->len && ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, at, t->bytes + at, t->len - at, &d));
	    at += d.info.length)
		printf("    %3x  %s\n", at, d.text);
}

bool
chosen(const char *name, char **names)
{
	if (*names == NULL)
		return true;
	for (; *names; names++)
		if (strcasecmp(name, *names) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const struct x86_row *rows;
	u32 n = x86_rows(&rows), bad_rows = 0;
	const char *dir = NULL;
	FILE *cases = NULL;
	u64 ran;
	int c, ask = 0;

	while ((c = getopt(argc, argv, "xs:v:n:t:r:c:q:i:m:gp")) != -1)
		switch (c) {
		case 'x': state_floats = true; break;
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'v': variants = (u32)atoi(optarg); break;
		case 'n': states = (u32)atoi(optarg); break;
		case 't': dir = optarg; break;
		case 'q': sequence_count = (u32)atoi(optarg); break;
		case 'i': sequence_first = (u32)atoi(optarg); break;
		case 'm': sequence_mask(optarg); break;
		case 'g': case 'p': ask = c; break;
		case 'r': report_write(optarg); return 0;
		case 'c': cases = fopen(optarg, "w"); break;
		default: return 2;
		}
	argv += optind;
	rnd_seed(seed);
	if (dir != NULL) {
		table_write(dir, seed, variants, argv);
		return 0;
	}
	if (ask == 'g') {
		printf("%u\n", sequence_groups(seed, sequence_first));
		return 0;
	}
	if (ask == 'p') {
		sequences_each(seed, 1, show_lines);
		return 0;
	}
	native_setup();
	interpreted_setup();
	for (u32 i = 0; i < n; i++) {
		if (!chosen(ZydisMnemonicGetString(rows[i].mnemonic), argv) || (rows[i].kind != ROW_PLAIN && !native_avx()))
			continue;
		if (state_floats && !exact_find(&rows[i]))
			continue;
		rnd_seed(rnd_name(seed, ZydisMnemonicGetString(rows[i].mnemonic)));
		wrong_here = lacking_here = 0;
		ran = nrun;
		forms_each(&rows[i], variants, run_test);
		if (lacking_here) {
			nlacking++;
			snprintf(lacking + strlen(lacking), sizeof lacking - strlen(lacking), " %s", ZydisMnemonicGetString(rows[i].mnemonic));
		}
		if (cases)
			fprintf(cases, "%s %lu\n", ZydisMnemonicGetString(rows[i].mnemonic), nrun - ran);
		bad_rows += wrong_here != 0;
	}
	rnd_seed(seed);
	wrong_here = 0;
	if (chosen("odd", argv) && !state_floats)
		odd_each(run_test);
	wrong_here = 0;
	if (chosen("sequence", argv) && !state_floats)
		sequences_each(seed, 100 * variants, run_test);
	printf("insn: this CPU lacks %u of the instructions%s%s\n", nlacking, nlacking ? ", which only their published vectors test:" : "", lacking);
	printf("insn: %u rows, %u with differences; %lu runs, %lu of them wrong: %lu passed, %lu failed\n", n, bad_rows, nrun, nwrong,
	    ntest - nfailed, nfailed);
	return nfailed != 0;
}
