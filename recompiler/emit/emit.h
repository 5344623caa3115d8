/*
 * emit.h - what the files of emit/ share. A module is built by one thread, function by function in address order, so that its bytes are
 * deterministic. Only files of this folder know Binaryen; the rest of the recompiler uses emit_*() of the first group.
 */
#ifndef EMIT_H
#define EMIT_H

#include "../recompiler.h"

/* ---- module.c: for compile.c ---- */
struct emit_options {
	bool dyn;                        /* ET_DYN: addresses are relative to the imported global env.base */
	u32 optimize;                    /* 0 none, 1 the passes that pay (default), 2 more */
	bool no_names;
	bool exact;                      /* floats obey MXCSR: no function is marked */
};
struct emit_stats {
	u32 functions, resumable, loop_entries;
	u64 wasm_bytes, resume_bytes;
};
struct emit;
/* pcs, names: link addresses and guest names of the functions that emit_func() will get, sorted, in that order; they must outlive the module */
struct emit *emit_new(const struct emit_options *o, u32 nfunc, const u32 *pcs, const char *const *names);
/* Emits functions in order. Returns NULL, or why the function is left to the interpreter (too large for a wasm engine). */
const char *emit_func(struct emit *e, const struct func *f);
/* Runs the passes and serialises: malloc'ed bytes; *resume is NULL if there is no resume copy. */
void emit_finish(struct emit *e, u8 **code, size_t *ncode, u8 **resume, size_t *nresume, struct emit_stats *st);

#ifdef EMIT_INTERNAL
#include <binaryen-c.h>

typedef BinaryenExpressionRef expr;

/* A growing list of statements. */
struct list {
	expr *v;
	u32 n, cap;
	u32 jump;                        /* 1 + number of the node that the last statement jumps forward to; 0: it does not */
};

/* One wasm module under construction. */
struct module {
	struct emit *e;
	BinaryenModuleRef m;
	bool resume;
	bool helper_used[NHELPER];
	bool lock_used[8][4];            /* lockops.c: [operation][log2 size] */
	bool indirect_used;              /* indirect.c */
	bool *imported;                  /* resume.wasm: functions of code.wasm that it calls, by index */
	u32 nslot, slotcap;              /* functions with table slots, in slot order */
	const char **slot;
};

struct emit {
	struct emit_options o;
	struct module code, resume;
	struct arena arena;
	u32 nfunc;
	const u32 *pc;                   /* of every function of the file */
	const char **name;               /* wasm name of each */
	bool *refused;
	bool *floats;                    /* floatmarks.c */
	u32 nedge, edgecap;              /* direct calls, by function index */
	struct { u32 from, to; } *edge;
	u32 next;                        /* index of the function that comes next */
	u32 nentry, entrycap;            /* loop headers: pc and slot of the resume copy */
	struct { u32 pc, slot, from; } *entry;   /* from: index of its function */
};

/* graph.c: the control flow that structure.c renders. */
enum node_kind {
	NODE_BLOCK,                      /* an IR block and its terminator */
	NODE_ENTRY,                      /* where the function starts; in a resume copy: to the loop header that rip names */
	NODE_LABEL,                      /* sets the label variable to value, or arrives */
	NODE_DISPATCH,                   /* switches on the label variable: succ[label - value] */
	NODE_FETCH,                      /* fetches variables, on the way to an entry */
	NODE_RESUME                      /* at a loop header of a resume copy: succ[0], or succ[resume - value + 1] while entering */
};
struct node {
	u8 kind;
	bool header;                     /* of its loop */
	bool merge;                      /* needs a label that forward branches use */
	bool arrives;                    /* NODE_LABEL: the last step to an entry: cpu->resume is 0 again */
	u32 index_var;                   /* NODE_LABEL: sets this temporary, of a switch that begins a loop, to no index; 0: does not */
	bool second;                     /* LABEL, DISPATCH: of the second graph_loops(), which has a label variable of its own */
	u32 blk, value;
	varset live;                     /* NODE_LABEL for an entry, NODE_FETCH: to fetch */
	u32 nsucc;
	u32 *succ;
	u32 npred;
	u32 *pred;
	u32 rpo;                         /* position in reverse post-order; NONE: unreachable */
	u32 idom;
	u32 loop;                        /* innermost loop; NONE */
	u32 parent;                      /* where it is placed: under this node */
	bool after;                      /* placed behind parent's loop instead of inside */
	u32 child, sibling;              /* placement tree, children in reverse post-order */
	u32 size;                        /* nodes in its placement subtree */
	u32 mark, index, low, scc;       /* graph_loops() */
	bool on_stack, way_in;
};
struct loop {
	u32 header, parent, depth;
};
#define NONE 0xffffffffu
struct graph {
	struct arena *arena;
	const struct func *f;
	u32 nnode, nodecap;
	struct node *node;               /* nodes 0..nblk-1 are the blocks, nblk is the entry */
	u32 entry;
	u32 nloop, loopcap;
	struct loop *loop;
	u32 norder;
	u32 *order;                      /* reverse post-order */
	u32 nlabel;                      /* values of the label variable used so far */
	u32 passes;                      /* of graph_loops() so far */
	u32 stamp;
	bool tests;                      /* there are NODE_RESUMEs */
	varset *live;                    /* resume_live: variables whose locals are wanted at the top of each block */
};
u32 graph_node(struct graph *g, u8 kind, u32 nsucc);
void graph_build(struct graph *g, struct arena *a, const struct func *f);  /* nodes, entry, reducible loops */
void graph_loops(struct graph *g);           /* finds loops; makes irreducible ones reducible with dispatch nodes */
bool loop_contains(const struct graph *g, u32 loop, u32 inner);
/* order.c */
void graph_order(struct graph *g);           /* reverse post-order, predecessors, dominators, placement */

/* resume.c */
struct entry { u32 blk, pc, value; };
u32 resume_entries(const struct func *f, const struct graph *g, struct entry **out);     /* after graph_loops */
void resume_route(struct graph *g, struct entry *en, u32 n);   /* adds the paths from the entry to the loop headers */
void resume_live(const struct func *f, struct graph *g, struct entry *en, u32 *n);

/* One function under construction. */
struct fe {
	struct emit *e;
	struct module *mod;
	BinaryenModuleRef m;
	const struct func *f;
	struct arena arena;
	struct graph g;
	bool resume;
	bool makes_calls;
	u32 *varlocal;                   /* variable or temporary -> wasm local, 0: none yet */
	u32 nlocal, localcap;            /* local 0 is the cpu pointer */
	u32 nparam;                      /* locals 1..nparam are registers handed over (params.def) */
	BinaryenType *local;
	u32 outcome_local;               /* what the last call returned */
	u32 pc_local, label_local, label2_local, resume_local, rsp0_local, index_local, hit_local, guard_local;   /* 0: none yet */
	struct { u32 *v; u32 n, cap, used; } pool[6];          /* locals for values, per type, free again at the block's end */
	u32 nexit, exitcap;              /* shared ways out: exits.c */
	struct exit_way { varset flush; u8 kind; char name[12]; } **exit;
	struct entry *entries;
	u32 nentries;
	struct val *val;                 /* body.c: per ref of the current block */
	u32 valcap;
	ref *pending;                    /* refs not yet evaluated, oldest first */
	u32 npending;
};

/* body.c: blocks */
void emit_block(struct fe *fe, const struct blk *b, struct list *out);  /* its instructions; the terminator's value stays pending */
expr take(struct fe *fe, const struct blk *b, ref r);                   /* the value of r, once */
expr take_condition(struct fe *fe, const struct blk *b, ref r, bool negate);
/* expr.c: small expressions and locals */
void append(struct list *l, expr x);
expr block_of(struct fe *fe, const char *name, expr *v, u32 n);  /* name: NULL, or what something in it jumps to */
expr seq(struct fe *fe, const char *name, struct list *l);              /* a block of the list's statements; frees the list */
BinaryenType wasm_type(enum type t);
u32 new_local(struct fe *fe, BinaryenType t);
u32 named_local(struct fe *fe, u32 *which, BinaryenType t);             /* allocates *which on first use */
u32 var_local(struct fe *fe, u32 var);
expr get_local(struct fe *fe, u32 local);
expr set_local(struct fe *fe, u32 local, expr x);
expr i32c(struct fe *fe, u32 v);
expr i64c(struct fe *fe, u64 v);
expr address(struct fe *fe, u32 link);                                  /* relocated link address as an i32 */
expr cpu(struct fe *fe);
expr cpu_get(struct fe *fe, enum type t, u32 size, u32 offset);
expr cpu_set(struct fe *fe, enum type t, u32 size, u32 offset, expr x);
expr fetch(struct fe *fe, u32 var);
expr flush(struct fe *fe, u32 var);
void flush_set(struct fe *fe, varset set, struct list *out);            /* in order of variable numbers: scalars after vectors */
expr emit_op(struct fe *fe, const struct ins *in, expr *arg);           /* operators, loads and stores */
/* simd.c */
expr emit_simd(struct fe *fe, const struct ins *in, expr *arg);         /* NULL: not a vector operation */
/* lockops.c */
expr emit_lock(struct fe *fe, const struct ins *in, expr *arg);
void lock_functions(struct module *mod);                                /* the module's functions for the ones used */
/* calls.c */
BinaryenType params_type(void);                                         /* of every function of code.wasm: cpu pointer and params.def */
BinaryenType outcome_type(void);                                        /* what it and resume copies return: pc and rax, see docs/abi.md */
expr return_unwind(struct fe *fe, expr pc);                             /* pc: NULL, or what gives PC_UNWIND */
expr returned_pc(struct fe *fe);                                        /* of the last call */
expr returned_rax(struct fe *fe);
expr set_rip(struct fe *fe, expr pc);
expr call_interpreted(struct fe *fe, varset pass);
expr entry_rsp(struct fe *fe);
void emit_entry_check(struct fe *fe, struct list *out);
void emit_call(struct fe *fe, const struct blk *b, struct list *out);
void emit_leave(struct fe *fe, const struct blk *b, struct list *out);  /* every terminator that leaves the function */
expr call_engine(struct fe *fe, const char *name, expr *arg, u32 n, BinaryenType result);
/* module.c */
enum { MAX_TABLE = 65000 };                                             /* what engines accept as cases of one br_table */
enum { IMPORT_NAME = 24 };
const char *function_import(struct module *mod, u32 n, char name[IMPORT_NAME]);  /* of function n of code.wasm; fills and returns name */
/* indirect.c */
#define INDIRECT "elfport.indirect"
expr find_index(struct fe *fe, struct list *out);                       /* table index for the address in pc_local */
void indirect_functions(struct module *mod);                            /* of code.wasm: calls what cpu->target names, see docs/abi.md */
/* exits.c */
enum exit_kind { EXIT_ELSEWHERE, EXIT_CALL, EXIT_RESULT, EXIT_TRAP, EXIT_POLL };
const char *exit_name(struct fe *fe, varset flush, enum exit_kind kind);        /* label to branch to with pc (or trap kind) in pc_local */
expr exits_wrap(struct fe *fe, expr body);                              /* the function's body with the shared exits behind it */
void emit_trapif(struct fe *fe, const struct ins *in, expr cond, struct list *out);
void emit_expect(struct fe *fe, const struct ins *in, expr pc, expr want, struct list *out);
void emit_guard(struct fe *fe, const struct ins *in, expr at, struct list *out);
void emit_poll(struct fe *fe, const struct ins *in, struct list *out);
/* structure.c */
expr structure(struct fe *fe);
/* tuples.c */
size_t tuples_tidy(u8 *module, size_t n);                               /* makes a module smaller in its place; returns its size */
/* floatmarks.c */
void marks_call(struct emit *e, u32 n);
void marks_solve(struct emit *e);
/* names.c */
void emit_names(struct emit *e, const char *const *guest);              /* unique wasm names of all functions */
u32 emit_find(const struct emit *e, u32 pc);                            /* index of the function at pc, or NONE */
#endif
#endif
