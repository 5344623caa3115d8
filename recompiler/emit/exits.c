/*
 * exits.c - side exits. What a path out of the function must store is shared: each distinct set of variables has one way out behind the
 * function's body, and a set falls or jumps into the largest set it contains. The local pc_local carries the pc to go on at,
 * or for traps the kind. Polls and traps call the engine before the registers are stored, see docs/abi.md.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include "../../include/layout.h"
#include <stdio.h>
#include <stdlib.h>

const char *
exit_name(struct fe *fe, varset flush, enum exit_kind kind)
{
	struct exit_way *w;

	for (u32 i = 0; i < fe->nexit; i++)
		if (fe->exit[i]->flush == flush && fe->exit[i]->kind == kind)
			return fe->exit[i]->name;
	if (fe->nexit == fe->exitcap) {
		u32 cap = fe->exitcap ? 2 * fe->exitcap : 8;
		fe->exit = arena_grow(&fe->arena, fe->exit, fe->nexit * sizeof *fe->exit, cap * sizeof *fe->exit);
		fe->exitcap = cap;
	}
	w = arena_alloc(&fe->arena, sizeof *w);
	w->flush = flush;
	w->kind = kind;
	snprintf(w->name, sizeof w->name, "x%u", fe->nexit);
	fe->exit[fe->nexit++] = w;
	return w->name;
}

static u32
count(varset s)
{
	return __builtin_popcountll((u64)s) + __builtin_popcountll((u64)(s >> 64));
}

static int
larger_first(const void *a, const void *b)
{
	const struct exit_way *x = *(struct exit_way *const *)a, *y = *(struct exit_way *const *)b;
	u32 nx = count(x->flush), ny = count(y->flush);

	if (nx != ny)
		return nx > ny ? -1 : 1;
	if (x->flush != y->flush)
		return x->flush > y->flush ? -1 : 1;
	return x->kind - y->kind;
}

/* Vectors must be stored before the parts of the same register, so a set with both is not split. */
static bool
splits(varset first, varset rest)
{
	varset vectors = ((VARBIT(16) - 1) << VAR_XMM0), ymm = ((VARBIT(16) - 1) << VAR_YMMH0);
	varset parts = ~((VARBIT(VAR_XMM0) - 1) | vectors | ymm);

	return !(first & parts) || !(rest & vectors);
}

static u32
contained(struct fe *fe, u32 i)
{
	for (u32 k = i + 1; k < fe->nexit; k++) {
		struct exit_way *w = fe->exit[k], *x = fe->exit[i];
		if (w->kind == x->kind && !(w->flush & ~x->flush) && w->flush && splits(x->flush & ~w->flush, w->flush))
			return k;
	}
	return NONE;
}

static void
leave(struct fe *fe, u8 kind, struct list *out)
{
	struct list then = { 0 };
	expr arg[1], x;

	switch (kind) {
	case EXIT_RESULT:
		append(&then, cpu_set(fe, I64, 8, offsetof(struct cpu, r) + 8 * VAR_RAX, returned_rax(fe)));
		/* fall through */
	case EXIT_CALL:                  /* who returns somewhere has left rsp and rax to its caller, who unwinds has stored them */
		x = BinaryenBinary(fe->m, BinaryenAddInt64(), get_local(fe, var_local(fe, VAR_RSP)), i64c(fe, 8));
		append(&then, cpu_set(fe, I64, 8, CPU_OFFSET_RSP, x));
		append(&then, set_rip(fe, returned_pc(fe)));
		x = BinaryenBinary(fe->m, BinaryenNeInt32(), returned_pc(fe), i32c(fe, PC_UNWIND));
		append(out, BinaryenIf(fe->m, x, seq(fe, NULL, &then), NULL));
		x = NULL;
		break;
	case EXIT_TRAP:
		arg[0] = get_local(fe, fe->pc_local);
		x = call_engine(fe, "trap", arg, 1, BinaryenTypeInt32());
		break;
	case EXIT_POLL:
		arg[0] = cpu(fe);
		append(out, BinaryenReturnCall(fe->m, "engine.poll", arg, 1, outcome_type()));
		return;
	default:
		append(out, set_rip(fe, get_local(fe, fe->pc_local)));
		x = NULL;
	}
	append(out, return_unwind(fe, x));
}

expr
exits_wrap(struct fe *fe, expr body)
{
	if (fe->nexit)
		qsort(fe->exit, fe->nexit, sizeof *fe->exit, larger_first);
	for (u32 i = 0; i < fe->nexit; i++) {
		struct exit_way *w = fe->exit[i];
		u32 next = contained(fe, i);
		struct list out = { 0 };
		append(&out, block_of(fe, w->name, &body, 1));
		flush_set(fe, next == NONE ? w->flush : w->flush & ~fe->exit[next]->flush, &out);
		if (next != NONE) {
			if (next != i + 1)
				append(&out, BinaryenBreak(fe->m, fe->exit[next]->name, NULL, NULL));
		} else {
			leave(fe, w->kind, &out);
		}
		body = seq(fe, NULL, &out);
	}
	return body;
}

void
emit_trapif(struct fe *fe, const struct ins *in, expr cond, struct list *out)
{
	u32 pc = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
	struct list then = { 0 };

	append(&then, cpu_set(fe, I32, 4, offsetof(struct cpu, rip), address(fe, in->pc)));
	append(&then, set_local(fe, pc, i32c(fe, in->imm[0])));
	append(&then, BinaryenBreak(fe->m, exit_name(fe, in->flush, EXIT_TRAP), NULL, NULL));
	append(out, BinaryenIf(fe->m, cond, seq(fe, NULL, &then), NULL));
}

/* The return of a function that was built in. */
void
emit_expect(struct fe *fe, const struct ins *in, expr pc, expr want, struct list *out)
{
	u32 local = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
	expr x = BinaryenLocalTee(fe->m, local, pc, BinaryenTypeInt32());

	x = BinaryenBinary(fe->m, BinaryenNeInt32(), x, want);
	append(out, BinaryenBreak(fe->m, exit_name(fe, in->flush, EXIT_ELSEWHERE), x, NULL));
}

static expr
page_of(struct fe *fe, u32 local, u32 plus)
{
	expr x = BinaryenUnary(fe->m, BinaryenWrapInt64(), get_local(fe, local));

	if (plus)
		x = BinaryenBinary(fe->m, BinaryenAddInt32(), x, i32c(fe, plus));
	x = BinaryenBinary(fe->m, BinaryenShrUInt32(), x, i32c(fe, 12));
	return BinaryenLoad(fe->m, 1, false, PERM_ADDR, 0, BinaryenTypeInt32(), x);
}

/* A range of up to a page's size lies in two pages at most: its first and its last byte tell. */
void
emit_guard(struct fe *fe, const struct ins *in, expr at, struct list *out)
{
	u32 a = named_local(fe, &fe->guard_local, BinaryenTypeInt64());
	u32 pc = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
	i32 displacement = (i32)(in->imm[1] >> 32);
	u32 bytes = (u32)in->imm[1];
	struct list then = { 0 };
	expr x, high;

	if (displacement)
		at = BinaryenBinary(fe->m, BinaryenAddInt64(), at, i64c(fe, (u64)(i64)displacement));
	append(out, set_local(fe, a, at));
	x = page_of(fe, a, 0);
	if (bytes > 1) {
		expr last = page_of(fe, a, bytes - 1);

		x = BinaryenBinary(fe->m, BinaryenAndInt32(), x, last);
	}
	x = BinaryenBinary(fe->m, BinaryenAndInt32(), x, i32c(fe, in->imm[0]));
	x = BinaryenUnary(fe->m, BinaryenEqZInt32(), x);
	high = BinaryenBinary(fe->m, BinaryenShrUInt64(), get_local(fe, a), i64c(fe, 32));
	high = BinaryenUnary(fe->m, BinaryenWrapInt64(), high);
	x = BinaryenBinary(fe->m, BinaryenOrInt32(), x, high);
	append(&then, cpu_set(fe, I32, 4, offsetof(struct cpu, rip), address(fe, in->pc)));
	append(&then, set_local(fe, pc, i32c(fe, TRAP_CHECK)));
	append(&then, BinaryenBreak(fe->m, exit_name(fe, in->flush, EXIT_TRAP), NULL, NULL));
	append(out, BinaryenIf(fe->m, x, seq(fe, NULL, &then), NULL));
}

/*
 * A poll whose fuel is used up leaves the loop and the function; the dispatcher comes back through the resume copy. A call in the loop instead
 * would cost every iteration: V8 then neither unrolls the loop nor keeps its values in registers (docs/emit.md has the figures).
 */
void
emit_poll(struct fe *fe, const struct ins *in, struct list *out)
{
	u32 fuel = var_local(fe, VAR_FUEL);
	struct list then = { 0 };
	expr x;

	append(&then, cpu_set(fe, I32, 4, offsetof(struct cpu, rip), address(fe, in->pc)));
	append(&then, BinaryenBreak(fe->m, exit_name(fe, in->flush & ~VARBIT(VAR_FUEL), EXIT_POLL), NULL, NULL));
	x = BinaryenBinary(fe->m, BinaryenSubInt32(), get_local(fe, fuel), i32c(fe, 1));
	x = BinaryenLocalTee(fe->m, fuel, x, BinaryenTypeInt32());
	x = BinaryenBinary(fe->m, BinaryenLtSInt32(), x, i32c(fe, 0));
	append(out, BinaryenIf(fe->m, x, seq(fe, NULL, &then), NULL));
}
