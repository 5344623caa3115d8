/*
 * reap.c - wait4 and waitid: finding a child that changed state, reporting it, freeing zombies; resource usage.
 */
#include "task.h"

static struct linux_timeval
timeval(u64 ns)
{
	return (struct linux_timeval){ ns / 1000000000, ns % 1000000000 / 1000 };
}

void
proc_rusage(const struct proc *p, struct linux_rusage *ru)
{
	memset(ru, 0, sizeof *ru);
	ru->utime = timeval(p->utime);
	ru->stime = timeval(p->stime);
	ru->maxrss = p->maxrss_kb;
	ru->nvcsw = p->nvcsw;
	ru->nivcsw = p->nivcsw;
}

static bool
selected(const struct proc *c, int which, i32 id, u32 options)
{
	if (which == P_PID && c->pid != id)
		return false;
	if (which == P_PGID && c->pgrp != id)
		return false;
	/* a child that does not send SIGCHLD is a "clone" child */
	return (options & __WALL) || (c->exit_signal != SIGCHLD) == !!(options & __WCLONE);
}

static void
fill(const struct proc *c, struct linux_siginfo *info, struct linux_rusage *ru, int code, int status)
{
	if (ru) {
		proc_rusage(c, ru);
		ru->utime = timeval(c->utime + c->cutime);
		ru->stime = timeval(c->stime + c->cstime);
	}
	if (!info)
		return;
	memset(info, 0, sizeof *info);
	info->signo = SIGCHLD;
	info->code = code;
	info->chld.pid = c->pid;
	info->chld.uid = c->leader->cred.uid;
	info->chld.status = status;
	info->chld.utime = c->utime / 10000000;
	info->chld.stime = c->stime / 10000000;
}

static void
take_zombie(struct proc *c)
{
	struct proc *p = current->proc;

	p->cutime += c->utime + c->cutime;
	p->cstime += c->stime + c->cstime;
	if (c->maxrss_kb > p->cmaxrss_kb)
		p->cmaxrss_kb = c->maxrss_kb;
	proc_reap(c);
}

/* 0: nothing to report of this child. */
static i32
report(struct proc *c, u32 options, u32 *status, struct linux_siginfo *info, struct linux_rusage *ru)
{
	i32 pid = c->pid;
	u32 code = c->exit_code;

	if (c->zombie && (options & WEXITED)) {
		*status = code;
		if (code & 0x7f)
			fill(c, info, ru, code & 0x80 ? CLD_DUMPED : CLD_KILLED, code & 0x7f);
		else
			fill(c, info, ru, CLD_EXITED, code >> 8 & 0xff);
		if (!(options & WNOWAIT))
			take_zombie(c);
		return pid;
	}
	if (c->stopped && c->stop_report && (options & WUNTRACED)) {
		*status = c->stop_sig << 8 | 0x7f;
		fill(c, info, ru, CLD_STOPPED, c->stop_sig);
		if (!(options & WNOWAIT))
			c->stop_report = false;
		return pid;
	}
	if (c->cont_report && (options & WCONTINUED)) {
		*status = 0xffff;
		fill(c, info, ru, CLD_CONTINUED, SIGCONT);
		if (!(options & WNOWAIT))
			c->cont_report = false;
		return pid;
	}
	return 0;
}

i64
proc_wait(int which, i32 id, u32 options, u32 *status, struct linux_siginfo *info, struct linux_rusage *ru)
{
	struct proc *p = current->proc;
	bool any = false;

	list_each_safe(e, &p->children) {
		struct proc *c = list_entry(e, struct proc, sibling);
		i32 pid;

		if (!selected(c, which, id, options))
			continue;
		any = true;
		pid = report(c, options, status, info, ru);
		if (pid)
			return pid;
	}
	if (!any)
		return -ECHILD;
	if (options & WNOHANG)
		return 0;
	return wait_on(&p->child_wait);
}
