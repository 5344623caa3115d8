/*
 * fold.c - inside a block: constants, algebra, equal values computed once, displacements of addresses into the offset of the memory
 * operation, loads of what was just stored or loaded. Every instruction is appended anew through fold_ins.
 * A displacement folds when the sum stays in 0..65535: where base plus displacement would wrap, plain addition reaches
 * the unmapped first 64 KiB and the offset form lies past the memory, a fault either way.
 */
#include "fold.h"
#include <string.h>

static u32
hash(const struct ins *in)
{
	u64 h = in->op * 0x9e3779b97f4a7c15ull;

	h = (h ^ in->type ^ (u32)in->size << 8) * 0xff51afd7ed558ccdull;
	h = (h ^ in->arg[0] ^ (u64)in->arg[1] << 32) * 0xc4ceb9fe1a85ec53ull;
	h = (h ^ in->arg[2] ^ in->imm[0]) * 0x9e3779b97f4a7c15ull;
	h = (h ^ in->imm[1]) * 0xff51afd7ed558ccdull;
	return h >> 32;
}

static bool
same(const struct ins *x, const struct ins *y)
{
	return x->op == y->op && x->type == y->type && x->size == y->size && x->imm[0] == y->imm[0] && x->imm[1] == y->imm[1] &&
	       !memcmp(x->arg, y->arg, sizeof x->arg);
}

static bool
numbered(const struct ins *in)
{
	return ir_props(in) == P_PURE && in->op != OP_nop;
}

static void
grow(struct fold *o)
{
	u32 cap = 2 * o->cap + 64;

	o->next = arena_grow(o->f->arena, o->next, o->cap * sizeof(u32), cap * sizeof(u32));
	o->real = arena_grow(o->f->arena, o->real, o->cap * sizeof(u32), cap * sizeof(u32));
	o->pend = arena_grow(o->f->arena, o->pend, o->cap * sizeof(u32), cap * sizeof(u32));
	o->cap = cap;
}

static ref
append_new(struct fold *o, struct ins in)
{
	ref r;

	if (o->f->blk[o->b].n + 1 >= o->cap)
		grow(o);
	for (u32 a = 0, n = ir_nargs(&in); a < n; a++)
		o->real[in.arg[a]]++;
	r = ir_ins(o->f, o->b, in);
	o->real[r] = o->pend[r] = 0;
	return r;
}

static ref
append(struct fold *o, struct ins in)
{
	ref r;
	u32 h;

	if (!numbered(&in))
		return append_new(o, in);
	h = hash(&in) & o->mask;
	for (u32 x = o->head[h]; x; x = o->next[x - 1])
		if (same(at(o, x - 1), &in))
			return x - 1;
	r = append_new(o, in);
	o->next[r] = o->head[h];
	o->head[h] = r + 1;
	return r;
}

static bool
commutes(u16 op)
{
	switch (op) {
	case OP_add: case OP_mul: case OP_and: case OP_or: case OP_xor: case OP_eq: case OP_ne:
		return true;
	default:
		return false;
	}
}

static bool
integers(const struct ins *in)
{
	if (in->op == OP_wrap || in->op == OP_extu || in->op == OP_exts || (in->op >= OP_i32_ext8s && in->op <= OP_i64_ext32s))
		return true;
	return in->op >= OP_add && in->op <= OP_geu;
}

ref
fold_ins(struct fold *o, struct ins in)
{
	u32 n = ir_nargs(&in);
	u64 a = 0, b = 0, v;
	ref r;

	if (!numbered(&in))
		return append(o, in);
	in.flush = 0;
	if (opinfo[in.op].res != 'T' && !strchr(opinfo[in.op].args, 'T'))
		in.type = ir_type(opinfo[in.op].res, T_NONE);
	if (commutes(in.op) && (at(o, in.arg[0])->op == OP_const && at(o, in.arg[1])->op != OP_const)) {
		r = in.arg[0];
		in.arg[0] = in.arg[1];
		in.arg[1] = r;
	}
	if (integers(&in) && konst(o, in.arg[0], &a) && (n == 1 || konst(o, in.arg[1], &b)) && constant(in.op, in.type, a, b, &v))
		return foldk(o, ir_result(o->f, &in), v);
	r = algebra(o, &in);
	return r != REF_NONE ? r : append(o, in);
}

ref
fold1(struct fold *o, enum op op, enum type t, ref a)
{
	return fold_ins(o, (struct ins){ .op = op, .type = t, .pc = o->pc, .arg = { a, REF_NONE, REF_NONE, REF_NONE } });
}

ref
fold2(struct fold *o, enum op op, enum type t, ref a, ref b)
{
	return fold_ins(o, (struct ins){ .op = op, .type = t, .pc = o->pc, .arg = { a, b, REF_NONE, REF_NONE } });
}

ref
foldk(struct fold *o, enum type t, u64 v)
{
	struct ins in = { .op = OP_const, .type = t, .pc = o->pc, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } };

	in.imm[0] = t == I64 ? v : (u32)v;
	return append(o, in);
}

static bool
has_address(const struct ins *in)
{
	return (in->op >= OP_load && in->op <= OP_store) || (in->op >= OP_rmw_add && in->op <= OP_cmpxchg);
}

static void
displacement(struct fold *o, struct ins *in)
{
	for (;;) {
		struct ins x = *at(o, in->arg[0]), y = x.op == OP_wrap ? *at(o, x.arg[0]) : x;
		i64 sum;
		u64 c;

		if (y.op != OP_add || !konst(o, y.arg[1], &c))
			return;
		sum = (i64)in->imm[0] + (i32)c;
		if ((i32)c < 0 || sum > 0xffff)          /* a lowered base is shared: see stack.c */
			return;
		in->imm[0] = sum;
		in->arg[0] = x.op == OP_wrap ? fold1(o, OP_wrap, 0, y.arg[0]) : y.arg[0];
	}
}

/* A store forgets what it may have overwritten: everything but disjoint bytes off the same base. */
static void
overwrite(struct fold *o, const struct ins *st)
{
	for (u32 i = 0; i < STORED; i++) {
		const struct ins *x = &o->stored[i].in;

		if (x->arg[0] != st->arg[0] || (x->imm[0] < st->imm[0] + st->size && st->imm[0] < x->imm[0] + x->size))
			o->stored[i].valid = false;
	}
}

/*
 * A load of what this thread stored before in the block may take that value (a store buffer does the same). A load is merged only with
 * the same load just before it: x86 keeps the order of loads, so nothing may stand in between.
 */
static ref
memory(struct fold *o, struct ins in)
{
	static const u8 width[] = { 0, 4, 8, 4, 8, 16 };

	displacement(o, &in);
	if (in.op == OP_load) {
		for (u32 i = 0; i < STORED; i++) {
			const struct ins *x = &o->stored[i].in;

			if (o->stored[i].valid && x->arg[0] == in.arg[0] && x->imm[0] == in.imm[0] && x->size == in.size &&
			    x->type == in.type)
				return x->arg[1];
		}
		if (o->last_load != REF_NONE) {
			const struct ins *x = at(o, o->last_load);

			if (x->op == OP_load && x->arg[0] == in.arg[0] && x->imm[0] == in.imm[0] && x->size == in.size &&
			    x->type == in.type)
				return o->last_load;
		}
		o->last_load = append(o, in);
		return o->last_load;
	}
	o->last_load = REF_NONE;
	if (in.op == OP_store) {
		overwrite(o, &in);
		if (in.size == width[in.type] || (in.type <= I64 && known_ones(o, in.arg[1], 4) < 1ull << 8 * in.size))
			o->stored[o->oldest++ % STORED] = (struct stored){ in, true };
	} else if (in.op != OP_loads) {
		memset(o->stored, 0, sizeof o->stored);
	}
	return append(o, in);
}

static ref
visit(struct fold *o, struct ins in)
{
	o->pc = in.pc;
	if (in.op == OP_expect && in.arg[0] == in.arg[1])
		in = (struct ins){ .op = OP_nop, .pc = in.pc };
	if (has_address(&in))
		return memory(o, in);
	if (ir_props(&in) & ~(P_PURE | P_VAR))
		o->last_load = REF_NONE;
	if (in.op == OP_fence || (in.op == OP_helper && ir_props(&in) != P_PURE))
		memset(o->stored, 0, sizeof o->stored);
	return fold_ins(o, in);
}

/* A branch needs only zero or not. */
static void
branch(struct fold *o, struct term *t)
{
	for (;;) {
		struct ins x = *at(o, t->val);
		u64 c;

		if (konst(o, t->val, &c)) {
			t->succ[0] = t->succ[c ? 0 : 1];
			t->kind = TERM_JMP;
			t->nsucc = 1;
			t->val = REF_NONE;
			return;
		}
		if (x.op == OP_eqz && x.type == I32) {
			u32 s = t->succ[0];
			t->succ[0] = t->succ[1];
			t->succ[1] = s;
			t->val = x.arg[0];
		} else if (x.op == OP_ne && x.type == I32 && konst(o, x.arg[1], &c) && !c) {
			t->val = x.arg[0];
		} else {
			return;
		}
	}
}

static void
block(struct fold *o, ref *map, u32 *uses)
{
	struct blk *blk = &o->f->blk[o->b];
	u32 n, most = o->mask;
	struct ins *old = take_ins(o->f, o->b, &n);

	while (o->mask > 63 && o->mask > 2 * n)
		o->mask >>= 1;
	memset(o->head, 0, (o->mask + 1) * sizeof *o->head);
	memset(uses, 0, n * sizeof *uses);
	for (u32 i = 0; i < n; i++)
		for (u32 a = 0, na = ir_nargs(&old[i]); a < na; a++)
			uses[old[i].arg[a]]++;
	if (blk->term.val != REF_NONE)
		uses[blk->term.val]++;
	memset(o->stored, 0, sizeof o->stored);
	o->last_load = REF_NONE;
	for (u32 i = 0; i < n; i++) {
		struct ins in = old[i];

		if (in.op == OP_nop)
			continue;
		for (u32 a = 0, na = ir_nargs(&in); a < na; a++) {
			in.arg[a] = map[in.arg[a]];
			o->pend[in.arg[a]]--;
		}
		map[i] = visit(o, in);
		o->pend[map[i]] += uses[i];
	}
	if (blk->term.val != REF_NONE) {
		blk->term.val = map[blk->term.val];
		if (blk->term.kind == TERM_BR)
			branch(o, &blk->term);
	}
	o->mask = most;
}

void
opt_fold(struct func *f, const struct opt *p)
{
	struct fold o = { .f = f, .mask = 4095 };
	u32 most = ir_largest(f);
	u32 *uses;
	ref *map;

	o.head = arena_alloc(p->arena, (o.mask + 1) * sizeof *o.head);
	map = arena_alloc(p->arena, (most + 1) * sizeof *map);
	uses = arena_alloc(p->arena, (most + 1) * sizeof *uses);
	for (o.b = 0; o.b < f->nblk; o.b++)
		block(&o, map, uses);
}
