/* border.h - liveness across calls, returns and jumps between functions, for summaries.c and deadsets.c. */
#ifndef BORDER_H
#define BORDER_H

#include "opt.h"

/* What the way out of a block is, as far as liveness asks. */
struct crossing {
	u8 kind;                         /* enum term_kind */
	bool spares;                     /* this call may leave registers alone that calls of unknown functions usually spoil */
	const struct summary *callee;    /* CALL, TAIL: NULL if nothing is known of it */
	const struct summary *own;       /* the function itself; NULL: nothing is known */
	varset unknown;                  /* what an unknown function may read */
};
/* From what is wanted at the successors (nothing where there is none) to what is wanted before the terminator. */
/* Of the wants behind a call, those that end there: nobody counts on finding there what was there before. */
struct wanted border_spoilt(const struct crossing *x);
struct wanted border_before(const struct crossing *x, struct wanted after);
/* Does the call that ends block b leave registers alone: a profiling hook at the entry, a TLS descriptor's function? */
bool border_spares(const struct func *f, u32 b);

/* A function's blocks with what they do to the variables, kept while all functions of the file are scanned. */
struct border_blk {
	varset use, def;                 /* read before anything else happens to it; written */
	struct wanted in;                /* at its start */
	u32 target, nsucc;
	u32 *succ;
	u8 kind;
	bool spares;
};
struct border {
	struct summary *sum;             /* entry, exit and restored are filled in */
	bool outside;                    /* called through an address; border_solve adds those that nobody is seen to call */
	bool called;
	u32 nblk;
	struct border_blk *blk;
};
void border_scan(struct border *b, const struct func *f);        /* allocates */
/* n functions, find(ctx, pc) is one of them or NULL. Returns what an unknown function may read. */
varset border_solve(struct border **fn, u32 n, struct border *(*find)(void *ctx, u32 pc), void *ctx);
void border_free(struct border *b);

#endif
