/*
 * xsave.c - the XSAVE image: the fxsave image, a header of 64 bytes, the upper halves of the ymm registers (SDM volume 1, 13). Standard and
 * compacted format have the same layout, as there is one extended component.
 */
#include <stdbool.h>
#include "engine.h"
#include "x87stack.h"

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
	u32 trap;

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
	if (set & X87 && x->bv & X87 && ~x->legacy.fcw & 0x3f && !engine_config.exact)
		return TRAP_EXACT;
	if ((trap = sse_ldmxcsr(cpu, mxcsr, 0)) != TRAP_NONE)
		return trap;
	if (set & X87) {
		if (x->bv & X87)
			x87_restore(cpu, &x->legacy);
		else
			x87_initial(cpu);
	}
	if (set & SSE)
		vectors_load(cpu->xmm, x->legacy.xmm, !(x->bv & SSE));
	if (set & AVX)
		vectors_load(cpu->ymmh, x->ymmh, !(x->bv & AVX));
	return TRAP_NONE;
}
