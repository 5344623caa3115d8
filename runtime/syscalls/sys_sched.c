/* sys_sched.c - futex and scheduling calls. One worker, one priority: parameters are stored and given back. */
#include "../task.h"
#include "../futex.h"

i64
sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* Absolute CLOCK_MONOTONIC deadline of a futex timeout; 0: none. Computed once per call. */
static int
futex_deadline(uptr p, u32 cmd, bool realtime, u64 *out)
{
	u64 ns;
	int err;

	*out = 0;
	if (!p || restart()->stage)
		return 0;
	err = get_timespec(&ns, p);
	if (err)
		return err;
	if (cmd == FUTEX_WAIT)
		ns += now_monotonic();
	else if (realtime || cmd == FUTEX_LOCK_PI) {
		u64 now = now_realtime();

		ns = ns > now ? now_monotonic() + (ns - now) : 1;
	}
	*out = ns ? ns : 1;
	return 0;
}

i64
sys_futex(u64 p, u64 op, u64 val, u64 timeout, u64 p2, u64 val3)
{
	u32 cmd = op & ~(u64)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
	bool timed = cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2;
	u64 deadline = 0;
	int err = 0;

	if ((op & FUTEX_CLOCK_REALTIME) && !timed)
		return -ENOSYS;
	if (timed)
		err = futex_deadline(timeout, cmd, op & FUTEX_CLOCK_REALTIME, &deadline);
	if (err)
		return err;
	switch (cmd) {
	case FUTEX_WAIT: return futex_wait(p, val, deadline, ~0u);
	case FUTEX_WAIT_BITSET: return futex_wait(p, val, deadline, val3);
	case FUTEX_WAKE: return futex_wake(p, (i32)val < 1 ? 1 : val, ~0u);
	case FUTEX_WAKE_BITSET: return futex_wake(p, (i32)val < 1 ? 1 : val, val3);
	case FUTEX_REQUEUE: return futex_requeue(p, p2, val, timeout, false, 0);
	case FUTEX_CMP_REQUEUE: return futex_requeue(p, p2, val, timeout, true, val3);
	case FUTEX_WAKE_OP: return futex_wake_op(p, p2, val, timeout, val3);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2: return futex_lock_pi(p, deadline, false);
	case FUTEX_TRYLOCK_PI: return futex_lock_pi(p, 0, true);
	case FUTEX_UNLOCK_PI: return futex_unlock_pi(p);
	}
	return -ENOSYS;
}

/* ---- priorities ---- */
#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

static bool
prio_selects(const struct proc *p, u32 which, i32 who)
{
	switch (which) {
	case PRIO_PROCESS: return p->pid == (who ? who : current->proc->pid);
	case PRIO_PGRP: return p->pgrp == (who ? who : current->proc->pgrp);
	default: return p->leader->cred.uid == (who ? (u32)who : current->cred.uid);
	}
}

i64
sys_getpriority(u64 which, u64 who)
{
	i64 best = -ESRCH;

	if (which > PRIO_USER)
		return -EINVAL;
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (prio_selects(p, which, who) && 20 - p->leader->nice > best)
			best = 20 - p->leader->nice;
	}
	return best;
}

i64
sys_setpriority(u64 which, u64 who, u64 prio)
{
	i32 nice = (i32)prio < -20 ? -20 : (i32)prio > 19 ? 19 : (i32)prio;
	i64 r = -ESRCH;

	if (which > PRIO_USER)
		return -EINVAL;
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (!prio_selects(p, which, who))
			continue;
		if (nice < p->leader->nice && current->cred.euid)
			r = -EACCES;
		else {
			p->leader->nice = nice;
			if (r == -ESRCH)
				r = 0;
		}
	}
	return r;
}

/* ---- sched_ ---- */
static struct task *
target(u64 tid)
{
	return (i32)tid ? task_find(tid) : current;
}

i64
sys_sched_setscheduler(u64 tid, u64 policy, u64 param)
{
	struct task *t = target(tid);
	u32 prio, class = (u32)policy & ~0x40000000u;

	if ((i32)tid < 0 || !param)
		return -EINVAL;
	if (get_user32(&prio, param) < 0)
		return -EFAULT;
	if (!t)
		return -ESRCH;
	if (class > 5 || class == 4)
		return -EINVAL;
	if ((class == 1 || class == 2) ? prio < 1 || prio > 99 : prio != 0)
		return -EINVAL;
	if ((class == 1 || class == 2) && current->cred.euid)
		return -EPERM;
	t->policy = class;
	t->rt_priority = prio;
	return 0;
}

i64
sys_sched_setparam(u64 tid, u64 param)
{
	struct task *t = target(tid);

	return t ? sys_sched_setscheduler(tid, t->policy, param) : -ESRCH;
}

i64
sys_sched_getparam(u64 tid, u64 param)
{
	struct task *t = target(tid);

	if ((i32)tid < 0 || !param)
		return -EINVAL;
	return t ? put_user32(param, t->rt_priority) : -ESRCH;
}

i64
sys_sched_getscheduler(u64 tid)
{
	struct task *t = target(tid);

	return (i32)tid < 0 ? -EINVAL : t ? t->policy : -ESRCH;
}

i64 sys_sched_get_priority_max(u64 p) { return p == 1 || p == 2 ? 99 : p > 6 || p == 4 ? -EINVAL : 0; }
i64 sys_sched_get_priority_min(u64 p) { return p == 1 || p == 2 ? 1 : p > 6 || p == 4 ? -EINVAL : 0; }

i64
sys_sched_rr_get_interval(u64 tid, u64 p)
{
	return target(tid) ? put_timespec(p, 10000000) : -ESRCH;
}

i64
sys_sched_setaffinity(u64 tid, u64 len, u64 mask)
{
	struct task *t = target(tid);
	u8 first = 0;

	if (!t)
		return -ESRCH;
	if (len && copy_in(&first, mask, 1) < 0)
		return -EFAULT;
	if (!(first & 1))
		return -EINVAL;
	t->affinity = 1;
	return 0;
}

i64
sys_sched_getaffinity(u64 tid, u64 len, u64 mask)
{
	u64 one = 1;

	if (!target(tid))
		return -ESRCH;
	if (len < 8 || (len & 7))
		return -EINVAL;
	return copy_out(mask, &one, 8) < 0 ? -EFAULT : 8;
}

i64
sys_getcpu(u64 cpu, u64 node, u64 cache)
{
	(void)cache;
	if ((cpu && put_user32(cpu, 0) < 0) || (node && put_user32(node, 0) < 0))
		return -EFAULT;
	return 0;
}

struct sched_attr { u32 size, policy; u64 flags; i32 nice; u32 priority; u64 runtime, deadline, period; };

i64
sys_sched_setattr(u64 tid, u64 p, u64 flags)
{
	struct task *t = target(tid);
	struct sched_attr a;

	if (!p || flags)
		return -EINVAL;
	if (copy_in(&a, p, sizeof a) < 0)
		return -EFAULT;
	if (!t)
		return -ESRCH;
	if (a.policy > 5 || a.policy == 4)
		return -EINVAL;
	if ((a.policy == 1 || a.policy == 2) && current->cred.euid)
		return -EPERM;
	t->policy = a.policy;
	t->rt_priority = a.priority;
	t->nice = a.nice < -20 ? -20 : a.nice > 19 ? 19 : a.nice;
	return 0;
}

i64
sys_sched_getattr(u64 tid, u64 p, u64 size, u64 flags)
{
	struct task *t = target(tid);
	struct sched_attr a;

	if (!p || flags || size < sizeof a)
		return -EINVAL;
	if (!t)
		return -ESRCH;
	memset(&a, 0, sizeof a);
	a.size = sizeof a;
	a.policy = t->policy;
	a.nice = t->nice;
	a.priority = t->rt_priority;
	return copy_out(p, &a, sizeof a);
}

i64
sys_ioprio_set(u64 which, u64 who, u64 prio)
{
	(void)who, (void)prio;
	return which < 1 || which > 3 ? -EINVAL : 0;
}

i64
sys_ioprio_get(u64 which, u64 who)
{
	(void)who;
	return which < 1 || which > 3 ? -EINVAL : 0x4004;
}
