/*
 * boot.c - the boot configuration (records "key=value", see docs/host.md), the first process, and host events.
 */
#include <stdlib.h>
#include "task.h"

static struct task *starting;                /* init, while its program cannot be started yet */
static char *config;
static u32 config_size;
char boot_hostname[65] = "elfport", boot_domain[65] = "(none)";
u64 boot_memory;

/* Value of the n-th record with that key, NULL. */
const char *
boot_get(const char *key, u32 n)
{
	size_t len = strlen(key);

	for (const char *p = config; p < config + config_size; p += strlen(p) + 1)
		if (!strncmp(p, key, len) && p[len] == '=' && n-- == 0)
			return p + len + 1;
	return NULL;
}

static u64
boot_number(const char *key, int base, u64 missing)
{
	const char *v = boot_get(key, 0);

	return v ? strtoull(v, NULL, base) : missing;
}

static void
read_config(void)
{
	i32 n = x_boot_config(0, 0);

	config = kmalloc(n + 1);
	if (!config)
		panic("boot: no memory");
	config_size = x_boot_config(kaddr(config), n);
	want_stats = boot_get("stats", 0) != NULL;
	interpret_only = boot_get("interpret", 0) != NULL;
	precise_faults = boot_get("precise", 0) != NULL;
	tracing = boot_get("strace", 0) != NULL;
	boot_memory = boot_number("memory", 10, 4ull << 30);
	if (boot_get("hostname", 0))
		strncpy(boot_hostname, boot_get("hostname", 0), sizeof boot_hostname - 1);
}

static void
cred_boot(struct cred *c)
{
	const char *g = boot_get("groups", 0);

	c->uid = c->euid = c->suid = c->fsuid = boot_number("uid", 10, 0);
	c->gid = c->egid = c->sgid = c->fsgid = boot_number("gid", 10, 0);
	while (g && *g && c->ngroups < NGROUPS) {
		char *end;

		c->group[c->ngroups++] = strtoul(g, &end, 10);
		if (end == g)
			break;
		g = *end == ',' ? end + 1 : end;
	}
}

static void
rlimits_boot(struct linux_rlimit *r)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		r[i] = (struct linux_rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	r[RLIMIT_STACK].cur = 8 << 20;
	r[RLIMIT_CORE].cur = 0;
	r[RLIMIT_NPROC] = (struct linux_rlimit){ 1000, 1000 };
	r[RLIMIT_NOFILE] = (struct linux_rlimit){ 1024, 65536 };
	r[RLIMIT_MEMLOCK] = (struct linux_rlimit){ 8 << 20, 8 << 20 };
	r[RLIMIT_SIGPENDING] = (struct linux_rlimit){ 10000, 10000 };
	r[RLIMIT_MSGQUEUE] = (struct linux_rlimit){ 819200, 819200 };
	r[RLIMIT_NICE] = r[RLIMIT_RTPRIO] = (struct linux_rlimit){ 0, 0 };
	for (u32 n = 0; boot_get("limit", n); n++) {
		char *end;
		unsigned long which = strtoul(boot_get("limit", n), &end, 10);
		u64 cur = strtoull(end, &end, 10), max = strtoull(end, &end, 10);

		if (which < RLIM_NLIMITS && which != RLIMIT_NPROC && cur <= max)        /* how many processes there can be is our own matter */
			r[which] = (struct linux_rlimit){ cur, max };
	}
	if (r[RLIMIT_NOFILE].max > NOFILE_MAX)
		r[RLIMIT_NOFILE].max = NOFILE_MAX;
	if (r[RLIMIT_NOFILE].cur > r[RLIMIT_NOFILE].max)
		r[RLIMIT_NOFILE].cur = r[RLIMIT_NOFILE].max;
}

static void
signals_boot(struct task *t)
{
	u64 ignored = boot_number("ignored", 16, 0);

	for (int i = 0; i < NSIG; i++)
		if (ignored >> i & 1)
			t->proc->sighand->action[i].handler = SIG_IGN;
	t->blocked = boot_number("blocked", 16, 0) & ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP));
}

static struct task *
first_task(i32 pid)
{
	struct proc *p = proc_new(pid);
	struct task *t = p ? task_new(p, pid) : NULL;

	if (!t || !(p->sighand = kmalloc(sizeof *p->sighand)))
		panic("boot: no memory");
	p->sighand->refs = 1;
	p->pgrp = p->sid = p->pid;
	p->leader = t;
	p->nthreads = 1;
	list_add_tail(&p->threads, &t->thread);
	rlimits_boot(p->rlim);
	cred_boot(&t->cred);
	t->files = files_new();
	t->fs = fs_new();
	return t;
}

static void
make_kernel(void)
{
	struct task *t = first_task(1);

	kernel_proc = t->proc;
	strcpy(t->comm, "init");
}

static struct task *
make_init(void)
{
	struct task *t = first_task(tid_alloc());

	init_proc = t->proc;
	signals_boot(t);
	t->nice = boot_get("nice", 0) ? atoi(boot_get("nice", 0)) : 0;
	t->mm = mm_new();
	if (!t->mm)
		panic("boot: the host has no memory for a process");
	t->cpu = cpu_alloc(t->mm);
	return t;
}

static char **
strings(const char *key)
{
	u32 n = 0;
	char **v;

	while (boot_get(key, n))
		n++;
	v = kmalloc((n + 1) * sizeof *v);
	for (u32 i = 0; v && i < n; i++)
		v[i] = (char *)boot_get(key, i);
	if (!v)
		panic("boot: no memory");
	return v;
}

/* The program cannot be started: as a shell says it, 127 not found, 126 not executable. */
static void
boot_failed(const char *prog, int err)
{
	static const struct { int err; const char *text; } words[] = {
		{ ENOENT, "not found" }, { EACCES, "permission denied" }, { ENOEXEC, "not an x86-64 ELF program" }, { ENOTDIR, "not found" },
		{ EISDIR, "is a directory" }, { ENOMEM, "does not fit into the address space" }, { ELOOP, "too many levels" },
		{ E2BIG, "argument list too long" }, { ELIBBAD, "its interpreter is damaged" },
	};
	const char *text = NULL, *wanted = missing_wanted(), *root = boot_get("root", 0);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].err == -err)
			text = words[i].text;
	if (wanted)
		klog("elfport: %s: its interpreter %s cannot be opened (looked for as %s%s): %s", prog, wanted, root ? root : "", wanted,
			text ? text : "error");
	else if (text)
		klog("elfport: %s: %s", prog, text);
	else
		klog("elfport: %s: cannot execute (error %d)", prog, -err);
	x_exit((err == -ENOENT || err == -ENOTDIR ? 127 : 126) << 8);
}

/* Starts the program as init. False: its file must be fetched first, to be called again after an event. */
static bool
start_init(struct task *t)
{
	const char *prog = boot_get("prog", 0);
	struct file *f = NULL;
	i64 err;

	if (!prog)
		prog = boot_get("arg", 0);
	if (!prog)
		panic("boot: no program");
	current = t;
	err = file_open_path(&f, AT_FDCWD, prog, O_RDONLY, 0);
	if (err == 0)
		err = exec_file(f, prog, strings("arg"), strings("env"));
	if (f)
		file_put(f);
	mm_reap();
	current = NULL;
	if (err == -EBLOCKED) {
		wait_cancel(t);
		return false;
	}
	t->uninterruptible = false;
	if (err < 0) {
		boot_failed(prog, err);
		return true;
	}
	t->regs_set = false;
	t->proc->execed = false;
	task_wake(t);
	return true;
}

void
kernel_boot(void)
{
	i64 err;

	read_config();
	starting = make_init();
	current = starting;
	starting->state = TASK_RUNNABLE;
	err = fs_boot();
	if (err < 0)
		panic("boot: no root file system (error %d)", (int)-err);
	make_kernel();
	boot_go_on();
}

/* True when init has been started. */
bool
boot_go_on(void)
{
	if (starting && start_init(starting))
		starting = NULL;
	return !starting;
}

#define EVENT_SIGNAL 4
#define EVENT_FETCHED 5

/* What the host noticed; see docs/host.md. May be called between steps only. */
void
kernel_event(u32 kind, u32 a, u32 b)
{
	struct linux_siginfo info;

	(void)b;
	if (kind == EVENT_FETCHED) {
		fetch_arrived();
		return;
	}
	if (kind != EVENT_SIGNAL) {
		console_event(kind, a);
		return;
	}
	if (a == SIGCONT && init_proc->stopped) {
		signal_send_pgrp(init_proc->pgrp, SIGCONT);
		return;
	}
	memset(&info, 0, sizeof info);
	info.signo = a;
	info.code = SI_USER;
	if (a == SIGINT || a == SIGQUIT || a == SIGTSTP || a == SIGHUP)
		signal_send_pgrp(init_proc->pgrp, a);
	else if (a && a <= NSIG)
		signal_queue(NULL, init_proc, &info);
}
