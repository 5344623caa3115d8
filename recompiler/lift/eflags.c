/*
 * eflags.c - the lazy flags of include/flags.def, and the instructions about flags. FK is written last: a constant kind tells
 * the passes which of the operands matter.
 */
#include "lift.h"

/* n-th flag kind of a family ordered 8 16 32 64 */
static u32
kind(enum flag_kind first, u8 size)
{
	return first + __builtin_ctz(size);
}

static void
set_kind(struct lift *l, u32 k)
{
	ref fk = iconst(l, I32, k);

	setvar(l, VAR_FK, fk);
}

void
flags_add(struct lift *l, u8 size, ref a, ref b)
{
	a = widen(l, size, a);
	b = widen(l, size, b);
	setvar(l, VAR_FA, a);
	setvar(l, VAR_FB, b);
	set_kind(l, kind(FLAG_ADD8, size));
}

void
flags_sub(struct lift *l, u8 size, ref a, ref b)
{
	a = widen(l, size, a);
	b = widen(l, size, b);
	setvar(l, VAR_FA, a);
	setvar(l, VAR_FB, b);
	set_kind(l, kind(FLAG_SUB8, size));
}

/* an I32 or I64 value, or none for 0, as I64 */
static ref
as_i64(struct lift *l, ref x)
{
	struct ins *in;

	if (x == REF_NONE)
		return iconst(l, I64, 0);
	in = &l->f->blk[l->b].ins[x];
	return ir_result(l->f, in) == I64 ? x : op1(l, OP_extu, I64, x);
}

void
flags_res(struct lift *l, u8 size, ref result, ref cf, ref ofaf)
{
	result = widen(l, size, result);
	cf = as_i64(l, cf);
	ofaf = as_i64(l, ofaf);
	setvar(l, VAR_FA, result);
	setvar(l, VAR_FB, cf);
	setvar(l, VAR_FC, ofaf);
	set_kind(l, kind(FLAG_RES8, size));
}

void
flags_fcom(struct lift *l, enum type t, ref a, ref b)
{
	a = op1(l, t == F32 ? OP_i32_bits : OP_i64_bits, t == F32 ? I32 : I64, a);
	b = op1(l, t == F32 ? OP_i32_bits : OP_i64_bits, t == F32 ? I32 : I64, b);
	a = as_i64(l, a);
	b = as_i64(l, b);
	setvar(l, VAR_FA, a);
	setvar(l, VAR_FB, b);
	set_kind(l, t == F32 ? FLAG_FCOM32 : FLAG_FCOM64);
}

void
flags_word_set(struct lift *l, ref word)
{
	setvar(l, VAR_FA, word);
	set_kind(l, FLAG_WORD);
}

ref
flags_word_get(struct lift *l)
{
	ref fk = getvar(l, VAR_FK);
	ref fa = getvar(l, VAR_FA);
	ref fb = getvar(l, VAR_FB);
	ref fc = getvar(l, VAR_FC);

	return helper(l, HELPER_flags_word, fk, fa, fb, fc);
}

ref
cond(struct lift *l, enum cc cc)
{
	return opi(l, OP_cond, I32, REF_NONE, cc);
}

void
flags_word_merge(struct lift *l, u32 change, ref bits)
{
	ref word = flags_word_get(l);
	ref mask = iconst(l, I64, EF_STATUS & ~change);

	bits = as_i64(l, bits);
	word = op2(l, OP_and, I64, word, mask);
	word = op2(l, OP_or, I64, word, bits);
	flags_word_set(l, word);
}

struct flagvars
flags_save(struct lift *l)
{
	struct flagvars v;

	v.fk = getvar(l, VAR_FK);
	v.fa = getvar(l, VAR_FA);
	v.fb = getvar(l, VAR_FB);
	v.fc = getvar(l, VAR_FC);
	return v;
}

static void
choose(struct lift *l, enum var v, ref old, ref changed)
{
	ref new = getvar(l, v);

	new = op3(l, OP_select, var_type(l->f, v), new, old, changed);
	setvar(l, v, new);
}

void
flags_keep_unless(struct lift *l, struct flagvars old, ref changed)
{
	choose(l, VAR_FA, old.fa, changed);
	choose(l, VAR_FB, old.fb, changed);
	choose(l, VAR_FC, old.fc, changed);
	choose(l, VAR_FK, old.fk, changed);
}

/* ---- instructions ---- */

static void
set_carry(struct lift *l, ref cf)
{
	flags_word_merge(l, EF_CF, cf);
}

void
lift_stc(struct lift *l)
{
	ref one = iconst(l, I64, EF_CF);

	set_carry(l, one);
}

void
lift_clc(struct lift *l)
{
	set_carry(l, REF_NONE);
}

void
lift_cmc(struct lift *l)
{
	ref cf = cond(l, CC_AE);

	set_carry(l, cf);
}

void
lift_std(struct lift *l)
{
	ref one = iconst(l, I32, 1);

	setvar(l, VAR_DF, one);
}

void
lift_cld(struct lift *l)
{
	ref zero = iconst(l, I32, 0);

	setvar(l, VAR_DF, zero);
}

void
lift_lahf(struct lift *l)
{
	ref word = flags_word_get(l);
	ref mask = iconst(l, I32, EF_CF | EF_PF | EF_AF | EF_ZF | EF_SF);
	ref two = iconst(l, I32, 2);

	word = op1(l, OP_wrap, I32, word);
	word = op2(l, OP_and, I32, word, mask);
	word = op2(l, OP_or, I32, word, two);
	putreg(l, ZYDIS_REGISTER_AH, word);
}

void
lift_sahf(struct lift *l)
{
	ref ah = getreg(l, ZYDIS_REGISTER_AH);
	ref mask = iconst(l, I32, EF_CF | EF_PF | EF_AF | EF_ZF | EF_SF);

	ah = op2(l, OP_and, I32, ah, mask);
	flags_word_merge(l, EF_CF | EF_PF | EF_AF | EF_ZF | EF_SF, ah);
}

void
lift_pushf(struct lift *l)
{
	u8 size = l->in->z.operand_width == 16 ? 2 : 8;
	ref word = flags_word_get(l);
	ref df = getvar(l, VAR_DF);
	ref other = cpuload(l, I32, 4, offsetof(struct cpu, eflags_other));
	ref ten = iconst(l, I32, 10);
	ref fixed = iconst(l, I32, EF_IF | 2);

	word = op1(l, OP_wrap, I32, word);
	df = op2(l, OP_shl, I32, df, ten);
	word = op2(l, OP_or, I32, word, df);
	word = op2(l, OP_or, I32, word, other);
	word = op2(l, OP_or, I32, word, fixed);
	if (size == 8)
		word = op1(l, OP_extu, I64, word);
	push(l, size, word);
}

/* IF, IOPL and RF are the system's: unchanged. TF would single-step and is kept only as a bit. */
void
lift_popf(struct lift *l)
{
	u8 size = l->in->z.operand_width == 16 ? 2 : 8;
	ref word = pop(l, size, itype(size));
	ref mask, ten, one, x;

	if (size == 8)
		word = op1(l, OP_wrap, I32, word);
	ten = iconst(l, I32, 10);
	one = iconst(l, I32, 1);
	x = op2(l, OP_shru, I32, word, ten);
	x = op2(l, OP_and, I32, x, one);
	setvar(l, VAR_DF, x);
	if (size == 8) {
		mask = iconst(l, I32, EF_AC | EF_ID);
		x = op2(l, OP_and, I32, word, mask);
		cpustore(l, I32, 4, offsetof(struct cpu, eflags_other), x);
	}
	mask = iconst(l, I32, EF_STATUS);
	x = op2(l, OP_and, I32, word, mask);
	x = op1(l, OP_extu, I64, x);
	flags_word_set(l, x);
}

void
lift_setcc(struct lift *l)
{
	ref x = cond(l, cc_of(l->in->z.mnemonic));

	put(l, DST, x);
}

void
lift_cmovcc(struct lift *l)
{
	ref new = get(l, SRC);
	ref old = get(l, DST);
	ref c = cond(l, cc_of(l->in->z.mnemonic));

	new = op3(l, OP_select, itype(l->size), new, old, c);
	put(l, DST, new);
}

/* condition code of a Jcc, SETcc or CMOVcc */
enum cc
cc_of(ZydisMnemonic m)
{
	switch (m) {
#define CC(jcc, suffix, cc) case ZYDIS_MNEMONIC_##jcc: case ZYDIS_MNEMONIC_SET##suffix: case ZYDIS_MNEMONIC_CMOV##suffix: return cc;
	CC(JO, O, CC_O) CC(JNO, NO, CC_NO) CC(JB, B, CC_B) CC(JNB, NB, CC_AE) CC(JZ, Z, CC_E) CC(JNZ, NZ, CC_NE)
	CC(JBE, BE, CC_BE) CC(JNBE, NBE, CC_A) CC(JS, S, CC_S) CC(JNS, NS, CC_NS) CC(JP, P, CC_P) CC(JNP, NP, CC_NP)
	CC(JL, L, CC_L) CC(JNL, NL, CC_GE) CC(JLE, LE, CC_LE) CC(JNLE, NLE, CC_G)
#undef CC
	default:
		return CC_O;
	}
}
