/*
 * names.c - names of wasm functions: the guest's, made unique with the address where two functions share one.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <stdlib.h>
#include <string.h>

struct name { const char *text; u32 index; };

static int
by_text(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int d = strcmp(x->text, y->text);

	return d ? d : x->index < y->index ? -1 : x->index > y->index;
}

/* The module's own functions hold a dot behind a lower-case word ("engine.poll", "lock.add32"), so a guest's name may not. */
static bool
clean(const char *s)
{
	return *s && strncmp(s, "engine.", 7) && strncmp(s, "lock.", 5);
}

void
emit_names(struct emit *e, const char *const *guest)
{
	struct name *v = arena_alloc(&e->arena, (e->nfunc + 1) * sizeof *v);

	for (u32 i = 0; i < e->nfunc; i++)
		v[i] = (struct name){ guest[i], i };
	qsort(v, e->nfunc, sizeof *v, by_text);
	for (u32 i = 0; i < e->nfunc; i++) {
		bool same = (i && !strcmp(v[i].text, v[i - 1].text)) ||
			(i + 1 < e->nfunc && !strcmp(v[i].text, v[i + 1].text));
		if (same || !clean(v[i].text))
			e->name[v[i].index] = arena_printf(&e->arena, "%s@%x", v[i].text, e->pc[v[i].index]);
		else
			e->name[v[i].index] = arena_printf(&e->arena, "%s", v[i].text);
	}
}

u32
emit_find(const struct emit *e, u32 pc)
{
	u32 lo = 0, hi = e->nfunc;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		if (e->pc[mid] < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < e->nfunc && e->pc[lo] == pc ? lo : NONE;
}
