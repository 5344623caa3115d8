/*
 * signal.c - signals: queues, generation, default actions, delivery (signal(7), Linux kernel/signal.c). A stop takes effect when
 * it is generated and never disturbs a waiting call; everything else happens when the target next returns to the guest.
 */
#include "task.h"

#define STOPS (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define IGNORES (SIG_BIT(SIGCHLD) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH) | SIG_BIT(SIGCONT))
#define UNMASKABLE (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))
#define SYNCHRONOUS (SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGFPE) | SIG_BIT(SIGSYS))

void
signal_init(struct sigpending *p)
{
	p->set = 0;
	list_init(&p->queue);
}

static void
pending_drop(struct sigpending *p, u64 set)
{
	if (!(p->set & set))
		return;
	list_each_safe(e, &p->queue) {
		struct sigqueue *q = list_entry(e, struct sigqueue, link);

		if (SIG_BIT(q->info.signo) & set) {
			list_del(&q->link);
			kfree(q);
		}
	}
	p->set &= ~set;
}

void
signal_flush(struct sigpending *p)
{
	pending_drop(p, ~0ull);
}

void
sighand_put(struct sighand *s)
{
	if (s && !--s->refs)
		kfree(s);
}

static u64
handler_of(const struct task *t, int sig)
{
	return t->proc->sighand ? t->proc->sighand->action[sig - 1].handler : SIG_DFL;
}

static bool
action_ignores(const struct task *t, int sig)
{
	u64 h = handler_of(t, sig);

	return h == SIG_IGN || (h == SIG_DFL && (SIG_BIT(sig) & IGNORES));
}

bool
signal_ignored_or_blocked(const struct task *t, int sig)
{
	return (t->blocked & SIG_BIT(sig)) || handler_of(t, sig) == SIG_IGN;
}

static u64
deliverable(const struct task *t)
{
	return (t->pending.set | t->proc->shared.set) & ~t->blocked;
}

/* Something that ends a waiting call: a handler to run, or death. */
bool
signal_pending(const struct task *t)
{
	u64 set = deliverable(t);

	if (t->proc->exiting)
		return true;
	while (set) {
		int sig = __builtin_ctzll(set) + 1;

		set &= set - 1;
		if (!action_ignores(t, sig) && !(handler_of(t, sig) == SIG_DFL && (SIG_BIT(sig) & STOPS)))
			return true;
	}
	return false;
}

bool
signal_due(const struct task *t)
{
	return deliverable(t) || t->proc->exiting || t->proc->stopped || t->restart_error;
}

int
signal_user(struct linux_siginfo *info, int sig, int code)
{
	memset(info, 0, sizeof *info);
	info->signo = sig;
	info->code = code;
	info->rt.pid = current ? current->proc->pid : 0;
	info->rt.uid = current ? current->cred.uid : 0;
	return 0;
}

/* Permission of current to signal p (kill(2)). */
bool
signal_may(const struct proc *p, int sig)
{
	const struct cred *c = &current->cred;
	const struct cred *to = &p->leader->cred;

	if (c->euid == 0 || current->proc == p)
		return true;
	if (sig == SIGCONT && p->sid == current->proc->sid)
		return true;
	return c->euid == to->suid || c->euid == to->uid || c->uid == to->suid || c->uid == to->uid;
}

static void
signal_kick(struct task *t)
{
	if (t->state == TASK_BLOCKED && !t->uninterruptible && signal_pending(t))
		task_wake(t);
}

static void
kill_all(struct proc *p)
{
	p->exiting = true;
	p->exit_code = SIGKILL;
	p->stopped = false;
	list_each(e, &p->threads)
		task_wake(list_entry(e, struct task, thread));
}

/* Job control acts when a signal is generated: SIGCONT continues, even if it is blocked or ignored. */
static void
generate_job_control(struct proc *p, int sig)
{
	u64 drop = sig == SIGCONT ? STOPS : (SIG_BIT(sig) & STOPS) ? SIG_BIT(SIGCONT) : 0;

	if (!drop)
		return;
	pending_drop(&p->shared, drop);
	list_each(e, &p->threads)
		pending_drop(&list_entry(e, struct task, thread)->pending, drop);
	if (sig == SIGCONT)
		proc_continue(p);
}

static bool
stops_now(const struct task *t, int sig)
{
	if (!(SIG_BIT(sig) & STOPS) || (t->blocked & SIG_BIT(sig)) || handler_of(t, sig) != SIG_DFL)
		return false;
	return sig == SIGSTOP || !pgrp_orphaned(t->proc->pgrp, NULL);
}

static int
enqueue(struct sigpending *to, const struct linux_siginfo *info)
{
	struct sigqueue *q;

	if (info->signo < 32 && (to->set & SIG_BIT(info->signo)))
		return 0;
	if (!(q = kmalloc(sizeof *q)))
		return -EAGAIN;
	q->info = *info;
	list_add_tail(&to->queue, &q->link);
	to->set |= SIG_BIT(info->signo);
	return 0;
}

/* To one thread, or with t NULL to the process p. */
int
signal_queue(struct task *t, struct proc *p, const struct linux_siginfo *info)
{
	int sig = info->signo;
	struct task *main = t ? t : p->leader;
	int err;

	if (p->zombie || p->exiting || p == kernel_proc || !sig)
		return 0;
	if (sig == SIGKILL) {
		kill_all(p);
		return 0;
	}
	generate_job_control(p, sig);
	if (!(main->blocked & SIG_BIT(sig)) && action_ignores(main, sig))
		return 0;
	if (stops_now(main, sig)) {
		proc_stop(p, sig);
		return 0;
	}
	err = enqueue(t ? &t->pending : &p->shared, info);
	if (err)
		return err;
	wake_up(&p->signal_wait);
	if (t) {
		if (t->state == TASK_BLOCKED && (t->sigwait & SIG_BIT(sig)))
			task_wake(t);
		signal_kick(t);
		return 0;
	}
	/* the main thread if it takes it, else any other */
	if (main->state != TASK_DEAD && !(main->blocked & SIG_BIT(sig))) {
		signal_kick(main);
		return 0;
	}
	list_each(e, &p->threads) {
		struct task *other = list_entry(e, struct task, thread);

		if (other->state != TASK_DEAD && !(other->blocked & SIG_BIT(sig))) {
			signal_kick(other);
			break;
		}
	}
	/* sigtimedwait looks at blocked signals */
	list_each(e, &p->threads) {
		struct task *other = list_entry(e, struct task, thread);

		if (other->state == TASK_BLOCKED && (other->sigwait & SIG_BIT(sig))) {
			task_wake(other);
			break;
		}
	}
	return 0;
}

int
signal_send(i32 tid, int sig)
{
	struct task *t = task_find(tid);
	struct linux_siginfo info;

	if (!t)
		return -ESRCH;
	signal_user(&info, sig, SI_KERNEL);
	info.rt.pid = 0;
	info.rt.uid = 0;
	return signal_queue(t, t->proc, &info);
}

int
signal_send_pgrp(i32 pgrp, int sig)
{
	struct linux_siginfo info;
	int found = -ESRCH;

	memset(&info, 0, sizeof info);
	info.signo = sig;
	info.code = SI_KERNEL;
	list_each(e, &all_procs) {
		struct proc *p = list_entry(e, struct proc, all);

		if (p->pgrp == pgrp && !p->zombie) {
			signal_queue(NULL, p, &info);
			found = 0;
		}
	}
	return found;
}

/* A fault of the task itself: it cannot be ignored or blocked. */
void
signal_force(struct task *t, int sig, int code, u64 addr)
{
	struct linux_sigaction *sa = &t->proc->sighand->action[sig - 1];
	struct linux_siginfo info;

	memset(&info, 0, sizeof info);
	info.signo = sig;
	info.code = code;
	info.fault.addr = addr;
	if (sa->handler == SIG_IGN || (t->blocked & SIG_BIT(sig))) {
		sa->handler = SIG_DFL;
		t->blocked &= ~SIG_BIT(sig);
	}
	pending_drop(&t->pending, SIG_BIT(sig));
	enqueue(&t->pending, &info);
}

static int
dequeue_from(struct sigpending *p, u64 set, struct linux_siginfo *info)
{
	struct sigqueue *hit = NULL;
	bool more = false;
	int sig;

	set &= p->set;
	if (!set)
		return 0;
	sig = __builtin_ctzll(set & SYNCHRONOUS ? set & SYNCHRONOUS : set) + 1;
	list_each(e, &p->queue) {
		struct sigqueue *q = list_entry(e, struct sigqueue, link);

		if (q->info.signo != sig)
			continue;
		if (hit)
			more = true;
		else
			hit = q;
	}
	if (!more)
		p->set &= ~SIG_BIT(sig);
	*info = hit->info;
	list_del(&hit->link);
	kfree(hit);
	if (info->code == SI_TIMER)
		posix_timer_taken(info);
	return sig;
}

/* Takes one pending signal out of set; 0: none. */
int
signal_dequeue(struct task *t, u64 set, struct linux_siginfo *info)
{
	int sig = dequeue_from(&t->pending, set, info);

	return sig ? sig : dequeue_from(&t->proc->shared, set, info);
}

/* After a mask or an action has changed: ignored signals are forgotten, the rest may concern another thread. */
void
signal_changed(struct task *t)
{
	for (int sig = 1; sig <= NSIG; sig++)
		if (action_ignores(t, sig) && handler_of(t, sig) == SIG_IGN) {
			pending_drop(&t->pending, SIG_BIT(sig));
			pending_drop(&t->proc->shared, SIG_BIT(sig));
		}
	list_each(e, &t->proc->threads)
		signal_kick(list_entry(e, struct task, thread));
}

void
signal_mask_for_call(u64 mask)
{
	struct task *t = current;

	if (!t->restore_mask) {
		t->saved_mask = t->blocked;
		t->restore_mask = true;
	}
	t->blocked = mask & ~UNMASKABLE;
}

static void
restart_call(struct task *t)
{
	u32 at = t->cpu + offsetof(struct cpu, rip);

	x_put32(t->mm->nr, at, x_get32(t->mm->nr, at) - 2);     /* the syscall instruction has two bytes */
	task_set_rax(t, t->nr);
	t->restart_error = 0;
}

static void
deliver_to_handler(struct task *t, int sig, struct linux_siginfo *info)
{
	struct linux_sigaction *act = &t->proc->sighand->action[sig - 1];
	struct linux_sigaction sa = *act;
	u64 oldmask = t->restore_mask ? t->saved_mask : t->blocked;

	if (t->restart_error) {
		if (t->restart_error == ERESTARTSYS && (sa.flags & SA_RESTART))
			restart_call(t);
		else
			task_set_rax(t, -EINTR);
		t->restart_error = 0;
	}
	t->restore_mask = false;
	if (sa.flags & SA_RESETHAND)
		act->handler = SIG_DFL;
	if (sigframe_push(t, sig, info, &sa, oldmask) < 0) {
		if (sig == SIGSEGV)
			act->handler = SIG_DFL;
		signal_force(t, SIGSEGV, SI_KERNEL, 0);
		return;
	}
	t->blocked |= sa.mask;
	if (!(sa.flags & SA_NODEFER))
		t->blocked |= SIG_BIT(sig);
	t->blocked &= ~UNMASKABLE;
}

/* false: the task does not go on (dead or stopped). */
static bool
deliver_default(struct task *t, int sig)
{
	if (SIG_BIT(sig) & IGNORES)
		return true;
	if (SIG_BIT(sig) & STOPS) {
		if (sig != SIGSTOP && pgrp_orphaned(t->proc->pgrp, NULL))
			return true;
		proc_stop(t->proc, sig);
		return false;
	}
	proc_exit(t->proc, sig);
	return false;
}

void
signal_deliver(struct task *t)
{
	struct linux_siginfo info;
	int sig;

	if (t->proc->stopped)
		return;
	while ((sig = signal_dequeue(t, ~t->blocked, &info))) {
		u64 h = handler_of(t, sig);

		if (tracing)
			trace_signal(t, sig, &info);
		if (h == SIG_IGN)
			continue;
		if (h != SIG_DFL)
			deliver_to_handler(t, sig, &info);
		else if (!deliver_default(t, sig))
			return;
	}
	if (t->restart_error)
		restart_call(t);
	if (t->restore_mask) {
		t->restore_mask = false;
		t->blocked = t->saved_mask;
		if (deliverable(t))
			signal_deliver(t);
	}
}

/* For signalfd: a pending signal of current out of set; 0: none. Takes it unless peek. */
int
signal_take(u64 set, struct linux_siginfo *info, bool peek)
{
	if (!((current->pending.set | current->proc->shared.set) & set))
		return 0;
	if (peek)
		return __builtin_ctzll((current->pending.set | current->proc->shared.set) & set) + 1;
	return signal_dequeue(current, set, info);
}

struct waitq *
signal_waitq(void)
{
	return &current->proc->signal_wait;
}

bool
signal_is_queued(const struct task *t, const struct proc *p, int sig)
{
	return (t ? t->pending.set : p->shared.set) & SIG_BIT(sig);
}
