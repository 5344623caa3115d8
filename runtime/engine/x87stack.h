/*
 * x87stack.h - registers relative to the top, tags and the status word. cpu->ftw holds 3 for an empty register and 0 otherwise; the finer tags
 * of the full tag word are computed where it is stored.
 */
#ifndef X87STACK_H
#define X87STACK_H

#include "softfloat80.h"

static inline u32
x87_top(const struct cpu *cpu)
{
	return cpu->fsw >> 11 & 7;
}

static inline u32
x87_phys(const struct cpu *cpu, u32 i)
{
	return (x87_top(cpu) + i) & 7;
}

static inline f80 *
x87_reg(struct cpu *cpu, u32 i)
{
	return &cpu->st[x87_phys(cpu, i)];
}

static inline bool
x87_empty(const struct cpu *cpu, u32 i)
{
	return (cpu->ftw >> 2 * x87_phys(cpu, i) & 3) == 3;
}

static inline void
x87_set(struct cpu *cpu, u32 i, f80 v)
{
	u32 p = x87_phys(cpu, i);

	cpu->st[p].mant = v.mant;
	cpu->st[p].se = v.se;
	cpu->ftw &= ~(3 << 2 * p);
}

static inline void
x87_set_empty(struct cpu *cpu, u32 i)
{
	cpu->ftw |= 3 << 2 * x87_phys(cpu, i);
}

static inline void
x87_set_top(struct cpu *cpu, u32 top)
{
	cpu->fsw = (cpu->fsw & ~FSW_TOP) | (top & 7) << 11;
}

/* ES and B follow the exceptions that the control word does not mask */
static inline void
x87_summary(struct cpu *cpu)
{
	cpu->fsw &= ~(FSW_ES | FSW_B);
	if (cpu->fsw & ~cpu->fcw & 0x3f)
		cpu->fsw |= FSW_ES | FSW_B;
}

static inline struct fctx
x87_context(const struct cpu *cpu)
{
	static const u8 precision[4] = { 24, 64, 53, 64 };

	return (struct fctx){ .rc = cpu->fcw >> 10 & 3, .precision = precision[cpu->fcw >> 8 & 3], .unmasked = ~cpu->fcw & 0x3f };
}

/* One of the exceptions that are found before anything is computed has no masked response: the operands stay, no other exception is noted. */
static inline bool
x87_stopped(struct fctx *c)
{
	if (!(c->flags & c->unmasked & (FSW_IE | FSW_DE | FSW_ZE)))
		return false;
	c->flags &= FSW_IE | FSW_DE | FSW_ZE;
	return true;
}


/* x87env.c */
struct fxsave_image {
	u16 fcw, fsw;
	u8 tags, zero;
	u16 fop;
	u64 fip, fdp;
	u32 mxcsr, mxcsr_mask;
	struct x87reg st[8];
	union xmm xmm[16];
	u64 rest[12];
};
_Static_assert(sizeof(struct fxsave_image) == 512, "SDM volume 1, table 10-2");
void x87_fxsave(struct cpu *cpu, u32 at, u32 wide);
u32 sse_ldmxcsr(struct cpu *cpu, u32 value, u32 wanted);                /* sseexact.c */
u32 x87_fxrstor(struct cpu *cpu, u32 at, u32 wide);
void x87_restore(struct cpu *cpu, const struct fxsave_image *f);       /* the x87 registers */

#endif
