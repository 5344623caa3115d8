/*
 * futex.c - futexes (futex(2)). A waiter stays in its hash bucket across runs of its call until it is woken, gives up or dies. Keys:
 * (mm, address) of private memory, (object, offset) of shared mappings.
 */
#include "task.h"
#include "futex.h"

#define BUCKETS 256
static struct list bucket[BUCKETS];

static struct list *
bucket_of(const u64 key[2])
{
	struct list *b = &bucket[(key[0] * 31 + (key[1] >> 2) * 2654435761u) >> 4 & (BUCKETS - 1)];

	if (!b->next)
		list_init(b);
	return b;
}

static int
key_of(struct mm *mm, uptr p, u64 key[2])
{
	struct vma *v;

	if (p & 3)
		return -EINVAL;
	if (!mm_access_ok(mm, p, 4, PROT_READ))
		return -EFAULT;
	v = vma_find(mm, p);
	if (v->shared) {
		key[0] = shared_key(v->shared) | 1ull << 63;
		key[1] = v->off + (p - v->start);
	} else {
		key[0] = mm->nr;
		key[1] = p;
	}
	return 0;
}

void
futex_unqueue(struct task *t)
{
	if (t->futex.queued)
		list_del(&t->futex.link);
	t->futex.queued = false;
}

static void
futex_queue(struct task *t, const u64 key[2], u32 bitset, bool pi)
{
	struct futex_wait *w = &t->futex;

	memcpy(w->key, key, sizeof w->key);
	w->bitset = bitset;
	w->pi = pi;
	w->task = t;
	w->queued = true;
	list_add_tail(bucket_of(key), &w->link);
}

static struct futex_wait *
next_waiter(const u64 key[2], u32 bitset)
{
	list_each(e, bucket_of(key)) {
		struct futex_wait *w = list_entry(e, struct futex_wait, link);

		if (w->key[0] == key[0] && w->key[1] == key[1] && (w->bitset & bitset))
			return w;
	}
	return NULL;
}

static i32
wake_key(const u64 key[2], u32 n, u32 bitset)
{
	struct futex_wait *w;
	i32 woken = 0;

	while (n-- && (w = next_waiter(key, bitset))) {
		futex_unqueue(w->task);
		task_wake(w->task);
		woken++;
	}
	return woken;
}

static i32
wake_at(struct mm *mm, uptr p, u32 n)
{
	u64 key[2];
	int err = key_of(mm, p, key);

	return err ? err : wake_key(key, n, ~0u);
}

i64
futex_wake(uptr p, u32 n, u32 bitset)
{
	u64 key[2];
	int err = key_of(current->mm, p, key);

	if (!bitset)
		return -EINVAL;
	return err ? err : wake_key(key, n, bitset);
}

/* What every waiting futex call does after it has queued itself. -EAGAIN: woken. */
static i64
keep_waiting(void)
{
	struct task *t = current;
	struct restart *r = restart();

	if (!t->futex.queued)
		return -EAGAIN;
	if (r->deadline && now_monotonic() >= r->deadline) {
		futex_unqueue(t);
		return -ETIMEDOUT;
	}
	if (signal_pending(t)) {
		futex_unqueue(t);
		return r->deadline ? -ERESTARTNOHAND : -ERESTARTSYS;
	}
	if (r->deadline)
		wait_until(r->deadline);
	return -EBLOCKED;
}

i64
futex_wait(uptr p, u32 val, u64 deadline, u32 bitset)
{
	struct restart *r = restart();
	u64 key[2];
	i64 err;
	u32 v;

	if (!bitset)
		return -EINVAL;
	if (!r->stage) {
		err = key_of(current->mm, p, key);
		if (!err)
			err = get_user32(&v, p);
		if (err)
			return err;
		if (v != val)
			return -EAGAIN;
		r->stage = 1;
		r->deadline = deadline;
		futex_queue(current, key, bitset, false);
	}
	err = keep_waiting();
	return err == -EAGAIN ? 0 : err;
}

i64
futex_requeue(uptr p, uptr to, u32 nwake, u32 nmove, bool cmp, u32 val)
{
	struct futex_wait *w;
	u64 from_key[2], to_key[2];
	i64 n;
	u32 v;
	int err = key_of(current->mm, p, from_key);

	if (!err)
		err = key_of(current->mm, to, to_key);
	if (err)
		return err;
	if ((i32)nwake < 0 || (i32)nmove < 0)
		return -EINVAL;
	if (cmp && (get_user32(&v, p) < 0 || v != val))
		return -EAGAIN;
	n = wake_key(from_key, nwake, ~0u);
	if (from_key[0] == to_key[0] && from_key[1] == to_key[1])
		return n;
	for (u32 i = 0; i < nmove && (w = next_waiter(from_key, ~0u)); i++, n++) {
		futex_unqueue(w->task);
		futex_queue(w->task, to_key, w->bitset, w->pi);
	}
	return n;
}

/* FUTEX_WAKE_OP: change *to, wake p's waiters, and to's if the old value compares. */
i64
futex_wake_op(uptr p, uptr to, u32 n1, u32 n2, u32 code)
{
	i32 op = code >> 28 & 7, cmp = code >> 24 & 15;
	i32 oparg = (i32)(code << 8) >> 20, cmparg = (i32)(code << 20) >> 20;
	u64 k1[2], k2[2];
	u32 old, new;
	bool hit;
	i64 n;
	int err = key_of(current->mm, p, k1);

	if (!err)
		err = key_of(current->mm, to, k2);
	if (!err && !access_ok(to, 4, true))
		err = -EFAULT;
	if (err)
		return err;
	if (code >> 31)
		oparg = 1 << (oparg & 31);
	old = x_get32(current->mm->nr, to);
	switch (op) {
	case 0: new = oparg; break;
	case 1: new = old + oparg; break;
	case 2: new = old | oparg; break;
	case 3: new = old & ~oparg; break;
	case 4: new = old ^ oparg; break;
	default: return -ENOSYS;
	}
	x_put32(current->mm->nr, to, new);
	switch (cmp) {
	case 0: hit = (i32)old == cmparg; break;
	case 1: hit = (i32)old != cmparg; break;
	case 2: hit = (i32)old < cmparg; break;
	case 3: hit = (i32)old <= cmparg; break;
	case 4: hit = (i32)old > cmparg; break;
	case 5: hit = (i32)old >= cmparg; break;
	default: return -ENOSYS;
	}
	n = wake_key(k1, n1, ~0u);
	if (hit)
		n += wake_key(k2, n2, ~0u);
	return n;
}

/* Priority inheritance futexes: the word holds the owner; unlock hands over to the first waiter. */
i64
futex_lock_pi(uptr p, u64 deadline, bool try)
{
	struct restart *r = restart();
	u64 key[2];
	i64 err;
	u32 v;

	if (!r->stage) {
		err = key_of(current->mm, p, key);
		if (!err && !access_ok(p, 4, true))
			err = -EFAULT;
		if (err)
			return err;
		v = x_get32(current->mm->nr, p);
		if (!(v & FUTEX_TID_MASK)) {
			x_put32(current->mm->nr, p, current->tid | (v & FUTEX_OWNER_DIED) | (next_waiter(key, ~0u) ? FUTEX_WAITERS : 0));
			return 0;
		}
		if ((i32)(v & FUTEX_TID_MASK) == current->tid)
			return -EDEADLK;
		if (try)
			return -EAGAIN;
		if (!task_find(v & FUTEX_TID_MASK))
			return -ESRCH;
		x_put32(current->mm->nr, p, v | FUTEX_WAITERS);
		r->stage = 1;
		r->deadline = deadline;
		futex_queue(current, key, ~0u, true);
	}
	err = keep_waiting();
	return err == -EAGAIN ? 0 : err;
}

i64
futex_unlock_pi(uptr p)
{
	struct futex_wait *w;
	u64 key[2];
	u32 v;
	int err = key_of(current->mm, p, key);

	if (!err && !access_ok(p, 4, true))
		err = -EFAULT;
	if (err)
		return err;
	v = x_get32(current->mm->nr, p);
	if ((i32)(v & FUTEX_TID_MASK) != current->tid)
		return -EPERM;
	w = next_waiter(key, ~0u);
	if (!w) {
		x_put32(current->mm->nr, p, 0);
		return 0;
	}
	futex_unqueue(w->task);
	x_put32(current->mm->nr, p, w->task->tid | (next_waiter(key, ~0u) ? FUTEX_WAITERS : 0));
	task_wake(w->task);
	return 0;
}

/* ---- thread exit ---- */
static void
robust_one(struct task *t, u32 at, bool pi)
{
	u32 v;

	if ((at & 3) || mm_copy_in(t->mm, &v, at, 4) < 0 || (i32)(v & FUTEX_TID_MASK) != t->tid)
		return;
	if (!mm_access_ok(t->mm, at, 4, PROT_WRITE))
		return;
	x_put32(t->mm->nr, at, (v & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
	if (!pi && (v & FUTEX_WAITERS))
		wake_at(t->mm, at, 1);
}

static void
robust_walk(struct task *t)
{
	struct { u64 next; i64 offset; u64 pending; } head;
	u64 entry, next;

	if (!t->robust || mm_copy_in(t->mm, &head, t->robust, sizeof head) < 0)
		return;
	entry = head.next;
	for (int i = 0; i < 2048 && (entry & ~1ull) != t->robust; i++) {
		if (mm_copy_in(t->mm, &next, entry & ~1ull, 8) < 0)
			break;
		if ((entry & ~1ull) != (head.pending & ~1ull))
			robust_one(t, (entry & ~1ull) + head.offset, entry & 1);
		entry = next;
	}
	if (head.pending)
		robust_one(t, (head.pending & ~1ull) + head.offset, head.pending & 1);
}

void
futex_exit(struct task *t)
{
	futex_unqueue(t);
	robust_walk(t);
	t->robust = 0;
	if (t->clear_tid && t->mm->refs > 1) {
		u32 zero = 0;

		if (mm_copy_out(t->mm, t->clear_tid, &zero, 4) == 0)
			wake_at(t->mm, t->clear_tid, 1);
	}
	t->clear_tid = 0;
}
