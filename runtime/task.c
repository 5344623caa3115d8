/*
 * task.c - tasks and processes as objects: numbers, look-up, registers, and what fs/ may know of them.
 */
#include "task.h"

#define PID_MAX 32768
#define HASH 256

static struct task *hash[HASH];
static i32 last_tid = 1;
struct list all_procs = { &all_procs, &all_procs };
u32 nprocs;

struct task *
task_find(i32 tid)
{
	struct task *t;

	if (tid <= 0)
		return NULL;
	for (t = hash[tid % HASH]; t && t->tid != tid; t = t->hash_next)
		;
	return t;
}

struct proc *
proc_find(i32 pid)
{
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (p->pid == pid)
			return p;
	}
	return NULL;
}

i32
proc_ppid(const struct proc *p)
{
	return p->parent ? p->parent->pid : p == kernel_proc ? 0 : kernel_proc->pid;
}

/* A number is taken while a task, a process group or a session has it. */
static bool
tid_taken(i32 tid)
{
	if (task_find(tid))
		return true;
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (p->pid == tid || p->pgrp == tid || p->sid == tid)
			return true;
	}
	return false;
}

i32
tid_alloc(void)
{
	for (i32 n = 0; n < PID_MAX; n++) {
		if (++last_tid >= PID_MAX)
			last_tid = 300;
		if (!tid_taken(last_tid))
			return last_tid;
	}
	return -EAGAIN;
}

void
tid_hash(struct task *t)
{
	t->hash_next = hash[t->tid % HASH];
	hash[t->tid % HASH] = t;
}

void
tid_unhash(struct task *t)
{
	for (struct task **p = &hash[t->tid % HASH]; *p; p = &(*p)->hash_next)
		if (*p == t) {
			*p = t->hash_next;
			return;
		}
}

struct proc *
proc_new(i32 pid)
{
	struct proc *p = kmalloc(sizeof *p);

	if (!p)
		return NULL;
	p->pid = pid;
	p->exit_signal = SIGCHLD;
	p->start = now_monotonic();
	p->dumpable = 1;
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->threads);
	list_init(&p->timers);
	signal_init(&p->shared);
	waitq_init(&p->child_wait);
	waitq_init(&p->signal_wait);
	list_add_tail(&all_procs, &p->all);
	nprocs++;
	return p;
}

void
proc_free(struct proc *p)
{
	if (p->leader)
		task_free(p->leader);
	signal_flush(&p->shared);
	list_del(&p->sibling);
	list_del(&p->all);
	kfree(p);
}

struct pidref *
pidref_find(i32 pid)
{
	struct proc *p = proc_find(pid);

	if (!p)
		return NULL;
	if (!p->pidref) {
		if (!(p->pidref = kmalloc(sizeof *p->pidref)))
			return NULL;
		p->pidref->refs = 1;
		p->pidref->pid = pid;
		p->pidref->exited = p->zombie;
		waitq_init(&p->pidref->q);
	}
	p->pidref->refs++;
	return p->pidref;
}

void
pidref_put(struct pidref *r)
{
	if (!--r->refs)
		kfree(r);
}

static struct list dead = { &dead, &dead };

/* The process has been waited for: its numbers are free. The structures stay until nobody can be using them. */
void
proc_reap(struct proc *p)
{
	p->reaped = true;
	list_del(&p->sibling);
	list_del(&p->all);
	list_add(&dead, &p->all);
	if (p->leader)
		tid_unhash(p->leader);
	nprocs--;
	if (p->pidref) {
		p->pidref->pid = 0;
		p->pidref->exited = true;
		wake_up(&p->pidref->q);
		pidref_put(p->pidref);
		p->pidref = NULL;
	}
}

void
reap_dead(void)
{
	while (!list_empty(&dead))
		proc_free(list_entry(dead.next, struct proc, all));
}

/* A new thread of p, not yet runnable; the caller sets what it shares. */
struct task *
task_new(struct proc *p, i32 tid)
{
	struct task *t = kmalloc(sizeof *t);

	if (!t)
		return NULL;
	t->tid = tid;
	t->proc = p;
	t->state = TASK_BLOCKED;
	t->altstack.flags = SS_DISABLE;
	t->affinity = 1;
	t->timer_slack = 50000;
	list_init(&t->waits);
	list_init(&t->run);
	list_init(&t->thread);
	waitq_init(&t->vfork_done);
	signal_init(&t->pending);
	tid_hash(t);
	return t;
}

void
task_free(struct task *t)
{
	tid_unhash(t);
	signal_flush(&t->pending);
	list_del(&t->thread);
	kfree(t);
}

void
task_regs_get(struct task *t, struct cpu *regs)
{
	x_copy(0, kaddr(regs), t->mm->nr, t->cpu, sizeof *regs);
}

void
task_regs_put(struct task *t, const struct cpu *regs)
{
	x_copy(t->mm->nr, t->cpu, 0, kaddr(regs), sizeof *regs);
}

void
task_set_rax(struct task *t, u64 v)
{
	x_put64(t->mm->nr, t->cpu + CPU_OFFSET_RAX, v);
}

i32 task_pid(const struct task *t) { return t->proc->pid; }
i32 task_tid(const struct task *t) { return t->tid; }
i32 task_pgrp(const struct task *t) { return t->proc->pgrp; }
i32 task_sid(const struct task *t) { return t->proc->sid; }
struct tty *task_tty(const struct task *t) { return t->proc->tty; }
struct files *task_files(const struct task *t) { return t->files; }
struct fs_struct *task_fs(const struct task *t) { return t->fs; }
u32 task_uid(const struct task *t) { return t->cred.fsuid; }
u32 task_gid(const struct task *t) { return t->cred.fsgid; }
struct file *task_exe(const struct task *t) { return t->proc->exe; }
u64 task_nofile(const struct task *t) { return t->proc->rlim[RLIMIT_NOFILE].cur; }
u64 task_rlimit(const struct task *t, u32 which) { return t->proc->rlim[which].cur; }

void
task_set_tty(struct task *t, struct tty *tty)
{
	t->proc->tty = tty;
}

/* Is gid the task's file system group or one of its supplementary groups? */
bool
task_in_group(const struct task *t, u32 gid)
{
	if (t->cred.fsgid == gid)
		return true;
	for (u32 i = 0; i < t->cred.ngroups; i++)
		if (t->cred.group[i] == gid)
			return true;
	return false;
}

i32
task_next_pid(i32 after)
{
	i32 best = 0;

	list_each(e, &all_procs) {
		i32 pid = list_entry(e, struct proc, all)->pid;

		if (pid > after && (!best || pid < best))
			best = pid;
	}
	return best;
}

i32
task_next_thread(struct task *t, i32 after)
{
	i32 best = 0;

	list_each(e, &t->proc->threads) {
		i32 tid = list_entry(e, struct task, thread)->tid;

		if (tid > after && (!best || tid < best))
			best = tid;
	}
	return best;
}
