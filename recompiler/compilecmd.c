/*
 * compilecmd.c - elfport compile: options, the cache key, and the files it writes. Every file and folder appears complete, by rename.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/file.h>
#include <unistd.h>
#include "compile.h"
#include "commands.h"
#include "opt/opt.h"

struct args {
	struct compile_options o;
	const char *dir, *cache, *file, *dump;
	u32 dump_pc, largest;
	bool print_key, times;
};

enum { OPT_CACHE = 256, OPT_KEY, OPT_TIMES, OPT_NO_SUMMARIES, OPT_NO_NAMES, OPT_THREADS, OPT_CPU, OPT_PRECISE, OPT_EXACT, OPT_PROGRESS, OPT_LARGEST, OPT_WITH_PARENT };

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "write code.wasm, resume.wasm and report.json into DIR", 0 },
	{ "cache", OPT_CACHE, "DIR", 0, "write them into the cache folder DIR under the file's key, unless they are there", 0 },
	{ "cpu", OPT_CPU, "v1|v2|v3", 0, "leave out code that needs a processor above this x86-64 level (default: v2)", 0 },
	{ "print-key", OPT_KEY, NULL, 0, "print the file's cache key and do nothing else", 0 },
	{ "dump", 'd', "LETTERS", 0, "print functions after the passes with these letters; * for all", 0 },
	{ "function", 'f', "PC", 0, "dump only the function at this address", 0 },
	{ "optimize", 'O', "N", 0, "0: no clean-up of the wasm, 1: what pays (default), 2: more", 0 },
	{ "no-summaries", OPT_NO_SUMMARIES, NULL, 0, "every call may read and write every register", 0 },
	{ "no-names", OPT_NO_NAMES, NULL, 0, "leave out function names", 0 },
	{ "threads", OPT_THREADS, "N", 0, "how many threads to use (default: one per processor)", 0 },
	{ "precise-faults", OPT_PRECISE, NULL, 0, "check every access to memory", 0 },
	{ "exact-floats", OPT_EXACT, NULL, 0, "only the functions with floating point, and those that call them, obeying MXCSR", 0 },
	{ "times", OPT_TIMES, NULL, 0, "print how long each stage took", 0 },
	{ "largest", OPT_LARGEST, "MB", 0, "refuse files with more code than this", 0 },
	{ "progress", OPT_PROGRESS, "FD", 0, "show progress on this descriptor (default: standard error if it is a terminal)", 0 },
	{ "with-parent", OPT_WITH_PARENT, NULL, 0, "end when the process that started this ends", 0 },
	{ 0 }
};

static u32
number(const char *s, int base)
{
	char *end;
	unsigned long v = strtoul(s, &end, base);

	if (!*s || *end || v > 0xffffffffu)
		die("'%s' is no number", s);
	return v;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'o': a->dir = arg; break;
	case 'd': a->dump = arg; break;
	case 'f': a->dump_pc = number(arg, 16); break;
	case 'O': a->o.optimize = number(arg, 10); break;
	case OPT_CACHE: a->cache = arg; break;
	case OPT_CPU: a->o.cpu_level = cpu_level_parse(arg); break;
	case OPT_PRECISE: a->o.precise = true; break;
	case OPT_EXACT: a->o.exact = true; break;
	case OPT_KEY: a->print_key = true; break;
	case OPT_TIMES: a->times = true; break;
	case OPT_NO_SUMMARIES: a->o.no_summaries = true; break;
	case OPT_NO_NAMES: a->o.no_names = true; break;
	case OPT_LARGEST: a->largest = number(arg, 10); break;
	case OPT_PROGRESS: a->o.progress = number(arg, 10); break;
	case OPT_WITH_PARENT: prctl(PR_SET_PDEATHSIG, SIGTERM); break;
	case OPT_THREADS: a->o.threads = number(arg, 10); break;
	case ARGP_KEY_ARG:
		if (a->file)
			die("compile takes one file");
		a->file = arg;
		break;
	case ARGP_KEY_END:
		if (!a->file)
			die("compile needs a file; elfport compile --help shows how");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "FILE",
	"Recompiles one x86-64 Linux ELF file to WebAssembly.\vWithout -o or --cache nothing is written and the report goes to stdout.",
	NULL, NULL, NULL
};

char *
compile_key(const struct elf *e, const char *opts, char key[65])
{
	const char *version = recompiler_version();
	size_t nv = strlen(version) + 1, no = strlen(opts) + 1;
	u8 *buf = malloc(nv + no + e->size), digest[32];

	if (!buf)
		die("out of memory");
	memcpy(buf, version, nv);
	memcpy(buf + nv, opts, no);
	memcpy(buf + nv + no, e->bytes, e->size);
	sha256(buf, nv + no + e->size, digest);
	free(buf);
	for (int i = 0; i < 32; i++)
		snprintf(key + 2 * i, 3, "%02x", digest[i]);
	return key;
}

static void
json_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
			fprintf(f, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

void
compile_report(const struct compiled *c, const char *path, char **text, size_t *len)
{
	FILE *f = open_memstream(text, len);

	if (!f)
		die("out of memory");
	fprintf(f, "{\n  \"file\": ");
	json_string(f, path);
	fprintf(f, ",\n  \"functions\": %u,\n  \"instructions\": %u,\n", c->functions, c->instructions);
	fprintf(f, "  \"text_bytes\": %llu,\n  \"covered_bytes\": %llu,\n", (unsigned long long)c->text_bytes,
		(unsigned long long)c->covered_bytes);
	fprintf(f, "  \"wasm_bytes\": %zu,\n", c->ncode);
	fprintf(f, "  \"resume_bytes\": %zu,\n", c->nresume);
	fprintf(f, "  \"resumable\": %u,\n  \"loop_entries\": %u,\n", c->resumable, c->loop_entries);
	fprintf(f, "  \"unresolved_jumps\": %u,\n  \"unknown\": {", c->unresolved_jumps);
	for (u32 i = 0; i < c->nunknown; i++)
		fprintf(f, "%s\"%s\": %u", i ? ", " : "", c->unknown[i].mnemonic, c->unknown[i].count);
	fprintf(f, "},\n  \"interpreted_functions\": [");
	for (u32 i = 0; i < c->nrefused; i++) {
		fprintf(f, "%s{\"name\": ", i ? ", " : "");
		json_string(f, c->refused[i].name);
		fprintf(f, ", \"pc\": %u, \"why\": \"%s\"}", c->refused[i].pc, c->refused[i].why);
	}
	fprintf(f, "]\n}\n");
	if (fclose(f))
		die("out of memory");
}

static void
make_folders(const char *dir)
{
	char *s = strdup(dir);

	if (!s)
		die("out of memory");
	for (char *p = s + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(s, 0777);
		*p = '/';
	}
	if (mkdir(s, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	free(s);
}

static char *
path_of(const char *dir, const char *name)
{
	char *s;

	if (asprintf(&s, "%s/%s", dir, name) < 0)
		die("out of memory");
	return s;
}

static void
write_file(const char *dir, const char *name, const void *bytes, size_t n)
{
	char *path = path_of(dir, name), *temp;
	FILE *f;
	int bad;

	if (asprintf(&temp, "%s.%d.tmp", path, (int)getpid()) < 0)
		die("out of memory");
	f = fopen(temp, "wb");
	if (!f)
		die("%s: %s", path, strerror(errno));
	bad = fwrite(bytes, 1, n, f) != n;
	bad |= fclose(f) != 0;
	if (bad || rename(temp, path)) {
		int err = errno;
		unlink(temp);
		die("%s: %s", path, strerror(err));
	}
	free(temp);
	free(path);
}

/* code.wasm comes last: a reader that finds it finds the rest */
static void
write_all(const char *dir, const struct compiled *c, const char *report, size_t nreport)
{
	char *old = path_of(dir, "resume.wasm");

	write_file(dir, "report.json", report, nreport);
	if (c->resume)
		write_file(dir, "resume.wasm", c->resume, c->nresume);
	else
		unlink(old);
	free(old);
	write_file(dir, "code.wasm", c->code, c->ncode);
}

static void
remove_folder(const char *dir)
{
	static const char *const names[] = { "code.wasm", "resume.wasm", "report.json" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *s = path_of(dir, names[i]);
		unlink(s);
		free(s);
	}
	rmdir(dir);
}

static void
write_cache(const char *cache, const char *key, const struct compiled *c, const char *report, size_t nreport)
{
	char *dir = path_of(cache, key), *temp;

	make_folders(cache);
	if (asprintf(&temp, "%s/.%s.%d", cache, key, (int)getpid()) < 0)
		die("out of memory");
	make_folders(temp);
	write_all(temp, c, report, nreport);
	if (rename(temp, dir)) {
		int err = errno;
		remove_folder(temp);
		if (err != EEXIST && err != ENOTEMPTY)          /* else another recompiler was faster */
			die("%s: %s", dir, strerror(err));
	}
	free(temp);
	free(dir);
}

/*
 * One recompiler at a time works on a file: others wait, and find its result. The lock is advice that saves work; safety is in the rename. Where
 * there can be none (a read-only cache folder, a file system without flock) the work is done twice. It goes with the process.
 */
static char *lock_path;

static void
unlock_key(void)
{
	unlink(lock_path);
}

static void
lock_key(const char *cache, const char *key)
{
	int fd;

	if (asprintf(&lock_path, "%s/.%s.lock", cache, key) < 0)
		die("out of memory");
	make_folders(cache);
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	while (flock(fd, LOCK_EX) && errno == EINTR)
		;
	atexit(unlock_key);
}

static void
print_times(const struct compiled *c)
{
	fprintf(stderr, "discover %.2f s, summaries %.2f s, lift and emit %.2f s, clean-up and writing %.2f s\n",
		c->seconds_discover, c->seconds_lift, c->seconds_emit, c->seconds_finish);
}

static void
refuse_large(const struct elf *e, const struct args *a)
{
	u64 code = 0;

	for (u32 i = 0; i < e->nseg; i++)
		if (e->seg[i].flags & PF_X)
			code += e->seg[i].filesz;
	if (a->largest && code >> 20 >= a->largest)
		die("%s has %u MB of code and is left to the interpreter; for full speed recompile it first: elfport compile --cache=%s %s", a->file,
			(u32)(code >> 20), a->cache ? a->cache : "DIR", a->file);
}

/* the options' part of the cache key, as in web/node/cache.mjs */
static void
key_options(const struct compile_options *o, char *to, size_t size)
{
	const char *word[3] = { cpu_level_options(o->cpu_level), o->precise ? "precise" : "", o->exact ? "exact" : "" };
	size_t n = 0;

	*to = 0;
	for (u32 i = 0; i < 3; i++)
		if (*word[i])
			n += snprintf(to + n, size - n, "%s%s", n ? " " : "", word[i]);
}

int
cmd_compile(int argc, char **argv)
{
	struct args a = { .o = { .optimize = 1, .cpu_level = CPU_LEVEL, .progress = isatty(2) ? 2 : -1 } };
	struct arena arena = { 0 };
	struct compiled c;
	struct elf *e;
	char key[65], words[64], *report, *dir;
	size_t n;

	arguments(&argp, "compile", argc, argv, 0, &a);
	e = elf_open(&arena, a.file);
	refuse_large(e, &a);
	key_options(&a.o, words, sizeof words);
	compile_key(e, words, key);
	if (a.print_key) {
		puts(key);
		return 0;
	}
	if (a.cache) {
		dir = path_of(a.cache, key);
		if (access(dir, F_OK))
			lock_key(a.cache, key);
		if (!access(dir, F_OK))
			return 0;
		free(dir);
	}
	if (a.dump) {
		opt_dump(a.dump, a.dump_pc);
		a.o.threads = 1;
	}
	if (a.dump || a.times)
		a.o.progress = -1;
	compile(&arena, e, &a.o, &c);
	if (a.times)
		print_times(&c);
	compile_report(&c, a.file, &report, &n);
	if (a.dir) {
		make_folders(a.dir);
		write_all(a.dir, &c, report, n);
	}
	if (a.cache)
		write_cache(a.cache, key, &c, report, n);
	if (!a.dir && !a.cache)
		fwrite(report, 1, n, stdout);
	elf_close(e);
	return 0;
}
