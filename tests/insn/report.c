/*
 * report.c - the material of docs/insns.md and of cost.txt: rows.tsv (mnemonic, instruction set, status, forms of every mnemonic that the
 * decoder can find in 64-bit code), cost.S (a function for each form, with registers and with memory) and cost.list (what each is).
 */
#include "insn.h"

static FILE *code, *list;
static u32 count;
static const char *current;

static const char *isa[ZYDIS_MNEMONIC_MAX_VALUE + 1];
static u8 example[ZYDIS_MNEMONIC_MAX_VALUE + 1][15];

static void
note(const u8 *bytes, u32 n)
{
	u8 b[15] = { 0 };
	struct insn in;

	memcpy(b, bytes, n);
	if (decode(&in, 0, b, sizeof b) && in.z.encoding != ZYDIS_INSTRUCTION_ENCODING_3DNOW && isa[in.z.mnemonic] == NULL) {
		isa[in.z.mnemonic] = ZydisISASetGetString(in.z.meta.isa_set);
		memcpy(example[in.z.mnemonic], b, sizeof b);
	}
}

/* every opcode and ModRM byte of the legacy maps with each prefix, and of the VEX maps */
static void
find_mnemonics(void)
{
	static const u8 prefixes[] = { 0, 0x66, 0xf3, 0xf2 };

	for (u32 i = 0; i < 4 * 2 * 4 << 16; i++) {
		u8 b[8];
		u32 n = 0, map = i >> 16 & 3;

		if (prefixes[i >> 19])
			b[n++] = prefixes[i >> 19];
		if (i >> 18 & 1)
			b[n++] = 0x48;
		if (map)
			b[n++] = 0x0f;
		if (map > 1)
			b[n++] = map == 2 ? 0x38 : 0x3a;
		b[n++] = (u8)(i >> 8);
		b[n++] = (u8)i;
		note(b, n);
	}
	for (u32 i = 0; i < 3 * 32 << 16; i++) {
		u32 how = i >> 16;
		u8 b[5] = { 0xc4, (u8)(0xe1 + how / 32), (u8)((how & 1) << 7 | (how & 2 ? 0x78 : 0x68) | (how & 4) | (how >> 3 & 3)), (u8)(i >> 8), (u8)i };

		note(b, 5);
	}
}

static size_t
read_test(void *ctx, u32 pc, void *buf, size_t n)
{
	const struct test *t = ctx;
	size_t have = pc < t->len ? t->len - pc : 0;

	n = n < have ? n : have;
	memcpy(buf, t->bytes + pc, n);
	return n;
}

static bool uses_helper;

static void
look(struct test *t)
{
	struct arena a = { 0 };
	struct lift_source src = { read_test, t };
	struct func *f = lift_block(&a, &src, 0, 1, 0xffffffff);

	for (u32 i = 0; i < f->nblk; i++)
		for (u32 k = 0; k < f->blk[i].n; k++)
			uses_helper |= f->blk[i].ins[k].op == OP_helper && f->blk[i].ins[k].imm[0] != HELPER_flags_word;
	arena_free(&a);
}

static const char *
status(const struct x86_row *row)
{
	uses_helper = false;
	forms_each(row, 1, look);
	if (*row->tests == '-') {
		struct test t = { .len = 15 };

		memcpy(t.bytes, example[row->mnemonic], 15);
		look(&t);
	}
	return uses_helper ? "helper" : "done";
}

static void
write_cost(struct test *t)
{
	if (t->base == ZYDIS_REGISTER_RIP)
		return;
	fprintf(code, "\t.globl cost%u\n\t.type cost%u,@function\ncost%u:\n\t.byte ", count, count, count);
	for (u32 i = 0; i < t->len; i++)
		fprintf(code, "%s%u", i ? "," : "", t->bytes[i]);
	fprintf(code, "\n\tret\n\t.size cost%u,.-cost%u\n", count, count);
	fprintf(list, "%u %s %.*s %u %s\n", count++, current, t->form ? (int)t->form_length : 1, t->form ? t->form : "=", t->form_size, t->has_mem ? "mem" : "reg");
}

static FILE *
create(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	return f;
}

void lift_ud(struct lift *l);
void lift_privileged(struct lift *l);
void lift_nop(struct lift *l);

void
report_write(const char *dir)
{
	FILE *out = create(dir, "rows.tsv");

	code = create(dir, "cost.S");
	list = create(dir, "cost.list");
	find_mnemonics();
	fprintf(code, "\t.text\n\t.globl _start\n_start:\n\tret\n\t.globl nothing\n\t.type nothing,@function\nnothing:\n\tret\n\t.size nothing,1\n");
	for (u32 m = 1; m <= ZYDIS_MNEMONIC_MAX_VALUE; m++) {
		const struct x86_row *row = x86_row((ZydisMnemonic)m);
		const char *what;

		if (isa[m] == NULL && row == NULL)
			continue;
		current = ZydisMnemonicGetString((ZydisMnemonic)m);
		if (row == NULL)
			what = "missing";
		else if (row->lift == lift_ud)
			what = "#UD";
		else if (row->lift == lift_privileged)
			what = "#GP";
		else if (row->lift == lift_nop)
			what = "hint";
		else
			what = status(row);
		fprintf(out, "%s\t%s\t%s\t%s\n", current, isa[m] ? isa[m] : "?", what, row ? row->tests : "");
		if (row) {
			rnd_seed(rnd_name(1, current));
			forms_each(row, 2, write_cost);
		}
	}
	fprintf(code, "\t.section .note.GNU-stack,\"\",@progbits\n");
	fclose(code);
	fclose(list);
	fclose(out);
}
