/*
 * compile.c - the pipeline over a whole ELF file: discover, then per function lift, passes and emission. Lifting and passes run on all
 * cores; one thread builds the modules in address order, so the bytes do not depend on timing. Functions are lifted twice:
 * first for the summaries of what callees read and write, then for good, which costs less than keeping all IR.
 */
#define _GNU_SOURCE
#include "compile.h"
#include "emit/emit.h"
#include "opt/opt.h"
#include <elf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE (1ull << 30)                  /* of the emitting thread: structure.c recurses */
#define AHEAD 256                                /* functions lifted but not yet emitted */

struct job {
	struct arena arena;
	struct func *f;
	bool ready;
};

struct pipeline {
	struct arena *arena;
	struct elf *elf;
	struct code *code;
	const struct compile_options *o;
	struct compiled *out;
	struct summaries *sums;
	struct surroundings around;
	struct lift_source src;
	pthread_mutex_t lock;
	pthread_cond_t ready, room;
	struct job *job;
	u32 n, *pick;                            /* functions to emit: indices of code->func */
	u32 next, emitted;                       /* under lock: next function to take, functions already emitted */
	bool scanning;                           /* first phase */
	u32 unknown[ZYDIS_MNEMONIC_MAX_VALUE + 1];
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static size_t
read_elf(void *ctx, u32 pc, void *buf, size_t n)
{
	return elf_read(ctx, pc, buf, n);
}

static struct func *
lift_one(struct pipeline *p, struct arena *a, u32 i)
{
	const struct code_func *cf = &p->code->func[i];
	struct func *f = lift_func(a, &p->src, cf);

	f->direct_only = false;
	return f;
}

static const struct code_func *
find_func(const struct code *c, u32 pc)
{
	u32 lo = 0, hi = c->nfunc;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (c->func[mid].pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->nfunc && c->func[lo].pc == pc ? &c->func[lo] : NULL;
}

static struct func *
find_body(void *ctx, struct arena *a, u32 pc)
{
	struct pipeline *p = ctx;
	const struct code_func *cf = find_func(p->code, pc);

	return cf ? lift_func(a, &p->src, cf) : NULL;
}

static u32
find_bound(void *ctx, u32 slot)
{
	const struct pipeline *p = ctx;
	u32 target = elf_bound(p->elf, slot);

	return target && find_func(p->code, target) ? target : 0;
}

static u32
take_job(struct pipeline *p)
{
	u32 i;

	pthread_mutex_lock(&p->lock);
	while (!p->scanning && p->next < p->n && p->next >= p->emitted + AHEAD)
		pthread_cond_wait(&p->room, &p->lock);
	i = p->next < p->n ? p->next++ : p->n;
	pthread_mutex_unlock(&p->lock);
	return i;
}

static void *
scan_thread(void *arg)
{
	struct pipeline *p = arg;
	u32 i;

	while ((i = take_job(p)) < p->n) {
		struct arena a = { 0 };
		struct func *f = lift_one(p, &a, i);
		summary_scan(p->sums, i, f, p->code->func[i].address_taken);
		arena_free(&a);
	}
	return NULL;
}

static void *
lift_thread(void *arg)
{
	struct pipeline *p = arg;
	u32 i;

	while ((i = take_job(p)) < p->n) {
		struct job *j = &p->job[i];
		struct func *f = lift_one(p, &j->arena, p->pick[i]);
		opt_run(f, p->sums);
		pthread_mutex_lock(&p->lock);
		j->f = f;
		j->ready = true;
		pthread_cond_broadcast(&p->ready);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static u32
nthreads(const struct pipeline *p)
{
	long n = p->o->threads ? (long)p->o->threads : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : n;
}

static void
start_thread(pthread_t *t, void *(*run)(void *), void *arg, size_t stack)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	if (stack)
		pthread_attr_setstacksize(&attr, stack);
	if (pthread_create(t, &attr, run, arg))
		die("cannot start a thread");
	pthread_attr_destroy(&attr);
}

static void
summarize(struct pipeline *p)
{
	pthread_t t[64];
	u32 n = nthreads(p);

	p->around = (struct surroundings){ p, find_body, find_bound };
	p->sums = summaries_new(p->arena, p->code->nfunc, &p->around);
	p->scanning = true;
	p->n = p->code->nfunc;
	p->next = 0;
	for (u32 i = 0; i < n; i++)
		start_thread(&t[i], scan_thread, p, 0);
	for (u32 i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	p->scanning = false;
	p->next = 0;
	summaries_solve(p->sums);
}

static void
count_unknown(struct pipeline *p, const struct func *f)
{
	struct insn in;
	u8 bytes[15];
	size_t n;

	for (u32 i = 0; i < f->nblk; i++) {
		const struct term *t = &f->blk[i].term;
		if (t->kind != TERM_TRAP || t->trap != TRAP_UNKNOWN)
			continue;
		n = elf_read(p->elf, t->pc, bytes, sizeof bytes);
		if (decode(&in, t->pc, bytes, n))
			p->unknown[in.z.mnemonic]++;
		else
			p->unknown[ZYDIS_MNEMONIC_INVALID]++;
	}
}

static void
refuse(struct pipeline *p, const struct func *f, const char *why)
{
	struct compiled *c = p->out;
	u32 n = c->nrefused++;

	c->refused = arena_grow(p->arena, c->refused, n * sizeof *c->refused, (n + 1) * sizeof *c->refused);
	c->refused[n].name = arena_printf(p->arena, "%s", f->name);
	c->refused[n].pc = f->pc;
	c->refused[n].why = why;
}

/* One line, cut at the terminal's width: what wraps could not be taken back. */
static void
progress(struct pipeline *p, u32 i)
{
	const char *name = strrchr(p->elf->path, '/');
	struct winsize w = { 0 };
	char line[256];
	int fd = p->o->progress, max;

	if (fd < 0 || (i % 64 && i < p->n))
		return;
	name = name ? name + 1 : p->elf->path;
	if (i < p->n)
		snprintf(line, sizeof line, "elfport: recompiling %s: %u of %u functions", name, i, p->n);
	else
		snprintf(line, sizeof line, "elfport: recompiling %s: optimising and writing", name);
	ioctl(fd, TIOCGWINSZ, &w);
	max = w.ws_col ? w.ws_col - 1 : 79;
	dprintf(fd, "\r%.*s\033[K", max, line);
}

static void
emit_all(struct pipeline *p, struct emit *e)
{
	for (u32 i = 0; i < p->n; i++) {
		struct job *j = &p->job[i];
		const char *why;
		pthread_mutex_lock(&p->lock);
		while (!j->ready)
			pthread_cond_wait(&p->ready, &p->lock);
		pthread_mutex_unlock(&p->lock);
		count_unknown(p, j->f);
		why = emit_func(e, j->f);
		if (why)
			refuse(p, j->f, why);
		arena_free(&j->arena);
		pthread_mutex_lock(&p->lock);
		p->emitted = i + 1;
		pthread_cond_broadcast(&p->room);
		pthread_mutex_unlock(&p->lock);
		progress(p, i + 1);
	}
}

static void *
emit_thread(void *arg)
{
	struct pipeline *p = arg;
	struct emit_options eo = { .dyn = p->elf->type == ET_DYN, .optimize = p->o->optimize, .no_names = p->o->no_names, .exact = p->o->exact };
	u32 *pcs = arena_alloc(p->arena, (p->n + 1) * sizeof *pcs);
	const char **names = arena_alloc(p->arena, (p->n + 1) * sizeof *names);
	struct compiled *c = p->out;
	struct emit_stats st;
	struct emit *e;
	double t = now();

	for (u32 i = 0; i < p->n; i++) {
		const struct code_func *cf = &p->code->func[p->pick[i]];
		pcs[i] = cf->pc;
		names[i] = cf->name ? cf->name : arena_printf(p->arena, "fn_%x", cf->pc);
	}
	e = emit_new(&eo, p->n, pcs, names);
	emit_all(p, e);
	c->seconds_emit = now() - t;
	t = now();
	emit_finish(e, &c->code, &c->ncode, &c->resume, &c->nresume, &st);
	c->seconds_finish = now() - t;
	c->functions = st.functions;
	c->resumable = st.resumable;
	c->loop_entries = st.loop_entries;
	return NULL;
}

static int
more_first(const void *a, const void *b)
{
	const struct unknown *x = a, *y = b;

	return x->count != y->count ? (x->count > y->count ? -1 : 1) : strcmp(x->mnemonic, y->mnemonic);
}

static void
list_unknown(struct pipeline *p)
{
	struct compiled *c = p->out;
	u32 n = 0;

	for (u32 i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
		n += p->unknown[i] != 0;
	c->unknown = arena_alloc(p->arena, (n + 1) * sizeof *c->unknown);
	for (u32 i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
		if (p->unknown[i])
			c->unknown[c->nunknown++] = (struct unknown){ ZydisMnemonicGetString(i), p->unknown[i] };
	qsort(c->unknown, c->nunknown, sizeof *c->unknown, more_first);
}

/* What is emitted: everything, or what cannot run as compiled otherwise when floats are exact. */
static void
pick(struct pipeline *p)
{
	p->pick = arena_alloc(p->arena, (p->code->nfunc + 1) * sizeof *p->pick);
	p->n = 0;
	for (u32 i = 0; i < p->code->nfunc; i++)
		if (!p->o->exact || summary_find(p->sums, p->code->func[i].pc)->floats)
			p->pick[p->n++] = i;
}

void
compile(struct arena *a, struct elf *e, const struct compile_options *o, struct compiled *out)
{
	struct pipeline *p = arena_alloc(a, sizeof *p);
	pthread_t emitter, t[64];
	u32 n;
	double at = now();

	*out = (struct compiled){ 0 };
	p->arena = a;
	p->elf = e;
	p->o = o;
	p->out = out;
	p->src = (struct lift_source){ read_elf, e, o->precise, o->exact };
	p->code = discover(a, e, o->cpu_level);
	p->job = arena_alloc(a, (p->code->nfunc + 1) * sizeof *p->job);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ready, NULL);
	pthread_cond_init(&p->room, NULL);
	out->seconds_discover = now() - at;
	at = now();
	if (!o->no_summaries || o->exact)
		summarize(p);
	pick(p);
	out->seconds_lift = now() - at;
	n = nthreads(p);
	for (u32 i = 0; i < n; i++)
		start_thread(&t[i], lift_thread, p, 0);
	start_thread(&emitter, emit_thread, p, STACK_SIZE);
	for (u32 i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	pthread_join(emitter, NULL);
	if (o->progress >= 0)
		dprintf(o->progress, "\r\033[K");
	if (p->sums)
		summaries_free(p->sums);
	out->instructions = p->code->ninsn;
	out->unresolved_jumps = p->code->unresolved_jumps;
	out->text_bytes = p->code->text_bytes;
	out->covered_bytes = p->code->covered_bytes;
	list_unknown(p);
}
