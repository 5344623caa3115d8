/*
 * module.c - the two wasm modules of a file, code.wasm and resume.wasm: functions one by one, then imports, the table segment, the code map, passes
 * and bytes. docs/abi.md says what they import.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include "../../include/door.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* more IR instructions than this would come near V8's 7.6 MB for a function body */
#define MAX_INS 500000
#define MAX_BLOCKS 200000
#define MAX_LOCALS 45000

#define MAP_MAGIC 0x706d6665u

static void
module_new(struct emit *e, struct module *mod, bool resume)
{
	mod->e = e;
	mod->resume = resume;
	mod->m = BinaryenModuleCreate();
	BinaryenModuleSetFeatures(mod->m, BinaryenFeatureAtomics() | BinaryenFeatureBulkMemory() |
		BinaryenFeatureNontrappingFPToInt() | BinaryenFeatureSignExt() | BinaryenFeatureSIMD128() |
		BinaryenFeatureTailCall() | BinaryenFeatureMutableGlobals() | BinaryenFeatureMultivalue());
	BinaryenAddGlobalImport(mod->m, "table_base", "env", "table_base", BinaryenTypeInt32(), false);
	if (e->o.dyn)
		BinaryenAddGlobalImport(mod->m, "base", "env", "base", BinaryenTypeInt32(), false);
	if (resume)
		mod->imported = arena_alloc(&e->arena, e->nfunc + 1);
	BinaryenAddFunction(mod->m, "elfport.anchor", BinaryenTypeNone(), BinaryenTypeNone(), NULL, 0, BinaryenNop(mod->m));
	BinaryenAddFunctionExport(mod->m, "elfport.anchor", "anchor");
	BinaryenAddTableImport(mod->m, "table", "env", "table");
	BinaryenSetMemory(mod->m, 1, 65536, NULL, NULL, NULL, NULL, NULL, 0, true);
	BinaryenAddMemoryImport(mod->m, "memory", "env", "memory", 1);
}

struct emit *
emit_new(const struct emit_options *o, u32 nfunc, const u32 *pcs, const char *const *names)
{
	struct emit *e = calloc(1, sizeof *e);

	if (!e)
		die("out of memory");
	e->o = *o;
	e->nfunc = nfunc;
	e->pc = pcs;
	e->name = arena_alloc(&e->arena, (nfunc + 1) * sizeof *e->name);
	e->refused = arena_alloc(&e->arena, nfunc + 1);
	e->floats = arena_alloc(&e->arena, nfunc + 1);
	emit_names(e, names);
	module_new(e, &e->code, false);
	module_new(e, &e->resume, true);
	return e;
}

static const char *
too_large(const struct func *f)
{
	u64 n = 0;

	if (f->nblk > MAX_BLOCKS)
		return "more blocks than a wasm engine accepts";
	if (NVAR + f->ntemp > MAX_LOCALS)
		return "more variables than a wasm engine accepts";
	for (u32 i = 0; i < f->nblk; i++) {
		n += f->blk[i].n + f->blk[i].term.nsucc;
		if (f->blk[i].term.kind == TERM_SWITCH && f->blk[i].term.nsucc > MAX_TABLE)
			return "a jump table larger than a wasm engine accepts";
	}
	return n > MAX_INS ? "larger than a wasm engine accepts" : NULL;
}

static void
start_function(struct fe *fe, struct emit *e, struct module *mod, const struct func *f)
{
	*fe = (struct fe){ .e = e, .mod = mod, .m = mod->m, .f = f, .resume = mod->resume };
	fe->varlocal = arena_alloc(&fe->arena, (NVAR + f->ntemp) * sizeof *fe->varlocal);
	for (u32 i = 0; i < PARAMS && !fe->resume; i++)
		fe->varlocal[param_vars[i]] = new_local(fe, BinaryenTypeInt64());
	fe->nparam = fe->nlocal;
	for (u32 i = 0; i < f->nblk; i++)
		fe->makes_calls |= f->blk[i].term.kind == TERM_CALL || f->blk[i].term.kind == TERM_CALLIND;
}

static void
add_slot(struct module *mod, const char *name)
{
	if (mod->nslot == mod->slotcap) {
		u32 cap = mod->slotcap ? 2 * mod->slotcap : 256;
		mod->slot = arena_grow(&mod->e->arena, mod->slot, mod->nslot * sizeof *mod->slot, cap * sizeof *mod->slot);
		mod->slotcap = cap;
	}
	mod->slot[mod->nslot++] = name;
}

static void
add_function(struct fe *fe, const char *name)
{
	expr body = structure(fe);

	BinaryenAddFunction(fe->m, name, fe->resume ? BinaryenTypeInt32() : params_type(), outcome_type(), fe->local + fe->nparam, fe->nlocal - fe->nparam, body);
	add_slot(fe->mod, name);
}

/* The function is left to the interpreter: whoever calls it directly goes through the engine. */
static void
add_stub(struct emit *e, const struct func *f, const char *name)
{
	struct list out = { 0 };
	struct fe fe;

	start_function(&fe, e, &e->code, f);
	append(&out, cpu_set(&fe, I32, 4, offsetof(struct cpu, rip), address(&fe, f->pc)));
	append(&out, call_interpreted(&fe, f->params));
	BinaryenAddFunction(fe.m, name, params_type(), outcome_type(), NULL, 0, seq(&fe, NULL, &out));
	add_slot(&e->code, name);
	arena_free(&fe.arena);
}

static void
build_graph(struct fe *fe)
{
	graph_build(&fe->g, &fe->arena, fe->f);
	graph_loops(&fe->g);
}

static void
add_entries(struct emit *e, const struct fe *fe)
{
	for (u32 i = 0; i < fe->nentries; i++) {
		if (e->nentry == e->entrycap) {
			u32 cap = e->entrycap ? 2 * e->entrycap : 256;
			e->entry = arena_grow(&e->arena, e->entry, e->nentry * sizeof *e->entry, cap * sizeof *e->entry);
			e->entrycap = cap;
		}
		e->entry[e->nentry].pc = fe->entries[i].pc;
		e->entry[e->nentry].from = e->next;
		e->entry[e->nentry++].slot = e->resume.nslot;
	}
}

static void
emit_resume(struct emit *e, const struct func *f, const char *name)
{
	struct fe fe;
	u32 labels;

	start_function(&fe, e, &e->resume, f);
	build_graph(&fe);
	labels = fe.g.nlabel;
	fe.nentries = resume_entries(f, &fe.g, &fe.entries);
	if (fe.nentries)
		resume_live(f, &fe.g, fe.entries, &fe.nentries);
	if (fe.nentries) {
		resume_route(&fe.g, fe.entries, fe.nentries);
		graph_loops(&fe.g);
		assert(fe.g.nlabel == labels);           /* stayed reducible: dispatches must not meet */
		graph_order(&fe.g);
		add_entries(e, &fe);
		add_function(&fe, name);
	}
	arena_free(&fe.arena);
}

const char *
emit_func(struct emit *e, const struct func *f)
{
	const char *why = too_large(f), *name = e->name[e->next];
	struct fe fe;

	assert(e->pc[e->next] == f->pc);
	e->floats[e->next] = f->floats && !e->o.exact;
	if (why) {
		e->refused[e->next++] = true;
		add_stub(e, f, name);
		return why;
	}
	start_function(&fe, e, &e->code, f);
	build_graph(&fe);
	graph_order(&fe.g);
	add_function(&fe, name);
	arena_free(&fe.arena);
	emit_resume(e, f, name);
	e->next++;
	return NULL;
}

static void
import_function(struct module *mod, const char *name, const char *args, BinaryenType result)
{
	BinaryenType t[8];
	char full[64];
	u32 n = 0;

	for (; *args; args++)
		t[n++] = wasm_type(ir_type(*args == 'c' ? 'i' : *args, T_NONE));
	snprintf(full, sizeof full, "engine.%s", name);
	BinaryenAddFunctionImport(mod->m, full, "engine", name, BinaryenTypeCreate(t, n), result);
}

static void
imports(struct module *mod)
{
	import_function(mod, "lookup", "ci", BinaryenTypeInt32());
	import_function(mod, "poll", "c", outcome_type());
	import_function(mod, "syscall", "c", BinaryenTypeInt32());
	import_function(mod, "trap", "ci", BinaryenTypeInt32());
	import_function(mod, "through", "ci", outcome_type());
	for (u32 i = 0; i < NHELPER; i++)
		if (mod->helper_used[i])
			import_function(mod, helperinfo[i].name, helperinfo[i].args, wasm_type(ir_type(helperinfo[i].res, T_NONE)));
}

const char *
function_import(struct module *mod, u32 n, char name[IMPORT_NAME])
{
	mod->imported[n] = true;
	snprintf(name, IMPORT_NAME, "code.%u", n);
	return name;
}

/* What resume copies call: functions of code.wasm, named by their slots in the table, and its way to what pointers lead to. */
static void
import_code(struct module *mod)
{
	char name[IMPORT_NAME];

	if (mod->indirect_used)
		BinaryenAddFunctionImport(mod->m, INDIRECT, "code", "indirect", params_type(), outcome_type());
	for (u32 i = 0; i < mod->e->nfunc; i++)
		if (mod->imported[i]) {
			function_import(mod, i, name);
			BinaryenAddFunctionImport(mod->m, name, "code", strchr(name, '.') + 1, params_type(), outcome_type());
		}
}

static int
by_pc(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* The custom section elfport.map, see docs/abi.md. */
static void
add_map(struct emit *e)
{
	u32 n = 0, *map = malloc((5 + 2 * (size_t)e->nfunc + 2 * (size_t)e->nentry) * sizeof *map), *p;

	if (!map)
		die("out of memory");
	marks_solve(e);
	p = map + 5;
	for (u32 i = 0; i < e->nfunc; i++) {
		if (e->refused[i])
			continue;
		*p++ = e->pc[i];
		*p++ = i | (e->floats[i] ? CODEMAP_FLOATS : 0);
		n++;
	}
	qsort(e->entry, e->nentry, sizeof *e->entry, by_pc);
	for (u32 i = 0; i < e->nentry; i++) {
		*p++ = e->entry[i].pc;
		*p++ = e->entry[i].slot | (e->floats[e->entry[i].from] ? CODEMAP_FLOATS : 0);
	}
	map[0] = MAP_MAGIC;
	map[1] = n;
	map[2] = e->nentry;
	map[3] = e->code.nslot;
	map[4] = e->resume.nslot;
	BinaryenAddCustomSection(e->code.m, "elfport.map", (const char *)map, (const char *)p - (const char *)map);
	free(map);
}

static void
optimize(struct module *mod, u32 level)
{
	static const char *const paying[] = { "simplify-locals-nostructure", "coalesce-locals", "vacuum" };
	static const char *const more[] = {
		"optimize-instructions", "remove-unused-brs", "simplify-locals", "coalesce-locals", "reorder-locals", "vacuum",
		"merge-blocks", "remove-unused-names"
	};

	if (level == 1)
		BinaryenModuleRunPasses(mod->m, (const char **)paying, sizeof paying / sizeof *paying);
	else if (level > 1)
		BinaryenModuleRunPasses(mod->m, (const char **)more, sizeof more / sizeof *more);
}

static u32
sum(const u8 *p, size_t n)
{
	u32 lane[4] = { (u32)n }, word;
	size_t i = 0;

	for (; i + 16 <= n; i += 16)
		for (u32 k = 0; k < 4; k++) {
			memcpy(&word, p + i + 4 * k, 4);
			lane[k] = lane[k] * 31 + word;
		}
	for (; i < n; i++)
		lane[0] = lane[0] * 31 + p[i];
	return ((lane[0] * 31 + lane[1]) * 31 + lane[2]) * 31 + lane[3];
}

/* The custom section elfport.sum, the last: a sum of all bytes before it, see docs/abi.md and web/node/sum.mjs. */
static u8 *
add_sum(u8 *module, size_t *n)
{
	static const u8 header[] = "\0\x10\x0b" "elfport.sum";
	enum { HEADER = sizeof header - 1 };
	u32 s = sum(module, *n);

	module = realloc(module, *n + HEADER + 4);
	if (!module)
		die("out of memory");
	memcpy(module + *n, header, HEADER);
	memcpy(module + *n + HEADER, &s, 4);
	*n += HEADER + 4;
	return module;
}

static u8 *
finish(struct module *mod, size_t *n)
{
	BinaryenModuleAllocateAndWriteResult r;
	expr base;

	imports(mod);
	lock_functions(mod);
	if (mod->resume)
		import_code(mod);
	else
		indirect_functions(mod);
	base = BinaryenGlobalGet(mod->m, "table_base", BinaryenTypeInt32());
	BinaryenAddActiveElementSegment(mod->m, "table", "slots", mod->slot, mod->nslot, base);
	if (getenv("ELFPORT_VALIDATE") && !BinaryenModuleValidate(mod->m))
		die("internal error: the module is not valid wasm");
	BinaryenSetDebugInfo(!mod->e->o.no_names);
	optimize(mod, mod->e->o.optimize);
	r = BinaryenModuleAllocateAndWrite(mod->m, NULL);
	*n = tuples_tidy(r.binary, r.binaryBytes);
	BinaryenModuleDispose(mod->m);
	return add_sum(r.binary, n);
}

void
emit_finish(struct emit *e, u8 **code, size_t *ncode, u8 **resume, size_t *nresume, struct emit_stats *st)
{
	*st = (struct emit_stats){ .functions = e->nfunc, .resumable = e->resume.nslot, .loop_entries = e->nentry };
	add_map(e);
	*code = finish(&e->code, ncode);
	*resume = NULL;
	*nresume = 0;
	if (e->resume.nslot)
		*resume = finish(&e->resume, nresume);
	else
		BinaryenModuleDispose(e->resume.m);
	st->wasm_bytes = *ncode;
	st->resume_bytes = *nresume;
	arena_free(&e->arena);
	free(e);
}
