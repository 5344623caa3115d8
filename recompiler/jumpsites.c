/*
 * jumpsites.c - indirect jumps that several ways lead to, each with a table load of its own: compilers merge the tails of computed
 * gotos ("jmp *%rax" once, the loads everywhere). From the join backwards all ways are followed to where the jump's register
 * gets its value, and the targets found there are collected. The result only says what is likely: the code compares addresses.
 */
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { STATES_MAX = 20000, TARGETS_MAX = 16384 };

struct search {
	struct disc *d;
	u32 jump;
	bool unbounded;
	struct vec pc, reg;              /* places still to look behind, and the register asked for there */
	struct pcmap seen;               /* key() of the instructions passed */
	struct vec target;
};

static u32
key(const struct search *s, u32 pc, u32 reg)
{
	return (pc - s->d->lo) * 16 + reg + 1;
}

/* The instruction at pc writes reg, and that value may arrive at the jump. */
static void
add_def(struct search *s, u32 pc, u32 reg)
{
	struct symstate st;
	struct path p;
	struct insn in;
	struct symval v;

	run_path(s->d, pc, &st, &p);
	if (!read_insn(s->d, pc, &in))
		return;
	symstate_step(&st, &in, pc + in.z.length);
	v = st.reg[reg];
	if (v.kind == SYM_UNKNOWN && v.origin && st.join) {
		vec_push(&s->pc, st.join);
		vec_push(&s->reg, v.origin - 1u);
	} else if (v.kind == SYM_CONST && v.c <= UINT32_MAX && is_text(s->d, (u32)v.c))
		vec_push(&s->target, (u32)v.c);
	else
		table_targets(s->d, s->jump, &v, s->unbounded, &s->target);
}

static void
follow_ways(struct search *s)
{
	const struct disc *d = s->d;
	u32 pred[WAYS_MAX];

	for (u32 done = 0; done < s->pc.n && done < STATES_MAX && s->target.n < TARGETS_MAX; done++) {
		u32 at = s->pc.v[done], reg = s->reg.v[done], n = predecessors(d, at, pred, WAYS_MAX);

		for (u32 i = 0; i < n && i < WAYS_MAX; i++) {
			u32 k = key(s, pred[i], reg);

			if (pcmap_get(&s->seen, k))
				continue;
			pcmap_put(&s->seen, k, 1);
			if (d->defs[pred[i] - d->lo] >> reg & 1) {
				add_def(s, pred[i], reg);
				continue;
			}
			vec_push(&s->pc, pred[i]);
			vec_push(&s->reg, reg);
		}
	}
}

struct jumptable *
jumpsites_find(struct disc *d, u32 pc, u32 join, u32 reg, bool unbounded)
{
	struct search s = { .d = d, .jump = pc, .unbounded = unbounded };

	s.pc.arena = s.reg.arena = s.target.arena = s.seen.arena = &d->tmp;
	vec_push(&s.pc, join);
	vec_push(&s.reg, reg);
	follow_ways(&s);
	return jumptable_likely(d, &s.target);
}
