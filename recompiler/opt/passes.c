/*
 * passes.c - the passes in their order, each with the letter that dumps the function after it. The checker runs in between.
 */
#include "opt.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pass {
	char letter;                     /* of the dump; a pass that runs twice has a second row */
	const char *name;
	void (*run)(struct func *f, const struct opt *o);
};
static const struct pass passes[] = {
	{ 'i', "inline", opt_inline },
	{ 'p', "polls", opt_polls },
	{ 'q', "wanted", opt_wanted },
	{ 'g', "switches", opt_switches },
	{ 'w', "forward", opt_forward },
	{ 'd', "deadsets", opt_deadsets },
	{ 'f', "flags", opt_flags },
	{ 'v', "forward", opt_forward },
	{ 'o', "fold", opt_fold },
	{ 'b', "bounds", opt_bounds },
	{ 'c', "frame", opt_frame },
	{ 'V', "forward", opt_forward },
	{ 'Q', "fold", opt_fold },
	{ 'D', "deadsets", opt_deadsets },
	{ 'e', "dce", opt_dce },
	{ 'G', "guards", opt_guards },
	{ 'n', "counted", opt_counted },
	{ 's', "stack", opt_stack },
	{ 'O', "fold", opt_fold },
	{ 'E', "dce", opt_dce },
	{ 'x', "xmm", opt_xmm },
	{ 'y', "forward", opt_forward },
	{ 'z', "fold", opt_fold },
	{ 'Z', "deadsets", opt_deadsets },
	{ 'Y', "dce", opt_dce },
	{ 'N', "narrow", opt_narrow },
	{ 'h', "preheaders", opt_preheaders },
	{ 'R', "regcache", opt_regcache },
};
#define NPASS (sizeof passes / sizeof *passes)

static const char *dump_letters = "";
static u32 dump_pc;

void
opt_dump(const char *letters, u32 pc)
{
	dump_letters = letters;
	dump_pc = pc;
}

static void
dump(const struct func *f, char letter, const char *name)
{
	char *buf;
	size_t len;

	if (!strchr(dump_letters, letter) && !strchr(dump_letters, '*'))
		return;
	if (dump_pc && dump_pc != f->pc)
		return;
	ir_print(f, &buf, &len);
	fprintf(stderr, "# %s after %s\n", f->name, name);
	fwrite(buf, 1, len, stderr);
	free(buf);
}

void
opt_run(struct func *f, const struct summaries *s)
{
	struct opt o = { .sums = s, .arena = f->arena };

	ir_check(f, "lift");
	dump(f, 'L', "lift");
	for (u32 i = 0; i < NPASS; i++) {
		passes[i].run(f, &o);
		ir_check(f, passes[i].name);
		dump(f, passes[i].letter, passes[i].name);
	}
}

bool
opt_run_one(struct func *f, const struct summaries *s, const char *name)
{
	struct opt o = { .sums = s, .arena = f->arena };

	for (u32 i = 0; i < NPASS; i++) {
		if (!strcmp(passes[i].name, name)) {
			passes[i].run(f, &o);
			ir_check(f, name);
			return true;
		}
	}
	return false;
}

const char *
opt_pass_names(char *buf, size_t size)
{
	size_t n = 0;

	n += snprintf(buf, size, "L lift");
	for (u32 i = 0; i < NPASS && n < size; i++)
		n += snprintf(buf + n, size - n, ", %c %s", passes[i].letter, passes[i].name);
	return buf;
}
