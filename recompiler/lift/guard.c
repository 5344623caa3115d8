/*
 * guard.c - --precise-faults: OP_guard for every memory operand, in front of everything else that the instruction does, so that the variables hold
 * its start when it fails. Addresses are whole 64-bit sums here: a wild pointer above 4 GiB must not be cut down to a good one.
 * Repeated string instructions have their guards in strings.c, bit tests with a register offset in bits.c. Masked stores and loads are not
 * checked: only the bytes of their mask count.
 */
#include "lift.h"
#include "../../include/layout.h"

void
guard(struct lift *l, ref addr, u32 bytes, bool write)
{
	struct ins in = {
		.op = OP_guard, .pc = l->pc, .arg = { addr, REF_NONE, REF_NONE, REF_NONE },
		.imm = { write ? PERM_WRITE : PERM_READ, bytes }
	};

	ir_ins(l->f, l->b, in);
}

static ref
plus64(struct lift *l, ref a, ref b)
{
	return a == REF_NONE ? b : op2(l, OP_add, I64, a, b);
}

static ref
wide(struct lift *l, ZydisRegister r)
{
	ref x = getreg(l, r);

	return widen(l, ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, r) / 8, x);
}

/* The address of a memory operand as 64 bits, plus more. */
static ref
address64(struct lift *l, const ZydisDecodedOperand *o, i64 more)
{
	i64 disp = more + (o->mem.disp.has_displacement ? o->mem.disp.value : 0);
	ref a = REF_NONE, b, n;

	if (o->mem.base == ZYDIS_REGISTER_RIP || o->mem.base == ZYDIS_REGISTER_EIP) {
		a = addr(l, I64, l->next + (u32)disp);
		disp = 0;
	} else if (o->mem.base != ZYDIS_REGISTER_NONE) {
		a = wide(l, o->mem.base);
	}
	if (o->mem.index != ZYDIS_REGISTER_NONE) {
		b = wide(l, o->mem.index);
		if (o->mem.scale > 1) {
			n = iconst(l, I64, __builtin_ctz(o->mem.scale));
			b = op2(l, OP_shl, I64, b, n);
		}
		a = plus64(l, a, b);
	}
	if (disp != 0 || a == REF_NONE) {
		b = iconst(l, I64, (u64)disp);
		a = plus64(l, a, b);
	}
	if (l->in->z.address_width == 32) {
		n = iconst(l, I64, 0xffffffff);
		a = op2(l, OP_and, I64, a, n);
	}
	if (o->mem.segment == ZYDIS_REGISTER_FS || o->mem.segment == ZYDIS_REGISTER_GS) {
		b = getvar(l, o->mem.segment == ZYDIS_REGISTER_FS ? VAR_FSBASE : VAR_GSBASE);
		a = plus64(l, a, b);
	}
	return a;
}

static bool
repeated(const struct insn *in)
{
	if (in->z.meta.category != ZYDIS_CATEGORY_STRINGOP)
		return false;
	for (u32 i = 0; i < in->z.raw.prefix_count; i++)
		if (in->z.raw.prefixes[i].value == 0xf3 || in->z.raw.prefixes[i].value == 0xf2)
			return true;
	return false;
}

/* accesses nothing, something else than the operand says, or only what a mask selects */
static bool
exempt(const struct insn *in)
{
	switch (in->z.meta.category) {
	case ZYDIS_CATEGORY_NOP: case ZYDIS_CATEGORY_WIDENOP: case ZYDIS_CATEGORY_PREFETCH: case ZYDIS_CATEGORY_PREFETCHWT1:
		return true;
	default:
		break;
	}
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_BT: case ZYDIS_MNEMONIC_BTS: case ZYDIS_MNEMONIC_BTR: case ZYDIS_MNEMONIC_BTC:
		return in->op[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
	case ZYDIS_MNEMONIC_MASKMOVQ: case ZYDIS_MNEMONIC_MASKMOVDQU: case ZYDIS_MNEMONIC_VMASKMOVDQU:
	case ZYDIS_MNEMONIC_VMASKMOVPS: case ZYDIS_MNEMONIC_VMASKMOVPD: case ZYDIS_MNEMONIC_VPMASKMOVD: case ZYDIS_MNEMONIC_VPMASKMOVQ:
		return true;
	default:
		return repeated(in);
	}
}

/* Legacy SSE operands of 16 bytes must be aligned (SDM volume 1, 11.3), but for the moves that say otherwise. */
static bool
aligned_form(const struct insn *in)
{
	switch (in->z.meta.exception_class) {
	case ZYDIS_EXCEPTION_CLASS_SSE1: case ZYDIS_EXCEPTION_CLASS_SSE2: case ZYDIS_EXCEPTION_CLASS_SSE4:
		break;
	default:
		return false;
	}
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_MOVUPS: case ZYDIS_MNEMONIC_MOVUPD: case ZYDIS_MNEMONIC_MOVDQU: case ZYDIS_MNEMONIC_LDDQU:
	case ZYDIS_MNEMONIC_PCMPESTRI: case ZYDIS_MNEMONIC_PCMPESTRM: case ZYDIS_MNEMONIC_PCMPISTRI: case ZYDIS_MNEMONIC_PCMPISTRM:
		return false;
	default:
		return true;
	}
}

static void
guard_aligned(struct lift *l, ref a)
{
	ref n = iconst(l, I32, 15);
	ref x = op1(l, OP_wrap, I32, a);

	x = op2(l, OP_and, I32, x, n);
	trapif(l, x, TRAP_ALIGN);
}

void
guard_operand(struct lift *l, u32 n)
{
	const ZydisDecodedOperand *o = &l->in->op[n];
	bool write = o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
	bool hidden = n >= l->in->z.operand_count_visible;
	i64 more = 0;
	ref a, al;

	if (hidden && o->mem.base == ZYDIS_REGISTER_RSP && write)
		more = -(i64)(o->size / 8);             /* pushed */
	if (!hidden && o->mem.base == ZYDIS_REGISTER_RSP && l->in->z.meta.category == ZYDIS_CATEGORY_POP)
		more = o->size / 8;                     /* pop computes its address with the new rsp */
	a = address64(l, o, more);
	if (l->in->z.mnemonic == ZYDIS_MNEMONIC_XLAT) {
		al = wide(l, ZYDIS_REGISTER_AL);
		a = op2(l, OP_add, I64, a, al);
	}
	if (o->size == 128 && aligned_form(l->in))
		guard_aligned(l, a);
	guard(l, a, o->size / 8, write);
	if (!hidden && more == 0 && l->ea_for == 0) {
		l->ea.addr = op1(l, OP_wrap, I32, a);
		l->ea.offset = 0;
		l->ea_for = n + 1;
		l->ea_blk = l->b;
	}
}

void
guard_operands(struct lift *l)
{
	if (exempt(l->in))
		return;
	for (u32 n = 0; n < l->in->z.operand_count; n++) {
		const ZydisDecodedOperand *o = &l->in->op[n];

		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.type == ZYDIS_MEMOP_TYPE_MEM && o->size >= 8)
			guard_operand(l, n);
	}
}
