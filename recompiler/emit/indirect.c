/*
 * indirect.c - calls through pointers. find_index() asks the cache of indirect targets for the table index of an address; `indirect` is one function of
 * code.wasm that gets the address in cpu->target, finds the index, and jumps to the function directly if it is one of this file.
 *
 * Of a call through the table the callee's instance, and with it the start of the guest's memory, is what the table says: nothing in the
 * callee begins before the processor has found the pointer, the cache entry and the table entry, one behind the other. A jump by way of a
 * switch only confirms what the processor has predicted, and the instance is the one that it was.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include "../../include/layout.h"
#include <stdio.h>

#define ELSEWHERE "elfport.elsewhere"
#define UNCACHED "elfport.uncached"

/* Looks the address in pc_local up in the cache, into hit_local; the result says whether it is there. */
static expr
in_cache(struct fe *fe, struct list *out)
{
	u32 pc = named_local(fe, &fe->pc_local, BinaryenTypeInt32());
	u32 hit = named_local(fe, &fe->hit_local, BinaryenTypeInt64());
	expr a, b;

	a = BinaryenBinary(fe->m, BinaryenShlInt32(), get_local(fe, pc), i32c(fe, 1));
	b = BinaryenBinary(fe->m, BinaryenShrUInt32(), get_local(fe, pc), i32c(fe, 9));
	a = BinaryenBinary(fe->m, BinaryenXorInt32(), a, b);
	a = BinaryenBinary(fe->m, BinaryenAndInt32(), a, i32c(fe, (TARGETS_COUNT - 1) << 3));
	a = BinaryenLoad(fe->m, 8, false, TARGETS_ADDR, 0, BinaryenTypeInt64(), a);
	append(out, set_local(fe, hit, a));
	a = BinaryenBinary(fe->m, BinaryenShrUInt64(), get_local(fe, hit), i64c(fe, 32));
	a = BinaryenUnary(fe->m, BinaryenWrapInt64(), a);
	return BinaryenBinary(fe->m, BinaryenEqInt32(), a, get_local(fe, pc));
}

static expr
cached_index(struct fe *fe)
{
	return BinaryenUnary(fe->m, BinaryenWrapInt64(), get_local(fe, fe->hit_local));
}

static expr
lookup(struct fe *fe)
{
	expr arg[1] = { get_local(fe, fe->pc_local) };

	return call_engine(fe, "lookup", arg, 1, BinaryenTypeInt32());
}

expr
find_index(struct fe *fe, struct list *out)
{
	expr same = in_cache(fe, out);

	return BinaryenIf(fe->m, same, cached_index(fe), lookup(fe));
}

static void
all_params(struct fe *fe, expr arg[1 + PARAMS])
{
	for (u32 i = 0; i <= PARAMS; i++)
		arg[i] = get_local(fe, i);
}

static void
start(struct fe *fe, struct module *mod, struct list *out)
{
	*fe = (struct fe){ .e = mod->e, .mod = mod, .m = mod->m };
	for (u32 i = 0; i < PARAMS; i++)
		new_local(fe, BinaryenTypeInt64());
	fe->nparam = fe->nlocal;
	append(out, set_local(fe, named_local(fe, &fe->pc_local, BinaryenTypeInt32()), cpu_get(fe, I32, 4, offsetof(struct cpu, target))));
}

static void
finish(struct fe *fe, const char *name, struct list *out)
{
	expr body = seq(fe, NULL, out);

	BinaryenAddFunction(fe->m, name, params_type(), outcome_type(), fe->local + fe->nparam, fe->nlocal - fe->nparam, body);
	arena_free(&fe->arena);
}

static expr
jump_through_table(struct fe *fe, expr index)
{
	expr arg[1 + PARAMS];

	all_params(fe, arg);
	return BinaryenReturnCallIndirect(fe->m, "table", index, arg, 1 + PARAMS, params_type(), outcome_type());
}

/* Leaves block when the address is not in the cache. */
static void
leave_uncached(struct fe *fe, const char *block, struct list *out)
{
	expr x = in_cache(fe, out);

	append(out, BinaryenBreak(fe->m, block, BinaryenUnary(fe->m, BinaryenEqZInt32(), x), NULL));
}

/* Ends the block and puts a jump to the function behind it. */
static void
jump_behind(struct fe *fe, const char *block, const char *function, struct list *out)
{
	expr x = seq(fe, block, out), arg[1 + PARAMS];

	append(out, x);
	all_params(fe, arg);
	append(out, BinaryenReturnCall(fe->m, function, arg, 1 + PARAMS, outcome_type()));
}

/*
 * What is seldom needed is in functions of its own: a call of the engine would have all parameters saved before it, and a jump through the
 * table takes more registers than there are.
 */
void
indirect_functions(struct module *mod)
{
	u32 n = mod->nslot < MAX_TABLE ? mod->nslot : MAX_TABLE;        /* others are reached through the table */
	struct list out = { 0 };
	const char **to;
	struct fe fe;
	char *name;
	expr x;

	start(&fe, mod, &out);
	append(&out, jump_through_table(&fe, lookup(&fe)));
	finish(&fe, UNCACHED, &out);

	start(&fe, mod, &out);
	leave_uncached(&fe, "uncached", &out);
	append(&out, jump_through_table(&fe, cached_index(&fe)));
	jump_behind(&fe, "uncached", UNCACHED, &out);
	finish(&fe, ELSEWHERE, &out);

	start(&fe, mod, &out);
	leave_uncached(&fe, "elsewhere", &out);
	to = arena_alloc(&fe.arena, (n + 1) * sizeof *to);
	for (u32 i = 0; i < n; i++) {
		to[i] = name = arena_alloc(&fe.arena, 12);
		snprintf(name, 12, "f%u", i);
	}
	x = BinaryenBinary(fe.m, BinaryenSubInt32(), cached_index(&fe), BinaryenGlobalGet(fe.m, "table_base", BinaryenTypeInt32()));
	append(&out, BinaryenSwitch(fe.m, to, n, "elsewhere", x, NULL));
	for (u32 i = 0; i < n; i++)
		jump_behind(&fe, to[i], mod->slot[i], &out);
	jump_behind(&fe, "elsewhere", ELSEWHERE, &out);
	finish(&fe, INDIRECT, &out);
	BinaryenAddFunctionExport(mod->m, INDIRECT, "indirect");
}
