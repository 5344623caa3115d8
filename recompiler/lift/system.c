/*
 * system.c - instructions about the processor: hints and fences, cpuid, the time stamp counter, and what user code may not
 * execute.
 */
#include "lift.h"
#include "../../include/x87.h"

/* nop in all lengths, endbr64, prefetches, pause: hints without effect */
void
lift_nop(struct lift *l)
{
	(void)l;
}

void
lift_fence(struct lift *l)
{
	op0(l, OP_fence, T_NONE);
}

void
lift_cpuid(struct lift *l)
{
	helper(l, HELPER_cpuid, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
}

static void
put_time(struct lift *l)
{
	ref t = helper(l, HELPER_rdtsc, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
	ref low = op1(l, OP_wrap, I32, t);
	ref n = iconst(l, I64, 32);
	ref high = op2(l, OP_shru, I64, t, n);

	putreg(l, ZYDIS_REGISTER_EAX, low);
	setvar(l, VAR_RDX, high);
}

void
lift_rdtsc(struct lift *l)
{
	put_time(l);
}

/* TSC_AUX, which Linux sets to node << 12 | cpu: everything runs on cpu 0 */
static void
put_cpu_number(struct lift *l)
{
	ref zero = iconst(l, I64, 0);

	setvar(l, VAR_RCX, zero);
}

void
lift_rdtscp(struct lift *l)
{
	put_time(l);
	put_cpu_number(l);
}

void
lift_rdpid(struct lift *l)
{
	ref zero = iconst(l, I64, 0);

	put(l, DST, zero);
}

/* CF says that there is a number, which is always so; the other flags are cleared */
void
lift_rdrand(struct lift *l)
{
	ref r = helper(l, HELPER_rdrand, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
	ref cf = iconst(l, I64, EF_CF);

	r = narrow(l, l->size, r);
	put(l, DST, r);
	flags_word_set(l, cf);
}

void
trap_on(struct lift *l, ref r, u32 value, enum trap trap)
{
	ref k = iconst(l, I32, value);

	r = op2(l, OP_eq, I32, r, k);
	trapif(l, r, trap);
}

void
lift_xgetbv(struct lift *l)
{
	ref c = getreg(l, ZYDIS_REGISTER_ECX);
	ref r = helper(l, HELPER_xgetbv, c, REF_NONE, REF_NONE, REF_NONE);
	ref low = op1(l, OP_wrap, I32, r), zero = iconst(l, I64, 0);

	trap_on(l, low, 0, TRAP_UD);
	trap_on(l, low, 1, TRAP_PRIVILEGED);
	putreg(l, ZYDIS_REGISTER_EAX, low);
	setvar(l, VAR_RDX, zero);
}

static ref
xsave_address(struct lift *l)
{
	struct ea m = mem(l, DST);
	ref k = iconst(l, I32, m.offset);

	return op2(l, OP_add, I32, m.addr, k);
}

static void
xsave(struct lift *l, enum xsave_form form)
{
	ref at = xsave_address(l);
	ref set = getreg(l, ZYDIS_REGISTER_EAX);
	ref k = iconst(l, I32, form);
	ref r = helper(l, HELPER_x87_xsave, at, set, k, REF_NONE);

	trap_on(l, r, TRAP_UD, TRAP_UD);
	trap_on(l, r, TRAP_PRIVILEGED, TRAP_PRIVILEGED);
}

void
lift_xsave(struct lift *l)
{
	xsave(l, XSAVE_ALL);
}

void
lift_xsaveopt(struct lift *l)
{
	xsave(l, XSAVE_OPT);
}

void
lift_xsavec(struct lift *l)
{
	xsave(l, XSAVE_COMPACT);
}

void
lift_xrstor(struct lift *l)
{
	ref at = xsave_address(l);
	ref set = getreg(l, ZYDIS_REGISTER_EAX);
	ref r = helper(l, HELPER_x87_xrstor, at, set, REF_NONE, REF_NONE);

	trap_on(l, r, TRAP_UD, TRAP_UD);
	trap_on(l, r, TRAP_PRIVILEGED, TRAP_PRIVILEGED);
	trap_on(l, r, TRAP_EXACT, TRAP_EXACT);
}
