/*
 * timers.c - kernel timers in a binary heap, and what stands on them: interval timers, POSIX timers, CPU time timers and limits.
 */
#include "task.h"
#include "posix_timer.h"

static struct ktimer **heap;            /* [1..nheap], ktimer.slot is the index */
static u32 nheap, heap_cap;

static void
heap_put(u32 i, struct ktimer *t)
{
	heap[i] = t;
	t->slot = i;
}

static void
heap_fix(u32 i)
{
	struct ktimer *t = heap[i];

	for (; i > 1 && heap[i / 2]->when > t->when; i /= 2)
		heap_put(i, heap[i / 2]);
	for (u32 c = 2 * i; c <= nheap; c = 2 * i) {
		if (c < nheap && heap[c + 1]->when < heap[c]->when)
			c++;
		if (heap[c]->when >= t->when)
			break;
		heap_put(i, heap[c]);
		i = c;
	}
	heap_put(i, t);
}

void
ktimer_set(struct ktimer *t, u64 when)
{
	t->when = when;
	if (!t->slot) {
		if (nheap + 2 > heap_cap) {
			heap_cap = heap_cap ? heap_cap * 2 : 64;
			heap = krealloc(heap, heap_cap * sizeof *heap);
			if (!heap)
				panic("timers: out of memory");
		}
		heap_put(++nheap, t);
	}
	heap_fix(t->slot);
}

void
ktimer_cancel(struct ktimer *t)
{
	u32 i = t->slot;

	if (!i)
		return;
	t->slot = 0;
	if (i != nheap) {
		heap_put(i, heap[nheap--]);
		heap_fix(i);
	} else
		nheap--;
}

u64
timers_next(void)
{
	return nheap ? heap[1]->when : ~0ull;
}

void
timers_run(u64 now)
{
	while (nheap && heap[1]->when <= now) {
		struct ktimer *t = heap[1];

		ktimer_cancel(t);
		t->fn(t);
	}
}

/* ---- ITIMER_REAL, alarm ---- */
void
real_timer_fired(struct ktimer *k)
{
	struct proc *p = list_entry(k, struct proc, real_timer);
	struct linux_siginfo info = { .signo = SIGALRM, .code = SI_KERNEL };

	signal_queue(NULL, p, &info);
	if (p->real_interval) {
		u64 now = now_monotonic();
		u64 next = k->when + p->real_interval;

		ktimer_set(k, next > now ? next : now + p->real_interval);
	}
}

/* ---- ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU: t has used ns more CPU time ---- */
static void
cpu_timer_charge(struct proc *p, struct cpu_timer *c, u64 ns, int sig)
{
	struct linux_siginfo info = { .signo = sig, .code = SI_KERNEL };

	if (!c->value)
		return;
	if (c->value > ns) {
		c->value -= ns;
		return;
	}
	c->value = c->interval;
	signal_queue(NULL, p, &info);
}

void
cpu_timers_check(struct task *t, u64 ns)
{
	struct proc *p = t->proc;
	u64 limit = p->rlim[RLIMIT_CPU].cur;

	if (p->zombie)
		return;
	cpu_timer_charge(p, &p->virt, ns, SIGVTALRM);
	cpu_timer_charge(p, &p->prof, ns, SIGPROF);
	list_each(e, &p->timers) {
		struct posix_timer *pt = list_entry(e, struct posix_timer, link);

		if (pt->cpu_clock)
			posix_timer_charge(pt, t, ns);
	}
	if (limit != RLIM_INFINITY) {
		u64 sec = p->utime / 1000000000;
		struct linux_siginfo info = { .signo = SIGXCPU, .code = SI_KERNEL };

		if (sec >= p->rlim[RLIMIT_CPU].max) {
			info.signo = SIGKILL;
			signal_queue(NULL, p, &info);
		} else if (sec >= limit) {
			p->rlim[RLIMIT_CPU].cur = sec + 1;
			signal_queue(NULL, p, &info);
		}
	}
}

/* ---- timer_create ---- */
static void
posix_timer_signal(struct posix_timer *pt)
{
	struct linux_siginfo info = { .signo = pt->signo, .code = SI_TIMER };
	struct task *t = pt->tid ? task_find(pt->tid) : NULL;

	if (pt->notify == SIGEV_NONE)
		return;
	if (pt->queued) {
		if (pt->pending_overrun < 0x7fffffff)
			pt->pending_overrun++;
		return;
	}
	info.timer.tid = pt->id;
	info.timer.value = pt->value;
	if (pt->tid && (!t || t->proc != pt->proc))
		return;
	pt->queued = true;
	pt->pending_overrun = 0;
	signal_queue(t, pt->proc, &info);
	if (!signal_is_queued(t, pt->proc, pt->signo))
		pt->queued = false;                      /* it was ignored */
}

void
posix_timer_fired(struct ktimer *k)
{
	struct posix_timer *pt = list_entry(k, struct posix_timer, timer);

	posix_timer_signal(pt);
	if (pt->interval) {
		u64 now = now_monotonic();
		u64 next = k->when + pt->interval;

		if (next <= now) {
			u64 missed = (now - next) / pt->interval + 1;

			if (pt->queued)
				pt->pending_overrun += missed;
			next += missed * pt->interval;
		}
		ktimer_set(k, next);
	}
}

void
posix_timer_charge(struct posix_timer *pt, struct task *t, u64 ns)
{
	if (!pt->cpu_left || (pt->cpu_clock == CLOCK_THREAD_CPUTIME_ID && t->tid != pt->cpu_tid))
		return;
	if (pt->cpu_left > ns) {
		pt->cpu_left -= ns;
		return;
	}
	pt->cpu_left = pt->interval;
	posix_timer_signal(pt);
}

/* The signal of a timer is being delivered: its overrun count becomes readable. */
void
posix_timer_taken(struct linux_siginfo *info)
{
	if (!current)
		return;
	list_each(e, &current->proc->timers) {
		struct posix_timer *pt = list_entry(e, struct posix_timer, link);

		if (pt->id == info->timer.tid && pt->signo == info->signo) {
			pt->overrun = pt->pending_overrun;
			pt->pending_overrun = 0;
			pt->queued = false;
			info->timer.overrun = pt->overrun;
		}
	}
}

void
proc_timers_exec(struct proc *p)
{
	while (!list_empty(&p->timers)) {
		struct posix_timer *pt = list_entry(p->timers.next, struct posix_timer, link);

		list_del(&pt->link);
		ktimer_cancel(&pt->timer);
		kfree(pt);
	}
}

void
proc_timers_exit(struct proc *p)
{
	proc_timers_exec(p);
	ktimer_cancel(&p->real_timer);
	p->virt.value = p->prof.value = 0;
}
