/*
 * main.c - runs every generated instruction natively and through the interpreter and reports differences.
 *
 *   insn [-s SEED] [-v VARIANTS] [-n STATES] [-t DIR] [MNEMONIC...]
 *
 * "odd" as a mnemonic stands for odd.c, "sequence" for sequence.c. -t writes the tests into DIR instead, see table.c.
 */
#include <signal.h>
#include <strings.h>
#include <unistd.h>
#include "insn.h"

static u32 states = 12;
static u64 ntest, nfailed, nrun, nwrong;
static u32 wrong_here;

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
		if (lanes_differ(a->fx + 160 + 16 * i, b->fx + 160 + 16 * i, t->float_lanes) ||
		    (a->signal == 0 && lanes_differ(a->ymmh + 16 * i, b->ymmh + 16 * i, t->float_lanes)))
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

static void
run_state(const struct test *t)
{
	static struct mem_image before_mem, a_mem, b_mem;
	struct state before, a, b;
	u32 undefined;
	bool wrong;

	state_make(&before, &before_mem, t);
	if (state_skipped(t, &before))
		return;
	a = b = before;
	install(t, &before_mem);
	native_run(t, &a);
	collect(&a_mem);
	if ((a.signal == SIGSEGV || a.signal == SIGBUS) && !t->traps)           /* push and pop through a far rsp: the interpreter would fault for real */
		return;
	install(t, &before_mem);
	interpreted_run(t, &b);
	collect(&b_mem);
	nrun++;
	undefined = state_undefined(t, &before);
	if (a.signal == 0)
		a.rip = b.rip = 0;
	wrong = a.signal != b.signal || a.rip != b.rip || memcmp(a.r, b.r, sizeof a.r) != 0 ||
	    (a.signal == 0 && (a.flags ^ b.flags) & (EF_STATUS | EF_DF) & ~undefined) || fx_differ(t, &a, &b) ||
	    memcmp(&a_mem, &b_mem, sizeof a_mem) != 0;
	if (!wrong)
		return;
	nwrong++;
	if (wrong_here++ < 2) {
		show(t, &before, &a, &b, undefined);
		show_memory(&a_mem, &b_mem);
	}
}

static void
run_test(struct test *t)
{
	u64 before = nwrong;

	ntest++;
	for (u32 i = 0; i < states; i++)
		run_state(t);
	nfailed += nwrong != before;
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
	u32 n = x86_rows(&rows), variants = 8, bad_rows = 0;
	const char *dir = NULL;
	u64 seed = 1;
	int c;

	while ((c = getopt(argc, argv, "s:v:n:t:")) != -1)
		switch (c) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'v': variants = (u32)atoi(optarg); break;
		case 'n': states = (u32)atoi(optarg); break;
		case 't': dir = optarg; break;
		default: return 2;
		}
	argv += optind;
	rnd_seed(seed);
	if (dir != NULL) {
		table_write(dir, variants, argv);
		return 0;
	}
	native_setup();
	interpreted_setup();
	for (u32 i = 0; i < n; i++) {
		if (!chosen(ZydisMnemonicGetString(rows[i].mnemonic), argv) || (rows[i].kind != ROW_PLAIN && !native_avx()))
			continue;
		rnd_seed(seed + i);
		wrong_here = 0;
		forms_each(&rows[i], variants, run_test);
		bad_rows += wrong_here != 0;
	}
	rnd_seed(seed);
	wrong_here = 0;
	if (chosen("odd", argv))
		odd_each(run_test);
	wrong_here = 0;
	if (chosen("sequence", argv))
		sequences_each(100 * variants, run_test);
	printf("insn: %u rows, %u with differences; %lu runs, %lu of them wrong: %lu passed, %lu failed\n", n, bad_rows, nrun, nwrong,
	    ntest - nfailed, nfailed);
	return nfailed != 0;
}
