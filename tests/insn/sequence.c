/*
 * sequence.c - random sequences of instructions whose results are fully defined, with branches, loops, pushes and calls among them: what
 * one leaves, flags above all, the next ones use, which is where passes could go wrong. A sequence is known by its seed and number;
 * sequence_reduce() leaves out what a difference does not need.
 */
#include "insn.h"

enum { POOL = 16384, UNITS = 160, LABELS = 64, GROUPS = 128, MOST = 60 };

/* An instruction, or a piece of one of the shapes below. Units of one group go together. */
enum kind { PLAIN, LABEL, JUMP, BRANCH, CALL, RET };
struct unit {
	enum kind kind;
	u8 bytes[15], len;
	u8 cc;                               /* BRANCH */
	u32 label;                           /* LABEL: it stands here; else where it goes */
	u32 group;
};
struct sequence {
	struct unit unit[UNITS];
	u32 n, nlabel, ngroup, plain, calls;
	bool gone[GROUPS];
};

u32 sequence_first, sequence_count;
static const char *masked;                       /* groups to leave out of every sequence, "3,7" */

static struct { u8 bytes[15], len; u32 reads_writes; bool undefined; } pool[POOL];
static u32 npool;

/* bit n: register n is an operand */
static u32
registers(const struct insn *in)
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

static void
collect(struct test *t)
{
	struct insn in;
	u32 bits;

	if (npool == POOL || t->traps || t->float_lanes || t->len > 15 || t->max_count || t->bit_size || t->gs)
		return;
	if (t->has_mem && !t->is_lea && (t->base != ZYDIS_REGISTER_NONE || t->index != ZYDIS_REGISTER_NONE))
		return;
	if (t->base == ZYDIS_REGISTER_RIP || !decode(&in, 0, t->bytes, t->len))
		return;
	bits = registers(&in);
	if (bits & 1u << 4)
		return;
	memcpy(pool[npool].bytes, t->bytes, t->len);
	pool[npool].reads_writes = bits;
	pool[npool].undefined = t->undefined != 0 || t->shift_bits != 0;
	pool[npool++].len = (u8)t->len;
}

static void
collect_all(void)
{
	const struct x86_row *rows;
	u32 nrow = x86_rows(&rows);

	npool = 0;
	for (u32 i = 0; i < nrow; i++) {
		if (rows[i].mnemonic == ZYDIS_MNEMONIC_STD || (rows[i].kind != ROW_PLAIN && !native_avx()))
			continue;
		rnd_seed(i + 1);
		forms_absolute = false;
		forms_each(&rows[i], 3, collect);
		forms_absolute = true;
		forms_each(&rows[i], 4, collect);
	}
	forms_absolute = false;
}

/* ---- generating ---- */

static struct unit *
add(struct sequence *s, enum kind kind, u32 group)
{
	struct unit *u = &s->unit[s->n < UNITS - 1 ? s->n++ : s->n];

	memset(u, 0, sizeof *u);
	u->kind = kind;
	u->group = group;
	return u;
}

static void
add_bytes(struct sequence *s, u32 group, u32 n, const u8 *bytes)
{
	struct unit *u = add(s, PLAIN, group);

	memcpy(u->bytes, bytes, n);
	u->len = (u8)n;
}

static void
add_jump(struct sequence *s, enum kind kind, u32 group, u32 label)
{
	struct unit *u = add(s, kind, group);

	u->label = label;
	u->cc = (u8)rnd_below(16);
}

/* one instruction of the pool; undefined flags are overwritten by a comparison at once */
static void
add_plain(struct sequence *s, u32 reserved)
{
	u32 group = s->ngroup++, k = rnd_below(npool);
	u8 cmp[4] = { 0x48, 0x83, (u8)(0xf8 | rnd_below(8)), (u8)rnd() };

	while (pool[k].reads_writes & reserved)
		k = rnd_below(npool);
	s->plain++;
	add_bytes(s, group, pool[k].len, pool[k].bytes);
	if (pool[k].undefined) {
		cmp[2] = cmp[2] == 0xfc ? 0xf8 : cmp[2];        /* not rsp */
		add_bytes(s, group, 4, cmp);
	}
}

static void statements(struct sequence *s, u32 reserved, u32 depth, u32 n);

static void
add_if(struct sequence *s, u32 reserved, u32 depth)
{
	u32 group = s->ngroup++, other = s->nlabel++, end = s->nlabel++;
	bool both = rnd_below(2);

	add_jump(s, BRANCH, group, other);
	statements(s, reserved, depth + 1, 1 + rnd_below(5));
	if (both)
		add_jump(s, JUMP, group, end);
	add(s, LABEL, group)->label = other;
	if (both)
		statements(s, reserved, depth + 1, 1 + rnd_below(5));
	add(s, LABEL, group)->label = end;
}

/* counts in r12..r15, which nothing inside uses, or in memory */
static void
add_loop(struct sequence *s, u32 reserved, u32 depth)
{
	u32 group = s->ngroup++, top = s->nlabel++, r = 4 + rnd_below(4), at = DATA + 0x10 + 8 * depth;
	bool memory = rnd_below(3) == 0 || reserved >> (8 + r) & 1;
	u8 mov[6] = { 0x41, (u8)(0xb8 | r), (u8)(1 + rnd_below(6)) }, sub[4] = { 0x41, 0x83, (u8)(0xe8 | r), 1 };
	u8 movm[11] = { 0xc7, 0x04, 0x25 }, subm[8] = { 0x83, 0x2c, 0x25 };
	struct unit *u;

	memcpy(movm + 3, &at, 4);
	memcpy(subm + 3, &at, 4);
	movm[7] = mov[2];
	subm[7] = 1;
	if (memory)
		add_bytes(s, group, 11, movm);
	else
		add_bytes(s, group, 6, mov);
	add(s, LABEL, group)->label = top;
	statements(s, memory ? reserved : reserved | 1u << (8 + r), depth + 1, 1 + rnd_below(6));
	if (memory)
		add_bytes(s, group, 8, subm);
	else
		add_bytes(s, group, 4, sub);
	u = add(s, BRANCH, group);
	u->label = top;
	u->cc = 5;                               /* jnz */
}

static u8
not_rsp(u8 r)
{
	return r == 4 ? 0 : r;
}

static void
add_push(struct sequence *s, u32 reserved, u32 depth)
{
	u32 group = s->ngroup++;
	u8 push = (u8)(0x50 | not_rsp((u8)rnd_below(8))), pop = (u8)(0x58 | not_rsp((u8)rnd_below(8)));

	add_bytes(s, group, 1, &push);
	statements(s, reserved, depth + 1, 1 + rnd_below(4));
	add_bytes(s, group, 1, &pop);
}

static void
statements(struct sequence *s, u32 reserved, u32 depth, u32 n)
{
	for (; n > 0 && s->plain < MOST && s->n < UNITS - 40 && s->nlabel < LABELS - 8 && s->ngroup < GROUPS - 16; n--) {
		u32 what = depth < 4 ? rnd_below(20) : 19;

		if (what < 3)
			add_if(s, reserved, depth);
		else if (what < 5 && depth < 3)
			add_loop(s, reserved, depth);
		else if (what < 6)
			add_push(s, reserved, depth);
		else if (what < 7 && s->calls == 0 && depth < 2)
			add_jump(s, CALL, s->ngroup++, LABELS - 1), s->calls++;
		else
			add_plain(s, reserved);
	}
}

static void
generate(struct sequence *s, u64 seed, u32 number)
{
	rnd_seed(seed * 1000003 + number);
	memset(s, 0, sizeof *s);
	statements(s, 0, 0, 2 + rnd_below(30));
	if (s->calls) {                          /* the subroutine, jumped over */
		u32 group = s->ngroup++, end = s->nlabel++;

		add_jump(s, JUMP, group, end);
		add(s, LABEL, group)->label = LABELS - 1;
		statements(s, 0xf000, 3, 1 + rnd_below(8));
		add(s, RET, group);
		add(s, LABEL, group)->label = end;
	}
}

/* -m of main.c */
void
sequence_mask(const char *groups)
{
	masked = groups;
}

static void
leave_out(struct sequence *s)
{
	char *end;

	for (const char *p = masked; p && *p; p = *end == ',' ? end + 1 : end) {
		u32 g = (u32)strtoul(p, &end, 10);

		if (end == p)
			return;
		if (g < GROUPS)
			s->gone[g] = true;
	}
}

/* ---- machine code ---- */

static u32
length(const struct sequence *s, const struct unit *u)
{
	static const u8 lengths[] = { [LABEL] = 0, [JUMP] = 5, [BRANCH] = 6, [CALL] = 5, [RET] = 1 };

	return s->gone[u->group] ? 0 : u->kind == PLAIN ? u->len : lengths[u->kind];
}

static void
put_unit(const struct unit *u, u8 *to, u32 at, u32 target)
{
	u32 n = u->kind == BRANCH ? 6 : 5, rel = target - (at + n);

	switch (u->kind) {
	case PLAIN: memcpy(to, u->bytes, u->len); return;
	case LABEL: return;
	case RET: to[0] = 0xc3; return;
	case JUMP: to[0] = 0xe9; break;
	case CALL: to[0] = 0xe8; break;
	case BRANCH:
		to[0] = 0x0f;
		to[1] = 0x80 | u->cc;
		break;
	}
	memcpy(to + n - 4, &rel, 4);
}

static bool
assemble(const struct sequence *s, struct test *t)
{
	u32 label[LABELS] = { 0 }, at = 0;

	memset(t, 0, sizeof *t);
	t->name = "sequence";
	for (u32 i = 0; i < s->n; i++) {
		if (s->unit[i].kind == LABEL)
			label[s->unit[i].label] = at;
		at += length(s, &s->unit[i]);
	}
	if (at > sizeof t->bytes)
		return false;
	for (u32 i = 0; i < s->n; i++) {
		const struct unit *u = &s->unit[i];
		u32 n = length(s, u);

		if (n)
			put_unit(u, t->bytes + t->len, t->len, label[u->label]);
		t->len += n;
	}
	return t->len > 0;
}

/* ---- for main.c ---- */

bool
sequence_make(struct test *t, u64 seed, u32 number)
{
	static struct sequence s;

	if (npool == 0)
		collect_all();
	generate(&s, seed, number);
	leave_out(&s);
	return assemble(&s, t);
}

u32
sequence_groups(u64 seed, u32 number)
{
	static struct sequence s;

	if (npool == 0)
		collect_all();
	generate(&s, seed, number);
	return s.ngroup;
}

void
sequences_each(u64 seed, u32 n, void (*f)(struct test *t))
{
	u32 first = sequence_first;
	struct test t;

	if (sequence_count)
		n = sequence_count;
	for (u32 i = first; i < first + n; i++)
		if (sequence_make(&t, seed, i)) {
			t.number = i + 1;
			rnd_seed(seed * 1000003 + i);
			f(&t);
		}
}

/* Leaves out groups as long as the rest still fails; a call goes before its subroutine. Bit n of the result's mask: group n is in. */
void
sequence_reduce(struct test *t, u64 seed, u32 number, bool (*fails)(struct test *t))
{
	static struct sequence s;
	bool less = true;

	generate(&s, seed, number);
	while (less) {
		less = false;
		for (u32 g = 0; g < s.ngroup; g++) {
			struct test shorter;

			if (s.gone[g])
				continue;
			s.gone[g] = true;
			if (assemble(&s, &shorter) && fails(&shorter)) {
				*t = shorter;
				less = true;
			} else {
				s.gone[g] = false;
			}
		}
	}
}
