/*
 * strings.c - movs stos lods cmps scas. A repeat prefix becomes one helper call that does all rounds; the registers are advanced
 * here by the number of rounds. The address size chooses rsi/rdi/rcx or esi/edi/ecx.
 *
 * With --precise-faults the call does the rounds that reach no forbidden page, and the instruction starts again with what is left; the guards
 * of its next elements then fail with the registers that the processor would show.
 */
#include "lift.h"
#include "../../include/layout.h"

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

/* ---- with --precise-faults: a portion of the rounds at a time ---- */

struct portion { u32 retry, done; };

static void
begin_portion(struct lift *l, struct portion *p)
{
	u32 work;
	ref none;

	if (!l->precise)
		return;
	p->retry = newblock(l);
	work = newblock(l);
	p->done = newblock(l);
	end_jmp(l, p->retry);
	l->b = p->retry;
	none = rounds(l);
	none = op1(l, OP_eqz, I64, none);
	end_br(l, none, p->done, work);
	l->b = work;
}

/* n, or as many rounds as operand number says can be done */
static ref
within(struct lift *l, int number, bool write, ref n, ref how)
{
	ref at, need, room, less;

	if (!l->precise)
		return n;
	guard_operand(l, number);
	at = address(l, number);
	need = iconst(l, I32, (write ? PERM_WRITE : PERM_READ) << 16);
	need = op2(l, OP_or, I32, how, need);
	room = helper(l, HELPER_rep_room, at, n, need, REF_NONE);
	less = op2(l, OP_ltu, I64, room, n);
	return op3(l, OP_select, I64, room, n, less);
}

/* left: rounds still to do; again: whether to do them, REF_NONE: yes */
static void
end_portion(struct lift *l, const struct portion *p, ref left, ref again)
{
	ref zero, x;

	if (!l->precise)
		return;
	zero = iconst(l, I64, 0);
	x = op2(l, OP_ne, I64, left, zero);
	if (again != REF_NONE)
		x = op2(l, OP_and, I32, x, again);
	end_br(l, x, p->retry, p->done);
	l->b = p->done;
}

static void
end_rounds(struct lift *l, const struct portion *p, ref all, ref n)
{
	ref left;

	if (!l->precise)
		return;
	left = op2(l, OP_sub, I64, all, n);
	end_portion(l, p, left, REF_NONE);
}

/* ---- instructions ---- */

void
lift_movs(struct lift *l)
{
	enum repeat r = repeat(l);
	ref x, by, n = REF_NONE, how, src, dst, all = REF_NONE;
	struct portion p;

	if (r == ONCE) {
		x = element(l, SRC);
		put(l, DST, x);
		by = stride(l, address_type(l));
	} else {
		begin_portion(l, &p);
		all = n = rounds(l);
		how = manner(l, r);
		n = within(l, DST, true, n, how);
		n = within(l, SRC, false, n, how);
		dst = address(l, DST);
		src = address(l, SRC);
		helper(l, HELPER_rep_movs, dst, src, n, how);
		by = distance(l, n);
		count_down(l, n);
	}
	advance(l, ZYDIS_REGISTER_RSI, by, n);
	advance(l, ZYDIS_REGISTER_RDI, by, n);
	if (r != ONCE)
		end_rounds(l, &p, all, n);
}

void
lift_stos(struct lift *l)
{
	enum repeat r = repeat(l);
	ref x, by, n = REF_NONE, how, dst, all = REF_NONE;
	struct portion p;

	if (r == ONCE) {
		x = get(l, SRC);
		put(l, DST, x);
		by = stride(l, address_type(l));
	} else {
		begin_portion(l, &p);
		all = n = rounds(l);
		how = manner(l, r);
		n = within(l, DST, true, n, how);
		dst = address(l, DST);
		x = get(l, SRC);
		x = widen(l, l->size, x);
		helper(l, HELPER_rep_stos, dst, x, n, how);
		by = distance(l, n);
		count_down(l, n);
	}
	advance(l, ZYDIS_REGISTER_RDI, by, n);
	if (r != ONCE)
		end_rounds(l, &p, all, n);
}

void
lift_lods(struct lift *l)
{
	enum repeat r = repeat(l);
	ref x, by, n = REF_NONE, how, src, all = REF_NONE;
	struct portion p;

	if (r == ONCE) {
		x = element(l, SRC);
		by = stride(l, address_type(l));
		put(l, DST, x);
	} else {
		begin_portion(l, &p);
		all = n = rounds(l);
		how = manner(l, r);
		n = within(l, SRC, false, n, how);
		src = address(l, SRC);
		x = getvar(l, VAR_RAX);
		x = helper(l, HELPER_rep_lods, src, x, n, how);
		by = distance(l, n);
		count_down(l, n);
		setvar(l, VAR_RAX, x);
	}
	advance(l, ZYDIS_REGISTER_RSI, by, n);
	if (r != ONCE)
		end_rounds(l, &p, all, n);
}

/* the flags of the last pair, whose addresses are a stride back */
static void
flags_of_last(struct lift *l, bool two)
{
	enum type t = itype(l->size);
	ref back = stride(l, I32);
	struct ea ea;
	ref a, b;

	if (two) {
		ea = mem(l, DST);
		a = op2(l, OP_sub, I32, ea.addr, back);
		a = load(l, t, l->size, a, 0);
	} else {
		a = get(l, DST);
	}
	l->ea_for = 0;
	ea = mem(l, SRC);
	b = op2(l, OP_sub, I32, ea.addr, back);
	b = load(l, t, l->size, b, 0);
	flags_sub(l, l->size, a, b);
}

/* The rounds done become the registers' advance; then, if there were any, the flags of the last pair are set in a block of its own. */
static void
compare_repeated(struct lift *l, enum helper h, bool two)
{
	enum repeat r = repeat(l);
	ref a, b, n, by, none, all, how, again;
	struct portion p;
	u32 yes, done;

	begin_portion(l, &p);
	all = n = rounds(l);
	how = manner(l, r);
	if (two)
		n = within(l, DST, false, n, how);
	n = within(l, SRC, false, n, how);
	if (two) {
		a = address(l, DST);
		b = address(l, SRC);
	} else {
		a = address(l, SRC);
		b = get(l, DST);
		b = widen(l, l->size, b);
	}
	n = helper(l, h, a, b, n, how);
	by = distance(l, n);
	count_down(l, n);
	if (two)
		advance(l, ZYDIS_REGISTER_RSI, by, n);
	advance(l, ZYDIS_REGISTER_RDI, by, n);
	l->ea_for = 0;
	if (l->precise) {
		all = op2(l, OP_sub, I64, all, n);
		flags_of_last(l, two);
		again = cond(l, r == REPNE ? CC_NE : CC_E);
		end_portion(l, &p, all, again);
		return;
	}
	none = op1(l, OP_eqz, I64, n);
	yes = newblock(l);
	done = newblock(l);
	end_br(l, none, done, yes);
	l->b = yes;
	flags_of_last(l, two);
	end_jmp(l, done);
	l->b = done;
}

void
lift_cmps(struct lift *l)
{
	ref a, b, by;

	if (repeat(l) != ONCE) {
		compare_repeated(l, HELPER_rep_cmps, true);
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
		compare_repeated(l, HELPER_rep_scas, false);
		return;
	}
	a = get(l, DST);
	b = element(l, SRC);
	by = stride(l, address_type(l));
	advance(l, ZYDIS_REGISTER_RDI, by, REF_NONE);
	flags_sub(l, l->size, a, b);
}
