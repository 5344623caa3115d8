/* symval.h - symbolic values of registers along one path of instructions, and paths, for jump tables. */
#ifndef SYMVAL_H
#define SYMVAL_H

#include "discover.h"

enum sym_kind {
	SYM_UNKNOWN,
	SYM_CONST,               /* c */
	SYM_LINEAR,              /* c + scale * (register reg as it is before the instruction at pc) */
	SYM_ENTRY                /* addend + entry number (register reg before pc) of the table at c, size bytes each */
};

struct symval {
	u8 kind;
	u8 reg;                  /* number in struct cpu */
	u8 size;
	u16 scale;
	bool sext;               /* ENTRY: sign-extended */
	bool computed;           /* UNKNOWN: a sum with a loaded value, as a switch makes it */
	u8 origin;               /* UNKNOWN: 1 + the register whose value at the join it is; 0: none */
	u32 pc;
	u32 id;                  /* equal ids: the same number, or a copy that differs only in width */
	u32 root;                /* as a pointer: off bytes behind the place that root stands for */
	i64 off;
	u64 c, addend;
	u64 bound;               /* the index is below; 0: no comparison seen */
	bool sure;               /* whichever way control came */
	u64 max;                 /* the index is below because of its width or a mask; 0: not known */
};

struct symslot {
	u32 root;
	i64 off;
	bool stack;
	struct symval v;
};

enum { SYM_SLOTS = 16, SYM_IDS = 256 };

struct symstate {
	struct disc *d;
	u32 join;                /* pc of the first certain instruction, 0 before it */
	u32 next_id;
	u64 bound[SYM_IDS];      /* by id */
	bool sure[SYM_IDS];      /* that bound holds on all ways: it was seen behind the join */
	struct symval reg[16];
	struct symslot slot[SYM_SLOTS];
	u32 nslot;
	bool cmp;                /* the last flags come from a comparison of cmp_id with cmp_imm */
	u32 cmp_id;
	u64 cmp_imm;
};

int gpr(ZydisRegister r);                                /* number in struct cpu, or -1 */
bool address_const(const ZydisDecodedOperand *o, const struct insn *in, u64 *v);
void symstate_init(struct symstate *s, struct disc *d);
void symstate_join(struct symstate *s, u32 pc);          /* forget what is not certain; keeps ids and bounds */
void symstate_step(struct symstate *s, const struct insn *in, u32 next);   /* next: the path's next pc */
struct symval symstate_operand(struct symstate *s, const struct insn *in, const ZydisDecodedOperand *o);

enum { PATH_MAX = 64, WAYS_MAX = 2048 };

struct path {
	u32 pc[PATH_MAX];                /* forward order is pc[n - 1] .. pc[0]; pc[0] is the jump */
	u32 n;
	u32 certain;                     /* pc[certain - 1] is the first certain instruction */
};

/* paths.c */
/* Instructions that run directly before pc, at most max; the return value may be larger than max. */
u32 predecessors(const struct disc *d, u32 pc, u32 *pred, u32 max);
bool is_entry(const struct disc *d, u32 pc);             /* control comes here from outside, too */
bool is_dead(const struct disc *d, u32 pc);              /* without predecessors: behind a call that does not return */
void walk_back(const struct disc *d, u32 jump, struct path *p);
/* The one constant that reg (number in struct cpu) holds whenever control arrives at pc, whichever way it came. */
bool const_before(struct disc *d, u32 pc, u32 reg, u64 *v);

/* jumptable.c */
u32 reloc_find(const struct elf *e, u32 addr);           /* number of the first relocation at or behind addr */
/* What a load of size bytes from addr gives for ever: read-only, relocated to link-time addresses, zero-extended. */
bool read_const(const struct disc *d, u64 addr, u32 size, u64 *v);
/* Symbolic execution of the path up to (not including) the instruction at pc. */
void run_path(struct disc *d, u32 pc, struct symstate *s, struct path *p);
/* Appends the targets of the table that v describes to out; false if it cannot be told. */
bool table_targets(struct disc *d, u32 jump, const struct symval *v, bool unbounded, struct vec *out);

/* A table without an index: the likely targets. NULL if there are none. */
struct jumptable *jumptable_likely(struct disc *d, struct vec *targets);

/* jumpsites.c */
/* The jump at pc goes to what register reg holds at the join: collects what tables and constants put there. */
struct jumptable *jumpsites_find(struct disc *d, u32 pc, u32 join, u32 reg, bool unbounded);

#endif
