/*
 * compact.c - IR to the interpreter's form, see compact.h. One forward walk per IR block. Reading a variable costs nothing: the
 * value is an alias of the variable's slot until somebody overwrites it, then it is saved first. A value that is only stored into
 * a variable is computed right there, if nothing in between looked at the variable.
 */
#include <string.h>
#include "compact.h"

enum {
	TEMP_LO = offsetof(struct cpu, temp),
	TEMP_N = sizeof(((struct cpu *)0)->temp) / 8,
	NWORD = offsetof(struct cpu, temp) / 8,
	NO_SLOT = 0xffff
};

struct val {
	ref root;               /* the value it shares its slot with; itself if none */
	u32 last;               /* index of the last use of the root's slot */
	u32 reads;              /* uses so far */
	u32 uses;
	u32 def;                /* compact instruction that computes it, ~0 if none */
	u16 slot;               /* offset, or NO_SLOT: a constant not yet in a slot */
	bool clean;             /* I32: upper half of the slot is zero */
	bool alias;             /* the slot is a variable's */
};

struct fixup { u32 at, blk; };

struct compact {
	const struct func *f;
	const struct blk *b;
	struct arena *arena;
	struct cins *out;
	u32 n, cap;
	struct val *val;
	u32 nval;
	u32 acc[NWORD];         /* compact index + 1 of the last access to that 8-byte word of struct cpu */
	u32 barrier;            /* index + 1 of the last instruction that may look at every variable */
	ref alias[64];          /* roots that may still be aliases of variables */
	u32 nalias;
	u8 temp_used[TEMP_N];
	u32 temp_var;           /* slots from here up belong to temporaries of the function */
	u32 *start;             /* compact index of every IR block */
	struct fixup *fix;
	u32 nfix, fixcap;
	bool full;
};

static const u8 type_size[] = { [T_NONE] = 0, [I32] = 4, [I64] = 8, [F32] = 4, [F64] = 8, [V128] = 16 };
static const u16 var_offset[NVAR] = {
#define VAR(name, type, offset, text) offset,
#include "../../include/cpu.def"
#undef VAR
};

static struct cins *
emit(struct compact *c, u32 op, u32 dst, u32 a, u32 b, u64 imm)
{
	struct cins *i;

	if (c->n + 2 > c->cap) {
		u32 cap = c->cap ? c->cap * 2 : 256;

		c->out = arena_grow(c->arena, c->out, c->cap * sizeof(*c->out), cap * sizeof(*c->out));
		c->cap = cap;
	}
	i = &c->out[c->n++];
	i->op = (u16)op;
	i->dst = (u16)dst;
	i->a = (u16)a;
	i->b = (u16)b;
	i->imm = imm;
	return i;
}

static struct val *
root(struct compact *c, ref r)
{
	return &c->val[c->val[r].root];
}

static u32
slot_new(struct compact *c, u32 size)
{
	u32 step = size == 16 ? 2 : 1;

	for (u32 i = 0; i + step <= c->temp_var; i += step) {
		if (c->temp_used[i] || (step == 2 && c->temp_used[i + 1]))
			continue;
		c->temp_used[i] = 1;
		if (step == 2)
			c->temp_used[i + 1] = 1;
		return TEMP_LO + i * 8;
	}
	c->full = true;
	return TEMP_LO;
}

static void
slot_free(struct compact *c, u32 slot, u32 size)
{
	u32 i = (slot - TEMP_LO) / 8;

	c->temp_used[i] = 0;
	if (size == 16)
		c->temp_used[i + 1] = 0;
}

static enum type
val_type(const struct compact *c, ref r)
{
	return ir_result(c->f, &c->b->ins[r]);
}

static u32
val_size(const struct compact *c, ref r)
{
	return val_type(c, r) == V128 ? 16 : 8;
}

static u32
var_slot(u64 var)
{
	if (var < NVAR)
		return var_offset[var];
	return TEMP_LO + (TEMP_N - 2 * ((u32)var - NVAR + 1)) * 8;
}

/* The instruction just emitted reads or writes the words of slot. */
static void
touch(struct compact *c, u32 slot, u32 size)
{
	if (slot >= TEMP_LO)
		return;
	c->acc[slot / 8] = c->n;
	if (size == 16)
		c->acc[slot / 8 + 1] = c->n;
}

static u64
const_bits(const struct compact *c, ref r)
{
	const struct ins *in = &c->b->ins[r];

	return in->type == I32 || in->type == F32 ? (u32)in->imm[0] : in->imm[0];
}

static bool
is_const(struct compact *c, ref r)
{
	u16 op = c->b->ins[c->val[r].root].op;

	return op == OP_const || op == OP_addr;
}

/* Slot of an operand; constants are put into one. */
static u32
use(struct compact *c, ref r)
{
	struct val *v = root(c, r);

	if (v->slot == NO_SLOT) {
		v->slot = (u16)slot_new(c, 8);
		v->def = c->n;
		emit(c, C_imm8, v->slot, 0, 0, const_bits(c, c->val[r].root));
	}
	v->reads++;
	return v->slot;
}

/* After instruction i: the slots of operands that nobody reads any more. */
static void
release(struct compact *c, ref r, u32 i)
{
	struct val *v = root(c, r);

	if (v->last == i && v->slot != NO_SLOT && !v->alias) {
		slot_free(c, v->slot, val_size(c, c->val[r].root));
		v->slot = NO_SLOT;
	}
}

static void
alias_add(struct compact *c, ref r)
{
	if (c->nalias == 64) {
		c->full = true;
		return;
	}
	c->alias[c->nalias++] = r;
}

/* Is a value that is still needed after instruction i standing in [slot, slot + size)? */
static bool
alias_live(struct compact *c, u32 slot, u32 size, u32 i)
{
	for (u32 k = 0; k < c->nalias; k++) {
		const struct val *v = &c->val[c->alias[k]];
		u32 vsize = type_size[val_type(c, c->alias[k])];

		if (v->alias && v->last > i && v->slot < slot + size && slot < v->slot + vsize)
			return true;
	}
	return false;
}

/* [slot, slot + size) is about to be overwritten by instruction i: save what is still needed; drop dead entries. */
static void
alias_save(struct compact *c, u32 slot, u32 size, u32 i)
{
	u32 n = 0;

	for (u32 k = 0; k < c->nalias; k++) {
		ref r = c->alias[k];
		struct val *v = &c->val[r];
		u32 vsize = type_size[val_type(c, r)];
		u32 to;

		if (!v->alias || v->last <= i)
			continue;
		if (v->slot >= slot + size || slot >= v->slot + vsize) {
			c->alias[n++] = r;
			continue;
		}
		to = slot_new(c, val_size(c, r));
		v->def = c->n;
		emit(c, vsize == 16 ? C_mov16 : C_mov8, to, v->slot, 0, 0);
		touch(c, v->slot, vsize);
		v->slot = (u16)to;
		v->alias = false;
	}
	c->nalias = n;
}

/* Every alias that is needed after instruction i, which may change any variable. */
static void
alias_save_all(struct compact *c, u32 i)
{
	alias_save(c, 0, TEMP_LO + TEMP_N * 8, i);
}

static bool
make_clean(const struct compact *c, const struct ins *in)
{
	if (ir_result(c->f, in) != I32)
		return false;
	switch (in->op) {
	case OP_get: case OP_getlo: case OP_wrap: case OP_i32_bits:
		return false;
	}
	return true;
}

/* Uses, sharing of slots and last uses of a block. */
static void
analyse(struct compact *c)
{
	const struct blk *b = c->b;

	if (c->nval < b->n) {
		c->val = arena_grow(c->arena, c->val, c->nval * sizeof(*c->val), (b->n + 64) * sizeof(*c->val));
		c->nval = b->n + 64;
	}
	memset(c->val, 0, b->n * sizeof(*c->val));
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];
		struct val *v = &c->val[i];

		v->root = i;
		v->def = ~0u;
		v->slot = NO_SLOT;
		v->clean = make_clean(c, in);
		switch (in->op) {
		case OP_extu:
			if (!c->val[in->arg[0]].clean)
				break;
			/* fall through */
		case OP_wrap: case OP_i32_bits: case OP_i64_bits: case OP_f32_bits: case OP_f64_bits:
			v->root = c->val[in->arg[0]].root;
			break;
		}
		for (u32 k = 0; k < 4; k++) {
			if (in->arg[k] == REF_NONE || (in->op != OP_helper && k >= opinfo[in->op].nargs))
				continue;
			root(c, in->arg[k])->last = i;
			if (v->root == i)
				root(c, in->arg[k])->uses++;
		}
	}
	if (b->term.val != REF_NONE && b->n) {
		switch (b->term.kind) {
		case TERM_BR: case TERM_SWITCH: case TERM_CALLIND: case TERM_TAILIND: case TERM_RET: case TERM_LEAVE:
			root(c, b->term.val)->last = b->n;
			root(c, b->term.val)->uses++;
		}
	}
}

/* A new value computed by the instruction emitted next; returns its slot. */
static u32
define(struct compact *c, ref r)
{
	struct val *v = &c->val[r];

	v->slot = (u16)slot_new(c, val_size(c, r));
	v->def = c->n;
	return v->slot;
}

/*
 * Store value r into a variable's bytes at instruction i. If nothing has read the value yet and nothing looked at the variable
 * since it was computed, the computing instruction writes there itself and the value becomes an alias.
 */
static void
set_slot(struct compact *c, u32 slot, u32 size, ref r, u32 i)
{
	ref rr = c->val[r].root;
	struct val *v = &c->val[rr];
	u32 full = size == 16 ? 16 : 8;
	bool unread = !v->alias && v->slot != NO_SLOT && v->reads == 0 && v->def != ~0u;

	if (v->alias && v->slot == slot)
		return;
	if (is_const(c, r) && v->slot == NO_SLOT) {
		u64 bits = const_bits(c, rr);

		alias_save(c, slot, size, i);
		emit(c, size == 4 ? C_imm4 : C_imm8, slot, 0, 0, bits);
		touch(c, slot, size);
		return;
	}
	if (unread && (size == full) && (c->val[r].clean || val_size(c, r) == 16 || type_size[val_type(c, r)] == 8) &&
	    val_size(c, rr) == full && c->acc[slot / 8] <= v->def + 1 && (full == 8 || c->acc[slot / 8 + 1] <= v->def + 1) &&
	    c->barrier <= v->def + 1 && !alias_live(c, slot, size, i) && slot < TEMP_LO) {
		slot_free(c, v->slot, full);
		c->out[v->def].dst = (u16)slot;
		v->slot = (u16)slot;
		v->alias = true;
		alias_add(c, rr);
		touch(c, slot, full);
		return;
	}
	alias_save(c, slot, size, i);
	{
		u32 from = use(c, r);

		emit(c, size == 16 ? C_mov16 : size == 4 ? C_mov4 : C_mov8, slot, from, 0, 0);
		touch(c, from, size);
		touch(c, slot, size);
	}
}

static const u16 iops[NOP] = {
#define IOP(name, res, args, bin) [OP_##name] = C_##name##_32,
#define OP(name, res, args, props)
#define FOP(name, res, args, bin)
#define COP(name, res, args, bin)
#define VOP(name, res, args, bin)
#define XOP(name, res, args, bin)
#define ROP(name, res, args, bin)
#include "../../recompiler/ops.def"
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
#undef OP
};

static bool
commutes(u16 op)
{
	switch (op) {
	case OP_add: case OP_mul: case OP_and: case OP_or: case OP_xor: case OP_eq: case OP_ne:
		return true;
	}
	return false;
}

static void
integer_op(struct compact *c, ref r)
{
	const struct ins *in = &c->b->ins[r];
	u32 op = iops[in->op] + (in->type == I64);
	ref ra = in->arg[0], rb = in->arg[1];
	u32 a, b = NO_SLOT, at;                  /* 0 is a slot: rax */
	u64 imm = 0;

	if (opinfo[in->op].nargs == 2) {
		if (is_const(c, ra) && commutes(in->op)) {
			ra = in->arg[1];
			rb = in->arg[0];
		}
		if (is_const(c, rb)) {
			imm = const_bits(c, c->val[rb].root);
			op += 2;
		} else {
			b = use(c, rb);
		}
	}
	a = use(c, ra);
	at = define(c, r);
	emit(c, op, at, a, b == NO_SLOT ? 0 : b, imm);
	touch(c, a, 8);
	if (b != NO_SLOT)
		touch(c, b, 8);
}

/* An operation whose operands are slots and whose result, if it has one, fills a slot. */
static void
plain_op(struct compact *c, ref r, u32 op, u64 imm)
{
	const struct ins *in = &c->b->ins[r];
	u32 nargs = opinfo[in->op].nargs;
	u32 slot[3] = { 0, 0, 0 };
	u32 dst = 0;
	struct cins *out;

	for (u32 k = 0; k < nargs; k++)
		slot[k] = use(c, in->arg[k]);
	if (ir_result(c->f, in) != T_NONE)
		dst = define(c, r);
	out = emit(c, op, dst, slot[0], slot[1], imm);
	if (nargs == 3)
		out->c = (u16)slot[2];
	for (u32 k = 0; k < nargs; k++)
		touch(c, slot[k], val_size(c, in->arg[k]));
}

static const struct { u16 op, wide; } plain[NOP] = {
#define OP(name, res, args, props)
#define IOP(name, res, args, bin)
#define FOP(name, res, args, bin) [OP_##name] = { C_##name##_f, C_##name##_d },
#define COP(name, res, args, bin) [OP_##name] = { C_##name, C_##name },
#define VOP(name, res, args, bin) [OP_##name] = { C_##name, C_##name },
#define XOP(name, res, args, bin) [OP_##name] = { C_##name, C_##name },
#define ROP(name, res, args, bin) [OP_##name] = { C_##name, C_##name },
#include "../../recompiler/ops.def"
#undef OP
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
};

static u32
load_op(const struct ins *in)
{
	bool wide = in->type == I64;

	if (in->op == OP_loads && in->size < type_size[in->type]) {
		switch (in->size) {
		case 1: return wide ? C_lds1_64 : C_lds1_32;
		case 2: return wide ? C_lds2_64 : C_lds2_32;
		default: return C_lds4_64;
		}
	}
	switch (in->size) {
	case 1: return C_ld1;
	case 2: return C_ld2;
	case 4: return in->type == V128 ? C_ld4v : C_ld4;
	case 8: return in->type == V128 ? C_ld8v : C_ld8;
	default: return C_ld16;
	}
}

static u32
store_op(const struct ins *in)
{
	switch (in->size) {
	case 1: return C_st1;
	case 2: return C_st2;
	case 4: return C_st4;
	case 8: return C_st8;
	default: return C_st16;
	}
}

static void
helper_op(struct compact *c, ref r)
{
	const struct ins *in = &c->b->ins[r];
	const struct helperinfo *h = &helperinfo[in->imm[0]];
	u32 slot[4] = { 0, 0, 0, 0 };
	u32 dst = 0;
	struct cins *out;

	for (u32 k = 0; k < 4; k++)
		if (in->arg[k] != REF_NONE)
			slot[k] = use(c, in->arg[k]);
	if (h->effect == EFFECT_ALL)
		alias_save_all(c, r);
	if (h->res != 'v')
		dst = define(c, r);
	out = emit(c, C_helper, dst, slot[0], slot[1], 0);
	out->c = (u16)slot[2];
	out->d = (u16)slot[3];
	out->hi = (u32)in->imm[0];
	for (u32 k = 0; k < 4; k++)
		if (in->arg[k] != REF_NONE)
			touch(c, slot[k], 8);
	if (h->effect == EFFECT_ALL)
		c->barrier = c->n;
}

/* rmw and cmpxchg: imm.c the new value's slot, d the size, hi the offset */
static void
atomic_op(struct compact *c, ref r)
{
	const struct ins *in = &c->b->ins[r];
	u32 op = C_rmw_add + (in->op - OP_rmw_add);
	struct cins *out;

	plain_op(c, r, op, 0);
	out = &c->out[c->n - 1];
	out->d = in->size;
	out->hi = (u32)in->imm[0];
}

static void
variable_op(struct compact *c, ref r)
{
	const struct ins *in = &c->b->ins[r];
	struct val *v = &c->val[r];
	u32 slot = var_slot(in->imm[0]);

	switch (in->op) {
	case OP_get: case OP_getlo:
		v->slot = (u16)slot;
		v->alias = true;
		if (v->last > r)
			alias_add(c, r);
		break;
	case OP_set:
		set_slot(c, slot, in->imm[0] < NVAR ? type_size[var_type(c->f, (u32)in->imm[0])] :
		    val_size(c, in->arg[0]), in->arg[0], r);
		break;
	case OP_setlo:
		set_slot(c, slot, type_size[in->type], in->arg[0], r);
		break;
	}
}

static void
two_word_op(struct compact *c, ref r, u32 op)
{
	const struct ins *in = &c->b->ins[r];

	plain_op(c, r, op, in->imm[0]);
	emit(c, C_imm16, 0, 0, 0, in->imm[1]);
}

static void
instruction(struct compact *c, ref r)
{
	const struct ins *in = &c->b->ins[r];

	if (c->val[r].root != r)
		return;                         /* shares its operand's slot */
	switch (in->op) {
	case OP_nop: case OP_fetch: case OP_flush: case OP_poll: case OP_const: case OP_addr:
		return;
	case OP_vconst:
		two_word_op(c, r, C_imm16);
		return;
	case OP_shuffle:
		two_word_op(c, r, C_shuffle);
		return;
	case OP_get: case OP_set: case OP_getlo: case OP_setlo:
		variable_op(c, r);
		return;
	case OP_select:
		plain_op(c, r, in->type == V128 ? C_select16 : type_size[in->type] == 8 ? C_select8 : C_select4, 0);
		return;
	case OP_cond:
		plain_op(c, r, C_cond, in->imm[0]);
		touch(c, var_offset[VAR_FA], 8);
		touch(c, var_offset[VAR_FB], 8);
		touch(c, var_offset[VAR_FC], 8);
		touch(c, var_offset[VAR_FK], 8);
		return;
	case OP_cpuload: case OP_cpustore:
		plain_op(c, r, in->op == OP_cpuload ? C_cpuld : C_cpust, in->imm[0] << 32);
		c->out[c->n - 1].c = in->size;
		return;
	case OP_load: case OP_loads:
		plain_op(c, r, load_op(in), in->imm[0]);
		return;
	case OP_store:
		plain_op(c, r, store_op(in), in->imm[0]);
		return;
	case OP_rmw_add: case OP_rmw_sub: case OP_rmw_and: case OP_rmw_or: case OP_rmw_xor: case OP_rmw_xchg: case OP_cmpxchg:
		atomic_op(c, r);
		return;
	case OP_fence:
		plain_op(c, r, C_fence, 0);
		return;
	case OP_helper:
		helper_op(c, r);
		return;
	case OP_trapif:
		plain_op(c, r, C_trapif, 0);
		c->out[c->n - 1].lo = in->pc;
		c->out[c->n - 1].hi = (u32)in->imm[0];
		c->barrier = c->n;
		return;
	case OP_guard:
		plain_op(c, r, C_guard, in->imm[1] << 32 | in->pc);
		c->out[c->n - 1].dst = (u16)in->imm[0];
		c->barrier = c->n;
		return;
	case OP_bitselect:
		plain_op(c, r, C_bitselect, 0);
		return;
	case OP_extu: plain_op(c, r, C_zext, 0); return;
	case OP_exts: plain_op(c, r, C_sext, 0); return;
	case OP_i64_ext32s: plain_op(c, r, C_sext, 0); return;
	case OP_i32_ext8s: plain_op(c, r, C_ext8s_32, 0); return;
	case OP_i32_ext16s: plain_op(c, r, C_ext16s_32, 0); return;
	case OP_i64_ext8s: plain_op(c, r, C_ext8s_64, 0); return;
	case OP_i64_ext16s: plain_op(c, r, C_ext16s_64, 0); return;
	}
	if (iops[in->op])
		integer_op(c, r);
	else
		plain_op(c, r, in->type == F64 ? plain[in->op].wide : plain[in->op].op, in->imm[0]);
}

/* --- terminators --- */

static void
fixup_at(struct compact *c, u32 at, u32 blk)
{
	if (c->nfix == c->fixcap) {
		u32 cap = c->fixcap * 2 + 16;

		c->fix = arena_grow(c->arena, c->fix, c->fixcap * sizeof(*c->fix), cap * sizeof(*c->fix));
		c->fixcap = cap;
	}
	c->fix[c->nfix++] = (struct fixup){ at, blk };
}

static void
jump_to(struct compact *c, u32 blk, u32 next)
{
	if (blk == next)
		return;
	fixup_at(c, c->n, blk);
	emit(c, C_jmp, 0, 0, 0, 0);
}

static u32
br_invert(u32 op)
{
	static const u8 inverse[] = { 1, 0, 8, 9, 6, 7, 4, 5, 2, 3 };    /* order of COMPACT_COMPARES */
	u32 k = op - C_br_eq_32;

	return C_br_eq_32 + inverse[k / 4] * 4u + k % 4;
}

/* Branch to succ[0] if val is nonzero, else to succ[1]. The distance of a conditional form goes into its dst. */
static void
branch(struct compact *c, const struct term *t, u32 next)
{
	struct val *v = root(c, t->val);
	u32 from = t->succ[0], other = t->succ[1];
	bool invert = from == next;
	u32 last = c->n - 1;

	if (v->slot != NO_SLOT && !v->alias && v->def == last && v->uses == 1 && c->n > 0 &&
	    c->out[last].op >= C_eq_32 && c->out[last].op <= C_geu_64i) {
		u32 op = C_br_eq_32 + (c->out[last].op - C_eq_32);

		c->out[last].op = (u16)(invert ? br_invert(op) : op);
	} else if (v->slot != NO_SLOT && !v->alias && v->def == last && v->uses == 1 && c->n > 0 && c->out[last].op == C_eqz_32) {
		c->out[last].op = invert ? C_br : C_brz;
	} else {
		u32 a = use(c, t->val);

		last = c->n;
		emit(c, invert ? C_brz : C_br, 0, a, 0, 0);
	}
	fixup_at(c, last, invert ? other : from);
	jump_to(c, invert ? from : other, next);
}

static void
exit_to(struct compact *c, u32 op, u32 pc)
{
	emit(c, op, 0, 0, 0, pc);
	emit(c, op, 0, 0, 0, 0);                /* its link */
}

static void
terminator(struct compact *c, u32 next)
{
	const struct term *t = &c->b->term;

	switch (t->kind) {
	case TERM_JMP:
		jump_to(c, t->succ[0], next);
		break;
	case TERM_BR:
		branch(c, t, next);
		break;
	case TERM_SWITCH: {
		u32 a = use(c, t->val);

		emit(c, C_switch, 0, a, 0, t->nsucc);
		for (u32 k = 0; k < t->nsucc; k++)
			jump_to(c, t->succ[k], ~0u);
		break;
	}
	case TERM_CALL:
		exit_to(c, C_call, t->target);
		break;
	case TERM_TAIL:
		exit_to(c, C_exit, t->target);
		break;
	case TERM_CALLIND: case TERM_TAILIND: case TERM_RET: case TERM_LEAVE:
		if (t->kind == TERM_LEAVE && t->val == REF_NONE) {
			exit_to(c, C_exit, t->target);
		} else {
			u32 a = use(c, t->val);

			emit(c, t->kind == TERM_CALLIND ? C_call_dyn : C_exit_dyn, 0, a, 0, 0);
		}
		break;
	case TERM_SYSCALL:
		emit(c, C_syscall, 0, 0, 0, t->ret);
		exit_to(c, C_exit, t->ret);
		break;
	case TERM_TRAP:
		emit(c, C_trap, 0, 0, 0, t->pc)->hi = t->trap;
		break;
	default:
		engine_panic("block %x without an end", c->b->pc);
	}
}

static void
fixups(struct compact *c)
{
	for (u32 k = 0; k < c->nfix; k++) {
		struct cins *i = &c->out[c->fix[k].at];
		u32 delta = c->start[c->fix[k].blk] - c->fix[k].at;

		if (i->op == C_jmp)
			i->imm = (u64)(i64)(i32)delta;
		else
			i->dst = (u16)delta;
	}
}

static u32
count_insns(const struct func *f)
{
	u32 n = 0, last = 0;

	for (u32 b = 0; b < f->nblk; b++) {
		for (u32 i = 0; i < f->blk[b].n; i++) {
			u32 pc = f->blk[b].ins[i].pc;

			n += pc > last;
			last = pc > last ? pc : last;
		}
		n += f->blk[b].term.pc > last;
		last = f->blk[b].term.pc > last ? f->blk[b].term.pc : last;
	}
	return n ? n : 1;
}

bool
compact(const struct func *f, struct arena *arena, struct cins **out, u32 *n, u32 *ninsn)
{
	struct compact c = { .f = f, .arena = arena };

	if (f->ntemp * 2 + 16 > TEMP_N)
		return false;
	c.temp_var = TEMP_N - 2 * f->ntemp;
	c.start = arena_alloc(arena, f->nblk * sizeof(u32));
	for (u32 b = 0; b < f->nblk && !c.full; b++) {
		c.b = &f->blk[b];
		c.start[b] = c.n;
		c.nalias = 0;
		c.barrier = c.n;
		memset(c.temp_used, 0, sizeof(c.temp_used));
		analyse(&c);
		for (u32 i = 0; i < c.b->n && !c.full; i++) {
			const struct ins *in = &c.b->ins[i];

			instruction(&c, i);
			for (u32 k = 0; k < 4; k++)
				if (in->arg[k] != REF_NONE && (in->op == OP_helper || k < opinfo[in->op].nargs))
					release(&c, in->arg[k], i);
			if (c.val[i].root == i && c.val[i].uses == 0 && c.val[i].last == 0)
				release(&c, i, 0);
		}
		terminator(&c, b + 1);
	}
	if (c.full)
		return false;
	fixups(&c);
	*out = c.out;
	*n = c.n;
	*ninsn = count_insns(f);
	return true;
}
