/*
 * x87insn.c - every x87 instruction form on many operands and control words; one hash per form of registers, tags, status word and
 * memory. Transcendental instructions are left out: their last bits differ between CPUs. libc: glibc
 */
#include <stdio.h>
#include "../../unit/x87operand.h"

#define X(name, code, call) NATIVE(name, code)
#include "../../unit/x87case.h"
#undef X

#define X(name, code, call) { #name, native_##name },
static const struct {
	const char *name;
	void (*run)(struct state *, struct image *);
} cases[] = {
#include "../../unit/x87case.h"
};
#undef X

static u64 hash;

static void
mix(const void *p, size_t n)
{
	const u8 *b = p;

	while (n-- > 0)
		hash = (hash ^ *b++) * 0x100000001b3;
}

/* instruction and operand pointers and empty registers are not looked at */
static void
mix_image(const struct image *i)
{
	u32 top = i->env[1] >> 11 & 7;

	mix(&i->env[0], 2);
	mix(&i->env[1], 2);
	mix(&i->env[2], 2);
	for (u32 k = 0; k < 8; k++)
		if ((i->env[2] >> 2 * ((top + k) & 7) & 3) != 3)
			mix(&i->st[k], 10);
}

int
main(void)
{
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		hash = 0xcbf29ce484222325;
		for (int n = 0; n < 300; n++) {
			struct state s = random_state();
			struct image i;

			cases[c].run(&s, &i);
			if (strstr(cases[c].name, "comi"))
				s.mem[0] &= EF_STATUS;
			mix_image(&i);
			mix(s.mem, sizeof s.mem);
		}
		printf("%-14s %016llx\n", cases[c].name, (unsigned long long)hash);
	}
	return 0;
}
