/*
 * dce.c - removes instructions whose value nobody uses and that do nothing else, and compacts every block.
 */
#include "opt.h"
#include <string.h>

static void
compact(struct blk *b, u8 *used, ref *map)
{
	u32 n = 0;

	memset(used, 0, b->n);
	if (b->term.val != REF_NONE)
		used[b->term.val] = 1;
	for (u32 i = b->n; i-- > 0; ) {
		const struct ins *in = &b->ins[i];
		u32 na = ir_nargs(in);

		if (!used[i] && ins_droppable(in))
			continue;
		used[i] = 1;
		for (u32 a = 0; a < na; a++)
			used[in->arg[a]] = 1;
	}
	for (u32 i = 0; i < b->n; i++) {
		struct ins *in = &b->ins[i];
		u32 na = ir_nargs(in);

		if (!used[i])
			continue;
		for (u32 a = 0; a < na; a++)
			in->arg[a] = map[in->arg[a]];
		map[i] = n;
		if (n != i)
			b->ins[n] = *in;
		n++;
	}
	if (b->term.val != REF_NONE)
		b->term.val = map[b->term.val];
	b->n = n;
}

void
opt_dce(struct func *f, const struct opt *o)
{
	u32 most = ir_largest(f);
	ref *map;
	u8 *used;

	used = arena_alloc(o->arena, most + 1);
	map = arena_alloc(o->arena, (most + 1) * sizeof *map);
	for (u32 i = 0; i < f->nblk; i++)
		compact(&f->blk[i], used, map);
}
