/*
 * dispatch.c - the dispatcher and what translated code calls: lookup, poll, syscall, trap and table index 0.
 * Whatever runs below the dispatcher returns the next pc, or PC_UNWIND with the exact state in struct cpu; then
 * cpu->leave says whether the kernel wants it or only the host stack had to be thrown away. See docs/abi.md.
 */
#include "engine.h"
#include "../../include/floats.h"

enum {
	WINDOW = 256 << 10,             /* guest stack that the host stack mirrors, unless configured */
	WINDOW_LOW = 32 << 10,          /* rebase when less than this is left */
	NEST_MAX = 48,                  /* call_unknown() frames */
	THROUGH_MAX = 64,               /* bytes that such a jump may have pushed */
	RESUME_HEAT = 64,               /* visits of loop headers outside compiled code before a resume module is worth loading */
	HEAT_POLL = 4,                  /* how many visits a poll counts for, about a millisecond */
	FILES = 256,                    /* files are told apart by their ids' low bits */
	EXACT_HEAT = 1 << 20,           /* instructions interpreted with exact floats in a file before its exact functions are looked for, */
	EXACT_HOT = 32 << 20,           /* and before they are worth compiling, which takes about 10 s per MB of text */
	FUEL_STRESS = 1                 /* lets the first poll pass, so that every turn makes progress */
};

struct engine_config engine_config = { .window = WINDOW, .cpu_level = 2 };

static u32
rsp_of(const struct cpu *cpu)
{
	return (u32)cpu->r[VAR_RSP];
}

/*
 * The host stack is empty: put the stack window around rsp. Under stress it is one byte wide, so that the function entered
 * next passes its check and every function that it calls unwinds. False: there is no stack at rsp, the trap is delivered.
 */
static bool
rebase(struct cpu *cpu)
{
	u32 rsp = rsp_of(cpu);
	u32 lo;

	if (engine_config.stress_unwind) {
		if (!door_stack(cpu, rsp) && !engine_config.precise) {
			trap(cpu, TRAP_STACK);
			return false;
		}
		cpu->stack_lo = rsp;
		cpu->stack_span = 1;
		cpu->fuel = FUEL_STRESS;
		return true;
	}
	if (rsp - cpu->stack_lo < cpu->stack_span && rsp - cpu->stack_lo >= WINDOW_LOW)
		return true;
	lo = door_stack(cpu, rsp);
	if (!lo && engine_config.precise) {              /* no harm before something is accessed there */
		cpu->stack_lo = rsp;
		cpu->stack_span = 1;
		return true;
	}
	if (!lo) {
		trap(cpu, TRAP_STACK);
		return false;
	}
	if (rsp - lo > engine_config.window)
		lo = rsp - engine_config.window;
	cpu->stack_lo = lo;
	cpu->stack_span = rsp - lo + WINDOW_SLACK;
	return true;
}

/* A loop header was reached outside compiled code: true when its resume copy may be entered. */
static bool
resume_ready(struct codemap *m, u32 visits)
{
	static u16 heat[FILES];
	u16 *h = &heat[m->id % FILES];
	u32 answer;

	if (m->resume_loaded == 1)
		return true;
	*h += visits;
	if (*h < RESUME_HEAT && !engine_config.stress_unwind)
		return false;
	*h = 0;
	if ((answer = door_resume_module(m->id)) == 2)
		return false;                   /* on its way: the interpreter goes on meanwhile */
	m->resume_loaded = answer == 1 ? 1 : 2;
	codemap_generation++;
	return m->resume_loaded == 1;
}

#define PARAM(NAME) , u64 NAME
typedef struct outcome resume_copy(struct cpu *cpu);
typedef struct outcome compiled(struct cpu *cpu
#include "../../include/params.def"
	);
#undef PARAM

static u32
call_compiled(struct cpu *cpu, u32 slot)
{
#ifdef __wasm__
	u64 rsp = cpu->r[VAR_RSP];
#define PARAM(NAME) , cpu->r[VAR_##NAME]
	struct outcome x = ((compiled *)(uintptr_t)slot)(cpu
#include "../../include/params.def"
		);
#undef PARAM

	if (x.pc != PC_UNWIND) {
		cpu->r[VAR_RSP] = rsp + 8;
		cpu->r[VAR_RAX] = x.rax;
	}
	return x.pc;
#else
	(void)slot;
	engine_panic("compiled code outside wasm at %x", cpu->rip);
#endif
}

static u32
call_resume(struct cpu *cpu, u32 slot)
{
#ifdef __wasm__
	struct outcome x = ((resume_copy *)(uintptr_t)slot)(cpu);

	if (x.pc != PC_UNWIND)
		cpu->r[VAR_RAX] = x.rax;
	return x.pc;
#else
	(void)slot;
	engine_panic("compiled code outside wasm at %x", cpu->rip);
#endif
}

static const struct outcome unwinds = { PC_UNWIND, 0 };

static struct outcome
outcome(const struct cpu *cpu, u32 pc)
{
	return (struct outcome){ pc, cpu->r[VAR_RAX] };
}

/* n instructions from pc on were interpreted with exact floats. */
static void
exact_interpreted(u32 pc, u32 n)
{
	static u32 heat[FILES];
	struct codemap *m = codemap_of(pc);
	u32 before, after, exact;

	if (!m || m->exact)
		return;
	before = heat[m->id % FILES];
	after = heat[m->id % FILES] = before + n;
	if (!(before < EXACT_HEAT && after >= EXACT_HEAT) && !(before < EXACT_HOT && after >= EXACT_HOT))
		return;
	exact = door_exact_module(m, after >= EXACT_HOT);
	if (exact)
		exact_attach(m, exact);
}

/* One turn: compiled code if there is some for cpu->rip, else the interpreter. */
static u32
turn(struct cpu *cpu, u32 stop_pc, u32 stop_rsp)
{
	u32 start, pc;
	u64 before;

	if (cpu->recheck) {
		cpu->recheck = 0;
	} else if (!engine_config.interpret_only) {
		struct entry e = codemap_find(cpu->rip);

		if (e.kind == ENTRY_FUNC)
			return call_compiled(cpu, e.slot);
		if (e.kind == ENTRY_RESUME && resume_ready(e.map, 1)) {
			cpu->n_resume++;
			return call_resume(cpu, e.slot);
		}
	}
	start = cpu->rip;
	before = cpu->n_interpreted;
	pc = interp(cpu, stop_pc, stop_rsp);
	if (engine_config.profile)
		door_profile(cpu, start, (u32)(cpu->n_interpreted - before));
	if (engine_config.exact && !engine_config.interpret_only)
		exact_interpreted(start, (u32)(cpu->n_interpreted - before));
	return pc;
}

static void __attribute__((noinline))
dispatch(struct cpu *cpu)
{
	cpu->leave = 0;
	cpu->nest = 0;
	if ((cpu->mxcsr != MXCSR_DEFAULT || ~cpu->fcw & 0x3f) && !engine_config.exact)
		exact_begin();          /* a signal's return or the parent's state brought it */
	while (!cpu->pending && !cpu->leave && rebase(cpu)) {
		u32 pc = turn(cpu, 0, 0);

		if (pc == PC_UNWIND)
			cpu->n_unwind++;
		else
			cpu->rip = pc;
	}
}

#ifdef __wasm__
__asm__(".globaltype __stack_pointer, i32\n");
extern char __stack_high;

void
run(struct cpu *cpu)
{
	/* a wasm trap may have left the C stack pointer anywhere */
	__asm__ volatile("local.get %0\n\tglobal.set __stack_pointer" : : "r"(&__stack_high) : "memory");
	dispatch(cpu);
}
#else
void
run(struct cpu *cpu)
{
	dispatch(cpu);
}
#endif

u32
lookup(struct cpu *cpu, u32 pc)
{
	struct entry e = codemap_find(pc);

	if (e.kind == ENTRY_FUNC && !engine_config.interpret_only) {
		GUEST(u64, TARGETS_ADDR)[((pc >> 2) ^ (pc >> 12)) & (TARGETS_COUNT - 1)] = (u64)pc << 32 | e.slot;
		return e.slot;
	}
	cpu->rip = pc;
	return 0;
}

/*
 * An indirect call or tail call to code that is not compiled: dispatch on the host stack until the callee returns to the
 * address on top of the guest stack. The stack window stays: it belongs to the frames below.
 */
struct outcome
call_unknown(struct cpu *cpu
#define PARAM(NAME) , u64 NAME
#include "../../include/params.def"
#undef PARAM
	)
{
	u32 rsp = (u32)RSP;
	u32 stop_pc = *GUEST(u32, rsp);
	u32 pc;

#define PARAM(NAME) cpu->r[VAR_##NAME] = NAME;
#include "../../include/params.def"
#undef PARAM
	if (cpu->nest >= NEST_MAX || engine_config.stress_unwind || rsp - cpu->stack_lo >= cpu->stack_span)
		return unwinds;
	cpu->nest++;
	for (;;) {
		pc = turn(cpu, stop_pc, rsp + 8);
		if (pc == PC_UNWIND || (pc == stop_pc && rsp_of(cpu) == rsp + 8))
			break;
		cpu->rip = pc;
		if (rsp_of(cpu) - cpu->stack_lo >= cpu->stack_span) {
			pc = PC_UNWIND;
			break;
		}
	}
	cpu->nest--;
	return outcome(cpu, pc);
}

/* Asks the kernel and refills fuel. True: the stack must be unwound. */
bool
poll_due(struct cpu *cpu)
{
	cpu->n_poll++;
	if (engine_config.stress_unwind && cpu->n_poll % 32 != 0 && !cpu->pending)
		return true;
	if (cpu->pending || door_poll(cpu)) {
		cpu->leave = 1;
		return true;
	}
	return engine_config.stress_unwind;
}

/*
 * A function that was entered with rsp0 jumps to cpu->rip with another rsp. If it only pushed something for where it jumps to, as stubs of lazy binding
 * do, that is dispatched on the host stack until it has returned to the function's caller; the resolver unwinds when it jumps on with rsp0.
 * Anything else may be another stack: unwind.
 */
struct outcome
through(struct cpu *cpu, u32 rsp0)
{
	u32 stop_pc = *GUEST(u32, rsp0);
	u32 pc = PC_UNWIND;

	if (rsp0 - rsp_of(cpu) - 1 >= THROUGH_MAX || cpu->nest >= NEST_MAX || engine_config.stress_unwind)
		return unwinds;
	cpu->nest++;
	while (rsp_of(cpu) - cpu->stack_lo < cpu->stack_span) {
		pc = turn(cpu, stop_pc, rsp0 + 8);
		if (pc == stop_pc && rsp_of(cpu) == rsp0 + 8)
			break;
		if (pc != PC_UNWIND)
			cpu->rip = pc;
		else if (cpu->leave || cpu->pending || rsp_of(cpu) != rsp0)
			break;
		pc = PC_UNWIND;
	}
	cpu->nest--;
	return outcome(cpu, pc);
}

/*
 * Compiled code calls this at a loop header as its last act (a tail call), with the exact state in struct cpu. If the kernel wants
 * nothing, the rest of the function runs in its resume copy, in the same place on the host stack: its callers notice nothing. That is also how a
 * long first call gets V8's optimised code, which is taken only where a function is entered anew (docs/engine.md).
 */
struct outcome
poll(struct cpu *cpu)
{
	struct entry e;

	if (poll_due(cpu))
		return unwinds;
	e = codemap_find(cpu->rip);
	if (e.kind != ENTRY_RESUME || !resume_ready(e.map, HEAT_POLL))
		return unwinds;
	cpu->n_resume++;
#ifdef __wasm__
	__attribute__((musttail)) return ((resume_copy *)(uintptr_t)e.slot)(cpu);
#else
	return outcome(cpu, call_resume(cpu, e.slot));
#endif
}

u32
syscall(struct cpu *cpu)
{
	u64 *r = cpu->r;
	u64 a0 = r[VAR_RDI], a1 = r[VAR_RSI], a2 = r[VAR_RDX], a3 = r[VAR_R10], a4 = r[VAR_R8], a5 = r[VAR_R9];
	u32 nr = (u32)r[VAR_RAX];
	i64 result;

	/* SDM volume 2, SYSCALL: rcx = rip, r11 = rflags; the kernel sees them so, as Linux's pt_regs */
	r[VAR_RCX] = cpu->rip;
	r[VAR_R11] = flags_word(cpu->fk, cpu->fa, cpu->fb, cpu->fc) | (cpu->df ? EF_DF : 0) | cpu->eflags_other | EF_IF | 2;
	cpu->n_syscall++;
	result = door_syscall(cpu, nr, (i64)a0, (i64)a1, (i64)a2, (i64)a3, (i64)a4, (i64)a5);
	if (result != DOOR_UNWIND)
		r[VAR_RAX] = (u64)result;
	if (result != DOOR_UNWIND && !cpu->pending)
		return 0;
	cpu->leave = 1;
	return PC_UNWIND;
}

u32
trap(struct cpu *cpu, u32 kind)
{
	if (kind == TRAP_CHECK) {
		cpu->recheck = 1;
		return PC_UNWIND;
	}
	if (kind == TRAP_EXACT) {
		exact_begin();
		cpu->leave = 1;                 /* so that nothing below stays on the host stack */
		return PC_UNWIND;
	}
	cpu->trap = kind;
	cpu->trap_addr = cpu->rip;
	if (kind == TRAP_UNKNOWN)
		unknown_report(cpu);
	door_trap(cpu, kind, kind == TRAP_STACK ? rsp_of(cpu) - 8 : cpu->rip);
	cpu->leave = 1;
	return PC_UNWIND;
}
