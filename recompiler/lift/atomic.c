/*
 * atomic.c - exchanges and compare-and-exchange, and the retry loop for locked operations that wasm has no atomic for.
 * cmpxchg16b and misaligned locked accesses are not atomic against other workers; the kernel keeps such processes on one.
 */
#include "lift.h"

/* The block starts the instruction anew, so a poll may resume there. */
void
begin_locked(struct lift *l)
{
	u32 b;

	if (!has_lock(l))
		return;
	b = newblock(l);
	end_jmp(l, b);
	l->b = b;
}

void
locked_put(struct lift *l, ref old, ref new, ref *live[], u32 n)
{
	u32 retry = l->b, temp[4], done;
	struct ea ea;
	ref seen, same;

	if (!has_lock(l)) {
		put(l, DST, new);
		return;
	}
	ea = mem(l, DST);
	seen = cmpxchg(l, l->size, ea, old, new);
	same = op2(l, OP_eq, itype(l->size), seen, old);
	for (u32 i = 0; i < n; i++) {
		enum type t = ir_result(l->f, &l->f->blk[l->b].ins[*live[i]]);

		temp[i] = ir_temp(l->f, t);
		setvar(l, temp[i], *live[i]);
	}
	done = newblock(l);
	end_br(l, same, done, retry);
	l->b = done;
	for (u32 i = 0; i < n; i++)
		*live[i] = getvar(l, temp[i]);
}

/* with a memory operand xchg is always locked */
void
lift_xchg(struct lift *l)
{
	int m = is_mem(l, DST) ? DST : SRC, r = m == DST ? SRC : DST;
	ref a, b;

	b = get(l, r);
	if (is_mem(l, m)) {
		struct ea ea = mem(l, m);

		a = rmw(l, OP_rmw_xchg, osize(l, m), ea, b);
	} else {
		a = get(l, m);
		put(l, m, b);
	}
	put(l, r, a);
}

void
lift_xadd(struct lift *l)
{
	enum type t = itype(l->size);
	ref b = get(l, SRC);
	ref a, r;

	if (has_lock(l)) {
		struct ea ea = mem(l, DST);

		a = rmw(l, OP_rmw_add, l->size, ea, b);
		put(l, SRC, a);
	} else {
		a = get(l, DST);
		r = op2(l, OP_add, t, a, b);
		if (is_mem(l, DST)) {
			put(l, DST, r);
			put(l, SRC, a);
		} else {
			put(l, SRC, a);         /* xadd r,r: the sum is what stays */
			put(l, DST, r);
		}
	}
	flags_add(l, l->size, a, b);
}

/* eax and a 32-bit destination register are written, upper half and all, only when they change hands; al as destination wins over al as accumulator */
void
lift_cmpxchg(struct lift *l)
{
	static const ZydisRegister acc[] = { ZYDIS_REGISTER_AL, ZYDIS_REGISTER_AX, ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX };
	ZydisRegister r = acc[__builtin_ctz(l->size)];
	enum type t = itype(l->size);
	ref new = get(l, SRC);
	ref want = getreg(l, r);
	ref old, same, x;

	if (has_lock(l)) {
		struct ea ea = mem(l, DST);

		old = cmpxchg(l, l->size, ea, want, new);
	} else {
		old = get(l, DST);
	}
	same = op2(l, OP_eq, t, old, want);
	if (l->size == 4) {
		x = op1(l, OP_eqz, I32, same);
		putreg_if(l, r, old, x);
	} else {
		putreg(l, r, old);
	}
	if (!has_lock(l) && l->size == 4 && is_reg(l, DST)) {
		putreg_if(l, operand(l, DST)->reg.value, new, same);
	} else if (!has_lock(l)) {
		x = op3(l, OP_select, t, new, old, same);
		put(l, DST, x);
	}
	flags_sub(l, l->size, want, old);
}

/* ZF is the only flag that cmpxchg8b and cmpxchg16b write */
static void
set_zero_flag(struct lift *l, ref same)
{
	ref n = iconst(l, I32, 6);
	ref zf = op2(l, OP_shl, I32, same, n);

	flags_word_merge(l, EF_ZF, zf);
}

/* high:low halves of 32 bits as one I64 */
static ref
join(struct lift *l, ref high, ref low)
{
	ref n = iconst(l, I64, 32);

	high = op1(l, OP_extu, I64, high);
	low = op1(l, OP_extu, I64, low);
	high = op2(l, OP_shl, I64, high, n);
	return op2(l, OP_or, I64, high, low);
}

static void
put_if_different(struct lift *l, enum var v, ref x, ref same)
{
	ref old = getvar(l, v);

	x = op3(l, OP_select, I64, old, x, same);
	setvar(l, v, x);
}

void
lift_cmpxchg8b(struct lift *l)
{
	ref edx = getreg(l, ZYDIS_REGISTER_EDX);
	ref eax = getreg(l, ZYDIS_REGISTER_EAX);
	ref ecx = getreg(l, ZYDIS_REGISTER_ECX);
	ref ebx = getreg(l, ZYDIS_REGISTER_EBX);
	ref want = join(l, edx, eax);
	ref new = join(l, ecx, ebx);
	struct ea ea = mem(l, DST);
	ref old, same, x;

	if (has_lock(l)) {
		old = cmpxchg(l, 8, ea, want, new);
		same = op2(l, OP_eq, I64, old, want);
	} else {
		old = load(l, I64, 8, ea.addr, ea.offset);
		same = op2(l, OP_eq, I64, old, want);
		x = op3(l, OP_select, I64, new, old, same);
		store(l, I64, 8, ea.addr, ea.offset, x);
	}
	x = iconst(l, I64, 0xffffffff);
	x = op2(l, OP_and, I64, old, x);
	put_if_different(l, VAR_RAX, x, same);
	x = iconst(l, I64, 32);
	x = op2(l, OP_shru, I64, old, x);
	put_if_different(l, VAR_RDX, x, same);
	set_zero_flag(l, same);
}

void
lift_cmpxchg16b(struct lift *l)
{
	struct ea ea = mem(l, DST);
	ref offset = iconst(l, I32, ea.offset);
	ref at = op2(l, OP_add, I32, ea.addr, offset);
	ref n = iconst(l, I32, 15);
	ref lo, hi, rax, rdx, x, y, same;

	x = op2(l, OP_and, I32, at, n);
	trapif(l, x, TRAP_ALIGN);
	lo = load(l, I64, 8, at, 0);
	hi = load(l, I64, 8, at, 8);
	rax = getvar(l, VAR_RAX);
	rdx = getvar(l, VAR_RDX);
	x = op2(l, OP_xor, I64, lo, rax);
	y = op2(l, OP_xor, I64, hi, rdx);
	x = op2(l, OP_or, I64, x, y);
	same = op1(l, OP_eqz, I64, x);
	x = getvar(l, VAR_RBX);
	y = getvar(l, VAR_RCX);
	x = op3(l, OP_select, I64, x, lo, same);
	y = op3(l, OP_select, I64, y, hi, same);
	store(l, I64, 8, at, 0, x);
	store(l, I64, 8, at, 8, y);
	setvar(l, VAR_RAX, lo);
	setvar(l, VAR_RDX, hi);
	set_zero_flag(l, same);
}
