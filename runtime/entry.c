/*
 * entry.c - system calls: dispatch by syscalls.def, blocking and running again, and the way back to the guest. The engine's
 * idea of which cpu is calling is not trusted: the caller is always current.
 */
#include "task.h"
#include "../include/door.h"

#define FULL NULL
#define PARTIAL(missing) missing

typedef i64 (*thunk_fn)(const u64 *a);
#define SYS0(nr, name, s) static i64 thunk_##name(const u64 *a) { (void)a; return sys_##name(); }
#define SYS1(nr, name, k0, s) static i64 thunk_##name(const u64 *a) { return sys_##name(a[0]); }
#define SYS2(nr, name, k0, k1, s) static i64 thunk_##name(const u64 *a) { return sys_##name(a[0], a[1]); }
#define SYS3(nr, name, k0, k1, k2, s) static i64 thunk_##name(const u64 *a) { return sys_##name(a[0], a[1], a[2]); }
#define SYS4(nr, name, k0, k1, k2, k3, s) \
	static i64 thunk_##name(const u64 *a) { return sys_##name(a[0], a[1], a[2], a[3]); }
#define SYS5(nr, name, k0, k1, k2, k3, k4, s) \
	static i64 thunk_##name(const u64 *a) { return sys_##name(a[0], a[1], a[2], a[3], a[4]); }
#define SYS6(nr, name, k0, k1, k2, k3, k4, k5, s) \
	static i64 thunk_##name(const u64 *a) { return sys_##name(a[0], a[1], a[2], a[3], a[4], a[5]); }
#include "syscalls.def"
#undef SYS0
#undef SYS1
#undef SYS2
#undef SYS3
#undef SYS4
#undef SYS5
#undef SYS6

#define NCALLS 512
static const thunk_fn table[NCALLS] = {
#define SYS0(nr, name, s) [nr] = thunk_##name,
#define SYS1(nr, name, k0, s) [nr] = thunk_##name,
#define SYS2(nr, name, k0, k1, s) [nr] = thunk_##name,
#define SYS3(nr, name, k0, k1, k2, s) [nr] = thunk_##name,
#define SYS4(nr, name, k0, k1, k2, k3, s) [nr] = thunk_##name,
#define SYS5(nr, name, k0, k1, k2, k3, k4, s) [nr] = thunk_##name,
#define SYS6(nr, name, k0, k1, k2, k3, k4, k5, s) [nr] = thunk_##name,
#include "syscalls.def"
#undef SYS0
#undef SYS1
#undef SYS2
#undef SYS3
#undef SYS4
#undef SYS5
#undef SYS6
};

/*
 * Bit i: argument i is an address. One above 4 GiB is no address here: it becomes one that is never mapped, so that the handlers may
 * cut all addresses to 32 bits.
 */
#define ADDR_FD 0
#define ADDR_INT 0
#define ADDR_UINT 0
#define ADDR_LONG 0
#define ADDR_SIZE 0
#define ADDR_OFF 0
#define ADDR_HEX 0
#define ADDR_OCT 0
#define ADDR_SIG 0
#define ADDR_PTR 1
#define ADDR_STR 1
#define USER_END 0x7ffffffff000ull       /* of Linux: beyond it even an empty range is bad */
#define NEVER_MAPPED 0xfffff000u
static const u8 addresses[NCALLS] = {
#define SYS0(nr, name, s)
#define SYS1(nr, name, k0, s) [nr] = ADDR_##k0,
#define SYS2(nr, name, k0, k1, s) [nr] = ADDR_##k0 | ADDR_##k1 << 1,
#define SYS3(nr, name, k0, k1, k2, s) [nr] = ADDR_##k0 | ADDR_##k1 << 1 | ADDR_##k2 << 2,
#define SYS4(nr, name, k0, k1, k2, k3, s) [nr] = ADDR_##k0 | ADDR_##k1 << 1 | ADDR_##k2 << 2 | ADDR_##k3 << 3,
#define SYS5(nr, name, k0, k1, k2, k3, k4, s) \
	[nr] = ADDR_##k0 | ADDR_##k1 << 1 | ADDR_##k2 << 2 | ADDR_##k3 << 3 | ADDR_##k4 << 4,
#define SYS6(nr, name, k0, k1, k2, k3, k4, k5, s) \
	[nr] = ADDR_##k0 | ADDR_##k1 << 1 | ADDR_##k2 << 2 | ADDR_##k3 << 3 | ADDR_##k4 << 4 | ADDR_##k5 << 5,
#include "syscalls.def"
};

static void
check_addresses(struct task *t)
{
	for (u32 i = 0, m = t->nr < NCALLS ? addresses[t->nr] : 0; m; i++, m >>= 1)
		if ((m & 1) && t->arg[i] >> 32)
			t->arg[i] = t->arg[i] > USER_END ? NEVER_MAPPED : GUEST_HI;
}

/* Releases what the call in progress holds; the call is over or will never end. */
void
call_drop(struct task *t)
{
	struct restart *r = &t->restart;

	wait_cancel(t);
	futex_unqueue(t);
	for (int i = 0; i < 2; i++)
		if (r->file[i])
			file_put(r->file[i]);
	if (r->data)
		kfree(r->data);
	memset(r, 0, sizeof *r);
	t->in_call = false;
	t->uninterruptible = false;
}

/* Runs the handler once. true: *result is the call's answer; false: it waits, or the task has gone elsewhere. */
static bool
call_run(struct task *t, bool resumed, i64 *result)
{
	thunk_fn fn = t->nr < NCALLS ? table[t->nr] : NULL;
	i64 r = -ENOSYS;

	if (!fn)
		syscall_unknown(t->nr);
	u64 start = want_stats ? now_monotonic() : 0;

	do {
		t->woken = false;
		if (fn)
			r = fn(t->arg);
	} while (r == -EBLOCKED && t->woken && t->state != TASK_DEAD);
	if (want_stats)
		stat_call_ns += now_monotonic() - start;
	if (t->state == TASK_DEAD)
		return false;
	if (r == -EBLOCKED) {
		if (!signal_pending(t) || t->uninterruptible) {
			t->state = TASK_BLOCKED;
			return false;
		}
		r = -ERESTARTSYS;
	}
	if (tracing)
		trace_call(t, r, resumed);
	call_drop(t);
	*result = r;
	return true;
}

static bool
is_restart(i64 r)
{
	return r == -ERESTARTSYS || r == -ERESTARTNOHAND;
}

/* After a call with the answer r. true: nothing stands between the task and the guest. */
static bool
call_end(struct task *t, i64 r)
{
	if (is_restart(r))
		t->restart_error = -r;
	else if (t->restore_mask && r != -EINTR) {
		t->restore_mask = false;
		t->blocked = t->saved_mask;
		signal_changed(t);
	}
	return !is_restart(r) && !t->restore_mask && !t->proc->exiting && !t->proc->stopped && !t->yield && !signal_due(t);
}

i64
door_syscall(u32 cpu, u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct task *t = current;
	i64 r;

	(void)cpu;
	if (t->state != TASK_RUNNABLE || t->in_call)
		return DOOR_UNWIND;
	t->nr = nr;
	t->arg[0] = a0;
	t->arg[1] = a1;
	t->arg[2] = a2;
	t->arg[3] = a3;
	t->arg[4] = a4;
	t->arg[5] = a5;
	if ((a0 | a1 | a2 | a3 | a4 | a5) >> 32)
		check_addresses(t);
	t->in_call = true;
	stat_syscalls++;
	if (t->mm->nshared)
		shared_out(t->mm);
	if (!call_run(t, false, &r))
		return DOOR_UNWIND;
	if (t->regs_set) {
		t->regs_set = false;
		return DOOR_UNWIND;
	}
	if (call_end(t, r) && ((stat_syscalls & 31) || !sched_should_unwind())) {
		if (t->mm->nshared)
			shared_in(t->mm);
		return r;
	}
	task_set_rax(t, r);
	return DOOR_UNWIND;
}

/* A blocked call whose task was woken. false: still waiting, or the task is gone. */
bool
call_resume(struct task *t)
{
	i64 r;

	if (!call_run(t, true, &r))
		return false;
	if (t->regs_set) {
		t->regs_set = false;
		return true;
	}
	call_end(t, r);
	task_set_rax(t, r);
	return true;
}
