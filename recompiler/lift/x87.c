/*
 * x87.c - the x87 chapter: every instruction is a call of a helper on cpu->st. Memory is read and written here, so that faults
 * have their pc; a store comes before the pop.
 */
#include "lift.h"
#include "../../include/x87.h"

static ref
number(struct lift *l, u32 v)
{
	return iconst(l, I32, v);
}

static void
call1(struct lift *l, enum helper h, u32 a)
{
	ref x = number(l, a);

	helper(l, h, x, REF_NONE, REF_NONE, REF_NONE);
}

static void
call2(struct lift *l, enum helper h, u32 a, u32 b)
{
	ref x = number(l, a);
	ref y = number(l, b);

	helper(l, h, x, y, REF_NONE, REF_NONE);
}

static void
x87_pop(struct lift *l)
{
	call1(l, HELPER_x87_pop, X87_UNDONE);
}

static void
pop_stored(struct lift *l)
{
	call1(l, HELPER_x87_pop, X87_UNSTORED);
}

/* Instructions that begin with the exceptions that earlier ones left pending: nearly all, MMX too (SDM volume 1, 8.3.11 and 8.6). */
bool
x87_waits(const struct insn *in)
{
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_FNINIT: case ZYDIS_MNEMONIC_FNCLEX: case ZYDIS_MNEMONIC_FNSTCW: case ZYDIS_MNEMONIC_FNSTSW:
	case ZYDIS_MNEMONIC_FNSTENV: case ZYDIS_MNEMONIC_FNSAVE: case ZYDIS_MNEMONIC_FENI8087_NOP:
	case ZYDIS_MNEMONIC_FDISI8087_NOP: case ZYDIS_MNEMONIC_FSETPM287_NOP:
		return false;
	default:
		break;
	}
	if (in->z.meta.isa_ext == ZYDIS_ISA_EXT_X87 || in->z.meta.isa_ext == ZYDIS_ISA_EXT_MMX)
		return true;
	for (u32 i = 0; i < in->z.operand_count_visible; i++)
		if (in->op[i].type == ZYDIS_OPERAND_TYPE_REGISTER && ZydisRegisterGetClass(in->op[i].reg.value) == ZYDIS_REGCLASS_MMX)
			return true;
	return false;
}

void
x87_wait(struct lift *l)
{
	ref fsw = cpuload(l, I32, 2, offsetof(struct cpu, fsw));
	ref summary = number(l, FSW_ES);
	ref pending = op2(l, OP_and, I32, fsw, summary);

	trapif(l, pending, TRAP_X87);
}

/* With exceptions unmasked: x, or what is there now, if the instruction raised one of these. */
static ref
unless(struct lift *l, u32 exceptions, ref now, ref x, enum type t)
{
	ref fsw = cpuload(l, I32, 2, offsetof(struct cpu, fsw));
	ref fcw = cpuload(l, I32, 2, offsetof(struct cpu, fcw));
	ref these = number(l, exceptions);
	ref unmasked = op2(l, OP_xor, I32, fcw, these);
	ref raised = op2(l, OP_and, I32, fsw, unmasked);
	ref bad = op2(l, OP_and, I32, raised, these);

	return op3(l, OP_select, t, now, x, bad);
}

static u32
st(struct lift *l, int n)
{
	return operand(l, n)->reg.value - ZYDIS_REGISTER_ST0;
}

static u32
mem_bytes(struct lift *l)
{
	return operand(l, DST)->size / 8;
}

static u32
float_kind(struct lift *l)
{
	return mem_bytes(l) == 4 ? X87_F32 : X87_F64;
}

static u32
int_kind(struct lift *l)
{
	return mem_bytes(l) == 2 ? X87_I16 : mem_bytes(l) == 4 ? X87_I32 : X87_I64;
}

/* the memory operand's bits as an I64 */
static ref
load_bits(struct lift *l)
{
	struct ea m = mem(l, DST);

	return load(l, I64, mem_bytes(l), m.addr, m.offset);
}

static void
store_bits(struct lift *l, ref x)
{
	struct ea m = mem(l, DST);

	if (l->exact) {
		ref now = load(l, I64, mem_bytes(l), m.addr, m.offset);
		x = unless(l, X87_UNSTORED, now, x, I64);
	}
	store(l, I64, mem_bytes(l), m.addr, m.offset, x);
}

static void
arith(struct lift *l, u32 op, bool integer, bool pop)
{
	ref a, b, c;

	if (is_mem(l, DST)) {
		b = load_bits(l);
		a = number(l, op);
		c = number(l, integer ? int_kind(l) : float_kind(l));
		helper(l, HELPER_x87_arith_m, a, b, c, REF_NONE);
		return;
	}
	a = number(l, op);
	b = number(l, st(l, DST));
	c = number(l, st(l, SRC));
	helper(l, HELPER_x87_arith, a, b, c, REF_NONE);
	if (pop)
		x87_pop(l);
}

#define ARITH(name, op) \
	void lift_f##name(struct lift *l) { arith(l, op, false, false); } \
	void lift_f##name##p(struct lift *l) { arith(l, op, false, true); } \
	void lift_fi##name(struct lift *l) { arith(l, op, true, false); }
ARITH(add, X87_ADD)
ARITH(sub, X87_SUB)
ARITH(subr, X87_SUBR)
ARITH(mul, X87_MUL)
ARITH(div, X87_DIV)
ARITH(divr, X87_DIVR)
#undef ARITH

#define STACK_OP(name, op) void lift_##name(struct lift *l) { call1(l, HELPER_x87_op, op); }
STACK_OP(fabs, X87_ABS)
STACK_OP(fchs, X87_CHS)
STACK_OP(ftst, X87_TST)
STACK_OP(fxam, X87_XAM)
STACK_OP(fsqrt, X87_SQRT)
STACK_OP(frndint, X87_RNDINT)
STACK_OP(fscale, X87_SCALE)
STACK_OP(fxtract, X87_XTRACT)
STACK_OP(fprem, X87_PREM)
STACK_OP(fprem1, X87_PREM1)
STACK_OP(f2xm1, X87_2XM1)
STACK_OP(fyl2x, X87_YL2X)
STACK_OP(fyl2xp1, X87_YL2XP1)
STACK_OP(fpatan, X87_PATAN)
STACK_OP(fptan, X87_PTAN)
STACK_OP(fsin, X87_SIN)
STACK_OP(fcos, X87_COS)
STACK_OP(fsincos, X87_SINCOS)
#undef STACK_OP

#define CONSTANT(name, which) void lift_##name(struct lift *l) { call1(l, HELPER_x87_constant, which); }
CONSTANT(fld1, X87_ONE)
CONSTANT(fldl2t, X87_L2T)
CONSTANT(fldl2e, X87_L2E)
CONSTANT(fldpi, X87_PI)
CONSTANT(fldlg2, X87_LG2)
CONSTANT(fldln2, X87_LN2)
CONSTANT(fldz, X87_ZERO)
#undef CONSTANT

static void
load_tenbytes(struct lift *l, enum helper h)
{
	struct ea m = mem(l, DST);
	ref a = load(l, I64, 8, m.addr, m.offset);
	ref eight = number(l, 8);
	ref at = op2(l, OP_add, I32, m.addr, eight);
	ref b = load(l, I32, 2, at, m.offset);

	helper(l, h, a, b, REF_NONE, REF_NONE);
}

/* the ten bytes that a helper left in scratch[0] */
static void
store_tenbytes(struct lift *l)
{
	struct ea m = mem(l, DST);
	ref a = cpuload(l, I64, 8, offsetof(struct cpu, scratch[0]));
	ref b = cpuload(l, I32, 2, offsetof(struct cpu, scratch[0]) + 8);
	ref eight = number(l, 8);
	ref at = op2(l, OP_add, I32, m.addr, eight), low, high;

	if (l->exact) {
		low = load(l, I64, 8, m.addr, m.offset);
		high = load(l, I32, 2, at, m.offset);
		a = unless(l, X87_UNSTORED, low, a, I64);
		b = unless(l, X87_UNSTORED, high, b, I32);
	}
	store(l, I64, 8, m.addr, m.offset, a);
	store(l, I32, 2, at, m.offset, b);
}

void
lift_fld(struct lift *l)
{
	ref a, kind;

	if (!is_mem(l, DST)) {
		call1(l, HELPER_x87_fld_st, st(l, DST));
	} else if (mem_bytes(l) == 10) {
		load_tenbytes(l, HELPER_x87_fld80);
	} else {
		a = load_bits(l);
		kind = number(l, float_kind(l));
		helper(l, HELPER_x87_fld_m, a, kind, REF_NONE, REF_NONE);
	}
}

void
lift_fild(struct lift *l)
{
	ref a = load_bits(l);
	ref kind = number(l, int_kind(l));

	helper(l, HELPER_x87_fld_m, a, kind, REF_NONE, REF_NONE);
}

void
lift_fbld(struct lift *l)
{
	load_tenbytes(l, HELPER_x87_fbld);
}

void
lift_fst(struct lift *l)
{
	ref kind, x;

	if (!is_mem(l, DST)) {
		call1(l, HELPER_x87_fst_st, st(l, DST));
	} else if (mem_bytes(l) == 10) {
		helper(l, HELPER_x87_fst80, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
		store_tenbytes(l);
	} else {
		kind = number(l, float_kind(l));
		x = helper(l, HELPER_x87_fst_m, kind, REF_NONE, REF_NONE, REF_NONE);
		store_bits(l, x);
	}
}

void
lift_fstp(struct lift *l)
{
	lift_fst(l);
	pop_stored(l);
}

static void
store_integer(struct lift *l, bool truncate)
{
	ref kind = number(l, int_kind(l));
	ref how = number(l, truncate);
	ref x = helper(l, HELPER_x87_fist, kind, how, REF_NONE, REF_NONE);

	store_bits(l, x);
}

void
lift_fist(struct lift *l)
{
	store_integer(l, false);
}

void
lift_fistp(struct lift *l)
{
	store_integer(l, false);
	pop_stored(l);
}

void
lift_fisttp(struct lift *l)
{
	store_integer(l, true);
	pop_stored(l);
}

void
lift_fbstp(struct lift *l)
{
	helper(l, HELPER_x87_fbst, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
	store_tenbytes(l);
	pop_stored(l);
}

static void
compare(struct lift *l, bool integer, bool quiet, int pops)
{
	ref b, kind;

	if (l->in->z.operand_count_visible > 0 && is_mem(l, DST)) {
		b = load_bits(l);
		kind = number(l, integer ? int_kind(l) : float_kind(l));
		helper(l, HELPER_x87_com_m, b, kind, REF_NONE, REF_NONE);
	} else {
		call2(l, HELPER_x87_com, pops == 2 ? 1 : st(l, DST), quiet);
	}
	while (pops-- > 0)
		x87_pop(l);
}

#define COMPARE(name, integer, quiet, pops) void lift_##name(struct lift *l) { compare(l, integer, quiet, pops); }
COMPARE(fcom, false, false, 0)
COMPARE(fcomp, false, false, 1)
COMPARE(fcompp, false, false, 2)
COMPARE(fucom, false, true, 0)
COMPARE(fucomp, false, true, 1)
COMPARE(fucompp, false, true, 2)
COMPARE(ficom, true, false, 0)
COMPARE(ficomp, true, false, 1)
#undef COMPARE

static void
compare_flags(struct lift *l, bool quiet, bool pop)
{
	ref i = number(l, st(l, SRC));
	ref q = number(l, quiet);
	ref w = helper(l, HELPER_x87_comi, i, q, REF_NONE, REF_NONE), now;

	if (l->exact) {
		now = flags_word_get(l);
		w = unless(l, X87_UNDONE, now, w, I64);
	}
	if (pop)
		x87_pop(l);
	flags_word_set(l, w);
}

void
lift_fcomi(struct lift *l)
{
	compare_flags(l, false, false);
}

void
lift_fcomip(struct lift *l)
{
	compare_flags(l, false, true);
}

void
lift_fucomi(struct lift *l)
{
	compare_flags(l, true, false);
}

void
lift_fucomip(struct lift *l)
{
	compare_flags(l, true, true);
}

static void
move_if(struct lift *l, enum cc cc)
{
	ref c = cond(l, cc);
	ref i = number(l, st(l, SRC));

	helper(l, HELPER_x87_cmov, c, i, REF_NONE, REF_NONE);
}

#define MOVE_IF(name, cc) void lift_fcmov##name(struct lift *l) { move_if(l, cc); }
MOVE_IF(b, CC_B)
MOVE_IF(e, CC_E)
MOVE_IF(be, CC_BE)
MOVE_IF(u, CC_P)
MOVE_IF(nb, CC_AE)
MOVE_IF(ne, CC_NE)
MOVE_IF(nbe, CC_A)
MOVE_IF(nu, CC_NP)
#undef MOVE_IF

void
lift_fxch(struct lift *l)
{
	call1(l, HELPER_x87_fxch, st(l, DST));
}

void
lift_ffree(struct lift *l)
{
	call1(l, HELPER_x87_ffree, st(l, DST));
}

void
lift_ffreep(struct lift *l)
{
	lift_ffree(l);
	x87_pop(l);
}

void
lift_fincstp(struct lift *l)
{
	call1(l, HELPER_x87_rotate, 1);
}

void
lift_fdecstp(struct lift *l)
{
	call1(l, HELPER_x87_rotate, -1);
}

/* fnop, fwait, whose work is x87_wait(), and the forms that the 80287 and later ignore */
void
lift_fnop(struct lift *l)
{
	(void)l;
}

void
lift_fninit(struct lift *l)
{
	helper(l, HELPER_x87_fninit, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
}

void
lift_fnclex(struct lift *l)
{
	helper(l, HELPER_x87_fnclex, REF_NONE, REF_NONE, REF_NONE, REF_NONE);
}

void
lift_fldcw(struct lift *l)
{
	ref x = get(l, DST);
	ref r = helper(l, HELPER_x87_fldcw, x, REF_NONE, REF_NONE, REF_NONE);

	trapif(l, r, TRAP_EXACT);
}

void
lift_fnstcw(struct lift *l)
{
	ref x = cpuload(l, I32, 2, offsetof(struct cpu, fcw));

	put(l, DST, x);
}

void
lift_fnstsw(struct lift *l)
{
	ref x = cpuload(l, I32, 2, offsetof(struct cpu, fsw));

	put(l, DST, x);
}

/* memory images: the helper moves the bytes; flag tells the forms apart */
static ref
image(struct lift *l, enum helper h, bool flag)
{
	struct ea m = mem(l, DST);
	ref offset = number(l, m.offset);
	ref at = op2(l, OP_add, I32, m.addr, offset);
	ref which = number(l, flag);

	return helper(l, h, at, which, REF_NONE, REF_NONE);
}

void
lift_fldenv(struct lift *l)
{
	ref r = image(l, HELPER_x87_fldenv, operand(l, DST)->size == 112);

	trapif(l, r, TRAP_EXACT);
}

void
lift_fnstenv(struct lift *l)
{
	image(l, HELPER_x87_fnstenv, operand(l, DST)->size == 112);
}

void
lift_frstor(struct lift *l)
{
	ref r = image(l, HELPER_x87_frstor, operand(l, DST)->size == 752);

	trapif(l, r, TRAP_EXACT);
}

void
lift_fnsave(struct lift *l)
{
	image(l, HELPER_x87_fnsave, operand(l, DST)->size == 752);
}

void
lift_fxsave(struct lift *l)
{
	image(l, HELPER_x87_fxsave, l->in->z.mnemonic == ZYDIS_MNEMONIC_FXSAVE64);
}

void
lift_fxrstor(struct lift *l)
{
	ref r = image(l, HELPER_x87_fxrstor, l->in->z.mnemonic == ZYDIS_MNEMONIC_FXRSTOR64);

	trap_on(l, r, TRAP_PRIVILEGED, TRAP_PRIVILEGED);
	trap_on(l, r, TRAP_EXACT, TRAP_EXACT);
}
