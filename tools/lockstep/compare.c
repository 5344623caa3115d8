/*
 * compare.c - what must be equal after an instruction. Not compared: undefined flags (by the rows of x86.def), which of two NaNs arithmetic hands on, MXCSR and the
 * exception and condition bits of the x87 status word, approximations. What is not compared is taken over from the translated side, so that it makes no
 * difference later.
 */
#include "lockstep.h"

enum insn_kind
insn_kind(const struct insn *in)
{
	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_SYSCALL: case ZYDIS_MNEMONIC_INT: case ZYDIS_MNEMONIC_CPUID: case ZYDIS_MNEMONIC_RDTSC: case ZYDIS_MNEMONIC_RDTSCP:
	case ZYDIS_MNEMONIC_RDPID: case ZYDIS_MNEMONIC_RDRAND: case ZYDIS_MNEMONIC_RDSEED: case ZYDIS_MNEMONIC_XGETBV: case ZYDIS_MNEMONIC_LSL:
	case ZYDIS_MNEMONIC_SGDT: case ZYDIS_MNEMONIC_SIDT: case ZYDIS_MNEMONIC_STR: case ZYDIS_MNEMONIC_SMSW: case ZYDIS_MNEMONIC_SLDT:
	case ZYDIS_MNEMONIC_STMXCSR: case ZYDIS_MNEMONIC_VSTMXCSR: case ZYDIS_MNEMONIC_RCPPS: case ZYDIS_MNEMONIC_RCPSS: case ZYDIS_MNEMONIC_RSQRTPS:
	case ZYDIS_MNEMONIC_RSQRTSS: case ZYDIS_MNEMONIC_VRCPPS: case ZYDIS_MNEMONIC_VRCPSS: case ZYDIS_MNEMONIC_VRSQRTPS: case ZYDIS_MNEMONIC_VRSQRTSS:
	case ZYDIS_MNEMONIC_FSIN: case ZYDIS_MNEMONIC_FCOS: case ZYDIS_MNEMONIC_FSINCOS: case ZYDIS_MNEMONIC_FPTAN: case ZYDIS_MNEMONIC_FPATAN:
	case ZYDIS_MNEMONIC_F2XM1: case ZYDIS_MNEMONIC_FYL2X: case ZYDIS_MNEMONIC_FYL2XP1:
		return INSN_TAKEN;
	default:
		return INSN_BOTH;
	}
}

u64 flags_word(u32 fk, u64 fa, u64 fb, u64 fc);          /* runtime/engine/flags.c */

void
state_of(struct state *s, const struct cpu *cpu)
{
	memset(s, 0, sizeof *s);
	memcpy(s->r, cpu->r, sizeof s->r);
	s->rip = cpu->rip;
	s->flags = flags_word(cpu->fk, cpu->fa, cpu->fb, cpu->fc) | (cpu->df ? EF_DF : 0);
	s->fsbase = cpu->fsbase;
	s->gsbase = cpu->gsbase;
	memcpy(s->xmm, cpu->xmm, sizeof s->xmm);
	memcpy(s->ymmh, cpu->ymmh, sizeof s->ymmh);
	s->fcw = cpu->fcw;
	s->fsw = cpu->fsw;
	for (u32 i = 0; i < 8; i++) {
		const struct x87reg *r = &cpu->st[((cpu->fsw >> 11) + i) & 7];

		memcpy(s->st[i], &r->mant, 8);
		memcpy(s->st[i] + 8, &r->se, 2);
		if ((cpu->ftw >> 2 * i & 3) != 3)
			s->tags |= 1 << i;
	}
}

static u64
undefined_flags(const struct insn *in)
{
	const struct x86_row *row = x86_row(in->z.mnemonic);
	u64 bits = 0;

	for (const char *p = row ? row->flags_undefined : ""; *p; p++)
		switch (*p) {
		case 'C': bits |= EF_CF; break;
		case 'P': bits |= EF_PF; break;
		case 'A': bits |= EF_AF; break;
		case 'Z': bits |= EF_ZF; break;
		case 'S': bits |= EF_SF; break;
		case 'O': bits |= EF_OF; break;
		}
	/* a count of the operand's size or more */
	if ((in->z.mnemonic == ZYDIS_MNEMONIC_SHL || in->z.mnemonic == ZYDIS_MNEMONIC_SHR || in->z.mnemonic == ZYDIS_MNEMONIC_SHLD ||
	    in->z.mnemonic == ZYDIS_MNEMONIC_SHRD) && in->op[0].size < 32)
		bits |= EF_CF;
	return bits;
}

static bool
arithmetic(const struct insn *in)
{
	switch (in->z.meta.category) {
	case ZYDIS_CATEGORY_SSE: case ZYDIS_CATEGORY_AVX: case ZYDIS_CATEGORY_AVX2: case ZYDIS_CATEGORY_VFMA: case ZYDIS_CATEGORY_CONVERT: return true;
	default: return false;
	}
}

/* equal, or NaNs of the same place */
static bool
same_lanes(const u8 *a, const u8 *b)
{
	for (u32 i = 0; i < 16; i += 8) {
		double x, y;
		float p[2], q[2];

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		memcpy(p, a + i, 8);
		memcpy(q, b + i, 8);
		if (memcmp(&x, &y, 8) == 0 || (x != x && y != y))
			continue;
		for (u32 k = 0; k < 2; k++)
			if (memcmp(&p[k], &q[k], 4) != 0 && !(p[k] != p[k] && q[k] != q[k]))
				return false;
	}
	return true;
}

const char *
state_differs(const struct insn *in, const struct state *native, const struct state *here, bool *exact)
{
	*exact = memcmp(native, here, sizeof *native) == 0;
	if (*exact)
		return NULL;
	if (native->rip != here->rip)
		return "where it goes on";
	if (memcmp(native->r, here->r, sizeof native->r) != 0)
		return "general registers";
	if ((native->flags ^ here->flags) & (EF_STATUS | EF_DF) & ~undefined_flags(in))
		return "flags";
	if (native->fsbase != here->fsbase || native->gsbase != here->gsbase)
		return "segment bases";
	for (u32 i = 0; i < 16; i++) {
		if (memcmp(native->xmm[i], here->xmm[i], 16) != 0 && !(arithmetic(in) && same_lanes(native->xmm[i], here->xmm[i])))
			return "vector registers";
		if (memcmp(native->ymmh[i], here->ymmh[i], 16) != 0 && !(arithmetic(in) && same_lanes(native->ymmh[i], here->ymmh[i])))
			return "upper halves of vector registers";
	}
	if (native->fcw != here->fcw || (native->fsw ^ here->fsw) & 0x3800 || native->tags != here->tags)
		return "x87 control";
	for (u32 i = 0; i < 8; i++)
		if (native->tags >> (((native->fsw >> 11) + i) & 7) & 1 && memcmp(native->st[i], here->st[i], 10) != 0)
			return "x87 registers";
	return NULL;
}
