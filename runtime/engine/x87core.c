/*
 * x87core.c - the x87 instructions on struct cpu (SDM volume 1, chapter 8). An unmasked exception sets ES,
 * for which the next instruction looks that waits (lift/x87.c); invalid, denormal and zero divide then have no other effect (8.5).
 * An empty register reads as the indefinite NaN and raises a stack fault: IE, SF, C1 = 0; a push onto a full one the same with C1 = 1.
 */
#include "engine.h"
#include "x87stack.h"

/* flags of a finished operation into the status word; C1 says whether it rounded up */
static void
finish(struct cpu *cpu, const struct fctx *c)
{
	cpu->fsw &= ~FSW_C1;
	cpu->fsw |= c->flags;
	if (c->flags & FSW_PE && c->up)
		cpu->fsw |= FSW_C1;
	x87_summary(cpu);
}

static void
stack_fault(struct cpu *cpu, bool overflow)
{
	cpu->fsw = (cpu->fsw & ~FSW_C1) | FSW_IE | FSW_SF | (overflow ? FSW_C1 : 0);
	x87_summary(cpu);
}

/* what an instruction with an empty operand leaves in register i */
static void
fault_result(struct cpu *cpu, u32 i)
{
	if (cpu->fcw & FSW_IE)
		x87_set(cpu, i, F80_INDEFINITE);
}

/* false, with the fault noted, if register i is empty */
static bool
present(struct cpu *cpu, u32 i)
{
	if (!x87_empty(cpu, i))
		return true;
	stack_fault(cpu, false);
	return false;
}

static void
push(struct cpu *cpu, f80 v)
{
	bool full = !x87_empty(cpu, 7);

	if (full) {
		stack_fault(cpu, true);
		if (!(cpu->fcw & FSW_IE))
			return;
		v = F80_INDEFINITE;
	}
	x87_set_top(cpu, x87_top(cpu) - 1);
	x87_set(cpu, 0, v);
}

/* a load: the flags of the conversion, then the push, which a denormal does not hinder */
static void
push_converted(struct cpu *cpu, f80 v, const struct fctx *c)
{
	if (x87_empty(cpu, 7)) {
		finish(cpu, c);
		if (c->flags & c->unmasked & FSW_IE)
			return;
	}
	push(cpu, v);
}

/* a denormal memory operand is noted last: not if the operation was invalid, divided by zero or met a NaN */
static void
settle_denormal(struct fctx *c, u16 of_operand, bool nan)
{
	if (!nan && !(c->flags & (FSW_IE | FSW_ZE)))
		c->flags |= of_operand & FSW_DE;
}

static f80
convert(struct fctx *c, u64 bits, u32 kind)
{
	switch (kind) {
	case X87_F32: return f80_of_f32(c, bits);
	case X87_F64: return f80_of_f64(c, bits);
	case X87_I16: return f80_of_int((i16)bits);
	case X87_I32: return f80_of_int((i32)bits);
	}
	return f80_of_int(bits);
}

void
x87_arith(struct cpu *cpu, u32 op, u32 d, u32 s)
{
	struct fctx c = x87_context(cpu);
	f80 r;

	if (!present(cpu, d) || !present(cpu, s)) {
		fault_result(cpu, d);
		return;
	}
	r = f80_arith(&c, op, *x87_reg(cpu, d), *x87_reg(cpu, s));
	if (!x87_stopped(&c))
		x87_set(cpu, d, r);
	finish(cpu, &c);
}

void
x87_arith_m(struct cpu *cpu, u32 op, u64 bits, u32 kind)
{
	struct fctx c = x87_context(cpu);
	u16 flags;
	f80 b, r;

	if (!present(cpu, 0)) {
		fault_result(cpu, 0);
		return;
	}
	b = convert(&c, bits, kind);
	flags = c.flags;
	c.flags &= ~FSW_DE;
	r = f80_arith(&c, op, *x87_reg(cpu, 0), b);
	settle_denormal(&c, flags, f80_unpack(r).class == F80_NAN);
	if (!x87_stopped(&c))
		x87_set(cpu, 0, r);
	finish(cpu, &c);
}

void
x87_constant(struct cpu *cpu, u32 which)
{
	/* significand, exponent, and what rounding the further bits of the number changes by direction */
	static const struct { u64 mant; u16 se; i8 nearest, down, up; } k[] = {
		[X87_ONE] = { 0x8000000000000000, 0x3fff, 0, 0, 0 },
		[X87_L2T] = { 0xd49a784bcd1b8afe, 0x4000, 0, 0, 1 },
		[X87_L2E] = { 0xb8aa3b295c17f0bc, 0x3fff, 0, -1, 0 },
		[X87_PI] = { 0xc90fdaa22168c235, 0x4000, 0, -1, 0 },
		[X87_LG2] = { 0x9a209a84fbcff799, 0x3ffd, 0, -1, 0 },
		[X87_LN2] = { 0xb17217f7d1cf79ac, 0x3ffe, 0, -1, 0 },
		[X87_ZERO] = { 0, 0, 0, 0, 0 },
	};
	u32 rc = cpu->fcw >> 10 & 3;
	i8 by;

	if (which > X87_ZERO)
		return;
	by = rc == RC_NEAREST ? k[which].nearest : rc == RC_UP ? k[which].up : k[which].down;
	cpu->fsw &= ~FSW_C1;
	push(cpu, F80(k[which].se, k[which].mant + by));
}

void
x87_fld_st(struct cpu *cpu, u32 i)
{
	f80 v = *x87_reg(cpu, i);

	if (x87_empty(cpu, 7))
		cpu->fsw &= ~FSW_C1;
	if (!present(cpu, i)) {
		if (!(cpu->fcw & FSW_IE))
			return;
		v = F80_INDEFINITE;
	}
	push(cpu, v);
}

void
x87_fld_m(struct cpu *cpu, u64 bits, u32 kind)
{
	struct fctx c = x87_context(cpu);
	f80 v = convert(&c, bits, kind);

	f80_nan(&c, v, v, &v);
	push_converted(cpu, v, &c);
}

void
x87_fld80(struct cpu *cpu, u64 mant, u32 se)
{
	struct fctx c = x87_context(cpu);

	push_converted(cpu, F80(se, mant), &c);
}

void
x87_fbld(struct cpu *cpu, u64 low, u32 high)
{
	struct fctx c = x87_context(cpu);
	union { u64 q[2]; u8 b[16]; } in = { .q = { low, high } };

	push_converted(cpu, f80_of_bcd(in.b), &c);
}

u64
x87_fst_m(struct cpu *cpu, u32 kind)
{
	struct fctx c = x87_context(cpu);
	u64 r;

	if (!present(cpu, 0))
		return kind == X87_F32 ? 0xffc00000 : 0xfff8000000000000;
	r = kind == X87_F32 ? f80_to_f32(&c, *x87_reg(cpu, 0)) : f80_to_f64(&c, *x87_reg(cpu, 0));
	if (c.flags & c.unmasked & (FSW_OE | FSW_UE))
		c.flags &= ~FSW_PE;
	finish(cpu, &c);
	return r;
}

u64
x87_fist(struct cpu *cpu, u32 kind, u32 truncate)
{
	struct fctx c = x87_context(cpu);
	u32 bits = kind == X87_I16 ? 16 : kind == X87_I32 ? 32 : 64;
	u64 r;

	if (truncate)
		c.rc = RC_ZERO;
	if (!present(cpu, 0))
		return 1ull << (bits - 1);
	r = f80_to_int(&c, *x87_reg(cpu, 0), bits);
	finish(cpu, &c);
	return r;
}

void
x87_fst80(struct cpu *cpu)
{
	f80 v = F80_INDEFINITE;

	if (present(cpu, 0)) {
		v = *x87_reg(cpu, 0);
		cpu->fsw &= ~FSW_C1;
	}
	cpu->scratch[0].q[0] = v.mant;
	cpu->scratch[0].q[1] = v.se;
}

void
x87_fbst(struct cpu *cpu)
{
	struct fctx c = x87_context(cpu);
	f80 v = F80_INDEFINITE;

	if (present(cpu, 0)) {
		v = *x87_reg(cpu, 0);
		f80_to_bcd(&c, v, cpu->scratch[0].b);
		finish(cpu, &c);
	} else {
		f80_to_bcd(&c, v, cpu->scratch[0].b);
	}
}

void
x87_fst_st(struct cpu *cpu, u32 i)
{
	if (!present(cpu, 0)) {
		fault_result(cpu, i);
		return;
	}
	cpu->fsw &= ~FSW_C1;
	x87_set(cpu, i, *x87_reg(cpu, 0));
}

/* The end of an instruction, unless it raised one of these exceptions unmasked. (One that was there before would not have let it begin.) */
void
x87_pop(struct cpu *cpu, u32 unless)
{
	if (cpu->fsw & ~cpu->fcw & unless)
		return;
	x87_set_empty(cpu, 0);
	x87_set_top(cpu, x87_top(cpu) + 1);
}

/* C3 C2 C0 of a comparison's result */
static void
set_conditions(struct cpu *cpu, int r)
{
	static const u16 bits[4] = { FSW_C0, FSW_C3, 0, FSW_C3 | FSW_C2 | FSW_C0 };

	cpu->fsw = (cpu->fsw & ~(FSW_C3 | FSW_C2 | FSW_C0)) | bits[r + 1];
}

void
x87_com(struct cpu *cpu, u32 i, u32 quiet)
{
	struct fctx c = x87_context(cpu);
	int r = 2;

	if (present(cpu, 0) && present(cpu, i)) {
		r = f80_compare(&c, *x87_reg(cpu, 0), *x87_reg(cpu, i), quiet);
		finish(cpu, &c);
	}
	set_conditions(cpu, r);
}

void
x87_com_m(struct cpu *cpu, u64 bits, u32 kind)
{
	struct fctx c = x87_context(cpu);
	int r = 2;
	u16 flags;
	f80 b;

	if (present(cpu, 0)) {
		b = convert(&c, bits, kind);
		flags = c.flags;
		c.flags &= ~FSW_DE;
		r = f80_compare(&c, *x87_reg(cpu, 0), b, false);
		settle_denormal(&c, flags, r == 2);
		finish(cpu, &c);
	}
	set_conditions(cpu, r);
}

u64
x87_comi(struct cpu *cpu, u32 i, u32 quiet)
{
	static const u16 bits[4] = { EF_CF, EF_ZF, 0, EF_ZF | EF_PF | EF_CF };
	struct fctx c = x87_context(cpu);
	int r = 2;

	if (present(cpu, 0) && present(cpu, i)) {
		r = f80_compare(&c, *x87_reg(cpu, 0), *x87_reg(cpu, i), quiet);
		finish(cpu, &c);
	}
	return bits[r + 1];
}

/* an empty register is a fault whether the condition holds or not */
void
x87_cmov(struct cpu *cpu, u32 condition, u32 i)
{
	if (x87_empty(cpu, 0) || x87_empty(cpu, i)) {
		stack_fault(cpu, false);
		fault_result(cpu, 0);
		return;
	}
	cpu->fsw &= ~FSW_C1;
	if (condition)
		x87_set(cpu, 0, *x87_reg(cpu, i));
}

void
x87_fxch(struct cpu *cpu, u32 i)
{
	f80 a = *x87_reg(cpu, 0), b = *x87_reg(cpu, i);
	bool fault = false;

	if (x87_empty(cpu, 0)) {
		a = F80_INDEFINITE;
		fault = true;
	}
	if (x87_empty(cpu, i)) {
		b = F80_INDEFINITE;
		fault = true;
	}
	if (fault)
		stack_fault(cpu, false);
	else
		cpu->fsw &= ~FSW_C1;
	if (fault && !(cpu->fcw & FSW_IE))
		return;
	x87_set(cpu, 0, b);
	x87_set(cpu, i, a);
}

void
x87_ffree(struct cpu *cpu, u32 i)
{
	x87_set_empty(cpu, i);
}

void
x87_rotate(struct cpu *cpu, u32 by)
{
	x87_set_top(cpu, x87_top(cpu) + by);
	cpu->fsw &= ~FSW_C1;
}

void
x87_fninit(struct cpu *cpu)
{
	cpu->fcw = 0x37f;
	cpu->fsw = 0;
	cpu->ftw = 0xffff;
	cpu->fop = 0;
	cpu->fip = cpu->fdp = 0;
}

void
x87_fnclex(struct cpu *cpu)
{
	cpu->fsw &= ~(FSW_B | FSW_ES | FSW_SF | 0x3f);
}

/* the first unmasked exception turns the process to exact floats, where instructions look for ES */
u32
x87_fldcw(struct cpu *cpu, u32 fcw)
{
	if (~fcw & 0x3f && !engine_config.exact)
		return TRAP_EXACT;
	cpu->fcw = (fcw & 0x1f3f) | 0x40;
	x87_summary(cpu);
	return TRAP_NONE;
}
