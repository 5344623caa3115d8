/*
 * discover.h - what the files of code discovery share: the map of instructions, the ranges of functions and the edges between
 * them. The phases, in order:
 *
 *   ehframe.c    ranges, landing pads                     seeds.c     where code starts
 *   discover.c   follows control flow, fills the map      jumptable.c  targets of indirect jumps
 *   partition.c  ranges and map -> functions of blocks
 */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "recompiler.h"

/* flags of a text byte; all but MAP_TEXT and MAP_USED speak of the instruction that starts there */
enum {
	MAP_TEXT = 1,            /* in an executable section */
	MAP_LEADER = 2,          /* something other than the instruction before it leads here */
	MAP_END = 4,             /* ends a block: has a row in ends[] */
	MAP_CALLED = 8,          /* target of a direct call */
	MAP_TAKEN = 16,          /* its address stands in data or in an instruction, or it is exported */
	MAP_PAD = 32,            /* landing pad */
	MAP_SKIP = 64,           /* an instruction for CPU features that CPUID does not report */
	MAP_USED = 128           /* byte is in some block of a function */
};

/* A function as the file's tables delimit it. */
struct range {
	u32 lo, hi;
	u32 parent;              /* index of the range that it is a chunk of, or its own */
	bool fde;                /* from .eh_frame; else from Go's table, a sized symbol or a gap between entries */
	bool listed;             /* the file lists its functions and this is one: FDE or Go's table */
	bool moved;              /* the CFA is not rsp + 8 at lo: a chunk, not a function */
	u32 cfi, cfi_end;        /* call frame instructions, offsets into .eh_frame, and those of its CIE */
	u32 cie, cie_end;
	u8 ptr_enc;
	i32 code_align;
};

/* Hash table from nonzero u32 to u32. */
struct pcmap {
	struct arena *arena;
	u32 *key, *val;
	u32 n, cap;
};

struct vec {
	struct arena *arena;
	u32 *v;
	u32 n, cap;
};

struct block_end {
	u32 pc;
	u8 kind;                 /* enum code_kind */
	bool stops;              /* a call that does not come back */
	u32 target;
	struct jumptable *table;
};

/* A jump from one instruction to another; edges to the same destination are chained. */
struct edge {
	u32 src, dst;
	u32 next;                /* 1 + index, 0 at the end */
};

struct disc {
	struct arena *arena;     /* of the result */
	struct arena tmp;
	struct elf *elf;
	u32 cpu_level;
	u32 lo, hi;              /* span of the map */
	u8 *len;                 /* by address - lo: length of the instruction that starts there, 0: none found */
	u8 *flag;
	u16 *defs;               /* general registers that the instruction writes, bit n as in struct cpu */
	u32 nrange;
	struct range *range;     /* sorted, disjoint */
	u8 *eh;                  /* copy of .eh_frame */
	u32 eh_size;
	struct vec work, weak, pads, indirect, datarefs;
	struct vec sites;        /* call-site records: from, to, end of the previous record of the same pad or 0 */
	struct pcmap padmap;     /* landing pad -> end of its last record in sites */
	struct pcmap endmap;     /* pc -> 1 + index into ends */
	struct block_end *ends;
	u32 nend, capend;
	struct pcmap edgemap;    /* destination -> 1 + index of its first edge */
	struct edge *edge;
	u32 nedge, capedge;
	u32 ninsn;
	u32 *stamp, now;         /* searches: visited in search number now */
	struct pcmap hopeless;   /* indirect jumps that stay unresolved */
	struct pcmap guess;      /* jump -> how many entries of a table of unknown length are looked at so far */
	struct vec clipped;      /* jumps whose tables may go on behind that */
	struct vec todo;
};

/* pcmap.c */
u32 pcmap_get(const struct pcmap *m, u32 key);           /* 0: not there */
void pcmap_put(struct pcmap *m, u32 key, u32 val);
void vec_push(struct vec *v, u32 x);
void vec_sort(struct vec *v);                            /* ascending, duplicates removed */

/* ehframe.c */
void ehframe_read(struct disc *d);                       /* ranges of FDEs, pads */
bool ehframe_frame_empty(const struct disc *d, const struct range *r, u32 pc);  /* CFA is rsp + 8 at pc */

/* gopclntab.c */
void gopclntab_read(struct disc *d);                     /* ranges of Go's function table */

/* seeds.c */
void seeds_text(struct disc *d);                         /* lo, hi, MAP_TEXT */
void seeds_ranges(struct disc *d);                       /* ranges of FDEs and sized symbols */
void seeds_strong(struct disc *d);                       /* certainly code */
void seeds_data(struct disc *d);                         /* words of data that look like code addresses */

/* discover.c */
static inline bool
is_text(const struct disc *d, u32 pc)
{
	return pc - d->lo < d->hi - d->lo && d->flag[pc - d->lo] & MAP_TEXT;
}
static inline bool
is_insn(const struct disc *d, u32 pc)
{
	return pc - d->lo < d->hi - d->lo && d->len[pc - d->lo];
}
bool read_insn(const struct disc *d, u32 pc, struct insn *in);
struct block_end *block_end(const struct disc *d, u32 pc);       /* of the terminating instruction at pc */
struct range *range_of(const struct disc *d, u32 pc);            /* NULL: none */
void add_edge(struct disc *d, u32 src, u32 dst);
const struct edge *first_edge(const struct disc *d, u32 dst);
const struct edge *next_edge(const struct disc *d, const struct edge *e);
/* marks pc as a place where code starts, to be explored; false if it cannot be code */
bool add_seed(struct disc *d, u32 pc, u8 flags);

/* jumptable.c */
enum { GUESS_FIRST = 2, GUESS_MAX = 1024 };
/* The table of the indirect jump at pc, or NULL. Without a bound from a comparison only if unbounded says so. */
struct jumptable *jumptable_find(struct disc *d, u32 pc, bool unbounded);
/* The indirect jump at pc leaves the function by the look of it. */
bool jump_is_tail(struct disc *d, u32 pc);

/* noreturn.c */
void noreturn_find(struct disc *d);

/* twice.c */
/* Appends the places behind calls that may return again. */
void twice_find(struct disc *d, struct vec *entries);

/* partition.c */
void partition(struct disc *d, struct code *c);

/* totals.c: after partition() */
void totals(struct disc *d, struct code *c);

#endif
