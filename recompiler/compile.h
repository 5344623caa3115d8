/* compile.h - the pipeline over a whole ELF file (compile.c), for the commands that use it. */
#ifndef COMPILE_H
#define COMPILE_H

#include "recompiler.h"

struct compile_options {
	u32 optimize;                            /* of emit/ */
	u32 threads;                             /* 0: one per processor */
	u32 cpu_level;
	bool no_names, no_summaries;
	bool precise;                            /* --precise-faults */
	bool exact;                              /* --exact-floats: only the functions that obey MXCSR or reach such ones */
	int progress;                            /* descriptor for a line that shows it, or -1 */
};
struct unknown { const char *mnemonic; u32 count; };
struct compiled {
	u8 *code, *resume;                       /* malloc'ed wasm; resume may be NULL */
	size_t ncode, nresume;
	u32 functions, resumable, loop_entries, instructions, unresolved_jumps;
	u64 text_bytes, covered_bytes;
	u32 nunknown;
	struct unknown *unknown;                 /* most frequent first */
	u32 nrefused;
	struct { const char *name; u32 pc; const char *why; } *refused;
	double seconds_discover, seconds_lift, seconds_emit, seconds_finish;    /* wall time */
};
/* Memory of the result other than the wasm belongs to the arena. */
void compile(struct arena *a, struct elf *e, const struct compile_options *o, struct compiled *out);
void compile_report(const struct compiled *c, const char *path, char **text, size_t *len);  /* JSON, malloc'ed */
char *compile_key(const struct elf *e, const char *options, char key[65]);      /* name in the cache, docs/abi.md; returns key */

#endif
