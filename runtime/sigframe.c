/*
 * sigframe.c - the signal frame on the guest stack, as Linux lays it out for x86-64 (arch/x86/kernel/signal_64.c): return address,
 * ucontext with sigcontext, siginfo, and above them the XSAVE image with legacy area, header and upper halves of ymm.
 */
#include "task.h"
#include "engine/engine.h"
#include "../include/floats.h"

struct sigcontext64 {
	u64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
	u16 cs, gs, fs, ss;
	u64 err, trapno, oldmask, cr2, fpstate, reserved[8];
};
struct rt_sigframe {
	u64 pretcode;
	u64 uc_flags, uc_link;
	struct linux_stack uc_stack;
	struct sigcontext64 mc;
	u64 sigmask;
	struct linux_siginfo info;
};
struct fpstate {
	u16 fcw, fsw;
	u8 ftw, pad0;
	u16 fop;
	u64 fip, fdp;
	u32 mxcsr, mxcsr_mask;
	struct { u64 mant; u16 se, pad[3]; } st[8];
	union xmm xmm[16];
	u64 pad1[6];
	u32 magic1, extended_size;
	u64 xfeatures;
	u32 xstate_size, pad2[7];
	u64 xstate_bv, header[7];
	union xmm ymmh[16];
	u32 magic2, pad3[15];
};
#define FP_SIZE 836
#define UC_FP_XSTATE 1
#define UC_SIGCONTEXT_SS 2
#define UC_STRICT_RESTORE_SS 4
#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u
#define REDZONE 128
#define GUEST_EFLAGS (EF_STATUS | EF_DF | EF_AC | EF_ID | EF_TF)
_Static_assert(sizeof(struct sigcontext64) == 256, "sigcontext");
_Static_assert(offsetof(struct rt_sigframe, info) == 312, "rt_sigframe");
_Static_assert(offsetof(struct fpstate, magic1) == 464, "fpstate");
_Static_assert(offsetof(struct fpstate, magic2) == 832, "fpstate");

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

static void
fp_save(const struct cpu *c, struct fpstate *fp)
{
	u32 top = c->fsw >> 11 & 7;

	memset(fp, 0, sizeof *fp);
	fp->fcw = c->fcw;
	fp->fsw = c->fsw;
	fp->fop = c->fop;
	fp->fip = c->fip;
	fp->fdp = c->fdp;
	fp->mxcsr = c->mxcsr;
	fp->mxcsr_mask = 0xffff;
	for (u32 i = 0; i < 8; i++) {
		if ((c->ftw >> 2 * i & 3) != 3)
			fp->ftw |= 1 << i;
		fp->st[i].mant = c->st[(top + i) & 7].mant;
		fp->st[i].se = c->st[(top + i) & 7].se;
	}
	memcpy(fp->xmm, c->xmm, sizeof fp->xmm);
	memcpy(fp->ymmh, c->ymmh, sizeof fp->ymmh);
	fp->magic1 = MAGIC1;
	fp->extended_size = FP_SIZE;
	fp->xfeatures = 7;
	fp->xstate_size = FP_SIZE - 4;
	fp->xstate_bv = 7;
	fp->magic2 = MAGIC2;
}

/* Full tag of a register that is not empty (SDM volume 1, 8.1.7). */
static u32
x87_tag(u64 mant, u16 se)
{
	u32 exp = se & 0x7fff;

	if (!exp && !mant)
		return 1;
	return exp == 0 || exp == 0x7fff || !(mant >> 63) ? 2 : 0;
}

static void
fp_restore(struct cpu *c, const struct fpstate *fp, bool extended)
{
	u32 top = fp->fsw >> 11 & 7;

	c->fcw = fp->fcw;
	c->fsw = fp->fsw;
	c->fop = fp->fop;
	c->fip = fp->fip;
	c->fdp = fp->fdp;
	c->mxcsr = fp->mxcsr & 0xffff;
	c->ftw = 0;
	for (u32 i = 0; i < 8; i++) {
		u32 phys = (top + i) & 7;

		c->st[phys].mant = fp->st[i].mant;
		c->st[phys].se = fp->st[i].se;
		c->ftw |= (fp->ftw >> phys & 1 ? x87_tag(fp->st[i].mant, fp->st[i].se) : 3) << 2 * phys;
	}
	memcpy(c->xmm, fp->xmm, sizeof c->xmm);
	if (extended)
		memcpy(c->ymmh, fp->ymmh, sizeof c->ymmh);
}

static u64
regs_flags(const struct cpu *c)
{
	return (flags_word(c->fk, c->fa, c->fb, c->fc) & EF_STATUS) | (c->df ? EF_DF : 0) | (c->eflags_other & GUEST_EFLAGS) | EF_IF | 2;
}

static void
regs_save(const struct cpu *c, struct sigcontext64 *m)
{
	m->r8 = c->r[R8];
	m->r9 = c->r[R9];
	m->r10 = c->r[R10];
	m->r11 = c->r[R11];
	m->r12 = c->r[R12];
	m->r13 = c->r[R13];
	m->r14 = c->r[R14];
	m->r15 = c->r[R15];
	m->rdi = c->r[RDI];
	m->rsi = c->r[RSI];
	m->rbp = c->r[RBP];
	m->rbx = c->r[RBX];
	m->rdx = c->r[RDX];
	m->rax = c->r[RAX];
	m->rcx = c->r[RCX];
	m->rsp = c->r[RSP];
	m->rip = c->rip;
	m->eflags = regs_flags(c);
	m->cs = 0x33;
	m->ss = 0x2b;
}

static void
regs_restore(struct cpu *c, const struct sigcontext64 *m)
{
	c->r[R8] = m->r8;
	c->r[R9] = m->r9;
	c->r[R10] = m->r10;
	c->r[R11] = m->r11;
	c->r[R12] = m->r12;
	c->r[R13] = m->r13;
	c->r[R14] = m->r14;
	c->r[R15] = m->r15;
	c->r[RDI] = m->rdi;
	c->r[RSI] = m->rsi;
	c->r[RBP] = m->rbp;
	c->r[RBX] = m->rbx;
	c->r[RDX] = m->rdx;
	c->r[RAX] = m->rax;
	c->r[RCX] = m->rcx;
	c->r[RSP] = m->rsp;
	c->rip = m->rip;
	c->fk = FLAG_WORD;
	c->fa = m->eflags & EF_STATUS;
	c->fb = c->fc = 0;
	c->df = m->eflags & EF_DF ? 1 : 0;
	c->eflags_other = m->eflags & (EF_AC | EF_ID | EF_TF);
}

bool
on_altstack(const struct task *t, u64 sp)
{
	const struct linux_stack *s = &t->altstack;

	if (s->flags & SS_AUTODISARM)
		return false;
	return s->size && sp > s->sp && sp - s->sp <= s->size;
}

/* The state in which exec and signal handlers start. */
void
regs_reset_floats(struct cpu *c)
{
	memset(c->xmm, 0, sizeof c->xmm);
	memset(c->ymmh, 0, sizeof c->ymmh);
	memset(c->st, 0, sizeof c->st);
	c->mxcsr = MXCSR_DEFAULT;
	c->fcw = 0x37f;
	c->fsw = c->fop = 0;
	c->ftw = 0xffff;
	c->fip = c->fdp = 0;
}

/* Writes the frame and points the registers at the handler. -EFAULT when the stack cannot take it. */
int
sigframe_push(struct task *t, int sig, const struct linux_siginfo *info, const struct linux_sigaction *sa, u64 oldmask)
{
	static struct rt_sigframe f;
	static struct fpstate fp;
	static struct cpu c;
	u64 sp, at_fp;
	bool alt = false;

	task_regs_get(t, &c);
	sp = c.r[RSP] - REDZONE;
	if ((sa->flags & SA_ONSTACK) && !(t->altstack.flags & SS_DISABLE) && !on_altstack(t, c.r[RSP])) {
		sp = t->altstack.sp + t->altstack.size;
		alt = true;
	}
	at_fp = (sp - FP_SIZE) & ~63ull;
	sp = ((at_fp - sizeof f) & ~15ull) - 8;
	if (sp + sizeof f > GUEST_HI || !(sa->flags & SA_RESTORER))
		return -EFAULT;
	if ((alt || on_altstack(t, c.r[RSP])) && sp < t->altstack.sp)
		return -EFAULT;
	memset(&f, 0, sizeof f);
	f.pretcode = sa->restorer;
	f.uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	f.uc_stack = t->altstack;
	if (!(t->altstack.flags & SS_DISABLE) && on_altstack(t, c.r[RSP]))
		f.uc_stack.flags |= SS_ONSTACK;
	regs_save(&c, &f.mc);
	f.mc.oldmask = oldmask;
	f.mc.trapno = t->trapno;
	f.mc.err = t->trap_err;
	f.mc.cr2 = t->trap_cr2;
	f.mc.fpstate = at_fp;
	f.sigmask = oldmask;
	f.info = *info;
	fp_save(&c, &fp);
	if (mm_copy_out(t->mm, at_fp, &fp, FP_SIZE) < 0 || mm_copy_out(t->mm, sp, &f, sizeof f) < 0)
		return -EFAULT;
	if (t->altstack.flags & SS_AUTODISARM) {
		memset(&t->altstack, 0, sizeof t->altstack);
		t->altstack.flags = SS_DISABLE;
	}
	c.r[RSP] = sp;
	c.r[RDI] = sig;
	c.r[RSI] = sp + offsetof(struct rt_sigframe, info);
	c.r[RDX] = sp + offsetof(struct rt_sigframe, uc_flags);
	c.r[RAX] = 0;
	c.rip = sa->handler;
	regs_reset_floats(&c);
	c.df = 0;
	c.eflags_other &= ~(u32)EF_TF;
	task_regs_put(t, &c);
	return 0;
}

/* rt_sigreturn: rsp is behind the popped return address. The registers come from the frame; the call has no result of its own. */
i64
sigframe_return(struct task *t)
{
	static struct rt_sigframe f;
	static struct fpstate fp;
	static struct cpu c;
	bool extended = false;

	task_regs_get(t, &c);
	if (mm_copy_in(t->mm, &f, c.r[RSP] - 8, sizeof f) < 0)
		goto bad;
	if (f.mc.fpstate) {
		memset(&fp, 0, sizeof fp);
		if (mm_copy_in(t->mm, &fp, f.mc.fpstate, 512) < 0)
			goto bad;
		if ((f.uc_flags & UC_FP_XSTATE) && fp.magic1 == MAGIC1 && fp.xstate_size == FP_SIZE - 4) {
			if (mm_copy_in(t->mm, &fp, f.mc.fpstate, FP_SIZE) < 0)
				goto bad;
			extended = fp.magic2 == MAGIC2 && (fp.xstate_bv & 4);
		}
		fp_restore(&c, &fp, extended);
	}
	regs_restore(&c, &f.mc);
	t->blocked = f.sigmask & ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP));
	f.uc_stack.flags &= ~SS_ONSTACK;
	if (f.uc_stack.flags == 0 || (u32)f.uc_stack.flags == SS_AUTODISARM || f.uc_stack.flags == SS_DISABLE)
		t->altstack = f.uc_stack;
	task_regs_put(t, &c);
	t->regs_set = true;
	signal_changed(t);
	return f.mc.rax;
bad:
	t->regs_set = true;
	signal_force(t, SIGSEGV, SI_KERNEL, 0);
	return 0;
}
