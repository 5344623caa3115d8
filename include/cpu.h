/*
 * cpu.h - struct cpu: the whole state of one guest thread outside guest memory. It lives in the
 * engine's part of the guest memory, so its address fits 32 bits and translated code reaches it through its
 * only parameter. The rows that IR variables name come from cpu.def; the rest belongs to helpers.
 */
#ifndef CPU_H
#define CPU_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

enum var {
#define VAR(name, type, offset, text) VAR_##name,
#include "cpu.def"
#undef VAR
	NVAR
};

enum flag_kind {
#define FLAG(name, bits) FLAG_##name,
#include "flags.def"
#undef FLAG
	NFLAG
};

/* EFLAGS bits (SDM volume 1, 3.4.3) */
enum {
	EF_CF = 1 << 0, EF_PF = 1 << 2, EF_AF = 1 << 4, EF_ZF = 1 << 6, EF_SF = 1 << 7,
	EF_TF = 1 << 8, EF_IF = 1 << 9, EF_DF = 1 << 10, EF_OF = 1 << 11, EF_AC = 1 << 18, EF_ID = 1 << 21,
	EF_STATUS = EF_CF | EF_PF | EF_AF | EF_ZF | EF_SF | EF_OF
};

/* Condition codes in the manual's encoding order (the low four bits of Jcc, SETcc, CMOVcc). */
enum cc { CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A, CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G };

/* An x87 register: 64-bit significand, then sign and exponent, as in the FXSAVE image (SDM volume 1, 8.1.2). */
struct x87reg {
	u64 mant;
	u16 se;
	u16 pad[3];
};

union xmm {
	u8 b[16];
	u16 w[8];
	u32 d[4];
	u64 q[2];
	float s[4];
	double f[2];
};

struct cpu {
	u64 r[16];              /* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
	u64 fa, fb, fc;         /* lazy flags, see flags.def */
	u32 fk;
	u32 df;
	u64 fsbase, gsbase;
	i32 fuel;
	u32 rip;                /* where to continue; exact whenever the dispatcher or the kernel runs */
	u32 stack_lo;           /* guest stack window that the host stack mirrors: */
	u32 stack_span;         /*   entries unwind unless rsp - stack_lo < stack_span */
	u32 pending;            /* set by the kernel: unwind at the next poll */
	u32 trap;               /* enum trap of the last side exit, and its address */
	u32 trap_addr;
	u32 mxcsr;
	u32 eflags_other;       /* AC, ID, TF as the guest last set them */
	u32 tid;
	u64 fault_addr;         /* of TRAP_PAGE: the first byte that cannot be accessed, and whether it was to be written */
	u64 fault_write;
	u32 target;             /* where a call through a pointer goes, for recompiler/emit/indirect.c */
	u32 resume;             /* a resume copy on its way to the loop header that it is entered at: its number; else 0 */
	u32 pad0[4];
	union xmm xmm[16];
	union xmm ymmh[16];
	struct x87reg st[8];    /* physical registers R0..R7, not stack order */
	u16 fcw, fsw, ftw;      /* ftw: full tag word, two bits a register; fsw holds TOP */
	u16 fop;
	u64 fip, fdp;
	/* counters for --stats, see engine.h */
	u64 n_interpreted, n_unwind, n_resume, n_syscall;
	union xmm scratch[6];   /* v128 operands and results of helpers, used within one guest instruction */
	/* the engine's own */
	u32 leave;              /* run() must return to the kernel after this unwind */
	u32 nest;               /* call_unknown() frames on the host stack */
	u32 n_poll;             /* polls since the start, see dispatch.c */
	u32 recheck;            /* interpret the next instruction: a guard of compiled code failed there */
	union xmm temp[44];     /* values of the block that the interpreter executes */
};

#define VAR(name, type, offset, text) CPU_OFFSET_##name = offset,
enum cpu_offset {
#include "cpu.def"
};
#undef VAR

_Static_assert(offsetof(struct cpu, fa) == CPU_OFFSET_FA, "cpu.def");
_Static_assert(sizeof(struct cpu) <= 2048, "CPU_SLOT");
_Static_assert(offsetof(struct cpu, fk) == CPU_OFFSET_FK, "cpu.def");
_Static_assert(offsetof(struct cpu, fsbase) == CPU_OFFSET_FSBASE, "cpu.def");
_Static_assert(offsetof(struct cpu, fuel) == CPU_OFFSET_FUEL, "cpu.def");
_Static_assert(offsetof(struct cpu, xmm) == CPU_OFFSET_XMM0, "cpu.def");
_Static_assert(offsetof(struct cpu, ymmh) == CPU_OFFSET_YMMH0, "cpu.def");

/* What translated code returns instead of a pc when the guest state in struct cpu must be dispatched anew. */
#define PC_UNWIND 1u

/* Why a side exit or TRAP terminator left translated code. */
enum trap {
	TRAP_NONE,
	TRAP_DIVIDE,            /* #DE: zero divisor or quotient overflow -> SIGFPE FPE_INTDIV */
	TRAP_UD,                /* #UD: ud2, privileged or undefined -> SIGILL */
	TRAP_UNKNOWN,           /* an instruction the lifter does not know -> SIGILL, reported by mnemonic */
	TRAP_BREAKPOINT,        /* int3 -> SIGTRAP */
	TRAP_PRIVILEGED,        /* #GP: hlt, in, out, cli ... -> SIGSEGV */
	TRAP_ALIGN,             /* #GP: misaligned 16-byte operand of an aligned form */
	TRAP_STACK,             /* the guest stack left its mapping -> SIGSEGV */
	TRAP_FETCH,             /* no executable mapping at rip -> SIGSEGV */
	TRAP_PAGE,              /* a guard failed: cpu->fault_addr -> SIGSEGV, SIGBUS, or a page of the stack appears */
	TRAP_CHECK,             /* a guard of compiled code failed, it may cover several accesses: the interpreter looks which one */
	TRAP_FLOAT,             /* #XM: an unmasked exception of SSE floating point -> SIGFPE */
	TRAP_X87,               /* #MF: an unmasked exception of the x87 is pending -> SIGFPE */
	TRAP_EXACT,             /* the process wants MXCSR obeyed from here on: the engine changes over and goes on at rip */
	TRAP_COUNT
};

#endif
