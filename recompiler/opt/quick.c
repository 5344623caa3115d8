/*
 * quick.c - the cheap passes the interpreter wants for its short blocks. Part of the engine, with forward.c deadsets.c dce.c fold.c
 * algebra.c constants.c vars.c summaries.c and cfg.c.
 */
#include "opt.h"

void
opt_interp(struct func *f)
{
	struct opt o = { .arena = f->arena };

	opt_forward(f, &o);
	opt_fold(f, &o);
	opt_deadsets(f, &o);
	opt_dce(f, &o);
}
