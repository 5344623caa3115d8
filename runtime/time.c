/*
 * time.c - clocks. CLOCK_MONOTONIC and, until a guest sets it, CLOCK_REALTIME are the host's; CPU time is what the scheduler booked.
 */
#include "task.h"

#define NS 1000000000ull

u64
now_monotonic(void)
{
	return x_clock(CLOCK_MONOTONIC);
}

static i64 realtime_shift;              /* by which the guest's clock is ahead of the host's */

u64
now_realtime(void)
{
	return x_clock(CLOCK_REALTIME) + realtime_shift;
}

void
realtime_set(u64 ns)
{
	realtime_shift = ns - x_clock(CLOCK_REALTIME);
}

u64
clock_now(u32 clock)
{
	struct task *t;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		return now_realtime();
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return now_monotonic();
	case CLOCK_PROCESS_CPUTIME_ID:
		sched_charge();
		return current->proc->utime + current->proc->stime;
	case CLOCK_THREAD_CPUTIME_ID:
		sched_charge();
		return current->cputime;
	}
	if ((i32)clock >= 0)
		return ~0ull;
	/* clock_getcpuclockid, pthread_getcpuclockid: ~tid << 3 | bits */
	t = task_find(~((i32)clock >> 3) ? ~((i32)clock >> 3) : current->tid);
	if (!t || (clock & 3) == 3)
		return ~0ull;
	sched_charge();
	return clock & 4 ? t->cputime : t->proc->utime + t->proc->stime;
}

int
get_timespec(u64 *ns, uptr p)
{
	struct linux_timespec ts;

	if (copy_in(&ts, p, sizeof ts) < 0)
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (i64)NS)
		return -EINVAL;
	*ns = (u64)ts.sec > ~0ull / NS / 2 ? ~0ull / 2 : ts.sec * NS + ts.nsec;
	return 0;
}

int
put_timespec(uptr p, u64 ns)
{
	struct linux_timespec ts = { ns / NS, ns % NS };

	return copy_out(p, &ts, sizeof ts);
}

i64
door_clock(void)
{
	return now_monotonic();
}
