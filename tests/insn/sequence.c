/*
 * sequence.c - random sequences of the instructions in pool.c, with branches, loops, pushes, calls and repeated strings among them: what
 * one leaves, flags above all, the next ones use, which is where passes could go wrong. A sequence is known by its seed and number;
 * sequence_reduce() leaves out what a difference does not need.
 */
#include "insn.h"

enum { UNITS = 160, LABELS = 64, GROUPS = 128, MOST = 60 };

#define BIT_RBX (1u << 3)
#define BIT_RBP (1u << 5)

/* An instruction, or a piece of one of the shapes below. Units of one group go together. */
enum kind { PLAIN, LABEL, JUMP, BRANCH, CALL, CALL_RAX, RET };
struct unit {
	enum kind kind;
	u8 bytes[15], len;
	u8 cc;                               /* BRANCH */
	u32 label;                           /* LABEL: it stands here; else where it goes */
	u32 group;
};
struct sequence {
	struct unit unit[UNITS];
	u32 n, nlabel, ngroup, plain, calls;      /* calls: subroutines */
	u32 subs;                            /* their group */
	bool based;                          /* rbx and rbp hold addresses */
	enum pool_class class;               /* of what is not POOL_GENERAL */
	bool gone[GROUPS];
};

u32 sequence_first, sequence_count;
static const char *masked;                       /* groups to leave out of every sequence, "3,7"; several lists with / between */

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

static bool
fits(const struct sequence *s, const struct pooled *p, u32 reserved)
{
	return (p->class == POOL_GENERAL || p->class == s->class) && !(p->registers & reserved) && (s->based || !(p->base & (BIT_RBX | BIT_RBP)));
}

/* one instruction of the pool; undefined flags are overwritten by a comparison at once */
static void
add_plain(struct sequence *s, u32 reserved)
{
	u32 group = s->ngroup++;
	const struct pooled *p;
	u8 cmp[4] = { 0x48, 0x83, (u8)(0xf8 | rnd_below(8)), (u8)rnd() };
	bool general = rnd_below(2);

	do
		p = &pool[rnd_below(npool)];
	while (!fits(s, p, reserved) || (p->class == POOL_GENERAL) != general);
	s->plain++;
	add_bytes(s, group, p->len, p->bytes);
	if (p->undefined) {
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

/* counts in r12..r15, which nothing inside uses, up or down, or in memory */
static void
add_loop(struct sequence *s, u32 reserved, u32 depth)
{
	u32 group = s->ngroup++, top = s->nlabel++, r = 4 + rnd_below(4), at = DATA + 0x10 + 8 * depth, way = rnd_below(4);
	u8 rounds = (u8)(1 + rnd_below(6));
	u8 mov[6] = { 0x41, (u8)(0xb8 | r), way == 1 ? 0 : rounds };
	u8 sub[4] = { (u8)(0x41 | rnd_below(2) << 3), 0x83, (u8)(0xe8 | r), 1 }, inc[8] = { 0x49, 0xff, (u8)(0xc0 | r), 0x41, 0x83, (u8)(0xf8 | r), rounds };
	u8 movm[11] = { 0xc7, 0x04, 0x25 }, subm[8] = { 0x83, 0x2c, 0x25 };
	struct unit *u;

	if (reserved >> (8 + r) & 1)
		way = 0;
	memcpy(movm + 3, &at, 4);
	memcpy(subm + 3, &at, 4);
	movm[7] = rounds;
	subm[7] = 1;
	add_bytes(s, group, way ? 6 : 11, way ? mov : movm);
	add(s, LABEL, group)->label = top;
	statements(s, way ? reserved | 1u << (8 + r) : reserved, depth + 1, 1 + rnd_below(6));
	if (way == 0)
		add_bytes(s, group, 8, subm);
	else if (way == 1)
		add_bytes(s, group, 7, inc);
	else
		add_bytes(s, group, 4, sub);
	u = add(s, BRANCH, group);
	u->label = top;
	u->cc = way == 1 && rnd_below(2) ? (rnd_below(2) ? 2 : 12) : 5;          /* jb, jl; jnz */
}

/* mov ecx, esi, edi; a repeated string instruction */
static void
add_string(struct sequence *s)
{
	static const u8 ops[] = { 0xa4, 0xa5, 0xaa, 0xab, 0xa6, 0xae };
	u32 group = s->ngroup++, from = POOL_AREA + rnd_below(0x40), to = POOL_AREA + rnd_below(0x40);
	u8 set[15] = { 0xb9, (u8)rnd_below(9), 0, 0, 0, 0xbe, 0, 0, 0, 0, 0xbf }, op[3] = { 0xf3, 0x48, ops[rnd_below(6)] };

	memcpy(set + 6, &from, 4);
	memcpy(set + 11, &to, 4);
	add_bytes(s, group, 15, set);
	if (rnd_below(2))
		op[0] = 0xf2;
	if (op[2] < 0xa6 || (op[2] | 1) == 0xab)
		op[0] = 0xf3;
	if (rnd_below(2))
		op[1] = op[2], add_bytes(s, group, 2, op);
	else
		add_bytes(s, group, 3, op);
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

	if (s->based && (pop == 0x5b || pop == 0x5d))
		pop = 0x58;
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
		else if (what < 8 && s->calls && depth < 2)
			add_jump(s, rnd_below(3) ? CALL : CALL_RAX, s->ngroup++, LABELS - 1 - rnd_below(s->calls));
		else if (what < 9 && rnd_below(4) == 0)
			add_string(s);
		else
			add_plain(s, reserved);
	}
}

static void
generate(struct sequence *s, u64 seed, u32 number)
{
	u32 a = POOL_AREA, f = POOL_FLOATS, reserved;
	u8 set[10] = { 0xbb, 0, 0, 0, 0, 0xbd };
	u32 nsub;

	rnd_seed(seed * 1000003 + number);
	nsub = rnd_below(3);
	memset(s, 0, sizeof *s);
	s->class = POOL_VECTOR + rnd_below(3);
	s->based = rnd_below(4) != 0;
	reserved = s->based ? BIT_RBX | BIT_RBP : 0;
	memcpy(set + 1, &a, 4);
	memcpy(set + 6, &f, 4);
	s->ngroup = 1;                           /* group 0 always stays */
	if (s->based)
		add_bytes(s, 0, 10, set);
	if (nsub) {                              /* subroutines, in front and jumped over: the end belongs to the code that leaves */
		u32 group = s->subs = s->ngroup++, end = s->nlabel++;

		add_jump(s, JUMP, group, end);
		s->calls = nsub;
		for (u32 i = 0; i < nsub; i++) {
			add(s, LABEL, group)->label = LABELS - 1 - i;
			statements(s, reserved | 0xf000, 2, 1 + rnd_below(8));    /* the loops around the calls count in r12..r15 */
			add(s, RET, group);
		}
		add(s, LABEL, group)->label = end;
	}
	statements(s, reserved, 0, 2 + rnd_below(30));
}

/* -m of main.c */
void
sequence_mask(const char *groups)
{
	masked = groups;
}

/* the groups of the list at p, which ends at a slash or the end: what follows it */
static const char *
leave_out(struct sequence *s, const char *p)
{
	while (*p && *p != '/') {
		char *end;
		u32 g = (u32)strtoul(p, &end, 10);

		if (g < GROUPS)
			s->gone[g] = true;
		p = *end == ',' || end == p ? end + 1 : end;
	}
	return p;
}

/* ---- machine code ---- */

/* The subroutines stay as long as something calls them. */
static void
keep_called(struct sequence *s)
{
	for (u32 i = 0; i < s->n; i++)
		if ((s->unit[i].kind == CALL || s->unit[i].kind == CALL_RAX) && !s->gone[s->unit[i].group])
			s->gone[s->subs] = false;
}

static u32
length(const struct sequence *s, const struct unit *u)
{
	static const u8 lengths[] = { [LABEL] = 0, [JUMP] = 5, [BRANCH] = 6, [CALL] = 5, [CALL_RAX] = 9, [RET] = 1 };

	return s->gone[u->group] ? 0 : u->kind == PLAIN ? u->len : lengths[u->kind];
}

static void
put_unit(const struct unit *u, u8 *to, u32 at, u32 target)
{
	u32 n = u->kind == CALL_RAX ? 7 : u->kind == BRANCH ? 6 : 5, rel = target - (at + n);

	switch (u->kind) {
	case PLAIN: memcpy(to, u->bytes, u->len); return;
	case LABEL: return;
	case RET: to[0] = 0xc3; return;
	case JUMP: to[0] = 0xe9; break;
	case CALL: to[0] = 0xe8; break;
	case CALL_RAX:                           /* lea rax, [rip + target]; call rax */
		memcpy(to, "\x48\x8d\x05----\xff\xd0", 9);
		break;
	case BRANCH:
		to[0] = 0x0f;
		to[1] = 0x80 | u->cc;
		break;
	}
	memcpy(to + n - 4, &rel, 4);
}

static bool
assemble(struct sequence *s, struct test *t, u32 number)
{
	u32 label[LABELS] = { 0 }, at = 0;

	keep_called(s);
	memset(t, 0, sizeof *t);
	t->name = "sequence";
	t->number = number + 1;
	t->float_lanes = s->class >= POOL_DOUBLE;
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

u32
sequence_groups(u64 seed, u32 number)
{
	static struct sequence s;

	if (npool == 0)
		pool_fill();
	generate(&s, seed, number);
	return s.ngroup;
}

void
sequences_each(u64 seed, u32 n, void (*f)(struct test *t))
{
	static struct sequence s;
	u32 first = sequence_first;
	struct test t;

	if (npool == 0)
		pool_fill();
	if (sequence_count)
		n = sequence_count;
	for (u32 i = first; i < first + n; i++) {
		const char *p = masked ? masked : "";
		u32 variant = 0;

		do {
			generate(&s, seed, i);
			p = leave_out(&s, p);
			if (assemble(&s, &t, i)) {
				t.variant = variant++;
				rnd_seed(seed * 1000003 + i);
				f(&t);
			}
		} while (*p++ == '/');
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
		for (u32 g = 1; g < s.ngroup; g++) {
			struct test shorter;

			if (s.gone[g])
				continue;
			s.gone[g] = true;
			if (assemble(&s, &shorter, number) && fails(&shorter)) {
				*t = shorter;
				less |= s.gone[g];
			} else {
				s.gone[g] = false;
			}
		}
	}
}
