/*
 * sseexact.c - the helper that executes SSE and AVX floating point in a process that uses MXCSR (docs/float.md): every lane through
 * ssefloat.c, or all through the host's arithmetic where that gives the same and raises nothing new. Operands: include/floats.h.
 */
#include <string.h>
#include "engine.h"
#include "floatbits.h"
#include "ssefloat.h"

/* The operands of one instruction: 32 bytes each. */
struct lanes { u8 b[32]; };

static u64
lane(const struct lanes *x, u32 size, u32 i)
{
	u64 v = 0;

	memcpy(&v, x->b + size * i, size);
	return v;
}

static void
put_lane(struct lanes *x, u32 size, u32 i, u64 v)
{
	memcpy(x->b + size * i, &v, size);
}

/*
 * ---- the quick way: operands that are neither denormal nor NaN; with PE masked and already set where the result may be inexact, to nearest,
 * and the result in doubt of nothing. Then no flag can be new. ----
 */

static bool
relaxed(u32 mxcsr)
{
	return (mxcsr & (MXCSR_RC | MXCSR_PM | MXCSR_PE)) == (MXCSR_PM | MXCSR_PE);
}

/* finite and at least twice the smallest normal number, so never tiny before it was rounded */
static bool
plain64(u64 r)
{
	return (u32)(r >> 52 & 0x7ff) - 2 < 0x7fd;
}

static bool
plain32(u64 r)
{
	return (u32)(r >> 23 & 0xff) - 2 < 0xfd;
}

/* zero or a normal number or infinity */
static bool
clean64(u64 a)
{
	return a << 1 == 0 || (a << 1) - (1ull << 53) <= (0x7ffull << 53) - (1ull << 53);
}

static bool
clean32(u64 a)
{
	return (u32)a << 1 == 0 || ((u32)a << 1) - (1u << 24) <= (0xffu << 24) - (1u << 24);
}

static bool
quick64(u32 op, u64 a, u64 b, u64 *r)
{
	double x = double_of(a), y = double_of(b);

	switch (op) {
	case FLOAT_ADD: *r = bits64(x + y); break;
	case FLOAT_SUB: *r = bits64(x - y); break;
	case FLOAT_MUL: *r = bits64(x * y); break;
	case FLOAT_DIV: *r = bits64(x / y); break;
	case FLOAT_SQRT: a = b; *r = bits64(__builtin_sqrt(y)); break;
	default: return false;
	}
	return plain64(*r) && clean64(a) && clean64(b);
}

static bool
quick32(u32 op, u64 a, u64 b, u64 *r)
{
	float x = single_of(a), y = single_of(b);

	switch (op) {
	case FLOAT_ADD: *r = bits32(x + y); break;
	case FLOAT_SUB: *r = bits32(x - y); break;
	case FLOAT_MUL: *r = bits32(x * y); break;
	case FLOAT_DIV: *r = bits32(x / y); break;
	case FLOAT_SQRT: a = b; *r = bits32(__builtin_sqrtf(y)); break;
	default: return false;
	}
	return plain32(*r) && clean32(a) && clean32(b);
}

static bool
quick_arithmetic(struct cpu *cpu, u32 op, u32 n, bool wide)
{
	union xmm *a = &cpu->scratch[0];
	const union xmm *b = &cpu->scratch[2];
	u64 r[8];

	for (u32 i = 0; i < n; i++)
		if (wide ? !quick64(op, a[i / 2].q[i % 2], b[i / 2].q[i % 2], &r[i]) : !quick32(op, a[i / 4].d[i % 4], b[i / 4].d[i % 4], &r[i]))
			return false;
	for (u32 i = 0; i < n; i++) {
		if (wide)
			a[i / 2].q[i % 2] = r[i];
		else
			a[i / 4].d[i % 4] = (u32)r[i];
	}
	return true;
}

/* scalars only */
static bool
quick_compare(struct cpu *cpu, u32 op, bool wide)
{
	union xmm *a = &cpu->scratch[0];
	const union xmm *b = &cpu->scratch[2];
	double x, y;

	if (wide ? !clean64(a->q[0]) || !clean64(b->q[0]) : !clean32(a->d[0]) || !clean32(b->d[0]))
		return false;
	x = wide ? a->f[0] : a->s[0];
	y = wide ? b->f[0] : b->s[0];
	if (op == FLOAT_COMI || op == FLOAT_UCOMI)
		a->d[0] = x < y ? EF_CF : x == y ? EF_ZF : 0;
	else if (op == FLOAT_MIN ? x < y : x > y)
		return true;
	else if (wide)
		a->q[0] = b->q[0];
	else
		a->d[0] = b->d[0];
	return true;
}

static bool
quick_convert(struct cpu *cpu, u32 op, bool wide)
{
	union xmm *a = &cpu->scratch[0];
	const union xmm *b = &cpu->scratch[2];
	u64 r;

	switch (op) {
	case FLOAT_OF_I32:
		if (wide)
			a->f[0] = (i32)b->d[0];
		return wide;
	case FLOAT_WIDEN:
		if (!clean32(b->d[0]))
			return false;
		a->f[0] = b->s[0];
		return true;
	case FLOAT_NARROW:
		r = bits32((float)b->f[0]);
		if (!relaxed(cpu->mxcsr) || !plain32(r))
			return false;
		a->d[0] = (u32)r;
		return true;
	case FLOAT_TRUNC_I32:
		if (!relaxed(cpu->mxcsr) || !wide || !clean64(b->q[0]) || !(b->f[0] > -2147483648.0 && b->f[0] < 2147483648.0))
			return false;
		a->d[0] = (u32)(i32)b->f[0];
		return true;
	default:
		return false;
	}
}

/* true: done, with the result in its place */
static bool
quick(struct cpu *cpu, u32 how)
{
	u32 op = how & 0xff, n = how >> 12 & 15;
	bool wide = how & FLOAT_DOUBLE;

	switch (op) {
	case FLOAT_ADD: case FLOAT_SUB: case FLOAT_MUL: case FLOAT_DIV: case FLOAT_SQRT:
		return relaxed(cpu->mxcsr) && quick_arithmetic(cpu, op, n, wide);
	case FLOAT_MIN: case FLOAT_MAX: case FLOAT_COMI: case FLOAT_UCOMI:
		return n == 1 && quick_compare(cpu, op, wide);
	default:
		return n == 1 && op >= FLOAT_WIDEN && quick_convert(cpu, op, wide);
	}
}

/* ---- one lane ---- */

/* which relations make a predicate true: less 1, equal 2, greater 4, unordered 8 */
static const u8 predicates[16] = { 2, 1, 3, 8, 13, 14, 12, 7, 10, 9, 11, 0, 5, 6, 4, 15 };

static u64
compare(struct floats *c, const struct format *f, u64 a, u64 b, u32 predicate)
{
	bool ordering = (predicate & 3) == 1 || (predicate & 3) == 2;
	u32 r = float_compare(c, f, a, b, ordering != (predicate >> 4 & 1));

	return predicates[predicate & 15] & r ? ~0ull : 0;
}

static u32
compare_flags(struct floats *c, const struct format *f, u64 a, u64 b, bool signaling)
{
	switch (float_compare(c, f, a, b, signaling)) {
	case 1: return EF_CF;
	case 2: return EF_ZF;
	case 4: return 0;
	default: return EF_ZF | EF_PF | EF_CF;
	}
}

static u32
direction(const struct floats *c, u32 imm)
{
	return imm & 4 ? c->mxcsr >> 13 & 3 : imm & 3;
}

/* a half does not know denormals-are-zero, flush-to-zero, nor a denormal exception of its own */
static u64
to_half(struct floats *c, u64 a, u32 imm)
{
	struct floats h = { (c->mxcsr & ~(u32)(MXCSR_RC | MXCSR_FTZ)) | direction(c, imm) << 13, 0 };
	u64 r = float_convert(&h, &format_single, &format_half, a);

	c->flags |= h.flags;
	return r;
}

static u64
of_half(struct floats *c, u64 a)
{
	struct floats h = { c->mxcsr & ~(u32)MXCSR_DAZ, 0 };
	u64 r = float_convert(&h, &format_half, &format_single, a);

	c->flags |= h.flags & ~(u32)MXCSR_DE;
	return r;
}

static u64
arithmetic(struct floats *c, const struct format *f, u32 op, u64 a, u64 b)
{
	switch (op) {
	case FLOAT_ADD: return float_add(c, f, a, b);
	case FLOAT_SUB: return float_sub(c, f, a, b);
	case FLOAT_MUL: return float_mul(c, f, a, b);
	case FLOAT_DIV: return float_div(c, f, a, b);
	case FLOAT_SQRT: return float_sqrt(c, f, b);
	default: return float_minmax(c, f, a, b, op == FLOAT_MAX);
	}
}

struct operation {
	struct floats c;
	const struct format *f;
	u32 op, imm, n, size;
	struct lanes a, b, x;
};

static u64
one_lane(struct operation *o, u32 i)
{
	u64 a = lane(&o->a, o->size, i), b = lane(&o->b, o->size, i);
	u32 negate;

	switch (o->op) {
	case FLOAT_FMA:
		negate = o->imm & (i & 1 ? FMA_NEGATE_ODD : FMA_NEGATE_EVEN);
		return float_fma(&o->c, o->f, a, b, lane(&o->x, o->size, i), o->imm & FMA_NEGATE_PRODUCT, negate != 0);
	case FLOAT_CMP:
		return compare(&o->c, o->f, a, b, o->imm);
	case FLOAT_ROUND:
		return float_integral(&o->c, o->f, b, direction(&o->c, o->imm), o->imm & 8);
	case FLOAT_ADDSUB:
		return arithmetic(&o->c, o->f, i & 1 ? FLOAT_ADD : FLOAT_SUB, a, b);
	default:
		return arithmetic(&o->c, o->f, o->op, a, b);
	}
}

/* ---- across lanes ---- */

static void
horizontal(struct operation *o, struct lanes *r)
{
	u32 per = 16 / o->size, op = o->op == FLOAT_HADD ? FLOAT_ADD : FLOAT_SUB;

	for (u32 i = 0; i < o->n; i++) {
		u32 half = i / per * per, k = i % per * 2;
		const struct lanes *from = k < per ? &o->a : &o->b;

		k = half + k % per;
		put_lane(r, o->size, i, arithmetic(&o->c, o->f, op, lane(from, o->size, k), lane(from, o->size, k + 1)));
	}
}

/* Adds to mxcsr what was raised. False: something of it is not masked; then later steps are not taken. */
static bool
settle(struct floats *c)
{
	u32 unmasked = c->flags & ~(c->mxcsr >> 7);

	if (unmasked & (MXCSR_IE | MXCSR_DE | MXCSR_ZE))
		c->flags &= MXCSR_IE | MXCSR_DE | MXCSR_ZE;
	c->mxcsr |= c->flags;
	c->flags = 0;
	return unmasked == 0;
}

/* products that bits 4.. of the immediate choose, summed in pairs, into the lanes of bits 0.. */
static bool
dot(struct operation *o, struct lanes *r)
{
	u32 per = 16 / o->size;
	struct lanes p = { 0 };

	for (u32 i = 0; i < o->n; i++)
		if (o->imm >> (4 + i % per) & 1)
			put_lane(&p, o->size, i, arithmetic(&o->c, o->f, FLOAT_MUL, lane(&o->a, o->size, i), lane(&o->b, o->size, i)));
	if (!settle(&o->c))
		return false;
	for (u32 step = 1; step < per; step *= 2) {
		for (u32 i = 0; i < o->n; i += 2 * step)
			put_lane(&p, o->size, i, arithmetic(&o->c, o->f, FLOAT_ADD, lane(&p, o->size, i), lane(&p, o->size, i + step)));
		if (!settle(&o->c))
			return false;
	}
	for (u32 i = 0; i < o->n; i++)
		if (o->imm >> i % per & 1)
			put_lane(r, o->size, i, lane(&p, o->size, i / per * per));
	return true;
}

/* ---- conversions ---- */

static void
convert(struct operation *o, struct lanes *r)
{
	struct floats *c = &o->c;
	u32 rc = c->mxcsr >> 13 & 3;

	for (u32 i = 0; i < o->n; i++) {
		const struct lanes *b = &o->b;
		u32 size = o->size;

		switch (o->op) {
		case FLOAT_WIDEN: put_lane(r, 8, i, float_convert(c, &format_single, &format_double, lane(b, 4, i))); break;
		case FLOAT_NARROW: put_lane(r, 4, i, float_convert(c, &format_double, &format_single, lane(b, 8, i))); break;
		case FLOAT_OF_I32: put_lane(r, size, i, float_of_int(c, o->f, (i32)lane(b, 4, i))); break;
		case FLOAT_OF_I64: put_lane(r, size, i, float_of_int(c, o->f, (i64)lane(b, 8, i))); break;
		case FLOAT_TO_I32: put_lane(r, 4, i, float_to_int(c, o->f, lane(b, size, i), 32, rc)); break;
		case FLOAT_TRUNC_I32: put_lane(r, 4, i, float_to_int(c, o->f, lane(b, size, i), 32, 3)); break;
		case FLOAT_TO_I64: put_lane(r, 8, i, float_to_int(c, o->f, lane(b, size, i), 64, rc)); break;
		case FLOAT_TRUNC_I64: put_lane(r, 8, i, float_to_int(c, o->f, lane(b, size, i), 64, 3)); break;
		case FLOAT_OF_HALF: put_lane(r, 4, i, of_half(c, lane(b, 2, i))); break;
		default: put_lane(r, 2, i, to_half(c, lane(b, 4, i), o->imm)); break;
		}
	}
}

static bool
execute(struct operation *o, struct lanes *r)
{
	switch (o->op) {
	case FLOAT_HADD: case FLOAT_HSUB:
		horizontal(o, r);
		break;
	case FLOAT_DP:
		return dot(o, r);
	case FLOAT_COMI: case FLOAT_UCOMI:
		put_lane(r, 4, 0, compare_flags(&o->c, o->f, lane(&o->a, o->size, 0), lane(&o->b, o->size, 0), o->op == FLOAT_COMI));
		break;
	default:
		if (o->op >= FLOAT_WIDEN) {
			convert(o, r);
			break;
		}
		for (u32 i = 0; i < o->n; i++)
			put_lane(r, o->size, i, one_lane(o, i));
	}
	return settle(&o->c);
}

static u32 __attribute__((noinline))
thorough(struct cpu *cpu, u32 how)
{
	struct operation o = {
		.c = { .mxcsr = cpu->mxcsr },
		.f = how & FLOAT_DOUBLE ? &format_double : &format_single,
		.op = how & 0xff, .imm = how >> 16 & 0xff, .n = how >> 12 & 15, .size = how & FLOAT_DOUBLE ? 8 : 4
	};
	struct lanes r = { 0 };
	bool fine;

	memcpy(&o.a, &cpu->scratch[0], 32);
	memcpy(&o.b, &cpu->scratch[2], 32);
	memcpy(&o.x, &cpu->scratch[4], 32);
	if (how & FLOAT_KEEP)
		r = o.a;
	fine = execute(&o, &r);
	cpu->mxcsr = o.c.mxcsr;
	if (!fine)
		return TRAP_FLOAT;
	memcpy(&cpu->scratch[0], &r, 32);
	return TRAP_NONE;
}

u32
sse_exact(struct cpu *cpu, u32 how)
{
	return quick(cpu, how) ? TRAP_NONE : thorough(cpu, how);
}

/* ---- MXCSR itself ---- */

/*
 * ldmxcsr. Until a program first wants something of MXCSR, its floating point is compiled without it. wanted: loading the value that is
 * there already counts as well.
 */
u32
sse_ldmxcsr(struct cpu *cpu, u32 value, u32 wanted)
{
	if (value >> 16)
		return TRAP_PRIVILEGED;
	if (!engine_config.exact && (wanted || value != cpu->mxcsr))
		return TRAP_EXACT;
	cpu->mxcsr = value;
	return TRAP_NONE;
}

/* stmxcsr for the sake of the exception flags */
u32
sse_flags_wanted(struct cpu *cpu)
{
	(void)cpu;
	return engine_config.exact ? TRAP_NONE : TRAP_EXACT;
}
