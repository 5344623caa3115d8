/* frame.h - what frame.c finds out for summaries.c. */
#ifndef FRAME_H
#define FRAME_H

#include "opt.h"

#define FRAME_REGS 6
#define FRAME_SAVED (VARBIT(VAR_RBX) | VARBIT(VAR_RBP) | VARBIT(VAR_R12) | VARBIT(VAR_R13) | VARBIT(VAR_R14) | VARBIT(VAR_R15))

struct frame_facts {
	varset keeps;            /* at every way out as at the entry, if the callees keep it */
	varset restores;         /* the same whatever callees do, those jumped to excepted */
	varset needs;            /* the other facts hold only if callees keep these */
	bool balanced;           /* every return and jump out has the rsp it should have */
};
/* scan: callees are unknown and assumed to keep what needs says; else marks the terminators whose rsp is not proven */
void frame_analyse(struct func *f, const struct opt *o, bool scan, struct frame_facts *facts);

#endif
