/*
 * exit.c - the end of threads and processes: what they hold is released, children find a new parent, the parent is told.
 */
#include "task.h"

struct proc *init_proc, *kernel_proc;

/* No member of the group has a parent outside it in the same session: nobody could continue it (POSIX orphaned process group). */
bool
pgrp_orphaned(i32 pgrp, const struct proc *ignore)
{
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (p->pgrp != pgrp || p->zombie || p == ignore)
			continue;
		if (p == init_proc)
			return false;                            /* the host's shell is its parent */
		if (p->parent && p->parent->pgrp != pgrp && p->parent->sid == p->sid)
			return false;
	}
	return true;
}

static bool
pgrp_has_stopped(i32 pgrp)
{
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (p->pgrp == pgrp && p->stopped)
			return true;
	}
	return false;
}

static void
hangup_if_orphaned(i32 pgrp, const struct proc *ignore)
{
	if (pgrp_orphaned(pgrp, ignore) && pgrp_has_stopped(pgrp)) {
		signal_send_pgrp(pgrp, SIGHUP);
		signal_send_pgrp(pgrp, SIGCONT);
	}
}

static struct proc *
new_parent(struct proc *p)
{
	for (struct proc *a = p->parent; a; a = a->parent)
		if (a->subreaper && !a->zombie && !a->exiting)
			return a;
	return NULL;
}

static void
child_status_info(const struct proc *p, struct linux_siginfo *info, int code, int status)
{
	memset(info, 0, sizeof *info);
	info->signo = SIGCHLD;
	info->code = code;
	info->chld.pid = p->pid;
	info->chld.uid = p->leader->cred.uid;
	info->chld.status = status;
	info->chld.utime = p->utime / 10000000;
	info->chld.stime = p->stime / 10000000;
}

static void
exit_info(const struct proc *p, struct linux_siginfo *info)
{
	u32 code = p->exit_code;

	if (code & 0x7f)
		child_status_info(p, info, code & 0x80 ? CLD_DUMPED : CLD_KILLED, code & 0x7f);
	else
		child_status_info(p, info, CLD_EXITED, code >> 8 & 0xff);
}

/* Tells the parent; true when nobody will wait for the zombie. */
static bool
notify_parent(struct proc *p)
{
	struct proc *parent = p->parent;
	struct linux_siginfo info;
	struct linux_sigaction *sa;
	bool unwanted;

	if (!parent)
		return true;
	sa = &parent->sighand->action[SIGCHLD - 1];
	unwanted = p->exit_signal == SIGCHLD && (sa->handler == SIG_IGN || (sa->flags & SA_NOCLDWAIT));
	if (p->exit_signal && !(p->exit_signal == SIGCHLD && sa->handler == SIG_IGN)) {
		exit_info(p, &info);
		info.signo = p->exit_signal;
		signal_queue(NULL, parent, &info);
	}
	wake_up(&parent->child_wait);
	return unwanted;
}

static void
orphan_children(struct proc *p)
{
	struct proc *heir = new_parent(p);

	while (!list_empty(&p->children)) {
		struct proc *c = list_entry(p->children.next, struct proc, sibling);

		list_del(&c->sibling);
		c->parent = heir;
		if (heir)
			list_add_tail(&heir->children, &c->sibling);
		if (c->leader && c->leader->pdeath_signal)
			signal_send(c->leader->tid, c->leader->pdeath_signal);
		if (c->zombie) {
			if (notify_parent(c))
				proc_reap(c);
		} else
			hangup_if_orphaned(c->pgrp, NULL);
	}
}

static void
proc_became_zombie(struct proc *p)
{
	i32 pgrp = p->pgrp;

	p->zombie = true;
	p->stopped = false;
	if (p->pidref) {
		p->pidref->exited = true;
		wake_up(&p->pidref->q);
	}
	proc_timers_exit(p);
	if (p->exe)
		file_put(p->exe);
	p->exe = NULL;
	sighand_put(p->sighand);
	p->sighand = NULL;
	if (p->tty && p->sid == p->pid)
		tty_hangup_session(p->tty);
	orphan_children(p);
	if (p == init_proc) {
		fs_report();
		stats_report();
		profile_report();
		if (!(p->exit_code & 0x7f))
			missing_report(p->exit_code >> 8 & 0xff);
		x_exit(p->exit_code);
		return;
	}
	if (p->parent && p->parent->pgrp != pgrp && p->parent->sid == p->sid)
		hangup_if_orphaned(pgrp, p);
	if (notify_parent(p))
		proc_reap(p);
}

void
vfork_release(struct task *t)
{
	t->vfork_parent = NULL;
	wake_up(&t->vfork_done);
}

/* The thread ends; the last one ends the process with the status exit_code, or code if that was the first word. */
void
task_exit(struct task *t, u32 code)
{
	struct proc *p = t->proc;

	if (t->state == TASK_DEAD)
		return;
	if (tracing)
		trace_exit(t, code);
	call_drop(t);
	futex_exit(t);
	task_unqueue(t);
	t->state = TASK_DEAD;
	t->exit_code = code;
	vfork_release(t);
	if (t->files)
		files_put(t->files);
	t->files = NULL;
	if (t->fs)
		fs_put(t->fs);
	t->fs = NULL;
	if (--p->nthreads == 0) {
		u64 kb = t->mm->peak / 1024;

		if (kb > p->maxrss_kb)
			p->maxrss_kb = kb;
		if (!p->exiting)
			p->exit_code = p->leader->exit_code;
	}
	stats_take(t);
	cpu_free(t->mm, t->cpu);
	mm_put(t->mm);
	t->mm = NULL;
	if (p->nthreads == 0)
		proc_became_zombie(p);
	if (t != p->leader && t != current)
		task_free(t);
}

/* Every thread of p is to end; those that are not current do it when they are next scheduled. */
void
proc_exit(struct proc *p, u32 code)
{
	if (!p->exiting) {
		p->exiting = true;
		p->exit_code = code;
	}
	p->stopped = false;
	list_each(e, &p->threads) {
		struct task *t = list_entry(e, struct task, thread);

		if (t != current && t->state != TASK_DEAD)
			task_wake(t);
	}
	if (current && current->proc == p)
		task_exit(current, p->exit_code);
}

static void
notify_stop(struct proc *p, int code, int status)
{
	struct proc *parent = p->parent;
	struct linux_siginfo info;
	struct sighand *sh;

	if (!parent)
		return;
	sh = parent->sighand;
	if (!(sh->action[SIGCHLD - 1].flags & SA_NOCLDSTOP)) {
		child_status_info(p, &info, code, status);
		signal_queue(NULL, parent, &info);
	}
	wake_up(&parent->child_wait);
}

void
proc_stop(struct proc *p, int sig)
{
	if (p->stopped || p->exiting)
		return;
	p->stopped = p->stop_report = true;
	p->cont_report = false;
	p->stop_sig = sig;
	list_each(e, &p->threads)
		task_unqueue(list_entry(e, struct task, thread));
	notify_stop(p, CLD_STOPPED, sig);
	if (p == init_proc) {
		x_stop(sig);
		signal_send_pgrp(p->pgrp, SIGCONT);
	}
}

void
proc_continue(struct proc *p)
{
	if (!p->stopped)
		return;
	p->stopped = p->stop_report = false;
	p->cont_report = true;
	list_each(e, &p->threads) {
		struct task *t = list_entry(e, struct task, thread);

		if (t->state == TASK_RUNNABLE)
			task_wake(t);
	}
	notify_stop(p, CLD_CONTINUED, SIGCONT);
}
