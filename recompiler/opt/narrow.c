/*
 * narrow.c - a load of 64 bits of which only the low half is wanted, as of a pointer that serves as address and nothing else, becomes one of 32: the
 * host clears the upper half by itself, where cutting it off takes an instruction in the middle of a chain of addresses. Late, so that
 * loads of one place are still equal where fold looks, and sets that nobody wants do not count as uses.
 */
#include "opt.h"
#include <string.h>

void
find_whole(const struct ins *ins, u32 n, u8 *whole)
{
	memset(whole, 0, n);
	for (u32 i = 0; i < n; i++)
		for (u32 a = 0, na = ir_nargs(&ins[i]); a < na; a++)
			whole[ins[i].arg[a]] |= ins[i].op != OP_wrap;
}

/* whole: one byte per instruction, to: one reference */
static void
narrow(struct blk *b, u8 *whole, ref *to)
{
	find_whole(b->ins, b->n, whole);
	for (u32 i = 0; i < b->n; i++) {
		struct ins *in = &b->ins[i], *x;

		for (u32 a = 0, n = ir_nargs(in); a < n; a++)
			in->arg[a] = to[in->arg[a]];
		to[i] = i;
		if (in->op != OP_wrap || whole[in->arg[0]])
			continue;
		x = &b->ins[in->arg[0]];
		if (x->op != OP_load && x->op != OP_loads && x->op != OP_cpuload)
			continue;
		x->type = I32;
		if (x->size >= 4) {
			x->size = 4;
			x->op = x->op == OP_loads ? OP_load : x->op;
		}
		to[i] = in->arg[0];
		*in = (struct ins){ .op = OP_nop, .pc = in->pc };
	}
	if (b->term.val != REF_NONE)
		b->term.val = to[b->term.val];
}

void
opt_narrow(struct func *f, const struct opt *o)
{
	u32 most = ir_largest(f);
	ref *to;
	u8 *whole;

	whole = arena_alloc(o->arena, most + 1);
	to = arena_alloc(o->arena, (most + 1) * sizeof *to);
	for (u32 i = 0; i < f->nblk; i++)
		narrow(&f->blk[i], whole, to);
}
