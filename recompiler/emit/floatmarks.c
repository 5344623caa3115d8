/*
 * floatmarks.c - which functions cannot run as compiled once a process has turned to exact floats (docs/float.md): those with floating point, and
 * those that reach one of them by a direct call, which the engine does not see. They are marked in the code map.
 */
#define EMIT_INTERNAL
#include "emit.h"

/* the function that is being emitted calls function n directly */
void
marks_call(struct emit *e, u32 n)
{
	if (e->nedge && e->edge[e->nedge - 1].from == e->next && e->edge[e->nedge - 1].to == n)
		return;
	if (e->nedge == e->edgecap) {
		u32 cap = e->edgecap ? 2 * e->edgecap : 1024;
		e->edge = arena_grow(&e->arena, e->edge, e->nedge * sizeof *e->edge, cap * sizeof *e->edge);
		e->edgecap = cap;
	}
	e->edge[e->nedge].from = e->next;
	e->edge[e->nedge++].to = n;
}

/* e->floats of callers follows that of callees */
void
marks_solve(struct emit *e)
{
	u32 *first = arena_alloc(&e->arena, (e->nfunc + 2) * sizeof *first);
	u32 *caller = arena_alloc(&e->arena, (e->nedge + 1) * sizeof *caller);
	u32 *work = arena_alloc(&e->arena, (e->nfunc + 1) * sizeof *work), n = 0;

	for (u32 i = 0; i < e->nedge; i++)
		first[e->edge[i].to + 2]++;
	for (u32 i = 2; i < e->nfunc + 2; i++)
		first[i] += first[i - 1];
	for (u32 i = 0; i < e->nedge; i++)
		caller[first[e->edge[i].to + 1]++] = e->edge[i].from;
	for (u32 i = 0; i < e->nfunc; i++)
		if (e->floats[i])
			work[n++] = i;
	while (n > 0) {
		u32 i = work[--n];

		for (u32 k = first[i]; k < first[i + 1]; k++) {
			if (e->floats[caller[k]])
				continue;
			e->floats[caller[k]] = true;
			work[n++] = caller[k];
		}
	}
}
