/*
 * lockops.c - lock-prefixed operations. Each (operation, size) in use becomes one function of the module: aligned addresses take wasm's atomic
 * operation, misaligned ones plain load, operation, store (a process that does this stays on one worker). Values travel as i64.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <assert.h>
#include <stdio.h>

enum { LOCK_ADD, LOCK_SUB, LOCK_AND, LOCK_OR, LOCK_XOR, LOCK_XCHG, LOCK_CMPXCHG, NLOCK };
static const char *const lock_name[NLOCK] = { "add", "sub", "and", "or", "xor", "xchg", "cmpxchg" };

static void
function_name(char *buf, size_t n, u32 op, u32 size)
{
	snprintf(buf, n, "lock.%s%u", lock_name[op], 8 * size);
}

expr
emit_lock(struct fe *fe, const struct ins *in, expr *arg)
{
	u32 op, n = ir_nargs(in);
	bool wide = in->type == I64;
	char name[24];
	expr x;

	if (in->op == OP_fence)
		return BinaryenAtomicFence(fe->m);
	assert(in->op >= OP_rmw_add && in->op <= OP_cmpxchg);
	op = in->op - OP_rmw_add;
	if (in->imm[0])
		arg[0] = BinaryenBinary(fe->m, BinaryenAddInt32(), arg[0], i32c(fe, in->imm[0]));
	for (u32 i = 1; i < n; i++)
		if (!wide)
			arg[i] = BinaryenUnary(fe->m, BinaryenExtendUInt32(), arg[i]);
	function_name(name, sizeof name, op, in->size);
	fe->mod->lock_used[op][__builtin_ctz(in->size)] = true;
	x = BinaryenCall(fe->m, name, arg, n, BinaryenTypeInt64());
	return wide ? x : BinaryenUnary(fe->m, BinaryenWrapInt64(), x);
}

static expr
local(BinaryenModuleRef m, u32 n)
{
	return BinaryenLocalGet(m, n, n ? BinaryenTypeInt64() : BinaryenTypeInt32());
}

/* parameters: 0 address, 1 operand (cmpxchg: 1 expected, 2 new); local 3: the old value */
static expr
aligned(BinaryenModuleRef m, u32 op, u32 size)
{
	static BinaryenOp (*const ops[])(void) = {
		BinaryenAtomicRMWAdd, BinaryenAtomicRMWSub, BinaryenAtomicRMWAnd, BinaryenAtomicRMWOr, BinaryenAtomicRMWXor,
		BinaryenAtomicRMWXchg
	};

	if (op == LOCK_CMPXCHG)
		return BinaryenAtomicCmpxchg(m, size, 0, local(m, 0), local(m, 1), local(m, 2), BinaryenTypeInt64());
	return BinaryenAtomicRMW(m, ops[op](), size, 0, local(m, 0), local(m, 1), BinaryenTypeInt64());
}

static expr
misaligned(BinaryenModuleRef m, u32 op, u32 size)
{
	static BinaryenOp (*const ops[])(void) = {
		BinaryenAddInt64, BinaryenSubInt64, BinaryenAndInt64, BinaryenOrInt64, BinaryenXorInt64
	};
	expr part[3], value, same;

	part[0] = BinaryenLocalSet(m, 3, BinaryenLoad(m, size, false, 0, 1, BinaryenTypeInt64(), local(m, 0)));
	if (op == LOCK_CMPXCHG) {
		same = BinaryenBinary(m, BinaryenEqInt64(), local(m, 3), local(m, 1));
		value = BinaryenSelect(m, same, local(m, 2), local(m, 3), BinaryenTypeInt64());
	} else if (op == LOCK_XCHG) {
		value = local(m, 1);
	} else {
		value = BinaryenBinary(m, ops[op](), local(m, 3), local(m, 1));
	}
	part[1] = BinaryenStore(m, size, 0, 1, local(m, 0), value, BinaryenTypeInt64());
	part[2] = local(m, 3);
	return BinaryenBlock(m, NULL, part, 3, BinaryenTypeInt64());
}

static void
lock_function(struct module *mod, u32 op, u32 size)
{
	BinaryenModuleRef m = mod->m;
	BinaryenType params[3] = { BinaryenTypeInt32(), BinaryenTypeInt64(), BinaryenTypeInt64() };
	BinaryenType vars[2] = { BinaryenTypeInt64(), BinaryenTypeInt64() };
	u32 nparam = op == LOCK_CMPXCHG ? 3 : 2;
	char name[24];
	expr body, off;

	function_name(name, sizeof name, op, size);
	body = aligned(m, op, size);
	if (size > 1) {
		off = BinaryenBinary(m, BinaryenAndInt32(), local(m, 0), BinaryenConst(m, BinaryenLiteralInt32(size - 1)));
		body = BinaryenIf(m, off, misaligned(m, op, size), body);
	}
	BinaryenAddFunction(m, name, BinaryenTypeCreate(params, nparam), BinaryenTypeInt64(), vars, 4 - nparam, body);
}

void
lock_functions(struct module *mod)
{
	for (u32 op = 0; op < NLOCK; op++)
		for (u32 i = 0; i < 4; i++)
			if (mod->lock_used[op][i])
				lock_function(mod, op, 1u << i);
}
