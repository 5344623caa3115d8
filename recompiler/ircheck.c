/*
 * ircheck.c - is a function well formed? Runs after the lifter and after every pass; a failure is our bug and ends the
 * process with the function's text. Native only.
 */
#include "recompiler.h"
#include <stdio.h>
#include <stdlib.h>

struct check {
	const struct func *f;
	const char *after;
	u32 blk, ins;
};

static void
fail(const struct check *c, const char *what)
{
	char *buf;
	size_t len;

	ir_print(c->f, &buf, &len);
	fwrite(buf, 1, len, stderr);
	fprintf(stderr, "elfport: after %s: %s: b%u instruction %u: %s\n", c->after, c->f->name, c->blk, c->ins, what);
	abort();
}

static void
check_var(const struct check *c, const struct ins *in)
{
	enum type t = in->imm[0] < NVAR + (u64)c->f->ntemp ? var_type(c->f, in->imm[0]) : T_NONE;

	if (t == T_NONE)
		fail(c, "no such variable");
	switch (in->op) {
	case OP_get: case OP_set:
		if (t != in->type)
			fail(c, "type differs from the variable's");
		break;
	case OP_getlo: case OP_setlo:
		if (t != V128 || in->type == V128 || in->type == T_NONE)
			fail(c, "low lane of something else than a vector");
		break;
	default:
		if (in->imm[0] >= NVAR)
			fail(c, "a temporary does not live in struct cpu");
	}
}

static void
check_size(const struct check *c, const struct ins *in)
{
	static const u8 width[] = { 0, 4, 8, 4, 8, 16 };
	bool ok = in->size && !(in->size & (in->size - 1)) && in->size <= width[in->type];

	if (!ok || ((in->type == F32 || in->type == F64) && in->size != width[in->type]))
		fail(c, "bad access size");
	if (in->op == OP_cpuload || in->op == OP_cpustore ? in->imm[0] >= sizeof(struct cpu) : in->imm[0] > 0xffff)
		fail(c, "bad offset");
}

static void
check_ins(const struct check *c, const struct blk *b, const struct ins *in, const u8 *types)
{
	const char *args;
	u32 n;

	if (in->op >= NOP || in->type > V128)
		fail(c, "no such operation");
	if (in->op == OP_helper && in->imm[0] >= NHELPER)
		fail(c, "no such helper");
	args = ir_args(in);
	n = ir_nargs(in);
	for (u32 i = 0; i < n; i++) {
		if (in->arg[i] >= c->ins || in->arg[i] >= b->n)
			fail(c, "argument is not defined before");
		if (types[in->arg[i]] != ir_type(args[i], in->type) || types[in->arg[i]] == T_NONE)
			fail(c, "argument has the wrong type");
	}
	switch (in->op) {
	case OP_get: case OP_set: case OP_getlo: case OP_setlo: case OP_fetch: case OP_fetchlo: case OP_flush:
		check_var(c, in);
		break;
	case OP_load: case OP_loads: case OP_store: case OP_cpuload: case OP_cpustore: case OP_rmw_add: case OP_rmw_sub:
	case OP_rmw_and: case OP_rmw_or: case OP_rmw_xor: case OP_rmw_xchg: case OP_cmpxchg:
		check_size(c, in);
		break;
	case OP_cond:
		if (in->imm[0] > 15)
			fail(c, "bad condition");
		break;
	case OP_const: case OP_addr:
		if (in->type == T_NONE || in->type == V128)
			fail(c, "bad constant");
		break;
	}
}

static void
check_term(const struct check *c, const struct blk *b, const u8 *types)
{
	static const i8 nsucc[] = { -1, 1, 2, -2, 1, 1, 0, 0, 0, 1, 0, 0 };
	const struct term *t = &b->term;
	bool val = t->kind == TERM_BR || t->kind == TERM_SWITCH || t->kind == TERM_CALLIND || t->kind == TERM_TAILIND ||
	           t->kind == TERM_RET || (t->kind == TERM_LEAVE && t->val != REF_NONE);

	if (t->kind == TERM_NONE || t->kind > TERM_LEAVE)
		fail(c, "no terminator");
	if (nsucc[t->kind] >= 0 ? t->nsucc != (u32)nsucc[t->kind] : t->nsucc < 1)
		fail(c, "wrong number of successors");
	for (u32 i = 0; i < t->nsucc; i++)
		if (t->succ[i] >= c->f->nblk)
			fail(c, "no such successor");
	if (val && (t->val >= b->n || types[t->val] != I32))
		fail(c, "terminator's value is not an i32");
	if (!val && t->val != REF_NONE)
		fail(c, "terminator takes no value");
}

void
ir_check(const struct func *f, const char *after)
{
	struct check c = { f, after, 0, 0 };
	u8 *types = NULL;
	u32 cap = 0;

	if (!f->nblk)
		fail(&c, "no block");
	for (c.blk = 0; c.blk < f->nblk; c.blk++) {
		const struct blk *b = &f->blk[c.blk];

		if (b->n > cap) {
			cap = 2 * b->n;
			types = realloc(types, cap);
			if (!types)
				die("out of memory");
		}
		for (c.ins = 0; c.ins < b->n; c.ins++) {
			check_ins(&c, b, &b->ins[c.ins], types);
			types[c.ins] = ir_result(f, &b->ins[c.ins]);
		}
		check_term(&c, b, types);
	}
	free(types);
}
