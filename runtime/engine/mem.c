/*
 * mem.c - the engine's own memory: pages from the kernel (door_map) that stay for the life of the process, and malloc over
 * them for the lifter, whose arenas take and free a few large chunks per block. Sizes are powers of two, each with a free list.
 */
#include <string.h>
#include "engine.h"

enum { REGION = 256 << 10, CLASSES = 32, HEADER = 16 };

static u8 *region, *region_end;
static struct free_chunk { struct free_chunk *next; } *freed[CLASSES];

void *
mem_map(size_t bytes)
{
	u32 addr = door_map((u32)bytes);

	if (!addr)
		engine_panic("out of memory");
	return GUEST(void, addr);
}

#ifdef __wasm__
void *
malloc(size_t size)
{
	u32 class = 32 - (u32)__builtin_clz((u32)size + HEADER - 1);
	u8 *p;

	if (class < 6)
		class = 6;
	p = (u8 *)freed[class];
	if (p) {
		freed[class] = freed[class]->next;
	} else if (1u << class > REGION / 4) {
		p = mem_map(1u << class);
	} else {
		if ((size_t)(region_end - region) < 1u << class) {
			region = mem_map(REGION);
			region_end = region + REGION;
		}
		p = region;
		region += 1u << class;
	}
	*(u32 *)(void *)p = class;
	return p + HEADER;
}

void
free(void *p)
{
	u8 *chunk = (u8 *)p - HEADER;
	struct free_chunk *f = (struct free_chunk *)(void *)chunk;
	u32 class;

	if (!p)
		return;
	class = *(u32 *)(void *)chunk;
	f->next = freed[class];
	freed[class] = f;
}

void *
calloc(size_t n, size_t size)
{
	void *p = malloc(n * size);

	memset(p, 0, n * size);
	return p;
}

void *
realloc(void *old, size_t size)
{
	void *p = malloc(size);

	if (old) {
		size_t have = (1u << *(u32 *)(void *)((u8 *)old - HEADER)) - HEADER;

		memcpy(p, old, have < size ? have : size);
		free(old);
	}
	return p;
}
#endif
