/* pcmap.c - hash tables from addresses to numbers, and growing arrays of numbers, both in an arena. */
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"

static u32
slot(const struct pcmap *m, u32 key)
{
	u32 i = (key * 0x9e3779b1u) >> 7 & (m->cap - 1);

	while (m->key[i] && m->key[i] != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

u32
pcmap_get(const struct pcmap *m, u32 key)
{
	return m->cap ? m->val[slot(m, key)] : 0;
}

void
pcmap_put(struct pcmap *m, u32 key, u32 val)
{
	struct pcmap old = *m;
	u32 i;

	if (m->n * 2 >= m->cap) {
		m->cap = old.cap ? old.cap * 2 : 1024;
		m->key = arena_alloc(m->arena, m->cap * sizeof(u32));
		m->val = arena_alloc(m->arena, m->cap * sizeof(u32));
		for (u32 j = 0; j < old.cap; j++) {
			if (!old.key[j])
				continue;
			i = slot(m, old.key[j]);
			m->key[i] = old.key[j];
			m->val[i] = old.val[j];
		}
	}
	i = slot(m, key);
	if (!m->key[i])
		m->n++;
	m->key[i] = key;
	m->val[i] = val;
}

void
vec_push(struct vec *v, u32 x)
{
	u32 cap = v->cap ? v->cap * 2 : 256;

	if (v->n == v->cap) {
		v->v = arena_grow(v->arena, v->v, v->cap * sizeof(u32), cap * sizeof(u32));
		v->cap = cap;
	}
	v->v[v->n++] = x;
}

static int
ascending(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

void
vec_sort(struct vec *v)
{
	u32 n = 0;

	if (!v->n)
		return;
	qsort(v->v, v->n, sizeof(u32), ascending);
	for (u32 i = 0; i < v->n; i++)
		if (!n || v->v[n - 1] != v->v[i])
			v->v[n++] = v->v[i];
	v->n = n;
}
