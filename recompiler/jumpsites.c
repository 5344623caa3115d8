/*
 * jumpsites.c - indirect jumps that several ways lead to, each with a table load of its own: compilers merge the tails of computed
 * gotos ("jmp *%rax" once, the loads everywhere). From the join backwards all ways are followed to where the jump's register
 * gets its value. There stands a load from a table, a constant, or something unknown, which chooses the jump as written.
 *
 * The last site that was executed must be the one whose value arrives. So no site may lie on a way between another site and the jump, except
 * those that choose the jump as written, which is always right. Such a one also stands where control may come from outside.
 */
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { STATES_MAX = 20000, SITES_MAX = 1024 };

struct search {
	struct disc *d;
	u32 jump;
	bool unbounded;
	struct vec pc, reg;              /* places still to look behind, and the register asked for there */
	struct pcmap seen;               /* key(): passed on a way from a site to the jump */
	struct vec sites;                /* pc, index register or NONE, first, n */
	struct pcmap defs;               /* key(): has its site */
	struct vec target;
};

static u32
key(const struct search *s, u32 pc, u32 reg)
{
	return (pc - s->d->lo) * 16 + reg + 1;
}

static void
add_site(struct search *s, u32 pc, ZydisRegister index, u32 first)
{
	for (u32 i = 0; i < s->sites.n; i += 4)
		if (s->sites.v[i] == pc && s->sites.v[i + 1] == (u32)index) {
			s->target.n = first;             /* two ways through the same load */
			return;
		}
	vec_push(&s->sites, pc);
	vec_push(&s->sites, index);
	vec_push(&s->sites, first);
	vec_push(&s->sites, s->target.n - first);
}

/* The instruction at pc writes reg, and that value arrives at the jump. */
static void
add_def(struct search *s, u32 pc, u32 reg)
{
	struct symstate st;
	struct path p;
	struct insn in;
	struct symval v = { .kind = SYM_UNKNOWN };
	u32 first = s->target.n;

	run_path(s->d, pc, &st, &p);
	if (read_insn(s->d, pc, &in)) {
		symstate_step(&st, &in, pc + in.z.length);
		v = st.reg[reg];
	}
	if (v.kind == SYM_UNKNOWN && v.origin && st.join) {
		for (u32 i = 0; i < p.certain; i++)
			pcmap_put(&s->seen, key(s, p.pc[i], reg), 1);
		vec_push(&s->pc, st.join);
		vec_push(&s->reg, v.origin - 1u);
	} else if (v.kind == SYM_CONST && is_text(s->d, (u32)v.c) && v.c <= UINT32_MAX) {
		vec_push(&s->target, (u32)v.c);
		add_site(s, pc, ZYDIS_REGISTER_NONE, first);
	} else if (table_targets(s->d, s->jump, &v, s->unbounded, &s->target)) {
		for (u32 i = 0; i < p.n && p.pc[i] != v.pc; i++)
			pcmap_put(&s->seen, key(s, p.pc[i], reg), 1);
		add_site(s, v.pc, ZYDIS_REGISTER_RAX + v.reg, first);
	} else
		add_site(s, pc, ZYDIS_REGISTER_NONE, first);
}

static bool
follow_ways(struct search *s)
{
	const struct disc *d = s->d;
	u32 pred[WAYS_MAX];

	for (u32 done = 0; done < s->pc.n; done++) {
		u32 at = s->pc.v[done], reg = s->reg.v[done], n = predecessors(d, at, pred, WAYS_MAX);

		if (done > STATES_MAX || s->sites.n > 4 * SITES_MAX || n > WAYS_MAX)
			return false;
		if (is_entry(d, at) || (!n && !is_dead(d, at))) {
			add_site(s, at, ZYDIS_REGISTER_NONE, s->target.n);
			continue;
		}
		for (u32 i = 0; i < n; i++) {
			u32 k = key(s, pred[i], reg);

			if (d->defs[pred[i] - d->lo] >> reg & 1) {
				if (!pcmap_get(&s->defs, k)) {
					pcmap_put(&s->defs, k, 1);
					add_def(s, pred[i], reg);
				}
			} else if (!pcmap_get(&s->seen, k)) {
				pcmap_put(&s->seen, k, 1);
				vec_push(&s->pc, pred[i]);
				vec_push(&s->reg, reg);
			}
		}
	}
	return true;
}

static bool
sites_apart(const struct search *s)
{
	for (u32 i = 0; i < s->sites.n; i += 4)
		for (u32 reg = 0; reg < 16; reg++)
			if (s->sites.v[i + 3] && pcmap_get(&s->seen, key(s, s->sites.v[i], reg)))
				return false;
	return true;
}

static struct jumptable *
make_table(struct search *s)
{
	struct jumptable *t = arena_alloc(s->d->arena, sizeof *t);

	t->n = s->target.n;
	t->target = arena_alloc(s->d->arena, t->n * sizeof *t->target);
	memcpy(t->target, s->target.v, t->n * sizeof *t->target);
	t->nsite = s->sites.n / 4;
	t->site = arena_alloc(s->d->arena, t->nsite * sizeof *t->site);
	for (u32 i = 0; i < t->nsite; i++) {
		const u32 *v = s->sites.v + 4 * i;

		t->site[i] = (struct jumpsite){ .pc = v[0], .index = (ZydisRegister)v[1], .first = v[2], .n = v[3] };
	}
	return t;
}

struct jumptable *
jumpsites_find(struct disc *d, u32 pc, u32 join, u32 reg, bool unbounded)
{
	struct search s = { .d = d, .jump = pc, .unbounded = unbounded };
	struct path p;

	s.pc.arena = s.reg.arena = s.sites.arena = s.target.arena = &d->tmp;
	s.seen.arena = s.defs.arena = &d->tmp;
	walk_back(d, pc, &p);
	for (u32 i = 0; i < p.certain; i++)
		pcmap_put(&s.seen, key(&s, p.pc[i], reg), 1);
	vec_push(&s.pc, join);
	vec_push(&s.reg, reg);
	if (!follow_ways(&s) || !s.target.n || !sites_apart(&s))
		return NULL;
	return make_table(&s);
}
