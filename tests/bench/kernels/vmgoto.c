/* vmgoto - the same byte-code interpreter with computed goto. */
#include "kernel.h"
enum { PUSH, ADD, SUB, MUL, LOAD, STORE, LESS, JZ, JMP, DUP, XOR, SHR, HALT };
static const u8 program[] = {
	PUSH, 0, STORE, 0, PUSH, 1, STORE, 1,
	LOAD, 0, LOAD, 2, LESS, JZ, 37,                                 /* 8 */
	LOAD, 1, PUSH, 31, MUL, LOAD, 0, ADD, DUP, PUSH, 7, SHR, XOR, STORE, 1,
	LOAD, 0, PUSH, 1, ADD, STORE, 0,                                /* 30 */
	HALT, 0,
};
u64
run(u32 limit)
{
	u64 stack[16], *sp = stack, var[4] = { 0, 0, limit, 0 };
	const u8 *pc = program;
	static const void *const op[] = { &&push, &&add, &&sub, &&mul, &&load, &&store, &&less, &&jz, &&jmp, &&dup,
		&&xor, &&shr, &&halt };
#define NEXT goto *op[*pc++]
	NEXT;
push:	*sp++ = *pc++; NEXT;
add:	sp--; sp[-1] += sp[0]; NEXT;
sub:	sp--; sp[-1] -= sp[0]; NEXT;
mul:	sp--; sp[-1] *= sp[0]; NEXT;
load:	*sp++ = var[*pc++]; NEXT;
store:	var[*pc++] = *--sp; NEXT;
less:	sp--; sp[-1] = sp[-1] < sp[0]; NEXT;
jz:	if (*--sp) pc++; else pc = program + *pc; NEXT;
jmp:	pc = program + *pc; NEXT;
dup:	sp[0] = sp[-1]; sp++; NEXT;
xor:	sp--; sp[-1] ^= sp[0]; NEXT;
shr:	sp--; sp[-1] >>= sp[0]; NEXT;
halt:	if (*pc)
		return 0;
	if (var[0] < limit) {
		pc = program + 8;
		NEXT;
	}
	return var[1];
}
u64
kernel(u32 n)
{
	u64 sum = 0;

	for (u32 r = 0; r < n; r++)
		sum ^= run(10000 + r);
	return sum;
}
