/*
 * interpreted.c - runs one instruction through decode, lift, opt_interp and the interpreter, which are compiled natively here.
 * The dispatcher, the code map and the kernel's doors are replaced by the few lines that a single block needs.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#define syscall engine_syscall
#define poll engine_poll
#include "insn.h"
#include "../../runtime/engine/compact.h"
#include "../../include/door.h"

static u32 last_trap;
struct engine_config engine_config = { .interpret_only = 1, .cpu_level = 3 };
u32 codemap_generation = 1;

bool
poll_due(struct cpu *cpu)
{
	cpu->fuel = 1000000;
	return false;
}

u32
codemap_next(u32 pc)
{
	(void)pc;
	return 0xffffffff;
}

u32
trap(struct cpu *cpu, u32 kind)
{
	(void)cpu;
	last_trap = kind;
	return PC_UNWIND;
}

u32
syscall(struct cpu *cpu)
{
	(void)cpu;
	return 1;
}

struct entry
codemap_find(u32 pc)
{
	struct entry e = { .kind = ENTRY_NONE };

	(void)pc;
	return e;
}

u32
door_executable(struct cpu *cpu, u32 pc)
{
	(void)cpu;
	return pc >= CODE && pc < EXIT_PC ? EXIT_PC : 0;
}

void
door_shared(struct cpu *cpu)
{
	(void)cpu;
}

i64
door_clock(void)
{
	return 1;
}

i64
door_random(void)
{
	return 1;
}

void *
mem_map(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

_Noreturn void
engine_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

_Noreturn void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

/* the fxsave image and struct cpu: registers by stack order there, by number here; tags of one bit there, two here */
static void
fx_in(struct cpu *cpu, const u8 *fx)
{
	u32 top;

	memcpy(&cpu->fcw, fx, 2);
	memcpy(&cpu->fsw, fx + 2, 2);
	memcpy(&cpu->mxcsr, fx + 24, 4);
	memcpy(cpu->xmm, fx + 160, 256);
	top = cpu->fsw >> 11 & 7;
	cpu->ftw = 0;
	for (u32 i = 0; i < 8; i++) {
		struct x87reg *r = &cpu->st[(top + i) & 7];

		memcpy(&r->mant, fx + 32 + 16 * i, 8);
		memcpy(&r->se, fx + 40 + 16 * i, 2);
		if (!(fx[4] >> i & 1))
			cpu->ftw |= 3 << 2 * i;
	}
}

static void
fx_out(const struct cpu *cpu, u8 *fx)
{
	u32 top = cpu->fsw >> 11 & 7;

	memcpy(fx, &cpu->fcw, 2);
	memcpy(fx + 2, &cpu->fsw, 2);
	memcpy(fx + 24, &cpu->mxcsr, 4);
	memcpy(fx + 160, cpu->xmm, 256);
	fx[4] = 0;
	for (u32 i = 0; i < 8; i++) {
		const struct x87reg *r = &cpu->st[(top + i) & 7];

		memcpy(fx + 32 + 16 * i, &r->mant, 8);
		memcpy(fx + 40 + 16 * i, &r->se, 2);
		if ((cpu->ftw >> 2 * i & 3) != 3)
			fx[4] |= 1 << i;
	}
}

static u32
signal_of(u32 kind)
{
	switch (kind) {
	case TRAP_DIVIDE: case TRAP_FLOAT: case TRAP_X87: return SIGFPE;
	case TRAP_UD: case TRAP_UNKNOWN: return SIGILL;
	case TRAP_BREAKPOINT: return SIGTRAP;
	default: return SIGSEGV;
	}
}

void
interpreted_setup(void)
{
}

void
interpreted_run(const struct test *t, struct state *s)
{
	static struct cpu *cpu;

	(void)t;
	if (cpu == NULL)
		cpu = mem_map(4096);
	engine_config.exact = state_floats;
	memset(cpu, 0, sizeof *cpu);
	memcpy(cpu->r, s->r, sizeof cpu->r);
	cpu->fk = FLAG_WORD;
	cpu->fa = s->flags & EF_STATUS;
	cpu->df = s->flags >> 10 & 1;
	cpu->eflags_other = s->flags & (EF_AC | EF_ID);
	cpu->gsbase = GS_BASE;
	cpu->fuel = 1000000;
	fx_in(cpu, s->fx);
	memcpy(cpu->ymmh, s->ymmh, sizeof cpu->ymmh);
	cpu->rip = CODE;
	last_trap = TRAP_NONE;
	while (last_trap == TRAP_NONE) {
		u32 pc = interp(cpu, 0, 0);

		if (pc != PC_UNWIND)
			cpu->rip = pc;
	}
	memcpy(s->r, cpu->r, sizeof s->r);
	s->flags = flags_word(cpu->fk, cpu->fa, cpu->fb, cpu->fc) | cpu->df << 10 | cpu->eflags_other | EF_IF | 2;
	s->rip = cpu->rip;
	s->signal = cpu->rip == EXIT_PC && last_trap == TRAP_FETCH ? 0 : signal_of(last_trap);
	fx_out(cpu, s->fx);
	memcpy(s->ymmh, cpu->ymmh, sizeof cpu->ymmh);
}
