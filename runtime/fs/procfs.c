/*
 * procfs.c - /proc. Nodes are made by lookup and hold no state but (task, which file); texts are written when a file is read
 * from its beginning, as seq_file does, so one that stays open tells the news.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "vfs.h"

/* ---- a text that grows ---- */

struct text {
	char *p;
	size_t len, cap;
};

static void
text_bytes(struct text *t, const void *p, size_t n)
{
	if (t->len + n > t->cap) {
		size_t cap = (t->len + n) * 2;
		char *q = krealloc(t->p, cap);

		if (!q)
			return;
		t->p = q;
		t->cap = cap;
	}
	memcpy(t->p + t->len, p, n);
	t->len += n;
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	char line[PATH_MAX + 256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0)
		text_bytes(t, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void
text_append(struct text *t, const void *p, size_t n)
{
	text_bytes(t, p, n);
}

/* ---- what can be read ---- */

struct entry {
	const char *name;
	u32 mode;
	void (*text)(struct task *t, struct text *out);
	const struct entry *dir;
	int (*readlink)(struct task *t, char *buf, size_t size);
	int (*follow)(struct task *t, struct dentry **out);
};

struct pnode {
	struct inode inode;              /* first */
	const struct entry *e;
	i32 tid;                         /* 0: not about a task */
	int fd;                          /* /proc/PID/fd/N, -1 */
	u8 kind;                         /* enum kind */
};
enum kind { ROOT, ENTRY, PID, TASKS, FDS, FD, FDINFO, FDINFO_FILE };

static const struct inode_ops proc_ops, magic_ops;
extern u64 boot_memory;

static void
meminfo(struct task *t, struct text *out)
{
	u64 kb = boot_memory / 1024;

	(void)t;
	text_printf(out, "MemTotal:       %8llu kB\nMemFree:        %8llu kB\nMemAvailable:   %8llu kB\nBuffers:               0 kB\n"
		"Cached:                0 kB\nSwapCached:            0 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n",
		(unsigned long long)kb, (unsigned long long)kb / 2, (unsigned long long)kb / 2);
}

static void
cpuinfo(struct task *t, struct text *out)
{
	static const char *const added[] = {
		"", "", " pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm", " fma movbe xsave avx f16c abm bmi1 avx2 bmi2 xsaveopt xsavec xgetbv1"
	};
	const char *level = boot_get("cpu", 0);
	u32 n = level && *level >= '1' && *level <= '3' ? (u32)(*level - '0') : 2;

	(void)t;
	text_printf(out, "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 42\nmodel name\t: elfport\nstepping\t: 1\n"
		"cpu MHz\t\t: 2000.000\ncache size\t: 4096 KB\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\nfpu\t\t: yes\n"
		"fpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\n"
		"flags\t\t: fpu tsc cx8 cmov clflush mmx fxsr sse sse2 syscall nx rdtscp lm rep_good nopl fsgsbase erms rdrand rdseed fsrm%s%s\n"
		"bogomips\t: 4000.00\n"
		"clflush size\t: 64\ncache_alignment\t: 64\naddress sizes\t: 32 bits physical, 32 bits virtual\n\n",
		n >= 2 ? added[2] : "", n >= 3 ? added[3] : "");
}

static void
uptime(struct task *t, struct text *out)
{
	u64 ns = now_monotonic();

	(void)t;
	text_printf(out, "%llu.%02llu 0.00\n", (unsigned long long)(ns / 1000000000), (unsigned long long)(ns / 10000000 % 100));
}

static void
version(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "Linux version 6.1.0-elfport (elfport) #1 SMP\n");
}

static void
loadavg(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "0.00 0.00 0.00 1/1 %d\n", task_pid(current));
}

static void
kernel_stat(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nintr 0\nctxt 0\nbtime %llu\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n",
		(unsigned long long)((now_realtime() - now_monotonic()) / 1000000000));
}

static void
filesystems(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "nodev\tproc\nnodev\tsysfs\nnodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tdevpts\nnodev\toverlay\n\text4\n");
}

static void
mounts(struct task *t, struct text *out)
{
	char path[PATH_MAX];

	(void)t;
	for (struct super *sb = supers; sb; sb = sb->next) {
		if (!sb->where || dentry_path(sb->where, path, sizeof path) < 0)
			continue;
		text_printf(out, "%s %s %s %s,relatime 0 0\n", sb->source, path, sb->type, sb->readonly ? "ro" : "rw");
	}
}

static void
mountinfo(struct task *t, struct text *out)
{
	char path[PATH_MAX];
	int id = 20;

	(void)t;
	for (struct super *sb = supers; sb; sb = sb->next, id++) {
		if (!sb->where || dentry_path(sb->where, path, sizeof path) < 0)
			continue;
		text_printf(out, "%d 20 %u:%u / %s %s,relatime - %s %s %s\n", id, MAJOR(sb->dev), MINOR(sb->dev), path,
			sb->readonly ? "ro" : "rw", sb->type, sb->source, sb->readonly ? "ro" : "rw");
	}
}

static void
statm(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "1024 512 256 128 0 256 0\n");
}

static void
comm(struct task *t, struct text *out)
{
	text_printf(out, "%s\n", task_comm(t));
}

static void
io(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
}

static void
zero_line(struct task *t, struct text *out)
{
	(void)t;
	text_printf(out, "0\n");
}

#define CONSTANT(name, value) \
	static void name(struct task *t, struct text *out) { (void)t; text_printf(out, "%s\n", value); }
CONSTANT(ostype, "Linux")
CONSTANT(osrelease, "6.1.0-elfport")
CONSTANT(pid_max, "32768")
CONSTANT(file_max, "1048576")
CONSTANT(somaxconn, "4096")
CONSTANT(ngroups_max, "65536")
CONSTANT(inotify_queued, "16384")
CONSTANT(inotify_instances, "1024")
CONSTANT(cap_last_cap, "40")
CONSTANT(overcommit, "1")
CONSTANT(max_map_count, "65530")
CONSTANT(random_uuid, "00000000-0000-4000-8000-000000000000")

static void
hostname(struct task *t, struct text *out)
{
	extern char boot_hostname[];

	(void)t;
	text_printf(out, "%s\n", boot_hostname);
}

/* ---- links ---- */

static int
self_link(struct task *t, char *buf, size_t size)
{
	(void)t;
	return snprintf(buf, size, "%d", task_pid(current));
}

static int
thread_self(struct task *t, char *buf, size_t size)
{
	(void)t;
	return snprintf(buf, size, "%d/task/%d", task_pid(current), task_tid(current));
}

static int
mounts_link(struct task *t, char *buf, size_t size)
{
	(void)t;
	return snprintf(buf, size, "self/mounts");
}

static int
exe_link(struct task *t, char *buf, size_t size)
{
	if (!task_exe(t))
		return -ENOENT;
	file_path(task_exe(t), buf, size);
	return (int)strlen(buf);
}

static int
exe_follow(struct task *t, struct dentry **out)
{
	struct file *f = task_exe(t);

	if (!f || !f->dentry)
		return -ENOENT;
	*out = dentry_get(f->dentry);
	return 0;
}

static int
cwd_link(struct task *t, char *buf, size_t size)
{
	return task_fs(t) ? dentry_path(task_fs(t)->cwd, buf, size) : -ENOENT;
}

static int
cwd_follow(struct task *t, struct dentry **out)
{
	if (!task_fs(t))
		return -ENOENT;
	*out = dentry_get(task_fs(t)->cwd);
	return 0;
}

static int
root_link(struct task *t, char *buf, size_t size)
{
	return task_fs(t) ? dentry_path(task_fs(t)->root, buf, size) : -ENOENT;
}

static int
root_follow(struct task *t, struct dentry **out)
{
	if (!task_fs(t))
		return -ENOENT;
	*out = dentry_get(task_fs(t)->root);
	return 0;
}

/* ---- the tree ---- */

#define FILE_ENTRY(n, f) { .name = n, .mode = S_IFREG | 0444, .text = f }
#define LINK_ENTRY(n, r, fo) { .name = n, .mode = S_IFLNK | 0777, .readlink = r, .follow = fo }
#define DIR_ENTRY(n, d) { .name = n, .mode = S_IFDIR | 0555, .dir = d }

static const struct entry sys_kernel_random[] = { FILE_ENTRY("boot_id", random_uuid), FILE_ENTRY("uuid", random_uuid), { 0 } };
static const struct entry sys_kernel[] = {
	FILE_ENTRY("ostype", ostype), FILE_ENTRY("osrelease", osrelease), FILE_ENTRY("hostname", hostname), FILE_ENTRY("pid_max", pid_max),
	FILE_ENTRY("ngroups_max", ngroups_max), FILE_ENTRY("cap_last_cap", cap_last_cap), FILE_ENTRY("randomize_va_space", zero_line),
	DIR_ENTRY("random", sys_kernel_random), { 0 }
};
static const struct entry sys_vm[] = {
	FILE_ENTRY("overcommit_memory", overcommit), FILE_ENTRY("max_map_count", max_map_count), FILE_ENTRY("mmap_min_addr", zero_line), { 0 }
};
static const struct entry sys_fs_inotify[] = {
	FILE_ENTRY("max_queued_events", inotify_queued), FILE_ENTRY("max_user_instances", inotify_instances),
	FILE_ENTRY("max_user_watches", file_max), { 0 }
};
static const struct entry sys_fs[] = { DIR_ENTRY("inotify", sys_fs_inotify), FILE_ENTRY("file-max", file_max), FILE_ENTRY("nr_open", file_max), { 0 } };
static const struct entry sys_net_core[] = { FILE_ENTRY("somaxconn", somaxconn), { 0 } };
static const struct entry sys_net[] = { DIR_ENTRY("core", sys_net_core), { 0 } };
static const struct entry sys[] = {
	DIR_ENTRY("kernel", sys_kernel), DIR_ENTRY("vm", sys_vm), DIR_ENTRY("fs", sys_fs), DIR_ENTRY("net", sys_net), { 0 }
};
static const struct entry root[] = {
	FILE_ENTRY("meminfo", meminfo), FILE_ENTRY("cpuinfo", cpuinfo), FILE_ENTRY("uptime", uptime), FILE_ENTRY("version", version),
	FILE_ENTRY("loadavg", loadavg), FILE_ENTRY("stat", kernel_stat), FILE_ENTRY("filesystems", filesystems), DIR_ENTRY("sys", sys),
	LINK_ENTRY("self", self_link, NULL), LINK_ENTRY("thread-self", thread_self, NULL), LINK_ENTRY("mounts", mounts_link, NULL), { 0 }
};
static const struct entry of_task_attr[] = {             /* no security module is there to answer */
	FILE_ENTRY("current", NULL), FILE_ENTRY("prev", NULL), FILE_ENTRY("exec", NULL), FILE_ENTRY("fscreate", NULL),
	FILE_ENTRY("keycreate", NULL), FILE_ENTRY("sockcreate", NULL), { 0 }
};
static const struct entry of_task[] = {
	FILE_ENTRY("stat", proc_stat_text), FILE_ENTRY("status", proc_status_text), FILE_ENTRY("maps", proc_maps_text),
	FILE_ENTRY("cmdline", proc_cmdline_text), FILE_ENTRY("environ", proc_environ_text), FILE_ENTRY("auxv", proc_auxv_text),
	FILE_ENTRY("mounts", mounts), FILE_ENTRY("mountinfo", mountinfo), FILE_ENTRY("statm", statm), FILE_ENTRY("comm", comm),
	FILE_ENTRY("io", io), FILE_ENTRY("limits", proc_limits_text), FILE_ENTRY("oom_score", zero_line), FILE_ENTRY("oom_score_adj", zero_line),
	DIR_ENTRY("attr", of_task_attr), LINK_ENTRY("exe", exe_link, exe_follow), LINK_ENTRY("cwd", cwd_link, cwd_follow), LINK_ENTRY("root", root_link, root_follow), { 0 }
};

static struct inode *
pnode(struct super *sb, enum kind kind, const struct entry *e, i32 tid, int fd, u32 mode)
{
	struct pnode *n = kmalloc(sizeof *n);

	inode_init(&n->inode, sb, kind == FD || (e && e->follow) ? &magic_ops : &proc_ops, mode);
	n->inode.ino = (u64)kind << 56 | (u64)(u32)tid << 24 | (u64)(u32)(fd + 1) << 16 | ((uintptr_t)e >> 3 & 0xffff);
	n->kind = (u8)kind;
	n->e = e;
	n->tid = tid;
	n->fd = fd;
	if (tid && task_find(tid)) {
		n->inode.uid = task_uid(task_find(tid));
		n->inode.gid = task_gid(task_find(tid));
	}
	return &n->inode;
}

static const struct entry *
entry_find(const struct entry *list, struct name n)
{
	for (; list && list->name; list++)
		if (strlen(list->name) == n.len && !memcmp(list->name, n.s, n.len))
			return list;
	return NULL;
}

static i32
number(struct name n)
{
	i32 v = 0;

	if (!n.len || n.len > 7)
		return -1;
	for (u32 k = 0; k < n.len; k++) {
		if (n.s[k] < '0' || n.s[k] > '9')
			return -1;
		v = v * 10 + n.s[k] - '0';
	}
	return v;
}

static bool
is(struct name n, const char *s)
{
	return n.len == strlen(s) && !memcmp(n.s, s, n.len);
}

static int
lookup_task(struct pnode *d, struct name n, struct inode **out)
{
	struct super *sb = d->inode.sb;
	const struct entry *e = entry_find(of_task, n);

	if (e)
		*out = pnode(sb, ENTRY, e, d->tid, -1, e->mode);
	else if (is(n, "fd"))
		*out = pnode(sb, FDS, NULL, d->tid, -1, S_IFDIR | 0500);
	else if (is(n, "fdinfo"))
		*out = pnode(sb, FDINFO, NULL, d->tid, -1, S_IFDIR | 0500);
	else if (is(n, "task"))
		*out = pnode(sb, TASKS, NULL, d->tid, -1, S_IFDIR | 0555);
	else
		return -ENOENT;
	return 0;
}

static int
proc_lookup(struct inode *dir, struct name n, struct inode **out)
{
	struct pnode *d = (struct pnode *)dir;
	struct super *sb = dir->sb;
	i32 num = number(n);
	const struct entry *e;
	struct task *t = d->tid ? task_find(d->tid) : NULL;

	if (d->tid && !t)
		return -ENOENT;
	switch (d->kind) {
	case ROOT:
		if (num > 0 && task_find(num)) {
			*out = pnode(sb, PID, NULL, num, -1, S_IFDIR | 0555);
			return 0;
		}
		/* fallthrough */
	case ENTRY:
		if (!(e = entry_find(d->kind == ROOT ? root : d->e->dir, n)))
			return -ENOENT;
		*out = pnode(sb, ENTRY, e, d->tid, -1, e->mode);
		return 0;
	case PID:
		return lookup_task(d, n, out);
	case TASKS:
		if (num <= 0 || !task_find(num) || task_pid(task_find(num)) != task_pid(t))
			return -ENOENT;
		*out = pnode(sb, PID, NULL, num, -1, S_IFDIR | 0555);
		return 0;
	case FDS: case FDINFO:
		if (num < 0 || !task_files(t) || !files_nth(task_files(t), num))
			return -ENOENT;
		*out = d->kind == FDS ? pnode(sb, FD, NULL, d->tid, num, S_IFLNK | 0700) :
			pnode(sb, FDINFO_FILE, NULL, d->tid, num, S_IFREG | 0400);
		return 0;
	}
	return -ENOTDIR;
}

static int
emit_number(emit_fn emit, void *ctx, i32 v, u32 type)
{
	char name[12];
	int n = snprintf(name, sizeof name, "%d", v);

	return emit(ctx, name, (u32)n, (u64)v + 1, type);
}

static int
list_entries(const struct entry *e, emit_fn emit, void *ctx)
{
	int r = 0;

	for (; e && e->name && r == 0; e++)
		r = emit(ctx, e->name, (u32)strlen(e->name), ((uintptr_t)e >> 3) + 1, e->mode >> 12);
	return r;
}

static int
proc_list(struct inode *dir, emit_fn emit, void *ctx)
{
	struct pnode *d = (struct pnode *)dir;
	struct task *t = d->tid ? task_find(d->tid) : NULL;
	int r = 0;

	if (d->tid && !t)
		return -ENOENT;
	switch (d->kind) {
	case ROOT:
		r = list_entries(root, emit, ctx);
		for (i32 pid = task_next_pid(0); pid && r == 0; pid = task_next_pid(pid))
			r = emit_number(emit, ctx, pid, DT_DIR);
		break;
	case ENTRY:
		return list_entries(d->e->dir, emit, ctx);
	case PID:
		if ((r = list_entries(of_task, emit, ctx)) == 0 && (r = emit(ctx, "fd", 2, 2, DT_DIR)) == 0 &&
			(r = emit(ctx, "fdinfo", 6, 3, DT_DIR)) == 0)
			r = emit(ctx, "task", 4, 4, DT_DIR);
		break;
	case TASKS:
		for (i32 tid = task_next_thread(t, 0); tid && r == 0; tid = task_next_thread(t, tid))
			r = emit_number(emit, ctx, tid, DT_DIR);
		break;
	case FDS: case FDINFO:
		for (int fd = 0; task_files(t) && (fd = files_next(task_files(t), fd)) >= 0 && r == 0; fd++)
			r = emit_number(emit, ctx, fd, d->kind == FDS ? DT_LNK : DT_REG);
		break;
	}
	return r;
}

static int
proc_readlink(struct inode *i, char *buf, size_t size)
{
	struct pnode *n = (struct pnode *)i;
	struct task *t = n->tid ? task_find(n->tid) : current;
	struct file *f;

	if (!t)
		return -ENOENT;
	if (n->kind == ENTRY && n->e->readlink)
		return n->e->readlink(t, buf, size);
	if (n->kind != FD || !task_files(t) || !(f = files_nth(task_files(t), n->fd)))
		return -ENOENT;
	file_path(f, buf, size);
	return (int)strlen(buf);
}

/* An open file without a name (pipe, socket): a dentry of its own, so that it can be opened again. */
static struct dentry *
loose(struct file *f)
{
	struct dentry *d = dentry_new(task_fs(current)->root, name_of("#fd"), inode_get(f->inode));

	dentry_unhash(d);
	d->deleted = d->loose = true;
	return d;
}

static int
proc_follow(struct inode *i, struct dentry **out)
{
	struct pnode *n = (struct pnode *)i;
	struct task *t = n->tid ? task_find(n->tid) : current;
	struct file *f;

	if (!t)
		return -ENOENT;
	if (n->kind == ENTRY && n->e->follow)
		return n->e->follow(t, out);
	if (n->kind != FD || !task_files(t) || !(f = files_nth(task_files(t), n->fd)))
		return -ENOENT;
	if (!f->dentry && !f->inode)
		return -ENXIO;
	*out = f->dentry ? dentry_get(f->dentry) : loose(f);
	return 0;
}

/* ---- open texts ---- */

static int
write_text(struct file *f, struct text *out)
{
	struct pnode *n = (struct pnode *)f->inode;
	struct task *t = n->tid ? task_find(n->tid) : current;
	struct file *of;

	if (!t)
		return -ESRCH;
	out->len = 0;
	if (n->kind != FDINFO_FILE && !n->e->text)
		return -EINVAL;
	if (n->kind != FDINFO_FILE)
		n->e->text(t, out);
	else if (task_files(t) && (of = files_nth(task_files(t), n->fd)))
		text_printf(out, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t1\nino:\t%llu\n", (long long)of->pos, of->flags,
			(unsigned long long)(of->inode ? of->inode->ino : 0));
	return 0;
}

static long
text_read(struct file *f, struct uio *u, loff *pos)
{
	struct text *t = f->priv;
	size_t n;
	int r;

	if ((!*pos || !t->p) && (r = write_text(f, t)) < 0)
		return r;
	n = (size_t)*pos < t->len ? t->len - (size_t)*pos : 0;
	if (n > u->left)
		n = u->left;
	if (n && (r = uio_to(u, t->p + *pos, n)) < 0)
		return r;
	*pos += (loff)n;
	return (long)n;
}

static long
text_write(struct file *f, struct uio *u, loff *pos)
{
	(void)f, (void)u, (void)pos;
	return -EPERM;
}

static loff
text_lseek(struct file *f, loff off, int whence)
{
	return whence > SEEK_CUR ? -EINVAL : regular_lseek_size(f, off, whence, 0);
}

static void
text_release(struct file *f)
{
	struct text *t = f->priv;

	kfree(t->p);
	kfree(t);
}

static const struct file_ops text_ops = { .read = text_read, .write = text_write, .lseek = text_lseek, .release = text_release };

static int
proc_open(struct inode *i, struct file *f)
{
	struct pnode *n = (struct pnode *)i;
	struct task *t = n->tid ? task_find(n->tid) : current;
	struct text *out;

	if (!t)
		return -ESRCH;
	if (S_ISDIR(i->mode)) {
		f->ops = &dir_file_ops;
		return 0;
	}
	if (!(out = kmalloc(sizeof *out)))
		return -ENOMEM;
	f->ops = &text_ops;
	f->priv = out;
	return 0;
}

static const struct inode_ops proc_ops = {
	.lookup = proc_lookup,
	.list = proc_list,
	.readlink = proc_readlink,
	.open = proc_open,
	.revalidate = true,
};

/* links that lead to the file itself, whatever their text says */
static const struct inode_ops magic_ops = {
	.readlink = proc_readlink,
	.follow = proc_follow,
	.revalidate = true,
};

i32
procfs_pid(int fd)
{
	struct file *f = fd_file(fd);
	struct pnode *n = f && f->inode && f->inode->ops == &proc_ops ? (struct pnode *)f->inode : NULL;

	return n && n->kind == PID ? n->tid : 0;
}

struct inode *
procfs_root(struct super *sb)
{
	return pnode(sb, ROOT, NULL, 0, -1, S_IFDIR | 0555);
}
