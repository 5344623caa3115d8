/*
 * body.c - the instructions of a block as expression trees. A value that is used once waits ("pending") and is built inside its user, unless
 * something in between writes what it reads: then it is evaluated into a local just before that. Reads of variables are free to
 * repeat as long as the variable keeps its value; other values with several users go to locals at once. Locals for values
 * come from a pool that is free again at the block's end, because values do not live longer.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <assert.h>
#include <string.h>

enum state { VAL_NONE, VAL_CONST, VAL_PENDING, VAL_REPEAT, VAL_LOCAL };

/* What a pending tree reads: bits of variables, and these */
#define READS_TEMP VARBIT(127)
#define READS_MEM VARBIT(126)
#define READS_CPU VARBIT(125)
_Static_assert(NVAR <= 125, "bits of struct val's reads");

/* deeper trees are cut: Binaryen's writer recurses */
#define MAX_DEPTH 48

struct val {
	u32 uses;                                /* still to come */
	u32 local;
	varset reads;                            /* of the whole tree */
	u8 state;
	u8 depth;
};

static varset
var_bit(u64 var)
{
	return var < NVAR ? VARBIT(var) : READS_TEMP;
}

static u32
pool_local(struct fe *fe, enum type t)
{
	u32 i = fe->pool[t].used++;

	if (i == fe->pool[t].cap) {
		u32 cap = i ? 2 * i : 8;
		fe->pool[t].v = arena_grow(&fe->arena, fe->pool[t].v, i * sizeof(u32), cap * sizeof(u32));
		fe->pool[t].cap = cap;
	}
	if (i == fe->pool[t].n) {
		fe->pool[t].v[i] = new_local(fe, wasm_type(t));
		fe->pool[t].n++;
	}
	return fe->pool[t].v[i];
}

static void
forget(struct fe *fe, ref r)
{
	u32 n = 0;

	for (u32 i = 0; i < fe->npending; i++)
		if (fe->pending[i] != r)
			fe->pending[n++] = fe->pending[i];
	fe->npending = n;
}

static expr
build(struct fe *fe, const struct blk *b, ref r)
{
	const struct ins *in = &b->ins[r];
	u32 n = ir_nargs(in);
	expr arg[4];

	for (u32 i = 0; i < n; i++)
		arg[i] = take(fe, b, in->arg[i]);
	return emit_op(fe, in, arg);
}

expr
take(struct fe *fe, const struct blk *b, ref r)
{
	struct val *v = &fe->val[r];

	assert(v->uses);
	v->uses--;
	switch (v->state) {
	case VAL_LOCAL:
		return get_local(fe, v->local);
	case VAL_CONST:
		return emit_op(fe, &b->ins[r], NULL);
	case VAL_REPEAT:
		if (b->ins[r].op == OP_get) {
			if (!v->uses)
				forget(fe, r);
			return emit_op(fe, &b->ins[r], NULL);
		}
		fe->val[b->ins[r].arg[0]].uses++;        /* repeated: takes its argument once more each time */
		if (!v->uses) {
			fe->val[b->ins[r].arg[0]].uses--;
			forget(fe, r);
		}
		return build(fe, b, r);
	default:
		assert(v->state == VAL_PENDING);
		forget(fe, r);
		v->state = VAL_NONE;
		return build(fe, b, r);
	}
}

/* Evaluates a waiting value into a local. */
static void
spill(struct fe *fe, const struct blk *b, ref r, struct list *out)
{
	struct val *v = &fe->val[r];
	u32 uses = v->uses, local;
	expr x;

	v->uses = 1;
	x = take(fe, b, r);
	local = pool_local(fe, ir_result(fe->f, &b->ins[r]));
	v->uses = uses;
	v->state = VAL_LOCAL;
	v->local = local;
	append(out, set_local(fe, local, x));
}

/* Before something is written: evaluates the waiting values that read it. */
static void
spill_readers(struct fe *fe, const struct blk *b, varset written, struct list *out)
{
	for (u32 i = 0; i < fe->npending; ) {
		ref r = fe->pending[i];
		if (fe->val[r].reads & written) {
			spill(fe, b, r, out);            /* removes it, and only what its tree holds */
			i = 0;
		} else {
			i++;
		}
	}
}

static varset
written(const struct ins *in)
{
	switch (in->op) {
	case OP_set:
	case OP_setlo:
	case OP_fetch:
	case OP_fetchlo:
		return var_bit(in->imm[0]);
	case OP_poll:
		return VARBIT(VAR_FUEL);
	case OP_cpustore:
		return READS_CPU;
	case OP_helper:
		return helperinfo[in->imm[0]].effect == EFFECT_CPU ? READS_CPU : READS_CPU | READS_MEM;
	case OP_flush:
	case OP_trapif:
	case OP_expect:
	case OP_guard:
		return 0;
	default:
		return READS_MEM;
	}
}

static varset
own_reads(const struct ins *in)
{
	switch (in->op) {
	case OP_get:
	case OP_getlo:
		return var_bit(in->imm[0]);
	case OP_cond:
		return VARBIT(VAR_FK) | VARBIT(VAR_FA) | VARBIT(VAR_FB) | VARBIT(VAR_FC);
	case OP_cpuload:
		return READS_CPU;
	case OP_load:
	case OP_loads:
		return READS_MEM;
	default:
		return 0;
	}
}

/* Values without effects: constants, reads, pure operations. */
static void
emit_value(struct fe *fe, const struct blk *b, ref r, struct list *out)
{
	const struct ins *in = &b->ins[r];
	struct val *v = &fe->val[r];
	u32 n = ir_nargs(in);
	const struct val *a;

	if (in->op == OP_const || in->op == OP_addr || in->op == OP_vconst) {
		v->state = VAL_CONST;
		return;
	}
	v->reads = own_reads(in);
	for (u32 i = 0; i < n; i++) {
		a = &fe->val[in->arg[i]];
		if (a->state != VAL_PENDING && a->state != VAL_REPEAT)
			continue;
		v->reads |= a->reads;
		if (a->depth >= v->depth)
			v->depth = a->depth + 1;
	}
	fe->pending[fe->npending++] = r;
	if (in->op == OP_get) {
		v->state = VAL_REPEAT;
		return;
	}
	if (in->op == OP_wrap && v->uses > 1 && fe->val[in->arg[0]].state == VAL_REPEAT && b->ins[in->arg[0]].op == OP_get) {
		v->state = VAL_REPEAT;
		return;
	}
	v->state = VAL_PENDING;
	if (v->uses > 1 || v->depth >= MAX_DEPTH)
		spill(fe, b, r, out);
}

/* Instructions that write something or may leave. */
static void
emit_effect(struct fe *fe, const struct blk *b, ref r, struct list *out)
{
	const struct ins *in = &b->ins[r];
	u32 n = ir_nargs(in);
	expr arg[4], x;

	for (u32 i = 0; i < n; i++)
		arg[i] = take(fe, b, in->arg[i]);
	spill_readers(fe, b, written(in), out);
	if (in->op == OP_trapif) {
		emit_trapif(fe, in, arg[0], out);
		return;
	}
	if (in->op == OP_expect) {
		emit_expect(fe, in, arg[0], arg[1], out);
		return;
	}
	if (in->op == OP_guard) {
		emit_guard(fe, in, arg[0], out);
		return;
	}
	if (in->op == OP_poll) {
		emit_poll(fe, in, out);
		return;
	}
	x = emit_op(fe, in, arg);
	if (ir_result(fe->f, in) != T_NONE) {
		if (fe->val[r].uses) {
			fe->val[r].state = VAL_LOCAL;
			fe->val[r].local = pool_local(fe, ir_result(fe->f, in));
			x = set_local(fe, fe->val[r].local, x);
		} else {
			x = BinaryenDrop(fe->m, x);
		}
	}
	append(out, x);
}

static void
count_uses(struct fe *fe, const struct blk *b)
{
	if (b->n > fe->valcap) {
		fe->valcap = 2 * b->n;
		fe->val = arena_alloc(&fe->arena, fe->valcap * sizeof *fe->val);
		fe->pending = arena_alloc(&fe->arena, fe->valcap * sizeof *fe->pending);
	}
	memset(fe->val, 0, b->n * sizeof *fe->val);
	fe->npending = 0;
	for (u32 t = 0; t < 6; t++)
		fe->pool[t].used = 0;
	if (b->term.val != REF_NONE)
		fe->val[b->term.val].uses++;
	/* from the end, so that arguments of what is itself unused do not count */
	for (u32 i = b->n; i-- > 0; ) {
		const struct ins *in = &b->ins[i];
		bool value = (ir_props(in) & (P_PURE | P_LOAD)) || own_reads(in);
		if (value && !fe->val[i].uses)
			continue;
		for (u32 k = 0; k < ir_nargs(in); k++)
			fe->val[in->arg[k]].uses++;
	}
}

void
emit_block(struct fe *fe, const struct blk *b, struct list *out)
{
	count_uses(fe, b);
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];
		bool value = ((ir_props(in) & (P_PURE | P_LOAD)) && in->op != OP_cpustore) || own_reads(in);
		if (in->op == OP_nop)
			continue;
		if (!value)
			emit_effect(fe, b, i, out);
		else if (fe->val[i].uses)
			emit_value(fe, b, i, out);
	}
}

/* The comparison that is true when op is false; floats have none because of NaN, except equality. */
static u16
opposite(u16 op)
{
	switch (op) {
	case OP_eq: return OP_ne;
	case OP_ne: return OP_eq;
	case OP_lts: return OP_ges;
	case OP_ges: return OP_lts;
	case OP_ltu: return OP_geu;
	case OP_geu: return OP_ltu;
	case OP_gts: return OP_les;
	case OP_les: return OP_gts;
	case OP_gtu: return OP_leu;
	case OP_leu: return OP_gtu;
	case OP_feq: return OP_fne;
	case OP_fne: return OP_feq;
	default: return OP_nop;
	}
}

expr
take_condition(struct fe *fe, const struct blk *b, ref r, bool negate)
{
	struct val *v = &fe->val[r];
	struct ins in = b->ins[r];
	expr arg[2];

	if (v->state == VAL_PENDING && in.op == OP_eqz && in.type == I32) {
		v->uses--;
		forget(fe, r);
		return take_condition(fe, b, in.arg[0], !negate);
	}
	if (negate && v->state == VAL_PENDING && in.op == OP_eqz) {      /* of an i64: x != 0 */
		v->uses--;
		forget(fe, r);
		arg[0] = take(fe, b, in.arg[0]);
		return BinaryenBinary(fe->m, BinaryenNeInt64(), arg[0], i64c(fe, 0));
	}
	if (negate && v->state == VAL_PENDING && opposite(in.op) != OP_nop) {
		v->uses--;
		forget(fe, r);
		in.op = opposite(in.op);
		arg[0] = take(fe, b, in.arg[0]);
		arg[1] = take(fe, b, in.arg[1]);
		return emit_op(fe, &in, arg);
	}
	if (negate)
		return BinaryenUnary(fe->m, BinaryenEqZInt32(), take(fe, b, r));
	return take(fe, b, r);
}
