/*
 * paths.c - ways backwards through the map of instructions: what runs before a place, one path that leads to it, and the
 * constant that a register holds there whichever way control came.
 */
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

enum { SEARCH_MAX = 60000 };

static bool
continues(const struct disc *d, u32 pc)
{
	struct block_end *end = d->flag[pc - d->lo] & MAP_END ? block_end(d, pc) : NULL;

	if (!end || end->kind == CODE_BR || end->kind == CODE_SYSCALL)
		return true;
	return (end->kind == CODE_CALL || end->kind == CODE_CALLIND) && !end->stops;
}

u32
predecessors(const struct disc *d, u32 pc, u32 *pred, u32 max)
{
	u32 n = 0;

	for (u32 back = 1; back <= ZYDIS_MAX_INSTRUCTION_LENGTH && back <= pc - d->lo; back++)
		if (d->len[pc - back - d->lo] == back && continues(d, pc - back)) {
			if (n < max)
				pred[n] = pc - back;
			n++;
		}
	if (d->flag[pc - d->lo] & MAP_LEADER)
		for (const struct edge *e = first_edge(d, pc); e; e = next_edge(d, e)) {
			if (n < max)
				pred[n] = e->src;
			n++;
		}
	return n;
}

bool
is_entry(const struct disc *d, u32 pc)
{
	const struct range *r;

	if (d->flag[pc - d->lo] & (MAP_CALLED | MAP_PAD))
		return true;
	r = d->flag[pc - d->lo] & MAP_LEADER ? range_of(d, pc) : NULL;
	return r && r->lo == pc && !r->moved;
}

void
walk_back(const struct disc *d, u32 jump, struct path *p)
{
	u32 pc = jump, pred[1];

	p->n = p->certain = 0;
	p->pc[p->n++] = jump;
	while (p->n < PATH_MAX) {
		u32 n = predecessors(d, pc, pred, 1);

		if (!p->certain && (n != 1 || is_entry(d, pc) || d->flag[pc - d->lo] & MAP_TAKEN))
			p->certain = p->n;
		if (!n)
			break;
		pc = pred[0];
		for (u32 i = 0; i < p->n; i++)
			if (p->pc[i] == pc)
				goto out;
		p->pc[p->n++] = pc;
	}
out:
	if (!p->certain)
		p->certain = p->n;
}

/* The constant that insn leaves in register reg (number in struct cpu), if it does. */
static bool
sets_const(const struct disc *d, u32 pc, u32 reg, u64 *v)
{
	struct insn in;

	if (!read_insn(d, pc, &in) || in.op[0].type != ZYDIS_OPERAND_TYPE_REGISTER)
		return false;
	if (in.op[0].size < 32 || in.op[0].reg.value == ZYDIS_REGISTER_NONE || gpr(in.op[0].reg.value) != (int)reg)
		return false;
	if (in.z.mnemonic == ZYDIS_MNEMONIC_LEA)
		return address_const(&in.op[1], &in, v);
	if (in.z.mnemonic == ZYDIS_MNEMONIC_MOV && in.op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		*v = in.op[1].imm.value.u;
		return true;
	}
	return false;
}

bool
is_dead(const struct disc *d, u32 pc)
{
	const struct range *r = range_of(d, pc);

	return !(d->flag[pc - d->lo] & MAP_TAKEN) && !(r && r->lo == pc && !r->moved);       /* a chunk is no function: only jumps lead to it */
}

/* A landing pad is reached from the calls of its call sites, with the registers that calls keep. */
static void
push_throwers(struct disc *d, u32 pad)
{
	for (u32 i = pcmap_get(&d->padmap, pad); i; i = d->sites.v[i - 1])
		for (u32 pc = d->sites.v[i - 3]; pc < d->sites.v[i - 2] && pc - d->lo < d->hi - d->lo; pc++) {
			struct block_end *e = d->len[pc - d->lo] && d->flag[pc - d->lo] & MAP_END ? block_end(d, pc) : NULL;

			if (e && (e->kind == CODE_CALL || e->kind == CODE_CALLIND) && d->stamp[pc - d->lo] != d->now) {
				d->stamp[pc - d->lo] = d->now;
				vec_push(&d->todo, pc);
			}
		}
}

/*
 * The calling convention lets no value survive in reg over the call at pc, and it is no result, so what asks for its value is not
 * reached from there: the callee does not return. Calls that stay in this file may know better (gcc's -fipa-ra).
 */
static bool
lost_in_call(const struct disc *d, u32 pc, u32 reg)
{
	const struct block_end *e = d->flag[pc - d->lo] & MAP_END ? block_end(d, pc) : NULL;
	const struct block_end *stub;
	u32 at;

	if (!e || !(0x0fc2 >> reg & 1))                          /* rcx rsi rdi r8..r11 */
		return false;
	if (e->kind == CODE_CALLIND)
		return true;
	if (e->kind != CODE_CALL || !is_insn(d, e->target))
		return false;
	at = e->target;
	if (!(d->flag[at - d->lo] & MAP_END))                    /* endbr64 */
		at += d->len[at - d->lo];
	stub = is_insn(d, at) && d->flag[at - d->lo] & MAP_END ? block_end(d, at) : NULL;
	return stub && stub->kind == CODE_TAILIND;
}

bool
const_before(struct disc *d, u32 pc, u32 reg, u64 *v)
{
	struct vec *todo = &d->todo;
	bool found = false;
	u32 pred[WAYS_MAX];
	u64 c;

	d->now++;
	todo->n = 0;
	vec_push(todo, pc);
	for (u32 done = 0; done < todo->n; done++) {
		u32 at = todo->v[done], n = predecessors(d, at, pred, WAYS_MAX);

		if (done > SEARCH_MAX || n > WAYS_MAX)
			return false;
		if (d->flag[at - d->lo] & MAP_PAD && !(d->flag[at - d->lo] & MAP_CALLED)) {
			if (reg == 0 || reg == 2)                /* exception and selector */
				return false;
			if (!(0xf028 >> reg & 1))                /* all but rbx rbp r12..r15 are lost */
				continue;
			push_throwers(d, at);
		} else if (is_entry(d, at) || (!n && !is_dead(d, at)))
			return false;
		for (u32 i = 0; i < n; i++) {
			if (d->stamp[pred[i] - d->lo] == d->now)
				continue;
			d->stamp[pred[i] - d->lo] = d->now;
			if (!(d->defs[pred[i] - d->lo] >> reg & 1)) {
				vec_push(todo, pred[i]);
				continue;
			}
			if (lost_in_call(d, pred[i], reg))
				continue;
			if (!sets_const(d, pred[i], reg, &c) || (found && c != *v))
				return false;
			*v = c;
			found = true;
		}
	}
	return found;
}
