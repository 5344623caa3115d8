/* x87.h - numbers that the x87 lift functions pass to the engine's helpers. */
#ifndef X87_H
#define X87_H

/* two-operand arithmetic: destination = destination op source; the R forms swap the operands */
enum x87_arith { X87_ADD, X87_SUB, X87_SUBR, X87_MUL, X87_DIV, X87_DIVR };

/* kind of a memory operand; its bits travel zero-extended in an I64 */
enum x87_kind { X87_F32, X87_F64, X87_I16, X87_I32, X87_I64 };

/* operations on the top of the stack (and the register below) */
enum x87_op {
	X87_ABS, X87_CHS, X87_TST, X87_XAM, X87_SQRT, X87_RNDINT, X87_SCALE, X87_XTRACT, X87_PREM, X87_PREM1,
	X87_2XM1, X87_YL2X, X87_YL2XP1, X87_PATAN, X87_PTAN, X87_SIN, X87_COS, X87_SINCOS
};

enum x87_constant { X87_ONE, X87_L2T, X87_L2E, X87_PI, X87_LG2, X87_LN2, X87_ZERO };

/* exception flags and other bits of the status word (SDM volume 1, 8.1.3) */
enum {
	FSW_IE = 1, FSW_DE = 2, FSW_ZE = 4, FSW_OE = 8, FSW_UE = 16, FSW_PE = 32, FSW_SF = 64, FSW_ES = 128,
	FSW_C0 = 0x100, FSW_C1 = 0x200, FSW_C2 = 0x400, FSW_TOP = 0x3800, FSW_C3 = 0x4000, FSW_B = 0x8000
};

/* which exceptions, unmasked, keep an instruction from popping: of computations and of stores to memory */
enum { X87_UNDONE = FSW_IE | FSW_DE | FSW_ZE, X87_UNSTORED = X87_UNDONE | FSW_OE | FSW_UE };

/* xsave writes all components asked for, the others only those that are not in their initial state; xsavec says so in the header */
enum xsave_form { XSAVE_ALL, XSAVE_OPT, XSAVE_COMPACT };

#endif
