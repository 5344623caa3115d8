/*
 * sequence.c - random sequences of register instructions whose results are fully defined: what one leaves, flags above all, the next
 * ones use, which is where passes over whole blocks could go wrong.
 */
#include "insn.h"

enum { POOL = 4096, LONGEST = 48 };

static struct { u8 bytes[15]; u8 len; } pool[POOL];
static u32 npool;

static bool
touches_rsp(const struct test *t)
{
	struct insn in;

	if (!decode(&in, 0, t->bytes, t->len))
		return true;
	for (u32 i = 0; i < in.z.operand_count; i++)
		if (in.op[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, in.op[i].reg.value) == ZYDIS_REGISTER_RSP)
			return true;
	return false;
}

static void
collect(struct test *t)
{
	if (npool == POOL || t->has_mem || t->undefined || t->traps || t->float_lanes || t->len > 15 || touches_rsp(t))
		return;
	memcpy(pool[npool].bytes, t->bytes, t->len);
	pool[npool++].len = (u8)t->len;
}

void
sequences_each(u32 n, void (*f)(struct test *t))
{
	const struct x86_row *rows;
	u32 nrow = x86_rows(&rows);

	npool = 0;
	for (u32 i = 0; i < nrow; i++)
		if (rows[i].mnemonic != ZYDIS_MNEMONIC_STD)
			forms_each(&rows[i], 4, collect);
	for (u32 i = 0; i < n; i++) {
		struct test t;

		memset(&t, 0, sizeof t);
		t.name = "sequence";
		while (t.len < LONGEST - 15) {
			u32 k = rnd_below(npool);

			memcpy(t.bytes + t.len, pool[k].bytes, pool[k].len);
			t.len += pool[k].len;
		}
		f(&t);
	}
}
