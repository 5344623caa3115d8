/* vmswitch - a byte-code interpreter with a switch. */
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
	for (;;)
		switch (*pc++) {
		case PUSH: *sp++ = *pc++; break;
		case ADD: sp--; sp[-1] += sp[0]; break;
		case SUB: sp--; sp[-1] -= sp[0]; break;
		case MUL: sp--; sp[-1] *= sp[0]; break;
		case LOAD: *sp++ = var[*pc++]; break;
		case STORE: var[*pc++] = *--sp; break;
		case LESS: sp--; sp[-1] = sp[-1] < sp[0]; break;
		case JZ: if (*--sp) pc++; else pc = program + *pc; break;
		case JMP: pc = program + *pc; break;
		case DUP: sp[0] = sp[-1]; sp++; break;
		case XOR: sp--; sp[-1] ^= sp[0]; break;
		case SHR: sp--; sp[-1] >>= sp[0]; break;
		case HALT: if (*pc) return 0; if (var[0] < limit) { pc = program + 8; break; } return var[1];
		default: return 0;
		}
}
u64
kernel(u32 n)
{
	u64 sum = 0;

	for (u32 r = 0; r < n; r++)
		sum ^= run(10000 + r);
	return sum;
}
