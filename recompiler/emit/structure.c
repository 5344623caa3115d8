/*
 * structure.c - the placement tree of order.c as blocks, loops and branches. A node's code is followed, inside one wasm block per
 * node, by the merge nodes under it; of two arms of a branch the smaller is nested and the larger goes on behind, so nesting
 * stays logarithmic. Recursion goes as deep as chains of merge nodes, so compile.c gives this thread a large stack.
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void place(struct fe *fe, u32 x, struct list *out);

struct label { char s[12]; };

static bool
is_back(struct fe *fe, u32 from, u32 to)
{
	return fe->g.node[to].rpo <= fe->g.node[from].rpo;
}

static struct label
label(struct fe *fe, u32 from, u32 to)
{
	struct label l;

	snprintf(l.s, sizeof l.s, "%c%u", is_back(fe, from, to) ? 'l' : 'b', to);
	return l;
}

static bool
is_inline(struct fe *fe, u32 from, u32 to)
{
	return !fe->g.node[to].merge && !is_back(fe, from, to);
}

static void
branch(struct fe *fe, u32 from, u32 to, expr cond, struct list *out)
{
	struct label l = label(fe, from, to);

	append(out, BinaryenBreak(fe->m, l.s, cond, NULL));
	if (!cond && !is_back(fe, from, to))
		out->jump = to + 1;
}

static void
go(struct fe *fe, u32 from, u32 to, struct list *out)
{
	if (is_inline(fe, from, to))
		place(fe, to, out);
	else
		branch(fe, from, to, NULL, out);
}

static void
table(struct fe *fe, u32 x, expr index, const u32 *to, u32 n, u32 other, struct list *out)
{
	struct label *l = malloc((n + 1) * sizeof *l), last = label(fe, x, other);
	const char **name = malloc((n + 1) * sizeof *name);

	if (!l || !name)
		die("out of memory");
	for (u32 i = 0; i < n; i++) {
		l[i] = label(fe, x, to[i]);
		name[i] = l[i].s;
	}
	append(out, BinaryenSwitch(fe->m, name, n, last.s, index, NULL));
	free(l);
	free(name);
}

static void
place_branch(struct fe *fe, u32 x, const struct blk *b, struct list *out)
{
	u32 s0 = fe->g.node[x].succ[0], s1 = fe->g.node[x].succ[1], nested, other;
	struct list arm = { 0 };
	bool negate;
	expr cond;

	if (s0 == s1) {
		append(out, BinaryenDrop(fe->m, take(fe, b, b->term.val)));
		go(fe, x, s0, out);
		return;
	}
	if (!is_inline(fe, x, s0)) {
		cond = take_condition(fe, b, b->term.val, false);
		branch(fe, x, s0, cond, out);
		go(fe, x, s1, out);
		return;
	}
	if (!is_inline(fe, x, s1)) {
		cond = take_condition(fe, b, b->term.val, true);
		branch(fe, x, s1, cond, out);
		place(fe, s0, out);
		return;
	}
	negate = fe->g.node[s0].size > fe->g.node[s1].size;
	nested = negate ? s1 : s0;
	other = negate ? s0 : s1;
	cond = take_condition(fe, b, b->term.val, negate);
	place(fe, nested, &arm);
	append(out, BinaryenIf(fe->m, cond, seq(fe, NULL, &arm), NULL));
	place(fe, other, out);
}

static void
place_block(struct fe *fe, u32 x, struct list *out)
{
	const struct blk *b = &fe->f->blk[fe->g.node[x].blk];
	const struct node *n = &fe->g.node[x];

	emit_block(fe, b, out);
	switch (b->term.kind) {
	case TERM_JMP:
		go(fe, x, n->succ[0], out);
		break;
	case TERM_BR:
		place_branch(fe, x, b, out);
		break;
	case TERM_SWITCH: {
		expr index = take(fe, b, b->term.val);
		table(fe, x, index, n->succ, n->nsucc - 1, n->succ[n->nsucc - 1], out);
		break;
	}
	case TERM_CALL:
	case TERM_CALLIND:
		emit_call(fe, b, out);
		go(fe, x, n->succ[0], out);
		break;
	case TERM_SYSCALL:
		emit_leave(fe, b, out);
		go(fe, x, n->succ[0], out);
		break;
	default:
		emit_leave(fe, b, out);
	}
}

/* Where a resume copy begins: which loop header rip names, as a number from 1, by a tree of comparisons. */
static expr
entry_number(struct fe *fe, const struct entry *en, u32 n)
{
	expr rip, below, lower, upper;

	if (n == 1)
		return i32c(fe, en->value);
	rip = cpu_get(fe, I32, 4, offsetof(struct cpu, rip));
	below = BinaryenBinary(fe->m, BinaryenLtUInt32(), rip, address(fe, en[n / 2].pc));
	lower = entry_number(fe, en, n / 2);
	upper = entry_number(fe, en + n / 2, n - n / 2);
	return BinaryenIf(fe->m, below, lower, upper);
}

/* A resume copy is entered from wherever its loop headers are reached: with flags that a header does not count on the interpreter goes on. */
static void
check_flags(struct fe *fe, const struct entry *en, u32 number, struct list *out)
{
	const struct blk *b = &fe->f->blk[en->blk];
	expr x = NULL, arg[1] = { i32c(fe, TRAP_CHECK) };

	if (b->flags) {
		x = cpu_get(fe, I32, 4, offsetof(struct cpu, fk));
		x = BinaryenBinary(fe->m, BinaryenNeInt32(), x, i32c(fe, b->flags - 1));
	}
	for (u32 i = 0; i < 2; i++) {
		expr zero;

		if (!(i ? b->fc_zero : b->fb_zero))
			continue;
		zero = cpu_get(fe, I64, 8, i ? offsetof(struct cpu, fc) : offsetof(struct cpu, fb));
		zero = BinaryenBinary(fe->m, BinaryenNeInt64(), zero, i64c(fe, 0));
		x = x ? BinaryenBinary(fe->m, BinaryenOrInt32(), x, zero) : zero;
	}
	if (!x)
		return;
	x = BinaryenBinary(fe->m, BinaryenAndInt32(), x,
		BinaryenBinary(fe->m, BinaryenEqInt32(), get_local(fe, number), i32c(fe, en->value)));
	append(out, BinaryenIf(fe->m, x, return_unwind(fe, call_engine(fe, "trap", arg, 1, BinaryenTypeInt32())), NULL));
}

static void
place_entry(struct fe *fe, u32 x, struct list *out)
{
	const struct node *n = &fe->g.node[x];
	u32 local;
	expr v;

	if (!fe->resume) {
		emit_entry_check(fe, out);
		if (fe->f->rsp_tainted) {
			local = named_local(fe, &fe->rsp0_local, BinaryenTypeInt32());
			append(out, set_local(fe, local, entry_rsp(fe)));
		}
		go(fe, x, n->succ[0], out);
		return;
	}
	local = named_local(fe, &fe->resume_local, BinaryenTypeInt32());
	append(out, set_local(fe, local, entry_number(fe, fe->entries, fe->nentries)));
	for (u32 i = 0; i < fe->nentries; i++)
		check_flags(fe, &fe->entries[i], local, out);
	if (fe->g.tests)
		append(out, cpu_set(fe, I32, 4, offsetof(struct cpu, resume), get_local(fe, local)));
	if (n->nsucc == 1) {
		go(fe, x, n->succ[0], out);
		return;
	}
	v = BinaryenBinary(fe->m, BinaryenSubInt32(), get_local(fe, local), i32c(fe, 1));
	table(fe, x, v, n->succ, n->nsucc - 1, n->succ[n->nsucc - 1], out);
}

static void
place_dispatch(struct fe *fe, u32 x, struct list *out)
{
	const struct node *n = &fe->g.node[x];
	u32 local = named_local(fe, n->second ? &fe->label2_local : &fe->label_local, BinaryenTypeInt32());
	expr v = BinaryenBinary(fe->m, BinaryenSubInt32(), get_local(fe, local), i32c(fe, n->value));

	table(fe, x, v, n->succ, n->nsucc - 1, n->succ[n->nsucc - 1], out);
}

/* The number of the header that a resume copy is on its way to, or 0. */
static expr
resume_number(struct fe *fe)
{
	return cpu_get(fe, I32, 4, offsetof(struct cpu, resume));
}

static void
place_resume(struct fe *fe, u32 x, struct list *out)
{
	const struct node *n = &fe->g.node[x];
	struct list then = { 0 };
	expr v;

	if (n->nsucc == 2) {
		branch(fe, x, n->succ[1], resume_number(fe), out);
		go(fe, x, n->succ[0], out);
		return;
	}
	/* the loop goes through here each time: a table would cost it a second indirect jump */
	v = BinaryenBinary(fe->m, BinaryenSubInt32(), resume_number(fe), i32c(fe, n->value));
	table(fe, x, v, n->succ + 1, n->nsucc - 1, n->succ[0], &then);
	append(out, BinaryenIf(fe->m, resume_number(fe), seq(fe, NULL, &then), NULL));
	go(fe, x, n->succ[0], out);
}

static void
place_fetch(struct fe *fe, u32 x, struct list *out)
{
	const struct node *n = &fe->g.node[x];

	for (u32 i = 0; i < NVAR; i++)
		if (n->live & VARBIT(i))
			append(out, fetch(fe, i));
	go(fe, x, n->succ[0], out);
}

static void
place_label(struct fe *fe, u32 x, struct list *out)
{
	const struct node *n = &fe->g.node[x];
	u32 *which = n->second ? &fe->label2_local : &fe->label_local;

	if (!n->arrives) {
		u32 local = n->index_var ? var_local(fe, n->index_var) : named_local(fe, which, BinaryenTypeInt32());

		append(out, set_local(fe, local, i32c(fe, n->value)));
	} else if (fe->g.tests) {
		append(out, cpu_set(fe, I32, 4, offsetof(struct cpu, resume), i32c(fe, 0)));
	}
	place_fetch(fe, x, out);
}

static void
place_children(struct fe *fe, u32 x, bool after, struct list *out)
{
	struct label l;
	expr body;

	for (u32 y = fe->g.node[x].child; y != NONE; y = fe->g.node[y].sibling) {
		if (!fe->g.node[y].merge || fe->g.node[y].after != after)
			continue;
		if (out->jump == y + 1)
			out->n--;                        /* falls out of the block anyway */
		snprintf(l.s, sizeof l.s, "b%u", y);
		body = seq(fe, l.s, out);
		append(out, body);
		place(fe, y, out);
	}
}

static void
place(struct fe *fe, u32 x, struct list *out)
{
	const struct node *n = &fe->g.node[x];
	struct list body = { 0 };
	struct label l;
	expr loop;

	switch (n->kind) {
	case NODE_BLOCK: place_block(fe, x, &body); break;
	case NODE_ENTRY: place_entry(fe, x, &body); break;
	case NODE_LABEL: place_label(fe, x, &body); break;
	case NODE_FETCH: place_fetch(fe, x, &body); break;
	case NODE_DISPATCH: place_dispatch(fe, x, &body); break;
	case NODE_RESUME: place_resume(fe, x, &body); break;
	}
	place_children(fe, x, false, &body);
	if (n->header) {
		u32 jump = body.jump;
		snprintf(l.s, sizeof l.s, "l%u", x);
		if (jump)
			body.n--;                        /* leaves the loop at its end */
		loop = BinaryenLoop(fe->m, l.s, seq(fe, NULL, &body));
		append(&body, loop);
		if (jump) {
			struct label to = { "" };
			snprintf(to.s, sizeof to.s, "b%u", jump - 1);
			append(&body, BinaryenBreak(fe->m, to.s, NULL, NULL));
			body.jump = jump;
		}
	}
	place_children(fe, x, true, &body);
	for (u32 i = 0; i < body.n; i++)
		append(out, body.v[i]);
	out->jump = body.jump;
	free(body.v);
}

expr
structure(struct fe *fe)
{
	struct list body = { 0 };
	expr x;

	place(fe, fe->g.entry, &body);
	x = seq(fe, NULL, &body);
	return exits_wrap(fe, x);
}
