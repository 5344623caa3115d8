/*
 * calls.c - calls, returns, tail jumps and the other ways out of a function; see docs/abi.md. Inside code.wasm a known function is called
 * directly, a resume copy imports it; everything else goes through the cache of indirect targets and the engine's lookup(): indirect.c.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

expr
call_engine(struct fe *fe, const char *name, expr *arg, u32 n, BinaryenType result)
{
	bool takes_cpu = !strcmp(name, "poll") || !strcmp(name, "syscall") || !strcmp(name, "trap") ||
		!strcmp(name, "lookup") || !strcmp(name, "through");
	char full[64];
	expr all[6];

	all[0] = cpu(fe);
	for (u32 i = 0; i < n; i++)
		all[i + takes_cpu] = arg[i];
	snprintf(full, sizeof full, "engine.%s", name);
	return BinaryenCall(fe->m, full, all, n + takes_cpu, result);
}

expr
set_rip(struct fe *fe, expr pc)
{
	return cpu_set(fe, I32, 4, offsetof(struct cpu, rip), pc);
}

BinaryenType
outcome_type(void)
{
	BinaryenType t[2] = { BinaryenTypeInt32(), BinaryenTypeInt64() };

	return BinaryenTypeCreate(t, 2);
}

static expr
outcome(struct fe *fe, expr pc, expr rax)
{
	expr v[2] = { pc, rax };

	return BinaryenTupleMake(fe->m, v, 2);
}

expr
return_unwind(struct fe *fe, expr pc)
{
	return BinaryenReturn(fe->m, outcome(fe, pc ? pc : i32c(fe, PC_UNWIND), i64c(fe, 0)));
}

/* What the last call returned: the pc, or rax. */
expr
returned_pc(struct fe *fe)
{
	return BinaryenTupleExtract(fe->m, BinaryenLocalGet(fe->m, fe->outcome_local, outcome_type()), 0);
}

expr
returned_rax(struct fe *fe)
{
	return BinaryenTupleExtract(fe->m, BinaryenLocalGet(fe->m, fe->outcome_local, outcome_type()), 1);
}

BinaryenType
params_type(void)
{
	BinaryenType t[1 + PARAMS] = { BinaryenTypeInt32() };

	for (u32 i = 0; i < PARAMS; i++)
		t[1 + i] = BinaryenTypeInt64();
	return BinaryenTypeCreate(t, 1 + PARAMS);
}

/* The cpu pointer and the registers in pass; others the function called does not look at. */
static void
arguments(struct fe *fe, varset pass, expr arg[1 + PARAMS])
{
	arg[0] = cpu(fe);
	for (u32 i = 0; i < PARAMS; i++)
		arg[1 + i] = pass & VARBIT(param_vars[i]) ? get_local(fe, var_local(fe, param_vars[i])) : i64c(fe, 0);
}

static expr
call_named(struct fe *fe, const char *name, varset pass, bool tail)
{
	expr arg[1 + PARAMS];

	arguments(fe, pass, arg);
	if (tail)
		return BinaryenReturnCall(fe->m, name, arg, 1 + PARAMS, outcome_type());
	return BinaryenCall(fe->m, name, arg, 1 + PARAMS, outcome_type());
}

static expr
call_index(struct fe *fe, expr index, varset pass, bool tail)
{
	expr arg[1 + PARAMS];

	arguments(fe, pass, arg);
	if (tail)
		return BinaryenReturnCallIndirect(fe->m, "table", index, arg, 1 + PARAMS, params_type(), outcome_type());
	return BinaryenCallIndirect(fe->m, "table", index, arg, 1 + PARAMS, params_type(), outcome_type());
}

/* A call through a pointer that is in pc_local. What stands in a variable of the file's, which the loader fills as a rule, is another file's. */
static expr
call_pointer(struct fe *fe, const struct blk *b, bool tail, struct list *out)
{
	if (pointer_at(b, b->term.val))
		return call_index(fe, find_index(fe, out), b->term.pass, tail);
	append(out, cpu_set(fe, I32, 4, offsetof(struct cpu, target), get_local(fe, fe->pc_local)));
	fe->mod->indirect_used = true;
	return call_named(fe, INDIRECT, b->term.pass, tail);
}

/* On at cpu->rip by way of table index 0, as the function's last act. What is not in pass is where it was. */
expr
call_interpreted(struct fe *fe, varset pass)
{
	expr arg[1 + PARAMS];

	arguments(fe, pass, arg);
	for (u32 i = 0; i < PARAMS; i++)
		if (!(pass & VARBIT(param_vars[i])))
			arg[1 + i] = cpu_get(fe, I64, 8, offsetof(struct cpu, r) + 8 * param_vars[i]);
	return BinaryenReturnCallIndirect(fe->m, "table", i32c(fe, 0), arg, 1 + PARAMS, params_type(), outcome_type());
}

/* A call of function n of this file. */
static expr
call_function(struct fe *fe, u32 n, varset pass, bool tail)
{
	char name[IMPORT_NAME];

	marks_call(fe->e, n);
	return call_named(fe, fe->resume ? function_import(fe->mod, n, name) : fe->e->name[n], pass, tail);
}

/* A call of a link address. */
static expr
call_target(struct fe *fe, const struct term *t, bool tail, struct list *out)
{
	u32 n = emit_find(fe->e, t->target), pc;

	if (n != NONE)
		return call_function(fe, n, t->pass, tail);
	pc = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
	append(out, set_local(fe, pc, address(fe, t->target)));
	return call_index(fe, find_index(fe, out), t->pass, tail);
}

/* Is the call's target, or the pointer it goes through, the function that it probably is? NULL: there is no guess. */
static expr
guessed(struct fe *fe, const struct term *t, u32 *n)
{
	expr x;

	*n = t->guess ? emit_find(fe->e, t->guess) : NONE;
	if (*n == NONE)
		return NULL;
	x = t->via ? BinaryenLoad(fe->m, 4, false, 0, 0, BinaryenTypeInt32(), address(fe, t->via)) : get_local(fe, fe->pc_local);
	return BinaryenBinary(fe->m, BinaryenEqInt32(), x, address(fe, t->guess));
}

/* rsp where the function was entered */
expr
entry_rsp(struct fe *fe)
{
	if (fe->f->params & VARBIT(VAR_RSP))
		return BinaryenUnary(fe->m, BinaryenWrapInt64(), get_local(fe, var_local(fe, VAR_RSP)));
	return cpu_get(fe, I32, 4, CPU_OFFSET_RSP);
}

void
emit_entry_check(struct fe *fe, struct list *out)
{
	struct list then = { 0 };
	expr x;

	if (!fe->makes_calls)
		return;
	append(&then, set_local(fe, named_local(fe, &fe->pc_local, BinaryenTypeInt32()), address(fe, fe->f->pc)));
	append(&then, BinaryenBreak(fe->m, exit_name(fe, fe->f->params, EXIT_ELSEWHERE), NULL, NULL));
	x = cpu_get(fe, I32, 4, offsetof(struct cpu, stack_lo));
	x = BinaryenBinary(fe->m, BinaryenLtUInt32(), entry_rsp(fe), x);
	append(out, BinaryenIf(fe->m, x, seq(fe, NULL, &then), NULL));
}

void
emit_call(struct fe *fe, const struct blk *b, struct list *out)
{
	u32 to = named_local(fe, &fe->outcome_local, outcome_type()), n;
	struct list other = { 0 };
	expr x, hit;

	if (b->term.kind == TERM_CALLIND)
		append(out, set_local(fe, named_local(fe, &fe->pc_local, BinaryenTypeInt32()), take(fe, b, b->term.val)));
	hit = guessed(fe, &b->term, &n);
	if (b->term.kind == TERM_CALLIND)
		x = call_pointer(fe, b, false, &other);
	else
		x = call_target(fe, &b->term, false, &other);
	append(&other, set_local(fe, to, x));
	x = seq(fe, NULL, &other);
	if (hit)
		x = BinaryenIf(fe->m, hit, set_local(fe, to, call_function(fe, n, b->term.pass, false)), x);
	append(out, x);
	x = BinaryenBinary(fe->m, BinaryenNeInt32(), returned_pc(fe), address(fe, b->term.ret));
	append(out, BinaryenBreak(fe->m, exit_name(fe, b->term.flush, b->term.given ? EXIT_RESULT : EXIT_CALL), x, NULL));
	if (b->term.given)
		append(out, set_local(fe, var_local(fe, VAR_RAX), returned_rax(fe)));
}

/*
 * A function that wrote rsp otherwise than by frame idioms may have switched stacks: unless rsp is the one at entry (plus bias), the caller's
 * wasm frame is not the one that the return address belongs to. A resume copy does not know rsp at entry. A jump out leaves it to the
 * engine, since lazy binding stubs push arguments for the resolver, which takes them off before it jumps to the function it found.
 */
static void
check_rsp(struct fe *fe, u32 bias, u32 pc_local, struct list *out)
{
	struct list then = { 0 };
	expr rsp, x, arg[1];

	append(&then, set_rip(fe, get_local(fe, pc_local)));
	if (fe->resume) {
		append(&then, return_unwind(fe, NULL));
		append(out, seq(fe, NULL, &then));
		return;
	}
	if (bias) {
		append(&then, return_unwind(fe, NULL));
	} else {
		arg[0] = get_local(fe, fe->rsp0_local);
		append(&then, BinaryenReturn(fe->m, call_engine(fe, "through", arg, 1, outcome_type())));
	}
	rsp = cpu_get(fe, I32, 4, CPU_OFFSET_RSP);
	if (bias)
		rsp = BinaryenBinary(fe->m, BinaryenSubInt32(), rsp, i32c(fe, bias));
	x = BinaryenBinary(fe->m, BinaryenNeInt32(), rsp, get_local(fe, fe->rsp0_local));
	append(out, BinaryenIf(fe->m, x, seq(fe, NULL, &then), NULL));
}

static void
emit_ret(struct fe *fe, const struct blk *b, struct list *out)
{
	expr rax = b->term.pass & VARBIT(VAR_RAX) ? get_local(fe, var_local(fe, VAR_RAX)) : i64c(fe, 0);
	u32 pc;

	if (!b->term.rsp_changed) {
		if (fe->resume)                          /* the dispatcher, which may have entered it, does not know */
			append(out, flush(fe, VAR_RSP));
		append(out, BinaryenReturn(fe->m, outcome(fe, take(fe, b, b->term.val), rax)));
		return;
	}
	pc = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
	append(out, set_local(fe, pc, take(fe, b, b->term.val)));
	check_rsp(fe, 8, pc, out);
	if (!fe->resume)
		append(out, BinaryenReturn(fe->m, outcome(fe, get_local(fe, pc), rax)));
}

static void
emit_tail(struct fe *fe, const struct blk *b, struct list *out)
{
	bool indirect = b->term.kind == TERM_TAILIND;
	u32 pc = 0, n;
	expr x, hit;

	if (indirect || b->term.rsp_changed) {
		pc = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
		x = indirect ? take(fe, b, b->term.val) : address(fe, b->term.target);
		append(out, set_local(fe, pc, x));
	}
	if (b->term.rsp_changed) {
		check_rsp(fe, 0, fe->pc_local, out);
		if (fe->resume)
			return;
	}
	if (fe->resume) {                                /* by way of the engine, which notes rsp for the dispatcher */
		append(out, set_rip(fe, indirect ? get_local(fe, pc) : address(fe, b->term.target)));
		append(out, call_interpreted(fe, b->term.pass));
		return;
	}
	hit = guessed(fe, &b->term, &n);
	if (hit)
		append(out, BinaryenIf(fe->m, hit, call_function(fe, n, b->term.pass, true), NULL));
	x = indirect ? call_pointer(fe, b, true, out) : call_target(fe, &b->term, true, out);
	append(out, x);
}

void
emit_leave(struct fe *fe, const struct blk *b, struct list *out)
{
	const struct term *t = &b->term;
	expr arg[1], x;

	if (t->kind != TERM_SYSCALL)
		flush_set(fe, t->flush, out);
	switch (t->kind) {
	case TERM_RET:
		emit_ret(fe, b, out);
		break;
	case TERM_TAIL:
	case TERM_TAILIND:
		emit_tail(fe, b, out);
		break;
	case TERM_SYSCALL:
		append(out, set_rip(fe, address(fe, t->ret)));
		x = call_engine(fe, "syscall", NULL, 0, BinaryenTypeInt32());
		append(out, BinaryenIf(fe->m, x, return_unwind(fe, NULL), NULL));
		break;
	case TERM_TRAP:
		append(out, set_rip(fe, address(fe, t->pc)));
		arg[0] = i32c(fe, t->trap);
		append(out, return_unwind(fe, call_engine(fe, "trap", arg, 1, BinaryenTypeInt32())));
		break;
	case TERM_LEAVE:
		x = t->val != REF_NONE ? take(fe, b, t->val) : address(fe, t->target);
		append(out, set_rip(fe, x));
		append(out, return_unwind(fe, NULL));
		break;
	default:
		assert(!"terminator");
	}
}
