/* test_discover.c - what becomes a function and where it ends, on small assembled programs and on compiled ones. */
#include "asmelf.h"

#define START ".globl _start\n.type _start,@function\n_start: call fn\n hlt\n.size _start,.-_start\n"
#define FN(name) ".type " name ",@function\n" name ": .cfi_startproc\n"
#define END(name) ".cfi_endproc\n.size " name ",.-" name "\n"

static bool
has_block(const struct code *c, const char *func, const char *at)
{
	return blk_at(func_at(c, label(c, func)), label(c, at)) != NULL;
}

START_TEST(blocks)
{
	const struct code *c = assemble(START FN("fn") "test %edi,%edi\n je 1f\n call fn\nafter: nop\n1: syscall\nback: ret\n" END("fn"));
	const struct code_func *f = func_at(c, label(c, "fn"));

	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->name, "fn");
	ck_assert_uint_eq(f->nblk, 5);
	ck_assert_uint_eq(f->blk[0].pc, f->pc);
	ck_assert_uint_eq(f->blk[0].kind, CODE_BR);
	ck_assert_uint_eq(f->blk[1].kind, CODE_CALL);
	ck_assert_uint_eq(f->blk[1].target, f->pc);
	ck_assert_uint_eq(f->blk[2].kind, CODE_FALL);
	ck_assert_uint_eq(f->blk[2].pc, label(c, "after"));
	ck_assert_uint_eq(f->blk[3].kind, CODE_SYSCALL);
	ck_assert_uint_eq(f->blk[4].kind, CODE_RET);
	ck_assert_uint_eq(f->blk[4].pc, label(c, "back"));
	ck_assert_uint_eq(f->end, f->pc + 13);
}
END_TEST

/* behind a call that does not return stand data, which must not be decoded */
START_TEST(noreturn_at_end)
{
	const struct code *c = assemble(START FN("fn") "call die\n" END("fn") "junk: .byte 6,6,6,6\n"
		FN("die") "mov $60,%eax\n syscall\n hlt\n" END("die"));
	const struct code_func *f = func_at(c, label(c, "fn"));

	ck_assert_uint_eq(f->nblk, 1);
	ck_assert(f->blk[0].noreturn);
	ck_assert_ptr_null(func_at(c, label(c, "junk")));
}
END_TEST

static bool
comes_back(const struct code *c, const char *func, const char *at)
{
	const struct code_blk *b = blk_at(func_at(c, label(c, func)), label(c, at));

	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(b->kind, CODE_CALL);
	return !b->noreturn;
}

/* who returns only behind itself never does; who may return at once may, and so do its callers */
START_TEST(noreturn_recursive)
{
	const struct code *c = assemble(START FN("fn") "test %edi,%edi\n je to_pong\nto_some: call some\nto_even: call even\n"
		"to_self: call self\nto_pong: call ping\n ret\n" END("fn")
		FN("self") "test %edi,%edi\n je 1f\n hlt\n1: call self\n ret\n" END("self")
		FN("ping") "call pong\n ret\n" END("ping")
		FN("pong") "call ping\n ret\n" END("pong")
		FN("some") "test %edi,%edi\n je 1f\n call some\n1: ret\n" END("some")
		FN("even") "test %edi,%edi\n je 1f\n jmp odd\n1: ret\n" END("even")
		FN("odd") "call even\n jmp even\n" END("odd"));

	ck_assert(comes_back(c, "fn", "to_some"));
	ck_assert(comes_back(c, "fn", "to_even"));
	ck_assert(!comes_back(c, "fn", "to_self"));
	ck_assert(!comes_back(c, "fn", "to_pong"));
}
END_TEST

START_TEST(cold_chunk)
{
	const struct code *c = assemble(START FN("fn") "push %rbx\n .cfi_adjust_cfa_offset 8\n test %edi,%edi\n jne fn.cold\n"
		"join: pop %rbx\n .cfi_adjust_cfa_offset -8\n ret\n" END("fn")
		FN("fn.cold") ".cfi_def_cfa_offset 16\n xor %edi,%edi\n jmp join\n" END("fn.cold"));

	ck_assert_ptr_null(func_at(c, label(c, "fn.cold")));
	ck_assert(has_block(c, "fn", "fn.cold"));
	ck_assert(has_block(c, "fn", "join"));
}
END_TEST

/* a computed goto's label is where the chunk begins: its address in the table makes it no function */
START_TEST(cold_label)
{
	const struct code *c = assemble(START FN("fn") "push %rbx\n .cfi_adjust_cfa_offset 8\n cmp $1,%edi\n ja join\n mov %edi,%eax\n jmp *t(,%rax,8)\n"
		"hot: inc %eax\njoin: pop %rbx\n .cfi_adjust_cfa_offset -8\n ret\n" END("fn")
		FN("apart") ".cfi_def_cfa_offset 16\n xor %edi,%edi\n jmp join\n" END("apart")
		".section .rodata\n.balign 8\nt: .quad hot, apart\n");

	ck_assert_ptr_null(func_at(c, label(c, "apart")));
	ck_assert(has_block(c, "fn", "apart"));
	ck_assert(has_block(c, "fn", "hot"));
}
END_TEST

START_TEST(tail_call)
{
	const struct code *c = assemble(START FN("fn") "test %edi,%edi\n jne other\n jmp third\n" END("fn")
		FN("other") "ret\n" END("other") FN("third") "ret\n" END("third"));
	const struct code_func *f = func_at(c, label(c, "fn"));

	ck_assert_uint_eq(f->nblk, 2);
	ck_assert_uint_eq(f->blk[0].kind, CODE_BR);
	ck_assert_uint_eq(f->blk[1].kind, CODE_TAIL);
	ck_assert_uint_eq(f->blk[1].target, label(c, "third"));
	ck_assert_ptr_nonnull(func_at(c, label(c, "other")));
}
END_TEST

START_TEST(shared_tail)
{
	const struct code *c = assemble(START FN("fn") "push %rbx\ntail: pop %rbx\n ret\n" END("fn")
		FN("second") "push %rbx\n xor %eax,%eax\n jmp tail\n" END("second"));

	ck_assert(has_block(c, "fn", "tail"));
	ck_assert_ptr_nonnull(func_at(c, label(c, "tail")));
	ck_assert_uint_eq(func_at(c, label(c, "second"))->blk[0].kind, CODE_TAIL);
}
END_TEST

/* without tables: functions are where calls lead */
START_TEST(stripped)
{
	const struct code *c = build_with("gcc -nostdlib -static -no-pie -s", "s",
		".globl _start\n_start: call 1f\n hlt\n nop\n1: push %rbx\n call 2f\n pop %rbx\n ret\n nop\n2: jmp 3f\n nop\n3: ret\n");

	ck_assert_uint_eq(c->nfunc, 3);
	ck_assert_str_eq(c->func[1].name + strlen(c->func[1].name) - 3, "007");
	ck_assert_uint_eq(c->func[2].nblk, 2);
}
END_TEST

START_TEST(pointers)
{
	const struct code *c = build_with("gcc -nostdlib -static -no-pie -s", "s",
		".globl _start\n_start: lea 1f(%rip),%rax\n mov $2f,%ecx\n call *%rax\n hlt\n.balign 16\n1: ret\n.balign 16\n2: ret\n"
		".balign 16\n3: ret\n.balign 16\n4: ret\n.data\n.quad 3b\n.section .init_array,\"aw\"\n.quad 4b\n");

	ck_assert_uint_eq(c->nfunc, 5);
	for (u32 i = 0; i < c->nfunc; i++)
		ck_assert(c->func[i].address_taken);
}
END_TEST

START_TEST(direct_only)
{
	const struct code *c = assemble(START FN("fn") "ret\n" END("fn"));

	ck_assert(!func_at(c, label(c, "fn"))->address_taken);
	ck_assert(func_at(c, label(c, "_start"))->address_taken);
}
END_TEST

/* the jump into the middle of an instruction that skips a lock prefix */
START_TEST(overlap)
{
	const struct code *c = assemble(START FN("fn") "test %edi,%edi\n je 1f\n .byte 0xf0\n1: incl (%rsi)\n ret\n" END("fn"));
	const struct code_func *f = func_at(c, label(c, "fn"));

	ck_assert_uint_eq(f->nblk, 3);
	ck_assert_uint_eq(f->blk[1].pc + 1, f->blk[2].pc);
}
END_TEST

/* code for features that CPUID does not report ends a block, and the rest is not lifted */
START_TEST(left_out)
{
	const struct code *c = assemble(START FN("fn") "test %edi,%edi\n je 1f\n vpternlogd $3,%zmm1,%zmm2,%zmm3\n nop\n1: ret\n" END("fn"));
	const struct code_func *f = func_at(c, label(c, "fn"));

	ck_assert_uint_eq(f->nblk, 2);
	ck_assert_uint_gt(c->skipped_bytes, 0);
}
END_TEST

START_TEST(landing_pads)
{
	const struct code *c = build_with("g++ -O2 -static", "cc",
		"#include <cstdio>\n#include <stdexcept>\nstruct d { ~d() { puts(\"d\"); } };\n"
		"__attribute__((noinline)) int f(int x) { d o; if (x > 2) throw std::runtime_error(\"x\"); return x; }\n"
		"int main(int c, char **) { try { return f(c); } catch (std::exception &e) { puts(e.what()); } return 1; }\n");
	u32 pads = 0;

	for (u32 i = 0; i < c->nfunc; i++)
		pads += !strncmp(c->func[i].name, "main+0x", 7) || !strncmp(c->func[i].name, "main.cold+0x", 12)
			|| !strncmp(c->func[i].name, "_Z1fi.cold", 10) || !strncmp(c->func[i].name, "main.cold", 9);
	ck_assert_uint_ge(pads, 1);
	ck_assert_uint_eq(c->unresolved_jumps, 0);
	ck_assert_uint_ge(c->fde_covered * 1000, c->fde_bytes * 995);
}
END_TEST

/* what stands behind a call of setjmp is entered by longjmp */
START_TEST(returns_twice)
{
	const struct code *c = assemble(START FN("fn") "sub $72,%rsp\n mov %rsp,%rdi\n call save\nagain: test %eax,%eax\n je 1f\n nop\n"
		"1: add $72,%rsp\n ret\n" END("fn") FN("save") "mov %rbx,(%rdi)\n mov %rbp,8(%rdi)\n mov %r12,16(%rdi)\n mov %r13,24(%rdi)\n"
		"mov %r14,32(%rdi)\n mov %r15,40(%rdi)\n lea 8(%rsp),%rdx\n mov %rdx,48(%rdi)\n mov (%rsp),%rdx\n mov %rdx,56(%rdi)\n"
		"xor %eax,%eax\n ret\n" END("save"));

	ck_assert_ptr_nonnull(func_at(c, label(c, "again")));
	ck_assert(func_at(c, label(c, "again"))->address_taken);
	ck_assert(has_block(c, "fn", "again"));
}
END_TEST

/* Functions that only Go's table names, in each of its layouts; the last one also where the table has no section of its own. */
START_TEST(go_table)
{
	static const char *const head[] = {
		".long 0xfffffff1\n.byte 0,0,1,8\n.quad 3,0,g1,0,0,0,0,tab-go\ntab: .long 0,0,g2-g1,0,g3-g1,0,end-g1\n",
		".long 0xfffffff0\n.byte 0,0,1,8\n.quad 3,0,0,0,0,0,0,tab-go\ntab: .long 0,0,g2-g1,0,g3-g1,0,end-g1\n",
		".long 0xfffffffa\n.byte 0,0,1,8\n.quad 3,0,0,0,0,0,tab-go\ntab: .quad g1,0,g2,0,g3,0,end\n",
		".long 0xfffffffb\n.byte 0,0,1,8\n.quad 3\n.quad g1,0,g2,0,g3,0,end\n",
		".long 0xfffffff1\n.byte 0,0,1,8\n.quad 3,0,g1,0,0,0,0,tab-go\ntab: .long 0,0,g2-g1,0,g3-g1,0,end-g1\n"
	};
	char text[2048];
	const struct code *c;

	snprintf(text, sizeof text, "%s\n%s.align 16\ngo: %s", ".globl _start\ng1: _start: ret\n.align 16, 0xcc\ng2: push %rbx\n pop %rbx\n ret\n"
		".align 16, 0xcc\ng3: mov %edi,%eax\n ret\nend: nop\n", _i < 4 ? ".section .gopclntab,\"a\"\n" :
		".section .go.buildinfo,\"aw\"\n.quad 0\n.section .rodata\n.quad 1,0xfffffff1,0x08010000fffffff1,7\n", head[_i]);
	c = assemble(text);
	ck_assert_uint_eq(c->listed, 3);
	ck_assert_uint_eq(c->listed_found, 3);
	ck_assert_uint_eq(c->fde_covered, c->fde_bytes);
	ck_assert_ptr_nonnull(func_at(c, label(c, "g1")));
	ck_assert_ptr_nonnull(func_at(c, label(c, "g2")));
	ck_assert_ptr_nonnull(func_at(c, label(c, "g3")));
}
END_TEST

/* A table that lies: nothing is believed beyond the first entry out of order. */
START_TEST(go_table_wrong)
{
	const struct code *c = assemble(".globl _start\ng1: _start: ret\ng2: nop\n ret\n.section .gopclntab,\"a\"\n"
		".long 0xfffffffb\n.byte 0,0,1,8\n.quad 1000000\n.quad g1,0,g2,0,g1,0,g2,0\n");

	ck_assert_uint_eq(c->listed, 1);
}
END_TEST

/* Every block of every function of a real program: inside the text, ends behind its start, sorted, successors consistent. */
START_TEST(well_formed)
{
	static const char *const files[] = { "/bin/busybox", "/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6" };
	struct code *c;

	if (access(files[_i], R_OK) != 0)
		return;
	c = discover(&arena, elf_open(&arena, files[_i]), CPU_LEVEL);
	ck_assert_uint_ge(c->fde_covered * 1000, c->fde_bytes * 995);
	ck_assert_uint_eq(c->unresolved_jumps, 0);
	for (u32 i = 0; i < c->nfunc; i++) {
		const struct code_func *f = &c->func[i];

		ck_assert(i == 0 || c->func[i - 1].pc < f->pc);
		ck_assert(f->nblk && f->blk[0].pc == f->pc && f->name);
		for (u32 j = 0; j < f->nblk; j++) {
			ck_assert_uint_gt(f->blk[j].end, f->blk[j].pc);
			ck_assert(j < 2 || f->blk[j - 1].pc < f->blk[j].pc);
			ck_assert((f->blk[j].kind == CODE_SWITCH) == (f->blk[j].table != NULL));
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("discover");
	TCase *t = tcase_create("functions");

	tcase_add_test(t, blocks);
	tcase_add_test(t, noreturn_at_end);
	tcase_add_test(t, noreturn_recursive);
	tcase_add_test(t, cold_chunk);
	tcase_add_test(t, cold_label);
	tcase_add_test(t, tail_call);
	tcase_add_test(t, shared_tail);
	tcase_add_test(t, stripped);
	tcase_add_test(t, pointers);
	tcase_add_test(t, direct_only);
	tcase_add_test(t, overlap);
	tcase_add_test(t, left_out);
	tcase_add_test(t, landing_pads);
	tcase_add_test(t, returns_twice);
	tcase_add_loop_test(t, go_table, 0, 5);
	tcase_add_test(t, go_table_wrong);
	tcase_add_loop_test(t, well_formed, 0, 3);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return run_suite(s);
}
