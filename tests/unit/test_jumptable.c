/* test_jumptable.c - the shapes of jump tables that compilers make, one by one, and whole functions at every optimization level. */
#include "asmelf.h"

/* The switch of fn has the targets c0 c1 c2 c3 and its index in reg. */
static void
expect_four(const struct code *c, ZydisRegister reg)
{
	const struct code_blk *b = switch_of(c, "fn");

	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(c->unresolved_jumps, 0);
	ck_assert_uint_eq(b->kind, CODE_SWITCH);
	ck_assert_uint_ne(b->table->load_pc, 0);
	ck_assert_uint_eq(b->table->index, reg);
	ck_assert_uint_eq(b->table->n, 4);
	ck_assert_uint_eq(b->table->target[0], label(c, "c0"));
	ck_assert_uint_eq(b->table->target[1], label(c, "c1"));
	ck_assert_uint_eq(b->table->target[2], label(c, "c2"));
	ck_assert_uint_eq(b->table->target[3], label(c, "c3"));
	ck_assert_uint_ge(b->table->load_pc, b->pc);
	ck_assert_uint_lt(b->table->load_pc, b->end);
}

#define HEAD ".globl _start\n_start: call fn\n hlt\n.type fn,@function\n.globl fn\nfn: .cfi_startproc\n"
#define CASES "c0: mov $1,%eax\n ret\nc1: mov $2,%eax\n ret\nc2: mov $3,%eax\n ret\nc3: mov $4,%eax\ndef: ret\n" \
	" .cfi_endproc\n.size fn,.-fn\n"
#define PIC_TABLE ".section .rodata\n.align 4\nt: .long c0-t, c1-t, c2-t, c3-t\nother: .long 0\n"
#define ABS_TABLE ".section .rodata\n.align 8\nt: .quad c0, c1, c2, c3\nother: .quad 1\n"

START_TEST(pic)
{
	expect_four(assemble(HEAD "cmp $3,%edi\n ja def\n mov %edi,%edi\n lea t(%rip),%rdx\n movslq (%rdx,%rdi,4),%rax\n"
		"add %rdx,%rax\n notrack jmp *%rax\n" CASES PIC_TABLE), ZYDIS_REGISTER_RDI);
}
END_TEST

START_TEST(absolute)
{
	expect_four(assemble(HEAD "cmp $3,%edi\n ja def\n mov %edi,%eax\n jmp *t(,%rax,8)\n" CASES ABS_TABLE),
		ZYDIS_REGISTER_RAX);
}
END_TEST

START_TEST(signed_bound_taken)
{
	expect_four(assemble(HEAD "cmp $3,%edi\n jbe 1f\n ret\n1: mov %edi,%eax\n mov t(,%rax,8),%rax\n jmp *%rax\n" CASES
		ABS_TABLE), ZYDIS_REGISTER_RAX);
}
END_TEST

START_TEST(spilled_index)
{
	expect_four(assemble(HEAD "push %rbp\n mov %rsp,%rbp\n mov %edi,-4(%rbp)\n cmpl $3,-4(%rbp)\n ja def\n"
		"mov -4(%rbp),%eax\n lea 0(,%rax,4),%rdx\n lea t(%rip),%rax\n mov (%rdx,%rax,1),%eax\n cltq\n"
		"lea t(%rip),%rdx\n add %rdx,%rax\n notrack jmp *%rax\n" CASES PIC_TABLE), ZYDIS_REGISTER_RAX);
}
END_TEST

START_TEST(subtracted)
{
	expect_four(assemble(HEAD "sub $97,%edi\n cmp $3,%dil\n ja def\n movzbl %dil,%edi\n lea t(%rip),%rdx\n"
		"movslq (%rdx,%rdi,4),%rax\n add %rdx,%rax\n jmp *%rax\n" CASES PIC_TABLE), ZYDIS_REGISTER_RDI);
}
END_TEST

START_TEST(masked)
{
	expect_four(assemble(HEAD "and $3,%edi\n jmp *t(,%rdi,8)\n" CASES ABS_TABLE ".quad c0\n"), ZYDIS_REGISTER_RDI);
}
END_TEST

START_TEST(unbounded)
{
	expect_four(assemble(HEAD "mov other(%rip),%rax\n mov t(,%rdi,8),%rax\n jmp *%rax\n" CASES ABS_TABLE ".quad c0\n"),
		ZYDIS_REGISTER_RDI);
}
END_TEST

/* the base is set once before the loop, and kept over a call of a function that does not return */
START_TEST(hoisted_base)
{
	expect_four(assemble(HEAD "push %rbx\n.cfi_adjust_cfa_offset 8\n lea t(%rip),%rbx\n1: movzbl (%rsi),%eax\n inc %rsi\n"
		"cmp $3,%al\n jbe 2f\n cmp $9,%al\n je 1b\n call die\n2: movslq (%rbx,%rax,4),%rax\n add %rbx,%rax\n jmp *%rax\n"
		"c0: jmp 1b\nc1: inc %edi\n jmp 1b\nc2: dec %edi\n jmp 1b\nc3: pop %rbx\n ret\n.cfi_endproc\n.size fn,.-fn\n"
		"die: mov $60,%eax\n syscall\n hlt\n" PIC_TABLE), ZYDIS_REGISTER_RAX);
}
END_TEST

/* one of the ways to the last comparison passes a tighter one: that does not hold on the others */
START_TEST(other_way_bound)
{
	expect_four(assemble(HEAD "cmp $1,%edi\n ja 2f\n inc %ecx\n"
		"2: cmp $3,%edi\n ja def\n mov %edi,%eax\n lea t(%rip),%rdx\n movslq (%rdx,%rax,4),%rax\n add %rdx,%rax\n jmp *%rax\n"
		CASES PIC_TABLE), ZYDIS_REGISTER_RAX);
}
END_TEST

/* the only comparison before the jump lies on one way, and the others come with larger numbers */
START_TEST(larger_elsewhere)
{
	expect_four(assemble(HEAD "cmp $3,%edi\n jg def\n cmp $1,%edi\n jg 2f\n inc %ecx\n"
		"2: mov %edi,%eax\n lea t(%rip),%rdx\n movslq (%rdx,%rax,4),%rax\n add %rdx,%rax\n jmp *%rax\n" CASES PIC_TABLE), ZYDIS_REGISTER_RAX);
}
END_TEST

/* two tables without comparisons, one behind the other; the second is named only by what the first leads to */
START_TEST(adjacent)
{
	const struct code *c = assemble(HEAD "mov (%rdi),%rax\n lea t(%rip),%rcx\n movslq (%rcx,%rax,4),%rax\n add %rcx,%rax\n jmp *%rax\n"
		"c0: mov 8(%rdi),%rax\n lea u(%rip),%rcx\n movslq (%rcx,%rax,4),%rax\n add %rcx,%rax\n jmp *%rax\n"
		"c1: mov $1,%eax\n ret\nc2: mov $2,%eax\n ret\nc3: mov $3,%eax\n ret\n .fill 3,1,0x90\n"
		"d0: movabs $0x1122334455667788,%rax\n ret\nd1: movabs $0x1122334455667788,%rdx\n ret\nd2: movabs $0x1122334455667788,%rcx\n ret\n"
		" .cfi_endproc\n.size fn,.-fn\n.section .rodata\n.align 4\nt: .long c0-t, c1-t, c2-t, c3-t\nu: .long d0-u, d1-u, d2-u\nother: .long 0\n");
	const struct code_func *f = func_at(c, label(c, "fn"));

	expect_four(c, ZYDIS_REGISTER_RAX);
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(blk_at(f, label(c, "d0")));
	ck_assert_ptr_nonnull(blk_at(f, label(c, "d1")));
	ck_assert_ptr_nonnull(blk_at(f, label(c, "d2")));
}
END_TEST

START_TEST(changed_base)
{
	const struct code *c = assemble(HEAD "lea t(%rip),%rbx\n1: mov %edi,%eax\n and $3,%eax\n movslq (%rbx,%rax,4),%rax\n"
		"add %rbx,%rax\n jmp *%rax\nc0: add $4,%rbx\n jmp 1b\n" "c1: jmp 1b\nc2: ret\nc3: ret\n.cfi_endproc\n.size fn,.-fn\n"
		PIC_TABLE);
	const struct code_blk *b = switch_of(c, "fn");

	ck_assert(!b || b->table->load_pc == 0);
}
END_TEST

START_TEST(writable)
{
	const struct code *c = assemble(HEAD "and $3,%edi\n mov t(,%rdi,8),%rax\n jmp *%rax\n" CASES
		".data\nt: .quad c0, c1, c2, c3\n");
	const struct code_blk *b = switch_of(c, "fn");

	ck_assert(!b || b->table->load_pc == 0);
}
END_TEST

/* two loads, one jump: no index, but all targets */
START_TEST(merged)
{
	const struct code *c = assemble(HEAD "test %esi,%esi\n je 1f\n and $1,%edi\n mov t(,%rdi,8),%rax\n jmp 2f\n"
		"1: and $1,%edi\n mov t+16(,%rdi,8),%rax\n2: jmp *%rax\n" CASES ABS_TABLE);
	const struct code_blk *b = switch_of(c, "fn");

	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(b->table->load_pc, 0);
	ck_assert_uint_eq(b->table->n, 4);
	for (u32 i = 1; i < 4; i++)
		ck_assert_uint_lt(b->table->target[i - 1], b->table->target[i]);
	ck_assert_uint_eq(b->table->target[0], label(c, "c0"));
}
END_TEST

START_TEST(code_strides)
{
	expect_four(assemble(HEAD "and $3,%edi\n shl $4,%edi\n lea c0(%rip),%rax\n add %rdi,%rax\n jmp *%rax\n"
		".p2align 4\nc0: ret\n.p2align 4\nc1: ret\n.p2align 4\nc2: ret\n.p2align 4\nc3: ret\n.cfi_endproc\n.size fn,.-fn\n"),
		ZYDIS_REGISTER_RDI);
}
END_TEST

static const char program[] =
	"int puts(const char *); int rand(void);\n"
	"int sw(int x) { switch (x) { case 0: return puts(\"a\"); case 1: return 17; case 2: return rand(); case 3: return x * 77;\n"
	"case 4: return puts(\"b\"); case 5: return rand() + 1; case 6: return puts(\"c\"); case 8: return 3; default: return -1; } }\n"
	"int byte(const unsigned char *p) { int s = 0; for (; *p; p++) switch (*p) { case '+': s++; break; case ',': s += puts(\"d\"); break;\n"
	"case '-': s--; break; case '.': s += rand(); break; case '/': s *= 3; break; case '0': s ^= 9; break; case ':': s /= 2; break;\n"
	"default: s += 7; } return s; }\n"
	"int go(const unsigned char *p, int a) { static const void *const t[] = { &&o0, &&o1, &&o2, &&o3 }; goto *t[*p++];\n"
	"o0: return a; o1: a++; goto *t[*p++]; o2: a *= 3; goto *t[*p++]; o3: a ^= rand(); goto *t[*p++]; }\n"
	"int main(int c, char **v) { return sw(c) + byte((unsigned char *)v[0]) + go((unsigned char *)v[0], c); }\n";

START_TEST(compilers)
{
	static const char *const compilers[] = { "gcc", "clang-19" };
	static const char *const levels[] = { "-O0", "-O1", "-O2", "-O3", "-Os" };
	static const char *const models[] = { "-fno-pie -no-pie", "-fPIE -pie", "-static", "-static-pie" };
	const char *cc = compilers[_i / 20], *o = levels[_i / 4 % 5], *m = models[_i % 4];
	char cmd[128];
	const struct code *c;

	snprintf(cmd, sizeof cmd, "%s %s %s", cc, o, m);
	c = build_with(cmd, "c", program);
	ck_assert_msg(c->unresolved_jumps == 0, "%s: %u unresolved", cmd, c->unresolved_jumps);
	ck_assert_msg(switch_of(c, "sw") != NULL, "%s: sw", cmd);
	ck_assert_msg(switch_of(c, "byte") != NULL, "%s: byte", cmd);
	ck_assert_msg(switch_of(c, "go") != NULL, "%s: go", cmd);
}
END_TEST

/* the base of the table stays in a register over calls that throw: the landing pad leads back into the loop */
START_TEST(exceptions)
{
	static const char *const compilers[] = { "g++ -O2", "g++ -O3 -fPIE -pie", "clang++-19 -O2", "clang++-19 -O2 -fPIE -pie" };
	const struct code *c = build_with(compilers[_i], "cc",
		"int f(int); int puts2(int) __attribute__((noinline));\nextern \"C\" int puts(const char *);\n"
		"__attribute__((noinline)) int f(int x) { if (x == 3) throw x; return puts(\"f\"); }\n"
		"extern \"C\" __attribute__((noinline)) int sw(const unsigned char *p) { int s = 0; for (; *p; p++) { try { switch (*p) {\n"
		"case 'a': s += f(1); break; case 'b': s ^= f(2); break; case 'c': s -= f(*p); break; case 'd': s += 9; f(s); break;\n"
		"case 'e': return s; case 'f': s *= 3; break; case 'h': s = f(s) / 2; break; } } catch (int e) { s += e; } } return s; }\n"
		"int main(int, char **v) { return sw((unsigned char *)v[0]); }\n");

	ck_assert_uint_eq(c->unresolved_jumps, 0);
	ck_assert_ptr_nonnull(switch_of(c, "sw"));
	ck_assert_uint_ne(switch_of(c, "sw")->table->load_pc, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jumptable");
	TCase *t = tcase_create("shapes"), *all = tcase_create("compilers");

	tcase_add_test(t, pic);
	tcase_add_test(t, absolute);
	tcase_add_test(t, signed_bound_taken);
	tcase_add_test(t, spilled_index);
	tcase_add_test(t, subtracted);
	tcase_add_test(t, masked);
	tcase_add_test(t, unbounded);
	tcase_add_test(t, hoisted_base);
	tcase_add_test(t, other_way_bound);
	tcase_add_test(t, larger_elsewhere);
	tcase_add_test(t, adjacent);
	tcase_add_test(t, changed_base);
	tcase_add_test(t, writable);
	tcase_add_test(t, merged);
	tcase_add_test(t, code_strides);
	tcase_add_loop_test(all, compilers, 0, 40);
	tcase_add_loop_test(all, exceptions, 0, 4);
	tcase_set_timeout(t, 60);
	tcase_set_timeout(all, 60);
	suite_add_tcase(s, t);
	suite_add_tcase(s, all);
	return run_suite(s);
}
