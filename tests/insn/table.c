/*
 * table.c - writes the tests as source text: DIR/table.c holds an array of struct test for state.c, DIR/snippets.S the machine code.
 * A snippet is the instruction and a jump through HOST_EXIT. Every instruction that writes flags comes a second time with the
 * sixteen setcc behind it, which store into the data area: there the recompiler fuses flags and conditions. Two of three sequences have a pointer
 * into their midst among the data, so that the recompiler takes what stands there for a function of its own.
 */
#include "insn.h"

static FILE *c, *s;
static u32 count;

static void
bytes(FILE *f, const u8 *p, u32 n)
{
	for (u32 i = 0; i < n; i++)
		fprintf(f, "%s%u", i ? "," : "", p[i]);
}

static void
pointer_into(const struct test *t)
{
	u32 start[sizeof t->bytes], n = 0;
	struct insn in;

	for (u32 at = 0; at < t->len && decode(&in, 0, t->bytes + at, t->len - at); at += in.z.length)
		start[n++] = at;
	if (n)
		fprintf(s, "\t.section .rodata\n\t.balign 8\n\t.quad snippet%u+%u\n\t.text\n", count, start[(t->number / 3 * 7 + t->variant) % n]);
}

static void
snippet(const struct test *t, bool conditions)
{
	if (t->number % 3 != 0)
		pointer_into(t);
	fprintf(s, "snippet%u:\n\t.byte ", count);
	bytes(s, t->bytes, t->len);
	fprintf(s, "\n");
	for (u32 cc = 0; conditions && cc < 16; cc++)
		if (!(t->undefined & (cc < 2 ? EF_OF : cc < 4 ? EF_CF : cc < 6 ? EF_ZF : cc < 8 ? EF_CF | EF_ZF :
		    cc < 10 ? EF_SF : cc < 12 ? EF_PF : cc < 14 ? EF_SF | EF_OF : EF_SF | EF_OF | EF_ZF)))
			fprintf(s, "\t.byte 0x0f,%u,0x04,0x25\n\t.long %u\n", 0x90 + cc, DATA + cc);
	fprintf(s, "\tjmp *%u\n", HOST_EXIT);
	fprintf(c, "\t{ .name = \"%s\", .code = snippet%u, .bytes = { ", t->name, count);
	bytes(c, t->bytes, t->len);
	fprintf(c, " }, .len = %u, .has_mem = %d, .is_lea = %d, .base = %d, .index = %d, .scale = %d, .disp = %ld, .gs = %d,\n"
	    "\t  .bit_offset = %d, .bit_size = %d, .count = %d, .count_value = %u, .count_mask = %u, .shift_bits = %u, .max_count = %u,\n"
	    "\t  .undefined = %u, .align = %d, .vsib = %d, .vsib_qwords = %d, .float_lanes = %d, .string = %d, .divide = %d, .frame = %d, .traps = %d, .number = %u, .variant = %u },\n",
	    t->len, t->has_mem, t->is_lea, t->base, t->index, t->scale, t->disp, t->gs, t->bit_offset, t->bit_size, t->count,
	    t->count_value, t->count_mask, t->shift_bits, t->max_count, t->undefined, t->align, t->vsib, t->vsib_qwords, t->float_lanes, t->string,
	    t->divide, t->frame, t->traps, t->number, t->variant);
	count++;
}

/* An rsp with any value is only good for instructions alone: the dispatcher, which a changed rsp leads to, looks at it. */
static bool
ruins_rsp(const struct test *t)
{
	struct insn in;

	if (t->base == ZYDIS_REGISTER_RSP || t->base == ZYDIS_REGISTER_ESP)
		return true;
	if (!decode(&in, 0, t->bytes, t->len))
		return false;
	for (u32 i = 0; i < in.z.operand_count_visible; i++)
		if (in.op[i].type == ZYDIS_OPERAND_TYPE_REGISTER && in.op[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, in.op[i].reg.value) == ZYDIS_REGISTER_RSP)
			return true;
	return false;
}

/* rip-relative operands would move with the code */
static void
write_test(struct test *t)
{
	if (t->base == ZYDIS_REGISTER_RIP || t->len == 0 || ruins_rsp(t))
		return;
	snippet(t, false);
	if ((t->row && *t->row->flags_written && t->count_mask == 0) || (t->number % 4 == 1 && t->len < 600))
		snippet(t, true);
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

void
table_write(const char *dir, u64 seed, u32 variants, char **names)
{
	const struct x86_row *rows;
	u32 n = x86_rows(&rows);

	c = create(dir, "table.c");
	s = create(dir, "snippets.S");
	fprintf(c, "#include \"snippets.h\"\nconst struct test tests[] = {\n");
	fprintf(s, "\t.text\n");
	for (u32 i = 0; i < n; i++)
		if (chosen(ZydisMnemonicGetString(rows[i].mnemonic), names) && (!state_floats || exact_find(&rows[i]))) {
			rnd_seed(rnd_name(seed, ZydisMnemonicGetString(rows[i].mnemonic)));
			forms_each(&rows[i], variants, write_test);
		}
	rnd_seed(seed);
	if (chosen("odd", names) && !state_floats)
		odd_each(write_test);
	if (chosen("sequence", names) && !state_floats)
		sequences_each(seed, 150 * variants, write_test);
	fprintf(c, "};\nconst u32 ntests = sizeof tests / sizeof *tests;\n");
	fclose(c);
	for (u32 i = 0; i < count; i++)
		fprintf(s, "\t.globl snippet%u\n", i);
	fprintf(s, "\t.section .note.GNU-stack,\"\",@progbits\n");
	fclose(s);
	s = create(dir, "snippets.h");
	fprintf(s, "#include \"../../../tests/insn/insn.h\"\n");
	for (u32 i = 0; i < count; i++)
		fprintf(s, "extern const char snippet%u[];\n", i);
	fprintf(s, "extern const struct test tests[];\nextern const u32 ntests;\n");
	fclose(s);
}
