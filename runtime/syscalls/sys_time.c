/* sys_time.c - clocks, sleeping, interval timers, POSIX timers, CPU times. */
#include "../task.h"
#include "../posix_timer.h"

#define NS 1000000000ull

i64
sys_clock_gettime(u64 clock, u64 p)
{
	u64 ns = clock_now(clock);

	return ns == ~0ull ? -EINVAL : put_timespec(p, ns);
}

i64
sys_clock_getres(u64 clock, u64 p)
{
	if (clock_now(clock) == ~0ull)
		return -EINVAL;
	return p ? put_timespec(p, clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? 4000000 : 1) : 0;
}

i64
sys_gettimeofday(u64 tv, u64 tz)
{
	u64 ns = now_realtime();
	struct linux_timeval v = { ns / NS, ns % NS / 1000 };
	u64 zone = 0;

	if ((tv && copy_out(tv, &v, sizeof v) < 0) || (tz && copy_out(tz, &zone, 8) < 0))
		return -EFAULT;
	return 0;
}

i64
sys_time(u64 p)
{
	i64 sec = now_realtime() / NS;

	return p && put_user64(p, sec) < 0 ? -EFAULT : sec;
}

/* Setting the clock moves it for this run only. */
i64
sys_settimeofday(u64 tv, u64 tz)
{
	struct linux_timeval v;
	u64 zone;

	if ((tv && copy_in(&v, tv, sizeof v) < 0) || (tz && copy_in(&zone, tz, 8) < 0))
		return -EFAULT;
	if (tv && (v.sec < 0 || v.usec < 0 || v.usec >= 1000000))
		return -EINVAL;
	if (current->cred.euid != 0)
		return -EPERM;
	if (tv)
		realtime_set(v.sec * NS + v.usec * 1000);
	return 0;
}

i64
sys_clock_settime(u64 clock, u64 p)
{
	u64 ns;
	int err;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if ((err = get_timespec(&ns, p)) < 0)
		return err;
	if (current->cred.euid != 0)
		return -EPERM;
	realtime_set(ns);
	return 0;
}

/* ---- sleeping ---- */
i64
sys_clock_nanosleep(u64 clock, u64 flags, u64 req, u64 rem)
{
	struct restart *r = restart();
	u64 ns, now = now_monotonic(), at;
	int err;

	if (clock == CLOCK_THREAD_CPUTIME_ID || clock_now(clock) == ~0ull)
		return -EINVAL;
	if (!r->stage) {
		err = get_timespec(&ns, req);
		if (err)
			return err;
		if (flags & TIMER_ABSTIME) {
			at = clock_now(clock);
			ns = ns > at ? ns - at : 0;
		}
		r->stage = 1;
		r->deadline = now + ns;
	}
	if (now >= r->deadline)
		return 0;
	if (signal_pending(current)) {
		if (!(flags & TIMER_ABSTIME) && rem && put_timespec(rem, r->deadline - now) < 0)
			return -EFAULT;
		return (flags & TIMER_ABSTIME) ? -ERESTARTNOHAND : -EINTR;
	}
	return wait_until(r->deadline);
}

i64
sys_nanosleep(u64 req, u64 rem)
{
	return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, req, rem);
}

/* ---- interval timers ---- */
static u64
timeval_ns(const struct linux_timeval *v)
{
	return (u64)v->sec * NS + (u64)v->usec * 1000;
}

static struct linux_timeval
ns_timeval(u64 ns)
{
	return (struct linux_timeval){ ns / NS, ns % NS / 1000 };
}

static void
real_timer(struct proc *p, u64 *left, u64 *interval)
{
	u64 now = now_monotonic();

	*left = !p->real_timer.slot ? 0 : p->real_timer.when > now ? p->real_timer.when - now : 1000;
	*interval = p->real_interval;
}

static void
real_timer_set(struct proc *p, u64 ns, u64 interval)
{
	p->real_timer.fn = real_timer_fired;
	p->real_interval = interval;
	if (ns)
		ktimer_set(&p->real_timer, now_monotonic() + ns);
	else
		ktimer_cancel(&p->real_timer);
}

i64
sys_getitimer(u64 which, u64 out)
{
	struct proc *p = current->proc;
	struct linux_itimerval v;
	u64 left, interval;

	if (which > ITIMER_PROF)
		return -EINVAL;
	if (which == ITIMER_REAL)
		real_timer(p, &left, &interval);
	else {
		struct cpu_timer *c = which == ITIMER_VIRTUAL ? &p->virt : &p->prof;

		sched_charge();
		left = c->value;
		interval = c->interval;
	}
	v.value = ns_timeval(left);
	v.interval = ns_timeval(interval);
	return copy_out(out, &v, sizeof v);
}

i64
sys_setitimer(u64 which, u64 new, u64 old)
{
	struct proc *p = current->proc;
	struct linux_itimerval v = { 0 };
	i64 err;

	if (which > ITIMER_PROF)
		return -EINVAL;
	if (new && copy_in(&v, new, sizeof v) < 0)
		return -EFAULT;
	if (v.value.sec < 0 || v.interval.sec < 0 || (u64)v.value.usec >= 1000000 || (u64)v.interval.usec >= 1000000)
		return -EINVAL;
	if (old && (err = sys_getitimer(which, old)) < 0)
		return err;
	if (which == ITIMER_REAL)
		real_timer_set(p, timeval_ns(&v.value), timeval_ns(&v.interval));
	else {
		struct cpu_timer *c = which == ITIMER_VIRTUAL ? &p->virt : &p->prof;

		sched_charge();
		c->value = timeval_ns(&v.value);
		c->interval = timeval_ns(&v.interval);
	}
	return 0;
}

i64
sys_alarm(u64 sec)
{
	u64 left, interval;

	real_timer(current->proc, &left, &interval);
	real_timer_set(current->proc, (u32)sec * NS, 0);
	return left && left < NS / 2 ? 1 : (left + NS / 2) / NS;
}

/* ---- POSIX timers ---- */
static struct posix_timer *
timer_find(u64 id)
{
	list_each(e, &current->proc->timers) {
		struct posix_timer *pt = list_entry(e, struct posix_timer, link);

		if (pt->id == (i32)id)
			return pt;
	}
	return NULL;
}

i64
sys_timer_create(u64 clock, u64 sevp, u64 idp)
{
	struct linux_sigevent ev = { .signo = SIGALRM, .notify = SIGEV_SIGNAL };
	struct proc *p = current->proc;
	struct posix_timer *pt;
	struct task *t = NULL;

	if (clock_now(clock) == ~0ull)
		return -EINVAL;
	if (sevp && copy_in(&ev, sevp, sizeof ev) < 0)
		return -EFAULT;
	if (ev.notify != SIGEV_SIGNAL && ev.notify != SIGEV_NONE && ev.notify != (SIGEV_THREAD_ID | SIGEV_SIGNAL))
		return -EINVAL;
	if (ev.notify != SIGEV_NONE && (ev.signo < 1 || ev.signo > NSIG))
		return -EINVAL;
	if (ev.notify & SIGEV_THREAD_ID) {
		t = task_find(ev.tid);
		if (!t || t->proc != p)
			return -EINVAL;
	}
	pt = kmalloc(sizeof *pt);
	if (!pt)
		return -EAGAIN;
	pt->id = p->next_timer;
	if (put_user32(idp, pt->id) < 0) {
		kfree(pt);
		return -EFAULT;
	}
	p->next_timer++;
	pt->proc = p;
	pt->clock = clock;
	pt->signo = ev.signo;
	pt->notify = ev.notify & ~SIGEV_THREAD_ID;
	pt->tid = t ? t->tid : 0;
	pt->value = sevp ? ev.value : (u64)pt->id;
	pt->timer.fn = posix_timer_fired;
	if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || (i32)clock < 0) {
		pt->cpu_clock = (i32)clock < 0 ? (clock & 4 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID) : clock;
		pt->cpu_tid = current->tid;
	}
	list_add_tail(&p->timers, &pt->link);
	return 0;
}

static void
timer_read(struct posix_timer *pt, struct linux_itimerspec *v)
{
	u64 now = now_monotonic(), left;

	if (pt->cpu_clock)
		left = pt->cpu_left;
	else
		left = !pt->timer.slot ? 0 : pt->timer.when > now ? pt->timer.when - now : 1;
	v->value = (struct linux_timespec){ left / NS, left % NS };
	v->interval = (struct linux_timespec){ pt->interval / NS, pt->interval % NS };
}

static bool
bad_timespec(const struct linux_timespec *t)
{
	return t->sec < 0 || t->nsec < 0 || t->nsec >= (i64)NS;
}

i64
sys_timer_settime(u64 id, u64 flags, u64 new, u64 old)
{
	struct posix_timer *pt = timer_find(id);
	struct linux_itimerspec v, was;
	u64 ns, now;

	if (!new || !pt)
		return -EINVAL;
	if (copy_in(&v, new, sizeof v) < 0)
		return -EFAULT;
	if (bad_timespec(&v.value) || bad_timespec(&v.interval))
		return -EINVAL;
	sched_charge();
	timer_read(pt, &was);
	ns = v.value.sec * NS + v.value.nsec;
	pt->interval = v.interval.sec * NS + v.interval.nsec;
	pt->overrun = pt->pending_overrun = 0;
	if (ns && (flags & TIMER_ABSTIME)) {
		now = clock_now(pt->clock);
		ns = ns > now ? ns - now : 1;
	}
	if (pt->cpu_clock)
		pt->cpu_left = ns;
	else if (ns)
		ktimer_set(&pt->timer, now_monotonic() + ns);
	else
		ktimer_cancel(&pt->timer);
	return old ? copy_out(old, &was, sizeof was) : 0;
}

i64
sys_timer_gettime(u64 id, u64 out)
{
	struct posix_timer *pt = timer_find(id);
	struct linux_itimerspec v;

	if (!pt)
		return -EINVAL;
	sched_charge();
	timer_read(pt, &v);
	return copy_out(out, &v, sizeof v);
}

i64
sys_timer_getoverrun(u64 id)
{
	struct posix_timer *pt = timer_find(id);

	return pt ? pt->overrun : -EINVAL;
}

i64
sys_timer_delete(u64 id)
{
	struct posix_timer *pt = timer_find(id);

	if (!pt)
		return -EINVAL;
	ktimer_cancel(&pt->timer);
	list_del(&pt->link);
	kfree(pt);
	return 0;
}

/* ---- CPU times ---- */
i64
sys_times(u64 p)
{
	struct proc *me = current->proc;
	i64 t[4];

	sched_charge();
	t[0] = me->utime / 10000000;
	t[1] = me->stime / 10000000;
	t[2] = me->cutime / 10000000;
	t[3] = me->cstime / 10000000;
	if (p && copy_out(p, t, sizeof t) < 0)
		return -EFAULT;
	return now_monotonic() / 10000000;
}

i64
sys_getrusage(u64 who, u64 out)
{
	struct proc *p = current->proc;
	struct linux_rusage ru;

	sched_charge();
	proc_rusage(p, &ru);
	switch ((i32)who) {
	case RUSAGE_SELF:
		if (current->mm->peak / 1024 > (u64)ru.maxrss)
			ru.maxrss = current->mm->peak / 1024;
		break;
	case RUSAGE_THREAD:
		ru.utime = ns_timeval(current->cputime);
		ru.maxrss = current->mm->peak / 1024;
		break;
	case RUSAGE_CHILDREN:
		memset(&ru, 0, sizeof ru);
		ru.utime = ns_timeval(p->cutime);
		ru.stime = ns_timeval(p->cstime);
		ru.maxrss = p->cmaxrss_kb;
		break;
	default:
		return -EINVAL;
	}
	return copy_out(out, &ru, sizeof ru);
}
