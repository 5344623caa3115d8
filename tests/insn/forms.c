/*
 * forms.c - from the forms column of x86.def to encoded instructions. A form is operands separated by commas; letters as in
 * recompiler/lift/x86.def. Registers, addressing modes and immediates are drawn at random, so a few variants of each form
 * meet high bytes, equal registers, rip-relative and 32-bit addresses, gs, and lock where it is allowed.
 */
#include "insn.h"

enum letter { L_NONE, L_E, L_G, L_M, L_I, L_V, L_W, L_P, L_Q, L_N, L_FIXED, L_ONE };

struct slot {
	enum letter letter;
	u8 size;                             /* bytes; 0: the form's; 'I': significant bits limit in bits */
	bool any;                            /* includes bytes when the size is the form's */
	u8 bits;                             /* immediates: 0 any, else unsigned of so many bits */
	u8 vector;                           /* bytes of a vector: 16, 32, 0: the form's */
	u8 part;                             /* memory of that fraction of the form's vector */
	bool is4;                            /* in an immediate */
	ZydisRegister fixed;
};

struct form {
	const char *text;                    /* as in the row, not terminated */
	u32 length;
	struct slot slot[4];
	u32 n;
	bool sized;                          /* some operand takes the form's size */
	bool bytes;                          /* ... and that may be 1 */
	bool vector;
	bool widths;                         /* some operand is xmm or ymm */
};

struct forms_memory forms_memory;

u32
flag_letters(const char *s)
{
	u32 bits = 0;

	for (; *s; s++)
		switch (*s) {
		case 'C': bits |= EF_CF; break;
		case 'P': bits |= EF_PF; break;
		case 'A': bits |= EF_AF; break;
		case 'Z': bits |= EF_ZF; break;
		case 'S': bits |= EF_SF; break;
		case 'O': bits |= EF_OF; break;
		}
	return bits;
}

static bool
parse_slot(const char *s, size_t n, struct slot *o)
{
	static const char letters[] = "EGRBMIVHLWPQN";
	static const u8 kinds[] = { L_E, L_G, L_G, L_G, L_M, L_I, L_V, L_V, L_V, L_W, L_P, L_Q, L_N };
	const char *p;

	memset(o, 0, sizeof *o);
	o->vector = 16;
	if (n == 1 && *s == '1') {
		o->letter = L_ONE;
		return true;
	}
	if (n == 2 && memcmp(s, "cl", 2) == 0) {
		o->letter = L_FIXED;
		o->fixed = ZYDIS_REGISTER_CL;
		return true;
	}
	p = strchr(letters, *s);
	if (p == NULL)
		return false;
	o->letter = kinds[p - letters];
	o->is4 = *s == 'L';
	if (n > 1 && s[1] == 'x') {
		o->vector = 0;
		s++;
		n--;
	} else if (n > 1 && s[1] == 'y') {
		o->vector = 32;
		s++;
		n--;
	}
	if (n == 1) {
		o->any = true;
		return true;
	}
	switch (s[1]) {
	case 'b': o->size = 1; break;
	case 'w': o->size = 2; break;
	case 'd': o->size = 4; break;
	case 'q': o->size = 8; break;
	case 'o': o->size = 16; break;
	case 'v': break;
	case 'h': o->part = 2; break;
	case 'k': o->part = 4; break;
	case 'e': o->part = 8; break;
	default:
		o->size = (u8)(s[1] - '0');
		if (s[1] == '1' && n > 2 && s[2] == '6')
			o->size = 16;
	}
	if (o->letter == L_I && s[1] >= '0' && s[1] <= '9') {
		o->bits = o->size;
		o->size = 1;
	} else if (o->letter == L_I && o->size == 1) {
		o->bits = 8;
	}
	return true;
}

static bool
parse_form(const char *s, size_t n, struct form *f)
{
	const char *end = s + n, *p;

	memset(f, 0, sizeof *f);
	f->text = s;
	f->length = (u32)n;
	while (s < end && f->n < 4) {
		struct slot *o = &f->slot[f->n];

		for (p = s; p < end && *p != ','; p++)
			;
		if (!parse_slot(s, (size_t)(p - s), o))
			return false;
		if (o->letter == L_V || o->letter == L_W || o->letter == L_P || o->letter == L_Q || o->letter == L_N)
			f->vector = true;
		f->widths |= o->vector == 0 || o->part;
		f->n++;
		s = p + 1;
	}
	for (u32 i = 0; i < f->n; i++) {
		struct slot *o = &f->slot[i];

		if (f->vector && o->letter == L_I && o->size == 0)
			o->size = 1, o->bits = 8;
		if (f->vector && o->letter == L_M && o->size == 0)
			o->size = o->vector;
		if (o->size == 0 && !f->widths && (o->letter == L_E || o->letter == L_G || o->letter == L_M || o->letter == L_I)) {
			f->sized = true;
			f->bytes |= o->any && o->letter != L_I;
		}
	}
	return true;
}

/* ---- operands ---- */

static ZydisRegister
pick_gpr(u8 size)
{
	switch (size) {
	case 1: return ZYDIS_REGISTER_AL + rnd_below(20);
	case 2: return ZYDIS_REGISTER_AX + rnd_below(16);
	case 4: return ZYDIS_REGISTER_EAX + rnd_below(16);
	default: return ZYDIS_REGISTER_RAX + rnd_below(16);
	}
}

static void
pick_reg(ZydisEncoderOperand *e, ZydisRegister r)
{
	e->type = ZYDIS_OPERAND_TYPE_REGISTER;
	e->reg.value = r;
}

static void
pick_mem(ZydisEncoderOperand *e, struct test *t, u8 size)
{
	static const i64 disps[] = { 0, 0, 8, -8, 0x7f, -0x80, 0x100, -0x1000, 0x12345, -0x20000 };
	u32 mode = forms_memory.only ? 12 : rnd_below(12);
	ZydisRegister first = ZYDIS_REGISTER_RAX;
	u32 b = rnd_below(16), i = rnd_below(16);

	e->type = ZYDIS_OPERAND_TYPE_MEMORY;
	e->mem.size = size;
	t->has_mem = true;
	t->scale = 0;
	t->index = ZYDIS_REGISTER_NONE;
	t->disp = disps[rnd_below(sizeof disps / sizeof *disps)];
	if (mode == 12) {
		t->base = forms_memory.base;
		t->disp = forms_memory.first + (i64)rnd_below(forms_memory.count) * 32 + (forms_memory.odd && size <= 8 && rnd_below(2) ? rnd_below(8) : 0);
	} else if (mode == 0) {
		t->base = ZYDIS_REGISTER_RIP;
	} else if (mode == 1) {
		t->base = ZYDIS_REGISTER_NONE;
		t->disp = DATA + 0x400 + rnd_below(0x20) * 32;
	} else {
		if (mode == 2)
			first = ZYDIS_REGISTER_EAX;
		t->base = first + b;
		if (b != 4 && i != 4 && i != b && rnd_below(2)) {
			t->index = first + i;
			t->scale = 1 << rnd_below(4);
		}
	}
	e->mem.base = t->base;
	e->mem.index = t->index;
	e->mem.scale = t->scale;
	e->mem.displacement = t->disp;
}

static void
pick_imm(ZydisEncoderOperand *e, const struct slot *o, u8 size)
{
	i64 x = (i64)rnd_value();

	e->type = ZYDIS_OPERAND_TYPE_IMMEDIATE;
	if (o->bits) {
		e->imm.u = (u64)x & ((1u << o->bits) - 1);
		return;
	}
	if (rnd_below(2))
		x = (i8)x;
	switch (o->size ? o->size : size) {
	case 1: e->imm.s = (i8)x; break;
	case 2: e->imm.s = (i16)x; break;
	case 4: e->imm.s = (i32)x; break;
	default: e->imm.s = o->size == 8 ? x : (i32)x; break;
	}
}

static ZydisRegister
pick_vector(u8 size)
{
	return (size == 32 ? ZYDIS_REGISTER_YMM0 : ZYDIS_REGISTER_XMM0) + rnd_below(16);
}

/* a gather's operand: the base as any, the index a vector */
static void
pick_vsib(ZydisEncoderOperand *e, struct test *t, const struct slot *o, u8 vector)
{
	bool only = forms_memory.only;

	forms_memory.only = false;
	do {
		pick_mem(e, t, o->size);
	} while (t->base == ZYDIS_REGISTER_NONE || t->base == ZYDIS_REGISTER_RIP);
	forms_memory.only = only;
	t->index = ZYDIS_REGISTER_NONE;
	t->vsib = pick_vector(vector);
	e->mem.index = t->vsib;
	e->mem.scale = 1 << rnd_below(4);
}

static void
pick(ZydisEncoderOperand *e, const struct slot *o, struct test *t, u8 size, bool want_mem)
{
	u8 own = o->size ? o->size : size;
	u8 vector = o->vector ? o->vector : size;

	memset(e, 0, sizeof *e);
	switch (o->letter) {
	case L_E:
		if (want_mem)
			pick_mem(e, t, own);
		else
			pick_reg(e, pick_gpr(own));
		break;
	case L_G: pick_reg(e, pick_gpr(own)); break;
	case L_M: pick_mem(e, t, own); break;
	case L_V:
		pick_reg(e, pick_vector(vector));
		e->reg.is4 = o->is4;
		break;
	case L_N: pick_vsib(e, t, o, vector); break;
	case L_P: pick_reg(e, ZYDIS_REGISTER_MM0 + rnd_below(8)); break;
	case L_W: case L_Q: {
		u8 whole = o->letter != L_W ? 8 : o->part ? size / o->part : vector;

		if (want_mem)
			pick_mem(e, t, o->size ? o->size : whole);
		else if (o->letter == L_W)
			pick_reg(e, pick_vector(vector));
		else
			pick_reg(e, ZYDIS_REGISTER_MM0 + rnd_below(8));
		break;
	}
	case L_I: pick_imm(e, o, size); break;
	case L_ONE:
		e->type = ZYDIS_OPERAND_TYPE_IMMEDIATE;
		e->imm.u = 1;
		break;
	case L_FIXED: pick_reg(e, o->fixed); break;
	case L_NONE: break;
	}
}

/* ---- what the state must respect ---- */

static void
note_shift(struct test *t, const ZydisEncoderRequest *q, const struct form *f, u8 size)
{
	switch (q->mnemonic) {
	case ZYDIS_MNEMONIC_SHL: case ZYDIS_MNEMONIC_SHR: case ZYDIS_MNEMONIC_SAR: case ZYDIS_MNEMONIC_ROL:
	case ZYDIS_MNEMONIC_ROR: case ZYDIS_MNEMONIC_RCL: case ZYDIS_MNEMONIC_RCR: case ZYDIS_MNEMONIC_SHLD:
	case ZYDIS_MNEMONIC_SHRD: {
		const ZydisEncoderOperand *c = &q->operands[f->n - 1];

		t->count_mask = size == 8 ? 63 : 31;
		t->count = c->type == ZYDIS_OPERAND_TYPE_REGISTER ? c->reg.value : ZYDIS_REGISTER_NONE;
		t->count_value = (u32)c->imm.u;
		if (q->mnemonic == ZYDIS_MNEMONIC_SHL || q->mnemonic == ZYDIS_MNEMONIC_SHR)
			t->shift_bits = 8 * size;
		if (q->mnemonic == ZYDIS_MNEMONIC_SHLD || q->mnemonic == ZYDIS_MNEMONIC_SHRD)
			t->max_count = size == 2 ? 15 : 0;
		break;
	}
	default:
		break;
	}
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
float_name(const char *s)
{
	static const char *const moves[] = {
		"mov", "and", "or", "xor", "shuf", "unpck", "blend", "insert", "extract", "mask", "gather", "perm", "broadcast", "test"
	};
	size_t n;

	if (*s == 'v')
		s++;
	n = strlen(s);

	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
		if (starts(s, moves[i]))
			return false;
	return n > 2 && (s[n - 2] == 'p' || s[n - 2] == 's') && (s[n - 1] == 's' || s[n - 1] == 'd');
}

/* VEX forms take any address but for these */
static bool
aligned_name(const char *s)
{
	return starts(s, "vmovap") || starts(s, "vmovdqa") || starts(s, "vmovnt");
}

static bool
note_bits(struct test *t, const ZydisEncoderRequest *q, u8 size)
{
	switch (q->mnemonic) {
	case ZYDIS_MNEMONIC_BT: case ZYDIS_MNEMONIC_BTS: case ZYDIS_MNEMONIC_BTR: case ZYDIS_MNEMONIC_BTC: {
		static const ZydisRegister first[] = { [2] = ZYDIS_REGISTER_AX, [4] = ZYDIS_REGISTER_EAX, [8] = ZYDIS_REGISTER_RAX };
		u32 n;

		if (!t->has_mem || q->operands[1].type != ZYDIS_OPERAND_TYPE_REGISTER)
			return true;
		n = q->operands[1].reg.value - first[size];
		t->bit_offset = ZYDIS_REGISTER_RAX + n;
		t->bit_size = size;
		return n != 4 && ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, t->base) != t->bit_offset &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, t->index) != t->bit_offset;
	}
	default:
		return true;
	}
}

/* encodes, and again where the length decides the displacement; false if there is no such instruction */
static bool
encode(struct test *t, ZydisEncoderRequest *q)
{
	ZyanUSize n = 15;
	u32 target = DATA + 0x400 + rnd_below(0x20) * 32;

	for (u32 i = 0; i < q->operand_count; i++)
		if (t->base == ZYDIS_REGISTER_RIP && q->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			q->operands[i].mem.displacement = 0x1000;
	if (!ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(q, t->bytes, &n)))
		return false;
	if (t->base == ZYDIS_REGISTER_RIP) {
		for (u32 i = 0; i < q->operand_count; i++)
			if (q->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
				q->operands[i].mem.displacement = (i64)target - (i64)(CODE + n);
		n = 15;
		if (!ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(q, t->bytes, &n)))
			return false;
	}
	t->len = (u32)n;
	return true;
}

static bool
generate(struct test *t, const struct x86_row *row, const struct form *f, u8 size, bool want_mem)
{
	const char *name = ZydisMnemonicGetString(row->mnemonic);
	ZydisEncoderRequest q;

	memset(t, 0, sizeof *t);
	memset(&q, 0, sizeof q);
	t->row = row;
	t->form = f->text;
	t->form_length = f->length;
	t->form_size = f->widths || f->sized ? size : 0;
	t->undefined = flag_letters(row->flags_undefined);
	t->name = name;
	t->is_lea = row->mnemonic == ZYDIS_MNEMONIC_LEA;
	t->divide = row->mnemonic == ZYDIS_MNEMONIC_DIV || row->mnemonic == ZYDIS_MNEMONIC_IDIV;
	t->traps = t->divide;
	q.machine_mode = ZYDIS_MACHINE_MODE_LONG_64;
	q.mnemonic = row->mnemonic;
	q.allowed_encodings = ZYDIS_ENCODABLE_ENCODING_LEGACY | ZYDIS_ENCODABLE_ENCODING_VEX;
	q.operand_count = (u8)f->n;
	for (u32 i = 0; i < f->n; i++)
		pick(&q.operands[i], &f->slot[i], t, size, want_mem);
	if (t->has_mem && !t->is_lea && rnd_below(8) == 0 && t->base != ZYDIS_REGISTER_RIP && t->base != ZYDIS_REGISTER_NONE) {
		q.prefixes |= ZYDIS_ATTRIB_HAS_SEGMENT_GS;
		t->gs = true;
	}
	if (!note_bits(t, &q, size))
		return false;
	note_shift(t, &q, f, size);
	t->align = row->kind != ROW_PLAIN ? (aligned_name(name) ? 32 : 0) : f->vector || row->mnemonic == ZYDIS_MNEMONIC_CMPXCHG16B ? 16 : 0;
	t->vsib_qwords = t->vsib && strncmp(name + 1, "gatherq", 7) != 0 && strncmp(name + 2, "gatherq", 7) != 0 ? 0 : t->vsib != 0;
	t->float_lanes = f->vector && float_name(name);
	if (t->has_mem && !f->vector && rnd_below(2)) {
		q.prefixes |= ZYDIS_ATTRIB_HAS_LOCK;
		if (encode(t, &q))
			return true;
		q.prefixes &= ~ZYDIS_ATTRIB_HAS_LOCK;
	}
	return encode(t, &q);
}

static u32
form_each(const struct x86_row *row, const struct form *f, u32 variants, void (*fn)(struct test *))
{
	static const u8 sizes[] = { 1, 2, 4, 8, 16, 32 };
	u32 made = 0;
	u32 first = f->widths ? 4 : f->sized ? (f->bytes ? 0 : 1) : 3;

	for (u32 k = first; k < (f->widths ? 6 : 4); k++) {
		for (u32 v = 0; v < variants; v++) {
			struct test t;
			bool ok = false;

			for (u32 again = 0; again < 20 && !ok; again++)
				ok = generate(&t, row, f, sizes[k], v & 1);
			if (!ok)
				continue;
			made++;
			fn(&t);
		}
	}
	return made;
}

void
forms_each(const struct x86_row *row, u32 variants, void (*fn)(struct test *))
{
	const char *s = row->tests, *end;
	struct form f;

	if (*s == '-' || strcmp(s, "string") == 0)
		return;
	if (*s == '=') {
		memset(&f, 0, sizeof f);
		if (form_each(row, &f, 2, fn) == 0)
			printf("insn: %s: not encoded\n", ZydisMnemonicGetString(row->mnemonic));
		return;
	}
	for (; *s; s = *end ? end + 1 : end) {
		end = strchr(s, ' ');
		if (end == NULL)
			end = s + strlen(s);
		if (!parse_form(s, (size_t)(end - s), &f) || form_each(row, &f, variants, fn) == 0)
			printf("insn: %s %.*s: no such form\n", ZydisMnemonicGetString(row->mnemonic), (int)(end - s), s);
	}
}
