/*
 * exec.c - execve: the new image is built in a new address space, so a failure leaves the caller untouched; then the process
 * changes over. Scripts start their interpreter.
 */
#include "task.h"

#define BRK_ROOM (64u << 20)            /* between the program and the stack */
#define STACK_MAX (512u << 20)
#define STACK_START (132u << 10)        /* mapped at once, the rest on demand */
#define STRING_MAX (128u << 10)
#define SCRIPT_DEPTH 5
#define HWCAP 0x078bfbff                /* CPUID.1:EDX of what we are */
#define HWCAP2_FSGSBASE 2

struct args {
	char **v;
	u32 n;
};

static void
args_free(struct args *a)
{
	for (u32 i = 0; i < a->n; i++)
		kfree(a->v[i]);
	kfree(a->v);
}

static int
args_push(struct args *a, char *s, bool front)
{
	char **v = krealloc(a->v, (a->n + 2) * sizeof *v);

	if (!v || !s)
		return -ENOMEM;
	a->v = v;
	if (front) {
		memmove(v + 1, v, a->n * sizeof *v);
		v[0] = s;
	} else
		v[a->n] = s;
	v[++a->n] = NULL;
	return 0;
}

static char *
text_dup(const char *s, size_t n)
{
	char *d = kmalloc(n + 1);

	if (d)
		memcpy(d, s, n);
	return d;
}

/* An array of strings of the guest; *budget is what execve may still copy. */
static int
args_import(struct args *a, uptr p, u64 *budget)
{
	static char text[STRING_MAX];
	u64 at;

	for (; p; p += 8) {
		int n;

		if (get_user64(&at, p) < 0)
			return -EFAULT;
		if (!at)
			break;
		n = strncpy_in(text, at, sizeof text);
		if (n == -ENAMETOOLONG || (n >= 0 && (u64)n + 9 > *budget))
			return -E2BIG;
		if (n < 0)
			return n;
		*budget -= n + 9;
		n = args_push(a, text_dup(text, n), false);
		if (n < 0)
			return n;
	}
	return 0;
}

/* ---- the initial stack (System V ABI, AMD64 supplement, 3.4.1) ---- */
struct stack {
	struct mm *mm;
	u32 sp;
	int err;
};

static u32
stack_bytes(struct stack *s, const void *p, size_t n)
{
	s->sp -= n;
	if (s->sp < s->mm->stack_lo + PAGE_SIZE || mm_copy_out(s->mm, s->sp, p, n) < 0)
		s->err = -E2BIG;
	return s->sp;
}

static void
auxv_add(struct mm *mm, u64 key, u64 value)
{
	mm->auxv[mm->auxv_len++] = key;
	mm->auxv[mm->auxv_len++] = value;
}

static void
auxv_fill(struct mm *mm, const struct image *im, u32 base, u32 name, u32 random, u32 platform)
{
	const struct cred *c = &current->cred;

	mm->auxv_len = 0;
	auxv_add(mm, AT_MINSIGSTKSZ, 2048);
	auxv_add(mm, AT_HWCAP, HWCAP);
	auxv_add(mm, AT_PAGESZ, PAGE_SIZE);
	auxv_add(mm, AT_CLKTCK, 100);
	auxv_add(mm, AT_PHDR, im->phdr);
	auxv_add(mm, AT_PHENT, 56);
	auxv_add(mm, AT_PHNUM, im->phnum);
	auxv_add(mm, AT_BASE, base);
	auxv_add(mm, AT_FLAGS, 0);
	auxv_add(mm, AT_ENTRY, im->entry);
	auxv_add(mm, AT_UID, c->uid);
	auxv_add(mm, AT_EUID, c->euid);
	auxv_add(mm, AT_GID, c->gid);
	auxv_add(mm, AT_EGID, c->egid);
	auxv_add(mm, AT_SECURE, 0);
	auxv_add(mm, AT_RANDOM, random);
	auxv_add(mm, AT_HWCAP2, HWCAP2_FSGSBASE);
	auxv_add(mm, AT_EXECFN, name);
	auxv_add(mm, AT_PLATFORM, platform);
	auxv_add(mm, AT_NULL, 0);
}

/* Strings from the top: file name, environment, arguments; below them the vectors. Answers rsp, or an error. */
static i64
stack_build(struct mm *mm, const struct image *im, u32 base, const char *name, struct args *argv, struct args *envp)
{
	struct stack s = { mm, mm->stack_top - 8, 0 };
	u32 n = argv->n + envp->n + 3, at = 0, name_at, platform, random;
	u64 *vec = kmalloc(n * sizeof *vec);
	u8 bytes[16];

	if (!vec)
		return -ENOMEM;
	name_at = stack_bytes(&s, name, strlen(name) + 1);
	mm->env_end = s.sp;
	for (u32 i = envp->n; i-- > 0;)
		vec[argv->n + 2 + i] = stack_bytes(&s, envp->v[i], strlen(envp->v[i]) + 1);
	mm->env_start = mm->arg_end = s.sp;
	for (u32 i = argv->n; i-- > 0;)
		vec[1 + i] = stack_bytes(&s, argv->v[i], strlen(argv->v[i]) + 1);
	mm->arg_start = s.sp;
	platform = stack_bytes(&s, "x86_64", 7);
	x_random(kaddr(bytes), 16);
	random = stack_bytes(&s, bytes, 16);
	auxv_fill(mm, im, base, name_at, random, platform);
	vec[at] = argv->n;
	s.sp &= ~15u;
	if ((mm->auxv_len + n) & 1)
		s.sp -= 8;
	stack_bytes(&s, mm->auxv, mm->auxv_len * 8);
	stack_bytes(&s, vec, n * 8);
	kfree(vec);
	return s.err ? s.err : (i64)s.sp;
}

static int
layout(struct mm *mm, const struct image *im)
{
	u64 limit = current->proc->rlim[RLIMIT_STACK].cur;
	u32 size = limit > STACK_MAX ? STACK_MAX : limit < STACK_START ? STACK_START : page_up(limit);

	mm->brk_start = mm->brk = page_up(im->end);
	if (mm->brk_start > GUEST_HI - BRK_ROOM - size - (64u << 20))
		return -ENOMEM;
	mm->brk_limit = mm->brk_start + BRK_ROOM;
	mm->stack_lo = mm->brk_limit + STACK_GAP;
	mm->stack_top = mm->stack_lo + size;
	mm->map_base = mm->stack_top;
	return 0;
}

static i64
load(struct mm *mm, struct file *f, const char *name, struct args *argv, struct args *envp, u32 *entry)
{
	static struct image im, ld;
	struct file *interp;
	u32 base = 0;
	int err;

	mm->map_base = GUEST_LO;
	err = image_load(mm, f, &im, false);
	if (!err)
		err = layout(mm, &im);
	if (!err)
		err = mm_map(mm, mm->stack_top - STACK_START, STACK_START, PROT_READ | PROT_WRITE, VM_ANON | VM_STACK, NULL, 0);
	*entry = im.entry;
	if (!err && im.interp[0]) {
		err = file_open_path(&interp, AT_FDCWD, im.interp, O_RDONLY, 0);
		if (err)
			missing_interpreter(im.interp);
		if (!err) {
			err = file_executable(interp) ? image_load(mm, interp, &ld, true) : -EACCES;
			file_put(interp);
			if (err == -ENOEXEC)
				err = -ELIBBAD;
			*entry = ld.entry;
			base = ld.bias;
		}
	}
	return err ? err : stack_build(mm, &im, base, name, argv, envp);
}

/* ---- the change over ---- */
static void
leave_thread_group(struct task *t)
{
	struct proc *p = t->proc;

	list_each_safe(e, &p->threads) {
		struct task *other = list_entry(e, struct task, thread);

		if (other != t && other->state != TASK_DEAD)
			task_exit(other, 0);
	}
	if (p->leader != t) {
		struct task *old = p->leader;

		tid_unhash(t);
		task_free(old);
		t->tid = p->pid;
		tid_hash(t);
		p->leader = t;
	}
}

static void
sighand_exec(struct proc *p)
{
	struct sighand *s = p->sighand;

	if (s->refs > 1 && (s = kmalloc(sizeof *s))) {
		*s = *p->sighand;
		s->refs = 1;
		sighand_put(p->sighand);
		p->sighand = s;
	}
	for (int i = 0; i < NSIG; i++) {
		struct linux_sigaction *sa = &s->action[i];
		u64 handler = sa->handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		memset(sa, 0, sizeof *sa);
		sa->handler = handler;
	}
}

static void
become(struct task *t, struct mm *mm, struct file *f, const char *name)
{
	const char *base = strrchr(name, '/');
	struct files *files;

	leave_thread_group(t);
	futex_exit(t);
	if (t->mm->peak / 1024 > t->proc->maxrss_kb)
		t->proc->maxrss_kb = t->mm->peak / 1024;
	stats_take(t);
	cpu_free(t->mm, t->cpu);
	mm_put(t->mm);
	t->mm = mm;
	t->cpu = cpu_alloc(mm);
	vfork_release(t);
	sighand_exec(t->proc);
	files = files_clone(t->files);
	if (files) {
		files_put(t->files);
		t->files = files;
	}
	files_exec(t->files);
	memset(&t->altstack, 0, sizeof t->altstack);
	t->altstack.flags = SS_DISABLE;
	t->robust = t->clear_tid = 0;
	t->pdeath_signal = 0;
	memset(t->comm, 0, sizeof t->comm);
	strncpy(t->comm, base ? base + 1 : name, sizeof t->comm - 1);
	proc_timers_exec(t->proc);
	if (t->proc->exe)
		file_put(t->proc->exe);
	t->proc->exe = file_get(f);
	t->proc->execed = true;
	t->proc->dumpable = 1;
}

static void
start_registers(struct task *t, u32 entry, u32 rsp)
{
	static struct cpu regs;

	memset(&regs, 0, sizeof regs);
	regs.r[VAR_RSP] = rsp;
	regs.rip = entry;
	regs.fk = FLAG_WORD;
	regs_reset_floats(&regs);
	regs.tid = t->tid;
	task_regs_put(t, &regs);
}

static i64
exec_elf(struct file *f, const char *name, struct args *argv, struct args *envp)
{
	struct mm *mm = mm_new();
	u32 entry = 0;
	i64 rsp;

	if (!mm)
		return -ENOMEM;
	rsp = load(mm, f, name, argv, envp, &entry);
	if (rsp < 0) {
		mm_put(mm);
		return rsp;
	}
	become(current, mm, f, name);
	start_registers(current, entry, rsp);
	current->regs_set = true;
	return 0;
}

/* First line of a script: "#!" interpreter and at most one argument. */
static int
script_line(char *head, char **interp, char **arg)
{
	char *p = head + 2, *end = strchr(p, '\n');

	if (!end)
		return -ENOEXEC;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	p += strspn(p, " \t");
	if (!*p)
		return -ENOEXEC;
	*interp = p;
	p += strcspn(p, " \t");
	*arg = NULL;
	if (*p) {
		*p++ = 0;
		p += strspn(p, " \t");
		if (*p)
			*arg = p;
	}
	return 0;
}

static i64
exec_any(struct file *f, const char *name, struct args *argv, struct args *envp, int depth)
{
	char head[257], *interp, *arg;
	struct file *next;
	long n;
	i64 r;

	if (!file_executable(f))
		return -EACCES;
	n = file_pread(f, head, sizeof head - 1, 0);
	if (n < 0)
		return n;
	head[n] = 0;
	if (n < 2 || head[0] != '#' || head[1] != '!')
		return exec_elf(f, name, argv, envp);
	if (depth == SCRIPT_DEPTH)
		return -ELOOP;
	r = script_line(head, &interp, &arg);
	if (r < 0)
		return r;
	if (argv->n) {
		kfree(argv->v[0]);
		argv->v[0] = text_dup(name, strlen(name));
	} else
		args_push(argv, text_dup(name, strlen(name)), true);
	if (arg)
		args_push(argv, text_dup(arg, strlen(arg)), true);
	args_push(argv, text_dup(interp, strlen(interp)), true);
	r = file_open_path(&next, AT_FDCWD, interp, O_RDONLY, 0);
	if (r < 0) {
		missing_interpreter(interp);
		return r;
	}
	r = exec_any(next, interp, argv, envp, depth + 1);
	file_put(next);
	return r;
}

/* For the first program: the strings are copied. */
i64
exec_file(struct file *f, const char *name, char **argv, char **envp)
{
	struct args a = { 0 }, e = { 0 };
	i64 r;

	for (; *argv; argv++)
		args_push(&a, text_dup(*argv, strlen(*argv)), false);
	for (; *envp; envp++)
		args_push(&e, text_dup(*envp, strlen(*envp)), false);
	r = exec_any(f, name, &a, &e, 0);
	args_free(&a);
	args_free(&e);
	return r;
}

/* execve and execveat with the opened file; name is what scripts and AT_EXECFN see. */
i64
exec_user(struct file *f, const char *name, uptr argv, uptr envp)
{
	u64 stack = current->proc->rlim[RLIMIT_STACK].cur / 4;
	u64 budget = stack > 6 << 20 ? 6 << 20 : stack < 128 << 10 ? 128 << 10 : stack;
	struct args a = { 0 }, e = { 0 };
	i64 r;

	r = args_import(&a, argv, &budget);
	if (r == 0)
		r = args_import(&e, envp, &budget);
	if (r == 0 && a.n == 0)
		r = args_push(&a, text_dup("", 0), false);
	if (r == 0)
		r = exec_any(f, name, &a, &e, 0);
	args_free(&a);
	args_free(&e);
	return r;
}
