/*
 * kernel.h - the kernel's own header. Calls return >= 0 or -errno. Nothing here ever blocks the host: see "waiting".
 * Guest pointers are uptr: integers that only usermem.c turns into bytes of a guest memory.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "../include/cpu.h"
#include "../include/layout.h"
#include "../include/linux.h"
#include "../include/host.h"

typedef u32 uptr;
typedef int64_t loff;

#include "hostcalls.h"           /* x_...: prototypes of include/host.def, spelled out by hand */
#include "list.h"

struct task;
struct mm;
struct file;
struct inode;
struct dentry;
struct mount;

/* ---- usermem.c: guest memory. All return 0 or -EFAULT (range not mapped, or not writable). current's mm. ---- */
int copy_in(void *dst, uptr src, size_t n);
int copy_out(uptr dst, const void *src, size_t n);
int get_user32(u32 *v, uptr p);
int put_user32(uptr p, u32 v);
int get_user64(u64 *v, uptr p);
int put_user64(uptr p, u64 v);
int clear_user(uptr p, size_t n);
int strncpy_in(char *dst, uptr src, size_t size);        /* length, -EFAULT, -ENAMETOOLONG when no NUL in size bytes */
bool access_ok(uptr p, size_t n, bool write);            /* mapped with that permission */

/* A run of bytes to move: either guest memory of an mm or kernel memory; file operations take it so that host reads land directly. */
struct uio {
	u32 mm;                          /* 0: kernel memory, else the mm number, already checked with access_ok */
	struct uio_seg { u32 addr, len; } *iov;
	u32 niov, cur, off;              /* progress */
	size_t left;
};
int uio_import(struct uio *u, uptr iov, u32 n, bool write, void *store, size_t nstore);   /* readv, writev */
void uio_user(struct uio *u, void *store, uptr p, size_t n);
void uio_kernel(struct uio *u, void *store, void *p, size_t n);
int uio_to(struct uio *u, const void *src, size_t n);    /* kernel bytes -> uio, advances; 0 or -EFAULT */
int uio_from(struct uio *u, void *dst, size_t n);        /* uio -> kernel bytes */

/* ---- wait.c: waiting ---- */
/*
 * A handler that cannot go on adds the task to wait queues and returns -EBLOCKED; the system call then ends without a result. wake_up() on
 * any of the queues (or the deadline, or a signal) makes the task runnable, and the handler runs again from its beginning with the
 * same arguments. What must not happen twice stands in current->restart. The entries are removed before the handler runs again.
 */
#define EBLOCKED 4096
struct waitq { struct list head; u32 seq; };             /* seq counts wake-ups: edges for epoll */
void waitq_init(struct waitq *q);
int wait_fetch(void);                                    /* -EBLOCKED until the host has fetched more; signals do not end it */
void fetch_arrived(void);
int wait_on(struct waitq *q);                            /* always returns -EBLOCKED; may be called for several queues */
int wait_until(u64 deadline_ns);                         /* CLOCK_MONOTONIC; adds a deadline: same */
void wake_up(struct waitq *q);                           /* everybody */
void wake_one(struct waitq *q);
/*
 * ppoll, pselect, epoll_pwait, sigsuspend: the mask that holds during this call; idempotent, put back when the call ends (or
 * after the handler that interrupted it returns).
 */
void signal_mask_for_call(u64 mask);
/*
 * A handler that answers -EBLOCKED while a signal waits for its handler is ended with -ERESTARTSYS by the dispatcher, so only
 * calls with partial progress or another answer need this; -ERESTARTSYS and -ERESTARTNOHAND become EINTR or a restart.
 * true when the call should give up with EINTR (or ERESTARTSYS), checked before waiting again */
bool signal_pending(const struct task *t);

struct restart {
	u32 stage;                       /* 0 on the first run of a call */
	u64 done;                        /* bytes moved so far, or whatever the handler needs */
	u64 deadline;                    /* absolute CLOCK_MONOTONIC ns; 0: not yet computed */
	u64 oldmask;                     /* signal mask to put back after ppoll, sigsuspend, ... */
	struct file *file[2];            /* references that the call holds, released when it ends */
	void *data;                      /* kmalloc'ed, freed when the call ends */
};

/* ---- fs/file.c: open files ---- */
struct file_ops {
	/* bytes moved, 0 at the end of file, -EAGAIN when it would block (the caller decides whether to wait on ->waitq) */
	long (*read)(struct file *f, struct uio *u, loff *pos);
	long (*write)(struct file *f, struct uio *u, loff *pos);
	u32 (*poll)(struct file *f);                             /* EPOLLIN ... that are true now; missing: always readable and writable */
	struct waitq *(*waitq)(struct file *f);                  /* woken whenever poll's answer may have changed */
	int (*wait)(struct file *f, bool write);                 /* before a blocking call waits again; missing: wait_on(->waitq) */
	long (*ioctl)(struct file *f, u32 cmd, u64 arg);         /* missing: -ENOTTY */
	int (*getdents)(struct file *f, struct uio *u);          /* linux_dirent64 records; missing: -ENOTDIR */
	loff (*lseek)(struct file *f, loff off, int whence);     /* missing: seeks by f->pos for inodes with a size, else -ESPIPE */
	int (*want)(struct file *f, loff pos, u64 n);            /* 0 if these bytes can be read, -EBLOCKED until they are; missing: they can */
	int (*mmap)(struct file *f);                             /* 0 if the inode can be mapped; missing: -ENODEV */
	void (*release)(struct file *f);                         /* last reference is gone */
};
struct file {
	const struct file_ops *ops;
	u32 refs;
	u32 flags;                       /* O_ACCMODE O_APPEND O_NONBLOCK O_PATH ... */
	loff pos;
	struct inode *inode;             /* counted; NULL for anonymous kinds that make none */
	struct dentry *dentry;           /* counted; for /proc/self/fd, fchdir, *at calls */
	void *priv;                      /* the kind's own */
	u32 owner;                       /* F_SETOWN */
	struct list epolls;              /* items of epoll.c that watch it */
};
struct file *file_new(const struct file_ops *ops, struct inode *inode, u32 flags);   /* one reference */
struct file *file_get(struct file *f);
void file_put(struct file *f);
void file_signal(const struct file *f, int sig);             /* to its owner, F_SETOWN */
long file_read(struct file *f, struct uio *u, loff *pos);    /* permission by mode, pos NULL: f->pos; does not wait */
long file_write(struct file *f, struct uio *u, loff *pos);

/* ---- fs/fdtable.c ---- */
struct files;
struct files *files_new(void);
struct files *files_clone(struct files *old);                /* fork */
struct files *files_get(struct files *fs);
void files_put(struct files *fs);
void files_exec(struct files *fs);                           /* closes FD_CLOEXEC */
struct file *fd_file(int fd);                                /* of current, borrowed until the next wait; NULL: -EBADF */
struct file *fd_open(int fd);                                /* the same without those opened with O_PATH, fdget() of Linux */
int fd_install(struct file *f, int min, bool cloexec);       /* takes the caller's reference; -EMFILE drops it */

/* ---- fs/vfs.c, fs/path.c: names to inodes ---- */
struct fs_struct;                                            /* root, cwd, umask: CLONE_FS */
struct fs_struct *fs_new(void);
struct fs_struct *fs_clone(struct fs_struct *old);
struct fs_struct *fs_get(struct fs_struct *fs);
void fs_put(struct fs_struct *fs);
int file_open_path(struct file **out, int dirfd, const char *path, u32 flags, u32 mode);   /* open(2) from kernel text */
/* what exec and mmap need of a file */
long file_pread(struct file *f, void *buf, size_t n, loff pos);     /* kernel buffer; -EBLOCKED if bytes must be fetched */
loff file_size(struct file *f);
extern u64 files_changed;                /* counts what changed some file's bytes */
int file_want(struct file *f, loff pos, u64 n);              /* before effects: 0, -EBLOCKED until the bytes are there, -errno */
const u8 *file_elf_hash(struct file *f);                     /* SHA-256 of an ELF file's bytes, if somebody knows it; else NULL */
u64 file_id(struct file *f);                                 /* stable identity of the inode while it lives: shared futexes, shared mappings */
const char *file_host_path(struct file *f);                  /* path in the host's file system if its bytes are a host file unchanged, else NULL */
bool file_executable(struct file *f);                        /* regular file with an x bit and no noexec */
void file_path(struct file *f, char *buf, size_t size);      /* absolute guest path, for /proc and error texts */
void fs_report(void);                                        /* end of the run: what was written into the copy and is dropped */
int fs_boot(void);                                           /* mounts from the boot configuration; opens 0 1 2 for init */

/* ---- fs/tty.c: job control, called by signal.c, exit.c, task.c ---- */
struct tty;
void tty_hangup_session(struct tty *t);
void tty_put(struct tty *t);

/* ---- task.c, signal.c as the fs half sees them ---- */
extern struct task *current;
struct restart *restart(void);                               /* of current */
struct proc;
bool pgrp_orphaned(i32 pgrp, const struct proc *ignore);    /* no parent in the session can continue it; ignore may be NULL */
int signal_send_pgrp(i32 pgrp, int sig);                     /* from a tty */
int signal_send(i32 tid, int sig);
i32 task_pid(const struct task *t);                          /* thread group id */
i32 task_tid(const struct task *t);
i32 task_pgrp(const struct task *t);
i32 task_sid(const struct task *t);
struct tty *task_tty(const struct task *t);                  /* controlling terminal or NULL */
void task_set_tty(struct task *t, struct tty *tty);
struct files *task_files(const struct task *t);
struct fs_struct *task_fs(const struct task *t);
u32 task_uid(const struct task *t);
u32 task_gid(const struct task *t);
const char *task_comm(const struct task *t);
u64 task_nofile(const struct task *t);                       /* RLIMIT_NOFILE */
#define NOFILE_MAX (1u << 20)
bool task_in_group(const struct task *t, u32 gid);           /* fsgid or supplementary */
u64 task_rlimit(const struct task *t, u32 which);            /* the soft limit */
/*
 * signalfd: a pending signal of current out of set, 0 if none; taken unless peek. Its file waits on signal_waitq(): woken
 * whenever a signal is queued to the process, even a blocked one.
 */
int signal_take(u64 set, struct linux_siginfo *info, bool peek);
struct waitq *signal_waitq(void);
/* A process as a pidfd names it: it outlives the process. pid is 0 when somebody has waited for it. */
struct pidref {
	u32 refs;
	i32 pid;
	bool exited;
	struct waitq q;                                          /* woken when it ends */
};
struct pidref *pidref_find(i32 pid);                         /* counted; NULL: there is no such process */
void pidref_put(struct pidref *r);
i64 pidfd_install(struct pidref *r, u32 flags);              /* fs/pidfd.c: takes the reference; a descriptor */
struct pidref *pidfd_ref(int fd, bool *nonblock);            /* borrowed; NULL: that is no pidfd */
i32 procfs_pid(int fd);                                      /* of an open /proc/PID, 0 of anything else */
bool signal_ignored_or_blocked(const struct task *t, int sig);   /* SIGTTIN/SIGTTOU rules */
/* /proc asks these; text is appended to a growing buffer (fs/procfs.c) */
struct text;
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_append(struct text *t, const void *p, size_t n);
void proc_stat_text(struct task *t, struct text *out);
void proc_status_text(struct task *t, struct text *out);
void proc_limits_text(struct task *t, struct text *out);
void proc_maps_text(struct task *t, struct text *out);
void proc_cmdline_text(struct task *t, struct text *out);
void proc_environ_text(struct task *t, struct text *out);
void proc_auxv_text(struct task *t, struct text *out);
struct file *task_exe(const struct task *t);                 /* borrowed */
struct task *task_find(i32 tid);                             /* borrowed; NULL */
i32 task_next_pid(i32 after);                                /* next thread group id above, 0 at the end: listing /proc */
i32 task_next_thread(struct task *t, i32 after);

/* ---- time.c ---- */
u64 now_monotonic(void);
u64 now_realtime(void);
void realtime_set(u64 ns);                                   /* for this run; the host's clock stays */
u64 clock_now(u32 clock);                                    /* CLOCK_* ns; ~0 if there is no such clock */
/* timespec -> ns; -EFAULT, -EINVAL */
int get_timespec(u64 *ns, uptr p);
int put_timespec(uptr p, u64 ns);
/* ---- timers.c: kernel timers; fn runs from the scheduler, never inside a handler ---- */
struct ktimer {
	u64 when;                                                /* CLOCK_MONOTONIC ns */
	void (*fn)(struct ktimer *t);
	u32 slot;                                                /* 0: not armed */
};
void ktimer_set(struct ktimer *t, u64 when);
void ktimer_cancel(struct ktimer *t);

/* ---- boot.c: the boot configuration ---- */
const char *boot_get(const char *key, u32 n);                /* value of the n-th record "key=value", NULL */
/* fs half, called by kernel_event(): 1 fd readable, 2 fd writable, 3 terminal size changed */
void console_event(u32 kind, u32 fd);

/* ---- image.c, shared.c: files that are mapped MAP_SHARED; the fs half calls these around its own access ---- */
void shared_flush(u64 file_id);                              /* before reading: mapped changes go to the file */
void shared_refresh(u64 file_id);                            /* after writing or truncating: mappings see it */
extern u32 shared_files;                                     /* 0: no such mapping exists, calls may be left out */

/* ---- missing.c: what the first program looks for in vain ---- */
void missing_interpreter(const char *path);
const char *missing_wanted(void);                      /* NULL: none was missing */
void missing_opened(const char *path, int r);
void missing_report(int code);

/* ---- memory and last words ---- */
void *kmalloc(size_t n);                                     /* zeroed; NULL when out of memory */
void *krealloc(void *p, size_t n);
void kfree(void *p);
void klog(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A system call: i64 sys_<name>(u64 ...) with as many raw arguments as its row in syscalls.def declares; syscalls.h
 * gives the prototypes. Narrow arguments are cast by the handler.
 */
#include "syscalls.h"

#endif
