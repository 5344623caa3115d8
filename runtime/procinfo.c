/*
 * procinfo.c - what /proc/PID tells about a task: stat, status, maps, cmdline, environ, auxv (proc(5)). A zombie has no memory left.
 */
#include "task.h"

typedef unsigned long long llu;

static char
state_letter(const struct task *t)
{
	if (t->proc->zombie || t->state == TASK_DEAD)
		return 'Z';
	if (t->proc->stopped)
		return 'T';
	return t->state == TASK_RUNNABLE ? 'R' : t->uninterruptible ? 'D' : 'S';
}

const char *
task_comm(const struct task *t)
{
	return t->comm;
}

static u64
sig_ignored(const struct proc *p, bool caught)
{
	u64 set = 0;

	for (int i = 0; i < NSIG && p->sighand; i++) {
		u64 h = p->sighand->action[i].handler;

		if (caught ? h > SIG_IGN : h == SIG_IGN)
			set |= SIG_BIT(i + 1);
	}
	return set;
}

void
proc_stat_text(struct task *t, struct text *out)
{
	struct proc *p = t->proc;
	struct mm *mm = t->mm;

	text_printf(out, "%d (%s) %c %d %d %d %d %d %u 0 0 0 0 %llu %llu %llu %llu %d %d %u 0 %llu ", t->tid, t->comm, state_letter(t),
		proc_ppid(p), p->pgrp, p->sid, p->tty ? 0x8800 : 0, -1, p->execed ? 0x400000 : 0x400040,
		(llu)p->utime / 10000000, (llu)p->stime / 10000000, (llu)p->cutime / 10000000, (llu)p->cstime / 10000000,
		20 + t->nice, t->nice, p->nthreads, (llu)p->start / 10000000);
	text_printf(out, "%llu %llu %llu 0 0 %u 0 0 %llu %llu %llu %llu 0 0 0 %d 0 %d %d 0 0 0 0 0 0 %u %u %u %u %u\n",
		mm ? (llu)mm->total : 0, mm ? (llu)mm->total / PAGE_SIZE : 0, (llu)p->rlim[RLIMIT_RSS].cur, mm ? mm->stack_top : 0,
		(llu)t->pending.set & 0x7fffffff, (llu)t->blocked & 0x7fffffff, (llu)sig_ignored(p, false) & 0x7fffffff,
		(llu)sig_ignored(p, true) & 0x7fffffff, p->exit_signal, t->rt_priority, t->policy, mm ? mm->brk_start : 0,
		mm ? mm->arg_start : 0, mm ? mm->arg_end : 0, mm ? mm->env_start : 0, mm ? mm->env_end : 0);
}

static const char *
state_word(char c)
{
	switch (c) {
	case 'R': return "R (running)";
	case 'S': return "S (sleeping)";
	case 'D': return "D (disk sleep)";
	case 'T': return "T (stopped)";
	default: return "Z (zombie)";
	}
}

void
proc_status_text(struct task *t, struct text *out)
{
	struct proc *p = t->proc;
	const struct cred *c = &t->cred;
	struct mm *mm = t->mm;

	text_printf(out, "Name:\t%s\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", t->comm,
		state_word(state_letter(t)), p->pid, t->tid, proc_ppid(p));
	text_printf(out, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t256\nGroups:\t", c->uid, c->euid, c->suid, c->fsuid, c->gid,
		c->egid, c->sgid, c->fsgid);
	for (u32 i = 0; i < c->ngroups; i++)
		text_printf(out, "%u ", c->group[i]);
	text_printf(out, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", p->pid, t->tid, p->pgrp, p->sid);
	if (mm) {
		llu kb = mm->total / 1024, peak = mm->peak / 1024;

		text_printf(out, "VmPeak:\t%8llu kB\nVmSize:\t%8llu kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\nVmHWM:\t%8llu kB\nVmRSS:\t%8llu kB\n"
			"VmData:\t%8llu kB\nVmStk:\t%8u kB\nVmSwap:\t       0 kB\n", peak, kb, peak, kb, kb, (mm->stack_top - mm->stack_lo) / 1024);
	}
	text_printf(out, "Threads:\t%u\nSigQ:\t0/%llu\nSigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		p->nthreads, (llu)p->rlim[RLIMIT_SIGPENDING].cur, (llu)t->pending.set, (llu)p->shared.set, (llu)t->blocked, (llu)sig_ignored(p, false), (llu)sig_ignored(p, true));
	llu caps = c->euid ? 0 : 0x1ffffffffffull;

	text_printf(out, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\nNoNewPrivs:\t%d\nSeccomp:\t0\n",
		0ull, caps, caps, 0x1ffffffffffull, 0ull, c->no_new_privs);
	text_printf(out, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t1\nMems_allowed_list:\t0\n"
		"voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n", (llu)p->nvcsw, (llu)p->nivcsw);
}

void
proc_maps_text(struct task *t, struct text *out)
{
	static char path[PATH_MAX];
	struct mm *mm = t->mm;

	for (u32 i = 0; mm && i < mm->nvma; i++) {
		const struct vma *v = &mm->vma[i];

		if (v->flags & VM_ENGINE)
			continue;
		path[0] = 0;
		if (v->file)
			file_path(v->file, path, sizeof path);
		else if (v->flags & VM_HEAP)
			strcpy(path, "[heap]");
		else if (v->flags & VM_STACK)
			strcpy(path, "[stack]");
		else if (v->shared)
			strcpy(path, "/dev/zero (deleted)");
		text_printf(out, "%08x-%08x %c%c%c%c %08llx 00:%02x %llu%*s%s\n", v->start, v->end, v->prot & PROT_READ ? 'r' : '-',
			v->prot & PROT_WRITE ? 'w' : '-', v->prot & PROT_EXEC ? 'x' : '-', v->shared ? 's' : 'p', v->file ? (llu)v->off : 0,
			v->file ? 1 : 0, v->file ? (llu)(file_id(v->file) & 0xffffffff) : 0, path[0] ? 20 : 0, "", path);
	}
}

void
proc_limits_text(struct task *t, struct text *out)
{
	static const struct { const char *name, *unit; } row[RLIM_NLIMITS] = {
		{ "cpu time", "seconds" }, { "file size", "bytes" }, { "data size", "bytes" }, { "stack size", "bytes" }, { "core file size", "bytes" },
		{ "resident set", "bytes" }, { "processes", "processes" }, { "open files", "files" }, { "locked memory", "bytes" },
		{ "address space", "bytes" }, { "file locks", "locks" }, { "pending signals", "signals" }, { "msgqueue size", "bytes" },
		{ "nice priority", "" }, { "realtime priority", "" }, { "realtime timeout", "us" }
	};

	text_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		const u64 v[2] = { t->proc->rlim[i].cur, t->proc->rlim[i].max };

		text_printf(out, "Max %-21s ", row[i].name);
		for (int k = 0; k < 2; k++)
			if (v[k] == RLIM_INFINITY)
				text_printf(out, "%-20s ", "unlimited");
			else
				text_printf(out, "%-20llu ", (llu)v[k]);
		text_printf(out, row[i].unit[0] ? "%-10s\n" : "%s\n", row[i].unit);
	}
}

static void
guest_text(struct task *t, u32 start, u32 end, struct text *out)
{
	u8 buf[512];

	while (t->mm && start < end) {
		u32 n = end - start < sizeof buf ? end - start : sizeof buf;

		if (mm_copy_in(t->mm, buf, start, n) < 0)
			return;
		text_append(out, buf, n);
		start += n;
	}
}

void
proc_cmdline_text(struct task *t, struct text *out)
{
	if (t->mm)
		guest_text(t, t->mm->arg_start, t->mm->arg_end, out);
}

void
proc_environ_text(struct task *t, struct text *out)
{
	if (t->mm)
		guest_text(t, t->mm->env_start, t->mm->env_end, out);
}

void
proc_auxv_text(struct task *t, struct text *out)
{
	if (t->mm)
		text_append(out, t->mm->auxv, t->mm->auxv_len * 8);
}
