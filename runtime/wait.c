/*
 * wait.c - wait queues. A handler puts current on queues and answers -EBLOCKED; waking a queue makes its tasks runnable,
 * and the handler runs again. All entries of a task are taken off before that, so a queue never holds a stale one.
 */
#include "task.h"

void
waitq_init(struct waitq *q)
{
	list_init(&q->head);
}

static void
deadline_passed(struct ktimer *k)
{
	struct task *t = list_entry(k, struct task, deadline);

	if (t->state == TASK_BLOCKED)
		task_wake(t);
}

int
wait_on(struct waitq *q)
{
	struct task *t = current;
	struct wait_entry *e;

	if (!q->head.next)
		waitq_init(q);
	if (t->nwait < sizeof t->wait / sizeof t->wait[0])
		e = &t->wait[t->nwait];
	else if (!(e = kmalloc(sizeof *e)))
		return -ENOMEM;
	t->nwait++;
	e->task = t;
	list_add_tail(&q->head, &e->link);
	list_add_tail(&t->waits, &e->of_task);
	return -EBLOCKED;
}

int
wait_until(u64 deadline_ns)
{
	current->deadline.fn = deadline_passed;
	if (!current->deadline.slot || deadline_ns < current->deadline.when)
		ktimer_set(&current->deadline, deadline_ns);
	return -EBLOCKED;
}

/* Takes the task off all queues and drops its deadline. */
void
wait_cancel(struct task *t)
{
	list_each_safe(p, &t->waits) {
		struct wait_entry *e = list_entry(p, struct wait_entry, of_task);

		list_del(&e->link);
		list_del(&e->of_task);
		if (e < t->wait || e >= t->wait + sizeof t->wait / sizeof t->wait[0])
			kfree(e);
	}
	t->nwait = 0;
	if (t->deadline.slot)
		ktimer_cancel(&t->deadline);
}

/* The handler that just queued itself has also caused the event: it runs again at once. */
static void
wake_early(struct wait_entry *e)
{
	e->task->woken = true;
	list_del(&e->link);
}

void
wake_up(struct waitq *q)
{
	q->seq++;
	if (!q->head.next)
		return;
	/* task_wake() only takes the task's entries off, never adds */
	while (!list_empty(&q->head)) {
		struct wait_entry *e = list_entry(q->head.next, struct wait_entry, link);

		if (e->task->state == TASK_BLOCKED)
			task_wake(e->task);
		else
			wake_early(e);
	}
}

void
wake_one(struct waitq *q)
{
	q->seq++;
	if (!q->head.next || list_empty(&q->head))
		return;
	struct wait_entry *e = list_entry(q->head.next, struct wait_entry, link);

	if (e->task->state == TASK_BLOCKED)
		task_wake(e->task);
	else
		wake_early(e);
}

static struct waitq arrivals;

int
wait_fetch(void)
{
	current->uninterruptible = true;
	return wait_on(&arrivals);
}

void
fetch_arrived(void)
{
	wake_up(&arrivals);
}

struct restart *
restart(void)
{
	return &current->restart;
}
