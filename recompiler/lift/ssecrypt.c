/*
 * ssecrypt.c - instructions that call a helper of the engine: string comparison, AES, SHA, carry-less multiplication, CRC32, mpsadbw,
 * phminposuw. Vector operands travel through cpu->scratch, as v128 does not cross the C border.
 */
#include "sse.h"

void
vhelper(struct lift *l, enum helper h, ref a, ref b, u32 imm)
{
	ref n;

	cpustore(l, V128, 16, offsetof(struct cpu, scratch[0]), a);
	cpustore(l, V128, 16, offsetof(struct cpu, scratch[1]), b);
	n = iconst(l, I32, imm);
	helper(l, h, n, REF_NONE, REF_NONE, REF_NONE);
}

ref
vresult(struct lift *l)
{
	return cpuload(l, V128, 16, offsetof(struct cpu, scratch[0]));
}

static u32
optional_immediate(struct lift *l)
{
	u32 n = l->in->z.operand_count_visible - (l->acc != 0);

	return n > 2 && is_imm(l, 2) ? lane_immediate(l, l->in->z.mnemonic == ZYDIS_MNEMONIC_VMPSADBW ? 3 : 0) : 0;
}

static void
vector_helper(struct lift *l, enum helper h)
{
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref r;

	vhelper(l, h, a, b, optional_immediate(l));
	r = vresult(l);
	putv(l, DST, r);
}

#define VECTOR_HELPER(name) void lift_##name(struct lift *l) { vector_helper(l, HELPER_sse_##name); }
VECTOR_HELPER(aesenc)
VECTOR_HELPER(aesenclast)
VECTOR_HELPER(aesdec)
VECTOR_HELPER(aesdeclast)
VECTOR_HELPER(aesimc)
VECTOR_HELPER(aeskeygenassist)
VECTOR_HELPER(pclmulqdq)
VECTOR_HELPER(mpsadbw)
VECTOR_HELPER(phminposuw)
VECTOR_HELPER(sha1rnds4)
VECTOR_HELPER(sha1nexte)
VECTOR_HELPER(sha1msg1)
VECTOR_HELPER(sha1msg2)
VECTOR_HELPER(sha256msg1)
VECTOR_HELPER(sha256msg2)
#undef VECTOR_HELPER

/* the third operand is xmm0 */
void
lift_sha256rnds2(struct lift *l)
{
	ref c = getvar(l, VAR_XMM0);

	cpustore(l, V128, 16, offsetof(struct cpu, scratch[2]), c);
	vector_helper(l, HELPER_sse_sha256rnds2);
}

/*
 * pcmpistri pcmpistrm pcmpestri pcmpestrm: the helper leaves the mask in scratch[0] and returns the index in bits 32.. and
 * the status flags below. imm bit 8 asks for the mask.
 */
static void
string_compare(struct lift *l, bool lengths, bool mask)
{
	u32 imm = immediate(l, 2) | (mask ? 0x100 : 0);
	ref b = getv(l, SRC);
	ref a = getv(l, ACC);
	ref n = iconst(l, I32, imm);
	ref r, x, y, low;

	cpustore(l, V128, 16, offsetof(struct cpu, scratch[0]), a);
	cpustore(l, V128, 16, offsetof(struct cpu, scratch[1]), b);
	if (lengths) {
		x = getvar(l, VAR_RAX);
		y = getvar(l, VAR_RDX);
		if (!(l->in->z.attributes & ZYDIS_ATTRIB_HAS_REX && l->in->z.raw.rex.W)) {
			x = op1(l, OP_i64_ext32s, I64, x);
			y = op1(l, OP_i64_ext32s, I64, y);
		}
		r = helper(l, HELPER_sse_pcmpestr, n, x, y, REF_NONE);
	} else {
		r = helper(l, HELPER_sse_pcmpistr, n, REF_NONE, REF_NONE, REF_NONE);
	}
	if (mask) {
		x = vresult(l);
		setvar(l, VAR_XMM0, x);
	} else {
		y = iconst(l, I64, 32);
		x = op2(l, OP_shru, I64, r, y);
		setvar(l, VAR_RCX, x);
	}
	low = iconst(l, I64, EF_STATUS);
	r = op2(l, OP_and, I64, r, low);
	flags_word_set(l, r);
}

void
lift_pcmpistri(struct lift *l)
{
	string_compare(l, false, false);
}

void
lift_pcmpistrm(struct lift *l)
{
	string_compare(l, false, true);
}

void
lift_pcmpestri(struct lift *l)
{
	string_compare(l, true, false);
}

void
lift_pcmpestrm(struct lift *l)
{
	string_compare(l, true, true);
}

/* CRC32C of 1, 2, 4 or 8 bytes; the upper half of a 64-bit destination is cleared */
void
lift_crc32(struct lift *l)
{
	bool wide = osize(l, DST) == 8;
	u8 size = osize(l, SRC);
	ref b = get(l, SRC);
	ref a = get(l, DST);
	ref n = iconst(l, I32, size);
	ref r;

	if (wide)
		a = op1(l, OP_wrap, I32, a);
	if (size < 8)
		b = op1(l, OP_extu, I64, b);
	r = helper(l, HELPER_sse_crc32, a, b, n, REF_NONE);
	if (wide)
		r = op1(l, OP_extu, I64, r);
	put(l, DST, r);
}
