/*
 * sys_poll.c - poll, ppoll, select, pselect6. Each run looks at every file; only then the task waits on all their queues.
 */
#include "../fs/vfs.h"

#define POLL_MAX 65536

/* 0 when time is up; deadline ~0 never */
static i64
sleep_on(u64 deadline, bool any)
{
	(void)any;
	if (deadline == 0 || (deadline != ~0ull && now_monotonic() >= deadline))
		return 0;
	if (signal_pending(current))
		return -ERESTARTNOHAND;
	return deadline == ~0ull ? -EBLOCKED : wait_until(deadline);
}

static u64
deadline_ns(u64 ns)
{
	struct restart *re = restart();

	if (ns && !re->deadline)
		re->deadline = now_monotonic() + ns;
	return ns ? re->deadline : 0;
}

static i64
poll_files(uptr fds, u32 n, u64 deadline)
{
	struct linux_pollfd *p = n ? kmalloc(n * sizeof *p) : NULL;
	i64 ready = 0, r;

	if (n && !p)
		return -ENOMEM;
	if (copy_in(p, fds, n * sizeof *p) < 0) {
		kfree(p);
		return -EFAULT;
	}
	for (u32 k = 0; k < n; k++) {
		struct file *f = p[k].fd < 0 ? NULL : fd_open(p[k].fd);

		p[k].revents = 0;
		if (f)
			p[k].revents = (i16)(file_poll(f) & ((u16)p[k].events | EPOLLERR | EPOLLHUP));
		else if (p[k].fd >= 0)
			p[k].revents = POLLNVAL;
		ready += p[k].revents != 0;
	}
	r = ready ? ready : sleep_on(deadline, false);
	if (r == -EBLOCKED) {
		for (u32 k = 0; k < n; k++) {
			struct file *f = p[k].fd < 0 ? NULL : fd_open(p[k].fd);

			if (f)
				file_wait(f);
		}
	} else if (r >= 0 && n && copy_out(fds, p, n * sizeof *p) < 0)
		r = -EFAULT;
	kfree(p);
	return r;
}

i64
sys_poll(u64 fds, u64 n, u64 timeout)
{
	i32 ms = (i32)timeout;

	if (n > POLL_MAX)
		return -EINVAL;
	return poll_files((uptr)fds, (u32)n, ms < 0 ? ~0ull : deadline_ns((u64)ms * 1000000));
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

/* Linux writes the time that is left back to the caller's timespec. */
static void
put_left(u64 timeout, u64 deadline, i64 r)
{
	u64 now = now_monotonic();

	if (timeout && r != -EBLOCKED)
		put_timespec((uptr)timeout, deadline > now ? deadline - now : 0);
}

i64
sys_ppoll(u64 fds, u64 n, u64 timeout, u64 mask, u64 size)
{
	u64 ns = 0, deadline = ~0ull;
	i64 r;

	if (n > POLL_MAX)
		return -EINVAL;
	if (timeout && !restart()->deadline && (r = get_timespec(&ns, (uptr)timeout)) < 0)
		return r;
	if ((r = call_mask(mask, size)) < 0)
		return r;
	if (timeout)
		deadline = restart()->deadline ? restart()->deadline : deadline_ns(ns);
	r = poll_files((uptr)fds, (u32)n, deadline);
	put_left(timeout, deadline, r);
	return r;
}

/* ---- select ---- */

#define SETS 3
static const u32 set_events[SETS] = {
	EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLHUP | EPOLLERR, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND | EPOLLERR, EPOLLPRI
};

static bool
in_set(const u64 *set, int fd)
{
	return set[fd / 64] >> (fd % 64) & 1;
}

static i64
select_files(int n, const u64 *user, u64 deadline)
{
	static u64 in[SETS][1024 / 64], out[SETS][1024 / 64];
	size_t bytes = (size_t)(n + 63) / 64 * 8;
	i64 ready = 0, r;

	memset(in, 0, sizeof in);
	memset(out, 0, sizeof out);
	for (int s = 0; s < SETS; s++)
		if (user[s] && copy_in(in[s], (uptr)user[s], bytes) < 0)
			return -EFAULT;
	for (int fd = 0; fd < n; fd++) {
		struct file *f;
		u32 now;

		if (!in_set(in[0], fd) && !in_set(in[1], fd) && !in_set(in[2], fd))
			continue;
		if (!(f = fd_file(fd)))
			return -EBADF;
		now = file_poll(f);
		for (int s = 0; s < SETS; s++) {
			if (in_set(in[s], fd) && now & set_events[s]) {
				out[s][fd / 64] |= 1ull << (fd % 64);
				ready++;
			}
		}
	}
	r = ready ? ready : sleep_on(deadline, false);
	if (r == -EBLOCKED) {
		for (int fd = 0; fd < n; fd++)
			if (in_set(in[0], fd) || in_set(in[1], fd) || in_set(in[2], fd))
				file_wait(fd_file(fd));
		return r;
	}
	for (int s = 0; r >= 0 && s < SETS; s++)
		if (user[s] && copy_out((uptr)user[s], out[s], bytes) < 0)
			return -EFAULT;
	return r;
}

i64
sys_select(u64 n, u64 rd, u64 wr, u64 ex, u64 timeout)
{
	u64 sets[SETS] = { rd, wr, ex }, deadline = ~0ull, now;
	struct linux_timeval tv;
	i64 r;

	if ((i32)n < 0)
		return -EINVAL;
	if (n > 1024)
		n = 1024;
	if (timeout) {
		if (copy_in(&tv, (uptr)timeout, sizeof tv) < 0)
			return -EFAULT;
		if (tv.sec < 0 || tv.usec < 0)
			return -EINVAL;
		deadline = restart()->deadline ? restart()->deadline : deadline_ns((u64)tv.sec * 1000000000 + (u64)tv.usec * 1000);
	}
	r = select_files((int)n, sets, deadline);
	if (timeout && r != -EBLOCKED) {
		now = now_monotonic();
		u64 left = deadline > now ? deadline - now : 0;

		tv = (struct linux_timeval){ (i64)(left / 1000000000), (i64)(left % 1000000000 / 1000) };
		copy_out((uptr)timeout, &tv, sizeof tv);
	}
	return r;
}

i64
sys_pselect6(u64 n, u64 rd, u64 wr, u64 ex, u64 timeout, u64 mask)
{
	u64 sets[SETS] = { rd, wr, ex }, deadline = ~0ull, ns = 0, m[2] = { 0 };
	i64 r;

	if ((i32)n < 0)
		return -EINVAL;
	if (n > 1024)
		n = 1024;
	if (mask && copy_in(m, (uptr)mask, sizeof m) < 0)
		return -EFAULT;
	if (timeout && !restart()->deadline && (r = get_timespec(&ns, (uptr)timeout)) < 0)
		return r;
	if ((r = call_mask(m[0], m[1])) < 0)
		return r;
	if (timeout)
		deadline = restart()->deadline ? restart()->deadline : deadline_ns(ns);
	r = select_files((int)n, sets, deadline);
	put_left(timeout, deadline, r);
	return r;
}
