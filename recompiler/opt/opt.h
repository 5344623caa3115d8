/*
 * opt.h - what the passes share. A pass is void pass(struct func *f, const struct opt *o) or smaller; passes.c holds the table.
 * Removed instructions become OP_nop in place (references stay valid); dce compacts. A pass that inserts rewrites the block: take_ins(),
 * then ir_ins() everything back through a map from old to new references.
 */
#ifndef OPT_H
#define OPT_H

#include "../recompiler.h"

/* ---- cfg.c: the shape of a function ---- */
struct cfg {
	u32 n;
	u32 nreach;
	u32 *rpo;                        /* reachable blocks in reverse postorder */
	u32 *num;                        /* block -> position in rpo, or REF_NONE if unreachable */
	u32 *idom;                       /* immediate dominator (a block), of the entry itself; REF_NONE unreachable */
	u32 *depth;                      /* loop depth */
	u32 *loop;                       /* header of the innermost loop, or REF_NONE */
	u32 *pred_at, *pred;             /* predecessors of b: pred[pred_at[b]] .. pred[pred_at[b + 1] - 1]; reachable ones */
	bool *header;                    /* target of an edge that goes back in rpo */
	bool irreducible;
};
void cfg_build(struct cfg *c, const struct func *f, struct arena *a);
bool cfg_dominates(const struct cfg *c, u32 a, u32 b);
/* Per block: in no loop, or in one that calls (its own blocks, without those of loops in it). */
bool *cfg_busy(const struct cfg *c, const struct func *f, struct arena *a);
/* A block between p and p's successor number i, jumping to where that went; returns its number. cfg becomes stale. */
u32 cfg_split_edge(struct func *f, u32 p, u32 i);

/* ---- vars.c: what instructions and terminators do to the variables of cpu.def ---- */
#define VARS_FLAGS (VARBIT(VAR_FA) | VARBIT(VAR_FB) | VARBIT(VAR_FC) | VARBIT(VAR_FK))
#define VARS_ALL ((VARBIT(NVAR - 1) << 1) - 1)
/* what a system call that comes back may have changed */
#define VARS_SYSCALL (VARBIT(VAR_RAX) | VARBIT(VAR_RCX) | VARBIT(VAR_R11) | VARBIT(VAR_FSBASE) | VARBIT(VAR_GSBASE) | \
                      VARBIT(VAR_FUEL))
#define VARS_GENERAL (VARBIT(VAR_R15 + 1) - 1)          /* rax to r15 */
#define VARS_XMM ((varset)0xffff << VAR_XMM0)
/* what matters at every border: an unwinder of a signal's frame looks for the callers' registers, the rest is no function's own */
#define VARS_KEPT (VARBIT(VAR_RSP) | VARBIT(VAR_RBP) | VARBIT(VAR_RBX) | VARBIT(VAR_R12) | VARBIT(VAR_R13) | VARBIT(VAR_R14) | \
                   VARBIT(VAR_R15) | VARBIT(VAR_DF) | VARBIT(VAR_FSBASE) | VARBIT(VAR_GSBASE) | VARBIT(VAR_FUEL))
#define PARAM(NAME) VARBIT(VAR_##NAME) |
/* what a function returns beside the pc */
#define VARS_RESULT VARBIT(VAR_RAX)
static const varset VARS_PARAMS =
#include "../../include/params.def"
	0;
#undef PARAM
varset ins_reads(const struct ins *in);          /* variables whose value it uses (not temporaries) */
varset ins_writes(const struct ins *in);         /* variables it defines wholly */
varset whole_xmm(varset s);                      /* with all forms of the XMM registers it has a form of */
varset var_overlaps(u32 v);                       /* other variables for the same bytes: setting v makes them stale */
bool ins_calls(const struct ins *in);            /* helper that may read and write any variable in struct cpu */
varset flags_ended(const struct blk *b, const struct ins *in);  /* flag variables that mean nothing under the kind it sets in FK */
bool ins_droppable(const struct ins *in);        /* may go when its value is unused; that a load could fault is not observed */
/* algebra.c: what is true when the comparison op is not (OP_nop: none is), and what it is with its arguments exchanged */
u16 compare_inverse(u16 op);
u16 compare_mirrored(u16 op);
/* narrow.c: whole[i]: something in the block looks at more than the low half of instruction i's value */
void find_whole(const struct ins *ins, u32 n, u8 *whole);

/* ---- summaries.c: what callers know of callees ---- */
struct wanted {
	varset sure, maybe;              /* read by known code; perhaps by code that is not known */
};
struct summary {
	u32 pc;
	varset reads;                    /* it or what it calls may look at them in struct cpu, or change them */
	varset writes;                   /* may have another value after the return */
	struct wanted entry;             /* border.c: wanted where it is entered */
	varset exit;                     /* wanted where it returns or jumps out */
	varset restored;                 /* among what it writes: taken back from the stack at a way out */
	bool any;                        /* it may return to another place than its caller, or with another stack */
	bool flags_in;                   /* somebody reads the lazy flags that it is entered with */
	bool flags_out;                  /* somebody may read the flags it returns with */
	bool indirect;                   /* reachable otherwise than by direct calls and jumps of this file */
	bool small;                      /* opt_inline builds it into its callers: no loops, calls only as its last act, rsp proven */
	bool floats;                     /* it or what it calls directly has floating point that MXCSR changes */
	u32 via;                         /* nothing but a jump through the pointer at this link address; 0: more than that */
};
/* Where the passes get what is outside the function. */
struct surroundings {
	void *ctx;
	struct func *(*body)(void *ctx, struct arena *a, u32 pc);    /* another function of the file, as lifted; NULL: none there */
	u32 (*bound)(void *ctx, u32 slot);       /* the function whose address the pointer there probably holds; 0: no idea */
};
/*
 * Filling: summaries_new, then summary_scan for every lifted function (any thread, each its own index), then summaries_solve
 * once; afterwards opt_run may read them from any thread.
 */
struct summaries *summaries_new(struct arena *a, u32 nfunc, const struct surroundings *around);       /* around: may be NULL */
/* outside: it is called through an address. Changes f: lift it again for opt_run. */
void summary_scan(struct summaries *s, u32 index, struct func *f, bool outside);
void summaries_solve(struct summaries *s);
void summaries_free(struct summaries *s);
const struct summary *summary_find(const struct summaries *s, u32 pc);  /* NULL: nothing is known */
/* What the function, which may be unknown (NULL), takes as parameters instead of from struct cpu. */
varset summary_params(const struct summary *s);
varset summaries_unknown(const struct summaries *s);     /* what a function that is not known may read at its entry */
bool summaries_flags_in(const struct summaries *s);      /* some indirect function reads flags at its entry */
const struct surroundings *summaries_around(const struct summaries *s);      /* NULL: nothing */

/* ---- the passes ---- */
struct opt {
	const struct summaries *sums;    /* may be NULL */
	struct arena *arena;             /* scratch, the function's */
	bool known_flags;                /* opt_flags: leave conditions of unknown kinds as they are */
};
void opt_inline(struct func *f, const struct opt *o);
void opt_polls(struct func *f, const struct opt *o);
void opt_switches(struct func *f, const struct opt *o);
void opt_wanted(struct func *f, const struct opt *o);
void opt_flags(struct func *f, const struct opt *o);
void opt_frame(struct func *f, const struct opt *o);
void opt_deadsets(struct func *f, const struct opt *o);
void opt_forward(struct func *f, const struct opt *o);
void opt_fold(struct func *f, const struct opt *o);
void opt_bounds(struct func *f, const struct opt *o);
void opt_guards(struct func *f, const struct opt *o);
void opt_stack(struct func *f, const struct opt *o);
void opt_counted(struct func *f, const struct opt *o);
void opt_dce(struct func *f, const struct opt *o);
void opt_xmm(struct func *f, const struct opt *o);
/* from here on a function's variables meet in struct cpu where ways meet: a wasm engine would move them all from slot to slot of its frame */
enum { MANY_BLOCKS = 256 };
void opt_narrow(struct func *f, const struct opt *o);
void opt_preheaders(struct func *f, const struct opt *o);
void opt_regcache(struct func *f, const struct opt *o);

/* ---- passes.c ---- */
/* Dump letters (-d): the function's text on stderr after the pass with that letter; "L" the lifter's output, "*" after all. */
void opt_dump(const char *letters, u32 pc);      /* pc 0: every function */
const char *opt_pass_names(char *buf, size_t size);              /* "letter name, ..." for --help */
/* One pass by name on text form (tests); false: no such pass */
bool opt_run_one(struct func *f, const struct summaries *s, const char *name);

/* Takes a block's instructions out to be appended again; n is their number. */
struct ins *take_ins(struct func *f, u32 b, u32 *n);
static inline bool
is_const(const struct blk *b, ref r)
{
	return b->ins[r].op == OP_const;
}

#endif
