/*
 * arena.c - memory that is freed all at once. Chunks come from malloc; their payload is zeroed once, so that what
 * arena_alloc returns is always zero. Also part of the engine.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"

enum { CHUNK_MIN = 16 * 1024, CHUNK_MAX = 1024 * 1024, ALIGN = 16 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;                                             /* of the payload */
};

static size_t
round_up(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Chunks double in size up to CHUNK_MAX; a request that does not fit gets a chunk of its own behind the current one. */
static u8 *
new_chunk(struct arena *a, size_t need)
{
	size_t head = round_up(sizeof(struct arena_chunk));
	size_t size = a->chunks ? a->chunks->size * 2 : CHUNK_MIN;
	struct arena_chunk *c;
	u8 *payload;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < need)
		size = need;
	c = need > SIZE_MAX - head ? NULL : calloc(1, head + size);
	if (!c)
		die("out of memory");
	c->size = size;
	payload = (u8 *)c + head;
	if (need > CHUNK_MAX / 2 && a->chunks) {
		c->next = a->chunks->next;
		a->chunks->next = c;
		return payload;
	}
	c->next = a->chunks;
	a->chunks = c;
	a->next = payload + need;
	a->end = payload + size;
	return payload;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	u8 *p = a->next;

	if (size > SIZE_MAX / 2)
		die("out of memory");
	size = round_up(size ? size : 1);
	if (size > (size_t)(a->end - a->next))
		return new_chunk(a, size);
	a->next += size;
	return p;
}

void *
arena_grow(struct arena *a, void *old, size_t oldsize, size_t newsize)
{
	u8 *p;

	if (newsize <= oldsize)
		return old;
	p = arena_alloc(a, newsize);
	if (oldsize)
		memcpy(p, old, oldsize);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *s;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("bad format string");
	s = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void
arena_free(struct arena *a)
{
	struct arena_chunk *c = a->chunks, *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
	memset(a, 0, sizeof *a);
}
