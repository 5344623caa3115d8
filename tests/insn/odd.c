/*
 * odd.c - instructions that the forms do not reach: string instructions with all prefixes, branches, frames, the sequences that
 * the lifter treats specially, traps.
 */
#include "insn.h"

#define TRAPS 0x80000000u                /* as undefined flags: the instruction never completes */

static void
run(void (*f)(struct test *t), const char *name, u32 undefined, bool string, const u8 *bytes, u32 n)
{
	struct test t;

	memset(&t, 0, sizeof t);
	t.name = name;
	t.undefined = undefined;
	t.string = string;
	t.frame = true;
	t.divide = strstr(name, "div") != NULL;
	t.traps = t.divide || undefined == TRAPS;
	t.undefined &= EF_STATUS;
	memcpy(t.bytes, bytes, n);
	t.len = n;
	for (int i = 0; i < (string ? 4 : 1); i++)
		f(&t);
}

static void
strings(void (*f)(struct test *t))
{
	static const u8 repeats[] = { 0, 0xf3, 0xf2 };

	for (u32 op = 0xa4; op <= 0xaf; op++) {
		if (op == 0xa8 || op == 0xa9)
			continue;
		for (u32 k = 0; k < 3 * 2 * 3; k++) {
			u8 b[8], rep = repeats[k % 3];
			u32 n = 0, size = k / 6;

			if (!(op & 1) && size != 0)
				continue;
			if (k / 3 % 2)
				b[n++] = 0x67;
			if (rep)
				b[n++] = rep;
			if (size == 1)
				b[n++] = 0x66;
			if (size == 2)
				b[n++] = 0x48;
			b[n++] = (u8)op;
			run(f, "string", 0, true, b, n);
		}
	}
}

/* jcc, loop, jrcxz over an inc rax */
static void
branches(void (*f)(struct test *t))
{
	static const u8 ops[] = { 0xe0, 0xe1, 0xe2, 0xe3 };
	u8 b[16] = { 0, 3, 0x48, 0xff, 0xc0 };

	for (u32 cc = 0; cc < 16; cc++) {
		b[0] = (u8)(0x70 + cc);
		run(f, "jcc", EF_STATUS & ~EF_CF, false, b, 5);
	}
	for (u32 i = 0; i < 4; i++) {
		u8 wide[] = { 0x67, ops[i], 3, 0x48, 0xff, 0xc0 };

		b[0] = ops[i];
		run(f, "loop", EF_STATUS & ~EF_CF, false, b, 5);
		run(f, "loop", EF_STATUS & ~EF_CF, false, wide, 6);
	}
}

#define B(...) (const u8[]){ __VA_ARGS__ }, sizeof (const u8[]){ __VA_ARGS__ }

static void
divisions(void (*f)(struct test *t))
{
	run(f, "xor edx,edx; div rcx", EF_STATUS, false, B(0x31, 0xd2, 0x48, 0xf7, 0xf1));
	run(f, "xor edx,edx; div ecx", EF_STATUS, false, B(0x31, 0xd2, 0xf7, 0xf1));
	run(f, "cqo; idiv rcx", EF_STATUS, false, B(0x48, 0x99, 0x48, 0xf7, 0xf9));
	run(f, "cdq; idiv ecx", EF_STATUS, false, B(0x99, 0xf7, 0xf9));
	run(f, "cqo; mov rax,rbx; idiv rcx", EF_STATUS, false, B(0x48, 0x99, 0x48, 0x89, 0xd8, 0x48, 0xf7, 0xf9));
	run(f, "cdq; xchg eax,ebx; idiv ecx", EF_STATUS, false, B(0x99, 0x93, 0xf7, 0xf9));
	run(f, "mov edx,0; idiv ecx", EF_STATUS, false, B(0xba, 0, 0, 0, 0, 0xf7, 0xf9));
	run(f, "xor edx,edx; idiv rcx", EF_STATUS, false, B(0x31, 0xd2, 0x48, 0xf7, 0xf9));
}

void
odd_each(void (*f)(struct test *t))
{
	strings(f);
	branches(f);
	divisions(f);
	run(f, "leave", 0, false, B(0xc9));
	run(f, "leave16", 0, false, B(0x66, 0xc9));
	run(f, "enter 16,0", 0, false, B(0xc8, 16, 0, 0));
	run(f, "enter 32,1", 0, false, B(0xc8, 32, 0, 1));
	run(f, "enter 32,5", 0, false, B(0xc8, 32, 0, 5));
	run(f, "push; popf", 0, false, B(0x68, 0xd5, 0x0c, 0x20, 0, 0x9d));
	run(f, "std; pushf; cld", 0, false, B(0xfd, 0x9c, 0xfc));
	run(f, "call; ret", 0, false, B(0xe8, 2, 0, 0, 0, 0xeb, 1, 0xc3));
	run(f, "call; ret 8", 0, false, B(0xe8, 2, 0, 0, 0, 0xeb, 3, 0xc2, 8, 0));
	run(f, "lea rax,[rip+3]; jmp rax", 0, false, B(0x48, 0x8d, 5, 3, 0, 0, 0, 0xff, 0xe0, 0xcc));
	run(f, "lea rax,[rip+4]; call rax; jmp; ret", 0, false, B(0x48, 0x8d, 5, 4, 0, 0, 0, 0xff, 0xd0, 0xeb, 1, 0xc3));
	run(f, "push rsp; pop rax", 0, false, B(0x54, 0x58));
	run(f, "push [rsp+8]; pop [rsp+24]", 0, false, B(0xff, 0x74, 0x24, 8, 0x8f, 0x44, 0x24, 24));
	run(f, "pop rsp", 0, false, B(0x5c));
	run(f, "push -1; push word", 0, false, B(0x6a, 0xff, 0x66, 0x6a, 0x80));
	run(f, "xlat", 0, false, B(0x48, 0x8d, 0x5c, 0x24, 0, 0xd7));
	run(f, "rdgsbase rcx", 0, false, B(0xf3, 0x48, 0x0f, 0xae, 0xc9));
	run(f, "rdgsbase ecx", 0, false, B(0xf3, 0x0f, 0xae, 0xc9));
	run(f, "mov eax,gs:[rsp-0x5000]", 0, false, B(0x65, 0x8b, 0x84, 0x24, 0, 0xb0, 0xff, 0xff));
	run(f, "sbb eax,eax", 0, false, B(0x19, 0xc0));
	run(f, "bt ecx,eax; adc", 0, false, B(0x0f, 0xa3, 0xc1, 0x11, 0xd0));
	run(f, "nop [rax]", 0, false, B(0x0f, 0x1f, 0x40, 0));
	run(f, "mfence", 0, false, B(0x0f, 0xae, 0xf0));
	run(f, "endbr64", 0, false, B(0xf3, 0x0f, 0x1e, 0xfa));
	run(f, "int3", TRAPS, false, B(0xcc));
	run(f, "ud2", TRAPS, false, B(0x0f, 0x0b));
	run(f, "hlt", TRAPS, false, B(0xf4));
	run(f, "cli", TRAPS, false, B(0xfa));
	run(f, "in al,dx", TRAPS, false, B(0xec));
	run(f, "int 0x21", TRAPS, false, B(0xcd, 0x21));
}
