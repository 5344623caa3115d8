/*
 * pool.c - the instructions that random sequences are made of: of every row some forms whose results are fully defined, with memory operands at
 * addresses that hold still: absolute, around rbx (integers), around rbp (floating point) and around rsp.
 *
 * Where two operands are NaN either payload is right, so payloads must not become visible as anything else than a NaN. Floating point is therefore
 * kept in classes of their own: a sequence has doubles or singles, never both, with memory of their own, and nothing that looks at their bits.
 */
#include "insn.h"

enum { POOL = 65536 };

struct pooled *pool;
u32 npool;

/* bit n: general register n is an operand */
static u32
general(const struct insn *in)
{
	u32 bits = 0;

	for (u32 i = 0; i < in->z.operand_count; i++) {
		ZydisRegister r = in->op[i].type == ZYDIS_OPERAND_TYPE_REGISTER ?
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, in->op[i].reg.value) : ZYDIS_REGISTER_NONE;

		if (r >= ZYDIS_REGISTER_RAX && r <= ZYDIS_REGISTER_R15)
			bits |= 1u << (r - ZYDIS_REGISTER_RAX);
	}
	return bits;
}

static bool
has_vector(const struct insn *in)
{
	for (u32 i = 0; i < in->z.operand_count; i++)
		switch (in->op[i].type == ZYDIS_OPERAND_TYPE_REGISTER ? ZydisRegisterGetClass(in->op[i].reg.value) : ZYDIS_REGCLASS_INVALID) {
		case ZYDIS_REGCLASS_X87: case ZYDIS_REGCLASS_MMX: case ZYDIS_REGCLASS_XMM: case ZYDIS_REGCLASS_YMM: return true;
		default: break;
		}
	return in->z.meta.isa_set == ZYDIS_ISA_SET_X87;
}

/* maskmovq, xlat */
static bool
implicit_memory(const struct insn *in)
{
	for (u32 i = 0; i < in->z.operand_count; i++)
		if (in->op[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			return true;
	return false;
}

static bool
one_of(const char *name, const char *list)
{
	size_t n = strlen(name);

	for (const char *p = list; (p = strstr(p, name)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0))
			return true;
	return false;
}

/* "fmadd213sd" and its kin */
static bool
is_fused(const char *name, const char *packed, const char *scalar)
{
	size_t n = strlen(name);

	return strncmp(name, "fm", 2) == 0 && n > 2 && (strcmp(name + n - 2, packed) == 0 || strcmp(name + n - 2, scalar) == 0);
}

/* floating point that neither takes a double apart nor shows a payload: arithmetic, whole lanes moved, comparisons, conversions to integers */
static bool
is_double(const char *name)
{
	return is_fused(name, "pd", "sd") || is_fused(name + 1, "pd", "sd") || one_of(name,
	    "addpd addsd subpd subsd mulpd mulsd divpd divsd sqrtpd sqrtsd minpd minsd maxpd maxsd addsubpd haddpd hsubpd roundpd roundsd cmppd cmpsd "
	    "comisd ucomisd cvtsi2sd cvttsd2si cvtsd2si movsd movapd movupd movaps movups movhpd movlpd movddup unpcklpd unpckhpd shufpd blendpd movhlps "
	    "movlhps broadcastsd perm2f128 insertf128 extractf128 zeroupper");
}

static bool
is_single(const char *name)
{
	return is_fused(name, "ps", "ss") || is_fused(name + 1, "ps", "ss") || one_of(name,
	    "addps addss subps subss mulps mulss divps divss sqrtps sqrtss minps minss maxps maxss addsubps haddps hsubps roundps roundss cmpps cmpss "
	    "comiss ucomiss cvtsi2ss cvttss2si cvtss2si movss movaps movups movsldup movshdup unpcklps unpckhps shufps blendps movhlps movlhps "
	    "broadcastss insertf128 extractf128 zeroupper");
}

static void
add(const struct test *t, const struct insn *in, enum pool_class class)
{
	struct pooled *p = &pool[npool];

	if (npool == POOL)
		return;
	memset(p, 0, sizeof *p);
	p->class = class;
	if (one_of(t->name, "lar lsl verr verw") && !native_code32()) {         /* the operand may be the selector that is missing here */
		p->bytes[0] = 0x90;
		p->len = 1;
		npool++;
		return;
	}
	memcpy(p->bytes, t->bytes, t->len);
	p->len = (u8)t->len;
	p->registers = general(in);
	if (t->has_mem && !t->is_lea && t->base != ZYDIS_REGISTER_NONE)
		p->base = 1u << (t->base - ZYDIS_REGISTER_RAX);
	p->undefined = t->undefined != 0 || t->shift_bits != 0;
	npool++;
}

static bool collecting_floats;

static void
collect(struct test *t)
{
	struct insn in;
	const char *name = t->name + (*t->name == 'v');

	if (t->traps || t->len == 0 || t->len > 15 || t->max_count || t->bit_size || t->gs || t->vsib || t->string || t->frame)
		return;
	if (t->base == ZYDIS_REGISTER_RIP || !decode(&in, 0, t->bytes, t->len) || in.z.length != t->len || lift_level(&in) > 3)
		return;
	if (t->has_mem && !t->is_lea && (!forms_memory.only || (t->base == ZYDIS_REGISTER_RSP && t->align)))
		return;
	if (general(&in) & 1u << 4 || t->base == ZYDIS_REGISTER_ESP || (!t->has_mem && implicit_memory(&in)))
		return;
	if (!has_vector(&in) && !collecting_floats) {
		add(t, &in, POOL_GENERAL);
	} else if (!collecting_floats) {
		if (!t->float_lanes)
			add(t, &in, POOL_VECTOR);
	} else if (has_vector(&in) && !(t->has_mem && strncmp(name, "cvtsi2", 6) == 0)) {       /* which would read a double as an integer */
		if (is_double(name))
			add(t, &in, POOL_DOUBLE);
		if (is_single(name))
			add(t, &in, POOL_SINGLE);
	}
}

static void
collect_rows(u32 variants)
{
	const struct x86_row *rows;
	u32 n = x86_rows(&rows);

	for (u32 i = 0; i < n; i++) {
		if (rows[i].mnemonic == ZYDIS_MNEMONIC_STD || (rows[i].kind != ROW_PLAIN && !native_avx()))
			continue;
		rnd_seed(i + 1);
		forms_each(&rows[i], variants, collect);
	}
}

void
pool_fill(void)
{
	static const struct { struct forms_memory m; bool floats; u32 variants; } ways[] = {
		{ { false, false, ZYDIS_REGISTER_NONE, 0, 0 }, false, 3 },
		{ { true, true, ZYDIS_REGISTER_NONE, POOL_AREA - 0x80, 8 }, false, 3 },
		{ { true, true, ZYDIS_REGISTER_RBX, -0x80, 8 }, false, 3 },
		{ { true, true, ZYDIS_REGISTER_RSP, 0x20, 3 }, false, 2 },
		{ { true, true, ZYDIS_REGISTER_RSP, -0x80, 3 }, false, 1 },
		{ { true, false, ZYDIS_REGISTER_NONE, POOL_FLOATS - 0x80, 8 }, true, 8 },
		{ { true, false, ZYDIS_REGISTER_RBP, -0x80, 8 }, true, 8 },
	};

	pool = calloc(POOL, sizeof *pool);
	for (u32 i = 0; i < sizeof ways / sizeof *ways; i++) {
		forms_memory = ways[i].m;
		collecting_floats = ways[i].floats;
		collect_rows(ways[i].variants);
	}
	memset(&forms_memory, 0, sizeof forms_memory);
}
