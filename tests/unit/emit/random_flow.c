/*
 * random_flow.c - functions with random control flow (irreducible loops, tables, nested loops) for the test of emit/: writes code.wasm,
 * resume.wasm and expect.bin (per function: rax at its end). Each block mixes its number into rax and counts rcx down; at zero
 * the function returns. random_flow DIR SEED COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../../recompiler/recompiler.h"
#include "../../../recompiler/emit/emit.h"

#define STEPS 300
#define BASE 0x401000u
#define SPACE 0x10000u                   /* guest addresses per function */

static u64 state;

static u32
rnd(u32 n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (u32)(state >> 33) % n;
}

static ref
op(struct func *f, u32 b, u16 o, u8 type, ref a0, ref a1, u64 imm)
{
	return ir_ins(f, b, (struct ins){ .op = o, .type = type, .pc = f->blk[b].pc, .arg = { a0, a1 }, .imm = { imm } });
}

static void
terminate(struct func *f, u32 b, u8 kind, ref val, u32 nsucc)
{
	f->blk[b].term.kind = kind;
	f->blk[b].term.val = val;
	f->blk[b].term.nsucc = nsucc;
	f->blk[b].term.succ = arena_alloc(f->arena, (nsucc + 1) * sizeof(u32));
}

/* Block i: count, mix, leave if done (to the last block), else to its second half n + i, which chooses a successor. */
static void
first_half(struct func *f, u32 i, u32 n)
{
	varset live = VARBIT(VAR_RAX) | VARBIT(VAR_RCX);
	ref rax, rcx, c;

	if (f->blk[i].loop_header)
		ir_ins(f, i, (struct ins){ .op = OP_poll, .pc = f->blk[i].pc, .flush = live | VARBIT(VAR_FUEL) });
	rax = op(f, i, OP_get, I64, 0, 0, VAR_RAX);
	c = op(f, i, OP_const, I64, 0, 0, 31);
	rax = op(f, i, OP_mul, I64, rax, c, 0);
	c = op(f, i, OP_const, I64, 0, 0, i + 1);
	rax = op(f, i, OP_add, I64, rax, c, 0);
	op(f, i, OP_set, I64, rax, 0, VAR_RAX);
	rcx = op(f, i, OP_get, I64, 0, 0, VAR_RCX);
	c = op(f, i, OP_const, I64, 0, 0, 1);
	rcx = op(f, i, OP_sub, I64, rcx, c, 0);
	op(f, i, OP_set, I64, rcx, 0, VAR_RCX);
	c = op(f, i, OP_eqz, I64, rcx, 0, 0);
	terminate(f, i, TERM_BR, c, 2);
	f->blk[i].term.succ[0] = 2 * n;
	f->blk[i].term.succ[1] = n + i;
}

static void
second_half(struct func *f, u32 i, u32 n, const u32 *to, u32 nto)
{
	u32 b = n + i;
	ref x, c;

	x = op(f, b, OP_get, I64, 0, 0, VAR_RAX);
	c = op(f, b, OP_const, I64, 0, 0, 7);
	x = op(f, b, OP_shru, I64, x, c, 0);
	x = op(f, b, OP_wrap, I32, x, 0, 0);
	c = op(f, b, OP_const, I32, 0, 0, nto == 2 ? 1 : 3);
	x = op(f, b, OP_and, I32, x, c, 0);
	terminate(f, b, nto == 1 ? TERM_JMP : nto == 2 ? TERM_BR : TERM_SWITCH, nto == 1 ? REF_NONE : x, nto);
	memcpy(f->blk[b].term.succ, to, nto * sizeof *to);
}

static u64
simulate(u32 n, u32 (*to)[4], const u32 *nto)
{
	u64 rax = 12345;
	u32 b = 0;

	for (u32 rcx = STEPS; ; ) {
		rax = rax * 31 + b + 1;
		if (!--rcx)
			return rax;
		u32 x = (u32)(rax >> 7);
		if (nto[b] == 1)
			b = to[b][0];
		else if (nto[b] == 2)
			b = to[b][x & 1 ? 0 : 1];
		else
			b = to[b][(x & 3) < nto[b] - 1 ? x & 3 : nto[b] - 1];
	}
	(void)n;
}

static struct func *
random_func(struct arena *a, u32 index, u64 *expect)
{
	struct func *f = arena_alloc(a, sizeof *f);
	u32 n = 1 + rnd(rnd(4) ? 12 : 60), (*to)[4] = arena_alloc(a, n * sizeof *to), *nto = arena_alloc(a, n * sizeof *nto);
	ref r;

	f->arena = a;
	f->pc = BASE + index * SPACE;
	f->name = arena_printf(a, "flow%u", index);
	for (u32 i = 0; i <= 2 * n; i++)
		ir_block(f, f->pc + (i < n ? i : 2 * n + i) * 16);
	for (u32 i = 0; i < n; i++) {
		nto[i] = 1 + rnd(4);
		for (u32 k = 0; k < nto[i]; k++)
			to[i][k] = rnd(3) ? (i + 1 + rnd(4)) % n : rnd(n);
		for (u32 k = 0; k < nto[i]; k++)
			if (to[i][k] <= i && to[i][k])   /* block 0 fetches: never resumed at */
				f->blk[to[i][k]].loop_header = true;
	}
	op(f, 0, OP_fetch, I64, 0, 0, VAR_RAX);
	op(f, 0, OP_fetch, I64, 0, 0, VAR_RCX);
	op(f, 0, OP_fetch, I32, 0, 0, VAR_FUEL);
	for (u32 i = 0; i < n; i++)
		for (u32 k = 0; k < nto[i]; k++)
			if (!to[i][k])           /* keep the entry out of loops */
				to[i][k] = n > 1;
	for (u32 i = 0; i < n; i++)
		for (u32 k = 0; k < nto[i]; k++)
			if (to[i][k] <= i && to[i][k])
				f->blk[to[i][k]].loop_header = true;
	if (n == 1)
		to[0][0] = 0, nto[0] = 1;
	for (u32 i = 0; i < n; i++) {
		first_half(f, i, n);
		second_half(f, i, n, to[i], nto[i]);
	}
	if (n == 1)
		f->blk[1].term.succ[0] = 2;
	op(f, 2 * n, OP_flush, I64, 0, 0, VAR_RAX);
	op(f, 2 * n, OP_flush, I64, 0, 0, VAR_RCX);
	r = op(f, 2 * n, OP_const, I32, 0, 0, 0x1234);
	terminate(f, 2 * n, TERM_RET, r, 0);
	*expect = n == 1 ? 12345 * 31 + 1 : simulate(n, to, nto);
	ir_check(f, "random_flow");
	return f;
}

static void
put(const char *dir, const char *name, const void *bytes, size_t n)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, n, file) != n || fclose(file))
		die("%s: cannot write", path);
}

int
main(int argc, char **argv)
{
	u32 count = argc > 3 ? strtoul(argv[3], NULL, 10) : 100;
	u32 *pcs = calloc(count, sizeof *pcs);
	const char **names = calloc(count, sizeof *names);
	u64 *expect = calloc(count, sizeof *expect);
	struct emit_options o = { .optimize = 1 };
	struct arena a = { 0 };
	struct emit_stats st;
	struct emit *e;
	u8 *code, *resume;
	size_t ncode, nresume;

	if (argc < 3)
		die("random_flow DIR SEED [COUNT]");
	state = strtoul(argv[2], NULL, 10);
	for (u32 i = 0; i < count; i++) {
		pcs[i] = BASE + i * SPACE;
		names[i] = arena_printf(&a, "flow%u", i);
	}
	e = emit_new(&o, count, pcs, names);
	for (u32 i = 0; i < count; i++) {
		struct func *f = random_func(&a, i, &expect[i]);
		emit_func(e, f);
	}
	emit_finish(e, &code, &ncode, &resume, &nresume, &st);
	put(argv[1], "code.wasm", code, ncode);
	put(argv[1], "resume.wasm", resume, nresume);
	put(argv[1], "expect.bin", expect, count * sizeof *expect);
	return 0;
}
