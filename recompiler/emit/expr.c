/*
 * expr.c - small expressions: locals, constants, the fields of struct cpu, and the operators that map one to one. Plain guest loads and stores
 * are here too; they carry the natural alignment as a hint only.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define VAR(name, type, offset, text) offset,
static const u16 var_offset[NVAR] = {
#include "../../include/cpu.def"
};
#undef VAR

static const u8 type_size[] = { 0, 4, 8, 4, 8, 16 };

void
append(struct list *l, expr x)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->v = realloc(l->v, l->cap * sizeof *l->v);
		if (!l->v)
			die("out of memory");
	}
	l->v[l->n++] = x;
	l->jump = 0;
}

/*
 * A block. Its type is given because Binaryen finds it by searching the block for jumps to its end, again in each block around: what has a name is
 * jumped to, has no value, and so can end; the others have their last part's value and cannot end if something in them does not.
 */
expr
block_of(struct fe *fe, const char *name, expr *v, u32 n)
{
	BinaryenType type = name || !n ? BinaryenTypeNone() : BinaryenExpressionGetType(v[n - 1]);
	expr block;

	for (u32 i = 0; !name && i < n; i++)
		if (BinaryenExpressionGetType(v[i]) == BinaryenTypeUnreachable())
			type = BinaryenTypeUnreachable();
	if (!name)
		return BinaryenBlock(fe->m, NULL, v, n, type);
	block = BinaryenBlock(fe->m, name, NULL, 0, type);      /* parts that are there from the start are searched in spite of the type */
	for (u32 i = 0; i < n; i++)
		BinaryenBlockAppendChild(block, v[i]);
	return block;
}

expr
seq(struct fe *fe, const char *name, struct list *l)
{
	expr x;

	x = l->n == 1 && !name ? l->v[0] : block_of(fe, name, l->v, l->n);
	free(l->v);
	*l = (struct list){ 0 };
	return x;
}

BinaryenType
wasm_type(enum type t)
{
	switch (t) {
	case I32: return BinaryenTypeInt32();
	case I64: return BinaryenTypeInt64();
	case F32: return BinaryenTypeFloat32();
	case F64: return BinaryenTypeFloat64();
	case V128: return BinaryenTypeVec128();
	default: return BinaryenTypeNone();
	}
}

u32
new_local(struct fe *fe, BinaryenType t)
{
	if (fe->nlocal == fe->localcap) {
		u32 cap = fe->localcap ? 2 * fe->localcap : 64;
		fe->local = arena_grow(&fe->arena, fe->local, fe->localcap * sizeof *fe->local, cap * sizeof *fe->local);
		fe->localcap = cap;
	}
	fe->local[fe->nlocal++] = t;
	return fe->nlocal;                       /* local 0 is the cpu pointer */
}

u32
named_local(struct fe *fe, u32 *which, BinaryenType t)
{
	if (!*which)
		*which = new_local(fe, t);
	return *which;
}

u32
var_local(struct fe *fe, u32 var)
{
	return named_local(fe, &fe->varlocal[var], wasm_type(var_type(fe->f, var)));
}

expr
get_local(struct fe *fe, u32 local)
{
	return BinaryenLocalGet(fe->m, local, local ? fe->local[local - 1] : BinaryenTypeInt32());
}

expr
set_local(struct fe *fe, u32 local, expr x)
{
	return BinaryenLocalSet(fe->m, local, x);
}

expr
i32c(struct fe *fe, u32 v)
{
	return BinaryenConst(fe->m, BinaryenLiteralInt32((i32)v));
}

expr
i64c(struct fe *fe, u64 v)
{
	return BinaryenConst(fe->m, BinaryenLiteralInt64((i64)v));
}

expr
address(struct fe *fe, u32 link)
{
	expr base;

	if (!fe->e->o.dyn)
		return i32c(fe, link);
	base = BinaryenGlobalGet(fe->m, "base", BinaryenTypeInt32());
	return BinaryenBinary(fe->m, BinaryenAddInt32(), base, i32c(fe, link));
}

expr
cpu(struct fe *fe)
{
	return BinaryenLocalGet(fe->m, 0, BinaryenTypeInt32());
}

expr
cpu_get(struct fe *fe, enum type t, u32 size, u32 offset)
{
	return BinaryenLoad(fe->m, size, false, offset, 0, wasm_type(t), cpu(fe));
}

expr
cpu_set(struct fe *fe, enum type t, u32 size, u32 offset, expr x)
{
	return BinaryenStore(fe->m, size, offset, 0, cpu(fe), x, wasm_type(t));
}

expr
fetch(struct fe *fe, u32 var)
{
	enum type t = var_type(fe->f, var);

	return set_local(fe, var_local(fe, var), cpu_get(fe, t, type_size[t], var_offset[var]));
}

static expr
fetch_low(struct fe *fe, u32 var)
{
	return set_local(fe, var_local(fe, var), cpu_get(fe, I64, 4, var_offset[var]));
}

expr
flush(struct fe *fe, u32 var)
{
	enum type t = var_type(fe->f, var);

	return cpu_set(fe, t, type_size[t], var_offset[var], get_local(fe, var_local(fe, var)));
}

void
flush_set(struct fe *fe, varset set, struct list *out)
{
	for (u32 v = 0; v < NVAR; v++)
		if (set & VARBIT(v))
			append(out, flush(fe, v));
}

/* How an operation is built, and its Binaryen operator for the narrow and the wide type. */
struct rule {
	u8 args;                                 /* 0: built elsewhere */
	BinaryenOp (*narrow)(void), (*wide)(void);
};

static const struct rule rules[NOP] = {
#define OP(name, res, args, props)
#define IOP(name, res, args, bin) [OP_##name] = { sizeof args - 1, Binaryen##bin##Int32, Binaryen##bin##Int64 },
#define FOP(name, res, args, bin) [OP_##name] = { sizeof args - 1, Binaryen##bin##Float32, Binaryen##bin##Float64 },
#define COP(name, res, args, bin) [OP_##name] = { sizeof args - 1, Binaryen##bin, Binaryen##bin },
#define VOP(name, res, args, bin)
#define XOP(name, res, args, bin)
#define ROP(name, res, args, bin)
#include "../ops.def"
#undef OP
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
};

static expr
emit_const(struct fe *fe, const struct ins *in)
{
	switch (in->type) {
	case I32: return i32c(fe, in->imm[0]);
	case I64: return i64c(fe, in->imm[0]);
	case F32: return BinaryenConst(fe->m, BinaryenLiteralFloat32Bits((i32)in->imm[0]));
	case F64: return BinaryenConst(fe->m, BinaryenLiteralFloat64Bits((i64)in->imm[0]));
	default: assert(!"type of a constant"); return NULL;
	}
}

static expr
emit_vconst(struct fe *fe, const struct ins *in)
{
	u8 bytes[16];

	memcpy(bytes, in->imm, 16);
	return BinaryenConst(fe->m, BinaryenLiteralVec128(bytes));
}

static expr
emit_getlo(struct fe *fe, const struct ins *in)
{
	expr v = get_local(fe, var_local(fe, in->imm[0]));

	switch (in->type) {
	case I32: return BinaryenSIMDExtract(fe->m, BinaryenExtractLaneVecI32x4(), v, 0);
	case I64: return BinaryenSIMDExtract(fe->m, BinaryenExtractLaneVecI64x2(), v, 0);
	case F32: return BinaryenSIMDExtract(fe->m, BinaryenExtractLaneVecF32x4(), v, 0);
	default: return BinaryenSIMDExtract(fe->m, BinaryenExtractLaneVecF64x2(), v, 0);
	}
}

static expr
emit_setlo(struct fe *fe, const struct ins *in, expr x)
{
	u32 local = var_local(fe, in->imm[0]);
	BinaryenOp op;

	switch (in->type) {
	case I32: op = BinaryenReplaceLaneVecI32x4(); break;
	case I64: op = BinaryenReplaceLaneVecI64x2(); break;
	case F32: op = BinaryenReplaceLaneVecF32x4(); break;
	default: op = BinaryenReplaceLaneVecF64x2(); break;
	}
	return set_local(fe, local, BinaryenSIMDReplace(fe->m, op, get_local(fe, local), 0, x));
}

#define FILE_MAX 0x40000000u             /* larger link addresses are negative displacements */

/* An address of the file plus a displacement: the load bias as address, the rest as offset. The file is mapped there, so nothing wraps. */
static u32
offset_in_file(struct fe *fe, u64 displacement, expr *addr)
{
	expr left, right;

	if (!fe->e->o.dyn || BinaryenExpressionGetId(*addr) != BinaryenBinaryId())
		return displacement;
	left = BinaryenBinaryGetLeft(*addr);
	right = BinaryenBinaryGetRight(*addr);
	if (BinaryenExpressionGetId(left) != BinaryenGlobalGetId() || BinaryenExpressionGetId(right) != BinaryenConstId())
		return displacement;
	if ((u32)BinaryenConstGetValueI32(right) + displacement >= FILE_MAX)
		return displacement;
	*addr = left;
	return displacement + (u32)BinaryenConstGetValueI32(right);
}

static expr
emit_load(struct fe *fe, const struct ins *in, expr addr)
{
	u32 offset = offset_in_file(fe, in->imm[0], &addr);

	if (in->type == V128 && in->size < 16) {
		BinaryenOp op = in->size == 4 ? BinaryenLoad32ZeroVec128() : BinaryenLoad64ZeroVec128();
		return BinaryenSIMDLoad(fe->m, op, offset, in->size, addr);
	}
	return BinaryenLoad(fe->m, in->size, in->op == OP_loads, offset, 0, wasm_type(in->type), addr);
}

static expr
emit_store(struct fe *fe, const struct ins *in, expr addr, expr x)
{
	u32 offset = offset_in_file(fe, in->imm[0], &addr);

	if (in->type == V128 && in->size < 16) {
		BinaryenOp op = in->size == 4 ? BinaryenStore32LaneVec128() : BinaryenStore64LaneVec128();
		return BinaryenSIMDLoadStoreLane(fe->m, op, offset, in->size, 0, addr, x);
	}
	return BinaryenStore(fe->m, in->size, offset, 0, addr, x, wasm_type(in->type));
}

/* A condition that no pass resolved: status flags from the helper, then the manual's condition in bits. */
static expr
emit_cond(struct fe *fe, const struct ins *in)
{
	static const u16 mask[8] = { EF_OF, EF_CF, EF_ZF, EF_CF | EF_ZF, EF_SF, EF_PF, 0, 0 };
	u32 cc = in->imm[0], w;
	BinaryenOp and = BinaryenAndInt32(), shr = BinaryenShrUInt32();
	expr arg[4], word, x, sf, of, zf;

	w = named_local(fe, &fe->index_local, BinaryenTypeInt32());
	arg[0] = get_local(fe, var_local(fe, VAR_FK));
	arg[1] = get_local(fe, var_local(fe, VAR_FA));
	arg[2] = get_local(fe, var_local(fe, VAR_FB));
	arg[3] = get_local(fe, var_local(fe, VAR_FC));
	fe->mod->helper_used[HELPER_flags_word] = true;
	word = call_engine(fe, "flags_word", arg, 4, BinaryenTypeInt64());
	word = BinaryenUnary(fe->m, BinaryenWrapInt64(), word);
	if (mask[cc >> 1]) {
		x = BinaryenBinary(fe->m, and, word, i32c(fe, mask[cc >> 1]));
		x = BinaryenBinary(fe->m, BinaryenNeInt32(), x, i32c(fe, 0));
	} else {
		word = BinaryenLocalTee(fe->m, w, word, BinaryenTypeInt32());
		sf = BinaryenBinary(fe->m, shr, word, i32c(fe, 7));
		of = BinaryenBinary(fe->m, shr, get_local(fe, w), i32c(fe, 11));
		x = BinaryenBinary(fe->m, BinaryenXorInt32(), sf, of);
		if (cc >= CC_LE) {
			zf = BinaryenBinary(fe->m, shr, get_local(fe, w), i32c(fe, 6));
			x = BinaryenBinary(fe->m, BinaryenOrInt32(), x, zf);
		}
		x = BinaryenBinary(fe->m, and, x, i32c(fe, 1));
	}
	return cc & 1 ? BinaryenUnary(fe->m, BinaryenEqZInt32(), x) : x;
}

static expr
emit_helper(struct fe *fe, const struct ins *in, expr *arg)
{
	const struct helperinfo *h = &helperinfo[in->imm[0]];
	bool c = h->args[0] == 'c';
	u32 n = ir_nargs(in);
	expr full[5];

	if (c)
		full[0] = cpu(fe);
	for (u32 i = 0; i < n; i++)
		full[i + c] = arg[i];
	fe->mod->helper_used[in->imm[0]] = true;
	return call_engine(fe, h->name, full, n + c, wasm_type(ir_result(fe->f, in)));
}

static expr
emit_addr(struct fe *fe, const struct ins *in)
{
	expr x;

	if (!fe->e->o.dyn && in->type == I64)
		return i64c(fe, (u32)in->imm[0]);
	x = address(fe, in->imm[0]);
	return in->type == I64 ? BinaryenUnary(fe->m, BinaryenExtendUInt32(), x) : x;
}

expr
emit_op(struct fe *fe, const struct ins *in, expr *arg)
{
	const struct rule *r = &rules[in->op];
	expr x;

	if (r->args) {
		BinaryenOp op = in->type == I64 || in->type == F64 ? r->wide() : r->narrow();
		return r->args == 1 ? BinaryenUnary(fe->m, op, arg[0]) : BinaryenBinary(fe->m, op, arg[0], arg[1]);
	}
	switch (in->op) {
	case OP_const: return emit_const(fe, in);
	case OP_vconst: return emit_vconst(fe, in);
	case OP_addr: return emit_addr(fe, in);
	case OP_select: return BinaryenSelect(fe->m, arg[2], arg[0], arg[1], wasm_type(in->type));
	case OP_get: return get_local(fe, var_local(fe, in->imm[0]));
	case OP_set: return set_local(fe, var_local(fe, in->imm[0]), arg[0]);
	case OP_getlo: return emit_getlo(fe, in);
	case OP_setlo: return emit_setlo(fe, in, arg[0]);
	case OP_fetch: return fetch(fe, in->imm[0]);
	case OP_fetchlo: return fetch_low(fe, in->imm[0]);
	case OP_flush: return flush(fe, in->imm[0]);
	case OP_cond: return emit_cond(fe, in);
	case OP_cpuload: return cpu_get(fe, in->type, in->size, in->imm[0]);
	case OP_cpustore: return cpu_set(fe, in->type, in->size, in->imm[0], arg[0]);
	case OP_load:
	case OP_loads: return emit_load(fe, in, arg[0]);
	case OP_store: return emit_store(fe, in, arg[0], arg[1]);
	case OP_helper: return emit_helper(fe, in, arg);
	}
	x = emit_simd(fe, in, arg);
	return x ? x : emit_lock(fe, in, arg);
}
