/*
 * irtext.c - the text form of the IR, printed and parsed; docs/il.md describes it. Native only.
 */
#include "recompiler.h"
#include "irtext.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define VAR(name, type, offset, text) text,
const char *const var_name[NVAR] = {
#include "../include/cpu.def"
};
#undef VAR

const char *const type_name[] = { "v", "i32", "i64", "f32", "f64", "v128" };
const char *const cc_name[16] = {
	"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
};
const char *const trap_name[TRAP_COUNT] = {
	"none", "divide", "ud", "unknown", "breakpoint", "privileged", "align", "stack", "fetch", "page", "check", "float", "x87", "exact"
};
const char *const term_name[] = {
	"none", "jmp", "br", "switch", "call", "callind", "tail", "tailind", "ret", "syscall", "trap", "leave"
};

/* How imm[] is written, by operation. */
enum imm_shape
imm_shape(u16 op)
{
	switch (op) {
	case OP_const: case OP_addr: case OP_cpuload: case OP_cpustore:
		return IMM_HEX;
	case OP_vconst: case OP_shuffle: case OP_guard:
		return IMM_HEX2;
	case OP_get: case OP_set: case OP_getlo: case OP_setlo: case OP_fetch: case OP_fetchlo: case OP_flush:
		return IMM_VAR;
	case OP_cond:
		return IMM_CC;
	case OP_helper:
		return IMM_HELPER;
	case OP_trapif:
		return IMM_TRAP;
	case OP_load: case OP_loads: case OP_store: case OP_rmw_add: case OP_rmw_sub: case OP_rmw_and: case OP_rmw_or:
	case OP_rmw_xor: case OP_rmw_xchg: case OP_cmpxchg:
		return IMM_OFFSET;
#define OP(name, res, args, props)
#define XOP(name, res, args, bin) case OP_##name:
#define ROP(name, res, args, bin) case OP_##name:
#include "ops.def"
#undef OP
#undef XOP
#undef ROP
		return IMM_LANE;
	default:
		return IMM_NONE;
	}
}

struct text {
	char *buf;
	size_t len, cap;
};

static void __attribute__((format(printf, 2, 3)))
out(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->cap - t->len < 512) {
		t->cap = 2 * t->cap + 4096;
		t->buf = realloc(t->buf, t->cap);
		if (!t->buf)
			die("out of memory");
	}
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)n < t->cap - t->len ? (size_t)n : t->cap - t->len - 1;
}

static void
out_var(struct text *t, u64 v)
{
	if (v < NVAR)
		out(t, " %s", var_name[v]);
	else
		out(t, " t%u", (u32)(v - NVAR));
}

static void
out_set(struct text *t, varset s)
{
	if (!s)
		return;
	out(t, " {");
	for (u32 v = 0; v < NVAR; v++)
		if (s & VARBIT(v))
			out(t, " %s", var_name[v]);
	out(t, " }");
}

static void
out_ins(struct text *t, const struct func *f, const struct ins *in, ref r)
{
	u32 n = ir_nargs(in);

	out(t, "\t");
	if (ir_result(f, in) != T_NONE)
		out(t, "%%%u = ", r);
	out(t, "%s", opinfo[in->op].name);
	if (in->type)
		out(t, ".%s", type_name[in->type]);
	if (in->size)
		out(t, ".%u", in->size);
	switch (imm_shape(in->op)) {
	case IMM_HEX: out(t, " 0x%llx", (unsigned long long)in->imm[0]); break;
	case IMM_HEX2:
		out(t, " 0x%llx 0x%llx", (unsigned long long)in->imm[0], (unsigned long long)in->imm[1]);
		break;
	case IMM_VAR: out_var(t, in->imm[0]); break;
	case IMM_CC: out(t, " %s", cc_name[in->imm[0] & 15]); break;
	case IMM_HELPER: out(t, " %s", helperinfo[in->imm[0]].name); break;
	case IMM_TRAP: out(t, " %s", trap_name[in->imm[0]]); break;
	case IMM_OFFSET: out(t, " +%llu", (unsigned long long)in->imm[0]); break;
	case IMM_LANE: out(t, " [%llu]", (unsigned long long)in->imm[0]); break;
	case IMM_NONE: break;
	}
	for (u32 i = 0; i < n; i++)
		out(t, " %%%u", in->arg[i]);
	if (opinfo[in->op].props & P_EXIT)
		out_set(t, in->flush);
	out(t, "\n");
}

static void
out_term(struct text *t, const struct term *m)
{
	out(t, "\t%s", term_name[m->kind]);
	if (m->kind == TERM_TRAP)
		out(t, " %s", trap_name[m->trap]);
	if (m->val != REF_NONE)
		out(t, " %%%u", m->val);
	if (m->kind == TERM_CALL || m->kind == TERM_TAIL || (m->kind == TERM_LEAVE && m->val == REF_NONE))
		out(t, " 0x%x", m->target);
	if (m->via)
		out(t, " via 0x%x", m->via);
	if (m->guess)
		out(t, " guess 0x%x", m->guess);
	if (m->kind == TERM_CALL || m->kind == TERM_CALLIND || m->kind == TERM_SYSCALL)
		out(t, " ret 0x%x", m->ret);
	for (u32 i = 0; i < m->nsucc; i++)
		out(t, " b%u", m->succ[i]);
	if (m->rsp_changed)
		out(t, " rsp");
	out_set(t, m->flush);
	out(t, "\n");
}

void
ir_print(const struct func *f, char **buf, size_t *len)
{
	struct text t = { 0 };

	out(&t, "func %s 0x%x%s%s\n", f->name, f->pc, f->rsp_tainted ? " tainted" : "", f->direct_only ? " direct" : "");
	if (f->ntemp) {
		out(&t, "temps");
		for (u32 i = 0; i < f->ntemp; i++)
			out(&t, " %s", type_name[f->temp_type[i]]);
		out(&t, "\n");
	}
	for (u32 i = 0; i < f->nblk; i++) {
		const struct blk *b = &f->blk[i];
		u32 pc = b->pc;

		out(&t, "b%u 0x%x 0x%x%s\n", i, b->pc, b->end, b->loop_header ? " loop" : "");
		for (u32 j = 0; j < b->n; j++) {
			if (b->ins[j].pc != pc) {
				pc = b->ins[j].pc;
				out(&t, "@0x%x\n", pc);
			}
			out_ins(&t, f, &b->ins[j], j);
		}
		if (b->term.pc != pc)
			out(&t, "@0x%x\n", b->term.pc);
		out_term(&t, &b->term);
	}
	out(&t, "end\n");
	*buf = t.buf;
	*len = t.len;
}
