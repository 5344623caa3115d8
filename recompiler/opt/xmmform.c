/*
 * xmmform.c - the instructions that read and write an XMM register in each of its forms, for xmm.c.
 */
#include "xmm.h"

static ref
put(struct xforms *x, enum op op, enum type t, ref a, ref b, u64 imm)
{
	return ir_ins(x->f, x->b, (struct ins){ .op = op, .type = t, .pc = x->pc, .arg = { a, b, REF_NONE, REF_NONE }, .imm = { imm } });
}

static ref
un(struct xforms *x, enum op op, enum type t, ref a)
{
	return put(x, op, t, a, REF_NONE, 0);
}

static ref
bin(struct xforms *x, enum op op, enum type t, ref a, ref b)
{
	return put(x, op, t, a, b, 0);
}

static ref
konst(struct xforms *x, enum type t, u64 v)
{
	return put(x, OP_const, t, REF_NONE, REF_NONE, v);
}

static ref
get(struct xforms *x, u32 var, enum type t)
{
	return put(x, OP_get, t, REF_NONE, REF_NONE, var);
}

static void
set(struct xforms *x, u32 var, enum type t, ref v)
{
	put(x, OP_set, t, v, REF_NONE, var);
}

static ref
low64(struct xforms *x, ref s, ref t)
{
	ref a, b, c;

	a = un(x, OP_i32_bits, 0, s);
	a = un(x, OP_extu, 0, a);
	b = un(x, OP_extu, 0, t);
	c = konst(x, I64, 32);
	b = bin(x, OP_shl, I64, b, c);
	return bin(x, OP_or, I64, a, b);
}

static struct parts
read_parts(struct xforms *x, u32 n, u32 form)
{
	struct parts p = { REF_NONE, REF_NONE, REF_NONE, REF_NONE };

	if (form == FORM_D) {
		p.d = get(x, VAR_XMMD0 + n, F64);
	} else {
		p.s = get(x, VAR_XMMS0 + n, F32);
		p.t = get(x, VAR_XMMT0 + n, I32);
	}
	p.h = get(x, VAR_XMMH0 + n, I64);
	return p;
}

static void
write_parts(struct xforms *x, u32 n, const struct parts *p)
{
	if (p->d != REF_NONE)
		set(x, VAR_XMMD0 + n, F64, p->d);
	if (p->s != REF_NONE)
		set(x, VAR_XMMS0 + n, F32, p->s);
	if (p->t != REF_NONE)
		set(x, VAR_XMMT0 + n, I32, p->t);
	if (p->h != REF_NONE)
		set(x, VAR_XMMH0 + n, I64, p->h);
}

static ref
build(struct xforms *x, const struct parts *p)
{
	ref v = un(x, OP_i64x2_splat, V128, p->h);

	if (p->d != REF_NONE)
		return bin(x, OP_f64x2_replace_lane, V128, v, p->d);
	v = put(x, OP_f32x4_replace_lane, V128, v, p->s, 0);
	return put(x, OP_i32x4_replace_lane, V128, v, p->t, 1);
}

/* The upper lanes of a vector, as the form's parts without the low one. */
static struct parts
split(struct xforms *x, ref v, u32 form)
{
	struct parts p = { REF_NONE, REF_NONE, REF_NONE, REF_NONE };

	if (form == FORM_D) {
		p.d = put(x, OP_f64x2_extract_lane, V128, v, REF_NONE, 0);
	} else {
		p.s = put(x, OP_f32x4_extract_lane, V128, v, REF_NONE, 0);
		p.t = put(x, OP_i32x4_extract_lane, V128, v, REF_NONE, 1);
	}
	p.h = put(x, OP_i64x2_extract_lane, V128, v, REF_NONE, 1);
	return p;
}

static struct parts
d_to_s(struct xforms *x, ref d)
{
	struct parts p = { REF_NONE, REF_NONE, REF_NONE, REF_NONE };
	ref l = un(x, OP_i64_bits, 0, d), c;

	p.s = un(x, OP_wrap, 0, l);
	p.s = un(x, OP_f32_bits, 0, p.s);
	c = konst(x, I64, 32);
	l = bin(x, OP_shru, I64, l, c);
	p.t = un(x, OP_wrap, 0, l);
	return p;
}

void
xmm_convert(struct xforms *x, u32 n, u32 from, u32 to)
{
	struct parts p;
	ref v;

	if (from == FORM_V) {
		v = get(x, VAR_XMM0 + n, V128);
		p = split(x, v, to);
		write_parts(x, n, &p);
		return;
	}
	p = read_parts(x, n, from);
	if (to == FORM_V) {
		v = build(x, &p);
		set(x, VAR_XMM0 + n, V128, v);
	} else if (to == FORM_S) {
		p = d_to_s(x, p.d);
		write_parts(x, n, &p);
	} else {
		v = low64(x, p.s, p.t);
		v = un(x, OP_f64_bits, 0, v);
		set(x, VAR_XMMD0 + n, F64, v);
	}
}

/* A low lane of type t out of a whole vector, a double or a single. */
static ref
lane_of_vector(struct xforms *x, ref v, enum type t)
{
	switch (t) {
	case I32: return put(x, OP_i32x4_extract_lane, V128, v, REF_NONE, 0);
	case I64: return put(x, OP_i64x2_extract_lane, V128, v, REF_NONE, 0);
	case F32: return put(x, OP_f32x4_extract_lane, V128, v, REF_NONE, 0);
	default: return put(x, OP_f64x2_extract_lane, V128, v, REF_NONE, 0);
	}
}

static ref
getlo(struct xforms *x, u32 n, enum type t, u32 form)
{
	ref v, w;

	if (form == FORM_NONE)
		form = t == I64 || t == F64 ? FORM_D : FORM_S;
	if (form == FORM_V) {
		v = get(x, VAR_XMM0 + n, V128);
		return lane_of_vector(x, v, t);
	}
	if (form == FORM_D) {
		v = get(x, VAR_XMMD0 + n, F64);
		if (t == F64)
			return v;
		v = un(x, OP_i64_bits, 0, v);
		if (t == I64)
			return v;
		v = un(x, OP_wrap, 0, v);
		return t == I32 ? v : un(x, OP_f32_bits, 0, v);
	}
	v = get(x, VAR_XMMS0 + n, F32);
	if (t == F32)
		return v;
	if (t == I32)
		return un(x, OP_i32_bits, 0, v);
	w = get(x, VAR_XMMT0 + n, I32);
	v = low64(x, v, w);
	return t == I64 ? v : un(x, OP_f64_bits, 0, v);
}

static void
setlo(struct xforms *x, u32 n, enum type t, ref v, u32 form, u32 after)
{
	static const u16 replace[] = {
		[I32] = OP_i32x4_replace_lane, [I64] = OP_i64x2_replace_lane, [F32] = OP_f32x4_replace_lane, [F64] = OP_f64x2_replace_lane
	};
	struct parts p;
	ref w;

	if (after == FORM_V) {
		w = get(x, VAR_XMM0 + n, V128);
		w = bin(x, replace[t], V128, w, v);
		set(x, VAR_XMM0 + n, V128, w);
		return;
	}
	if (form == FORM_V) {
		w = get(x, VAR_XMM0 + n, V128);
		p = split(x, w, after);
		p.d = p.s = REF_NONE;
		write_parts(x, n, &p);
	} else if (form == FORM_D && after == FORM_S) {
		w = get(x, VAR_XMMD0 + n, F64);
		p = d_to_s(x, w);
		set(x, VAR_XMMT0 + n, I32, p.t);
	}
	if (t == I64)
		v = un(x, OP_f64_bits, 0, v);
	if (t == I32)
		v = un(x, OP_f32_bits, 0, v);
	if (after == FORM_D)
		set(x, VAR_XMMD0 + n, F64, v);
	else
		set(x, VAR_XMMS0 + n, F32, v);
}

static void
set_constant(struct xforms *x, u32 n, const struct ins *v, u32 after)
{
	struct parts p = { REF_NONE, REF_NONE, REF_NONE, REF_NONE };

	if (after == FORM_D) {
		p.d = konst(x, F64, v->imm[0]);
	} else {
		p.s = konst(x, F32, (u32)v->imm[0]);
		p.t = konst(x, I32, v->imm[0] >> 32);
	}
	p.h = konst(x, I64, v->imm[1]);
	write_parts(x, n, &p);
}

ref
xmm_access(struct xforms *x, const struct blk *before, u32 i, const struct ins *in, u32 form, u32 after)
{
	u32 n = in->imm[0] - VAR_XMM0;
	ref v, from;

	switch (in->op) {
	case OP_getlo:
		return getlo(x, n, in->type, form);
	case OP_setlo:
		setlo(x, n, in->type, in->arg[0], form, after);
		return REF_NONE;
	case OP_get:
		if (x->copy[i] && x->copied[i] != FORM_V) {
			x->part[i] = read_parts(x, n, x->copied[i]);
			return REF_NONE;
		}
		if (form == FORM_D || form == FORM_S) {
			struct parts p = read_parts(x, n, form);

			v = build(x, &p);
			if (after == FORM_V)
				set(x, VAR_XMM0 + n, V128, v);
			return v;
		}
		return get(x, VAR_XMM0 + n, V128);
	}
	from = before->ins[i].arg[0];
	if (x->copy[from] && x->copied[from] != FORM_V) {
		write_parts(x, n, &x->part[from]);
		return REF_NONE;
	}
	if (before->ins[from].op == OP_vconst && after != FORM_V) {
		set_constant(x, n, &before->ins[from], after);
		return REF_NONE;
	}
	v = x->copy[from] ? x->map[from] : in->arg[0];
	set(x, VAR_XMM0 + n, V128, v);
	return REF_NONE;
}
