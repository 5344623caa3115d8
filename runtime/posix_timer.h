/* posix_timer.h - timer_create's timers, shared by timers.c and syscalls/sys_time.c. */
#ifndef POSIX_TIMER_H
#define POSIX_TIMER_H

#include "task.h"

struct posix_timer {
	struct list link;                                /* proc.timers */
	struct proc *proc;
	i32 id, signo, notify, tid;
	u32 clock;
	u64 value, interval;                             /* sigev_value; ns */
	struct ktimer timer;                             /* clocks of real time */
	u32 cpu_clock;                                   /* 0, or the CPU clock it runs on */
	i32 cpu_tid;
	u64 cpu_left;
	bool queued;                                     /* its signal has not been delivered yet */
	i32 overrun, pending_overrun;
};

void real_timer_fired(struct ktimer *k);
void posix_timer_fired(struct ktimer *k);
void posix_timer_charge(struct posix_timer *pt, struct task *t, u64 ns);
bool signal_is_queued(const struct task *t, const struct proc *p, int sig);

#endif
