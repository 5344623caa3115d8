/*
 * fault.c - what goes wrong in a guest: traps that the engine reports with an exact state become signals; wasm faults end the
 * process, since registers in wasm locals are lost. Also the engine's other questions, and the end-of-run report.
 */
#include <stdio.h>
#include "task.h"
#include "../include/door.h"
#include "../include/floats.h"

bool want_stats, interpret_only;
static u64 total_interpreted, total_unwind, total_resume, total_syscall;

/* kinds of x_report, docs/host.md */
#define REPORT_LINE 0
#define REPORT_STATS 3

/* si_code of an unmasked SSE or x87 exception, in Linux's order (arch/x86/kernel/fpu/core.c): all flags count that are set and not masked */
static u8
float_code(struct task *t, u32 kind)
{
	u32 mxcsr = x_get32(t->mm->nr, t->cpu + offsetof(struct cpu, mxcsr)), set = mxcsr & ~(mxcsr >> 7);

	if (kind == TRAP_X87) {
		u32 fcw_fsw = x_get32(t->mm->nr, t->cpu + offsetof(struct cpu, fcw));

		set = fcw_fsw >> 16 & ~fcw_fsw;
	}
	if (set & MXCSR_IE)
		return FPE_FLTINV;
	if (set & MXCSR_ZE)
		return FPE_FLTDIV;
	if (set & MXCSR_OE)
		return FPE_FLTOVF;
	return set & (MXCSR_UE | MXCSR_DE) ? FPE_FLTUND : FPE_FLTRES;
}

void
door_trap(u32 cpu, u32 kind, u32 addr)
{
	static const struct { u8 sig, code, trapno; } map[] = {
		[TRAP_NONE] = { SIGSEGV, SI_KERNEL, 13 },
		[TRAP_DIVIDE] = { SIGFPE, FPE_INTDIV, 0 },
		[TRAP_UD] = { SIGILL, ILL_ILLOPN, 6 },
		[TRAP_UNKNOWN] = { SIGILL, ILL_ILLOPN, 6 },
		[TRAP_BREAKPOINT] = { SIGTRAP, SI_KERNEL, 3 },
		[TRAP_PRIVILEGED] = { SIGSEGV, SI_KERNEL, 13 },
		[TRAP_ALIGN] = { SIGSEGV, SI_KERNEL, 13 },
		[TRAP_STACK] = { SIGSEGV, SEGV_MAPERR, 14 },
		[TRAP_FETCH] = { SIGSEGV, SEGV_MAPERR, 14 },
		[TRAP_FLOAT] = { SIGFPE, 0, 19 },
		[TRAP_X87] = { SIGFPE, 0, 16 },
	};
	struct task *t = current;
	u32 pc;

	(void)cpu;
	if (kind == TRAP_PAGE) {
		perm_fault(t, x_get64(t->mm->nr, t->cpu + offsetof(struct cpu, fault_addr)),
			x_get32(t->mm->nr, t->cpu + offsetof(struct cpu, fault_write)) != 0);
		return;
	}
	if (kind >= sizeof map / sizeof map[0] || !map[kind].sig)
		kind = TRAP_NONE;
	pc = x_get32(t->mm->nr, t->cpu + offsetof(struct cpu, rip));
	t->trapno = map[kind].trapno;
	t->trap_err = kind == TRAP_FETCH ? 0x14 : kind == TRAP_STACK ? 6 : 0;
	t->trap_cr2 = map[kind].trapno == 14 ? addr : 0;
	signal_force(t, map[kind].sig, kind == TRAP_FLOAT || kind == TRAP_X87 ? float_code(t, kind) : map[kind].code, map[kind].sig == SIGILL || map[kind].sig == SIGFPE ? pc : t->trap_cr2);
}

/* x_run() came back with a wasm fault: what 1 memory, 2 host stack, 3 other. */
void
fault_run(struct task *t, i32 what)
{
	char text[600];
	int n = x_fault_text(kaddr(text), sizeof text - 1);

	text[n < 0 ? 0 : n >= (int)sizeof text ? (int)sizeof text - 1 : n] = 0;
	klog("elfport: %s[%d]: %s: %s", t->comm, t->tid,
		what == 1 ? "memory fault" : what == 2 ? "host stack overflow" : "fault", text);
	if (tracing)
		trace_signal(t, SIGSEGV, NULL);
	current = t;
	proc_exit(t->proc, SIGSEGV);
}

u32
door_stack(u32 cpu, u32 rsp)
{
	struct mm *mm = current->mm;
	struct vma *v = mm ? vma_find(mm, rsp - 1) : NULL;

	(void)cpu;
	if (!mm)
		return 0;
	if (!v && stack_expand(mm, rsp - 1))
		v = vma_find(mm, rsp - 1);
	if (!v || (v->flags & VM_ENGINE) || !(v->prot & PROT_WRITE))
		return 0;
	return v->flags & VM_STACK ? mm->stack_lo : v->start;
}

u32
door_executable(u32 cpu, u32 pc)
{
	struct vma *v = current->mm ? vma_find(current->mm, pc) : NULL;

	(void)cpu;
	return v && (v->prot & PROT_EXEC) && !(v->flags & VM_ENGINE) ? v->end | (v->shared ? DOOR_SHARED : 0) : 0;
}

void
door_shared(u32 cpu)
{
	(void)cpu;
	if (current->mm && current->mm->nshared) {
		shared_out(current->mm);
		shared_in(current->mm);
	}
}

u32
door_map(u32 bytes)
{
	struct mm *mm = current->mm;
	u32 size = page_up(bytes);
	u32 at = size && mm ? mm_find_free(mm, size, PAGE_SIZE, false) : 0;

	if (!at || mm_map(mm, at, size, PROT_READ | PROT_WRITE, VM_ENGINE | VM_ANON, NULL, 0) < 0)
		return 0;
	return at;
}

u32
door_resume_module(u32 id)
{
	return current->mm ? (u32)x_code_resume(current->mm->nr, id) : 0;
}

/* An instruction without a row: named once per text. */
void
door_unknown(u32 cpu, u32 pc, u32 text, u32 length)
{
	static u32 seen[64];
	static u32 nseen;
	char words[160], line[256];
	u32 hash = 5381;

	(void)cpu;
	if (length >= sizeof words)
		length = sizeof words - 1;
	if (text >= GUEST_HI || (text < GUEST_LO && text + length > ENGINE_HI))
		return;
	x_copy(0, kaddr(words), current->mm->nr, text, length);
	words[length] = 0;
	for (u32 i = 0; i < length; i++)
		hash = hash * 33 + (u8)words[i];
	for (u32 i = 0; i < nseen; i++)
		if (seen[i] == hash)
			return;
	if (nseen < 64)
		seen[nseen++] = hash;
	x_report(REPORT_LINE, kaddr(line), snprintf(line, sizeof line, "%s[%d]: unknown instruction at 0x%x: %s\n",
		current->comm, current->tid, pc, words));
}

void
door_log(u32 text, u32 length)
{
	char words[600];

	if (length >= sizeof words)
		length = sizeof words - 1;
	x_copy(0, kaddr(words), current->mm->nr, text, length);
	words[length] = 0;
	klog("elfport: engine: %s", words);
}

/* Adds up what a cpu counted, before its slot goes. */
void
stats_take(struct task *t)
{
	static struct cpu c;

	if (!want_stats)
		return;
	task_regs_get(t, &c);
	total_interpreted += c.n_interpreted;
	total_unwind += c.n_unwind;
	total_resume += c.n_resume;
	total_syscall += c.n_syscall;
}

void
stats_report(void)
{
	char line[400];
	u64 now = now_monotonic();

	if (!want_stats)
		return;
	stat_run_ns += now - run_start;                  /* the slice that ends init */
	x_report(REPORT_STATS, kaddr(line), snprintf(line, sizeof line,
		"instructions interpreted %llu, unwinds %llu, resumes %llu, system calls %llu, task switches %llu\n",
		(unsigned long long)total_interpreted, (unsigned long long)total_unwind, (unsigned long long)total_resume,
		(unsigned long long)stat_syscalls, (unsigned long long)stat_switches));
	x_report(REPORT_STATS, kaddr(line), snprintf(line, sizeof line,
		"time %.1f ms: running %.1f ms, of that in system calls %.1f ms; waiting %.1f ms\n", (now - boot_time) / 1e6,
		stat_run_ns / 1e6, stat_call_ns / 1e6, (now - boot_time - stat_run_ns) / 1e6));
}
