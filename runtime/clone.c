/*
 * clone.c - new threads and processes: fork, vfork, clone, clone3 in one.
 */
#include "task.h"

#define UNSUPPORTED (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	CLONE_INTO_CGROUP)

static int
clone_check(const struct clone_args *a)
{
	u64 f = a->flags;

	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_PIDFD) && (f & CLONE_THREAD || (f & CLONE_PARENT_SETTID && a->pidfd == a->parent_tid)))
		return -EINVAL;
	if ((f & CLONE_NEWNS) && (f & CLONE_FS))
		return -EINVAL;
	if (f & (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET))
		return -EPERM;
	if (f & UNSUPPORTED)
		return -EINVAL;
	if (a->exit_signal < 0 || a->exit_signal > NSIG)
		return -EINVAL;
	return 0;
}

static struct sighand *
sighand_for(const struct clone_args *a, struct sighand *old)
{
	struct sighand *s;

	if (a->flags & CLONE_SIGHAND) {
		old->refs++;
		return old;
	}
	if (!(s = kmalloc(sizeof *s)))
		return NULL;
	*s = *old;
	s->refs = 1;
	if (a->flags & CLONE_CLEAR_SIGHAND)
		for (int i = 0; i < NSIG; i++)
			if (s->action[i].handler != SIG_IGN)
				memset(&s->action[i], 0, sizeof s->action[i]);
	return s;
}

static struct proc *
proc_clone(const struct clone_args *a, struct proc *old, i32 pid)
{
	struct proc *p = proc_new(pid);

	if (!p)
		return NULL;
	p->sighand = sighand_for(a, old->sighand);
	if (!p->sighand) {
		proc_free(p);
		nprocs--;
		return NULL;
	}
	p->pgrp = old->pgrp;
	p->sid = old->sid;
	p->tty = old->tty;
	p->parent = (a->flags & CLONE_PARENT) ? old->parent : old;
	if (p->parent)
		list_add_tail(&p->parent->children, &p->sibling);
	p->exit_signal = (a->flags & CLONE_PARENT) ? old->exit_signal : a->exit_signal;
	memcpy(p->rlim, old->rlim, sizeof p->rlim);
	p->exe = file_get(old->exe);
	p->dumpable = old->dumpable;
	return p;
}

static void
task_inherit(struct task *t, const struct task *old, const struct clone_args *a)
{
	t->cred = old->cred;
	memcpy(t->comm, old->comm, sizeof t->comm);
	t->blocked = old->blocked;
	if (old->restore_mask)
		t->blocked = old->saved_mask;
	t->nice = old->nice;
	t->policy = old->policy;
	t->rt_priority = old->rt_priority;
	t->timer_slack = old->timer_slack;
	if (!(a->flags & CLONE_VM) || (a->flags & CLONE_VFORK))
		t->altstack = old->altstack;
	t->files = (a->flags & CLONE_FILES) ? files_get(old->files) : files_clone(old->files);
	t->fs = (a->flags & CLONE_FS) ? fs_get(old->fs) : fs_clone(old->fs);
}

static void
child_registers(struct task *t, struct task *old, const struct clone_args *a)
{
	static struct cpu regs;

	task_regs_get(old, &regs);
	regs.r[VAR_RAX] = 0;
	if (a->stack)
		regs.r[VAR_RSP] = a->stack;
	if (a->flags & CLONE_SETTLS)
		regs.fsbase = a->tls;
	regs.tid = t->tid;
	regs.pending = 0;
	regs.trap = 0;
	regs.stack_lo = regs.stack_span = 0;
	regs.n_interpreted = regs.n_unwind = regs.n_resume = regs.n_syscall = 0;
	task_regs_put(t, &regs);
}

static void
task_undo(struct task *t, struct proc *fresh)
{
	t->state = TASK_DEAD;
	if (t->files)
		files_put(t->files);
	if (t->fs)
		fs_put(t->fs);
	if (t->mm && t->cpu)
		cpu_free(t->mm, t->cpu);
	if (t->mm)
		mm_put(t->mm);
	t->mm = NULL;
	if (fresh) {
		sighand_put(fresh->sighand);
		fresh->sighand = NULL;
		if (fresh->exe)
			file_put(fresh->exe);
		fresh->leader = t;
		proc_reap(fresh);
	} else
		task_free(t);
}

/* The parent's descriptor for its child. */
static i64
give_pidfd(i32 pid, uptr to)
{
	struct pidref *r = pidref_find(pid);
	i64 fd = r ? pidfd_install(r, 0) : -ENOMEM;

	return fd < 0 ? fd : put_user32(to, (u32)fd);
}

/* Makes the child runnable; its number, or an error. */
static i64
clone_now(const struct clone_args *a)
{
	struct task *old = current, *t;
	struct proc *p = old->proc, *fresh = NULL;
	i32 tid = tid_alloc();
	i64 r;

	if (tid < 0)
		return tid;
	if (!(a->flags & CLONE_THREAD)) {
		if (nprocs >= p->rlim[RLIMIT_NPROC].cur)
			return -EAGAIN;
		p = fresh = proc_clone(a, old->proc, tid);
	}
	t = p ? task_new(p, tid) : NULL;
	if (!t) {
		if (fresh)
			proc_reap(fresh);
		return -ENOMEM;
	}
	task_inherit(t, old, a);
	t->mm = (a->flags & CLONE_VM) ? mm_get(old->mm) : mm_fork(old->mm);
	t->cpu = t->mm ? cpu_alloc(t->mm) : 0;
	if (!t->files || !t->fs || !t->cpu) {
		task_undo(t, fresh);
		return -ENOMEM;
	}
	if (a->flags & CLONE_PIDFD && (r = give_pidfd(tid, a->pidfd)) < 0) {
		task_undo(t, fresh);
		return r;
	}
	child_registers(t, old, a);
	if (fresh)
		fresh->leader = t;
	list_add_tail(&p->threads, &t->thread);
	p->nthreads++;
	if (a->flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = a->child_tid;
	if (a->flags & CLONE_CHILD_SETTID)
		mm_copy_out(t->mm, a->child_tid, &tid, 4);
	if (a->flags & CLONE_PARENT_SETTID)
		put_user32(a->parent_tid, tid);
	if (a->flags & CLONE_VFORK)
		t->vfork_parent = old;
	t->state = TASK_RUNNABLE;
	task_wake(t);
	return tid;
}

i64
task_clone(const struct clone_args *a)
{
	struct restart *r = restart();
	struct task *child;

	if (r->stage == 0) {
		i64 tid = clone_check(a);

		if (tid == 0)
			tid = clone_now(a);
		if (tid < 0 || !(a->flags & CLONE_VFORK))
			return tid;
		r->stage = 1;
		r->done = tid;
		current->uninterruptible = true;
	}
	child = task_find(r->done);
	if (child && child->vfork_parent == current)
		return wait_on(&child->vfork_done);
	return r->done;
}
