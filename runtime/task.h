/*
 * task.h - the core's own view of tasks, processes and address spaces. Only the files directly in runtime/ and
 * runtime/syscalls/ include it; fs/ sees kernel.h.
 *
 * A struct task is a thread, a struct proc a thread group. What threads share is reached through pointers and
 * reference counts: mm, files, fs, sighand. One worker runs everything, so nothing here is locked.
 */
#ifndef TASK_H
#define TASK_H

#include "kernel.h"

/* ---- signals ---- */
struct sighand {
	u32 refs;
	struct linux_sigaction action[NSIG];             /* [sig - 1] */
};
struct sigqueue {
	struct list link;
	struct linux_siginfo info;
};
struct sigpending {
	u64 set;
	struct list queue;                               /* of sigqueue, at most one per signal below 32 */
};

/* ---- credentials ---- */
#define NGROUPS 64
struct cred {
	u32 uid, euid, suid, fsuid;
	u32 gid, egid, sgid, fsgid;
	u32 ngroups;
	u32 group[NGROUPS];
	bool no_new_privs;
};

/* ---- processes ---- */
struct cpu_timer { u64 value, interval; };              /* ns of CPU time; value 0: disarmed */
struct proc {
	i32 pid, pgrp, sid;
	struct tty *tty;
	struct pidref *pidref;                           /* counted; NULL: no pidfd asked for it yet */
	struct proc *parent;                             /* NULL: the kernel reaps it, getppid() is 1 */
	struct list children, sibling;                   /* of proc */
	struct list threads;                             /* of task.thread */
	u32 nthreads;                                    /* that have not exited */
	struct task *leader;                             /* kept until reaped */
	struct list all;                                 /* every proc, in order of creation */
	struct sighand *sighand;                         /* NULL once it is a zombie */
	struct sigpending shared;
	struct waitq signal_wait;                        /* signalfd readers */
	struct waitq child_wait;                         /* wait4, waitid of this process's threads */
	i32 exit_signal;
	u32 exit_code;                                   /* wait status */
	bool exiting, zombie, execed, subreaper, reaped;
	bool stopped, stop_report, cont_report;
	i32 stop_sig;
	struct linux_rlimit rlim[RLIM_NLIMITS];
	u64 utime, stime;                                /* ns; of exited threads too */
	u64 cutime, cstime;
	u64 maxrss_kb, cmaxrss_kb;
	u64 nvcsw, nivcsw;
	u64 start;                                       /* CLOCK_MONOTONIC ns */
	struct ktimer real_timer;
	u64 real_interval;
	struct cpu_timer virt, prof;
	struct list timers;                              /* of posix_timer */
	i32 next_timer;
	struct file *exe;
	u32 dumpable;
};

/* ---- threads ---- */
enum task_state { TASK_RUNNABLE, TASK_BLOCKED, TASK_DEAD };
struct wait_entry {
	struct list link;                                /* in waitq */
	struct list of_task;                             /* in task.waits */
	struct task *task;
};
struct futex_wait {
	struct list link;                                /* in its hash bucket; detached when woken */
	u64 key[2];
	u32 bitset;
	bool queued, pi;
	struct task *task;
};
struct task {
	struct list run;                                 /* run queue, while RUNNABLE and not current */
	struct list thread;                              /* proc.threads */
	struct task *hash_next;
	i32 tid;
	struct proc *proc;
	struct mm *mm;
	u32 cpu;                                         /* address of struct cpu in mm */
	struct files *files;
	struct fs_struct *fs;
	struct cred cred;
	char comm[16];
	u8 state;                                        /* enum task_state */
	bool queued;                                     /* is in the run queue */

	/* the system call in progress */
	bool in_call, uninterruptible, regs_set, woken, yield;
	u32 nr;
	u64 arg[6];
	i32 restart_error;                               /* ERESTARTSYS ...: the call ended so, decide at delivery */
	struct restart restart;
	struct list waits;                               /* of wait_entry.of_task */
	struct wait_entry wait[2];                       /* the first two entries; more are allocated */
	u32 nwait;
	struct ktimer deadline;
	struct futex_wait futex;

	/* signals */
	u64 blocked, saved_mask, sigwait;                /* sigwait: what sigtimedwait waits for */
	bool restore_mask;
	struct sigpending pending;
	struct linux_stack altstack;

	u32 clear_tid, robust, robust_len;
	struct task *vfork_parent;                       /* waits until this one execs or exits */
	struct waitq vfork_done;
	i32 pdeath_signal;
	i32 nice, policy, rt_priority;
	u64 affinity;
	u64 timer_slack;
	u64 cputime;                                     /* ns */
	u32 exit_code;
	u64 trapno, trap_err, trap_cr2;                  /* of the last fault, for signal frames */
};

/* ---- address spaces ---- */
#define VM_SHARED 1u
#define VM_STACK 2u                                     /* grows down to mm->stack_lo */
#define VM_ENGINE 4u                                    /* the engine's own: invisible to the guest */
#define VM_ANON 8u
#define VM_HEAP 16u
#define VM_DONTFORK 32u
#define VM_WIPEONFORK 64u
#define VM_WROTE 128u                                   /* VM_SHARED: has been writable */
#define VM_FILLED 256u                                  /* to mm_map only: the bytes stand there already */
static inline u32
page_up(u32 x)
{
	return (x + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}
struct vma {
	u32 start, end;
	u32 prot, flags;
	struct file *file;                               /* counted */
	u64 off;                                         /* file offset of start */
	u64 clean;                                       /* files_changed when the bytes were the file's; 0: they need not be */
	struct shared *shared;                           /* VM_SHARED: the object, counted */
	struct twin *twin;                               /* VM_SHARED: what this mapping last saw of it */
};
struct code {                                           /* a recompiled file attached at an address */
	u32 lo, hi, bias;
	u32 map, exact;                                  /* struct codemap in an engine mapping; that of the exact functions, or 0 */
	u32 id;
};
#define DIRTY_CHUNK 65536u
#define STACK_GAP (1u << 20)                            /* between brk and the lowest the stack may reach */
struct mm {
	u32 refs, nr;
	u32 pages;                                       /* wasm pages the memory has */
	struct vma *vma;
	u32 nvma, cap, cache;                            /* cache: index of the last hit */
	u32 brk_start, brk, brk_limit;
	u32 map_base;                                    /* mappings pack upwards from here */
	u32 stack_lo, stack_top;
	u32 arg_start, arg_end, env_start, env_end, auxv_len;
	u64 auxv[48];
	u64 total, peak;                                 /* bytes mapped, without the engine's */
	u64 as_limit;
	u8 dirty[65536 / 8];                             /* per 64 KiB: may hold something else than zeros */
	u8 cpus[(CPUS_COUNT + 7) / 8];
	struct code *code;
	u32 ncode;
	u32 nshared;                                     /* vmas with ->shared */
	bool dying;
};

/* task.c */
struct task *task_new(struct proc *p, i32 tid);
struct proc *proc_new(i32 pid);
void task_free(struct task *t);
void proc_free(struct proc *p);
void proc_reap(struct proc *p);                          /* gone for everybody; freed by reap_dead() */
void reap_dead(void);
bool task_in_group(const struct task *t, u32 gid);
u64 task_rlimit(const struct task *t, u32 which);
i32 tid_alloc(void);
void tid_hash(struct task *t);
void tid_unhash(struct task *t);
struct proc *proc_find(i32 pid);
i32 proc_ppid(const struct proc *p);
extern struct list all_procs;
extern u32 nprocs;
void task_regs_get(struct task *t, struct cpu *regs);
void task_regs_put(struct task *t, const struct cpu *regs);
void task_set_rax(struct task *t, u64 v);
/* sched.c */
void task_wake(struct task *t);                         /* runnable, at the tail */
void task_unqueue(struct task *t);
bool sched_should_unwind(void);
bool sched_others(void);
void sched_yield(void);                                 /* ends current's slice */
void sched_charge(void);                                /* books CPU time of current up to now */
extern u64 stat_switches, stat_syscalls, stat_run_ns, stat_call_ns;
extern u64 run_start, boot_time;                        /* of this slice; of the first step */
i64 kernel_step(void);
/* wait.c */
void wait_cancel(struct task *t);
/* entry.c */
bool call_resume(struct task *t);                       /* false: blocked again or gone */
void call_drop(struct task *t);                         /* releases what the call in progress holds */
/* signal.c */
void signal_init(struct sigpending *p);
void signal_flush(struct sigpending *p);
int signal_queue(struct task *t, struct proc *p, const struct linux_siginfo *info);      /* t NULL: to the process */
void signal_force(struct task *t, int sig, int code, u64 addr);
void signal_deliver(struct task *t);                    /* before going back to the guest */
bool signal_due(const struct task *t);                  /* something to deliver or to act on */
bool signal_may(const struct proc *p, int sig);         /* permission of current to send */
int signal_dequeue(struct task *t, u64 set, struct linux_siginfo *info);
void signal_changed(struct task *t);                    /* blocked mask or action changed: drop ignored, wake */
int signal_user(struct linux_siginfo *info, int sig, int code);
void sighand_put(struct sighand *s);
/* sigframe.c */
void regs_reset_floats(struct cpu *c);
int sigframe_push(struct task *t, int sig, const struct linux_siginfo *info, const struct linux_sigaction *sa, u64 oldmask);
i64 sigframe_return(struct task *t);
bool on_altstack(const struct task *t, u64 sp);
/* clone.c, exit.c */
struct clone_args { u64 flags; u64 stack; u32 parent_tid, child_tid, pidfd; u64 tls; i32 exit_signal; };
i64 task_clone(const struct clone_args *a);
void task_exit(struct task *t, u32 code);               /* this thread */
void proc_exit(struct proc *p, u32 code);               /* all threads; code is a wait status */
i64 proc_wait(int which, i32 id, u32 options, u32 *status, struct linux_siginfo *info, struct linux_rusage *ru);
void proc_stop(struct proc *p, int sig);
void proc_continue(struct proc *p);
bool pgrp_orphaned(i32 pgrp, const struct proc *ignore);
void vfork_release(struct task *t);
void proc_rusage(const struct proc *p, struct linux_rusage *ru);
/* exec.c, image.c */
struct image {
	u32 lo, hi, bias, entry, phdr, phnum;            /* addresses with the bias */
	u32 end;                                         /* end of bss: brk starts behind */
	char interp[PATH_MAX];
};
int image_load(struct mm *mm, struct file *f, struct image *im, bool is_interp);
i64 exec_file(struct file *f, const char *name, char **argv, char **envp);
i64 exec_user(struct file *f, const char *name, uptr argv, uptr envp);
/* mm.c */
struct mm *mm_new(void);                                 /* with its guest memory */
struct mm *mm_fork(struct mm *old);
struct mm *mm_get(struct mm *mm);
void mm_put(struct mm *mm);
void mm_reap(void);                                     /* really destroys those that are no longer used */
struct vma *vma_find(struct mm *mm, u32 addr);          /* that contains addr, or NULL */
u32 vma_lower(struct mm *mm, u32 addr);                 /* index of the first vma with end > addr */
int vma_insert(struct mm *mm, const struct vma *v);     /* range must be free; takes v->file; merges */
int vma_remove(struct mm *mm, u32 start, u32 end);
int vma_split(struct mm *mm, u32 addr);
void vma_merge(struct mm *mm, u32 i);                   /* i with its successor, if they join */
bool vma_holds(struct mm *mm, u32 start, u32 end, struct file *f, u64 off);     /* the very bytes that f has at off */
u32 mm_find_free(struct mm *mm, u64 size, u32 align, bool top);     /* 0: none */
int mm_commit(struct mm *mm, u32 start, u32 end);       /* memory is there; marks it used */
void mm_zero(struct mm *mm, u32 start, u32 end);        /* used parts only */
int mm_map(struct mm *mm, u32 start, u32 size, u32 prot, u32 flags, struct file *f, u64 off);
int mm_protect(struct mm *mm, u32 start, u32 end, u32 prot);
bool stack_expand(struct mm *mm, u32 addr);
void stack_relimit(struct mm *mm, u64 limit);
u32 cpu_alloc(struct mm *mm);
void cpu_free(struct mm *mm, u32 cpu);
int mm_read_file(struct mm *mm, u32 addr, struct file *f, u64 off, u32 n);
/* code.c */
int code_want(struct file *f);
void code_attach(struct mm *mm, struct file *f, u32 addr, u32 len, u64 off);
void code_detach(struct mm *mm, u32 start, u32 end);
/* shared.c */
int shared_attach(struct mm *mm, struct vma *v, struct shared *s);  /* s NULL: by v's file, or a new anonymous object */
void shared_split(struct vma *second);                  /* a mapping was split: both halves hold its references */
void shared_detach(struct vma *v);
void shared_out(struct mm *mm);                         /* changed bytes to the canonical pages */
void shared_in(struct mm *mm);                          /* others' changes to this memory */
u64 shared_key(const struct shared *s);
void shared_writeback(struct mm *mm, u32 start, u32 end);
/* perms.c */
extern bool precise_faults;
void perm_update(struct mm *mm, u32 start, u32 end);     /* the mappings in [start, end) changed */
void perm_resized(void);                                 /* some file's size changed */
void perm_fault(struct task *t, u64 addr, bool write);   /* delivers the signal, unless the access may be tried again */
/* usermem.c */
int mm_copy_in(struct mm *mm, void *dst, uptr src, size_t n);
int mm_copy_out(struct mm *mm, uptr dst, const void *src, size_t n);
bool mm_access_ok(struct mm *mm, uptr p, size_t n, u32 prot);
/* futex.c */
void futex_exit(struct task *t);                        /* robust list, clear_child_tid */
void futex_unqueue(struct task *t);
/* timers.c */
void timers_run(u64 now);
u64 timers_next(void);                                  /* ~0: none */
void posix_timer_taken(struct linux_siginfo *info);      /* its signal has been delivered: overruns */
void proc_timers_exec(struct proc *p);
void proc_timers_exit(struct proc *p);
void cpu_timers_check(struct task *t, u64 ns);
/* trace.c */
void trace_call(struct task *t, i64 r, bool resumed);
void trace_signal(struct task *t, int sig, const struct linux_siginfo *info);   /* info may be NULL */
void trace_exit(struct task *t, u32 code);
extern bool tracing;
const char *syscall_name(u32 nr);                       /* of any x86-64 call, NULL */
void syscall_unknown(u32 nr);
/* fault.c */
void fault_run(struct task *t, i32 what);
void stats_report(void);
void stats_take(struct task *t);
void profile_report(void);                      /* profile.c */
extern bool want_stats, interpret_only;
/* boot.c */
void kernel_boot(void);
bool boot_go_on(void);
extern char boot_hostname[65], boot_domain[65];
extern u64 boot_memory;
extern struct proc *init_proc;                   /* the first program */
extern struct proc *kernel_proc;                 /* number 1, its parent: the kernel, which runs nothing and takes no signals */

#endif
