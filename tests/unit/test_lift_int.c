/*
 * test_lift_int.c - the shape of lifted code: what stands in the IR for a few sequences whose form matters to later passes.
 * What instructions compute is tested in tests/insn.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "../../recompiler/recompiler.h"

struct code_bytes {
	const u8 *bytes;
	u32 n;
};

static size_t
read_bytes(void *ctx, u32 pc, void *buf, size_t n)
{
	const struct code_bytes *c = ctx;
	u32 at = pc - 0x1000;

	if (at >= c->n)
		return 0;
	if (n > c->n - at)
		n = c->n - at;
	memcpy(buf, c->bytes + at, n);
	return n;
}

static struct arena arena;

static struct func *
block(const u8 *bytes, u32 n)
{
	struct code_bytes c = { bytes, n };
	struct lift_source src = { read_bytes, &c };
	struct func *f = lift_block(&arena, &src, 0x1000, 100, 0xffffffff);

	ir_check(f, "lift");
	return f;
}

/* a function of blocks given as (pc, end, kind) */
static struct func *
function(const u8 *bytes, u32 n, struct code_blk *blk, u32 nblk)
{
	struct code_bytes c = { bytes, n };
	struct lift_source src = { read_bytes, &c };
	struct code_func cf = { .pc = 0x1000, .end = 0x1000 + n, .nblk = nblk, .blk = blk };
	struct func *f = lift_func(&arena, &src, &cf);

	ir_check(f, "lift");
	return f;
}

#define BYTES(...) (const u8[]){ __VA_ARGS__ }, sizeof (const u8[]){ __VA_ARGS__ }

static u32
count(const struct func *f, enum op op)
{
	u32 n = 0;

	for (u32 b = 0; b < f->nblk; b++)
		for (u32 i = 0; i < f->blk[b].n; i++)
			n += f->blk[b].ins[i].op == op;
	return n;
}

static const struct ins *
first(const struct func *f, enum op op)
{
	for (u32 b = 0; b < f->nblk; b++)
		for (u32 i = 0; i < f->blk[b].n; i++)
			if (f->blk[b].ins[i].op == op)
				return &f->blk[b].ins[i];
	return NULL;
}

START_TEST(displacements)
{
	struct func *f = block(BYTES(0x8b, 0x43, 0x10));                        /* mov eax,[rbx+16] */

	ck_assert_uint_eq(first(f, OP_load)->imm[0], 16);
	ck_assert_uint_eq(count(f, OP_add), 0);
	f = block(BYTES(0x8b, 0x43, 0xf0));                                     /* mov eax,[rbx-16] */
	ck_assert_uint_eq(first(f, OP_load)->imm[0], 0);
	ck_assert_uint_eq(count(f, OP_add), 1);
	f = block(BYTES(0x8b, 0x83, 0, 0, 1, 0));                               /* mov eax,[rbx+65536] */
	ck_assert_uint_eq(first(f, OP_load)->imm[0], 0);
	f = block(BYTES(0x8b, 5, 0x10, 0, 0, 0));                               /* mov eax,[rip+16] */
	ck_assert_uint_eq(first(f, OP_addr)->imm[0], 0x1016);
}
END_TEST

/* a memory destination is located once */
START_TEST(read_modify_write)
{
	struct func *f = block(BYTES(0x01, 0x44, 0x8b, 0x10));                  /* add [rbx+rcx*4+16],eax */

	ck_assert_uint_eq(count(f, OP_shl), 1);
	ck_assert_uint_eq(count(f, OP_load), 1);
	ck_assert_uint_eq(count(f, OP_store), 1);
	f = block(BYTES(0xf0, 0x01, 0x44, 0x8b, 0x10));                         /* lock */
	ck_assert_uint_eq(count(f, OP_load), 0);
	ck_assert_uint_eq(count(f, OP_rmw_add), 1);
}
END_TEST

START_TEST(flags_in_order)
{
	struct func *f = block(BYTES(0x39, 0xd8));                              /* cmp eax,ebx */
	const struct blk *b = &f->blk[0];
	const struct ins *last = &b->ins[b->n - 1];

	ck_assert_uint_eq(last->op, OP_set);
	ck_assert_uint_eq(last->imm[0], VAR_FK);
	ck_assert_uint_eq(b->ins[last->arg[0]].imm[0], FLAG_SUB32);
	f = block(BYTES(0xd3, 0xe0));                                           /* shl eax,cl: no branch, four selects */
	ck_assert_uint_eq(f->nblk, 1);
	ck_assert_uint_eq(count(f, OP_select), 4);
	f = block(BYTES(0x48, 0xc1, 0xe0, 0));                                  /* shl rax,0: no flags */
	ck_assert_uint_eq(count(f, OP_set), 1);
}
END_TEST

START_TEST(divisions)
{
	struct func *f = block(BYTES(0x48, 0x99, 0x48, 0xf7, 0xf9));            /* cqo; idiv rcx */

	ck_assert_uint_eq(count(f, OP_helper), 0);
	ck_assert_uint_eq(count(f, OP_divs), 1);
	ck_assert_uint_eq(count(f, OP_trapif), 2);
	f = block(BYTES(0x31, 0xd2, 0x48, 0xf7, 0xf1));                         /* xor edx,edx; div rcx */
	ck_assert_uint_eq(count(f, OP_helper), 0);
	f = block(BYTES(0x48, 0xf7, 0xf1));                                     /* div rcx */
	ck_assert_uint_eq(count(f, OP_helper), 1);
	f = block(BYTES(0x99, 0xf7, 0xf9));                                     /* cdq; idiv ecx: 32 bits */
	ck_assert_uint_eq(first(f, OP_divs)->type, I32);
}
END_TEST

START_TEST(bad_code)
{
	struct func *f = block(BYTES(0x90, 0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

	ck_assert_uint_eq(f->blk[0].term.kind, TERM_TRAP);
	ck_assert_uint_eq(f->blk[0].term.trap, TRAP_UD);
	ck_assert_uint_eq(f->blk[0].term.pc, 0x1001);
	f = block(BYTES(0x90, 0x48));
	ck_assert_uint_eq(f->blk[0].term.trap, TRAP_FETCH);
	f = block(BYTES(0x90, 0x62, 0xf1, 0x74, 0x48, 0x58, 0xc1));             /* vaddps zmm0,zmm1,zmm1 */
	ck_assert_uint_eq(f->blk[0].term.trap, TRAP_UNKNOWN);
	ck_assert_uint_eq(f->blk[0].term.pc, 0x1001);
}
END_TEST

START_TEST(branches)
{
	struct func *f = block(BYTES(0x74, 0x10));                              /* jz +16 */
	const struct term *t = &f->blk[0].term;

	ck_assert_uint_eq(t->kind, TERM_BR);
	ck_assert_uint_eq(f->blk[t->succ[0]].term.kind, TERM_TAIL);
	ck_assert_uint_eq(f->blk[t->succ[0]].term.target, 0x1012);
	ck_assert_uint_eq(f->blk[t->succ[1]].term.target, 0x1002);
	f = block(BYTES(0xe8, 0x10, 0, 0, 0));
	t = &f->blk[0].term;
	ck_assert_uint_eq(t->kind, TERM_CALL);
	ck_assert_uint_eq(t->target, 0x1015);
	ck_assert_uint_eq(t->ret, 0x1005);
}
END_TEST

START_TEST(functions)
{
	/* 1000: dec edi; 1002: jnz 1000; 1004: ret */
	struct code_blk loop[] = {
		{ .pc = 0x1000, .end = 0x1004, .kind = CODE_BR, .target = 0x1000 }, { .pc = 0x1004, .end = 0x1005, .kind = CODE_RET },
	};
	struct func *f = function(BYTES(0xff, 0xcf, 0x75, 0xfc, 0xc3), loop, 2);

	ck_assert_uint_eq(f->nblk, 2);
	ck_assert_uint_eq(f->blk[0].term.succ[0], 0);
	ck_assert_uint_eq(f->blk[0].term.succ[1], 1);
	ck_assert(!f->rsp_tainted);
	ck_assert(!f->blk[1].term.rsp_changed);
}
END_TEST

START_TEST(stack_switch)
{
	struct code_blk one = { .pc = 0x1000, .end = 0x1004, .kind = CODE_RET };
	struct func *f = function(BYTES(0x48, 0x8b, 0x27, 0xc3), &one, 1);      /* mov rsp,[rdi]; ret */

	ck_assert(f->rsp_tainted);
	ck_assert(f->blk[0].term.rsp_changed);
	f = function(BYTES(0x48, 0x89, 0xec, 0xc3), &one, 1);                   /* mov rsp,rbp; ret */
	ck_assert(!f->rsp_tainted);
	one.end = 0x1006;
	f = function(BYTES(0x48, 0x83, 0xc4, 0x18, 0x5b, 0xc3), &one, 1);       /* add rsp,24; pop rbx; ret */
	ck_assert(!f->rsp_tainted);
}
END_TEST

START_TEST(jump_table)
{
	/* 1000: movsxd rax,[rdx+rax*4]; 1004: add rax,rdx; 1007: jmp rax; 1009: ret; 100a: nop; 100b: ret */
	u32 targets[] = { 0x1009, 0x100a, 0x1009 };
	struct jumptable jt = { .load_pc = 0x1000, .index = ZYDIS_REGISTER_RAX, .index_width = 4, .n = 3, .target = targets };
	struct code_blk blk[] = {
		{ .pc = 0x1000, .end = 0x1009, .kind = CODE_SWITCH, .table = &jt },
		{ .pc = 0x1009, .end = 0x100a, .kind = CODE_RET }, { .pc = 0x100a, .end = 0x100c, .kind = CODE_RET },
	};
	struct func *f = function(BYTES(0x48, 0x63, 0x04, 0x82, 0x48, 0x01, 0xd0, 0xff, 0xe0, 0xc3, 0x90, 0xc3), blk, 3);
	const struct term *t = &f->blk[0].term;

	ck_assert_uint_eq(t->kind, TERM_SWITCH);
	ck_assert_uint_eq(t->nsucc, 4);
	ck_assert_uint_eq(t->succ[0], 1);
	ck_assert_uint_eq(t->succ[1], 2);
	ck_assert_uint_eq(f->blk[t->succ[3]].term.kind, TERM_TAILIND);
	ck_assert_uint_eq(f->blk[0].ins[t->val].op, OP_get);
	ck_assert_uint_ge(f->blk[0].ins[t->val].imm[0], NVAR);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lift_int");
	TCase *c = tcase_create("shapes");
	SRunner *r;
	int failed;

	tcase_add_test(c, displacements);
	tcase_add_test(c, read_modify_write);
	tcase_add_test(c, flags_in_order);
	tcase_add_test(c, divisions);
	tcase_add_test(c, bad_code);
	tcase_add_test(c, branches);
	tcase_add_test(c, functions);
	tcase_add_test(c, stack_switch);
	tcase_add_test(c, jump_table);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
