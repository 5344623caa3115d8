/*
 * sched.c - the scheduler of one worker: a round-robin queue of runnable tasks, slices of 10 ms, and the kernel's main
 * loop. A task is in the queue while it is runnable, not current, and its process is not stopped.
 */
#include "task.h"

#define SLICE_NS 10000000ull
#define STEP_NS 20000000ull
#define FUEL_MIN 1000
#define FUEL_MAX (1 << 24)

struct task *current;
static struct list run_queue = { &run_queue, &run_queue };
static u64 slice_end, step_end, charged_until, last_poll;
static i32 fuel = 20000;                 /* about a millisecond of work */
u64 stat_switches, stat_syscalls, stat_run_ns, stat_call_ns, run_start, boot_time;

static void
task_enqueue(struct task *t)
{
	if (t->queued || t->state != TASK_RUNNABLE)
		return;
	if (t->proc->stopped && !t->proc->exiting)
		return;
	t->queued = true;
	list_add_tail(&run_queue, &t->run);
}

void
task_wake(struct task *t)
{
	if (t->state == TASK_DEAD)
		return;
	if (t->state == TASK_BLOCKED) {
		wait_cancel(t);
		t->state = TASK_RUNNABLE;
	}
	if (t != current)
		task_enqueue(t);
}

void
task_unqueue(struct task *t)
{
	if (t->queued)
		list_del(&t->run);
	t->queued = false;
}

bool
sched_others(void)
{
	return !list_empty(&run_queue);
}

void
sched_charge(void)
{
	u64 now = now_monotonic();
	u64 ns = now - charged_until;

	charged_until = now;
	if (!current)
		return;
	current->cputime += ns;
	current->proc->utime += ns;
	cpu_timers_check(current, ns);
}

/* Time to give the worker back? Also runs the timers that are due. */
bool
sched_should_unwind(void)
{
	u64 now = now_monotonic();

	if (timers_next() <= now)
		timers_run(now);
	if (signal_due(current))
		return true;
	if (now >= step_end) {
		if (x_turn_due())
			return true;
		step_end = now + STEP_NS;
	}
	if (now < slice_end)
		return false;
	if (sched_others())
		return true;
	slice_end = now + SLICE_NS;
	return false;
}

i32
door_poll(u32 cpu)
{
	u64 now = now_monotonic();
	u64 dt = now - last_poll;
	bool unwind;

	last_poll = now;
	if (dt < 300000 && fuel < FUEL_MAX)
		fuel *= 2;
	else if (dt > 2000000 && fuel > FUEL_MIN)
		fuel /= 2;
	sched_charge();
	unwind = sched_should_unwind();
	x_put32(current->mm->nr, current->cpu + offsetof(struct cpu, fuel), fuel);
	return unwind;
}

static void
run_task(struct task *t)
{
	struct mm *mm;
	i32 r;

	if (t->proc->exiting)
		task_exit(t, t->proc->exit_code);
	if (t->state == TASK_RUNNABLE && t->in_call && !call_resume(t))
		return;
	if (t->state == TASK_RUNNABLE)
		signal_deliver(t);
	if (t->state != TASK_RUNNABLE || t->proc->stopped || t->in_call)
		return;
	mm = mm_get(t->mm);
	if (mm->nshared)
		shared_in(mm);
	x_put32(mm->nr, t->cpu + offsetof(struct cpu, fuel), fuel);
	x_put32(mm->nr, t->cpu + offsetof(struct cpu, pending), 0);
	last_poll = now_monotonic();
	r = x_run(mm->nr, t->cpu);
	if (mm->nshared)
		shared_out(mm);
	mm_put(mm);
	if (r && t->state == TASK_RUNNABLE)
		fault_run(t, r);
}

/* Runs current until its slice is over. Afterwards it is queued again if it can go on. */
static void
run_slice(struct task *t)
{
	current = t;
	run_start = charged_until = now_monotonic();
	slice_end = charged_until + SLICE_NS;
	stat_switches++;
	do {
		run_task(t);
		sched_charge();
		if (t->yield || (t->state == TASK_RUNNABLE && t->in_call))
			break;
	} while (t->state == TASK_RUNNABLE && (!t->proc->stopped || t->proc->exiting) && charged_until < slice_end && charged_until < step_end);
	t->yield = false;
	stat_run_ns += charged_until - run_start;
	if (t->state == TASK_RUNNABLE)
		t->proc->nivcsw++;
	else
		t->proc->nvcsw++;
	current = NULL;
	if (t->state == TASK_RUNNABLE)
		task_enqueue(t);
	else if (t->state == TASK_DEAD && t != t->proc->leader)
		task_free(t);
	reap_dead();
	mm_reap();
}

/*
 * One turn of the kernel. 0: call again after a turn of the event loop; above: nothing to do for so many ns;
 * -1: only an event can help.
 */
i64
kernel_step(void)
{
	u64 now = now_monotonic();
	u64 next;

	step_end = now + STEP_NS;
	if (!boot_go_on())
		return -1;
	if (!boot_time)
		boot_time = now;
	for (;;) {
		now = now_monotonic();
		timers_run(now);
		if (init_proc->zombie)
			return -1;
		if (list_empty(&run_queue)) {
			next = timers_next();
			return next == ~0ull ? -1 : next > now ? (i64)(next - now) : 0;
		}
		if (now >= step_end)
			return 0;
		struct task *t = list_entry(run_queue.next, struct task, run);

		task_unqueue(t);
		run_slice(t);
	}
}

void
sched_yield(void)
{
	if (sched_others())
		current->yield = true;
}
