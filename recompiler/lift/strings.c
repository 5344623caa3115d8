/*
 * strings.c - movs stos lods cmps scas. A repeat prefix becomes one helper call that does all rounds; the registers are advanced
 * here by the number of rounds. The address size chooses rsi/rdi/rcx or esi/edi/ecx.
 */
#include "lift.h"

static enum type
address_type(struct lift *l)
{
	return l->in->z.address_width == 64 ? I64 : I32;
}

static ZydisRegister
address_reg(struct lift *l, ZydisRegister r)
{
	return address_type(l) == I64 ? r : r - ZYDIS_REGISTER_RAX + ZYDIS_REGISTER_EAX;
}

/* bytes to the next element: size, or -size when DF is set */
static ref
stride(struct lift *l, enum type t)
{
	ref df = getvar(l, VAR_DF);
	ref n = iconst(l, I32, __builtin_ctz(l->size) + 1);
	ref size = iconst(l, I32, l->size);

	df = op2(l, OP_shl, I32, df, n);
	df = op2(l, OP_sub, I32, size, df);
	return t == I64 ? op1(l, OP_exts, I64, df) : df;
}

/* r += by; n: the rounds, if repeated. No round leaves the upper halves of esi, edi, ecx alone. */
static void
advance(struct lift *l, ZydisRegister r, ref by, ref n)
{
	enum type t = address_type(l);
	ref x;

	r = address_reg(l, r);
	x = getreg(l, r);
	x = op2(l, OP_add, t, x, by);
	if (t == I32 && n != REF_NONE) {
		n = op1(l, OP_wrap, I32, n);
		putreg_if(l, r, x, n);
	} else {
		putreg(l, r, x);
	}
}

static ref
element(struct lift *l, int n)
{
	struct ea ea = mem(l, n);

	return load(l, itype(l->size), l->size, ea.addr, ea.offset);
}

/* ---- repetition ---- */

enum repeat { ONCE, REP, REPNE };

/* f2 repeats movs, stos and lods just as f3 does, though the manual reserves it */
static enum repeat
repeat(struct lift *l)
{
	const ZydisDecodedInstruction *z = &l->in->z;
	enum repeat r = ONCE;

	for (u32 i = 0; i < z->raw.prefix_count; i++) {
		if (z->raw.prefixes[i].value == 0xf3)
			r = REP;
		if (z->raw.prefixes[i].value == 0xf2)
			r = REPNE;
	}
	return r;
}

static ref
rounds(struct lift *l)
{
	ref n = getreg(l, address_reg(l, ZYDIS_REGISTER_RCX));

	return address_type(l) == I64 ? n : op1(l, OP_extu, I64, n);
}

/* what the helpers need besides addresses: size, bit 8: DF, bit 9: repeat while different */
static ref
manner(struct lift *l, enum repeat r)
{
	ref df = getvar(l, VAR_DF);
	ref n = iconst(l, I32, 8);
	ref how = iconst(l, I32, l->size | (r == REPNE ? 0x200 : 0));

	df = op2(l, OP_shl, I32, df, n);
	return op2(l, OP_or, I32, df, how);
}

/* distance covered by n rounds, in the address type */
static ref
distance(struct lift *l, ref n)
{
	enum type t = address_type(l);
	ref by = stride(l, t);

	if (t == I32)
		n = op1(l, OP_wrap, I32, n);
	return op2(l, OP_mul, t, by, n);
}

static void
count_down(struct lift *l, ref n)
{
	enum type t = address_type(l);
	ref zero = iconst(l, t, 0), x = n;

	if (t == I32)
		x = op1(l, OP_wrap, I32, n);
	x = op2(l, OP_sub, t, zero, x);
	advance(l, ZYDIS_REGISTER_RCX, x, n);
}

static ref
address(struct lift *l, int n)
{
	struct ea ea = mem(l, n);

	return ea.addr;                         /* string operands have no displacement */
}

/* ---- instructions ---- */

void
lift_movs(struct lift *l)
{
	enum repeat r = repeat(l);
	ref x, by, n = REF_NONE, how, src, dst;

	if (r == ONCE) {
		x = element(l, SRC);
		put(l, DST, x);
		by = stride(l, address_type(l));
	} else {
		dst = address(l, DST);
		src = address(l, SRC);
		n = rounds(l);
		how = manner(l, r);
		helper(l, HELPER_rep_movs, dst, src, n, how);
		by = distance(l, n);
		count_down(l, n);
	}
	advance(l, ZYDIS_REGISTER_RSI, by, n);
	advance(l, ZYDIS_REGISTER_RDI, by, n);
}

void
lift_stos(struct lift *l)
{
	enum repeat r = repeat(l);
	ref x = get(l, SRC);
	ref by, n = REF_NONE, how, dst;

	if (r == ONCE) {
		put(l, DST, x);
		by = stride(l, address_type(l));
	} else {
		dst = address(l, DST);
		n = rounds(l);
		how = manner(l, r);
		x = widen(l, l->size, x);
		helper(l, HELPER_rep_stos, dst, x, n, how);
		by = distance(l, n);
		count_down(l, n);
	}
	advance(l, ZYDIS_REGISTER_RDI, by, n);
}

void
lift_lods(struct lift *l)
{
	enum repeat r = repeat(l);
	ref x, by, n = REF_NONE, how, src;

	if (r == ONCE) {
		x = element(l, SRC);
		by = stride(l, address_type(l));
		put(l, DST, x);
	} else {
		src = address(l, SRC);
		n = rounds(l);
		how = manner(l, r);
		x = getvar(l, VAR_RAX);
		x = helper(l, HELPER_rep_lods, src, x, n, how);
		by = distance(l, n);
		count_down(l, n);
		setvar(l, VAR_RAX, x);
	}
	advance(l, ZYDIS_REGISTER_RSI, by, n);
}

/* The rounds done become the registers' advance; then, if there were any, the flags of the last pair are set in a block of its own. */
static void
compare_repeated(struct lift *l, enum helper h, ref a, ref b, bool two)
{
	enum repeat r = repeat(l);
	enum type t = itype(l->size);
	ref n = rounds(l);
	ref how = manner(l, r);
	ref by, back, none;
	u32 yes, done;
	struct ea ea;

	n = helper(l, h, a, b, n, how);
	by = distance(l, n);
	count_down(l, n);
	if (two)
		advance(l, ZYDIS_REGISTER_RSI, by, n);
	advance(l, ZYDIS_REGISTER_RDI, by, n);
	none = op1(l, OP_eqz, I64, n);
	yes = newblock(l);
	done = newblock(l);
	end_br(l, none, done, yes);
	l->b = yes;
	back = stride(l, I32);
	if (two) {
		ea = mem(l, DST);
		a = op2(l, OP_sub, I32, ea.addr, back);
		a = load(l, t, l->size, a, 0);
	} else {
		a = get(l, DST);
	}
	ea = mem(l, SRC);
	b = op2(l, OP_sub, I32, ea.addr, back);
	b = load(l, t, l->size, b, 0);
	flags_sub(l, l->size, a, b);
	end_jmp(l, done);
	l->b = done;
}

void
lift_cmps(struct lift *l)
{
	ref a, b, by;

	if (repeat(l) != ONCE) {
		a = address(l, DST);
		b = address(l, SRC);
		compare_repeated(l, HELPER_rep_cmps, a, b, true);
		return;
	}
	a = element(l, DST);
	b = element(l, SRC);
	by = stride(l, address_type(l));
	advance(l, ZYDIS_REGISTER_RSI, by, REF_NONE);
	advance(l, ZYDIS_REGISTER_RDI, by, REF_NONE);
	flags_sub(l, l->size, a, b);
}

void
lift_scas(struct lift *l)
{
	ref a, b, by;

	if (repeat(l) != ONCE) {
		b = address(l, SRC);
		a = get(l, DST);
		a = widen(l, l->size, a);
		compare_repeated(l, HELPER_rep_scas, b, a, false);
		return;
	}
	a = get(l, DST);
	b = element(l, SRC);
	by = stride(l, address_type(l));
	advance(l, ZYDIS_REGISTER_RDI, by, REF_NONE);
	flags_sub(l, l->size, a, b);
}
