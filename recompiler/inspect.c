/* inspect.c - `elfport inspect PROG`: what was found in an ELF file, what was not, and how large it is. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <zlib.h>
#include "recompiler.h"
#include "commands.h"
#include "compile.h"

struct args {
	const char *file;
	bool list, no_wasm, json;
	u32 level;
};

enum { OPT_CPU = 256, OPT_JSON };

static const struct argp_option options[] = {
	{ "list", 'l', NULL, 0, "also one line per function (address, bytes, blocks, * address taken, name) and per unresolved jump", 0 },
	{ "cpu", OPT_CPU, "v1|v2|v3", 0, "code for processors of that x86-64 level and below counts (default: v2)", 0 },
	{ "json", OPT_JSON, NULL, 0, "the numbers as one line of JSON", 0 },
	{ "no-wasm", 'n', NULL, 0, "do not compile it: no sizes of the result", 0 },
	{ 0 }
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'l': a->list = true; break;
	case 'n': a->no_wasm = true; break;
	case OPT_JSON: a->json = true; break;
	case OPT_CPU: a->level = cpu_level_parse(arg); break;
	case ARGP_KEY_ARG:
		if (a->file)
			die("inspect takes one program");
		a->file = arg;
		break;
	case ARGP_KEY_NO_ARGS: die("inspect needs a program; elfport inspect --help shows how");
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = { options, parse, "PROG",
	"Shows what the recompiler finds in an x86-64 ELF file: functions, instructions, bytes of code that nothing leads to, indirect "
	"jumps without a known target, instructions that it does not know, and the size of the result.", NULL, NULL, NULL };

struct lack {
	ZydisMnemonic mnemonic;
	u32 count;
	u32 first;                                               /* pc of the first one */
};

struct tally {
	u32 kinds[CODE_BAD + 1];
	u32 nblk, ninsn, nknown;
	u32 tables, entries;
	struct lack unknown[ZYDIS_MNEMONIC_MAX_VALUE + 1];
};

static void
tally_block(struct elf *e, const struct code_blk *b, struct tally *t)
{
	struct insn in;
	u8 buf[ZYDIS_MAX_INSTRUCTION_LENGTH];

	t->kinds[b->kind]++;
	t->nblk++;
	if (b->table) {
		t->tables++;
		t->entries += b->table->n;
	}
	for (u32 pc = b->pc; pc < b->end; pc += in.z.length) {
		struct lack *u;

		if (!decode(&in, pc, buf, elf_read(e, pc, buf, sizeof buf)))
			return;
		t->ninsn++;
		if (lift_known(&in)) {
			t->nknown++;
			continue;
		}
		u = &t->unknown[in.z.mnemonic];
		u->mnemonic = in.z.mnemonic;
		if (!u->count++)
			u->first = pc;
	}
}

static int
by_count(const void *a, const void *b)
{
	const struct lack *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return (x->mnemonic > y->mnemonic) - (x->mnemonic < y->mnemonic);
}

static void
print_unknown(struct tally *t)
{
	u32 n = t->ninsn - t->nknown;

	printf("%-24s %u\n", "unknown instructions", n);
	if (!n)
		return;
	qsort(t->unknown, sizeof t->unknown / sizeof *t->unknown, sizeof *t->unknown, by_count);
	for (const struct lack *u = t->unknown; u->count; u++)
		printf("  %-22s %-8u first at 0x%x\n", ZydisMnemonicGetString(u->mnemonic), u->count, u->first);
}

static double
percent(u64 part, u64 whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

static void
print_code(const struct code *c, struct tally *t)
{
	printf("%-24s %u\n", "functions", c->nfunc);
	printf("%-24s %u\n", "blocks", t->nblk);
	printf("%-24s %u\n", "instructions", c->ninsn);
	printf("%-24s %llu\n", "x86 bytes in text", (unsigned long long)c->text_bytes);
	printf("%-24s %llu (%.2f %%)\n", "  in functions", (unsigned long long)c->covered_bytes,
		percent(c->covered_bytes, c->text_bytes));
	printf("%-24s %llu\n", "  found but left out", (unsigned long long)c->skipped_bytes);
	printf("%-24s %llu of %llu (%.2f %%)\n", "  found by FDE", (unsigned long long)c->fde_covered,
		(unsigned long long)c->fde_bytes, percent(c->fde_covered, c->fde_bytes));
	printf("%-24s %u of %u\n", "  listed functions", c->listed_found, c->listed);
	printf("%-24s %u of %u\n", "  function symbols", c->symbols_found, c->symbols);
	printf("%-24s %u with %u entries\n", "jump tables", t->tables, t->entries);
	printf("%-24s %u\n", "unresolved jumps", c->unresolved_jumps);
}

static const char *const causes[NMISS] = { "beside an unresolved jump", "no instruction", "nothing leads there" };

static void
print_misses(const struct code *c)
{
	for (u32 i = 0; i < c->nmiss; i++) {
		u32 off;
		const char *name = elf_symbol(c->elf, c->miss[i].pc, &off);

		printf("  missed 0x%x %u bytes%s%s: %s\n", c->miss[i].pc, c->miss[i].size, name ? " in " : "", name ? name : "", causes[c->miss[i].cause]);
	}
}

static void
print_unresolved(const struct code *c)
{
	for (u32 i = 0; i < c->unresolved_jumps; i++) {
		u32 off;
		const char *name = elf_symbol(c->elf, c->unresolved[i], &off);

		printf("  0x%x%s%s\n", c->unresolved[i], name ? " in " : "", name ? name : "");
	}
}

static void
print_list(const struct code *c)
{
	for (u32 i = 0; i < c->nfunc; i++) {
		const struct code_func *f = &c->func[i];
		u32 bytes = 0;

		for (u32 j = 0; j < f->nblk; j++)
			bytes += f->blk[j].end - f->blk[j].pc;
		printf("%8x %6u %5u %c %s\n", f->pc, bytes, f->nblk, f->address_taken ? '*' : ' ', f->name);
	}
}

static u64
gzip_size(const u8 *bytes, size_t n)
{
	uLongf out = compressBound(n);
	u8 *buf = malloc(out);

	if (!buf || compress2(buf, &out, bytes, n, 6) != Z_OK)
		die("out of memory");
	free(buf);
	return out;
}

static double
cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* One line; sizes and seconds of the result only if it was compiled. */
static void
print_json(struct arena *a, const struct code *c, struct tally *t, const struct args *args)
{
	u64 missed[NMISS] = { 0 };

	for (u32 i = 0; i < c->nmiss; i++)
		missed[c->miss[i].cause] += c->miss[i].size;
	printf("{\"text\": %llu, \"functions\": %u, \"blocks\": %u, \"instructions\": %u, \"covered\": %llu, \"skipped\": %llu, ",
		(unsigned long long)c->text_bytes, c->nfunc, t->nblk, c->ninsn, (unsigned long long)c->covered_bytes, (unsigned long long)c->skipped_bytes);
	printf("\"listed\": %u, \"listedFound\": %u, \"listedBytes\": %llu, \"listedCovered\": %llu, \"symbols\": %u, \"symbolsFound\": %u, ", c->listed,
		c->listed_found, (unsigned long long)c->fde_bytes, (unsigned long long)c->fde_covered, c->symbols, c->symbols_found);
	printf("\"missedJump\": %llu, \"missedData\": %llu, \"missedDead\": %llu, \"tables\": %u, \"entries\": %u, \"unresolved\": %u, \"unknown\": %u",
		(unsigned long long)missed[MISS_JUMP], (unsigned long long)missed[MISS_DATA], (unsigned long long)missed[MISS_DEAD], t->tables, t->entries,
		c->unresolved_jumps, t->ninsn - t->nknown);
	if (!args->no_wasm) {
		struct compile_options o = { .optimize = 1, .cpu_level = args->level, .progress = isatty(2) ? 2 : -1 };
		struct compiled out = { 0 };
		double start = cpu_seconds();

		compile(a, c->elf, &o, &out);
		printf(", \"seconds\": %.2f, \"wasm\": %zu, \"resume\": %zu, \"refused\": %u", cpu_seconds() - start, out.ncode, out.nresume, out.nrefused);
		free(out.code);
		free(out.resume);
	}
	printf("}\n");
}

static void
print_wasm(struct arena *a, struct elf *e, u32 level)
{
	struct compile_options o = { .optimize = 1, .cpu_level = level, .progress = isatty(2) ? 2 : -1 };
	struct compiled out;
	double text;
	u64 gzip;

	memset(&out, 0, sizeof out);
	compile(a, e, &o, &out);
	text = out.covered_bytes ? (double)out.covered_bytes : 1.0;
	gzip = gzip_size(out.code, out.ncode);
	printf("%-24s %zu, %llu gzipped (%.2f and %.2f per byte of x86 in functions)\n", "bytes of wasm", out.ncode,
		(unsigned long long)gzip, (double)out.ncode / text, (double)gzip / text);
	gzip = out.resume ? gzip_size(out.resume, out.nresume) : 0;
	printf("%-24s %zu, %llu gzipped, %u functions with %u loop entries\n", "  resume copies", out.nresume,
		(unsigned long long)gzip, out.resumable, out.loop_entries);
	for (u32 i = 0; i < out.nrefused; i++)
		printf("  left to the interpreter: %s at 0x%x: %s\n", out.refused[i].name, out.refused[i].pc, out.refused[i].why);
	free(out.code);
	free(out.resume);
}

static void
print_all(struct arena *a, const struct code *c, struct tally *t, const struct args *args)
{
	if (args->list)
		print_list(c);
	print_code(c, t);
	if (args->list) {
		print_unresolved(c);
		print_misses(c);
	}
	print_unknown(t);
	if (!args->no_wasm)
		print_wasm(a, c->elf, args->level);
}

int
cmd_inspect(int argc, char **argv)
{
	struct args args = { .level = CPU_LEVEL };
	struct arena a = { 0 };
	struct tally *t = arena_alloc(&a, sizeof *t);
	struct elf *e;
	struct code *c;

	arguments(&argp, "inspect", argc, argv, 0, &args);
	e = elf_open(&a, args.file);
	c = discover(&a, e, args.level);
	for (u32 i = 0; i < c->nfunc; i++)
		for (u32 j = 0; j < c->func[i].nblk; j++)
			tally_block(e, &c->func[i].blk[j], t);
	if (args.json)
		print_json(&a, c, t, &args);
	else
		print_all(&a, c, t, &args);
	elf_close(e);
	arena_free(&a);
	return 0;
}
