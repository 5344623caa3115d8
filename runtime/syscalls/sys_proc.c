/* sys_proc.c - processes: identity, clone, exec, exit, wait, prctl. */
#include "../task.h"

i64 sys_getpid(void) { return current->proc->pid; }
i64 sys_gettid(void) { return current->tid; }
i64 sys_getppid(void) { return proc_ppid(current->proc); }
i64 sys_getpgrp(void) { return current->proc->pgrp; }

/* ---- clone ---- */
i64
sys_clone(u64 flags, u64 stack, u64 parent_tid, u64 child_tid, u64 tls)
{
	struct clone_args a = {
		.flags = (u32)flags & ~(u32)CSIGNAL, .stack = stack, .parent_tid = parent_tid, .child_tid = child_tid, .tls = tls,
		.exit_signal = flags & CSIGNAL, .pidfd = parent_tid
	};

	return task_clone(&a);
}

i64
sys_fork(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };

	return task_clone(&a);
}

i64
sys_vfork(void)
{
	struct clone_args a = { .flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD };

	return task_clone(&a);
}

i64
sys_clone3(u64 p, u64 size)
{
	struct {
		u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
	} u;
	struct clone_args a = { 0 };

	if (size < 64)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(&u, 0, sizeof u);
	if (copy_in(&u, p, size < sizeof u ? size : sizeof u) < 0)
		return -EFAULT;
	if (u.set_tid_size || (u.flags & CSIGNAL) || (!u.stack) != (!u.stack_size))
		return -EINVAL;
	a.flags = u.flags;
	a.stack = u.stack ? u.stack + u.stack_size : 0;
	a.parent_tid = u.parent_tid;
	a.child_tid = u.child_tid;
	a.pidfd = u.flags & CLONE_PIDFD ? (u32)u.pidfd : ~a.parent_tid;
	a.tls = u.tls;
	a.exit_signal = u.exit_signal;
	return task_clone(&a);
}

/* ---- exec ---- */
i64
sys_execveat(u64 fd, u64 path, u64 argv, u64 envp, u64 flags)
{
	static char name[PATH_MAX];
	struct file *f;
	int n;
	i64 r;

	if (flags & ~(u64)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	n = strncpy_in(name, path, sizeof name);
	if (n < 0)
		return n;
	if (!n) {
		if (!(flags & AT_EMPTY_PATH))
			return -ENOENT;
		f = fd_file(fd);
		if (!f)
			return -EBADF;
		file_get(f);
		file_path(f, name, sizeof name);
	} else {
		r = file_open_path(&f, fd, name, O_RDONLY | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), 0);
		if (r < 0)
			return r;
	}
	r = exec_user(f, name, argv, envp);
	file_put(f);
	return r;
}

i64
sys_execve(u64 path, u64 argv, u64 envp)
{
	return sys_execveat(AT_FDCWD, path, argv, envp, 0);
}

/* ---- exit and wait ---- */
i64
sys_exit(u64 code)
{
	task_exit(current, (code & 0xff) << 8);
	return 0;
}

i64
sys_exit_group(u64 code)
{
	proc_exit(current->proc, (code & 0xff) << 8);
	return 0;
}

i64
sys_wait4(u64 pid, u64 status, u64 options, u64 rusage)
{
	struct linux_rusage ru;
	i32 id = pid;
	u32 st = 0;
	i64 r;

	if (options & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WALL | __WCLONE))
		return -EINVAL;
	if (id == (i32)0x80000000)
		return -ESRCH;
	r = proc_wait(id == -1 ? P_ALL : id > 0 ? P_PID : P_PGID, id > 0 ? id : id == 0 ? current->proc->pgrp : -id,
		options | WEXITED, &st, NULL, &ru);
	if (r > 0 && status && put_user32(status, st) < 0)
		return -EFAULT;
	if (r > 0 && rusage && copy_out(rusage, &ru, sizeof ru) < 0)
		return -EFAULT;
	return r;
}

i64
sys_waitid(u64 which, u64 id, u64 info, u64 options, u64 rusage)
{
	struct linux_siginfo si;
	struct linux_rusage ru;
	struct pidref *ref;
	bool nonblock = false;
	u32 st;
	i64 r;

	if (options & ~(u64)(WNOHANG | WEXITED | WSTOPPED | WCONTINUED | WNOWAIT | __WNOTHREAD | __WALL | __WCLONE))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if (which == P_PIDFD) {
		if (!(ref = pidfd_ref((int)id, &nonblock)))
			return (i32)id < 0 ? -EINVAL : -EBADF;
		if (!ref->pid)
			return -ECHILD;
		which = P_PID;
		id = ref->pid;
	}
	if (which > P_PGID)
		return -EINVAL;
	if ((which == P_PID && (i32)id <= 0) || (which == P_PGID && (i32)id < 0))
		return -EINVAL;
	if (which == P_PGID && !id)
		id = current->proc->pgrp;
	memset(&si, 0, sizeof si);
	r = proc_wait(which, id, options | (nonblock ? WNOHANG : 0), &st, &si, &ru);
	if (r < 0)
		return r;
	if (nonblock && !r && !(options & WNOHANG))
		return -EAGAIN;
	if (info && copy_out(info, &si, sizeof si) < 0)
		return -EFAULT;
	if (r > 0 && rusage && copy_out(rusage, &ru, sizeof ru) < 0)
		return -EFAULT;
	return 0;
}

/* ---- process groups and sessions ---- */
static bool
pgrp_in_session(i32 pgrp, i32 sid)
{
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (p->pgrp == pgrp && p->sid == sid)
			return true;
	}
	return false;
}

i64
sys_setpgid(u64 pid, u64 pgid)
{
	struct proc *me = current->proc;
	struct proc *p = (i32)pid ? proc_find(pid) : me;
	i32 to = pgid;

	if (to < 0)
		return -EINVAL;
	if (!p || (p != me && p->parent != me))
		return -ESRCH;
	if (!to)
		to = p->pid;
	if (p != me && p->sid != me->sid)
		return -EPERM;
	if (p != me && p->execed)
		return -EACCES;
	if (p->sid == p->pid)
		return -EPERM;
	if (to != p->pid && !pgrp_in_session(to, me->sid))
		return -EPERM;
	p->pgrp = to;
	return 0;
}

i64
sys_getpgid(u64 pid)
{
	struct proc *p = (i32)pid ? proc_find(pid) : current->proc;

	return p ? p->pgrp : -ESRCH;
}

i64
sys_getsid(u64 pid)
{
	struct proc *p = (i32)pid ? proc_find(pid) : current->proc;

	return p ? p->sid : -ESRCH;
}

i64
sys_setsid(void)
{
	struct proc *p = current->proc;

	list_each(e, &all_procs)
		if (list_entry(e, struct proc, all)->pgrp == p->pid)
			return -EPERM;
	p->pgrp = p->sid = p->pid;
	task_set_tty(current, NULL);
	return p->sid;
}

/* ---- odds and ends of a task ---- */
i64
sys_set_tid_address(u64 p)
{
	current->clear_tid = p;
	return current->tid;
}

i64
sys_set_robust_list(u64 head, u64 len)
{
	if (len != 24)
		return -EINVAL;
	current->robust = head;
	return 0;
}

i64
sys_get_robust_list(u64 pid, u64 head, u64 len)
{
	struct task *t = (i32)pid ? task_find(pid) : current;

	if (!t)
		return -ESRCH;
	if (put_user64(len, 24) < 0 || put_user64(head, t->robust) < 0)
		return -EFAULT;
	return 0;
}

i64
sys_arch_prctl(u64 op, u64 addr)
{
	u32 at = current->cpu;

	switch (op) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (addr >> 47)
			return -EPERM;
		x_put64(current->mm->nr, at + (op == ARCH_SET_FS ? CPU_OFFSET_FSBASE : CPU_OFFSET_GSBASE), addr);
		return 0;
	case ARCH_GET_FS:
		return put_user64(addr, x_get64(current->mm->nr, at + CPU_OFFSET_FSBASE));
	case ARCH_GET_GS:
		return put_user64(addr, x_get64(current->mm->nr, at + CPU_OFFSET_GSBASE));
	}
	return -EINVAL;
}

enum {
	PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_KEEPCAPS = 7, PR_SET_KEEPCAPS, PR_SET_NAME = 15,
	PR_GET_NAME, PR_GET_SECCOMP = 21, PR_SET_SECCOMP, PR_CAPBSET_READ, PR_GET_TSC = 25, PR_GET_SECUREBITS = 27, PR_SET_TIMERSLACK = 29,
	PR_GET_TIMERSLACK, PR_SET_CHILD_SUBREAPER = 36, PR_GET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_GET_TID_ADDRESS,
	PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, PR_CAP_AMBIENT = 47, PR_SET_VMA = 0x53564d41, PR_SET_PTRACER = 0x59616d61
};

static i64
prctl_set_name(uptr p)
{
	char name[16];

	memset(name, 0, sizeof name);
	if (strncpy_in(name, p, sizeof name) == -EFAULT)
		return -EFAULT;
	name[15] = 0;
	memcpy(current->comm, name, sizeof name);
	return 0;
}

i64
sys_prctl(u64 op, u64 a, u64 b, u64 c, u64 d)
{
	struct task *t = current;

	switch ((u32)op) {
	case PR_SET_PDEATHSIG:
		if (a > NSIG)
			return -EINVAL;
		t->pdeath_signal = a;
		return 0;
	case PR_GET_PDEATHSIG: return put_user32(a, t->pdeath_signal);
	case PR_GET_DUMPABLE: return t->proc->dumpable;
	case PR_SET_DUMPABLE:
		if (a > 1)
			return -EINVAL;
		t->proc->dumpable = a;
		return 0;
	case PR_SET_NAME: return prctl_set_name(a);
	case PR_GET_NAME: return copy_out(a, t->comm, sizeof t->comm);
	case PR_GET_KEEPCAPS: case PR_GET_SECCOMP: case PR_GET_SECUREBITS: case PR_GET_THP_DISABLE: return 0;
	case PR_SET_KEEPCAPS: return a > 1 ? -EINVAL : 0;
	case PR_SET_THP_DISABLE: case PR_SET_PTRACER: return 0;
	case PR_SET_SECCOMP: return -EINVAL;
	case PR_CAPBSET_READ: return a > 40 ? -EINVAL : 1;
	case PR_GET_TSC: return put_user32(a, 1);
	case PR_SET_TIMERSLACK:
		t->timer_slack = a ? a : 50000;
		return 0;
	case PR_GET_TIMERSLACK: return t->timer_slack;
	case PR_SET_CHILD_SUBREAPER:
		t->proc->subreaper = a != 0;
		return 0;
	case PR_GET_CHILD_SUBREAPER: return put_user32(a, t->proc->subreaper);
	case PR_SET_NO_NEW_PRIVS:
		if (a != 1 || b || c || d)
			return -EINVAL;
		t->cred.no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS: return t->cred.no_new_privs;
	case PR_GET_TID_ADDRESS: return put_user64(a, t->clear_tid);
	case PR_CAP_AMBIENT: return a == 1 ? 0 : a == 4 ? 0 : -EPERM;
	}
	return -EINVAL;
}

/* Refused by name: nothing can be traced or filtered here. */
static i64
refused(const char *name)
{
	static const char *told[4];

	for (int i = 0; i < 4; i++) {
		if (told[i] == name)
			return -EPERM;
		if (!told[i]) {
			told[i] = name;
			klog("elfport: %s[%d]: %s is not permitted", current->comm, current->tid, name);
			break;
		}
	}
	return -EPERM;
}

i64
sys_ptrace(u64 op, u64 pid, u64 addr, u64 data)
{
	(void)op, (void)pid, (void)addr, (void)data;
	return refused("ptrace");
}

i64
sys_seccomp(u64 op, u64 flags, u64 args)
{
	(void)op, (void)flags, (void)args;
	return refused("seccomp");
}

i64
sys_kcmp(u64 a, u64 b, u64 type)
{
	(void)a, (void)b, (void)type;
	return refused("kcmp");
}

i64
sys_personality(u64 p)
{
	return (u32)p == 0xffffffff || (p & 0xff) == 0 ? 0 : -EINVAL;
}

/* One CPU: nothing to gain from restartable sequences, and libc has a way without. */
i64
sys_rseq(u64 area, u64 size, u64 flags, u64 sig)
{
	(void)area, (void)size, (void)flags, (void)sig;
	return -ENOSYS;
}
