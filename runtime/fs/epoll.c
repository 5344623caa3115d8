/*
 * epoll.c - readiness of files, and epoll. Nothing is queued by the files themselves: epoll_wait looks at its items, and an item that is
 * edge-triggered remembers the wake-up count of its file's queue at its last report.
 */
#include "vfs.h"

#define ALWAYS (EPOLLERR | EPOLLHUP)
#define NEST_MAX 5

struct item {
	struct list link;                /* epoll.items */
	struct list of_file;             /* file->epolls */
	struct epoll *owner;
	struct file *file;               /* not counted: epoll_forget */
	int fd;
	u32 events;                      /* with EPOLLET, EPOLLONESHOT; 0 after a one-shot report */
	u64 data;
	u32 seen;                        /* waitq.seq at the last report */
	u32 told;                        /* what that report said */
};
struct epoll {
	struct list items;
	struct waitq q;                  /* items were added or changed */
};

static const struct file_ops epoll_ops;

u32
file_poll(struct file *f)
{
	return f->ops->poll ? f->ops->poll(f) : EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
}

struct waitq *
file_waitq(struct file *f)
{
	return f->ops->waitq ? f->ops->waitq(f) : NULL;
}

static int
wait_nested(struct file *f, int depth)
{
	struct waitq *q = file_waitq(f);

	if (q)
		wait_on(q);
	if (f->ops == &epoll_ops && depth < NEST_MAX) {
		struct epoll *e = f->priv;

		list_each(p, &e->items)
			wait_nested(list_entry(p, struct item, link)->file, depth + 1);
	}
	return -EBLOCKED;
}

int
file_wait(struct file *f)
{
	return wait_nested(f, 0);
}

/* ---- items ---- */

static struct item *
find(struct epoll *e, struct file *f, int fd)
{
	list_each(p, &f->epolls) {
		struct item *i = list_entry(p, struct item, of_file);

		if (i->owner == e && i->fd == fd)
			return i;
	}
	return NULL;
}

static void
drop(struct item *i)
{
	list_del(&i->link);
	list_del(&i->of_file);
	kfree(i);
}

void
epoll_forget(struct file *f)
{
	while (!list_empty(&f->epolls))
		drop(list_entry(f->epolls.next, struct item, of_file));
}

/* What the item has to report now. */
static u32
item_ready(struct item *i)
{
	struct waitq *q;
	u32 now;

	if (!(i->events & ~(EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)))
		return 0;
	now = file_poll(i->file) & (i->events | ALWAYS);
	q = file_waitq(i->file);
	if (now && i->events & EPOLLET && q && q->seq == i->seen && !(now & ~i->told))
		return 0;
	return now;
}

static u32
epoll_poll(struct file *f)
{
	struct epoll *e = f->priv;
	static int depth;
	u32 r = 0;

	if (++depth <= NEST_MAX)
		list_each(p, &e->items)
			if (item_ready(list_entry(p, struct item, link)))
				r = EPOLLIN | EPOLLRDNORM;
	depth--;
	return r;
}

static struct waitq *
epoll_waitq(struct file *f)
{
	return &((struct epoll *)f->priv)->q;
}

static void
epoll_release(struct file *f)
{
	struct epoll *e = f->priv;

	while (!list_empty(&e->items))
		drop(list_entry(e->items.next, struct item, link));
	kfree(e);
}

static const struct file_ops epoll_ops = { .poll = epoll_poll, .waitq = epoll_waitq, .release = epoll_release };

/* ---- system calls ---- */

i64
sys_epoll_create1(u64 flags)
{
	struct epoll *e;

	if (flags & ~(u64)O_CLOEXEC)
		return -EINVAL;
	if (!(e = kmalloc(sizeof *e)))
		return -ENOMEM;
	list_init(&e->items);
	waitq_init(&e->q);
	return anon_fd(&epoll_ops, "[eventpoll]", e, O_RDWR, flags & O_CLOEXEC);
}

i64
sys_epoll_create(u64 size)
{
	return (i32)size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

static bool
reaches(struct file *from, const struct file *to, int depth)
{
	struct epoll *e = from->priv;

	if (from == to || depth > NEST_MAX)
		return true;
	if (from->ops != &epoll_ops)
		return false;
	list_each(p, &e->items)
		if (reaches(list_entry(p, struct item, link)->file, to, depth + 1))
			return true;
	return false;
}

static i64
ctl_add(struct file *ep, struct file *f, int fd, const struct linux_epoll_event *ev)
{
	struct epoll *e = ep->priv;
	struct item *i;

	if (find(e, f, fd))
		return -EEXIST;
	if (!f->ops->poll)
		return -EPERM;                   /* regular files and folders */
	if (f->ops == &epoll_ops && reaches(f, ep, 0))
		return -ELOOP;
	if (!(i = kmalloc(sizeof *i)))
		return -ENOMEM;
	i->file = f;
	i->owner = e;
	i->fd = fd;
	i->events = ev->events;
	i->data = ev->data;
	i->seen = file_waitq(f) ? file_waitq(f)->seq - 1 : 0;
	list_add_tail(&e->items, &i->link);
	list_add_tail(&f->epolls, &i->of_file);
	wake_up(&e->q);
	return 0;
}

i64
sys_epoll_ctl(u64 epfd, u64 op, u64 fd, u64 event)
{
	struct file *ep = fd_open((int)epfd), *f = fd_open((int)fd);
	struct linux_epoll_event ev = { 0 };
	struct item *i;

	if (!ep || !f)
		return -EBADF;
	if (op != EPOLL_CTL_DEL && copy_in(&ev, (uptr)event, sizeof ev) < 0)
		return -EFAULT;
	if (ep->ops != &epoll_ops || ep == f)
		return -EINVAL;
	if (op == EPOLL_CTL_ADD)
		return ctl_add(ep, f, (int)fd, &ev);
	if (op != EPOLL_CTL_MOD && op != EPOLL_CTL_DEL)
		return -EINVAL;
	if (!(i = find(ep->priv, f, (int)fd)))
		return -ENOENT;
	if (op == EPOLL_CTL_DEL) {
		drop(i);
		return 0;
	}
	i->events = ev.events;
	i->data = ev.data;
	i->told = 0;
	i->seen = file_waitq(f) ? file_waitq(f)->seq - 1 : 0;
	wake_up(&((struct epoll *)ep->priv)->q);
	return 0;
}

static i64
collect(struct epoll *e, uptr out, u32 max)
{
	struct list reported = { &reported, &reported };
	u32 n = 0;
	i64 r = 0;

	list_each_safe(p, &e->items) {
		struct item *i = list_entry(p, struct item, link);
		struct linux_epoll_event ev = { item_ready(i), i->data };
		struct waitq *q = file_waitq(i->file);

		if (!ev.events) {
			if (i->events & EPOLLET && q && !(file_poll(i->file) & i->told))
				i->told = 0;
			continue;
		}
		if (n == max)
			break;
		if (copy_out(out + n * sizeof ev, &ev, sizeof ev) < 0) {
			r = -EFAULT;
			break;
		}
		n++;
		i->told = ev.events;
		i->seen = q ? q->seq : 0;
		if (i->events & EPOLLONESHOT)
			i->events &= EPOLLET | EPOLLONESHOT;
		list_del(&i->link);
		list_add_tail(&reported, &i->link);
	}
	/* those reported go to the end, so a full buffer starves nobody */
	while (!list_empty(&reported)) {
		struct list *p = reported.next;

		list_del(p);
		list_add_tail(&e->items, p);
	}
	return n ? (i64)n : r;
}

/* deadline: ~0 never, 0 only looks */
static i64
epoll_wait_until(u64 epfd, u64 events, u64 max, u64 deadline)
{
	struct restart *re = restart();
	struct file *ep = re->file[0] ? re->file[0] : fd_file((int)epfd);
	i64 r;

	if ((i32)max <= 0 || max > 0x7fffffff / sizeof(struct linux_epoll_event))
		return -EINVAL;
	if (!ep)
		return -EBADF;
	if (!access_ok((uptr)events, max * sizeof(struct linux_epoll_event), true) && !access_ok((uptr)events, sizeof(struct linux_epoll_event), true))
		return -EFAULT;
	if (ep->ops != &epoll_ops)
		return -EINVAL;
	if (!re->file[0])
		re->file[0] = file_get(ep);
	r = collect(ep->priv, (uptr)events, (u32)max);
	if (r || !deadline || (deadline != ~0ull && now_monotonic() >= deadline))
		return r;
	if (signal_pending(current))
		return -EINTR;
	if (deadline != ~0ull)
		wait_until(deadline);
	return file_wait(ep);
}

static u64
deadline_ms(i32 ms)
{
	struct restart *re = restart();

	if (ms <= 0)
		return ms ? ~0ull : 0;
	if (!re->deadline)
		re->deadline = now_monotonic() + (u64)ms * 1000000;
	return re->deadline;
}

i64
sys_epoll_wait(u64 epfd, u64 events, u64 max, u64 timeout)
{
	return epoll_wait_until(epfd, events, max, deadline_ms((i32)timeout));
}

static int
call_mask(u64 mask, u64 size)
{
	u64 set;

	if (!mask)
		return 0;
	if (size != 8)
		return -EINVAL;
	if (get_user64(&set, (uptr)mask) < 0)
		return -EFAULT;
	signal_mask_for_call(set);
	return 0;
}

i64
sys_epoll_pwait(u64 epfd, u64 events, u64 max, u64 timeout, u64 mask, u64 size)
{
	int r = call_mask(mask, size);

	return r < 0 ? r : epoll_wait_until(epfd, events, max, deadline_ms((i32)timeout));
}

i64
sys_epoll_pwait2(u64 epfd, u64 events, u64 max, u64 timeout, u64 mask, u64 size)
{
	struct restart *re = restart();
	u64 ns = 0;
	int r = call_mask(mask, size);

	if (r == 0 && timeout)
		r = get_timespec(&ns, (uptr)timeout);
	if (r < 0)
		return r;
	if (timeout && ns && !re->deadline)
		re->deadline = now_monotonic() + ns;
	return epoll_wait_until(epfd, events, max, timeout ? re->deadline : ~0ull);
}
