/*
 * blocks.c - the interpreter's cache: guest blocks lifted from guest memory, by pc. Code that may be rewritten is compared
 * with what was translated before every execution (block_stale). When the budget is used up everything is dropped at once.
 */
#include <string.h>
#include "compact.h"

enum {
	HASH = 1 << 14,
	BLOCK_INSNS = 32,               /* at most, per block */
	CHUNK = 128 << 10,              /* small: fork copies what is mapped */
	CHUNKS_MAX = 256                /* budget: 32 MiB, then flush */
};

static struct block *table[HASH];
static u8 *chunk[CHUNKS_MAX];
static u32 nchunk;                      /* mapped */
static u32 in_chunk;                    /* being filled */
static u8 *next, *end;
u32 block_epoch;

static u32
hash(u32 pc)
{
	return (pc ^ pc >> 14) & (HASH - 1);
}

static void
flush(void)
{
	memset(table, 0, sizeof(table));
	in_chunk = 0;
	next = end = NULL;
	block_epoch++;
}

/* 16-byte aligned, uninitialised; NULL when the budget is used up */
static void *
take(size_t n)
{
	u8 *p;

	n = (n + 15) & ~(size_t)15;
	if ((size_t)(end - next) < n) {
		if (n > CHUNK || in_chunk == CHUNKS_MAX)
			return NULL;
		if (in_chunk == nchunk)
			chunk[nchunk++] = mem_map(CHUNK);
		next = chunk[in_chunk++];
		end = next + CHUNK;
	}
	p = next;
	next += n;
	return p;
}

struct reader { u32 end; };

/* lift_source: guest memory up to the end of the executable mapping */
static size_t
read_guest(void *ctx, u32 pc, void *buf, size_t n)
{
	const struct reader *r = ctx;

	if (pc >= r->end)
		return 0;
	if (n > r->end - pc)
		n = r->end - pc;
	memcpy(buf, GUEST(const void, pc), n);
	return n;
}

static u32
func_end(const struct func *f, u32 pc, u32 limit)
{
	u32 end = f->blk[0].end;

	return end > pc && end <= limit ? end : pc + 1;
}

/* What depends on the attached files. */
static void
block_refresh(struct block *b)
{
	struct entry e = codemap_find(b->pc);

	b->stop = !engine_config.interpret_only && e.kind != ENTRY_NONE;
	b->fixed = e.map != NULL;
	b->generation = codemap_generation;
	b->exact = engine_config.exact;
}

static bool
translate(struct block *b, u32 limit)
{
	struct reader reader = { limit };
	struct lift_source source = { read_guest, &reader, engine_config.precise, engine_config.exact != 0 };
	struct arena arena = { 0 };
	struct cins *code;
	u32 n;
	bool ok = false;

	for (u32 max = engine_config.block_insns ? engine_config.block_insns : BLOCK_INSNS; max > 0 && !ok; max /= 2) {
		struct func *f = lift_block(&arena, &source, b->pc, max, codemap_next(b->pc));

		opt_interp(f);
		if (!compact(f, &arena, &code, &n, &b->ninsn)) {
			if (max == 1)
				engine_panic("%x: instruction too large", b->pc);
			arena_free(&arena);
			continue;
		}
		b->bytes = func_end(f, b->pc, limit) - b->pc;
		ok = true;
	}
	b->code = take(n * sizeof(*code));
	b->copy = take(b->bytes);
	if (b->code && b->copy) {
		memcpy(b->code, code, n * sizeof(*code));
		memcpy((void *)(uintptr_t)b->copy, GUEST(const void, b->pc), b->bytes);
	} else {
		b->code = NULL;
	}
	arena_free(&arena);
	return b->code != NULL;
}

bool
block_stale(struct block *b)
{
	if (!b->code)
		return true;
	if (b->exact != (engine_config.exact != 0))
		return true;
	if (b->generation != codemap_generation) {
		block_refresh(b);
		return memcmp(b->copy, GUEST(const void, b->pc), b->bytes) != 0 || codemap_next(b->pc) < b->pc + b->bytes;
	}
	return !b->fixed && memcmp(b->copy, GUEST(const void, b->pc), b->bytes) != 0;
}

static struct block *
find(u32 pc)
{
	struct block *b;

	for (b = table[hash(pc)]; b && b->pc != pc; b = b->next)
		;
	return b;
}

struct block *
block_get(struct cpu *cpu, u32 pc)
{
	struct block *b = find(pc);
	u32 limit;
	bool shared;

	if (b && !block_stale(b))
		return b;
	limit = door_executable(cpu, pc);
	shared = limit & DOOR_SHARED;
	limit &= ~DOOR_SHARED;
	if (limit <= pc) {
		cpu->rip = pc;
		trap(cpu, TRAP_FETCH);
		return NULL;
	}
	for (;;) {
		if (!b) {
			b = take(sizeof(*b));
			if (!b) {
				flush();
				continue;
			}
			memset(b, 0, sizeof(*b));
			b->pc = pc;
			b->next = table[hash(pc)];
			table[hash(pc)] = b;
		}
		block_refresh(b);
		b->shared = shared;
		if (translate(b, limit))
			return b;
		flush();
		b = NULL;
	}
}
