/*
 * simd.c - vector operations of ops.def. The rows' argument letters say which of Binaryen's constructors an operation takes.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <string.h>

enum shape { SHAPE_NONE, SHAPE_UNARY, SHAPE_BINARY, SHAPE_SHIFT, SHAPE_EXTRACT, SHAPE_REPLACE };

/* "x" and splats are unary, "xx" binary, "xi" shifts */
#define SHAPE(args) (sizeof args == 2 ? SHAPE_UNARY : args[1] == 'x' ? SHAPE_BINARY : SHAPE_SHIFT)

static const struct {
	u8 shape;
	BinaryenOp (*op)(void);
} vectors[NOP] = {
#define OP(name, res, args, props)
#define IOP(name, res, args, bin)
#define FOP(name, res, args, bin)
#define COP(name, res, args, bin)
#define VOP(name, res, args, bin) [OP_##name] = { SHAPE(args), Binaryen##bin },
#define XOP(name, res, args, bin) [OP_##name] = { SHAPE_EXTRACT, Binaryen##bin },
#define ROP(name, res, args, bin) [OP_##name] = { SHAPE_REPLACE, Binaryen##bin },
#include "../ops.def"
#undef OP
#undef IOP
#undef FOP
#undef COP
#undef VOP
#undef XOP
#undef ROP
};

expr
emit_simd(struct fe *fe, const struct ins *in, expr *arg)
{
	u8 lanes[16];

	if (in->op == OP_shuffle) {
		memcpy(lanes, in->imm, 16);
		return BinaryenSIMDShuffle(fe->m, arg[0], arg[1], lanes);
	}
	if (in->op == OP_bitselect)
		return BinaryenSIMDTernary(fe->m, BinaryenBitselectVec128(), arg[0], arg[1], arg[2]);
	switch (vectors[in->op].shape) {
	case SHAPE_UNARY: return BinaryenUnary(fe->m, vectors[in->op].op(), arg[0]);
	case SHAPE_BINARY: return BinaryenBinary(fe->m, vectors[in->op].op(), arg[0], arg[1]);
	case SHAPE_SHIFT: return BinaryenSIMDShift(fe->m, vectors[in->op].op(), arg[0], arg[1]);
	case SHAPE_EXTRACT: return BinaryenSIMDExtract(fe->m, vectors[in->op].op(), arg[0], in->imm[0]);
	case SHAPE_REPLACE: return BinaryenSIMDReplace(fe->m, vectors[in->op].op(), arg[0], in->imm[0], arg[1]);
	default: return NULL;
	}
}
