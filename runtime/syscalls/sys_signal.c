/* sys_signal.c - signal calls: actions, masks, sending, waiting. */
#include "../task.h"

#define UNMASKABLE (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))

i64
sys_rt_sigaction(u64 sig, u64 act, u64 old, u64 size)
{
	struct linux_sigaction new, *sa;

	if (size != 8 || (i32)sig < 1 || (i32)sig > NSIG || (act && (sig == SIGKILL || sig == SIGSTOP)))
		return -EINVAL;
	if (act && copy_in(&new, act, sizeof new) < 0)
		return -EFAULT;
	sa = &current->proc->sighand->action[sig - 1];
	if (old && copy_out(old, sa, sizeof *sa) < 0)
		return -EFAULT;
	if (act) {
		*sa = new;
		sa->mask &= ~UNMASKABLE;
		signal_changed(current);
	}
	return 0;
}

i64
sys_rt_sigprocmask(u64 how, u64 set, u64 old, u64 size)
{
	struct task *t = current;
	u64 now = t->blocked, m = 0;

	if (size != 8)
		return -EINVAL;
	if (set) {
		if (get_user64(&m, set) < 0)
			return -EFAULT;
		m &= ~UNMASKABLE;
		if (how == SIG_BLOCK)
			m |= now;
		else if (how == SIG_UNBLOCK)
			m = now & ~m;
		else if (how != SIG_SETMASK)
			return -EINVAL;
		t->blocked = m;
		if (now & ~m)
			signal_changed(t);
	}
	return old && put_user64(old, now) < 0 ? -EFAULT : 0;
}

i64
sys_rt_sigreturn(void)
{
	return sigframe_return(current);
}

i64
sys_rt_sigpending(u64 set, u64 size)
{
	u64 pending = (current->pending.set | current->proc->shared.set) & current->blocked;

	return size > 8 ? -EINVAL : copy_out(set, &pending, size);
}

i64
sys_pause(void)
{
	return signal_pending(current) ? -ERESTARTNOHAND : -EBLOCKED;
}

i64
sys_rt_sigsuspend(u64 set, u64 size)
{
	u64 m;

	if (size != 8)
		return -EINVAL;
	if (get_user64(&m, set) < 0)
		return -EFAULT;
	signal_mask_for_call(m);
	return signal_pending(current) ? -ERESTARTNOHAND : -EBLOCKED;
}

i64
sys_rt_sigtimedwait(u64 set, u64 info, u64 timeout, u64 size)
{
	struct task *t = current;
	struct restart *r = restart();
	struct linux_siginfo si;
	u64 want, ns;
	int sig, err;

	if (size != 8)
		return -EINVAL;
	if (get_user64(&want, set) < 0)
		return -EFAULT;
	want &= ~UNMASKABLE;
	if (timeout && !r->deadline) {
		err = get_timespec(&ns, timeout);
		if (err)
			return err;
		r->deadline = now_monotonic() + ns;
	}
	t->sigwait = 0;
	sig = signal_dequeue(t, want, &si);
	if (sig)
		return info && copy_out(info, &si, sizeof si) < 0 ? -EFAULT : sig;
	if (r->deadline && now_monotonic() >= r->deadline)
		return -EAGAIN;
	if (signal_pending(t))
		return -EINTR;
	t->sigwait = want;
	if (r->deadline)
		wait_until(r->deadline);
	return -EBLOCKED;
}

i64
sys_sigaltstack(u64 new, u64 old)
{
	struct task *t = current;
	struct linux_stack s, was = t->altstack;
	u64 rsp = x_get64(t->mm->nr, t->cpu + CPU_OFFSET_RSP);
	u32 mode;

	if (new && copy_in(&s, new, sizeof s) < 0)
		return -EFAULT;
	if (on_altstack(t, rsp))
		was.flags |= SS_ONSTACK;
	if (new) {
		if (on_altstack(t, rsp))
			return -EPERM;
		mode = (u32)s.flags & ~SS_AUTODISARM;
		if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
			return -EINVAL;
		if (mode == SS_DISABLE) {
			s.sp = s.size = 0;
		} else if (s.size < MINSIGSTKSZ)
			return -ENOMEM;
		if (mode == SS_ONSTACK)
			s.flags &= ~SS_ONSTACK;
		s.pad = 0;
		t->altstack = s;
	}
	return old && copy_out(old, &was, sizeof was) < 0 ? -EFAULT : 0;
}

/* ---- sending ---- */
static i64
kill_proc(struct proc *p, int sig, const struct linux_siginfo *info)
{
	if (!signal_may(p, sig))
		return -EPERM;
	return sig ? signal_queue(NULL, p, info) : 0;
}

/* pid of kill(2): below -1 a group, -1 everybody, 0 the own group. */
static i64
kill_many(i32 pid, int sig, const struct linux_siginfo *info)
{
	struct proc *me = current->proc;
	i32 pgrp = pid == 0 ? me->pgrp : -pid;
	i64 r = -ESRCH;

	list_each_safe(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);
		i64 one;

		if (pid == -1 ? p == me || p == init_proc || p == kernel_proc : p->pgrp != pgrp)
			continue;
		one = kill_proc(p, sig, info);
		if (one == 0 || r == -ESRCH)
			r = one;
	}
	return r;
}

i64
sys_kill(u64 pid, u64 sig)
{
	struct linux_siginfo info;
	struct proc *p;
	i32 to = pid;

	if ((i32)sig < 0 || (i32)sig > NSIG)
		return -EINVAL;
	signal_user(&info, sig, SI_USER);
	if (to <= 0)
		return to == (i32)0x80000000 ? -ESRCH : kill_many(to, sig, &info);
	p = proc_find(to);
	if (!p) {
		struct task *t = task_find(to);

		p = t ? t->proc : NULL;
	}
	return p ? kill_proc(p, sig, &info) : -ESRCH;
}

static i64
kill_thread(i32 tgid, i32 tid, int sig, const struct linux_siginfo *info)
{
	struct task *t;

	if (tid <= 0 || tgid == 0 || sig < 0 || sig > NSIG)
		return -EINVAL;
	t = task_find(tid);
	if (!t || t->state == TASK_DEAD || (tgid > 0 && t->proc->pid != tgid))
		return -ESRCH;
	if (!signal_may(t->proc, sig))
		return -EPERM;
	return sig ? signal_queue(t, t->proc, info) : 0;
}

i64
sys_tkill(u64 tid, u64 sig)
{
	struct linux_siginfo info;

	signal_user(&info, sig, SI_TKILL);
	return kill_thread(-1, tid, sig, &info);
}

i64
sys_tgkill(u64 tgid, u64 tid, u64 sig)
{
	struct linux_siginfo info;

	if ((i32)tgid <= 0)
		return -EINVAL;
	signal_user(&info, sig, SI_TKILL);
	return kill_thread(tgid, tid, sig, &info);
}

static i64
import_info(struct linux_siginfo *info, uptr p, int sig, i32 pid)
{
	if (copy_in(info, p, sizeof *info) < 0)
		return -EFAULT;
	if ((info->code >= 0 || info->code == SI_TKILL) && current->proc->pid != pid)
		return -EPERM;
	info->signo = sig;
	return 0;
}

i64
sys_rt_sigqueueinfo(u64 pid, u64 sig, u64 p)
{
	struct linux_siginfo info;
	struct proc *to = proc_find(pid);
	i64 err = import_info(&info, p, sig, pid);

	if (err)
		return err;
	if ((i32)sig < 0 || (i32)sig > NSIG)
		return -EINVAL;
	return to ? kill_proc(to, sig, &info) : -ESRCH;
}

i64
sys_pidfd_send_signal(u64 fd, u64 sig, u64 p, u64 flags)
{
	struct pidref *r = pidfd_ref((int)fd, NULL);
	struct linux_siginfo info;
	i32 pid = r ? r->pid : procfs_pid((int)fd);
	struct proc *to;
	i64 err;

	if (flags)
		return -EINVAL;
	if (!r && !pid)
		return -EBADF;
	if ((i32)sig < 0 || (i32)sig > NSIG)
		return -EINVAL;
	if (!pid || !(to = proc_find(pid)))
		return -ESRCH;
	if (!p)
		signal_user(&info, sig, SI_USER);
	else if ((err = import_info(&info, p, sig, pid)) < 0)
		return err;
	return kill_proc(to, sig, &info);
}

i64
sys_rt_tgsigqueueinfo(u64 tgid, u64 tid, u64 sig, u64 p)
{
	struct linux_siginfo info;
	i64 err = import_info(&info, p, sig, tgid);

	return err ? err : kill_thread(tgid, tid, sig, &info);
}
