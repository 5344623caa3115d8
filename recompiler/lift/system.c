/*
 * system.c - instructions about the processor: hints and fences, cpuid, the time stamp counter, and what user code may not
 * execute.
 */
#include "lift.h"

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
