/* fold.h - between fold.c (the walk and value numbering), algebra.c (the rules) and constants.c (evaluation). */
#ifndef FOLD_H
#define FOLD_H

#include "opt.h"

#define STORED 16

struct fold {
	struct func *f;
	u32 b, pc;
	u32 *head, mask;         /* hash of emitted instructions -> ref + 1 */
	u32 *next;               /* chain, by new reference */
	u32 *real;               /* by new reference: uses by instructions already appended */
	u32 *pend;               /* uses by instructions still to come, as the block was before */
	u32 cap;
	struct stored { struct ins in; bool valid; } stored[STORED];   /* what recent stores left in memory, as the loads that would read it */
	u32 oldest;
	ref last_load;           /* the newest memory operation if it is a plain load */
};

static inline struct ins *
at(const struct fold *o, ref r)
{
	return &o->f->blk[o->b].ins[r];
}

static inline bool
konst(const struct fold *o, ref r, u64 *v)
{
	if (at(o, r)->op != OP_const || at(o, r)->type > I64)
		return false;
	*v = at(o, r)->imm[0];
	return true;
}

/* fold.c: the simplest instruction or value that means the same, appended if it is new */
ref fold_ins(struct fold *o, struct ins in);
ref fold1(struct fold *o, enum op op, enum type t, ref a);
ref fold2(struct fold *o, enum op op, enum type t, ref a, ref b);
ref foldk(struct fold *o, enum type t, u64 v);

/* algebra.c: REF_NONE if no rule applies; may change *in instead */
ref algebra(struct fold *o, struct ins *in);
u64 known_ones(const struct fold *o, ref r, int depth);  /* mask of bits that may be one */
bool is_bool(const struct fold *o, ref r);

/* lanes.c: vectors, REF_NONE if no rule applies */
ref rule_lanes(struct fold *o, const struct ins *in);

/* constants.c */
bool constant(u16 op, enum type t, u64 a, u64 b, u64 *r);

#endif
