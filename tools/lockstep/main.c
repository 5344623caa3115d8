/*
 * main.c - lockstep [--compiled] [--limit=N] [OPTIONS OF elfport run] PROG [ARGS...]: starts the translated run, which reports every change that the kernel makes and the
 * state before each instruction (web/node/lockstep.mjs has the records), and lets the shadow execute the same. Exit status: 0 no difference, 1 one, 125 failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lockstep.h"

enum { WRITE = 1, FILL, STATE, STEP, SYSCALL, RESULT, TAKEN };           /* records */
enum { CPU_BYTES = 1024, RECORD_MAX = 1 << 17 };

_Static_assert(offsetof(struct cpu, n_interpreted) <= CPU_BYTES && sizeof(struct cpu) >= CPU_BYTES, "records");

static FILE *records;
static pid_t run;
static u64 instructions, events, limit = ~0ull;
static struct state now;                         /* of the translated side, as of the last record */
static bool started;

static void
start_run(char **args, bool compiled)
{
	char exe[PATH_MAX], number[16], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 16);
	char *argv[1024] = { "elfport", "run", "--lockstep", number, "--interpret" };
	int fd[2], k = compiled ? 4 : 5;

	if (n < 0 || pipe(fd) < 0)
		die("lockstep: %s", strerror(errno));
	exe[n] = 0;
	slash = strrchr(exe, '/');
	strcpy(slash + 1, "elfport");
	while (*args && k < 1023)
		argv[k++] = *args++;
	snprintf(number, sizeof number, "%d", fd[1]);
	run = fork();
	if (run == 0) {
		close(fd[0]);
		execv(exe, argv);
		die("lockstep: %s: %s", exe, strerror(errno));
	}
	close(fd[1]);
	records = fdopen(fd[0], "r");
}

static _Noreturn void
finish(int status)
{
	int run_status = 0;

	shadow_stop();
	if (status || instructions >= limit)
		kill(run, SIGKILL);
	waitpid(run, &run_status, 0);
	fprintf(stderr, "lockstep: %lu instructions, %lu changes by the kernel, %s\n", instructions, events, status == 1 ? "then a difference" : status ? "given up" : instructions < limit ? "no difference" : "no difference so far");
	exit(status);
}

static _Noreturn void
differ(const struct insn *in, const char *what, const struct state *native, const struct state *here)
{
	fprintf(stderr, "lockstep: the sides differ in %s after instruction %lu, at ", what, instructions);
	show_instruction(in);
	show_states(&now, native, here);
	finish(1);
}

/* The shadow executes the instruction at now.rip; after is what the translated side says of the moment behind it. */
static void
follow(const struct state *after, u32 stored_at, u32 stored, const u8 *bytes)
{
	struct state native;
	struct insn in;
	bool exact, known = decode(&in, (u32)now.rip, GUEST_AT(u8, now.rip), 15);
	const char *what;
	int sig;

	if (!known || insn_kind(&in) == INSN_TAKEN) {
		if (stored)
			memcpy(GUEST_AT(u8, stored_at), bytes, stored);
		shadow_load(after);
		now = *after;
		return;
	}
	instructions++;
	sig = shadow_step(&native, in.z.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE));
	if (sig)
		differ(&in, strsignal(sig), &native, after);
	what = state_differs(&in, &native, after, &exact);
	if (what == NULL && stored && memcmp(GUEST_AT(u8, stored_at), bytes, stored) != 0) {
		fprintf(stderr, "lockstep: memory at %x:", stored_at);
		for (u32 i = 0; i < stored; i++)
			fprintf(stderr, " %02x/%02x", *GUEST_AT(u8, stored_at + i), bytes[i]);
		fprintf(stderr, " (native/here)\n");
		what = "memory";
	}
	if (what)
		differ(&in, what, &native, after);
	if (!exact)
		shadow_load(after);
	now = *after;
}

/* --compiled: what cpuid, rdtsc and xgetbv gave, in order: eax ebx ecx edx */
static u32 (*taken)[4], ntaken, next_taken;

static void
keep_taken(const u8 *data)
{
	static u32 room;

	if (ntaken == room)
		taken = realloc(taken, (room = 2 * room + 16) * sizeof *taken);
	if (!taken)
		die("lockstep: out of memory");
	memcpy(taken[ntaken++], data, 16);
}

/* false: what the instruction gives is not known */
static bool
take(const struct insn *in, struct state *s)
{
	const u32 *t;

	if (next_taken == ntaken)
		return false;
	t = taken[next_taken++];
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_CPUID:
		s->r[3] = t[1];
		s->r[1] = t[2];
		break;
	case ZYDIS_MNEMONIC_RDTSCP: s->r[1] = 0; break;
	case ZYDIS_MNEMONIC_RDTSC: case ZYDIS_MNEMONIC_XGETBV: break;
	default: return false;
	}
	s->r[0] = t[0];
	s->r[2] = t[3];
	s->rip += in->z.length;
	shadow_load(s);
	return true;
}

/* The shadow runs on to the translated side's next system call, from where this one is now. */
static void
follow_to(const struct state *at)
{
	struct state native = now;
	struct insn in;
	bool exact;
	const char *what;
	u64 last[16] = { 0 };

	for (u64 n = 0;; n++) {
		if (!decode(&in, (u32)native.rip, GUEST_AT(u8, native.rip), 15))
			return;
		if (in.z.mnemonic == ZYDIS_MNEMONIC_SYSCALL)
			break;
		last[n % 16] = native.rip;
		if (insn_kind(&in) == INSN_TAKEN) {
			if (take(&in, &native))
				continue;
			fprintf(stderr, "lockstep: %s at %lx: what it gives is only known when every instruction is reported: not with --compiled\n",
			    ZydisMnemonicGetString(in.z.mnemonic), native.rip);
			finish(125);
		}
		if (instructions++ >= limit)
			finish(0);
		if (shadow_step(&native, in.z.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)))
			break;
	}
	native.rip += in.z.length;                       /* the record is of the moment behind it, with what the instruction itself has set */
	native.r[1] = native.rip;
	native.r[11] = at->r[11];
	native.flags = at->flags;                        /* dead where functions call and return (docs/il.md) */
	in.z.attributes = 0;
	what = state_differs(&in, &native, at, &exact);
	if (what == NULL)
		return;
	fprintf(stderr, "lockstep: compiled code between the system calls behind %lx and %lx; the last instructions before:", now.rip, native.rip);
	for (u32 i = 0; i < 16; i++)
		fprintf(stderr, " %lx", last[i]);
	fprintf(stderr, "\n");
	differ(&in, what, &native, at);
}

static bool
next_record(u32 *kind, u32 *n, u8 *data)
{
	u32 head[2];

	if (fread(head, 1, sizeof head, records) != sizeof head)
		return false;
	*kind = head[0];
	*n = head[1];
	return *n <= RECORD_MAX && fread(data, 1, *n, records) == *n;
}

static void
take_record(u32 kind, u32 n, const u8 *data, bool compiled)
{
	static struct cpu cpu;
	struct state s;
	u32 w[3] = { 0 };

	memcpy(w, data, n < sizeof w ? n : sizeof w);
	if (kind == WRITE || kind == FILL)
		events++;
	if (kind == WRITE) {
		memcpy(GUEST_AT(u8, w[0]), data + 4, n - 4);
		return;
	}
	if (kind == TAKEN) {
		keep_taken(data);
		return;
	}
	if (kind == FILL) {
		memset(GUEST_AT(u8, w[0]), (int)w[2], w[1]);
		return;
	}
	memcpy(&cpu, data, CPU_BYTES);
	memcpy(w, data + CPU_BYTES, 8);
	state_of(&s, &cpu);
	if (kind == SYSCALL && compiled && started)
		follow_to(&s);
	else if (kind == STEP && started)
		follow(&s, w[0], w[1], data + CPU_BYTES + 8);
	if (kind == STATE || (kind == RESULT && compiled)) {
		ntaken = next_taken = 0;
		started = true;
		shadow_load(&s);
		now = s;
	}
}

int
main(int argc, char **argv)
{
	static u8 data[RECORD_MAX];
	bool compiled = argc > 1 && strcmp(argv[1], "--compiled") == 0;
	u32 kind, n, own = 1 + compiled;

	if (argc > 1 + (int)compiled && strncmp(argv[own], "--limit=", 8) == 0)
		limit = strtoull(argv[own++] + 8, NULL, 0);
	if (argc <= (int)own || strcmp(argv[1], "--help") == 0) {
		printf("Usage: lockstep [--compiled] [--limit=N] [OPTIONS OF elfport run] PROG [ARGS...]\n"
		    "Runs PROG translated and, instruction by instruction, on this CPU; stops at the first difference, or after N instructions.\n"
		    "--compiled: the recompiled code, compared at system calls. See docs/lockstep.md.\n");
		return argc < 2 ? 125 : 0;
	}
	shadow_start();
	start_run(argv + own, compiled);
	while (next_record(&kind, &n, data) && instructions < limit)
		take_record(kind, n, data, compiled);
	finish(0);
}
