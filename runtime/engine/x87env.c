/*
 * x87env.c - images of the x87 state in memory: fnstenv, fnsave, fxsave and their counterparts (SDM volume 1, 8.1.10 and 10.5).
 * Instruction and operand pointers are not tracked: they are stored as last loaded.
 */
#include "engine.h"
#include "x87stack.h"

static u32
full_tags(const struct cpu *cpu)
{
	u32 tags = 0;

	for (u32 i = 0; i < 8; i++) {
		const f80 *r = &cpu->st[i];
		u32 exp = r->se & 0x7fff;
		u32 tag = 0;

		if ((cpu->ftw >> 2 * i & 3) == 3)
			tag = 3;
		else if (exp == 0 && r->mant == 0)
			tag = 1;
		else if (exp == 0 || exp == 0x7fff || !(r->mant >> 63))
			tag = 2;
		tags |= tag << 2 * i;
	}
	return tags;
}

static void
load_tags(struct cpu *cpu, u32 tags)
{
	cpu->ftw = 0;
	for (u32 i = 0; i < 8; i++)
		if ((tags >> 2 * i & 3) == 3)
			cpu->ftw |= 3 << 2 * i;
}

/* bytes of the environment */
static u32
env_size(u32 shorter)
{
	return shorter ? 14 : 28;
}

static void
store_env(struct cpu *cpu, u32 at, u32 shorter)
{
	u32 field[7] = { cpu->fcw, cpu->fsw, full_tags(cpu), cpu->fip, cpu->fop << 16, cpu->fdp, 0 };

	for (u32 i = 0; i < 7; i++) {
		if (shorter)
			__builtin_memcpy(GUEST(u8, at + 2 * i), &field[i], 2);
		else {
			if (i < 3 || i == 6)
				field[i] |= 0xffff0000;
			__builtin_memcpy(GUEST(u8, at + 4 * i), &field[i], 4);
		}
	}
}

static u32
load_env(struct cpu *cpu, u32 at, u32 shorter)
{
	u32 field[7] = { 0 };

	for (u32 i = 0; i < 7; i++)
		__builtin_memcpy(&field[i], GUEST(u8, at + (shorter ? 2 : 4) * i), shorter ? 2 : 4);
	if (~field[0] & 0x3f && !engine_config.exact)
		return TRAP_EXACT;
	cpu->fcw = (field[0] & 0x1f3f) | 0x40;
	cpu->fsw = field[1];
	load_tags(cpu, field[2]);
	cpu->fip = field[3];
	cpu->fop = shorter ? 0 : field[4] >> 16 & 0x7ff;
	cpu->fdp = field[5];
	x87_summary(cpu);
	return TRAP_NONE;
}

void
x87_fnstenv(struct cpu *cpu, u32 at, u32 shorter)
{
	store_env(cpu, at, shorter);
	cpu->fcw |= 0x3f;
	x87_summary(cpu);
}

u32
x87_fldenv(struct cpu *cpu, u32 at, u32 shorter)
{
	return load_env(cpu, at, shorter);
}

void x87_fninit(struct cpu *cpu);

void
x87_fnsave(struct cpu *cpu, u32 at, u32 shorter)
{
	store_env(cpu, at, shorter);
	at += env_size(shorter);
	for (u32 i = 0; i < 8; i++)
		__builtin_memcpy(GUEST(u8, at + 10 * i), x87_reg(cpu, i), 10);
	x87_fninit(cpu);
}

u32
x87_frstor(struct cpu *cpu, u32 at, u32 shorter)
{
	u32 trap = load_env(cpu, at, shorter);

	if (trap != TRAP_NONE)
		return trap;
	at += env_size(shorter);
	for (u32 i = 0; i < 8; i++)
		__builtin_memcpy(x87_reg(cpu, i), GUEST(u8, at + 10 * i), 10);
	return TRAP_NONE;
}

void
x87_fxsave(struct cpu *cpu, u32 at, u32 wide)
{
	struct fxsave_image *f = GUEST(struct fxsave_image, at);

	(void)wide;
	f->fcw = cpu->fcw;
	f->fsw = cpu->fsw;
	f->tags = f->zero = 0;
	for (u32 i = 0; i < 8; i++)
		if ((cpu->ftw >> 2 * i & 3) != 3)
			f->tags |= 1 << i;
	f->fop = cpu->fop;
	f->fip = cpu->fip;
	f->fdp = cpu->fdp;
	f->mxcsr = cpu->mxcsr;
	f->mxcsr_mask = 0xffff;
	for (u32 i = 0; i < 8; i++) {
		f->st[i] = (struct x87reg){ .mant = x87_reg(cpu, i)->mant, .se = x87_reg(cpu, i)->se };
	}
	for (u32 i = 0; i < 16; i++)
		f->xmm[i] = cpu->xmm[i];
}

void
x87_restore(struct cpu *cpu, const struct fxsave_image *f)
{
	cpu->fcw = (f->fcw & 0x1f3f) | 0x40;
	cpu->fsw = f->fsw;
	cpu->ftw = 0;
	for (u32 i = 0; i < 8; i++)
		if (!(f->tags >> i & 1))
			cpu->ftw |= 3 << 2 * i;
	cpu->fop = f->fop & 0x7ff;
	cpu->fip = f->fip;
	cpu->fdp = f->fdp;
	for (u32 i = 0; i < 8; i++) {
		x87_reg(cpu, i)->mant = f->st[i].mant;
		x87_reg(cpu, i)->se = f->st[i].se;
	}
	x87_summary(cpu);
}

u32
x87_fxrstor(struct cpu *cpu, u32 at, u32 wide)
{
	const struct fxsave_image *f = GUEST(struct fxsave_image, at);
	u32 trap;

	(void)wide;
	if (at & 15)
		return TRAP_PRIVILEGED;
	if (~f->fcw & 0x3f && !engine_config.exact)
		return TRAP_EXACT;
	if ((trap = sse_ldmxcsr(cpu, f->mxcsr, 0)) != TRAP_NONE)
		return trap;
	x87_restore(cpu, f);
	for (u32 i = 0; i < 16; i++)
		cpu->xmm[i] = f->xmm[i];
	return TRAP_NONE;
}
