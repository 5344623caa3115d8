/*
 * trace.c - --strace: a line per system call, in strace's shape, from the kinds in syscalls.def; and names of all calls.
 */
#include <stdarg.h>
#include <stdio.h>
#include "task.h"

#define FULL
#define PARTIAL(missing)
enum kind { K_NONE, K_FD, K_INT, K_UINT, K_LONG, K_SIZE, K_OFF, K_HEX, K_PTR, K_OCT, K_STR, K_SIG };
static const struct row { const char *name; u8 kind[6]; } rows[512] = {
#define SYS0(nr, name, s) [nr] = { #name, { 0 } },
#define SYS1(nr, name, k0, s) [nr] = { #name, { K_##k0 } },
#define SYS2(nr, name, k0, k1, s) [nr] = { #name, { K_##k0, K_##k1 } },
#define SYS3(nr, name, k0, k1, k2, s) [nr] = { #name, { K_##k0, K_##k1, K_##k2 } },
#define SYS4(nr, name, k0, k1, k2, k3, s) [nr] = { #name, { K_##k0, K_##k1, K_##k2, K_##k3 } },
#define SYS5(nr, name, k0, k1, k2, k3, k4, s) [nr] = { #name, { K_##k0, K_##k1, K_##k2, K_##k3, K_##k4 } },
#define SYS6(nr, name, k0, k1, k2, k3, k4, k5, s) [nr] = { #name, { K_##k0, K_##k1, K_##k2, K_##k3, K_##k4, K_##k5 } },
#include "syscalls.def"
};
static const char *const names[] = {
#define NAME(nr, name) [nr] = #name,
#include "sysnames.def"
};
#define NNAMES (sizeof names / sizeof names[0])

bool tracing;

const char *
syscall_name(u32 nr)
{
	return nr < NNAMES ? names[nr] : NULL;
}

void
syscall_unknown(u32 nr)
{
	static u8 told[NNAMES];
	const char *name = syscall_name(nr);

	if (!name || told[nr])
		return;
	told[nr] = 1;
	klog("elfport: %s[%d]: system call %s is missing", current->comm, current->tid, name);
}

static void
trace_line(char *line, int n)
{
	line[n++] = '\n';
	x_report(1, kaddr(line), n);
}

struct out { char b[700]; size_t n; };

static void __attribute__((format(printf, 2, 3)))
put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->b + o->n, sizeof o->b - o->n - 2, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->n = o->n + n < sizeof o->b - 3 ? o->n + n : sizeof o->b - 3;
}

static void
put_text(struct out *o, uptr p)
{
	char s[80];
	int n = strncpy_in(s, p, sizeof s);

	if (n == -EFAULT) {
		put(o, p ? "0x%x" : "NULL", p);
		return;
	}
	put(o, "\"");
	for (int i = 0; i < (n < 0 ? (int)sizeof s : n); i++) {
		u8 c = s[i];

		if (c == '\n')
			put(o, "\\n");
		else if (c == '"' || c == '\\')
			put(o, "\\%c", c);
		else if (c < 32 || c > 126)
			put(o, "\\%o", c);
		else
			put(o, "%c", c);
	}
	put(o, n < 0 ? "\"..." : "\"");
}

static void
put_arg(struct out *o, u8 kind, u64 v)
{
	switch (kind) {
	case K_FD:
		put(o, (i32)v == AT_FDCWD ? "AT_FDCWD" : "%d", (i32)v);
		break;
	case K_INT:
	case K_SIG:
		put(o, "%d", (i32)v);
		break;
	case K_UINT:
		put(o, "%u", (u32)v);
		break;
	case K_LONG:
	case K_OFF:
		put(o, "%lld", (long long)v);
		break;
	case K_SIZE:
		put(o, "%llu", (unsigned long long)v);
		break;
	case K_OCT:
		put(o, "0%o", (u32)v);
		break;
	case K_STR:
		put_text(o, v);
		break;
	case K_PTR:
		if (!v) {
			put(o, "NULL");
			break;
		}
		/* fall through */
	default:
		put(o, "0x%llx", (unsigned long long)v);
	}
}

static const char *
error_name(i64 e)
{
	static const char *const name[] = {
#define ERR(n) [n] = #n,
		ERR(EPERM) ERR(ENOENT) ERR(ESRCH) ERR(EINTR) ERR(EIO) ERR(ENXIO) ERR(E2BIG) ERR(ENOEXEC) ERR(EBADF) ERR(ECHILD) ERR(EAGAIN)
		ERR(ENOMEM) ERR(EACCES) ERR(EFAULT) ERR(EBUSY) ERR(EEXIST) ERR(EXDEV) ERR(ENODEV) ERR(ENOTDIR) ERR(EISDIR) ERR(EINVAL)
		ERR(ENFILE) ERR(EMFILE) ERR(ENOTTY) ERR(ETXTBSY) ERR(EFBIG) ERR(ENOSPC) ERR(ESPIPE) ERR(EROFS) ERR(EMLINK) ERR(EPIPE)
		ERR(ERANGE) ERR(EDEADLK) ERR(ENAMETOOLONG) ERR(ENOSYS) ERR(ENOTEMPTY) ERR(ELOOP) ERR(ENODATA) ERR(EOVERFLOW)
		ERR(ENOTSOCK) ERR(EOPNOTSUPP) ERR(EAFNOSUPPORT) ERR(EADDRINUSE) ERR(ECONNRESET) ERR(ENOTCONN) ERR(ETIMEDOUT)
		ERR(ECONNREFUSED) ERR(EALREADY) ERR(EINPROGRESS) ERR(ERESTARTSYS) ERR(ERESTARTNOHAND)
	};

	return e > 0 && e < (i64)(sizeof name / sizeof name[0]) ? name[e] : NULL;
}

void
trace_call(struct task *t, i64 r, bool resumed)
{
	const struct row *row = t->nr < 512 ? &rows[t->nr] : NULL;
	const char *name = row && row->name ? row->name : syscall_name(t->nr);
	struct out o = { .n = 0 };

	put(&o, "%d ", t->tid);
	if (name)
		put(&o, "%s(", name);
	else
		put(&o, "syscall_%u(", t->nr);
	for (int i = 0; row && i < 6 && row->kind[i]; i++) {
		if (i)
			put(&o, ", ");
		put_arg(&o, row->kind[i], t->arg[i]);
	}
	put(&o, resumed ? ") =... " : ") = ");
	if (r < 0 && r > -4096) {
		const char *err = error_name(-r);

		put(&o, "-1 %s", err ? err : "E?");
		if (!err)
			put(&o, "%lld", (long long)-r);
	} else if (r > 0xffffff || r < 0)
		put(&o, "0x%llx", (unsigned long long)r);
	else
		put(&o, "%lld", (long long)r);
	trace_line(o.b, o.n);
}

void
trace_signal(struct task *t, int sig, const struct linux_siginfo *info)
{
	struct out o = { .n = 0 };

	put(&o, "%d --- signal %d", t->tid, sig);
	if (info && info->code > 0 && (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP))
		put(&o, " code %d address 0x%llx trap %u at pc 0x%x", info->code, (unsigned long long)info->fault.addr, (u32)t->trapno,
			x_get32(t->mm->nr, t->cpu + offsetof(struct cpu, rip)));
	else if (info && info->code <= 0)
		put(&o, " from %d", info->rt.pid);
	put(&o, " ---");
	trace_line(o.b, o.n);
}

void
trace_exit(struct task *t, u32 code)
{
	struct out o = { .n = 0 };

	if (code & 0x7f)
		put(&o, "%d +++ killed by signal %u +++", t->tid, code & 0x7f);
	else
		put(&o, "%d +++ exited with %u +++", t->tid, code >> 8 & 0xff);
	trace_line(o.b, o.n);
}
