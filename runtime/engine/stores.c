/*
 * stores.c - where an instruction will write guest memory: for the lockstep tool (docs/lockstep.md), which compares the bytes afterwards.
 */
#include "engine.h"
#include "../../recompiler/recompiler.h"

enum { MOST = 64 };                      /* bytes compared; larger images hold what differs from processor to processor */

static u64
register_value(const struct cpu *cpu, ZydisRegister r)
{
	if (r == ZYDIS_REGISTER_RIP || r == ZYDIS_REGISTER_NONE)
		return 0;
	if (r >= ZYDIS_REGISTER_RAX && r <= ZYDIS_REGISTER_R15)
		return cpu->r[r - ZYDIS_REGISTER_RAX];
	return r >= ZYDIS_REGISTER_EAX && r <= ZYDIS_REGISTER_R15D ? (u32)cpu->r[r - ZYDIS_REGISTER_EAX] : 0;
}

static u64
stored(const struct cpu *cpu, const struct insn *in, const ZydisDecodedOperand *o)
{
	u64 n = o->size / 8, a = register_value(cpu, o->mem.base) + register_value(cpu, o->mem.index) * o->mem.scale + (u64)o->mem.disp.value;
	bool hidden = o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;

	if (o->mem.base == ZYDIS_REGISTER_RIP)
		a += cpu->rip + in->z.length;
	if (hidden && o->mem.base == ZYDIS_REGISTER_RSP)         /* push, call */
		a -= n;
	if (o->mem.segment == ZYDIS_REGISTER_FS)
		a += cpu->fsbase;
	if (o->mem.segment == ZYDIS_REGISTER_GS)
		a += cpu->gsbase;
	if (in->z.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) {
		u64 rounds = cpu->r[VAR_RCX];

		if (rounds > MOST / n)
			return 0;
		if (cpu->df)
			a -= (rounds - 1) * n;
		n *= rounds;
	}
	return n <= MOST ? (a & 0xffffffff) << 32 | n : 0;
}

/* address << 32 | bytes; 0: nothing, or it cannot be said before */
u64
insn_stores(const struct cpu *cpu)
{
	struct insn in;

	if (!decode(&in, cpu->rip, GUEST(const u8, cpu->rip), 15) || in.z.meta.isa_ext == ZYDIS_ISA_EXT_X87)
		return 0;
	switch (in.z.mnemonic) {
	case ZYDIS_MNEMONIC_ENTER: case ZYDIS_MNEMONIC_PUSHFQ: case ZYDIS_MNEMONIC_PUSHF: case ZYDIS_MNEMONIC_POP: return 0;
	default: break;
	}
	for (u32 i = 0; i < in.z.operand_count; i++) {
		const ZydisDecodedOperand *o = &in.op[i];
		bool bit = o->type == ZYDIS_OPERAND_TYPE_MEMORY && in.op[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    (in.z.mnemonic == ZYDIS_MNEMONIC_BTS || in.z.mnemonic == ZYDIS_MNEMONIC_BTR || in.z.mnemonic == ZYDIS_MNEMONIC_BTC);

		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE && !bit && o->mem.type == ZYDIS_MEMOP_TYPE_MEM)
			return stored(cpu, &in, o);
	}
	return 0;
}
