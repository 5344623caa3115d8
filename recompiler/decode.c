/*
 * decode.c - one instruction through Zydis, in 64-bit mode with its default modes (CET and MPX encodings are known, KNC's are
 * not). Also part of the engine, so nothing is kept between calls.
 */
#include "recompiler.h"

bool
decode(struct insn *in, u32 pc, const u8 *bytes, size_t n)
{
	ZydisDecoder d;
	ZydisDecoderContext ctx;

	if (!ZYAN_SUCCESS(ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
		return false;
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&d, &ctx, bytes, n, &in->z)))
		return false;
	in->pc = pc;
	return ZYAN_SUCCESS(ZydisDecoderDecodeOperands(&d, &ctx, &in->z, in->op, in->z.operand_count));
}
