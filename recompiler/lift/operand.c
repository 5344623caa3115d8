/*
 * operand.c - what every lift function is made of: instruction builders, registers, memory operands, the guest's stack.
 * Addresses are computed in I32, which is exact because all guest memory lies below 4 GiB and address arithmetic
 * modulo 2^32 drops only bits that a valid address does not have. Operand order of Zydis is the manual's.
 */
#include <string.h>
#include "lift.h"

/* ---- builders ---- */

static ref
emit(struct lift *l, struct ins in)
{
	in.pc = l->pc;
	return ir_ins(l->f, l->b, in);
}

static struct ins
blank(enum op op, enum type t)
{
	struct ins in;

	memset(&in, 0, sizeof in);
	in.op = op;
	in.type = t;
	in.arg[0] = in.arg[1] = in.arg[2] = in.arg[3] = REF_NONE;
	return in;
}

ref
op0(struct lift *l, enum op op, enum type t)
{
	return emit(l, blank(op, t));
}

ref
op1(struct lift *l, enum op op, enum type t, ref a)
{
	struct ins in = blank(op, t);

	in.arg[0] = a;
	return emit(l, in);
}

ref
op2(struct lift *l, enum op op, enum type t, ref a, ref b)
{
	struct ins in = blank(op, t);

	in.arg[0] = a;
	in.arg[1] = b;
	return emit(l, in);
}

ref
op3(struct lift *l, enum op op, enum type t, ref a, ref b, ref c)
{
	struct ins in = blank(op, t);

	in.arg[0] = a;
	in.arg[1] = b;
	in.arg[2] = c;
	return emit(l, in);
}

ref
opi(struct lift *l, enum op op, enum type t, ref a, u64 imm)
{
	struct ins in = blank(op, t);

	in.arg[0] = a;
	in.imm[0] = imm;
	return emit(l, in);
}

ref
iconst(struct lift *l, enum type t, u64 v)
{
	struct ins in = blank(OP_const, t);

	in.imm[0] = t == I32 || t == F32 ? (u32)v : v;
	return emit(l, in);
}

ref
vconst(struct lift *l, u64 lo, u64 hi)
{
	struct ins in = blank(OP_vconst, V128);

	in.imm[0] = lo;
	in.imm[1] = hi;
	return emit(l, in);
}

ref
shuffle(struct lift *l, ref a, ref b, const u8 lanes[16])
{
	struct ins in = blank(OP_shuffle, V128);

	in.arg[0] = a;
	in.arg[1] = b;
	memcpy(in.imm, lanes, 16);
	return emit(l, in);
}

ref
getvar(struct lift *l, enum var v)
{
	return opi(l, OP_get, var_type(l->f, v), REF_NONE, v);
}

void
setvar(struct lift *l, enum var v, ref x)
{
	opi(l, OP_set, var_type(l->f, v), x, v);
}

ref
getlo(struct lift *l, enum var v, enum type t)
{
	return opi(l, OP_getlo, t, REF_NONE, v);
}

void
setlo(struct lift *l, enum var v, enum type t, ref x)
{
	opi(l, OP_setlo, t, x, v);
}

static ref
memop(struct lift *l, enum op op, enum type t, u8 size, ref addr, u32 offset, ref x)
{
	struct ins in = blank(op, t);

	in.size = size;
	in.arg[0] = addr;
	in.arg[1] = x;
	in.imm[0] = offset;
	return emit(l, in);
}

ref
load(struct lift *l, enum type t, u8 size, ref addr, u32 offset)
{
	return memop(l, OP_load, t, size, addr, offset, REF_NONE);
}

ref
loads(struct lift *l, enum type t, u8 size, ref addr, u32 offset)
{
	return memop(l, OP_loads, t, size, addr, offset, REF_NONE);
}

void
store(struct lift *l, enum type t, u8 size, ref addr, u32 offset, ref x)
{
	memop(l, OP_store, t, size, addr, offset, x);
}

ref
rmw(struct lift *l, enum op op, u8 size, struct ea ea, ref x)
{
	return memop(l, op, itype(size), size, ea.addr, ea.offset, x);
}

ref
cmpxchg(struct lift *l, u8 size, struct ea ea, ref expected, ref new)
{
	struct ins in = blank(OP_cmpxchg, itype(size));

	in.size = size;
	in.arg[0] = ea.addr;
	in.arg[1] = expected;
	in.arg[2] = new;
	in.imm[0] = ea.offset;
	return emit(l, in);
}

ref
cpuload(struct lift *l, enum type t, u8 size, u32 offset)
{
	struct ins in = blank(OP_cpuload, t);

	in.size = size;
	in.imm[0] = offset;
	return emit(l, in);
}

void
cpustore(struct lift *l, enum type t, u8 size, u32 offset, ref x)
{
	struct ins in = blank(OP_cpustore, t);

	in.size = size;
	in.arg[0] = x;
	in.imm[0] = offset;
	emit(l, in);
}

ref
helper(struct lift *l, enum helper h, ref a, ref b, ref c, ref d)
{
	struct ins in = blank(OP_helper, T_NONE);

	switch (helperinfo[h].res) {
	case 'i': in.type = I32; break;
	case 'l': in.type = I64; break;
	case 'f': in.type = F32; break;
	case 'd': in.type = F64; break;
	}
	in.arg[0] = a;
	in.arg[1] = b;
	in.arg[2] = c;
	in.arg[3] = d;
	in.imm[0] = h;
	return emit(l, in);
}

void
trapif(struct lift *l, ref cond, enum trap trap)
{
	opi(l, OP_trapif, T_NONE, cond, trap);
}

ref
addr(struct lift *l, enum type t, u32 link)
{
	return opi(l, OP_addr, t, REF_NONE, link);
}

/* ---- operand shapes ---- */

const ZydisDecodedOperand *
operand(struct lift *l, int n)
{
	return &l->in->op[n];
}

bool
is_mem(struct lift *l, int n)
{
	return l->in->op[n].type == ZYDIS_OPERAND_TYPE_MEMORY;
}

bool
is_reg(struct lift *l, int n)
{
	return l->in->op[n].type == ZYDIS_OPERAND_TYPE_REGISTER;
}

bool
is_imm(struct lift *l, int n)
{
	return l->in->op[n].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

bool
has_lock(struct lift *l)
{
	return l->in->z.attributes & ZYDIS_ATTRIB_HAS_LOCK;
}

u8
osize(struct lift *l, int n)
{
	return l->in->op[n].size / 8;
}

enum type
itype(u8 size)
{
	return size == 8 ? I64 : I32;
}

/* ---- widths ---- */

/* true if the instruction's I32 result has no bit above size bytes by construction */
static bool
fits(const struct ins *in, u8 size)
{
	switch (in->op) {
	case OP_const:
		return in->imm[0] >> 8 * size == 0;
	case OP_load:
		return in->size <= size;
	case OP_cond: case OP_eqz: case OP_eq: case OP_ne: case OP_lts: case OP_ltu: case OP_gts: case OP_gtu:
	case OP_les: case OP_leu: case OP_ges: case OP_geu:
		return true;
	}
	return false;
}

ref
zext(struct lift *l, u8 size, ref x)
{
	const struct ins *in = &l->f->blk[l->b].ins[x];
	ref mask;

	if (size >= 4 || fits(in, size))
		return x;
	if (in->op == OP_and) {
		const struct ins *m = &l->f->blk[l->b].ins[in->arg[1]];

		if (m->op == OP_const && fits(m, size))
			return x;
	}
	mask = iconst(l, I32, size == 1 ? 0xff : 0xffff);
	return op2(l, OP_and, I32, x, mask);
}

static ref
sext(struct lift *l, u8 size, ref x)
{
	if (size == 1)
		return op1(l, OP_i32_ext8s, I32, x);
	if (size == 2)
		return op1(l, OP_i32_ext16s, I32, x);
	return x;
}

ref
widen(struct lift *l, u8 size, ref x)
{
	if (size == 8)
		return x;
	x = zext(l, size, x);
	return op1(l, OP_extu, I64, x);
}

ref
narrow(struct lift *l, u8 size, ref x)
{
	if (size == 8)
		return x;
	x = op1(l, OP_wrap, I32, x);
	return zext(l, size, x);
}

ref
topbit(struct lift *l, u8 size, ref x)
{
	enum type t = itype(size);
	ref n;

	if (size < 4)
		x = zext(l, size, x);
	n = iconst(l, t, 8 * size - 1);
	x = op2(l, OP_shru, t, x, n);
	return size == 8 ? op1(l, OP_wrap, I32, x) : x;
}

/* ---- registers ---- */

struct part {
	enum var var;
	u8 size;
	bool high;                   /* ah ch dh bh */
};

static struct part
gpr(ZydisRegister r)
{
	struct part p = { 0 };

	if (r >= ZYDIS_REGISTER_AL && r <= ZYDIS_REGISTER_R15B) {
		u32 n = r - ZYDIS_REGISTER_AL;          /* al cl dl bl ah ch dh bh spl bpl sil dil r8b.. */

		p.size = 1;
		p.high = n >= 4 && n < 8;
		p.var = VAR_RAX + (n < 4 ? n : n - 4);
	} else if (r >= ZYDIS_REGISTER_AX && r <= ZYDIS_REGISTER_R15W) {
		p.size = 2;
		p.var = VAR_RAX + (r - ZYDIS_REGISTER_AX);
	} else if (r >= ZYDIS_REGISTER_EAX && r <= ZYDIS_REGISTER_R15D) {
		p.size = 4;
		p.var = VAR_RAX + (r - ZYDIS_REGISTER_EAX);
	} else if (r >= ZYDIS_REGISTER_RAX && r <= ZYDIS_REGISTER_R15) {
		p.size = 8;
		p.var = VAR_RAX + (r - ZYDIS_REGISTER_RAX);
	}
	return p;
}

ref
getreg(struct lift *l, ZydisRegister r)
{
	struct part p = gpr(r);
	ref x;

	if (p.size == 0) {                              /* a segment register: the flat selectors of Linux */
		u32 sel = r == ZYDIS_REGISTER_CS ? 0x33 : r == ZYDIS_REGISTER_SS ? 0x2b : 0;

		return iconst(l, I32, sel);
	}
	x = getvar(l, p.var);
	if (p.size == 8)
		return x;
	x = op1(l, OP_wrap, I32, x);
	if (p.high) {
		ref eight = iconst(l, I32, 8);

		x = op2(l, OP_shru, I32, x, eight);
	}
	return zext(l, p.size, x);
}

void
putreg(struct lift *l, ZydisRegister r, ref x)
{
	struct part p = gpr(r);
	u64 keep;
	ref old, mask;

	if (p.size == 8) {
		setvar(l, p.var, x);
		return;
	}
	x = widen(l, p.size, x);
	if (p.size == 4) {
		setvar(l, p.var, x);
		return;
	}
	keep = p.size == 2 ? ~0xffffULL : ~0xffULL;
	if (p.high) {
		ref eight = iconst(l, I64, 8);

		x = op2(l, OP_shl, I64, x, eight);
		keep = ~0xff00ULL;
	}
	old = getvar(l, p.var);
	mask = iconst(l, I64, keep);
	old = op2(l, OP_and, I64, old, mask);
	x = op2(l, OP_or, I64, old, x);
	setvar(l, p.var, x);
}

void
putreg_if(struct lift *l, ZydisRegister r, ref x, ref c)
{
	struct part p = gpr(r);
	ref old = getvar(l, p.var);

	x = widen(l, p.size, x);
	x = op3(l, OP_select, I64, x, old, c);
	setvar(l, p.var, x);
}

/* ---- memory operands ---- */

/* adds b to a, either may be missing */
static ref
plus(struct lift *l, enum type t, ref a, ref b)
{
	if (a == REF_NONE)
		return b;
	return op2(l, OP_add, t, a, b);
}

/* base and index of a memory operand in type t without displacement; REF_NONE: none */
static ref
base_index(struct lift *l, const ZydisDecodedOperand *o, enum type t)
{
	ref a = REF_NONE, i;

	if (o->mem.base != ZYDIS_REGISTER_NONE) {
		a = getreg(l, o->mem.base);
		if (gpr(o->mem.base).size == 8 && t == I32)
			a = op1(l, OP_wrap, I32, a);
	}
	if (o->mem.index != ZYDIS_REGISTER_NONE) {
		i = getreg(l, o->mem.index);
		if (gpr(o->mem.index).size == 8 && t == I32)
			i = op1(l, OP_wrap, I32, i);
		if (o->mem.scale > 1) {
			ref n = iconst(l, t, __builtin_ctz(o->mem.scale));

			i = op2(l, OP_shl, t, i, n);
		}
		a = plus(l, t, a, i);
	}
	return a;
}

static bool
is_rip(ZydisRegister r)
{
	return r == ZYDIS_REGISTER_RIP || r == ZYDIS_REGISTER_EIP;
}

struct ea
mem(struct lift *l, int n)
{
	const ZydisDecodedOperand *o = &l->in->op[n];
	i64 disp = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
	struct ea ea = { REF_NONE, 0 };
	ref a, seg, d;

	if (l->ea_for == n + 1 && l->ea_blk == l->b)
		return l->ea;
	if (is_rip(o->mem.base)) {
		a = addr(l, I32, l->next + (u32)disp);
		disp = 0;
	} else {
		a = base_index(l, o, I32);
	}
	if (o->mem.segment == ZYDIS_REGISTER_FS || o->mem.segment == ZYDIS_REGISTER_GS) {
		seg = getvar(l, o->mem.segment == ZYDIS_REGISTER_FS ? VAR_FSBASE : VAR_GSBASE);
		seg = op1(l, OP_wrap, I32, seg);
		a = plus(l, I32, a, seg);
	}
	if (a != REF_NONE && disp >= 0 && disp < (osize(l, n) > 16 ? 65520 : 65536)) {
		ea.offset = (u32)disp;
	} else {
		d = iconst(l, I32, (u64)disp);
		a = plus(l, I32, a, d);
	}
	ea.addr = a;
	l->ea = ea;
	l->ea_for = n + 1;
	l->ea_blk = l->b;
	return ea;
}

ref
lea(struct lift *l, int n, enum type t)
{
	const ZydisDecodedOperand *o = &l->in->op[n];
	i64 disp = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
	bool narrow_address = l->in->z.address_width == 32;
	enum type ct = narrow_address ? I32 : t;
	ref a, d;

	if (is_rip(o->mem.base)) {
		a = addr(l, ct, l->next + (u32)disp);
	} else {
		a = base_index(l, o, ct);
		if (disp != 0 || a == REF_NONE) {
			d = iconst(l, ct, (u64)disp);
			a = plus(l, ct, a, d);
		}
	}
	return ct == t ? a : op1(l, OP_extu, I64, a);
}

/* ---- operands ---- */

/* the sign-extended immediate */
static i64
immediate(const ZydisDecodedOperand *o)
{
	return o->imm.value.s;
}

ref
get(struct lift *l, int n)
{
	const ZydisDecodedOperand *o = &l->in->op[n];
	u8 size = osize(l, n);

	if (is_reg(l, n))
		return getreg(l, o->reg.value);
	if (is_mem(l, n)) {
		struct ea ea = mem(l, n);

		return load(l, itype(size), size, ea.addr, ea.offset);
	}
	size = l->size;
	return iconst(l, itype(size), (u64)immediate(o) & (size == 8 ? ~0ULL : (1ULL << 8 * size) - 1));
}

ref
gets(struct lift *l, int n)
{
	u8 size = osize(l, n);
	ref x;

	if (is_mem(l, n) && size < 4) {
		struct ea ea = mem(l, n);

		return loads(l, I32, size, ea.addr, ea.offset);
	}
	if (is_imm(l, n)) {
		return iconst(l, itype(l->size), (u64)immediate(operand(l, n)));
	}
	x = get(l, n);
	return sext(l, size, x);
}

void
put(struct lift *l, int n, ref x)
{
	u8 size = osize(l, n);

	if (is_mem(l, n)) {
		struct ea ea = mem(l, n);

		store(l, itype(size), size, ea.addr, ea.offset, x);
	} else {
		putreg(l, operand(l, n)->reg.value, x);
	}
}

/* ---- the guest's stack ---- */

void
push(struct lift *l, u8 size, ref x)
{
	ref rsp = getvar(l, VAR_RSP);
	ref n = iconst(l, I64, size);
	ref a;

	rsp = op2(l, OP_sub, I64, rsp, n);
	a = op1(l, OP_wrap, I32, rsp);
	store(l, itype(size), size, a, 0, x);
	setvar(l, VAR_RSP, rsp);
}

ref
pop(struct lift *l, u8 size, enum type t)
{
	ref rsp = getvar(l, VAR_RSP);
	ref n = iconst(l, I64, size);
	ref a = op1(l, OP_wrap, I32, rsp);
	ref x = load(l, t, size, a, 0);

	rsp = op2(l, OP_add, I64, rsp, n);
	setvar(l, VAR_RSP, rsp);
	return x;
}
