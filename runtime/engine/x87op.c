/*
 * x87op.c - the x87 instructions without operands: on the top of the stack, some also on the register below.
 */
#include "engine.h"
#include "x87stack.h"

static void
conditions(struct cpu *cpu, bool c3, bool c2, bool c1, bool c0)
{
	cpu->fsw &= ~(FSW_C3 | FSW_C2 | FSW_C1 | FSW_C0);
	cpu->fsw |= (c3 ? FSW_C3 : 0) | (c2 ? FSW_C2 : 0) | (c1 ? FSW_C1 : 0) | (c0 ? FSW_C0 : 0);
}

static void
examine(struct cpu *cpu)
{
	f80 v = *x87_reg(cpu, 0);
	struct unpacked x = f80_unpack(v);
	bool c1 = v.se >> 15;

	if (x87_empty(cpu, 0)) {
		conditions(cpu, true, false, c1, true);
		return;
	}
	switch (x.class) {
	case F80_UNSUPPORTED: conditions(cpu, false, false, c1, false); break;
	case F80_NAN: conditions(cpu, false, false, c1, true); break;
	case F80_INF: conditions(cpu, false, true, c1, true); break;
	case F80_ZERO: conditions(cpu, true, false, c1, false); break;
	case F80_FINITE: conditions(cpu, x.denormal, true, c1, false); break;
	}
}

static void
remainder_op(struct cpu *cpu, struct fctx *c, bool nearest)
{
	bool partial;
	u32 q;
	f80 r = f80_rem(c, *x87_reg(cpu, 0), *x87_reg(cpu, 1), nearest, &q, &partial);

	if (!x87_stopped(c))
		x87_set(cpu, 0, r);
	if (!(c->flags & FSW_IE))
		conditions(cpu, q >> 1 & 1, partial, q & 1, q >> 2 & 1);
	else
		cpu->fsw &= ~(FSW_C1 | FSW_C2);
	cpu->fsw |= c->flags;
	x87_summary(cpu);
}

/* operations that replace st0, or with pop st1, by one value */
static bool
replace(struct cpu *cpu, struct fctx *c, u32 op)
{
	f80 a = *x87_reg(cpu, 0), b = *x87_reg(cpu, 1), r;
	bool pop = op == X87_YL2X || op == X87_YL2XP1 || op == X87_PATAN;

	switch (op) {
	case X87_SQRT: r = f80_sqrt(c, a); break;
	case X87_RNDINT: r = f80_rint(c, a); break;
	case X87_SCALE: r = f80_scale(c, a, b); break;
	case X87_2XM1: r = f80_2xm1(c, a); break;
	case X87_YL2X: r = f80_yl2x(c, a, b, false); break;
	case X87_YL2XP1: r = f80_yl2x(c, a, b, true); break;
	case X87_PATAN: r = f80_patan(c, a, b); break;
	default: return false;
	}
	if (x87_stopped(c))
		return true;
	if (pop) {
		x87_set_empty(cpu, 0);
		x87_set_top(cpu, x87_top(cpu) + 1);
	}
	x87_set(cpu, 0, r);
	return true;
}

static void
push_over(struct cpu *cpu, f80 under, f80 over)
{
	x87_set(cpu, 0, under);
	x87_set_top(cpu, x87_top(cpu) - 1);
	x87_set(cpu, 0, over);
}

static void
trigonometric(struct cpu *cpu, struct fctx *c, u32 op)
{
	f80 s, k, t;
	f80 one = F80(F80_BIAS, 1ull << 63);
	bool done = f80_trig(c, *x87_reg(cpu, 0), op == X87_SIN || op == X87_SINCOS ? &s : NULL,
	    op == X87_COS || op == X87_SINCOS ? &k : NULL, op == X87_PTAN ? &t : NULL);

	cpu->fsw &= ~FSW_C2;
	if (!done) {
		cpu->fsw |= FSW_C2;
		return;
	}
	if (x87_stopped(c))
		return;
	switch (op) {
	case X87_SIN: x87_set(cpu, 0, s); break;
	case X87_COS: x87_set(cpu, 0, k); break;
	case X87_SINCOS: push_over(cpu, s, k); break;
	/* a NaN is pushed twice, no number beside it */
	case X87_PTAN: push_over(cpu, t, f80_unpack(t).class == F80_NAN ? t : one); break;
	}
}

static void
stack_fault(struct cpu *cpu, u32 op, bool overflow)
{
	cpu->fsw = (cpu->fsw & ~(FSW_C1 | FSW_C2)) | FSW_IE | FSW_SF | (overflow ? FSW_C1 : 0);
	x87_summary(cpu);
	if (!(cpu->fcw & FSW_IE) && op != X87_TST)
		return;
	switch (op) {
	case X87_YL2X: case X87_YL2XP1: case X87_PATAN:
		x87_set_empty(cpu, 0);
		x87_set_top(cpu, x87_top(cpu) + 1);
		break;
	case X87_XTRACT: case X87_PTAN: case X87_SINCOS:
		push_over(cpu, F80_INDEFINITE, F80_INDEFINITE);
		return;
	case X87_TST:
		conditions(cpu, true, true, false, true);
		return;
	}
	x87_set(cpu, 0, F80_INDEFINITE);
}

static void
test(struct cpu *cpu, struct fctx *c)
{
	int r = f80_compare(c, *x87_reg(cpu, 0), F80(0, 0), false);

	conditions(cpu, r == 0 || r == 2, r == 2, false, r == -1 || r == 2);
}

void
x87_op(struct cpu *cpu, u32 op)
{
	struct fctx c = x87_context(cpu);
	bool two = op == X87_SCALE || op == X87_PREM || op == X87_PREM1 || op == X87_YL2X || op == X87_YL2XP1 || op == X87_PATAN;
	bool grows = op == X87_XTRACT || op == X87_PTAN || op == X87_SINCOS;
	f80 e, s;

	if (op == X87_XAM) {
		examine(cpu);
		return;
	}
	if (x87_empty(cpu, 0) || (two && x87_empty(cpu, 1))) {
		stack_fault(cpu, op, false);
		return;
	}
	if (grows && !x87_empty(cpu, 7)) {
		stack_fault(cpu, op, true);
		return;
	}
	switch (op) {
	case X87_ABS: x87_reg(cpu, 0)->se &= 0x7fff; break;
	case X87_CHS: x87_reg(cpu, 0)->se ^= 0x8000; break;
	case X87_TST: test(cpu, &c); break;
	case X87_XTRACT:
		e = f80_extract(&c, *x87_reg(cpu, 0), &s);
		if (!x87_stopped(&c))
			push_over(cpu, e, s);
		break;
	case X87_PREM: case X87_PREM1:
		remainder_op(cpu, &c, op == X87_PREM1);
		return;
	case X87_SIN: case X87_COS: case X87_SINCOS: case X87_PTAN:
		trigonometric(cpu, &c, op);
		break;
	default:
		if (!replace(cpu, &c, op))
			return;
		break;
	}
	cpu->fsw = (cpu->fsw & ~FSW_C1) | c.flags | (c.flags & FSW_PE && c.up ? FSW_C1 : 0);
	x87_summary(cpu);
}
