/*
 * symval.c - symbolic execution of one path of instructions, as far as jump tables need it: moves, address arithmetic, scaled
 * loads, masks, spills to the stack, and comparisons with constants that the path's conditional jumps confirm.
 *
 * 32-bit forms of scaling (shl, lea) count as 64-bit ones: the jump table is entered only when the whole index register is below the number
 * of entries, and then nothing wraps.
 */
#include <string.h>
#include "recompiler.h"
#include "symval.h"

int
gpr(ZydisRegister r)
{
	ZydisRegister big = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, r);

	return big >= ZYDIS_REGISTER_RAX && big <= ZYDIS_REGISTER_R15 ? (int)(big - ZYDIS_REGISTER_RAX) : -1;
}

bool
address_const(const ZydisDecodedOperand *o, const struct insn *in, u64 *v)
{
	if (o->type != ZYDIS_OPERAND_TYPE_MEMORY || o->mem.index != ZYDIS_REGISTER_NONE)
		return false;
	if (o->mem.segment == ZYDIS_REGISTER_FS || o->mem.segment == ZYDIS_REGISTER_GS)
		return false;
	if (o->mem.base == ZYDIS_REGISTER_RIP)
		*v = (u64)in->pc + in->z.length + (u64)o->mem.disp.value;
	else if (o->mem.base == ZYDIS_REGISTER_NONE)
		*v = (u64)o->mem.disp.value;
	else
		return false;
	return true;
}

/* ---- state ---- */

static u32
fresh(struct symstate *s)
{
	return s->next_id < SYM_IDS ? s->next_id++ : 0;
}

static struct symval
unknown(struct symstate *s)
{
	u32 id = fresh(s);

	return (struct symval){ .id = id, .root = id };
}

static struct symval
constant(u64 c)
{
	return (struct symval){ .kind = SYM_CONST, .c = c };
}

void
symstate_init(struct symstate *s, struct disc *d)
{
	memset(s, 0, sizeof *s);
	s->d = d;
	s->next_id = 1;
	for (int i = 0; i < 16; i++)
		s->reg[i] = unknown(s);
}

void
symstate_join(struct symstate *s, u32 pc)
{
	for (int i = 0; i < 16; i++) {
		if (s->reg[i].kind != SYM_UNKNOWN)
			s->reg[i] = unknown(s);
		s->reg[i].origin = (u8)(i + 1);
	}
	for (u32 i = 0; i < s->nslot; i++)
		if (s->slot[i].v.kind != SYM_UNKNOWN)
			s->slot[i].v = unknown(s);
		else
			s->slot[i].v.origin = 0;
	s->join = pc;
}

static bool
to_const(struct symstate *s, struct symval *v)
{
	u64 c;

	if (v->kind == SYM_UNKNOWN && v->origin && s->join && const_before(s->d, s->join, v->origin - 1u, &c))
		*v = constant(c);
	return v->kind == SYM_CONST;
}

static void
write_reg(struct symstate *s, int r, struct symval v)
{
	if (!v.root)
		v.root = fresh(s);
	if (r >= 0)
		s->reg[r] = v;
}

/* The spill slot or field that a memory operand names, or NULL; made if missing. */
static struct symval *
slot_of(struct symstate *s, const ZydisDecodedOperand *o)
{
	int base = gpr(o->mem.base);
	struct symslot *t;
	i64 off;

	if (base < 0 || o->mem.index != ZYDIS_REGISTER_NONE || !s->reg[base].root)
		return NULL;
	off = s->reg[base].off + o->mem.disp.value;
	for (u32 i = 0; i < s->nslot; i++)
		if (s->slot[i].root == s->reg[base].root && s->slot[i].off == off)
			return &s->slot[i].v;
	if (s->nslot == SYM_SLOTS) {
		memmove(s->slot, s->slot + 1, (SYM_SLOTS - 1) * sizeof *s->slot);
		s->nslot--;
	}
	t = &s->slot[s->nslot++];
	*t = (struct symslot){ .root = s->reg[base].root, .off = off, .stack = base == 4 || base == 5, .v = unknown(s) };
	return &t->v;
}

/* ---- operands ---- */

static struct symval
linear(const struct symval *x, u16 scale, int reg, u32 pc)
{
	struct symval v = { .kind = SYM_LINEAR, .scale = scale, .reg = (u8)reg, .pc = pc };

	v.id = x->id;
	v.max = x->max;
	return v;
}

static struct symval
plus(struct symstate *s, struct symval a, struct symval b)
{
	struct symval v;

	if (a.kind == SYM_CONST) {
		struct symval t = a;

		a = b;
		b = t;
	}
	if (a.kind == SYM_UNKNOWN && (b.kind == SYM_ENTRY || b.kind == SYM_LINEAR)) {
		struct symval t = a;

		a = b;
		b = t;
	}
	if (a.kind == SYM_LINEAR && b.kind == SYM_LINEAR && a.pc == b.pc && a.reg == b.reg) {
		a.scale += b.scale;
		a.c += b.c;
		return a;
	}
	if ((a.kind == SYM_ENTRY || a.kind == SYM_LINEAR || a.kind == SYM_CONST) && to_const(s, &b)) {
		if (a.kind == SYM_ENTRY)
			a.addend += b.c;
		else
			a.c += b.c;
		return a;
	}
	v = unknown(s);
	v.computed = a.kind == SYM_ENTRY || a.computed;
	if (a.kind == SYM_UNKNOWN && a.root && b.kind == SYM_CONST) {
		v.root = a.root;
		v.off = (i64)((u64)a.off + b.c);
	}
	return v;
}

/* The address of a memory operand, without its segment. */
static struct symval
address(struct symstate *s, const struct insn *in, const ZydisDecodedOperand *o)
{
	int base = gpr(o->mem.base), index = gpr(o->mem.index);
	struct symval a = constant((u64)o->mem.disp.value), x;
	u64 c;

	if (address_const(o, in, &c))
		return constant(c);
	if (in->z.address_width != 64)
		return unknown(s);
	if (index >= 0) {
		x = s->reg[index];
		if (x.kind == SYM_LINEAR && x.scale >= 16 && x.scale < 256 && !x.c)
			x.scale *= o->mem.scale;         /* too wide for table entries: a stride of code */
		else if (o->mem.scale > 1 && x.kind != SYM_CONST)
			x = linear(&x, o->mem.scale, index, in->pc);
		else if (o->mem.scale > 1)
			x.c *= o->mem.scale;
		a = plus(s, x, a);
	}
	if (base < 0)
		return a;
	if (index < 0)
		return plus(s, s->reg[base], a);
	return plus(s, a, s->reg[base]);
}

static struct symval
load(struct symstate *s, const struct insn *in, const ZydisDecodedOperand *o)
{
	struct symval a, *slot, v;
	u64 c;
	u8 size = (u8)(o->size / 8);

	if (o->mem.segment == ZYDIS_REGISTER_FS || o->mem.segment == ZYDIS_REGISTER_GS)
		return unknown(s);
	if ((slot = slot_of(s, o)) && slot->kind != SYM_UNKNOWN)
		return *slot;
	a = address(s, in, o);
	if (a.kind == SYM_LINEAR && a.scale == size && (size == 4 || size == 8)) {
		a.kind = SYM_ENTRY;
		a.size = size;
		a.bound = a.id ? s->bound[a.id] : 0;
		a.sure = a.id && s->sure[a.id];
		return a;
	}
	if (a.kind == SYM_CONST && size == 4 && read_const(s->d, a.c, size, &c))
		return constant(c);
	v = slot ? *slot : unknown(s);
	v.computed = !slot && a.computed;
	return v;
}

/* The low bits of a value, zero-extended. */
static struct symval
narrow(struct symstate *s, struct symval v, u32 bits)
{
	if (bits == 64)
		return v;
	if (v.kind == SYM_CONST) {
		v.c &= (1ULL << bits) - 1;
		return v;
	}
	if (v.kind == SYM_ENTRY && bits == 32 && v.size == 4 && !v.addend) {
		v.sext = false;
		return v;
	}
	if (v.kind == SYM_LINEAR && bits == 32)
		return v;
	if (v.kind != SYM_UNKNOWN)
		return unknown(s);
	v.origin = 0;
	v.root = 0;
	v.off = 0;
	if (bits < 32 && (!v.max || v.max > 1ULL << bits))
		v.max = 1ULL << bits;
	return v;
}

struct symval
symstate_operand(struct symstate *s, const struct insn *in, const ZydisDecodedOperand *o)
{
	int r;

	switch (o->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		r = gpr(o->reg.value);
		return r < 0 ? unknown(s) : narrow(s, s->reg[r], o->size);
	case ZYDIS_OPERAND_TYPE_MEMORY:
		return load(s, in, o);
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		return constant(o->imm.value.u);
	default:
		return unknown(s);
	}
}

static void
assign(struct symstate *s, const ZydisDecodedOperand *o, struct symval v)
{
	struct symval *slot;
	int r;

	if (o->type == ZYDIS_OPERAND_TYPE_MEMORY) {
		bool stack = gpr(o->mem.base) == 4 || gpr(o->mem.base) == 5;     /* rsp, rbp */

		slot = slot_of(s, o);
		if (slot)
			*slot = stack || v.kind == SYM_UNKNOWN ? v : unknown(s);
	} else if (o->type == ZYDIS_OPERAND_TYPE_REGISTER && (r = gpr(o->reg.value)) >= 0)
		write_reg(s, r, o->size >= 32 ? narrow(s, v, o->size) : unknown(s));
}

/* ---- instructions ---- */

static void
step_jcc(struct symstate *s, const struct insn *in, u32 next)
{
	bool taken = next != in->pc + in->z.length;
	u64 bound = 0;

	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_JNBE: case ZYDIS_MNEMONIC_JNLE: bound = taken ? 0 : s->cmp_imm + 1; break;
	case ZYDIS_MNEMONIC_JNB: case ZYDIS_MNEMONIC_JNL: bound = taken ? 0 : s->cmp_imm; break;
	case ZYDIS_MNEMONIC_JBE: case ZYDIS_MNEMONIC_JLE: bound = taken ? s->cmp_imm + 1 : 0; break;
	case ZYDIS_MNEMONIC_JB: case ZYDIS_MNEMONIC_JL: bound = taken ? s->cmp_imm : 0; break;
	default: return;
	}
	if (!bound || !s->cmp || !s->cmp_id)
		return;
	if (!s->bound[s->cmp_id] || s->bound[s->cmp_id] > bound || (s->join && !s->sure[s->cmp_id]))
		s->bound[s->cmp_id] = bound;
	s->sure[s->cmp_id] |= s->join != 0;
}

static void
step_cmp(struct symstate *s, const struct insn *in)
{
	struct symval a = symstate_operand(s, in, &in->op[0]);

	s->cmp = in->op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && a.kind == SYM_UNKNOWN && in->op[1].imm.value.u < 65536;
	s->cmp_id = a.id;
	s->cmp_imm = in->op[1].imm.value.u;
}

static struct symval
sign_extend(struct symstate *s, struct symval v)
{
	if (v.kind == SYM_CONST)
		v.c = (u64)(i64)(i32)v.c;
	else if (v.kind == SYM_ENTRY && v.size == 4 && !v.addend)
		v.sext = true;
	else if (v.kind == SYM_ENTRY)
		return unknown(s);
	v.origin = 0;
	return v;
}

static struct symval
shifted(struct symstate *s, const struct insn *in)
{
	struct symval v = symstate_operand(s, in, &in->op[0]);
	u64 by = in->op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? in->op[1].imm.value.u : 99;

	if (in->op[0].type != ZYDIS_OPERAND_TYPE_REGISTER || by > 8)
		return unknown(s);
	if (v.kind == SYM_UNKNOWN)
		return linear(&v, (u16)(1 << by), gpr(in->op[0].reg.value), in->pc);
	if (v.kind == SYM_LINEAR && !v.c && v.scale << by <= 256) {
		v.scale = (u16)(v.scale << by);
		return v;
	}
	return unknown(s);
}

static struct symval
masked(struct symstate *s, const struct insn *in)
{
	struct symval v = unknown(s);

	if (in->op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && in->op[1].imm.value.u < 65536)
		v.max = in->op[1].imm.value.u + 1;
	return v;
}

/* Everything else: what is written is no longer known. */
static void
step_other(struct symstate *s, const struct insn *in)
{
	u32 n = 0;

	for (u32 i = 0; i < in->z.operand_count; i++)
		if (in->op[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
			assign(s, &in->op[i], unknown(s));
	if (in->z.mnemonic != ZYDIS_MNEMONIC_CALL && in->z.mnemonic != ZYDIS_MNEMONIC_SYSCALL)
		return;
	for (int r = 0; r < 16; r++)
		if (0x0fc7 >> r & 1)
			write_reg(s, r, unknown(s));
	for (u32 i = 0; i < s->nslot; i++)
		if (s->slot[i].stack)
			s->slot[n++] = s->slot[i];
	s->nslot = n;
}

void
symstate_step(struct symstate *s, const struct insn *in, u32 next)
{
	const ZydisDecodedOperand *dst = &in->op[0], *src = &in->op[1];
	struct symval v;

	if (in->z.meta.category == ZYDIS_CATEGORY_COND_BR) {
		step_jcc(s, in, next);
		return;
	}
	if (in->z.mnemonic == ZYDIS_MNEMONIC_CMP) {
		step_cmp(s, in);
		return;
	}
	if (in->z.cpu_flags && in->z.cpu_flags->modified)
		s->cmp = false;
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
	case ZYDIS_MNEMONIC_MOVZX:
		v = symstate_operand(s, in, src);
		assign(s, dst, narrow(s, v, src->size));
		break;
	case ZYDIS_MNEMONIC_MOVSXD:
		v = symstate_operand(s, in, src);
		assign(s, dst, dst->size == 64 ? sign_extend(s, v) : v);
		break;
	case ZYDIS_MNEMONIC_CDQE:
		write_reg(s, 0, sign_extend(s, narrow(s, s->reg[0], 32)));
		break;
	case ZYDIS_MNEMONIC_LEA:
		assign(s, dst, address(s, in, src));
		break;
	case ZYDIS_MNEMONIC_ADD:
		v = symstate_operand(s, in, dst);
		assign(s, dst, plus(s, v, symstate_operand(s, in, src)));
		break;
	case ZYDIS_MNEMONIC_SHL:
		assign(s, dst, shifted(s, in));
		break;
	case ZYDIS_MNEMONIC_AND:
		assign(s, dst, masked(s, in));
		break;
	case ZYDIS_MNEMONIC_XOR:
		if (src->type == ZYDIS_OPERAND_TYPE_REGISTER && dst->type == src->type && dst->reg.value == src->reg.value)
			v = constant(0);
		else
			v = unknown(s);
		assign(s, dst, v);
		break;
	default:
		step_other(s, in);
	}
}
