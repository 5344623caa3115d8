/*
 * recompiler.h - everything the recompiler's files share, grouped by the file that implements it, in pipeline order:
 *
 *   ELF -> elf.c -> discover.c (jumptable.c decode.c) -> lift/ -> opt/ -> emit/ -> cache.c -> files
 *
 * arena.c decode.c ir.c lift/ and the passes marked "interp" are also compiled into the engine (runtime/engine), where they serve
 * the interpreter: those files use no libelf, no Binaryen, no stdio beyond vsnprintf, and no static mutable state.
 * Addresses are link-time guest addresses below 4 GiB (u32); ET_DYN code is relocated by emit/ through OP addr.
 */
#ifndef RECOMPILER_H
#define RECOMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <Zydis/Zydis.h>
#include "../include/cpu.h"

/* arena.c: memory that is freed all at once. Allocation never fails: it calls die(). */
struct arena {
	struct arena_chunk *chunks;
	u8 *next, *end;
};
void *arena_alloc(struct arena *a, size_t size);                 /* zeroed, 16-byte aligned */
void *arena_grow(struct arena *a, void *old, size_t oldsize, size_t newsize);  /* copies, rest zeroed */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);                                /* frees all; the arena may be used again */

/* die.c (natively; the engine has its own): bad input. One sentence on stderr "elfport: ...", exit status 125. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* die_status: the same with another exit status (126 cannot execute, 127 not found) */
_Noreturn void die_status(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* decode.c: one instruction. */
struct insn {
	ZydisDecodedInstruction z;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];         /* visible ones first (z.operand_count_visible) */
	u32 pc;
};
/* false if the bytes are no instruction or are cut off; pc is where they stand */
bool decode(struct insn *in, u32 pc, const u8 *bytes, size_t n);

/* ---- ir.c: the IR. See docs/il.md. ---- */
typedef u32 ref;                                                 /* index of an instruction in its block */
#define REF_NONE 0xffffffffu
typedef unsigned __int128 varset;                                /* bit n: variable n of cpu.def */
#define VARBIT(v) ((varset)1 << (v))

enum type { T_NONE, I32, I64, F32, F64, V128 };

enum { P_PURE = 1, P_LOAD = 2, P_STORE = 4, P_VAR = 8, P_EXIT = 16 };

enum op {
#define OP(name, res, args, props) OP_##name,
#include "ops.def"
#undef OP
	NOP
};
struct opinfo {
	const char *name;
	char res;
	const char *args;
	u8 nargs;
	u8 props;
};
extern const struct opinfo opinfo[NOP];

enum helper {
#define HELPER(name, res, args, effect) HELPER_##name,
#include "../include/helpers.def"
#undef HELPER
	NHELPER
};
enum helper_effect { EFFECT_PURE, EFFECT_CPU, EFFECT_MEM, EFFECT_ALL };
struct helperinfo {
	const char *name;
	char res;
	const char *args;                                        /* "c" first: takes the cpu pointer, not an IR argument */
	u8 effect;
};
extern const struct helperinfo helperinfo[NHELPER];

struct ins {
	u16 op;
	u8 type;                                                 /* enum type; meaning as in ops.def */
	u8 size;                                                 /* bytes of a memory access */
	u32 pc;                                                  /* the guest instruction it belongs to */
	ref arg[4];
	u64 imm[2];
	varset flush;                                            /* P_EXIT: variables the exit path must store to struct cpu; before
	                                                            regcache those that nobody wants when it leaves */
};

enum term_kind {
	TERM_NONE,
	TERM_JMP,        /* succ[0] */
	TERM_BR,         /* val != 0 ? succ[0] : succ[1] */
	TERM_SWITCH,     /* succ[val] if val < nsucc - 1, else succ[nsucc - 1]; val is I32 */
	TERM_CALL,       /* return address already pushed; target; continue at succ[0] when ret comes back */
	TERM_CALLIND,    /* the same, target = val (I32) */
	TERM_TAIL,       /* jump to another function: target */
	TERM_TAILIND,    /* jump to val (I32) */
	TERM_RET,        /* return address already popped: val (I32) */
	TERM_SYSCALL,    /* registers hold the arguments; ret = pc behind the instruction; continue at succ[0] */
	TERM_TRAP,       /* leave with trap, cpu->rip = pc */
	TERM_LEAVE       /* leave to the dispatcher, cpu->rip = target (val if not REF_NONE); nothing is assumed of the stack */
};
struct term {
	u8 kind;                                                 /* enum term_kind */
	u8 trap;                                                 /* enum trap */
	bool rsp_changed;                                        /* RET, TAIL, TAILIND in a function that wrote rsp otherwise than by
	                                                            frame idioms: unwind unless rsp is the entry's, see docs/abi.md */
	ref val;
	u32 pc;                                                  /* of the terminating instruction */
	u32 target;
	u32 via;                                                 /* CALL, TAIL: target is a stub that jumps through the pointer at this link
	                                                            address; 0: it is not */
	u32 guess;                                               /* CALLIND, TAILIND, and with via: the function it probably is; 0: no idea */
	u32 ret;
	u32 nsucc;
	u32 *succ;                                               /* block numbers */
	varset flush;                                            /* still dirty in locals: stored when the call does not come back as expected;
	                                                            before regcache those that nobody wants behind it */
	varset pass;                                             /* after regcache: calls and jumps out hand it over as parameters, RET as the second result */
	varset given;                                            /* after regcache: calls give it back as the second result */
};

struct blk {
	u32 pc, end;                                             /* guest range; pc of a synthetic block is that of its successor */
	struct ins *ins;
	u32 n, cap;
	struct term term;
	varset dead;                                             /* variables that nobody wants at its top */
	bool loop_header;                                        /* target of a back edge: polled, and an entry of the resume copy */
	u8 flags;                                                /* loop headers: 1 + kind of lazy flags that it counts on, 0: none; */
	bool fb_zero, fc_zero;                                   /* and that these are zero */
	varset live;                                             /* after regcache: variables whose locals must be valid at its top; a resume
	                                                            entry fetches these */
};

/* The link address of the pointer that value r, an address in either width, is loaded from, if that is a constant; else 0. */
static inline u32
pointer_at(const struct blk *b, ref r)
{
	const struct ins *in = b->ins[r].op == OP_wrap ? &b->ins[b->ins[r].arg[0]] : &b->ins[r], *at;

	if (in->op != OP_load || in->size < 4)
		return 0;
	at = &b->ins[in->arg[0]];
	return at->op == OP_addr || at->op == OP_const ? (u32)(at->imm[0] + in->imm[0]) : 0;
}

struct func {
	struct arena *arena;
	const char *name;                                        /* never NULL: symbol, or fn_<hex pc> */
	u32 pc;
	u32 nblk, blkcap;
	struct blk *blk;                                         /* blk[0] is the entry */
	u32 ntemp;                                               /* temporaries NVAR..NVAR+ntemp-1, dead across the function's border */
	u8 *temp_type;
	bool rsp_tainted;                                        /* contains a write to rsp that is no frame idiom */
	bool direct_only;                                        /* never reached through an address: needs no table slot */
	bool floats;                                             /* has floating point that MXCSR changes */
	varset params;                                           /* after regcache: comes as parameters, struct cpu need not have it */
};

#define PARAM(NAME) VAR_##NAME,
static const u8 param_vars[] = {
#include "../include/params.def"
};
#undef PARAM
enum { PARAMS = sizeof param_vars };

enum type var_type(const struct func *f, u32 var);               /* variables and temporaries */
ref ir_ins(struct func *f, u32 blk, struct ins in);              /* append; returns its ref */
u32 ir_temp(struct func *f, enum type t);                        /* new temporary: its variable number */
u32 ir_block(struct func *f, u32 pc);                            /* append an empty block: its number */
u32 ir_largest(const struct func *f);                            /* instructions of its largest block */
enum type ir_result(const struct func *f, const struct ins *in); /* T_NONE if it has no value */
enum type ir_type(char letter, u8 t);                             /* of a letter of ops.def; t: the type field */
const char *ir_args(const struct ins *in);                       /* argument letters; ir_nargs their number (helpers too) */
u32 ir_nargs(const struct ins *in);
u32 ir_props(const struct ins *in);                              /* P_ bits; of a helper as its row says */
void ir_print(const struct func *f, char **buf, size_t *len);    /* malloc'ed text form */
struct func *ir_parse(struct arena *a, const char *text, const char **err);  /* NULL and *err on bad text */
void ir_check(const struct func *f, const char *after);          /* panics with the pass's name on a malformed function */

/* ---- elf.c: a checked ELF image ---- */
struct segment { u32 addr, memsz; u32 offset, filesz; u8 flags; };      /* PF_R PF_W PF_X */
struct symbol { u32 addr, size; const char *name; u8 type, bind; bool dynamic; };
struct section { u32 addr, size; u32 type; u64 flags; const char *name; };     /* SHF_ALLOC ones, sorted by address */
struct elf {
	struct arena *arena;
	const char *path;
	const u8 *bytes;                                         /* the file, read-only mapped; only elf.c touches it */
	size_t size;
	u16 type;                                                /* ET_EXEC or ET_DYN */
	u32 entry;
	u32 lo, hi;                                              /* link address range of the PT_LOAD segments */
	u32 nseg, nsym;
	struct segment *seg;
	struct symbol *sym;                                      /* sorted by address, functions before others */
	u32 nsec;                                                /* 0 when the section headers were stripped */
	struct section *sec;
	u32 relro, relro_size;                                   /* PT_GNU_RELRO: read-only once relocated */
	u32 init, fini;                                          /* DT_INIT, DT_FINI or 0 */
	const char *interp;                                      /* PT_INTERP or NULL */
	u8 hash[32];                                             /* SHA-256 of the file */
	u32 nreloc;
	u32 *reloc_addr;                                         /* where relocations store, ascending */
	u32 *reloc_target;                                       /* and the link-time value they store or refer to */
	u32 nimport;
	struct { u32 slot; const char *name; } *import;          /* pointers that relocations fill with functions of other files */
	u32 nbound;
	struct bound { u32 slot, target; } *bound;               /* pointers that get functions of this file, unless another file's are preferred;
	                                                            sorted by slot */
	/* named sections that discovery reads, by section header if there is one, else by program header/dynamic tags */
	struct { u32 addr, size; } eh_frame, eh_frame_hdr, init_array, fini_array, plt, gopclntab, lsda;
};
struct elf *elf_open(struct arena *a, const char *path);         /* die()s with a clear sentence on anything wrong */
void elf_close(struct elf *e);
/* the function of this file that the pointer at slot gets, or 0 */
u32 elf_bound(const struct elf *e, u32 slot);
/* the one bounded reader: copies min(n, what is mapped from the file) bytes at a link address, returns the count */
size_t elf_read(const struct elf *e, u32 addr, void *buf, size_t n);
/* sha256.c */
void sha256(const void *bytes, size_t n, u8 digest[32]);
const struct segment *elf_segment(const struct elf *e, u32 addr);
const char *elf_symbol(const struct elf *e, u32 addr, u32 *offset);   /* function symbol at or before addr, or NULL */

/* ---- discover.c, jumptable.c: which bytes are code ---- */
enum code_kind {                                                 /* how a block of code ends */
	CODE_FALL, CODE_JMP, CODE_BR, CODE_SWITCH, CODE_CALL, CODE_CALLIND, CODE_TAIL, CODE_TAILIND, CODE_RET,
	CODE_SYSCALL, CODE_TRAP,
	CODE_BAD                                                 /* bytes that do not decode: the interpreter's business */
};
/*
 * A recovered jump table: the value of index when the instruction at load_pc is about to execute (that instruction may itself be the
 * load, the jump or an earlier lea or shl of the same block) is the entry number; the block ends in the indirect jump. Values >= n take
 * the indirect jump as written.
 *
 * load_pc 0: the jump's address comes from several places. The targets, ascending, are the likely ones; compare the address with them.
 */
struct jumptable {
	u32 load_pc;
	ZydisRegister index;                                     /* 64-bit register */
	u8 index_width;                                          /* 4 or 8: significant bytes of that register */
	u32 table, stride;                                       /* for the report */
	u32 n;
	u32 *target;
};
/*
 * Successors are target (JMP, BR), end (FALL, BR, and behind CALL, CALLIND, SYSCALL) and the table's targets. One that is not the start
 * of a block of the same function leaves it: lift makes that edge a TERM_TAIL to the address, whether or not a function starts there.
 */
struct code_blk {
	u32 pc, end;
	u8 kind;                                                 /* enum code_kind */
	bool noreturn;                                           /* CALL, CALLIND: nothing is expected behind it */
	u32 target;                                              /* JMP BR CALL TAIL: destination */
	struct jumptable *table;                                 /* SWITCH */
};
struct code_func {
	u32 pc, end;                                             /* entry, and the end of its last own byte */
	const char *name;
	u32 nblk;
	struct code_blk *blk;                                    /* [0] starts at pc; the others sorted by pc */
	bool address_taken;                                      /* reachable otherwise than by direct calls and jumps */
};
enum miss_cause { MISS_JUMP, MISS_DATA, MISS_DEAD, NMISS };     /* beside an unresolved jump; does not decode; nothing leads there */
struct miss {
	u32 pc, size;
	enum miss_cause cause;
};
struct code {
	struct elf *elf;
	u32 nfunc;
	struct code_func *func;                                  /* sorted by pc */
	u32 unresolved_jumps;                                    /* indirect jumps without a table that are no tail calls by shape */
	u32 *unresolved;                                         /* where they are */
	u64 text_bytes, covered_bytes;                           /* of executable sections; of FDE ranges that are in some block */
	u64 fde_bytes, fde_covered;                              /* of functions that the file lists: FDEs, Go's table */
	u32 listed, listed_found;                                /* such functions, and those whose first instruction is in some block */
	u32 symbols, symbols_found;                              /* the same of function symbols (one per address) */
	u32 nmiss;
	struct miss *miss;                                       /* listed bytes in no block, padding left out */
	u64 skipped_bytes;                                       /* found, but left out: code for CPU features that CPUID does not report */
	u32 ninsn;
};
struct code *discover(struct arena *a, struct elf *e, u32 cpu_level);    /* code beyond x86-64-v<level> is left out */

/* ---- lift/: x86 to IR ---- */
/*
 * Where the lifter gets bytes and control flow. Ahead of time: elf_read and the blocks of a code_func. In the engine:
 * guest memory and a single block, so every branch leaves the function.
 */
struct lift_source {
	size_t (*read)(void *ctx, u32 pc, void *buf, size_t n);
	void *ctx;
	bool precise;                                            /* guards before every access to guest memory */
	bool exact;                                              /* floating point obeys MXCSR */
};
/* One function: IR block i is code block i; lift may append blocks for instructions that branch internally. */
struct func *lift_func(struct arena *a, const struct lift_source *src, const struct code_func *cf);
/* One basic block from pc, at most max instructions (interp). Successors: TERM_TAIL/TERM_LEAVE with link addresses. */
/* It also ends at an instruction at stop or behind. */
struct func *lift_block(struct arena *a, const struct lift_source *src, u32 pc, u32 max, u32 stop);
/* true if x86.def has a row that accepts this instruction */
bool lift_known(const struct insn *in);
u32 lift_level(const struct insn *in);                           /* the x86-64-v level that has it; 4: none that we report */
/* cpulevel.c */
#define CPU_LEVEL 2                                              /* --cpu when nothing is said */
u32 cpu_level_parse(const char *text);                           /* "v1".."v3"; dies on another */
const char *cpu_level_options(u32 level);                        /* the level's part of the cache key; "" for the default */

/* ---- opt/: passes, each void pass(struct func *f); the table with letters is in opt/passes.c ---- */
struct summaries;                                                /* what callers know of callees: opt/opt.h, opt/summaries.c; may be NULL */
void opt_run(struct func *f, const struct summaries *s);         /* all passes in order, checker in between */
void opt_interp(struct func *f);                                 /* the cheap subset the interpreter wants */

/* ---- emit/: IR to WebAssembly, the only users of Binaryen ---- */
struct options;
/* ---- compile.c: the pipeline over a whole file; see there ---- */

#endif
