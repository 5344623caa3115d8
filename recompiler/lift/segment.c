/*
 * segment.c - what 64-bit user code can learn about segments and system registers: lar, lsl, verr, verw answer for Linux's descriptor table,
 * and the instructions that UMIP forbids give what Linux's emulation gives (arch/x86/kernel/umip.c). Descriptors: user code of 32 and
 * 64 bits, user data, and the one whose limit is the number of the processor, 0.
 */
#include "lift.h"

/* selectors without their two low bits, access rights, limit, and whether user code may read and write there */
static const struct { u32 selector, rights, limit; bool write; } descriptors[] = {
	{ 0x20, 0xcffb00, 0xffffffff, false },
	{ 0x28, 0xcff300, 0xffffffff, true },
	{ 0x30, 0xaffb00, 0xffffffff, false },
	{ 0x78, 0x40f500, 0, false },
};
enum { NDESCRIPTOR = sizeof descriptors / sizeof *descriptors };

/* the selector operand without its two low bits */
static ref
selector(struct lift *l, int n)
{
	ref x, k;

	if (is_mem(l, n)) {
		struct ea m = mem(l, n);

		x = load(l, I32, 2, m.addr, m.offset);
	} else {
		x = get(l, n);
		if (osize(l, n) == 8)
			x = op1(l, OP_wrap, I32, x);
	}
	k = iconst(l, I32, 0xfffc);
	return op2(l, OP_and, I32, x, k);
}

/* 1 where the selector is one of descriptor i */
static ref
is_descriptor(struct lift *l, ref sel, int i)
{
	ref k = iconst(l, I32, descriptors[i].selector);

	return op2(l, OP_eq, I32, sel, k);
}

static void
set_zf(struct lift *l, ref found)
{
	ref n = iconst(l, I32, 6);
	ref zf = op2(l, OP_shl, I32, found, n);

	flags_word_merge(l, EF_ZF, zf);
}

static void
describe(struct lift *l, bool rights)
{
	ref sel = selector(l, SRC), found = iconst(l, I32, 0), value = found;

	for (int i = 0; i < NDESCRIPTOR; i++) {
		ref is = is_descriptor(l, sel, i);
		ref k = iconst(l, I32, rights ? descriptors[i].rights : descriptors[i].limit);

		value = op3(l, OP_select, I32, k, value, is);
		found = op2(l, OP_or, I32, found, is);
	}
	if (l->size == 8) {
		ref old = get(l, DST);

		value = op1(l, OP_extu, I64, value);
		value = op3(l, OP_select, I64, value, old, found);
		put(l, DST, value);
	} else if (l->size == 4) {
		putreg_if(l, operand(l, DST)->reg.value, value, found);
	} else {
		ref old = get(l, DST);

		value = zext(l, 2, value);
		value = op3(l, OP_select, I32, value, old, found);
		put(l, DST, value);
	}
	set_zf(l, found);
}

void
lift_lar(struct lift *l)
{
	describe(l, true);
}

void
lift_lsl(struct lift *l)
{
	describe(l, false);
}

static void
verify(struct lift *l, bool write)
{
	ref sel = selector(l, DST), found = iconst(l, I32, 0);

	for (int i = 0; i < NDESCRIPTOR; i++) {
		ref is;

		if (write && !descriptors[i].write)
			continue;
		is = is_descriptor(l, sel, i);
		found = op2(l, OP_or, I32, found, is);
	}
	set_zf(l, found);
}

void
lift_verr(struct lift *l)
{
	verify(l, false);
}

void
lift_verw(struct lift *l)
{
	verify(l, true);
}

/* ds es fs gs take what they can read and null, ss its own selector; cs cannot be loaded. Nothing that 64-bit code sees changes. */
void
load_segment(struct lift *l)
{
	ZydisRegister r = operand(l, DST)->reg.value;
	ref sel, ok, k, x;

	if (r == ZYDIS_REGISTER_CS) {
		raise_trap(l, TRAP_UD);
		return;
	}
	if (r == ZYDIS_REGISTER_SS) {
		sel = is_mem(l, SRC) ? load(l, I32, 2, mem(l, SRC).addr, mem(l, SRC).offset) : get(l, SRC);
		if (!is_mem(l, SRC) && osize(l, SRC) == 8)
			sel = op1(l, OP_wrap, I32, sel);
		sel = zext(l, 2, sel);
		k = iconst(l, I32, 0x2b);
		ok = op2(l, OP_eq, I32, sel, k);
	} else {
		sel = selector(l, SRC);
		ok = op1(l, OP_eqz, I32, sel);
		for (int i = 0; i < NDESCRIPTOR; i++) {
			x = is_descriptor(l, sel, i);
			ok = op2(l, OP_or, I32, ok, x);
		}
	}
	ok = op1(l, OP_eqz, I32, ok);
	trapif(l, ok, TRAP_PRIVILEGED);
}

/* ---- under UMIP ---- */

/* sgdt, sidt: a limit of 0 and a made-up address */
static void
table_register(struct lift *l, u64 base)
{
	struct ea m = mem(l, DST);
	ref limit = iconst(l, I32, 0), x = iconst(l, I64, base);

	store(l, I32, 2, m.addr, m.offset, limit);
	limit = iconst(l, I32, 2);
	limit = op2(l, OP_add, I32, m.addr, limit);
	store(l, I64, 8, limit, m.offset, x);
}

void
lift_sgdt(struct lift *l)
{
	table_register(l, 0xfffffffffffe0000);
}

void
lift_sidt(struct lift *l)
{
	table_register(l, 0xffffffffffff0000);
}

/* Memory takes 16 bits. A 32-bit register keeps its upper half, as Linux copies just four bytes. */
static void
system_word(struct lift *l, u32 value)
{
	struct ea m;
	ref x = iconst(l, I32, is_mem(l, DST) || l->size == 2 ? value & 0xffff : value), old, k;

	if (is_mem(l, DST)) {
		m = mem(l, DST);
		store(l, I32, 2, m.addr, m.offset, x);
	} else if (l->size == 4) {
		ZydisRegister r = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, operand(l, DST)->reg.value);

		old = getreg(l, r);
		k = iconst(l, I64, 0xffffffff00000000);
		old = op2(l, OP_and, I64, old, k);
		x = op1(l, OP_extu, I64, x);
		x = op2(l, OP_or, I64, old, x);
		putreg(l, r, x);
	} else {
		if (l->size == 8)
			x = op1(l, OP_extu, I64, x);
		put(l, DST, x);
	}
}

void
lift_smsw(struct lift *l)
{
	system_word(l, 0x80050033);
}

void
lift_sldt(struct lift *l)
{
	system_word(l, 0);
}

void
lift_str(struct lift *l)
{
	system_word(l, 0x40);
}
