/*
 * flags.c - what the lazy flag kinds of include/flags.def mean: the one definition. recompiler/opt/conds.c must agree.
 * The rules for CF, OF and AF of additions and subtractions are those of the SDM, volume 1, 3.4.3.1.
 */
#include "engine.h"

static const u8 flag_bits[NFLAG] = {
#define FLAG(name, bits) bits,
#include "../../include/flags.def"
#undef FLAG
};

/* PF ZF SF of a result of n bits */
static u64
flags_result(u64 r, u32 n)
{
	u64 mask = n == 64 ? ~0ull : (1ull << n) - 1;
	u64 word = 0;

	r &= mask;
	if (!__builtin_parity(r & 0xff))
		word |= EF_PF;
	if (r == 0)
		word |= EF_ZF;
	if (r >> (n - 1) & 1)
		word |= EF_SF;
	return word;
}

static u64
flags_add(u64 a, u64 b, u32 n)
{
	u64 r = a + b;
	u64 carry = (a & b) | ((a | b) & ~r);
	u64 word = flags_result(r, n);

	if (carry >> (n - 1) & 1)
		word |= EF_CF;
	if (((a ^ r) & (b ^ r)) >> (n - 1) & 1)
		word |= EF_OF;
	return word | ((a ^ b ^ r) & EF_AF);
}

static u64
flags_sub(u64 a, u64 b, u32 n)
{
	u64 r = a - b;
	u64 borrow = (~a & b) | (~(a ^ b) & r);
	u64 word = flags_result(r, n);

	if (borrow >> (n - 1) & 1)
		word |= EF_CF;
	if (((a ^ b) & (a ^ r)) >> (n - 1) & 1)
		word |= EF_OF;
	return word | ((a ^ b ^ r) & EF_AF);
}

/* ucomiss, comisd: SDM volume 2, "COMISD": unordered sets ZF PF CF */
static u64
flags_fcom(double a, double b)
{
	if (a != a || b != b)
		return EF_ZF | EF_PF | EF_CF;
	if (a < b)
		return EF_CF;
	return a == b ? EF_ZF : 0;
}

static double
bits_f32(u64 bits)
{
	union { u32 i; float f; } v = { .i = (u32)bits };

	return v.f;
}

static double
bits_f64(u64 bits)
{
	union { u64 i; double f; } v = { .i = bits };

	return v.f;
}

u64
flags_word(u32 fk, u64 fa, u64 fb, u64 fc)
{
	switch (fk) {
	case FLAG_WORD:
		return fa & EF_STATUS;
	case FLAG_ADD8: case FLAG_ADD16: case FLAG_ADD32: case FLAG_ADD64:
		return flags_add(fa, fb, flag_bits[fk]);
	case FLAG_SUB8: case FLAG_SUB16: case FLAG_SUB32: case FLAG_SUB64:
		return flags_sub(fa, fb, flag_bits[fk]);
	case FLAG_RES8: case FLAG_RES16: case FLAG_RES32: case FLAG_RES64:
		return flags_result(fa, flag_bits[fk]) | (fb & 1) | (fc & (EF_OF | EF_AF));
	case FLAG_FCOM32:
		return flags_fcom(bits_f32(fa), bits_f32(fb));
	case FLAG_FCOM64:
		return flags_fcom(bits_f64(fa), bits_f64(fb));
	}
	return 0;
}

/* The conditions of subtractions and results, without the whole word: what most branches ask. -1: not one of them. */
static int
flags_cond_quick(u32 fk, u64 a, u64 b, u32 cc)
{
	u32 n = flag_bits[fk];
	u32 shift = 64 - n;

	if (fk >= FLAG_SUB8 && fk <= FLAG_SUB64) {
		i64 sa = (i64)(a << shift), sb = (i64)(b << shift);

		switch (cc) {
		case CC_E: return (u64)sa == (u64)sb;
		case CC_B: return (u64)sa < (u64)sb;
		case CC_BE: return (u64)sa <= (u64)sb;
		case CC_S: return (i64)((u64)sa - (u64)sb) < 0;
		case CC_L: return sa < sb;
		case CC_LE: return sa <= sb;
		}
	}
	if (fk >= FLAG_RES8 && fk <= FLAG_RES64) {
		switch (cc) {
		case CC_E: return (a << shift) == 0;
		case CC_B: return (int)(b & 1);
		case CC_S: return (i64)(a << shift) < 0;
		}
	}
	return -1;
}

u32
flags_cond(const struct cpu *cpu, u32 cc)
{
	int quick = cpu->fk < NFLAG ? flags_cond_quick(cpu->fk, cpu->fa, cpu->fb, cc & ~1u) : -1;
	u32 yes;
	u64 w;

	if (quick >= 0)
		return (u32)quick ^ (cc & 1);
	w = flags_word(cpu->fk, cpu->fa, cpu->fb, cpu->fc);
	switch (cc & ~1u) {
	case CC_O: yes = (w & EF_OF) != 0; break;
	case CC_B: yes = (w & EF_CF) != 0; break;
	case CC_E: yes = (w & EF_ZF) != 0; break;
	case CC_BE: yes = (w & (EF_CF | EF_ZF)) != 0; break;
	case CC_S: yes = (w & EF_SF) != 0; break;
	case CC_P: yes = (w & EF_PF) != 0; break;
	case CC_L: yes = !(w & EF_SF) != !(w & EF_OF); break;
	default: yes = (w & EF_ZF) || !(w & EF_SF) != !(w & EF_OF); break;
	}
	return yes ^ (cc & 1);
}
