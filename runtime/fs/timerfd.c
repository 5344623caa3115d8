/*
 * timerfd.c - timerfd_create(2), timerfd_settime(2), timerfd_gettime(2).
 */
#include "vfs.h"

#define TFD_TIMER_ABSTIME 1u
#define TFD_TIMER_CANCEL_ON_SET 2u

struct timerfd {
	u32 clock;
	u64 when, interval;              /* CLOCK_MONOTONIC ns; when 0: disarmed */
	u64 ticks;                       /* expirations not read yet */
	struct ktimer timer;
	struct waitq q;
};

static void
expired(struct ktimer *k)
{
	struct timerfd *t = list_entry(k, struct timerfd, timer);
	u64 now = now_monotonic();

	t->ticks++;
	if (t->interval) {
		u64 more = now > t->when ? (now - t->when) / t->interval : 0;

		t->ticks += more;
		t->when += (more + 1) * t->interval;
		ktimer_set(&t->timer, t->when);
	} else
		t->when = 0;
	wake_up(&t->q);
}

static long
timer_read(struct file *f, struct uio *u, loff *pos)
{
	struct timerfd *t = f->priv;
	int r;

	(void)pos;
	if (u->left < 8)
		return -EINVAL;
	if (!t->ticks)
		return -EAGAIN;
	if ((r = uio_to(u, &t->ticks, 8)) < 0)
		return r;
	t->ticks = 0;
	return 8;
}

static u32
timer_poll(struct file *f)
{
	return ((struct timerfd *)f->priv)->ticks ? EPOLLIN | EPOLLRDNORM : 0;
}

static struct waitq *
timer_waitq(struct file *f)
{
	return &((struct timerfd *)f->priv)->q;
}

static void
timer_release(struct file *f)
{
	struct timerfd *t = f->priv;

	ktimer_cancel(&t->timer);
	kfree(t);
}

static const struct file_ops timerfd_ops = {
	.read = timer_read,
	.poll = timer_poll,
	.waitq = timer_waitq,
	.release = timer_release,
};

i64
sys_timerfd_create(u64 clock, u64 flags)
{
	struct timerfd *t;

	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	if (!(t = kmalloc(sizeof *t)))
		return -ENOMEM;
	t->clock = (u32)clock;
	t->timer.fn = expired;
	waitq_init(&t->q);
	return anon_fd(&timerfd_ops, "[timerfd]", t, O_RDONLY | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}

static void
current_value(struct timerfd *t, struct linux_itimerspec *v)
{
	u64 now = now_monotonic(), left = t->when > now ? t->when - now : t->when ? 1 : 0;

	v->interval = (struct linux_timespec){ (i64)(t->interval / 1000000000), (i64)(t->interval % 1000000000) };
	v->value = (struct linux_timespec){ (i64)(left / 1000000000), (i64)(left % 1000000000) };
}

static int
to_ns(const struct linux_timespec *ts, u64 *ns)
{
	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= 1000000000)
		return -EINVAL;
	*ns = ts->sec > 9000000000ll ? 9000000000000000000ull : (u64)ts->sec * 1000000000 + (u64)ts->nsec;
	return 0;
}

static struct timerfd *
timer_of(u64 fd, int *err)
{
	struct file *f = fd_file((int)fd);

	*err = !f ? -EBADF : f->ops != &timerfd_ops ? -EINVAL : 0;
	return *err ? NULL : f->priv;
}

i64
sys_timerfd_settime(u64 fd, u64 flags, u64 new, u64 old)
{
	struct linux_itimerspec v, was;
	u64 value, interval, now = now_monotonic();
	struct timerfd *t;
	int r;

	if (copy_in(&v, (uptr)new, sizeof v) < 0)
		return -EFAULT;
	if (flags & ~(u64)(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) || to_ns(&v.value, &value) < 0 || to_ns(&v.interval, &interval) < 0)
		return -EINVAL;
	if (!(t = timer_of(fd, &r)))
		return r;
	current_value(t, &was);
	ktimer_cancel(&t->timer);
	t->ticks = 0;
	t->when = 0;
	t->interval = interval;
	if (value) {
		if (!(flags & TFD_TIMER_ABSTIME))
			t->when = now + value;
		else if (t->clock == CLOCK_REALTIME)
			t->when = now + (value > now_realtime() ? value - now_realtime() : 0);
		else
			t->when = value;
		ktimer_set(&t->timer, t->when);
	}
	return old ? copy_out((uptr)old, &was, sizeof was) : 0;
}

i64
sys_timerfd_gettime(u64 fd, u64 cur)
{
	struct linux_itimerspec v;
	struct timerfd *t;
	int r;

	if (!(t = timer_of(fd, &r)))
		return r;
	current_value(t, &v);
	return copy_out((uptr)cur, &v, sizeof v);
}
