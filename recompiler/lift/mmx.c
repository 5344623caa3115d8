/*
 * mmx.c - MMX registers are the significands of the x87 registers, by physical number (SDM volume 1, 9.2.2 and 9.5.1): every
 * instruction but emms sets TOP to 0 and all tags to valid; a write also sets sign and exponent to ones.
 */
#include "sse.h"

static ZydisRegister
mm_reg(struct lift *l, int n)
{
	return is_reg(l, n) ? operand(l, n)->reg.value : ZYDIS_REGISTER_NONE;
}

bool
is_mm(struct lift *l, int n)
{
	ZydisRegister r;

	if (n >= l->in->z.operand_count_visible)
		return false;
	r = mm_reg(l, n);
	return r >= ZYDIS_REGISTER_MM0 && r <= ZYDIS_REGISTER_MM7;
}

bool
is_mmx(struct lift *l)
{
	return is_mm(l, 0) || is_mm(l, 1);
}

static u32
mm_offset(struct lift *l, int n)
{
	u32 i = mm_reg(l, n) - ZYDIS_REGISTER_MM0;

	return offsetof(struct cpu, st) + i * sizeof(struct x87reg);
}

void
mmx_enter(struct lift *l)
{
	ref fsw = cpuload(l, I32, 2, offsetof(struct cpu, fsw));
	ref keep = iconst(l, I32, 0xc7ff);
	ref r = op2(l, OP_and, I32, fsw, keep);
	ref valid = iconst(l, I32, 0);

	cpustore(l, I32, 2, offsetof(struct cpu, fsw), r);
	cpustore(l, I32, 2, offsetof(struct cpu, ftw), valid);
}

ref
getmm(struct lift *l, int n)
{
	return cpuload(l, I64, 8, mm_offset(l, n) + offsetof(struct x87reg, mant));
}

void
putmm(struct lift *l, int n, ref x)
{
	u32 at = mm_offset(l, n);
	ref ones = iconst(l, I32, 0xffff);

	cpustore(l, I64, 8, at + offsetof(struct x87reg, mant), x);
	cpustore(l, I32, 2, at + offsetof(struct x87reg, se), ones);
}

void
lift_emms(struct lift *l)
{
	ref empty = iconst(l, I32, 0xffff);

	cpustore(l, I32, 2, offsetof(struct cpu, ftw), empty);
}

void
lift_pshufw(struct lift *l)
{
	u8 imm = immediate(l, 2);
	u8 lanes[16] = { 0 };
	ref a = getv(l, SRC);
	ref r;

	for (int i = 0; i < 16; i++)
		lanes[i] = i < 8 ? 2 * (imm >> (i / 2 * 2) & 3) + i % 2 : 16;
	r = shuffle(l, a, zero(l), lanes);
	putv(l, DST, r);
}

void
lift_movq2dq(struct lift *l)
{
	ref a = getmm(l, SRC);

	setvar(l, xmmvar(l, DST), zero(l));
	setlo(l, xmmvar(l, DST), I64, a);
	mmx_enter(l);
}

void
lift_movdq2q(struct lift *l)
{
	ref a = getxlo(l, SRC, I64);

	putmm(l, DST, a);
	mmx_enter(l);
}

void
lift_movntq(struct lift *l)
{
	struct ea m = mem(l, DST);
	ref a = getmm(l, SRC);

	store(l, I64, 8, m.addr, m.offset, a);
	mmx_enter(l);
}
