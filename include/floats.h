/*
 * floats.h - floating point under MXCSR: its bits (SDM volume 1, 10.2.3), and what the lifter asks of the engine's helper sse_exact().
 */
#ifndef FLOATS_H
#define FLOATS_H

enum {
	MXCSR_IE = 1, MXCSR_DE = 2, MXCSR_ZE = 4, MXCSR_OE = 8, MXCSR_UE = 16, MXCSR_PE = 32, MXCSR_FLAGS = 63,
	MXCSR_DAZ = 64, MXCSR_MASKS = 63 << 7, MXCSR_PM = MXCSR_PE << 7, MXCSR_UM = MXCSR_UE << 7, MXCSR_OM = MXCSR_OE << 7,
	MXCSR_RC = 3 << 13, MXCSR_FTZ = 1 << 15, MXCSR_DEFAULT = 0x1f80
};

/*
 * An operation on lanes. Operands stand in cpu->scratch: the first source in [0] and [1], the second in [2] and [3], the third in [4] and
 * [5]; the result replaces the first. In one with a single source that is the second.
 */
enum float_op {
	FLOAT_ADD, FLOAT_SUB, FLOAT_MUL, FLOAT_DIV, FLOAT_MIN, FLOAT_MAX, FLOAT_SQRT,
	FLOAT_ADDSUB, FLOAT_HADD, FLOAT_HSUB, FLOAT_DP,
	FLOAT_FMA,                       /* immediate: FMA_ below */
	FLOAT_CMP,                       /* immediate: the predicate of VEX forms */
	FLOAT_COMI, FLOAT_UCOMI,         /* status flags as 32 bits */
	FLOAT_ROUND,                     /* immediate as the instruction's */
	FLOAT_WIDEN, FLOAT_NARROW,       /* single to double, double to single */
	FLOAT_OF_I32, FLOAT_OF_I64, FLOAT_TO_I32, FLOAT_TO_I64, FLOAT_TRUNC_I32, FLOAT_TRUNC_I64,
	FLOAT_OF_HALF, FLOAT_TO_HALF     /* immediate as the instruction's */
};
#define FLOAT_DOUBLE 0x100u              /* lanes of 8 bytes (of conversions between floats: the wider ones), else 4 */
#define FLOAT_KEEP 0x200u                /* bytes behind the lanes stay those of the first source, else they become 0 */
#define FLOAT_LANES(n) ((n) << 12)       /* 1 to 8 */
#define FLOAT_IMM(n) ((n) << 16)

/* how the product and the addend of a fused multiply-add change sign; even and odd: lanes of the addend */
enum { FMA_NEGATE_PRODUCT = 1, FMA_NEGATE_EVEN = 2, FMA_NEGATE_ODD = 4 };

#endif
