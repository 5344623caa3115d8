/* sys_info.c - names, limits, memory figures, random numbers. */
#include "../task.h"

i64
sys_uname(u64 p)
{
	static struct linux_utsname u;

	memset(&u, 0, sizeof u);
	strcpy(u.sysname, "Linux");
	strcpy(u.nodename, boot_hostname);
	strcpy(u.release, "6.1.0-elfport");
	strcpy(u.version, "#1 SMP elfport");
	strcpy(u.machine, "x86_64");
	strcpy(u.domainname, boot_domain);
	return copy_out(p, &u, sizeof u);
}

static i64
set_name(char *name, u64 p, u64 n)
{
	char text[65];

	if (current->cred.euid)
		return -EPERM;
	if (n > 64)
		return -EINVAL;
	memset(text, 0, sizeof text);
	if (copy_in(text, p, n) < 0)
		return -EFAULT;
	memcpy(name, text, sizeof text);
	return 0;
}

i64 sys_sethostname(u64 p, u64 n) { return set_name(boot_hostname, p, n); }
i64 sys_setdomainname(u64 p, u64 n) { return set_name(boot_domain, p, n); }

/* ---- limits ---- */
i64
sys_prlimit64(u64 pid, u64 which, u64 new, u64 old)
{
	struct task *t = (i32)pid ? task_find(pid) : current;
	struct linux_rlimit *r, v;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (!t)
		return -ESRCH;
	if (t->proc != current->proc && !signal_may(t->proc, 0))
		return -EPERM;
	r = &t->proc->rlim[which];
	if (new && copy_in(&v, new, sizeof v) < 0)
		return -EFAULT;
	if (old && copy_out(old, r, sizeof *r) < 0)
		return -EFAULT;
	if (new) {
		if (v.cur > v.max)
			return -EINVAL;
		if (v.max > r->max && current->cred.euid)
			return -EPERM;
		if (which == RLIMIT_NOFILE && v.max > NOFILE_MAX)
			return -EPERM;
		*r = v;
		if (which == RLIMIT_STACK && t->mm)
			stack_relimit(t->mm, v.cur);
	}
	return 0;
}

i64 sys_getrlimit(u64 which, u64 p) { return p ? sys_prlimit64(0, which, 0, p) : -EFAULT; }
i64 sys_setrlimit(u64 which, u64 p) { return p ? sys_prlimit64(0, which, p, 0) : -EFAULT; }

/* ---- the machine ---- */
i64
sys_sysinfo(u64 p)
{
	struct linux_sysinfo s;
	u64 used = 0;

	memset(&s, 0, sizeof s);
	list_each(e, &all_procs) {
		struct proc *q = list_entry(e, struct proc, all);

		if (!q->zombie && q->leader->state != TASK_DEAD && q->leader->mm)
			used += q->leader->mm->total;
	}
	s.uptime = now_monotonic() / 1000000000;
	s.totalram = boot_memory;
	s.freeram = used < boot_memory ? boot_memory - used : 0;
	s.procs = nprocs;
	s.mem_unit = 1;
	return copy_out(p, &s, sizeof s);
}

i64
sys_getrandom(u64 p, u64 n, u64 flags)
{
	u8 bytes[256];
	u64 done = 0;

	if (flags & ~7ull)
		return -EINVAL;
	if (n > 0x1ffffff)
		n = 0x1ffffff;
	while (done < n) {
		u32 now = n - done < sizeof bytes ? n - done : sizeof bytes;

		x_random(kaddr(bytes), now);
		if (copy_out(p + done, bytes, now) < 0)
			return done ? (i64)done : -EFAULT;
		done += now;
	}
	return done;
}

i64
door_random(void)
{
	i64 x = 0;

	x_random(kaddr(&x), sizeof x);
	return x;
}

i64
sys_syslog(u64 type, u64 p, u64 n)
{
	(void)type, (void)p, (void)n;
	return -EPERM;
}
