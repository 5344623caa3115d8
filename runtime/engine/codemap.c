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
	target[0] = 4;
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

/* Slot of the entry at link address pc, or -1. */
static i64
entry_find(u32 array, u32 n, u32 pc)
{
	const struct codemap_entry *e = GUEST(const struct codemap_entry, array);
	u32 i = entry_from(e, n, pc);

	return i < n && e[i].pc == pc ? (i64)e[i].index : -1;
}

static u32
entry_behind(u32 array, u32 n, u32 pc)
{
	const struct codemap_entry *e = GUEST(const struct codemap_entry, array);
	u32 i = entry_from(e, n, pc + 1);

	return i < n ? e[i].pc : 0xffffffff;
}

/* First entry behind pc in the same map, so that a block that flows over it ends there; 0xffffffff: none. */
u32
codemap_next(u32 pc)
{
	struct codemap *m = codemap_of(pc);
	u32 at, next = 0xffffffff;

	if (!m || engine_config.interpret_only)
		return next;
	at = entry_behind(m->func, m->nfunc, pc - m->bias);
	if (at != next)
		next = at + m->bias;
	if (m->nresume && m->resume_loaded <= 1) {
		at = entry_behind(m->resume, m->nresume, pc - m->bias);
		if (at != 0xffffffff && at + m->bias < next)
			next = at + m->bias;
	}
	return next;
}

struct entry
codemap_find(u32 pc)
{
	struct entry e = { .kind = ENTRY_NONE, .map = codemap_of(pc) };
	i64 index;

	if (!e.map)
		return e;
	index = entry_find(e.map->func, e.map->nfunc, pc - e.map->bias);
	if (index >= 0) {
		e.kind = ENTRY_FUNC;
		e.slot = e.map->table_base + (u32)index;
		return e;
	}
	if (!e.map->nresume || e.map->resume_loaded > 1)
		return e;
	index = entry_find(e.map->resume, e.map->nresume, pc - e.map->bias);
	if (index >= 0) {
		e.kind = ENTRY_RESUME;
		e.slot = e.map->resume_base + (u32)index;
	}
	return e;
}
