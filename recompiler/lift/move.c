/*
 * move.c - data movement: mov and its extensions, lea, push and pop, frames, xlat, the cbw family, segment bases.
 */
#include "lift.h"

void
lift_mov(struct lift *l)
{
	ref x;

	if (is_reg(l, DST) && operand(l, DST)->reg.value >= ZYDIS_REGISTER_ES &&
	    operand(l, DST)->reg.value <= ZYDIS_REGISTER_GS) {
		load_segment(l);
		return;
	}
	if ((is_reg(l, DST) && operand(l, DST)->reg.value >= ZYDIS_REGISTER_CR0) ||
	    (is_reg(l, SRC) && operand(l, SRC)->reg.value >= ZYDIS_REGISTER_CR0)) {
		raise_trap(l, TRAP_PRIVILEGED);
		return;
	}
	x = get(l, SRC);
	if (is_reg(l, SRC) && l->size == 8 && osize(l, SRC) == 2)       /* mov r64, sreg */
		x = op1(l, OP_extu, I64, x);
	put(l, DST, x);
}

void
lift_movzx(struct lift *l)
{
	ref x = get(l, SRC);

	if (l->size == 8)
		x = op1(l, OP_extu, I64, x);
	put(l, DST, x);
}

/* movsx and movsxd; the latter's 32-bit form is a plain move */
void
lift_movsx(struct lift *l)
{
	u8 size = osize(l, SRC);
	ref x;

	if (l->size == 8 && is_mem(l, SRC)) {
		struct ea ea = mem(l, SRC);

		x = loads(l, I64, size, ea.addr, ea.offset);
	} else {
		x = gets(l, SRC);
		if (l->size == 8 && size != 8)
			x = op1(l, OP_exts, I64, x);
	}
	put(l, DST, x);
}

void
lift_lea(struct lift *l)
{
	ref x = lea(l, SRC, itype(l->size));

	put(l, DST, x);
}

/* ---- the stack ---- */

static u8
stack_size(struct lift *l)
{
	return l->in->z.operand_width == 16 ? 2 : 8;
}

void
lift_push(struct lift *l)
{
	u8 size = stack_size(l);
	ref x;

	if (is_imm(l, DST)) {
		x = iconst(l, itype(size), operand(l, DST)->imm.value.s);
	} else {
		x = get(l, DST);
		if (size == 8 && osize(l, DST) != 8)                    /* push fs */
			x = op1(l, OP_extu, I64, x);
	}
	push(l, size, x);
}

/* The address of a memory destination counts from the rsp after the pop; pop rsp takes the value read. */
void
lift_pop(struct lift *l)
{
	u8 size = stack_size(l);
	ref x = pop(l, size, itype(size));

	if (is_reg(l, DST) && operand(l, DST)->reg.value >= ZYDIS_REGISTER_ES &&
	    operand(l, DST)->reg.value <= ZYDIS_REGISTER_GS)
		return;
	put(l, DST, x);
}

void
lift_leave(struct lift *l)
{
	u8 size = stack_size(l);
	ref rbp = getvar(l, VAR_RBP);
	ref a = op1(l, OP_wrap, I32, rbp);
	ref x = load(l, itype(size), size, a, 0);
	ref n = iconst(l, I64, size);

	rbp = op2(l, OP_add, I64, rbp, n);
	setvar(l, VAR_RSP, rbp);
	putreg(l, size == 8 ? ZYDIS_REGISTER_RBP : ZYDIS_REGISTER_BP, x);
}

/* enter size, level: the level's frame pointers are copied one by one */
void
lift_enter(struct lift *l)
{
	u8 size = stack_size(l);
	u32 level = operand(l, SRC)->imm.value.u & 31;
	enum type t = itype(size);
	ZydisRegister bp = size == 8 ? ZYDIS_REGISTER_RBP : ZYDIS_REGISTER_BP;
	ref rbp = getvar(l, VAR_RBP);
	ref x = getreg(l, bp), frame, n, a;

	push(l, size, x);
	frame = getvar(l, VAR_RSP);
	for (u32 i = 1; i < level; i++) {
		n = iconst(l, I64, size);
		rbp = op2(l, OP_sub, I64, rbp, n);
		a = op1(l, OP_wrap, I32, rbp);
		x = load(l, t, size, a, 0);
		push(l, size, x);
	}
	if (level > 0) {
		x = size == 8 ? frame : narrow(l, size, frame);
		push(l, size, x);
	}
	n = iconst(l, I64, operand(l, DST)->imm.value.u);
	x = getvar(l, VAR_RSP);
	x = op2(l, OP_sub, I64, x, n);
	setvar(l, VAR_RSP, x);
	x = size == 8 ? frame : narrow(l, size, frame);
	putreg(l, bp, x);
}

/* ---- sign extensions of the accumulator ---- */

/* cbw cwde cdqe: al -> ax -> eax -> rax */
static void
extend(struct lift *l, u8 from, ZydisRegister src, ZydisRegister dst)
{
	ref x = getreg(l, src);

	switch (from) {
	case 1: x = op1(l, OP_i32_ext8s, I32, x); break;
	case 2: x = op1(l, OP_i32_ext16s, I32, x); break;
	case 4: x = op1(l, OP_exts, I64, x); break;
	}
	putreg(l, dst, x);
}

void
lift_cbw(struct lift *l)
{
	extend(l, 1, ZYDIS_REGISTER_AL, ZYDIS_REGISTER_AX);
}

void
lift_cwde(struct lift *l)
{
	extend(l, 2, ZYDIS_REGISTER_AX, ZYDIS_REGISTER_EAX);
}

void
lift_cdqe(struct lift *l)
{
	extend(l, 4, ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX);
}

/* cwd cdq cqo: the sign of the accumulator into all of (r|e)dx */
void
lift_cwd(struct lift *l)
{
	ref x = getreg(l, ZYDIS_REGISTER_AX);
	ref n = iconst(l, I32, 15);

	x = op1(l, OP_i32_ext16s, I32, x);
	x = op2(l, OP_shrs, I32, x, n);
	putreg(l, ZYDIS_REGISTER_DX, x);
}

void
lift_cdq(struct lift *l)
{
	ref x = getreg(l, ZYDIS_REGISTER_EAX);
	ref n = iconst(l, I32, 31);

	x = op2(l, OP_shrs, I32, x, n);
	putreg(l, ZYDIS_REGISTER_EDX, x);
}

void
lift_cqo(struct lift *l)
{
	ref x = getvar(l, VAR_RAX);
	ref n = iconst(l, I64, 63);

	x = op2(l, OP_shrs, I64, x, n);
	setvar(l, VAR_RDX, x);
}

void
lift_xlat(struct lift *l)
{
	ZydisRegister seg = ZYDIS_REGISTER_NONE;
	bool wide = l->in->z.address_width == 64;
	ref rbx = getreg(l, wide ? ZYDIS_REGISTER_RBX : ZYDIS_REGISTER_EBX);
	ref al = getreg(l, ZYDIS_REGISTER_AL);
	ref a = wide ? op1(l, OP_wrap, I32, rbx) : rbx;
	ref x;

	if (l->in->z.attributes & ZYDIS_ATTRIB_HAS_SEGMENT_FS)
		seg = ZYDIS_REGISTER_FS;
	if (l->in->z.attributes & ZYDIS_ATTRIB_HAS_SEGMENT_GS)
		seg = ZYDIS_REGISTER_GS;
	if (seg != ZYDIS_REGISTER_NONE) {
		x = getvar(l, seg == ZYDIS_REGISTER_FS ? VAR_FSBASE : VAR_GSBASE);
		x = op1(l, OP_wrap, I32, x);
		a = op2(l, OP_add, I32, a, x);
	}
	a = op2(l, OP_add, I32, a, al);
	x = load(l, I32, 1, a, 0);
	putreg(l, ZYDIS_REGISTER_AL, x);
}

/* movnti: the hint is all that differs from mov */
void
lift_movnti(struct lift *l)
{
	ref x = get(l, SRC);

	put(l, DST, x);
}

/* ---- segment bases ---- */

static void
read_base(struct lift *l, enum var v)
{
	ref x = getvar(l, v);

	if (l->size == 4)
		x = op1(l, OP_wrap, I32, x);
	put(l, DST, x);
}

static void
write_base(struct lift *l, enum var v)
{
	ref x = get(l, DST);

	if (l->size == 4)
		x = op1(l, OP_extu, I64, x);
	setvar(l, v, x);
}

void
lift_rdfsbase(struct lift *l)
{
	read_base(l, VAR_FSBASE);
}

void
lift_rdgsbase(struct lift *l)
{
	read_base(l, VAR_GSBASE);
}

void
lift_wrfsbase(struct lift *l)
{
	write_base(l, VAR_FSBASE);
}

void
lift_wrgsbase(struct lift *l)
{
	write_base(l, VAR_GSBASE);
}
