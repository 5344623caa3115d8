/*
 * irparse.c - reads the IR's text form (docs/il.md), for tests. Value names are the reader's own: %7 need not be the seventh
 * instruction. "#" starts a comment. Native only.
 */
#include "recompiler.h"
#include "irtext.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES 4096

struct parser {
	struct arena *a;
	struct func *f;
	const char *p;
	const char *err;
	u32 line, blk, pc;
	ref name[NAMES];
	char word[64];
};

static void
fail(struct parser *p, const char *what)
{
	if (!p->err)
		p->err = arena_printf(p->a, "line %u: %s near '%s'", p->line, what, p->word);
}

/* Next word of the line into p->word; false at its end. Braces and brackets are words or stand alone. */
static bool
word(struct parser *p)
{
	size_t n = 0;

	while (*p->p == ' ' || *p->p == '\t')
		p->p++;
	if (*p->p == '#')
		while (*p->p && *p->p != '\n')
			p->p++;
	while (*p->p && !strchr(" \t\n#", *p->p) && n < sizeof p->word - 1)
		p->word[n++] = *p->p++;
	p->word[n] = 0;
	return n > 0;
}

/* The next word is left in place if it does not start with c. */
static bool
word_if(struct parser *p, char c)
{
	const char *save = p->p;

	if (word(p) && p->word[0] == c)
		return true;
	p->p = save;
	return false;
}

static u64
number(struct parser *p, const char *s)
{
	char *end;
	u64 v = strtoull(s, &end, 0);

	if (end == s || (*end && *end != ']'))
		fail(p, "number expected");
	return v;
}

static u64
next_number(struct parser *p)
{
	if (!word(p))
		fail(p, "number missing");
	return number(p, p->word);
}

static u32
find(struct parser *p, const char *const *names, u32 n, const char *what)
{
	for (u32 i = 0; i < n; i++)
		if (!strcmp(names[i], p->word))
			return i;
	fail(p, what);
	return 0;
}

static u32
variable(struct parser *p)
{
	if (p->word[0] == 't' && p->word[1] >= '0' && p->word[1] <= '9')
		return NVAR + number(p, p->word + 1);
	return find(p, var_name, NVAR, "unknown variable");
}

static ref
value(struct parser *p)
{
	u32 n;

	if (!word(p) || p->word[0] != '%') {
		fail(p, "value expected");
		return 0;
	}
	n = number(p, p->word + 1);
	if (n >= NAMES || p->name[n] == REF_NONE) {
		fail(p, "unknown value");
		return 0;
	}
	return p->name[n];
}

static varset
set(struct parser *p)
{
	varset s = 0;

	if (!word_if(p, '{'))
		return 0;
	while (!p->err && word(p) && p->word[0] != '}')
		s |= VARBIT(variable(p) & 127);
	return s;
}

static void
op_name(struct parser *p, struct ins *in)
{
	char *dot = strchr(p->word, '.');
	char *dot2 = dot ? strchr(dot + 1, '.') : NULL;
	u32 op;

	if (dot)
		*dot = 0;
	if (dot2)
		*dot2 = 0;
	for (op = 0; op < NOP && strcmp(opinfo[op].name, p->word); op++)
		;
	if (op == NOP) {
		fail(p, "unknown operation");
		return;
	}
	in->op = op;
	for (char *s = dot; s; s = s == dot ? dot2 : NULL) {
		u32 t;

		for (t = I32; t <= V128 && strcmp(type_name[t], s + 1); t++)
			;
		if (t <= V128)
			in->type = t;
		else
			in->size = number(p, s + 1);
	}
}

static void
immediate(struct parser *p, struct ins *in)
{
	enum imm_shape shape = imm_shape(in->op);
	u32 h;

	if (shape == IMM_NONE)
		return;
	if (!word(p)) {
		fail(p, "operand missing");
		return;
	}
	switch (shape) {
	case IMM_HEX: in->imm[0] = number(p, p->word); break;
	case IMM_HEX2:
		in->imm[0] = number(p, p->word);
		in->imm[1] = next_number(p);
		break;
	case IMM_VAR: in->imm[0] = variable(p); break;
	case IMM_CC: in->imm[0] = find(p, cc_name, 16, "unknown condition"); break;
	case IMM_TRAP: in->imm[0] = find(p, trap_name, TRAP_COUNT, "unknown trap"); break;
	case IMM_OFFSET: case IMM_LANE: in->imm[0] = number(p, p->word + 1); break;
	case IMM_HELPER:
		for (h = 0; h < NHELPER && strcmp(helperinfo[h].name, p->word); h++)
			;
		if (h == NHELPER)
			fail(p, "unknown helper");
		else
			in->imm[0] = h;
		break;
	case IMM_NONE: break;
	}
}

static void
instruction(struct parser *p)
{
	struct ins in = { .pc = p->pc, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } };
	u32 name = NAMES, n;
	ref r;

	if (p->word[0] == '%') {
		name = number(p, p->word + 1);
		if (name >= NAMES || !word(p) || strcmp(p->word, "=") || !word(p)) {
			fail(p, "'%n = op' expected");
			return;
		}
	}
	op_name(p, &in);
	if (!p->err)
		immediate(p, &in);
	if (p->err)
		return;
	n = ir_nargs(&in);
	for (u32 i = 0; i < n && i < 4; i++)
		in.arg[i] = value(p);
	if (opinfo[in.op].props & P_EXIT)
		in.flush = set(p);
	r = ir_ins(p->f, p->blk, in);
	if (name < NAMES)
		p->name[name] = r;
}

static void
terminator(struct parser *p, u32 kind)
{
	struct term *t = &p->f->blk[p->blk].term;
	u32 cap = 0;

	*t = (struct term){ .kind = kind, .val = REF_NONE, .pc = p->pc };
	if (kind == TERM_TRAP && word(p))
		t->trap = find(p, trap_name, TRAP_COUNT, "unknown trap");
	while (!p->err && word(p)) {
		if (p->word[0] == '%') {
			p->p -= strlen(p->word);
			t->val = value(p);
		} else if (p->word[0] == 'b') {
			if (t->nsucc == cap) {
				u32 *succ = arena_alloc(p->a, (2 * cap + 2) * sizeof *succ);
				for (u32 i = 0; i < cap; i++)
					succ[i] = t->succ[i];
				t->succ = succ;
				cap = 2 * cap + 2;
			}
			t->succ[t->nsucc++] = number(p, p->word + 1);
		} else if (!strcmp(p->word, "ret")) {
			t->ret = next_number(p);
		} else if (!strcmp(p->word, "via")) {
			t->via = next_number(p);
		} else if (!strcmp(p->word, "guess")) {
			t->guess = next_number(p);
		} else if (!strcmp(p->word, "rsp")) {
			t->rsp_changed = true;
		} else if (p->word[0] == '{') {
			p->p -= strlen(p->word);
			t->flush = set(p);
		} else {
			t->target = number(p, p->word);
		}
	}
}

static void
block(struct parser *p)
{
	u32 n = number(p, p->word + 1);

	if (n != p->f->nblk) {
		fail(p, "blocks must be numbered in order");
		return;
	}
	p->blk = ir_block(p->f, 0);
	p->f->blk[n].pc = p->pc = next_number(p);
	p->f->blk[n].end = next_number(p);
	if (word_if(p, 'l'))
		p->f->blk[n].loop_header = true;
	memset(p->name, 0xff, sizeof p->name);
}

static void
line(struct parser *p)
{
	if (!word(p))
		return;
	if (!strcmp(p->word, "func")) {
		word(p);
		p->f->name = arena_printf(p->a, "%s", p->word);
		p->f->pc = next_number(p);
		while (word(p)) {
			p->f->rsp_tainted |= !strcmp(p->word, "tainted");
			p->f->direct_only |= !strcmp(p->word, "direct");
		}
	} else if (!strcmp(p->word, "temps")) {
		while (!p->err && word(p))
			ir_temp(p->f, find(p, type_name, 6, "unknown type"));
	} else if (p->word[0] == '@') {
		p->pc = number(p, p->word + 1);
	} else if (p->word[0] == 'b' && p->word[1] >= '0' && p->word[1] <= '9') {
		block(p);
	} else if (!p->f->nblk) {
		fail(p, "instruction outside a block");
	} else {
		for (u32 k = TERM_JMP; k <= TERM_LEAVE; k++) {
			if (!strcmp(p->word, term_name[k])) {
				terminator(p, k);
				return;
			}
		}
		instruction(p);
	}
}

struct func *
ir_parse(struct arena *a, const char *text, const char **err)
{
	struct parser *p = arena_alloc(a, sizeof *p);
	const char *s;

	p->a = a;
	p->p = text;
	p->f = arena_alloc(a, sizeof *p->f);
	p->f->arena = a;
	p->f->name = "?";
	while (!p->err && *p->p) {
		p->line++;
		s = p->p;
		while (*s == ' ' || *s == '\t')
			s++;
		if (!strncmp(s, "end", 3))
			break;
		line(p);
		if (!p->err && word(p))
			fail(p, "unexpected word");
		while (*p->p && *p->p != '\n')
			p->p++;
		if (*p->p)
			p->p++;
	}
	if (!p->err && !p->f->nblk)
		fail(p, "no block");
	*err = p->err;
	return p->err ? NULL : p->f;
}
