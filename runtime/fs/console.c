/*
 * console.c - descriptors 0, 1 and 2 of the host process. A host terminal becomes one tty, /dev/console; host files keep their
 * shared offset (so that what runs before and after us sees it move); anything else is a stream.
 */
#include <stdio.h>
#include <stdlib.h>
#include "tty.h"
#include "tmpfs.h"

enum { CLOSED, TTY, FILE_OR_DEVICE, STREAM };

static struct tty console;
static int console_fd = -1;                      /* host descriptor of the terminal, -1 */
static bool raw, wanted;
static bool held;                                /* the host has more input, but there is no room */

struct stdio {
	int fd;
	bool regular;
	u32 acc;                                 /* O_ACCMODE of the host's descriptor */
	loff pos;                                /* where the host's shared offset is */
	struct waitq q;
};
static struct stdio stdio[3];

/* ---- the terminal ---- */

/* Until the guest asks for input, the host's own line discipline stays in charge, output processing included. */
static void
console_flush(struct tty *t)
{
	u8 buf[1024];

	while (t->oused) {
		u32 n = t->oused < sizeof buf ? t->oused : sizeof buf, head = t->ohead;
		i32 r;

		for (u32 k = 0; k < n; k++)
			buf[k] = t->out[(head + k) % OUT_SIZE];
		r = x_console_write(console_fd ? console_fd : 1, 0, kaddr(buf), n);
		if (r <= 0) {
			if (r != -EAGAIN)
				t->oused = 0;            /* the terminal is gone */
			return;
		}
		t->ohead = (t->ohead + r) % OUT_SIZE;
		t->oused -= r;
	}
}

static void
console_size(void)
{
	static i32 last;
	i32 size = x_console_size(console_fd);
	struct linux_winsize w = { .row = (u16)(size >> 16), .col = (u16)size };

	if (size == last)                        /* what the guest has set stays */
		return;
	last = size;
	tty_set_size(&console, &w);
}

static void
console_pull(void)
{
	u8 buf[512];
	i32 r = -EAGAIN;

	console_size();                          /* a change seen before the keys that follow it */
	while (!(held = console.used + sizeof buf >= IN_SIZE && tty_readable(&console)) &&
		(r = x_console_read(console_fd, 0, kaddr(buf), sizeof buf)) > 0)
		tty_input(&console, buf, r);
	if (!held && r == 0) {
		console.other_closed = true;
		tty_hangup(&console);
	}
}

static void
console_want(struct tty *t)
{
	(void)t;
	if (held)
		console_pull();
	if (wanted)
		return;
	wanted = raw = true;
	x_console_raw(console_fd, 1);
	console.host_line = false;
	console.edited = true;
	console_pull();
	console.edited = false;
}

static const struct tty_driver console_driver = {
	.flush = console_flush,
	.changed = console_want,
	.opened = console_want,
};

/* The terminal's modes as the host had them: record "termios", hexadecimal numbers with colons, the four flags, then cc[]. */
static void
console_modes(void)
{
	struct linux_termios *t = &console.tio;
	const char *p = boot_get("termios", 0);
	u32 *flags[] = { &t->iflag, &t->oflag, &t->cflag, &t->lflag };
	char *end;

	for (u32 k = 0; p && *p && k < 4 + NCCS; k++, p = *end ? end + 1 : end) {
		u32 v = (u32)strtoul(p, &end, 16);

		if (k < 4)
			*flags[k] = v;
		else
			t->cc[k - 4] = (u8)v;
	}
}

static void
console_setup(void)
{
	tty_init(&console, &console_driver);
	console.host_line = true;
	console_modes();
	console.rdev = MKDEV(5, 1);
	console_size();
	console.session = task_sid(current);
	console.pgrp = task_pgrp(current);
	task_set_tty(current, &console);
	if (boot_get("raw", 0))                  /* the host's terminal has no line discipline */
		console_want(&console);
}

int
console_open(struct inode *i, struct file *f)
{
	(void)i;
	return console_fd >= 0 ? tty_attach(&console, f) : -ENXIO;
}

/* ---- files and streams ---- */

static long
stdio_move(struct file *f, struct uio *u, loff *pos, bool write)
{
	struct stdio *s = f->priv;
	u32 addr, len;
	long done = 0;

	while (uio_seg(u, &addr, &len)) {
		i32 r;

		if (s->regular && !(write && f->flags & O_APPEND) && *pos != s->pos)
			r = write ? x_store_write(s->fd, u->mm, addr, len, *pos) : x_store_read(s->fd, u->mm, addr, len, *pos);
		else {
			r = write ? x_console_write(s->fd, u->mm, addr, len) : x_console_read(s->fd, u->mm, addr, len);
			if (r > 0)
				s->pos = *pos + r;
		}
		if (r < 0)
			return done ? done : r;
		uio_advance(u, r);
		*pos += r;
		done += r;
		if ((u32)r < len)
			break;
	}
	return done;
}

static long
stdio_read(struct file *f, struct uio *u, loff *pos)
{
	return stdio_move(f, u, pos, false);
}

static long
stdio_write(struct file *f, struct uio *u, loff *pos)
{
	return stdio_move(f, u, pos, true);
}

static u32
stdio_poll(struct file *f)
{
	struct stdio *s = f->priv;
	u32 ready = s->regular ? 3 : x_console_ready(s->fd), acc = f->flags & O_ACCMODE;

	return (ready & 1 && acc != O_WRONLY ? EPOLLIN | EPOLLRDNORM : 0) |
		(ready & 2 && acc != O_RDONLY ? EPOLLOUT | EPOLLWRNORM : 0);
}

static struct waitq *
stdio_waitq(struct file *f)
{
	return &((struct stdio *)f->priv)->q;
}

static loff
stdio_lseek(struct file *f, loff off, int whence)
{
	return ((struct stdio *)f->priv)->regular ? regular_lseek_size(f, off, whence, file_size(f)) : -ESPIPE;
}

static int
stdio_mmap(struct file *f)
{
	return ((struct stdio *)f->priv)->regular ? 0 : -ENODEV;
}

static const struct file_ops stdio_ops = {
	.read = stdio_read,
	.write = stdio_write,
	.poll = stdio_poll,
	.waitq = stdio_waitq,
	.lseek = stdio_lseek,
	.mmap = stdio_mmap,
};

struct stdio_inode {
	struct inode inode;                      /* first */
	struct stdio *s;
};

static struct stdio *
stdio_of(struct inode *i)
{
	return ((struct stdio_inode *)i)->s;
}

static int
stdio_getattr(struct inode *i)
{
	struct host_stat st;

	if (x_store_fstat(stdio_of(i)->fd, kaddr(&st)) == 0) {
		i->dev = st.dev;
		i->ino = st.ino;
		i->size = S_ISREG(st.mode) ? st.size : 0;
		i->blocks = st.blocks;
		i->nlink = st.nlink;
		i->atime = st.atime_ns;
		i->mtime = st.mtime_ns;
		i->ctime = st.ctime_ns;
	}
	return 0;
}

static int
stdio_setattr(struct inode *i, const struct iattr *a)
{
	return a->set == SET_SIZE ? x_store_truncate(stdio_of(i)->fd, a->size) : -EPERM;
}

static u32
host_link(const struct stdio *s, char *path, size_t size)
{
	return (u32)snprintf(path, size, "/proc/self/fd/%d", s->fd);
}

static int
stdio_readlink(struct inode *i, char *buf, size_t size)
{
	char path[32];
	u32 n = host_link(stdio_of(i), path, sizeof path);

	return x_store_readlink(kaddr(path), n, kaddr(buf), (u32)size);
}

/* ---- /dev/stdout and the like: a regular file and a memory device are opened anew, a stream is the same one ---- */

static i32
reopened(const struct file *f)
{
	return (i32)(uintptr_t)f->priv - 1;
}

static long
reopened_read(struct file *f, struct uio *u, loff *pos)
{
	return host_uio(reopened(f), u, pos, false);
}

static long
reopened_write(struct file *f, struct uio *u, loff *pos)
{
	if (f->flags & O_APPEND)
		*pos = file_size(f);
	return host_uio(reopened(f), u, pos, true);
}

static void
reopened_release(struct file *f)
{
	x_store_close(reopened(f));
}

static const struct file_ops reopened_ops = {
	.read = reopened_read,
	.write = reopened_write,
	.lseek = regular_lseek,
	.mmap = regular_mmap,
	.release = reopened_release,
};

static int
stdio_reopen(struct inode *i, struct file *f)
{
	struct stdio *s = stdio_of(i);
	char path[32];
	u32 n = host_link(s, path, sizeof path);
	i32 h;

	if (S_ISSOCK(i->mode))
		return -ENXIO;
	if (S_ISCHR(i->mode) && MAJOR(i->rdev) == 1 && device_open(i, f) == 0)
		return 0;
	if (!s->regular) {
		if ((f->flags & O_ACCMODE) != s->acc && s->acc != O_RDWR)
			return -EACCES;
		f->ops = &stdio_ops;
		f->priv = s;
		return 0;
	}
	if ((h = x_store_open(kaddr(path), n, f->flags & (O_ACCMODE | O_SYNC), 0)) < 0)
		return h;
	f->ops = &reopened_ops;
	f->priv = (void *)(uintptr_t)(h + 1);
	return 0;
}

static const struct inode_ops stdio_inode_ops = {
	.getattr = stdio_getattr,
	.setattr = stdio_setattr,
	.readlink = stdio_readlink,
	.reopen = stdio_reopen,
};

static int
stdio_file(struct file **out, int fd)
{
	static struct super sb = { .type = "host", .source = "host", .magic = 0x50495045, .dev = MKDEV(0, 16) };
	struct inode *i = kmalloc(sizeof(struct stdio_inode));
	struct stdio *s = &stdio[fd];
	char text[12] = "flags0";
	const char *flags;
	struct host_stat st;
	bool regular = x_store_fstat(fd, kaddr(&st)) == 0 && S_ISREG(st.mode);

	inode_init(i, &sb, &stdio_inode_ops, st.mode ? st.mode : S_IFIFO | 0600);
	((struct stdio_inode *)i)->s = s;
	i->rdev = st.rdev;
	i->uid = st.uid;
	i->gid = st.gid;
	s->fd = fd;
	s->regular = regular;
	waitq_init(&s->q);
	text[5] = (char)('0' + fd);
	flags = boot_get(text, 0);
	*out = file_new(&stdio_ops, i, flags ? (u32)strtoul(flags, NULL, 8) & (O_ACCMODE | O_APPEND) : fd ? O_WRONLY : O_RDONLY);
	inode_put(i);
	s->acc = (*out)->flags & O_ACCMODE;
	(*out)->priv = s;
	memcpy(text, "pos", 3);
	text[3] = (char)('0' + fd);
	text[4] = 0;
	if (regular && boot_get(text, 0))
		s->pos = (*out)->pos = (loff)strtoull(boot_get(text, 0), NULL, 10);
	return 0;
}

static bool
closed_at_start(int fd)
{
	const char *v;

	for (u32 n = 0; (v = boot_get("closed", n)); n++)
		if (v[0] == '0' + fd)
			return true;
	return false;
}

/* Descriptors 0 1 2 of the first task; two that are the host's same open file are one file here too (flags "same"). */
int
console_stdio(void)
{
	struct file *tty = NULL, *f;
	char path[32] = "/dev/console";
	const char *name;
	int r;

	for (int fd = 0; fd < 3; fd++)
		if (x_console_kind(fd) == TTY && console_fd < 0)
			console_fd = fd;
	if (console_fd >= 0)
		console_setup();
	if (console_fd >= 0 && (name = boot_get("pts", 0)) && pty_adopt(&console, (u32)strtoul(name, NULL, 10)) == 0)
		snprintf(path, sizeof path, "/dev/pts/%s", name);
	for (int fd = 0; fd < 3; fd++) {
		i32 kind = x_console_kind(fd);

		if (kind == CLOSED || closed_at_start(fd))
			continue;
		if (kind == TTY && !tty) {
			if ((r = file_open_path(&tty, AT_FDCWD, path, O_RDWR | O_NOCTTY, 0)) < 0)
				return r;
			f = tty;
		} else if (kind == TTY)
			f = file_get(tty);
		else if ((r = stdio_file(&f, fd)) < 0)
			return r;
		if (fd == 2 && kind == FILE_OR_DEVICE && boot_get("same12", 0) && fd_file(1)) {
			file_put(f);
			f = file_get(fd_file(1));
		}
		if (fd_install(f, fd, false) != fd)
			return -EMFILE;
	}
	return 0;
}

/* 1: fd may be readable, 2: writable, 3: the terminal's size changed */
void
console_event(u32 kind, u32 fd)
{
	if (kind == 3) {
		if (console_fd >= 0)
			console_size();
		return;
	}
	if (fd > 2)
		return;
	if ((int)fd == console_fd && kind == 1 && wanted)
		console_pull();
	if (console_fd >= 0 && kind == 2) {
		console_flush(&console);
		wake_up(&console.q);
	}
	wake_up(&stdio[fd].q);
}
