/*
 * sse.h - what the SSE and MMX chapters share. A vector operand is an xmm register, an mm register (widened to a V128 whose
 * upper half is zero) or memory of the operand's own size (upper lanes zero). 16-byte memory operands are not checked for
 * alignment. MMX forms share the functions of their SSE namesakes; mmx.c holds what is theirs alone.
 */
#ifndef SSE_H
#define SSE_H

#include "lift.h"

/* vecoperand.c */
enum { ACC = 15 };                               /* as an operand number: the first source, which legacy forms overwrite */
bool is_xmm(struct lift *l, int n);              /* an xmm or ymm register */
bool is_wide(struct lift *l, int n);             /* a ymm register or 32 bytes of memory */
enum var xmmvar(struct lift *l, int n);          /* variable of an xmm register operand, or of a ymm's low half */
ref getv(struct lift *l, int n);
ref gethalf(struct lift *l, int n, int half);
void putv(struct lift *l, int n, ref x);
void puthalves(struct lift *l, ref low, ref high);   /* the destination; an xmm register takes the low one */
ref getxlo(struct lift *l, int n, enum type t);  /* low lane of xmm, or memory of the type's size: I32 I64 F32 F64 */
void putxlo(struct lift *l, enum type t, ref x); /* low lane of the destination, the others are the first source's */
bool same_reg(struct lift *l);                   /* both sources are the same register */
u8 immediate(struct lift *l, int n);
u8 lane_immediate(struct lift *l, int bits);     /* operand 2: this half's bits of it */
ref zero(struct lift *l);
ref splat8(struct lift *l, u8 v);
ref splat16(struct lift *l, u16 v);
ref splat32(struct lift *l, u32 v);
ref splat64(struct lift *l, u64 v);
ref replace_lane(struct lift *l, enum op op, ref v, ref x, u8 lane);
ref pick32(struct lift *l, ref a, ref b, u8 i0, u8 i1, u8 i2, u8 i3);    /* four lanes out of a (0-3) and b (4-7) */
ref join_low(struct lift *l, ref a, ref b);      /* low half a, high half b's low half */

/* ssecrypt.c: helpers on cpu->scratch */
void vhelper(struct lift *l, enum helper h, ref a, ref b, u32 imm);      /* scratch[0], [1] = a, b; h(cpu, imm) */
ref vresult(struct lift *l);                     /* scratch[0] */

/* mmx.c */
bool is_mmx(struct lift *l);                     /* operand 0 or 1 is an mm register */
bool is_mm(struct lift *l, int n);
ref getmm(struct lift *l, int n);                /* I64 */
void putmm(struct lift *l, int n, ref x);
void mmx_enter(struct lift *l);                  /* TOP = 0, all registers valid */

#endif
