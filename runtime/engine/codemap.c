/*
 * codemap.c - from a guest address to compiled code. One struct codemap per attached file, placed and filled by the
 * kernel (include/door.h); here is only a small array of them, sorted by address. Guest text of an attached file is not
 * writable: the kernel detaches before that changes, so code inside a map needs no check against rewriting.
 */
#include <string.h>
#include "engine.h"

enum { MAPS_MAX = 512 };

static struct codemap *maps[MAPS_MAX];
static u32 nmap;
static struct codemap *last;
u32 codemap_generation = 1;

/* Every slot gets a pc that belongs into another one, so that nothing matches. */
static void
targets_clear(void)
{
	u64 *target = GUEST(u64, TARGETS_ADDR);

	memset(target, 0, TARGETS_COUNT * sizeof(*target));
	target[0] = 4ull << 32;
}

static void
codemap_changed(void)
{
	targets_clear();
	last = NULL;
	codemap_generation++;
}

void
attach(struct codemap *m)
{
	u32 i;

	if (nmap == MAPS_MAX || m->hi <= m->lo)
		return;                 /* its code is interpreted */
	for (i = nmap; i > 0 && maps[i - 1]->lo > m->lo; i--)
		maps[i] = maps[i - 1];
	maps[i] = m;
	nmap++;
	codemap_changed();
}

void
detach(struct codemap *m)
{
	for (u32 i = 0; i < nmap; i++) {
		if (maps[i] != m)
			continue;
		memmove(&maps[i], &maps[i + 1], (nmap - i - 1) * sizeof(maps[0]));
		nmap--;
		break;
	}
	codemap_changed();
}

void
exact_begin(void)
{
	engine_config.exact = 1;
	codemap_changed();
}

void
exact_attach(struct codemap *m, u32 exact)
{
	m->exact = exact;
	codemap_changed();
}

struct codemap *
codemap_of(u32 pc)
{
	u32 lo = 0, hi = nmap;

	if (last && pc >= last->lo && pc < last->hi)
		return last;
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (maps[mid]->lo <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || pc >= maps[lo - 1]->hi)
		return NULL;
	last = maps[lo - 1];
	return last;
}

/* Index of the first entry at link address pc or above in a sorted array. */
static u32
entry_from(const struct codemap_entry *e, u32 n, u32 pc)
{
	u32 lo = 0, hi = n;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (e[mid].pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Slot of the entry at link address pc, or -1: there is none, or it must not be entered now. */
static i64
entry_find(u32 array, u32 n, u32 pc)
{
	const struct codemap_entry *e = GUEST(const struct codemap_entry, array);
	u32 i = entry_from(e, n, pc);

	if (i == n || e[i].pc != pc || (engine_config.exact && e[i].index & CODEMAP_FLOATS))
		return -1;
	return e[i].index & ~CODEMAP_FLOATS;
}

static u32
entry_behind(u32 array, u32 n, u32 pc)
{
	const struct codemap_entry *e = GUEST(const struct codemap_entry, array);
	u32 i = entry_from(e, n, pc + 1);

	return i < n ? e[i].pc : 0xffffffff;
}

/* The functions of the file that run with exact floats, if there are any. */
static struct codemap *
exact_map(const struct codemap *m)
{
	return m && engine_config.exact && m->exact ? GUEST(struct codemap, m->exact) : NULL;
}

static u32
next_in(const struct codemap *m, u32 pc)
{
	u32 at = entry_behind(m->func, m->nfunc, pc - m->bias), next = 0xffffffff;

	if (at != next)
		next = at + m->bias;
	if (m->nresume && m->resume_loaded <= 1) {
		at = entry_behind(m->resume, m->nresume, pc - m->bias);
		if (at != 0xffffffff && at + m->bias < next)
			next = at + m->bias;
	}
	return next;
}

/* First entry behind pc in the same map, so that a block that flows over it ends there; 0xffffffff: none. */
u32
codemap_next(u32 pc)
{
	struct codemap *m = codemap_of(pc), *exact = exact_map(m);
	u32 next = 0xffffffff, other;

	if (!m || engine_config.interpret_only)
		return next;
	next = next_in(m, pc);
	if (exact && (other = next_in(exact, pc)) < next)
		next = other;
	return next;
}

static bool
find_in(struct codemap *m, u32 pc, struct entry *e)
{
	i64 index = entry_find(m->func, m->nfunc, pc - m->bias);

	e->map = m;
	if (index >= 0) {
		e->kind = ENTRY_FUNC;
		e->slot = m->table_base + (u32)index;
		return true;
	}
	if (!m->nresume || m->resume_loaded > 1)
		return false;
	index = entry_find(m->resume, m->nresume, pc - m->bias);
	if (index < 0)
		return false;
	e->kind = ENTRY_RESUME;
	e->slot = m->resume_base + (u32)index;
	return true;
}

struct entry
codemap_find(u32 pc)
{
	struct codemap *m = codemap_of(pc), *exact = exact_map(m);
	struct entry e = { .kind = ENTRY_NONE };

	if (m && !find_in(m, pc, &e) && exact && !find_in(exact, pc, &e))
		e.map = m;
	return e;
}
