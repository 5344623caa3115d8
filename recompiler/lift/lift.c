/*
 * lift.c - decoded instructions to IR functions: the table of lift functions, the loop over blocks, and the rule that decides
 * whether a function switches stacks (docs/abi.md, "tainted").
 */
#include <string.h>
#include "lift.h"

#define X(mnemonic, function, written, undefined, forms) void lift_##function(struct lift *l);
#include "x86.def"
#undef X

static const struct x86_row rows[] = {
#define X(mnemonic, function, written, undefined, forms) \
	{ ZYDIS_MNEMONIC_##mnemonic, ROW_PLAIN, lift_##function, written, undefined, forms },
#define VEX(mnemonic, function, kind, written, forms) \
	{ ZYDIS_MNEMONIC_##mnemonic, ROW_##kind, lift_##function, written, "", forms },
#include "x86.def"
#undef X
#undef VEX
};

enum {
#define X(mnemonic, function, written, undefined, forms) ROW_##mnemonic,
#include "x86.def"
#undef X
	NROW
};

static const u16 row_of[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#define X(mnemonic, function, written, undefined, forms) [ZYDIS_MNEMONIC_##mnemonic] = ROW_##mnemonic + 1,
#include "x86.def"
#undef X
};

const struct x86_row *
x86_row(ZydisMnemonic m)
{
	return row_of[m] ? &rows[row_of[m] - 1] : NULL;
}

u32
x86_rows(const struct x86_row **out)
{
	*out = rows;
	return NROW;
}

/*
 * The mnemonics movsd and cmpsd each name a string and an SSE instruction; the table holds the latter. EVEX forms share the mnemonics of
 * VEX ones.
 */
static const struct x86_row *
find_row(const struct insn *in)
{
	static const struct x86_row movs = { .lift = lift_movs }, cmps = { .lift = lift_cmps };

	if (in->z.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX || in->z.encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX)
		return NULL;
	if (in->z.meta.category == ZYDIS_CATEGORY_STRINGOP) {
		if (in->z.mnemonic == ZYDIS_MNEMONIC_MOVSD)
			return &movs;
		if (in->z.mnemonic == ZYDIS_MNEMONIC_CMPSD)
			return &cmps;
	}
	return x86_row(in->z.mnemonic);
}

bool
lift_known(const struct insn *in)
{
	return find_row(in) != NULL;
}

/* Levels differ in what legacy encoding does not have; legacy instructions beyond a level are never left out. */
u32
lift_level(const struct insn *in)
{
	if (in->z.encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY)
		return 1;
	return lift_known(in) ? 3 : 4;
}

/* ---- stack switches ---- */

static bool
is_const_rsp(const struct insn *in)
{
	const ZydisDecodedOperand *src = &in->op[1];

	switch (in->z.mnemonic) {
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
	case ZYDIS_MNEMONIC_AND:
		return src->type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
	case ZYDIS_MNEMONIC_MOV:
		return src->type == ZYDIS_OPERAND_TYPE_REGISTER && src->reg.value == ZYDIS_REGISTER_RBP;
	case ZYDIS_MNEMONIC_LEA:
		return src->mem.index == ZYDIS_REGISTER_NONE &&
		    (src->mem.base == ZYDIS_REGISTER_RSP || src->mem.base == ZYDIS_REGISTER_RBP);
	default:
		return false;
	}
}

static bool
is_rsp(const ZydisDecodedOperand *o)
{
	return o->type == ZYDIS_OPERAND_TYPE_REGISTER && (o->reg.value == ZYDIS_REGISTER_RSP ||
	    o->reg.value == ZYDIS_REGISTER_ESP || o->reg.value == ZYDIS_REGISTER_SP || o->reg.value == ZYDIS_REGISTER_SPL);
}

/* true for an instruction that writes rsp otherwise than as part of a frame */
static bool
switches_stack(const struct insn *in)
{
	for (u32 i = 0; i < in->z.operand_count_visible; i++) {
		const ZydisDecodedOperand *o = &in->op[i];

		if (is_rsp(o) && o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
			return o->reg.value != ZYDIS_REGISTER_RSP || !is_const_rsp(in);
	}
	return false;
}

static void
mark_tainted(struct func *f)
{
	for (u32 i = 0; i < f->nblk; i++) {
		struct term *t = &f->blk[i].term;

		if (t->kind == TERM_RET || t->kind == TERM_TAIL || t->kind == TERM_TAILIND)
			t->rsp_changed = true;
	}
}

/* ---- the loop ---- */

/* lifts the instruction at pc; false if there was none, and the block then ends in a trap */
static bool
lift_insn(struct lift *l, const struct lift_source *src, u32 pc)
{
	u8 bytes[15];
	size_t n = src->read(src->ctx, pc, bytes, sizeof bytes);
	const struct x86_row *row;
	const struct exact *e;
	bool waits;

	l->pc = l->next = pc;
	l->ea_for = 0;
	if (!decode(l->in, pc, bytes, n)) {
		raise_trap(l, n < sizeof bytes ? TRAP_FETCH : TRAP_UD);
		return false;
	}
	l->next = pc + l->in->z.length;
	l->size = l->in->z.operand_count > 0 ? l->in->op[0].size / 8 : 0;
	row = find_row(l->in);
	if (row == NULL) {
		raise_trap(l, TRAP_UNKNOWN);
		return false;
	}
	e = exact_find(row);
	waits = x87_waits(l->in);
	l->f->floats |= e != NULL || waits;
	if (l->exact && waits)
		x87_wait(l);
	if (l->precise)
		guard_operands(l);
	if (row->kind != ROW_PLAIN)
		lift_vex(l, row);
	else if (l->exact && e)
		lift_exact(l, e);
	else
		row->lift(l);
	mxcsr_written(l);
	if (switches_stack(l->in))
		l->f->rsp_tainted = true;
	return true;
}

static bool
ended(const struct lift *l)
{
	return l->f->blk[l->b].term.kind != TERM_NONE;
}

static void
lift_code_blk(struct lift *l, const struct lift_source *src, u32 i)
{
	u32 pc;

	l->b = i;
	l->cb = &l->cf->blk[i];
	l->f->blk[i].end = l->cb->end;
	l->switch_temp = 0;
	for (pc = l->cb->pc; pc < l->cb->end && !ended(l); pc = l->next) {
		if (l->cb->table != NULL && l->cb->table->load_pc == pc)
			switch_index(l);
		if (!lift_insn(l, src, pc))
			break;
	}
	if (!ended(l) && l->cb->kind == CODE_BAD)
		lift_insn(l, src, pc);
	if (!ended(l))
		end_goto(l, pc);
}

struct func *
lift_func(struct arena *a, const struct lift_source *src, const struct code_func *cf)
{
	struct func *f = arena_alloc(a, sizeof *f);
	struct insn in;
	struct lift l;

	memset(&l, 0, sizeof l);
	l.f = f;
	l.in = &in;
	l.precise = src->precise;
	l.exact = src->exact;
	l.src = src;
	l.cf = cf;
	f->arena = a;
	f->name = cf->name ? cf->name : arena_printf(a, "fn_%x", cf->pc);
	f->pc = cf->pc;
	f->direct_only = !cf->address_taken;
	for (u32 i = 0; i < cf->nblk; i++)
		ir_block(f, cf->blk[i].pc);
	for (u32 i = 0; i < cf->nblk; i++)
		lift_code_blk(&l, src, i);
	if (f->rsp_tainted)
		mark_tainted(f);
	return f;
}

struct func *
lift_block(struct arena *a, const struct lift_source *src, u32 pc, u32 max, u32 stop)
{
	struct func *f = arena_alloc(a, sizeof *f);
	struct insn in;
	struct lift l;

	memset(&l, 0, sizeof l);
	l.f = f;
	l.in = &in;
	l.precise = src->precise;
	l.exact = src->exact;
	l.src = src;
	f->arena = a;
	f->name = "block";
	f->pc = pc;
	ir_block(f, pc);
	for (u32 n = 0; n < max; n++) {
		if (!lift_insn(&l, src, pc) || ended(&l))
			break;
		pc = l.next;
		if (pc >= stop)
			break;
	}
	f->blk[0].end = l.next;
	if (!ended(&l))
		end_goto(&l, pc);
	return f;
}
