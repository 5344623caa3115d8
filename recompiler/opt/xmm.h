/* xmm.h - between xmm.c (which form a register has where) and xmmform.c (the instructions of each form). */
#ifndef XMM_H
#define XMM_H

#include "opt.h"

enum { FORM_NONE, FORM_V, FORM_D, FORM_S };      /* two bits a register; also what the next use wants */

struct parts { ref d, s, t, h; };

struct xforms {
	struct func *f;
	const struct opt *o;
	struct cfg c;
	u32 *in, *out;           /* forms at the start and end of each block */
	u32 *want, *want_out;    /* next uses seen from there */
	u16 *conflict;           /* registers whose predecessors disagree */
	u8 *seen;
	u8 *copy, *copied, *next;        /* of one block, by instruction */
	ref *map;
	struct parts *part;      /* what the get of a copy stands for */
	u32 b, pc;               /* where instructions are appended */
};

u32 forms_behind(const struct xforms *x, const struct blk *b, u32 forms);
/* Appends an access to a register in the given form, leaving it in the form after; the value of a get or getlo. */
ref xmm_access(struct xforms *x, const struct blk *before, u32 i, const struct ins *in, u32 form, u32 after);
void xmm_convert(struct xforms *x, u32 n, u32 from, u32 to);

#endif
