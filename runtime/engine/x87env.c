/*
 * x87env.c - images of the state in memory: fnstenv, fnsave, fxsave, xsave and their counterparts (SDM volume 1, 8.1.10, 10.5 and 13).
 * Instruction and operand pointers are not tracked: they are stored as last loaded.
 */
#include <stdbool.h>
#include "engine.h"
#include "../../include/x87.h"
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

static void
load_env(struct cpu *cpu, u32 at, u32 shorter)
{
	u32 field[7] = { 0 };

	for (u32 i = 0; i < 7; i++)
		__builtin_memcpy(&field[i], GUEST(u8, at + (shorter ? 2 : 4) * i), shorter ? 2 : 4);
	cpu->fcw = (field[0] & 0x1f3f) | 0x40;
	cpu->fsw = field[1];
	load_tags(cpu, field[2]);
	cpu->fip = field[3];
	cpu->fop = shorter ? 0 : field[4] >> 16 & 0x7ff;
	cpu->fdp = field[5];
	x87_summary(cpu);
}

void
x87_fnstenv(struct cpu *cpu, u32 at, u32 shorter)
{
	store_env(cpu, at, shorter);
	cpu->fcw |= 0x3f;
	x87_summary(cpu);
}

void
x87_fldenv(struct cpu *cpu, u32 at, u32 shorter)
{
	load_env(cpu, at, shorter);
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

void
x87_frstor(struct cpu *cpu, u32 at, u32 shorter)
{
	load_env(cpu, at, shorter);
	at += env_size(shorter);
	for (u32 i = 0; i < 8; i++)
		__builtin_memcpy(x87_reg(cpu, i), GUEST(u8, at + 10 * i), 10);
}

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
x87_fxrstor(struct cpu *cpu, u32 at, u32 wide)
{
	const struct fxsave_image *f = GUEST(struct fxsave_image, at);

	(void)wide;
	cpu->fcw = (f->fcw & 0x1f3f) | 0x40;
	cpu->fsw = f->fsw;
	cpu->ftw = 0;
	for (u32 i = 0; i < 8; i++)
		if (!(f->tags >> i & 1))
			cpu->ftw |= 3 << 2 * i;
	cpu->fop = f->fop & 0x7ff;
	cpu->fip = f->fip;
	cpu->fdp = f->fdp;
	cpu->mxcsr = f->mxcsr & 0xffff;
	for (u32 i = 0; i < 8; i++) {
		x87_reg(cpu, i)->mant = f->st[i].mant;
		x87_reg(cpu, i)->se = f->st[i].se;
	}
	for (u32 i = 0; i < 16; i++)
		cpu->xmm[i] = f->xmm[i];
	x87_summary(cpu);
}

/* ---- xsave: the fxsave image, a header of 64 bytes, the upper halves of the ymm registers ---- */

enum { X87 = 1, SSE = 2, AVX = 4, COMPONENTS = X87 | SSE | AVX };

struct xsave_image {
	struct fxsave_image legacy;
	u64 bv, compact, reserved[6];
	union xmm ymmh[16];
};
_Static_assert(offsetof(struct xsave_image, ymmh) == 576, "SDM volume 1, 13.4");

static u32
any_set(const union xmm *x)
{
	u64 all = 0;

	for (u32 i = 0; i < 16; i++)
		all |= x[i].q[0] | x[i].q[1];
	return all != 0;
}

u32
xsave_in_use(const struct cpu *cpu)
{
	u64 regs = 0;

	for (u32 i = 0; i < 8; i++)
		regs |= cpu->st[i].mant | cpu->st[i].se;
	return (regs || cpu->fcw != 0x37f || cpu->fsw || cpu->ftw != 0xffff || cpu->fop || cpu->fip || cpu->fdp ? X87 : 0) |
	    (any_set(cpu->xmm) ? SSE : 0) | (any_set(cpu->ymmh) ? AVX : 0);
}

/* the parts of f that are the components of set, the rest as it was */
static void
legacy_store(struct cpu *cpu, u32 at, u32 set, bool mxcsr)
{
	struct fxsave_image *f = GUEST(struct fxsave_image, at);
	struct fxsave_image old = *f;

	x87_fxsave(cpu, at, 1);
	if (!(set & X87)) {
		__builtin_memcpy(f, &old, offsetof(struct fxsave_image, mxcsr));
		__builtin_memcpy(f->st, old.st, sizeof f->st);
	}
	if (!mxcsr) {
		f->mxcsr = old.mxcsr;
		f->mxcsr_mask = old.mxcsr_mask;
	}
	if (!(set & SSE))
		__builtin_memcpy(f->xmm, old.xmm, sizeof f->xmm);
}

u32
x87_xsave(struct cpu *cpu, u32 at, u32 components, u32 form)
{
	struct xsave_image *x = GUEST(struct xsave_image, at);
	u32 set = components & COMPONENTS, used = xsave_in_use(cpu);
	u32 stored = form == XSAVE_ALL ? set : set & used;

	if (engine_config.cpu_level < 3)
		return TRAP_UD;
	if (at & 63)
		return TRAP_PRIVILEGED;
	legacy_store(cpu, at, stored, form == XSAVE_COMPACT ? stored & SSE : set & (SSE | AVX));
	if (stored & AVX)
		__builtin_memcpy(x->ymmh, cpu->ymmh, sizeof x->ymmh);
	if (form == XSAVE_COMPACT) {
		x->bv = set & used;
		x->compact = set | 1ull << 63;
		__builtin_memset(x->reserved, 0, sizeof x->reserved);
	} else {
		x->bv = (x->bv & ~(u64)set) | (set & used);
	}
	return TRAP_NONE;
}

static void
x87_initial(struct cpu *cpu)
{
	__builtin_memset(cpu->st, 0, sizeof cpu->st);
	cpu->fcw = 0x37f;
	cpu->fsw = cpu->fop = 0;
	cpu->ftw = 0xffff;
	cpu->fip = cpu->fdp = 0;
}

static void
vectors_load(union xmm *to, const union xmm *from, bool initial)
{
	if (initial)
		__builtin_memset(to, 0, 16 * sizeof *to);
	else
		__builtin_memcpy(to, from, 16 * sizeof *to);
}

u32
x87_xrstor(struct cpu *cpu, u32 at, u32 components)
{
	const struct xsave_image *x = GUEST(struct xsave_image, at);
	u32 set = components & COMPONENTS, mxcsr = cpu->mxcsr;
	bool compact = x->compact >> 63;
	union xmm old[16];

	if (engine_config.cpu_level < 3)
		return TRAP_UD;
	if (at & 63 || x->bv & ~(u64)COMPONENTS || (x->compact & ~(1ull << 63)) & ~(u64)COMPONENTS)
		return TRAP_PRIVILEGED;
	if (compact ? x->bv & ~x->compact : x->compact != 0)
		return TRAP_PRIVILEGED;
	if (compact && set & SSE)
		mxcsr = x->bv & SSE ? x->legacy.mxcsr : 0x1f80;
	else if (!compact && set & (SSE | AVX))
		mxcsr = x->legacy.mxcsr;
	if (mxcsr >> 16)
		return TRAP_PRIVILEGED;
	__builtin_memcpy(old, cpu->xmm, sizeof old);
	if (set & X87) {
		if (x->bv & X87)
			x87_fxrstor(cpu, at, 1);
		else
			x87_initial(cpu);
		__builtin_memcpy(cpu->xmm, old, sizeof old);
	}
	cpu->mxcsr = mxcsr;
	if (set & SSE)
		vectors_load(cpu->xmm, x->legacy.xmm, !(x->bv & SSE));
	if (set & AVX)
		vectors_load(cpu->ymmh, x->ymmh, !(x->bv & AVX));
	return TRAP_NONE;
}
