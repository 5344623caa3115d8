/*
 * noreturn.c - calls that do not come back, because nothing behind the callee's entry leads to a return: imported functions are known by
 * name, the file's own by a search backwards from its returns for the places that may get to one. A way over a call counts only if the callee may
 * return, so functions that come back through themselves alone do not (luaD_throw). What is not known may return.
 */
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"
#include "symval.h"

static const char *const names[] = {
	"abort", "exit", "_exit", "_Exit", "quick_exit", "__stack_chk_fail", "__assert_fail", "__assert_perror_fail",
	"__assert", "__fortify_fail", "__chk_fail", "__longjmp_chk", "longjmp", "_longjmp", "siglongjmp", "pthread_exit",
	"err", "errx", "verr", "verrx", "_Unwind_Resume", "__cxa_throw", "__cxa_rethrow", "__cxa_bad_cast",
	"__cxa_bad_typeid", "__cxa_throw_bad_array_new_length", "__cxa_pure_virtual", "__cxa_call_unexpected",
	"_ZSt9terminatev", "__libc_fatal",
};

/* std::__throw_* are _ZSt, the length of the rest, __throw_... */
static bool
is_noreturn_name(const char *name)
{
	for (u32 i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	if (strncmp(name, "_ZSt", 4))
		return false;
	name += 4 + strspn(name + 4, "0123456789");
	return !strncmp(name, "__throw_", 8);
}

enum { UNKNOWN = 0, NEVER = UINT32_MAX };

/* What an instruction that ends a block leads to: 1 + index of the block ends that are next, UNKNOWN or NEVER. */
struct node {
	u32 target, next;
	u32 pad;                 /* calls: that of the landing pad, NEVER if there is none */
	bool may;                /* it may lead to a return */
};

struct search {
	struct disc *d;
	struct node *node;       /* as d->ends */
	u32 n, *order;           /* indices of ends by address */
	struct pcmap slots;      /* pointers to imported functions that do not return */
};

/* The end of the block that starts at pc. */
static u32
end_from(const struct disc *d, u32 pc)
{
	while (is_insn(d, pc) && !(d->flag[pc - d->lo] & MAP_END))
		pc += d->len[pc - d->lo];
	return is_insn(d, pc) ? pcmap_get(&d->endmap, pc) : UNKNOWN;
}

/* What the call or jump at pc through the linker's pointer leads to, in this file or another one. */
static u32
through_slot(const struct search *s, u32 pc)
{
	struct insn in;
	u64 slot;

	if (!read_insn(s->d, pc, &in) || !address_const(&in.op[0], &in, &slot) || slot > UINT32_MAX || !slot)
		return UNKNOWN;
	if (pcmap_get(&s->slots, (u32)slot))
		return NEVER;
	return end_from(s->d, elf_bound(s->d->elf, (u32)slot));
}

static bool
is_call(const struct block_end *e)
{
	return e->kind == CODE_CALL || e->kind == CODE_CALLIND;
}

static void
set_node(struct search *s, u32 index)
{
	struct disc *d = s->d;
	const struct block_end *e = &d->ends[index];
	u32 behind = e->pc + d->len[e->pc - d->lo];
	const struct range *r = range_of(d, e->pc);
	struct node *n = &s->node[index];

	*n = (struct node){ .target = NEVER, .next = NEVER, .pad = NEVER };
	switch (e->kind) {
	case CODE_JMP: n->target = end_from(d, e->target); break;
	case CODE_BR: n->target = end_from(d, e->target); n->next = end_from(d, behind); break;
	case CODE_CALL: n->target = end_from(d, e->target); break;
	case CODE_CALLIND:
	case CODE_TAILIND: n->target = through_slot(s, e->pc); break;
	case CODE_SYSCALL: n->next = end_from(d, behind); break;
	case CODE_SWITCH:
	case CODE_TRAP: break;
	default: n->target = UNKNOWN;
	}
	if (is_call(e) && !(r && behind >= r->hi))
		n->next = end_from(d, behind);
}

/* A call of a call site may come back at the site's landing pad. */
static void
set_pads(struct search *s)
{
	struct disc *d = s->d;

	for (u32 k = 0; k < d->padmap.cap; k++)
		for (u32 i = d->padmap.key[k] ? d->padmap.val[k] : 0; i; i = d->sites.v[i - 1])
			for (u32 pc = d->sites.v[i - 3]; pc < d->sites.v[i - 2] && pc - d->lo < d->hi - d->lo; pc++)
				if (is_insn(d, pc) && d->flag[pc - d->lo] & MAP_END)
					s->node[pcmap_get(&d->endmap, pc) - 1].pad = end_from(d, d->padmap.key[k]);
}

/* By address, because most of what leads to a return comes before it. */
static void
set_order(struct search *s)
{
	struct disc *d = s->d;

	for (u32 pc = d->lo; pc < d->hi; pc++)
		if (is_insn(d, pc) && d->flag[pc - d->lo] & MAP_END)
			s->order[s->n++] = pcmap_get(&d->endmap, pc) - 1;
}

static bool
may_return(const struct search *s, u32 end)
{
	return end == UNKNOWN || (end != NEVER && s->node[end - 1].may);
}

static bool
leads_to_return(const struct search *s, u32 index)
{
	const struct block_end *e = &s->d->ends[index];
	const struct node *n = &s->node[index];

	switch (e->kind) {
	case CODE_CALL:
	case CODE_CALLIND: return (may_return(s, n->target) && may_return(s, n->next)) || may_return(s, n->pad);
	case CODE_SWITCH:
		for (u32 i = 0; i < e->table->n; i++)
			if (may_return(s, end_from(s->d, e->table->target[i])))
				return true;
		return false;
	default: return may_return(s, n->target) || may_return(s, n->next);
	}
}

/* Sets which of the calls found so far do not come back. */
void
noreturn_find(struct disc *d)
{
	struct search s = { .d = d, .slots.arena = &d->tmp };
	bool progress = true;

	s.node = malloc((d->nend + 1) * sizeof *s.node);
	s.order = malloc((d->nend + 1) * sizeof *s.order);
	if (!s.node || !s.order)
		die("out of memory");
	for (u32 i = 0; i < d->elf->nimport; i++)
		if (is_noreturn_name(d->elf->import[i].name))
			pcmap_put(&s.slots, d->elf->import[i].slot, 1);
	for (u32 i = 0; i < d->nend; i++)
		set_node(&s, i);
	set_pads(&s);
	set_order(&s);
	while (progress) {
		progress = false;
		for (u32 i = s.n; i-- > 0; ) {
			struct node *n = &s.node[s.order[i]];

			if (!n->may && leads_to_return(&s, s.order[i]))
				n->may = progress = true;
		}
	}
	for (u32 i = 0; i < d->nend; i++)
		d->ends[i].stops = is_call(&d->ends[i]) && !may_return(&s, s.node[i].target);
	free(s.node);
	free(s.order);
}
