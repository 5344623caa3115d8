/*
 * border.c - which registers matter where a function is entered and left. Everything that runs sees struct cpu, but a value that every
 * path overwrites before it is read need not be there. Known code counts with what its instructions read (wanted.sure): of a callee,
 * of all callers behind their calls. Functions that are not known (through pointers, in other files) count with the argument registers
 * of the System V ABI and whatever functions of this file read whose address is taken (wanted.maybe); such a want ends at a call that may write
 * the register. What is read for sure ends at calls through the dynamic linker, which spoil all scratch registers by the ABI, and at calls of functions
 * that may write the register but do not want it at their entry: they want it where they return, so every way through them sets it.
 * After a return to callers that are not known there matter: the callee-saved registers, those of return values, whatever
 * calls through pointers in this file look at, and registers that the function takes back from its stack. A function whose
 * rsp at the way out is not proven, a switch of stacks, leaves with everything.
 */
#include "border.h"
#include <stdlib.h>
#include <string.h>

#define XMM_BOTH(n) (VARBIT(VAR_XMM0 + n) | VARBIT(VAR_YMMH0 + n))
#define ALL_BUT_FLAGS (VARS_ALL & ~VARS_FLAGS)
#define SCRATCH (ALL_BUT_FLAGS & ~VARS_KEPT)
#define ARGUMENTS (VARBIT(VAR_RDI) | VARBIT(VAR_RSI) | VARBIT(VAR_RDX) | VARBIT(VAR_RCX) | VARBIT(VAR_R8) | VARBIT(VAR_R9) | VARBIT(VAR_RAX) | \
                   VARBIT(VAR_R10) | XMM_BOTH(0) | XMM_BOTH(1) | XMM_BOTH(2) | XMM_BOTH(3) | XMM_BOTH(4) | XMM_BOTH(5) | XMM_BOTH(6) | XMM_BOTH(7))
#define RESULTS (VARBIT(VAR_RAX) | VARBIT(VAR_RDX) | XMM_BOTH(0) | XMM_BOTH(1))
/* Swift returns up to four words and four floats */
#define MORE_RESULTS (VARBIT(VAR_RCX) | VARBIT(VAR_R8) | XMM_BOTH(2) | XMM_BOTH(3))
#define SYSCALL_READS (VARBIT(VAR_RAX) | VARBIT(VAR_RDI) | VARBIT(VAR_RSI) | VARBIT(VAR_RDX) | VARBIT(VAR_R10) | VARBIT(VAR_R8) | VARBIT(VAR_R9))

static const struct wanted everything = { ALL_BUT_FLAGS, 0 };

struct wanted
border_spoilt(const struct crossing *x)
{
	struct wanted none = { 0 };
	varset spoilt;

	if (x->spares)
		return none;
	if (x->kind == TERM_CALLIND)
		return (struct wanted){ 0, SCRATCH };
	if (x->kind != TERM_CALL || !x->callee)
		return none;
	if (x->callee->via)
		return (struct wanted){ SCRATCH, SCRATCH };
	spoilt = x->callee->any ? 0 : x->callee->writes & ~x->callee->restored & SCRATCH;
	return (struct wanted){ spoilt, spoilt };
}

struct wanted
border_before(const struct crossing *x, struct wanted w)
{
	struct wanted spoilt = border_spoilt(x);

	w.sure &= ~spoilt.sure;
	w.maybe &= ~spoilt.maybe;
	switch (x->kind) {
	case TERM_JMP: case TERM_BR: case TERM_SWITCH:
		return w;
	case TERM_CALL:
		if (!x->callee)
			return everything;
		w.sure |= x->callee->entry.sure;
		w.maybe |= x->callee->entry.maybe;
		break;
	case TERM_CALLIND:
		w.maybe |= x->unknown;
		break;
	case TERM_TAIL:
		if (!x->callee || !x->own || x->own->any)
			return everything;
		w.sure = x->own->exit | x->callee->entry.sure;
		w.maybe = x->callee->entry.maybe;
		break;
	case TERM_TAILIND:
		if (!x->own || x->own->any)
			return everything;
		w.sure = x->own->exit;
		w.maybe = x->unknown;
		break;
	case TERM_RET:
		if (!x->own || x->own->any)
			return everything;
		w.sure = x->own->exit;
		w.maybe = 0;
		break;
	case TERM_SYSCALL:
		w.sure = (w.sure & ~VARS_SYSCALL) | SYSCALL_READS;
		w.maybe &= ~VARS_SYSCALL;
		break;
	default:
		return everything;
	}
	w.sure |= VARS_KEPT;
	return w;
}

/* rsp or rbp, plus constants */
static bool
stack_address(const struct blk *b, ref r)
{
	for (;;) {
		const struct ins *in = &b->ins[r];

		if (in->op == OP_get)
			return in->imm[0] == VAR_RSP || in->imm[0] == VAR_RBP;
		if (in->op != OP_wrap && !((in->op == OP_add || in->op == OP_sub) && is_const(b, in->arg[1])))
			return false;
		r = in->arg[0];
	}
}

/* Stored on the stack as they were at the block's start. */
static varset
put_away(const struct blk *b)
{
	varset away = 0, set = 0;

	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i], *v;

		set |= ins_writes(in);
		if (in->op != OP_store)
			continue;
		v = &b->ins[in->arg[1]];
		if (v->op == OP_get && v->imm[0] < NVAR && stack_address(b, in->arg[0]))
			away |= VARBIT(v->imm[0]) & ~set;
	}
	return away;
}

static varset
taken_back(const struct blk *b, varset away)
{
	varset back = 0;

	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i], *v;

		if (in->op != OP_set || in->imm[0] >= NVAR)
			continue;
		v = &b->ins[in->arg[0]];
		if (v->op == OP_load && stack_address(b, v->arg[0]))
			back |= VARBIT(in->imm[0]);
		else
			back &= ~VARBIT(in->imm[0]);
	}
	return back & away & SCRATCH;
}

/* call *(%rax) behind lea descriptor(%rip), %rax */
static bool
tls_descriptor(const struct blk *b)
{
	u32 at = pointer_at(b, b->term.val);

	if (!at)
		return false;
	for (u32 i = b->n; i-- > 0; ) {
		const struct ins *in = &b->ins[i], *x;

		if (in->op != OP_set || in->imm[0] != VAR_RAX)
			continue;
		x = &b->ins[in->arg[0]];
		return x->op == OP_addr && (u32)x->imm[0] == at;
	}
	return false;
}

bool
border_spares(const struct func *f, u32 n)
{
	const struct blk *b = &f->blk[n];

	if (b->term.kind == TERM_CALLIND && tls_descriptor(b))
		return true;
	if (n || (b->term.kind != TERM_CALLIND && b->term.kind != TERM_CALL))
		return false;
	for (u32 i = 0; i < b->n; i++)
		if ((ins_reads(&b->ins[i]) | ins_writes(&b->ins[i])) & SCRATCH)
			return false;
	return true;
}

/* What computes something that nothing uses reads nothing. */
static void
scan_blk(struct border_blk *to, const struct blk *b, u8 *used)
{
	memset(used, 0, b->n);
	if (b->term.val != REF_NONE)
		used[b->term.val] = 1;
	for (u32 i = b->n; i-- > 0; )
		if (used[i] || !ins_droppable(&b->ins[i]))
			for (u32 a = 0, n = ir_nargs(&b->ins[i]); a < n; a++)
				used[b->ins[i].arg[a]] = 1;
	for (u32 i = 0; i < b->n; i++) {
		const struct ins *in = &b->ins[i];
		varset reads = ins_calls(in) || in->op == OP_guard ? VARS_ALL : ins_reads(in);

		if (!used[i] && ins_droppable(in))
			continue;

		to->use |= reads & ~to->def;
		if (in->op != OP_setlo)
			to->def |= ins_writes(in);
	}
	to->use &= ALL_BUT_FLAGS;
	to->kind = b->term.kind;
	to->target = b->term.target;
	to->nsucc = b->term.nsucc;
}

void
border_scan(struct border *b, const struct func *f)
{
	varset away = 0;
	u32 nsucc = 0, most = ir_largest(f);
	u32 *succ;
	u8 *used;

	for (u32 i = 0; i < f->nblk; i++)
		nsucc += f->blk[i].term.nsucc;
	b->nblk = f->nblk;
	b->blk = calloc(1, f->nblk * sizeof *b->blk + nsucc * sizeof *succ);
	if (!b->blk)
		die("out of memory");
	succ = (u32 *)(b->blk + f->nblk);
	b->sum->restored = 0;
	for (u32 i = 0; i < f->nblk; i++) {
		away |= put_away(&f->blk[i]);
	}
	used = malloc(most + 1);
	if (!used)
		die("out of memory");
	for (u32 i = 0; i < f->nblk; i++) {
		const struct term *t = &f->blk[i].term;

		scan_blk(&b->blk[i], &f->blk[i], used);
		b->blk[i].spares = border_spares(f, i);
		b->blk[i].succ = memcpy(succ, t->succ, t->nsucc * sizeof *succ);
		succ += t->nsucc;
		if (t->kind == TERM_RET)
			b->sum->restored |= taken_back(&f->blk[i], away);
	}
	free(used);
}

void
border_free(struct border *b)
{
	free(b->blk);
	b->blk = NULL;
}

struct solver {
	struct border *(*find)(void *ctx, u32 pc);
	void *ctx;
	varset unknown;                  /* what functions that are not known may read at their entry */
	varset behind;                   /* what is read behind calls of such functions */
	bool changed;
};

static void
widen(struct solver *s, varset *to, varset by)
{
	s->changed |= (by & ~*to) != 0;
	*to |= by;
}

static bool
step(struct solver *s, struct border *b, u32 i)
{
	struct border_blk *blk = &b->blk[i];
	struct border *callee = blk->kind == TERM_CALL || blk->kind == TERM_TAIL ? s->find(s->ctx, blk->target) : NULL;
	struct crossing x = { blk->kind, blk->spares, callee ? callee->sum : NULL, b->sum, s->unknown };
	struct wanted w = { 0 }, was = blk->in;

	for (u32 k = 0; k < blk->nsucc; k++) {
		w.sure |= b->blk[blk->succ[k]].in.sure;
		w.maybe |= b->blk[blk->succ[k]].in.maybe;
	}
	if (blk->kind == TERM_CALL && callee)
		widen(s, &callee->sum->exit, callee->sum->via ? w.sure & ~(SCRATCH & ~RESULTS & ~MORE_RESULTS) : w.sure);
	else if (blk->kind == TERM_CALLIND)
		widen(s, &s->behind, w.sure);
	else if (blk->kind == TERM_TAIL && callee)
		widen(s, &callee->sum->exit, b->sum->exit);
	else if (blk->kind == TERM_TAILIND)
		widen(s, &s->behind, b->sum->exit);
	w = border_before(&x, w);
	blk->in.sure |= blk->use | (w.sure & ~blk->def);
	blk->in.maybe |= w.maybe & ~blk->def;
	return was.sure != blk->in.sure || was.maybe != blk->in.maybe;
}

static void
function(struct solver *s, struct border *b)
{
	bool again = b->nblk != 0;

	while (again) {
		again = false;
		for (u32 i = b->nblk; i-- > 0; )
			again |= step(s, b, i);
		s->changed |= again;
	}
	if (!b->nblk)
		return;
	b->sum->entry = b->blk[0].in;
	if (b->outside) {
		widen(s, &s->unknown, b->sum->entry.sure | b->sum->entry.maybe);
		widen(s, &b->sum->exit, s->behind);
	}
}

varset
border_solve(struct border **fn, u32 n, struct border *(*find)(void *ctx, u32 pc), void *ctx)
{
	struct solver s = { find, ctx, ARGUMENTS | VARS_KEPT, 0, true };

	for (u32 i = 0; i < n; i++) {
		for (u32 k = 0; k < fn[i]->nblk; k++) {
			const struct border_blk *b = &fn[i]->blk[k];
			struct border *callee = b->kind == TERM_CALL || b->kind == TERM_TAIL ? find(ctx, b->target) : NULL;

			if (callee)
				callee->called = true;
		}
	}
	for (u32 i = 0; i < n; i++) {
		fn[i]->outside |= !fn[i]->called;
		fn[i]->sum->exit = RESULTS | VARS_KEPT | fn[i]->sum->restored | (fn[i]->outside ? MORE_RESULTS : 0);
	}
	while (s.changed) {
		s.changed = false;
		for (u32 i = n; i-- > 0; )
			function(&s, fn[i]);
	}
	return s.unknown;
}
