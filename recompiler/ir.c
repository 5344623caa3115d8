/*
 * ir.c - building the IR: the tables of operations and helpers, types, and appending to a function. The text form is in irtext.c, the
 * checker in ircheck.c. This file is also part of the engine.
 */
#include "recompiler.h"

#define OP(name, res, args, props) { #name, res, args, sizeof args - 1, props },
const struct opinfo opinfo[NOP] = {
#include "ops.def"
};
#undef OP

#define HELPER(name, res, args, effect) { #name, #res[0], args, EFFECT_##effect },
const struct helperinfo helperinfo[NHELPER] = {
#include "../include/helpers.def"
};
#undef HELPER

#define VAR(name, type, offset, text) type,
static const u8 types[NVAR] = {
#include "../include/cpu.def"
};
#undef VAR

enum type
ir_type(char letter, u8 t)
{
	switch (letter) {
	case 'i': return I32;
	case 'l': return I64;
	case 'f': return F32;
	case 'd': return F64;
	case 'x': return V128;
	case 'T': return t;
	default: return T_NONE;
	}
}

enum type
var_type(const struct func *f, u32 var)
{
	if (var < NVAR)
		return types[var];
	return var - NVAR < f->ntemp ? f->temp_type[var - NVAR] : T_NONE;
}

enum type
ir_result(const struct func *f, const struct ins *in)
{
	(void)f;
	if (in->op == OP_helper)
		return ir_type(helperinfo[in->imm[0]].res, T_NONE);
	return ir_type(opinfo[in->op].res, in->type);
}

const char *
ir_args(const struct ins *in)
{
	const char *s;

	if (in->op != OP_helper)
		return opinfo[in->op].args;
	s = helperinfo[in->imm[0]].args;
	return *s == 'c' ? s + 1 : s;
}

u32
ir_nargs(const struct ins *in)
{
	const char *s;
	u32 n;

	if (in->op != OP_helper)
		return opinfo[in->op].nargs;
	s = ir_args(in);
	for (n = 0; s[n]; n++)
		;
	return n;
}

u32
ir_props(const struct ins *in)
{
	if (in->op == OP_helper && helperinfo[in->imm[0]].effect == EFFECT_PURE)
		return P_PURE;
	return opinfo[in->op].props;
}

ref
ir_ins(struct func *f, u32 blk, struct ins in)
{
	struct blk *b = &f->blk[blk];

	if (b->n == b->cap) {
		u32 cap = b->cap ? 2 * b->cap : 16;
		b->ins = arena_grow(f->arena, b->ins, b->cap * sizeof *b->ins, cap * sizeof *b->ins);
		b->cap = cap;
	}
	b->ins[b->n] = in;
	return b->n++;
}

/* Arrays of the function grow at powers of two: full when the count is one (or zero). */
static bool
full(u32 n)
{
	return (n & (n - 1)) == 0;
}

u32
ir_temp(struct func *f, enum type t)
{
	u32 n = f->ntemp;

	if (full(n))
		f->temp_type = arena_grow(f->arena, f->temp_type, n, n ? 2 * n : 1);
	f->temp_type[n] = t;
	f->ntemp++;
	return NVAR + n;
}

u32
ir_largest(const struct func *f)
{
	u32 most = 0;

	for (u32 i = 0; i < f->nblk; i++)
		most = f->blk[i].n > most ? f->blk[i].n : most;
	return most;
}

u32
ir_block(struct func *f, u32 pc)
{
	u32 n = f->nblk;

	if (f->nblk >= f->blkcap) {
		u32 cap = f->blkcap > n ? 2 * f->blkcap : 2 * n + 8;
		f->blk = arena_grow(f->arena, f->blk, n * sizeof *f->blk, cap * sizeof *f->blk);
		f->blkcap = cap;
	}
	f->blk[n].pc = f->blk[n].end = pc;
	f->blk[n].term.val = REF_NONE;
	return f->nblk++;
}
