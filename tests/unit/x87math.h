/* x87math.h - rows as in x87case.h for the transcendental instructions. */
X(f2xm1, "f2xm1", x87_op(c, X87_2XM1))
X(fyl2x, "fyl2x", x87_op(c, X87_YL2X))
X(fyl2xp1, "fyl2xp1", x87_op(c, X87_YL2XP1))
X(fpatan, "fpatan", x87_op(c, X87_PATAN))
X(fptan, "fptan", x87_op(c, X87_PTAN))
X(fsin, "fsin", x87_op(c, X87_SIN))
X(fcos, "fcos", x87_op(c, X87_COS))
X(fsincos, "fsincos", x87_op(c, X87_SINCOS))
