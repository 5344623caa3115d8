/*
 * exact.c - floating point that obeys MXCSR: in processes that use it (docs/float.md) every instruction whose lift function stands in the
 * table below is lifted to the helper sse_exact() instead, which also says whether an unmasked exception is to be raised; then nothing has been
 * written. What is exact whatever MXCSR says, and reciprocals, which do not look at it, stay as they are.
 */
#include "sse.h"
#include "../../include/floats.h"

enum shape {
	SCALAR,                                          /* one lane; the rest is the first source's */
	PACKED,                                          /* as many as the larger of source and destination holds */
	PACKED_KEEP,                                     /* two, the rest is the destination's */
	FROM_GPR, TO_GPR, FLAGS, HALF,
	FUSED, FUSED_SCALAR
};

struct exact {
	void (*lift)(struct lift *l);
	u8 op, shape;
	bool wide;                                       /* FLOAT_DOUBLE */
	u8 order, negate;                                /* of fused multiply-adds: 132 213 231, FMA_ */
};

#define X(mnemonic, function, written, undefined, forms) void lift_##function(struct lift *l);
#include "x86.def"
#undef X

#define FOUR(name, op) \
	{ lift_##name##ss, op, SCALAR, false, 0, 0 }, { lift_##name##sd, op, SCALAR, true, 0, 0 }, \
	{ lift_##name##ps, op, PACKED, false, 0, 0 }, { lift_##name##pd, op, PACKED, true, 0, 0 },
#define TWO(name, op) \
	{ lift_##name##ps, op, PACKED, false, 0, 0 }, { lift_##name##pd, op, PACKED, true, 0, 0 },
#define FUSED_TWO(name, n, how) \
	{ lift_##name##n##ps, FLOAT_FMA, FUSED, false, n, how }, { lift_##name##n##pd, FLOAT_FMA, FUSED, true, n, how },
#define FUSED_FOUR(name, n, how) FUSED_TWO(name, n, how) \
	{ lift_##name##n##ss, FLOAT_FMA, FUSED_SCALAR, false, n, how }, { lift_##name##n##sd, FLOAT_FMA, FUSED_SCALAR, true, n, how },
#define ORDERS(what, name, how) what(name, 132, how) what(name, 213, how) what(name, 231, how)

static const struct exact table[] = {
	FOUR(add, FLOAT_ADD) FOUR(sub, FLOAT_SUB) FOUR(mul, FLOAT_MUL) FOUR(div, FLOAT_DIV) FOUR(min, FLOAT_MIN) FOUR(max, FLOAT_MAX)
	FOUR(sqrt, FLOAT_SQRT) FOUR(cmp, FLOAT_CMP) FOUR(round, FLOAT_ROUND)
	TWO(addsub, FLOAT_ADDSUB) TWO(hadd, FLOAT_HADD) TWO(hsub, FLOAT_HSUB) TWO(dp, FLOAT_DP)
	{ lift_comiss, FLOAT_COMI, FLAGS, false, 0, 0 }, { lift_comisd, FLOAT_COMI, FLAGS, true, 0, 0 },
	{ lift_cvtss2sd, FLOAT_WIDEN, SCALAR, true, 0, 0 }, { lift_cvtsd2ss, FLOAT_NARROW, SCALAR, true, 0, 0 },
	{ lift_cvtps2pd, FLOAT_WIDEN, PACKED, true, 0, 0 }, { lift_cvtpd2ps, FLOAT_NARROW, PACKED, true, 0, 0 },
	{ lift_cvtdq2ps, FLOAT_OF_I32, PACKED, false, 0, 0 }, { lift_cvtpi2ps, FLOAT_OF_I32, PACKED_KEEP, false, 0, 0 },
	{ lift_cvtps2dq, FLOAT_TO_I32, PACKED, false, 0, 0 }, { lift_cvttps2dq, FLOAT_TRUNC_I32, PACKED, false, 0, 0 },
	{ lift_cvtpd2dq, FLOAT_TO_I32, PACKED, true, 0, 0 }, { lift_cvttpd2dq, FLOAT_TRUNC_I32, PACKED, true, 0, 0 },
	{ lift_cvtsi2ss, FLOAT_OF_I32, FROM_GPR, false, 0, 0 }, { lift_cvtsi2sd, FLOAT_OF_I32, FROM_GPR, true, 0, 0 },
	{ lift_cvtss2si, FLOAT_TO_I32, TO_GPR, false, 0, 0 }, { lift_cvtsd2si, FLOAT_TO_I32, TO_GPR, true, 0, 0 },
	{ lift_cvttss2si, FLOAT_TRUNC_I32, TO_GPR, false, 0, 0 }, { lift_cvttsd2si, FLOAT_TRUNC_I32, TO_GPR, true, 0, 0 },
	{ lift_vcvtph2ps, FLOAT_OF_HALF, HALF, false, 0, 0 }, { lift_vcvtps2ph, FLOAT_TO_HALF, HALF, false, 0, 0 },
	ORDERS(FUSED_FOUR, fmadd, 0)
	ORDERS(FUSED_FOUR, fmsub, FMA_NEGATE_EVEN | FMA_NEGATE_ODD)
	ORDERS(FUSED_FOUR, fnmadd, FMA_NEGATE_PRODUCT)
	ORDERS(FUSED_FOUR, fnmsub, FMA_NEGATE_PRODUCT | FMA_NEGATE_EVEN | FMA_NEGATE_ODD)
	ORDERS(FUSED_TWO, fmaddsub, FMA_NEGATE_EVEN)
	ORDERS(FUSED_TWO, fmsubadd, FMA_NEGATE_ODD)
};
#undef FOUR
#undef TWO
#undef FUSED_TWO
#undef FUSED_FOUR
#undef ORDERS

const struct exact *
exact_find(const struct x86_row *row)
{
	for (u32 i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].lift == row->lift)
			return &table[i];
	return NULL;
}

/* operand n as source number 0, 1, 2; both halves of a ymm register */
static void
source(struct lift *l, int number, int n)
{
	int k = n == ACC ? l->acc : n;

	for (int i = 0; i <= is_wide(l, k); i++) {
		ref x = gethalf(l, n, i);

		cpustore(l, V128, 16, offsetof(struct cpu, scratch[0]) + 32 * number + 16 * i, x);
	}
}

static ref
result(struct lift *l, int i)
{
	return cpuload(l, V128, 16, offsetof(struct cpu, scratch[0]) + 16 * i);
}

static void
call(struct lift *l, const struct exact *e, u32 op, u32 lanes, u32 imm)
{
	u32 keep = lanes == 1 || e->shape == PACKED_KEEP ? FLOAT_KEEP : 0;
	ref how = iconst(l, I32, op | (e->wide ? FLOAT_DOUBLE : 0) | keep | FLOAT_LANES(lanes) | FLOAT_IMM(imm));
	ref bad = helper(l, HELPER_sse_exact, how, REF_NONE, REF_NONE, REF_NONE);

	trapif(l, bad, TRAP_FLOAT);
}

static u32
exact_immediate(struct lift *l, const struct exact *e)
{
	switch (e->op) {
	case FLOAT_CMP:
		return immediate(l, 2) & (l->in->z.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX ? 31 : 7);
	case FLOAT_ROUND: case FLOAT_DP: case FLOAT_TO_HALF:
		return immediate(l, 2);
	default:
		return e->negate;
	}
}

static u32
lanes(struct lift *l, const struct exact *e)
{
	if (e->shape == SCALAR || e->shape == FUSED_SCALAR)
		return 1;
	if (e->shape == PACKED_KEEP || is_mm(l, DST))
		return 2;
	return (is_wide(l, DST) || is_wide(l, SRC) ? 32 : 16) / (e->wide ? 8 : 4);
}

static void
vector_result(struct lift *l)
{
	struct ea m;
	ref low = result(l, 0), high;

	if (is_mem(l, DST) && osize(l, DST) == 8) {
		m = mem(l, DST);
		store(l, V128, 8, m.addr, m.offset, low);
	} else if (is_wide(l, DST)) {
		high = result(l, 1);
		puthalves(l, low, high);
	} else {
		putv(l, DST, low);
		if (!is_mm(l, DST) && is_mm(l, SRC))
			mmx_enter(l);
	}
}

static void
fused_sources(struct lift *l, int order)
{
	static const int name[4] = { 0, DST, ACC, SRC };

	source(l, 0, name[order / 100]);
	source(l, 1, name[order / 10 % 10]);
	source(l, 2, name[order % 10]);
}

/* of the destination only the low lane changes: it need not be the first source */
static void
fused_scalar(struct lift *l, const struct exact *e)
{
	enum type t = e->wide ? F64 : F32;
	ref r;

	fused_sources(l, e->order);
	call(l, e, e->op, 1, e->negate);
	r = cpuload(l, t, e->wide ? 8 : 4, offsetof(struct cpu, scratch[0]));
	setlo(l, xmmvar(l, DST), t, r);
}

static void
to_gpr(struct lift *l, const struct exact *e)
{
	bool wide = osize(l, DST) == 8;
	ref r;

	source(l, 1, SRC);
	call(l, e, e->op + (wide ? FLOAT_TO_I64 - FLOAT_TO_I32 : 0), 1, 0);
	r = cpuload(l, wide ? I64 : I32, wide ? 8 : 4, offsetof(struct cpu, scratch[0]));
	put(l, DST, r);
}

static void
from_gpr(struct lift *l, const struct exact *e)
{
	bool wide = osize(l, SRC) == 8;
	ref x = get(l, SRC);

	cpustore(l, wide ? I64 : I32, wide ? 8 : 4, offsetof(struct cpu, scratch[2]), x);
	source(l, 0, ACC);
	call(l, e, wide ? FLOAT_OF_I64 : FLOAT_OF_I32, 1, 0);
	vector_result(l);
}

static void
flags(struct lift *l, const struct exact *e)
{
	bool quiet = l->in->z.mnemonic == ZYDIS_MNEMONIC_UCOMISS || l->in->z.mnemonic == ZYDIS_MNEMONIC_UCOMISD ||
	    l->in->z.mnemonic == ZYDIS_MNEMONIC_VUCOMISS || l->in->z.mnemonic == ZYDIS_MNEMONIC_VUCOMISD;
	ref r;

	source(l, 0, DST);
	source(l, 1, SRC);
	call(l, e, quiet ? FLOAT_UCOMI : FLOAT_COMI, 1, 0);
	r = cpuload(l, I32, 4, offsetof(struct cpu, scratch[0]));
	r = widen(l, 4, r);
	flags_word_set(l, r);
}

void
lift_exact(struct lift *l, const struct exact *e)
{
	switch (e->shape) {
	case FROM_GPR:
		from_gpr(l, e);
		return;
	case TO_GPR:
		to_gpr(l, e);
		return;
	case FLAGS:
		flags(l, e);
		return;
	case FUSED_SCALAR:
		fused_scalar(l, e);
		return;
	case FUSED:
		fused_sources(l, e->order);
		break;
	case HALF:
		source(l, 1, SRC);
		break;
	default:
		if (e->shape != PACKED || e->op < FLOAT_SQRT || (e->op > FLOAT_SQRT && e->op < FLOAT_ROUND))
			source(l, 0, ACC);
		source(l, 1, SRC);
	}
	call(l, e, e->op, lanes(l, e), exact_immediate(l, e));
	vector_result(l);
}
