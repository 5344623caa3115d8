/*
 * control.c - how blocks end: jumps, calls, returns, system calls, traps. Ahead of time a target inside the function is a
 * successor block and any other one a tail jump; for the interpreter every target leaves the block.
 */
#include "lift.h"

struct term *
end_block(struct lift *l, enum term_kind kind, u32 nsucc)
{
	struct term *t = &l->f->blk[l->b].term;

	t->kind = kind;
	t->pc = l->pc;
	t->val = REF_NONE;
	t->nsucc = nsucc;
	t->succ = nsucc ? arena_alloc(l->f->arena, nsucc * sizeof *t->succ) : NULL;
	return t;
}

void
end_jmp(struct lift *l, u32 succ)
{
	struct term *t = end_block(l, TERM_JMP, 1);

	t->succ[0] = succ;
}

void
end_br(struct lift *l, ref val, u32 yes, u32 no)
{
	struct term *t = end_block(l, TERM_BR, 2);

	t->val = val;
	t->succ[0] = yes;
	t->succ[1] = no;
}

void
raise_trap(struct lift *l, enum trap trap)
{
	struct term *t = end_block(l, TERM_TRAP, 0);

	t->trap = trap;
}

u32
newblock(struct lift *l)
{
	u32 b = ir_block(l->f, l->pc);

	l->f->blk[b].end = l->next;
	return b;
}

/* ---- targets ---- */

static bool
own_block(struct lift *l, u32 pc, u32 *b)
{
	const struct code_func *cf = l->cf;
	u32 lo = 1, hi;

	if (cf == NULL)
		return false;
	if (cf->blk[0].pc == pc) {
		*b = 0;
		return true;
	}
	for (hi = cf->nblk; lo < hi; ) {
		u32 mid = lo + (hi - lo) / 2;

		if (cf->blk[mid].pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	*b = lo;
	return lo < cf->nblk && cf->blk[lo].pc == pc;
}

/* a new block that does nothing but end; the caller fills in the terminator */
static u32
exit_block(struct lift *l, u32 pc, enum term_kind kind)
{
	u32 b = ir_block(l->f, pc);
	u32 here = l->b;
	struct term *t;

	l->f->blk[b].end = pc;
	l->b = b;
	t = end_block(l, kind, 0);
	t->target = pc;
	l->b = here;
	return b;
}

u32
edge(struct lift *l, u32 pc)
{
	u32 b;

	return own_block(l, pc, &b) ? b : exit_block(l, pc, TERM_TAIL);
}

void
end_goto(struct lift *l, u32 pc)
{
	struct term *t;
	u32 b;

	if (own_block(l, pc, &b)) {
		end_jmp(l, b);
	} else {
		t = end_block(l, TERM_TAIL, 0);
		t->target = pc;
	}
}

/* where a call or system call continues; a call that does not come back has no block behind it, even if other ways lead there */
static u32
return_edge(struct lift *l)
{
	u32 b;

	if (!(l->cf && l->cb->noreturn) && own_block(l, l->next, &b))
		return b;
	return exit_block(l, l->next, l->cf ? TERM_LEAVE : TERM_TAIL);
}

static bool
is_direct(struct lift *l)
{
	return is_imm(l, DST);
}

static u32
direct_target(struct lift *l)
{
	return l->next + (u32)operand(l, DST)->imm.value.s;
}

/* ---- jumps ---- */

void
switch_index(struct lift *l)
{
	const struct jumptable *jt = l->cb->table;
	enum var v = VAR_RAX + (jt->index - ZYDIS_REGISTER_RAX);
	ref index, x, limit, in;

	if (jt->index < ZYDIS_REGISTER_RAX || jt->index > ZYDIS_REGISTER_R15)
		return;
	l->next = l->pc = jt->load_pc;
	index = getvar(l, v);
	x = op1(l, OP_wrap, I32, index);
	if (jt->index_width == 8) {
		ref none = iconst(l, I32, 0xffffffff);

		limit = iconst(l, I64, 0x100000000);
		in = op2(l, OP_ltu, I64, index, limit);
		x = op3(l, OP_select, I32, x, none, in);
	}
	l->switch_temp = ir_temp(l->f, I32);
	setvar(l, l->switch_temp, x);
}

/* The computed target is only needed where the index is outside the table, and its operands are unchanged there. */
static void
end_switch(struct lift *l)
{
	const struct jumptable *jt = l->cb->table;
	u32 here = l->b, other = newblock(l);
	u32 *succ = arena_alloc(l->f->arena, (jt->n + 1) * sizeof *succ);
	struct term *t;
	ref x;

	for (u32 i = 0; i < jt->n; i++)
		succ[i] = edge(l, jt->target[i]);
	succ[jt->n] = other;
	x = getvar(l, l->switch_temp);
	t = end_block(l, TERM_SWITCH, 0);
	t->val = x;
	t->nsucc = jt->n + 1;
	t->succ = succ;
	l->b = other;
	x = get(l, DST);
	x = op1(l, OP_wrap, I32, x);
	t = end_block(l, TERM_TAILIND, 0);
	t->val = x;
	l->b = here;
}

/* The current block compares the address in variable y with targets lo..hi-1; none of them: block other. */
static void
search_target(struct lift *l, const u32 *target, u32 lo, u32 hi, u32 y, u32 other)
{
	u32 mid = lo + (hi - lo) / 2;
	u32 below, above;
	ref a = getvar(l, y);
	ref c = iconst(l, I32, target[mid]);

	if (hi - lo == 1) {
		c = op2(l, OP_eq, I32, a, c);
		above = edge(l, target[lo]);
		end_br(l, c, above, other);
		return;
	}
	c = op2(l, OP_ltu, I32, a, c);
	below = newblock(l);
	above = newblock(l);
	end_br(l, c, below, above);
	l->b = below;
	search_target(l, target, lo, mid, y, other);
	l->b = above;
	search_target(l, target, mid, hi, y, other);
}

/* A jump whose likely targets are known, but not by number: their link-time addresses are searched. */
static void
end_search(struct lift *l)
{
	const struct jumptable *jt = l->cb->table;
	u32 here = l->b, other = newblock(l), n = 0, b, y;
	u32 *own = arena_alloc(l->f->arena, jt->n * sizeof *own);
	ref x = get(l, DST), base;
	struct term *t;

	for (u32 i = 0; i < jt->n; i++)
		if (own_block(l, jt->target[i], &b))
			own[n++] = jt->target[i];
	x = op1(l, OP_wrap, I32, x);
	base = addr(l, I32, 0);
	x = op2(l, OP_sub, I32, x, base);
	y = ir_temp(l->f, I32);
	setvar(l, y, x);
	if (n)
		search_target(l, own, 0, n, y, other);
	else
		end_jmp(l, other);
	l->b = other;
	x = get(l, DST);
	x = op1(l, OP_wrap, I32, x);
	t = end_block(l, TERM_TAILIND, 0);
	t->val = x;
	l->b = here;
}

void
lift_jmp(struct lift *l)
{
	struct term *t;
	ref x;

	if (is_direct(l)) {
		end_goto(l, direct_target(l));
		return;
	}
	if (l->in->z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR || osize(l, DST) != 8) {
		raise_trap(l, TRAP_UNKNOWN);
		return;
	}
	if (l->cf != NULL && l->cb->table != NULL && l->switch_temp) {
		end_switch(l);
		return;
	}
	if (l->cf != NULL && l->cb->table != NULL && l->cb->table->load_pc == 0) {
		end_search(l);
		return;
	}
	x = get(l, DST);
	x = op1(l, OP_wrap, I32, x);
	t = end_block(l, TERM_TAILIND, 0);
	t->val = x;
}

static void
branch(struct lift *l, ref taken)
{
	u32 yes = edge(l, direct_target(l));
	u32 no = edge(l, l->next);

	end_br(l, taken, yes, no);
}

void
lift_jcc(struct lift *l)
{
	ref c = cond(l, cc_of(l->in->z.mnemonic));

	branch(l, c);
}

/* jecxz and jrcxz; loops count in the register of the address size */
void
lift_jcxz(struct lift *l)
{
	bool wide = l->in->z.mnemonic == ZYDIS_MNEMONIC_JRCXZ;
	ref x = getreg(l, wide ? ZYDIS_REGISTER_RCX : ZYDIS_REGISTER_ECX);

	x = op1(l, OP_eqz, wide ? I64 : I32, x);
	branch(l, x);
}

void
lift_loop(struct lift *l)
{
	bool wide = l->in->z.address_width == 64;
	ZydisRegister r = wide ? ZYDIS_REGISTER_RCX : ZYDIS_REGISTER_ECX;
	enum type t = wide ? I64 : I32;
	ref x = getreg(l, r);
	ref one = iconst(l, t, 1);
	ref zero, c;

	x = op2(l, OP_sub, t, x, one);
	putreg(l, r, x);
	zero = iconst(l, t, 0);
	x = op2(l, OP_ne, t, x, zero);
	if (l->in->z.mnemonic != ZYDIS_MNEMONIC_LOOP) {
		c = cond(l, l->in->z.mnemonic == ZYDIS_MNEMONIC_LOOPE ? CC_E : CC_NE);
		x = op2(l, OP_and, I32, x, c);
	}
	branch(l, x);
}

/* ---- calls and returns ---- */

/* The address that a lea of this block put into the register which the value is; 0: none did. */
static u32
address_in(const struct lift *l, ref value)
{
	const struct blk *b = &l->f->blk[l->b];
	const struct ins *get = &b->ins[value], *x;

	if (!l->cf || get->op != OP_get)
		return 0;
	for (u32 i = value; i-- > 0; ) {
		const struct ins *in = &b->ins[i];

		if (in->op == OP_helper && !(ir_props(in) & P_PURE))
			return 0;
		if ((in->op != OP_set && in->op != OP_setlo) || in->imm[0] != get->imm[0])
			continue;
		x = &b->ins[in->arg[0]];
		return in->op == OP_set && x->op == OP_addr ? (u32)x->imm[0] : 0;
	}
	return 0;
}

void
lift_call(struct lift *l)
{
	struct term *t;
	ref to = REF_NONE, back;
	u32 target = 0;

	if (is_direct(l)) {
		target = direct_target(l);
	} else if (l->in->z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR || osize(l, DST) != 8) {
		raise_trap(l, TRAP_UNKNOWN);
		return;
	} else {
		to = get(l, DST);
		target = address_in(l, to);
		to = target ? REF_NONE : op1(l, OP_wrap, I32, to);
	}
	back = addr(l, I64, l->next);
	push(l, 8, back);
	{
		u32 succ = return_edge(l);

		t = end_block(l, to == REF_NONE ? TERM_CALL : TERM_CALLIND, 1);
		t->succ[0] = succ;
	}
	t->val = to;
	t->target = target;
	t->ret = l->next;
}

void
lift_ret(struct lift *l)
{
	struct term *t;
	ref x, n, rsp;

	if (l->in->z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR) {
		raise_trap(l, TRAP_UNKNOWN);
		return;
	}
	x = pop(l, 8, I64);
	x = op1(l, OP_wrap, I32, x);
	if (is_imm(l, DST) && l->in->z.operand_count_visible > 0) {
		rsp = getvar(l, VAR_RSP);
		n = iconst(l, I64, operand(l, DST)->imm.value.u);
		rsp = op2(l, OP_add, I64, rsp, n);
		setvar(l, VAR_RSP, rsp);
	}
	t = end_block(l, TERM_RET, 0);
	t->val = x;
}

/* rcx and r11 are overwritten by the engine, as the CPU does */
void
lift_syscall(struct lift *l)
{
	u32 succ = return_edge(l);
	struct term *t = end_block(l, TERM_SYSCALL, 1);

	t->succ[0] = succ;
	t->ret = l->next;
}

/* ---- traps ---- */

void
lift_ud(struct lift *l)
{
	raise_trap(l, TRAP_UD);
}

void
lift_privileged(struct lift *l)
{
	raise_trap(l, TRAP_PRIVILEGED);
}

/* The reported rip is the one behind the instruction: a trap, not a fault (SDM volume 3, 6.5). */
void
lift_int3(struct lift *l)
{
	struct term *t;

	raise_trap(l, TRAP_BREAKPOINT);
	t = &l->f->blk[l->b].term;
	t->pc = l->next;
}

/* int n is #GP for every vector that user code may not raise; int 3 in its long form is the breakpoint */
void
lift_int(struct lift *l)
{
	if (operand(l, DST)->imm.value.u == 3)
		lift_int3(l);
	else
		raise_trap(l, TRAP_PRIVILEGED);
}
