/*
 * usermode.c - instructions about the system that 64-bit user code may execute or is refused: descriptors, UMIP, segment loads, flags,
 * frames, random numbers, and the signals of what is privileged or does not exist. libc: glibc
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static sigjmp_buf out;

static void
handler(int sig)
{
	siglongjmp(out, sig);
}

#define TRY(name, ...) \
	do { \
		int sig = sigsetjmp(out, 1); \
		if (sig == 0) { \
			__VA_ARGS__; \
			printf("%s: done\n", name); \
		} else \
			printf("%s: signal %d\n", name, sig); \
	} while (0)
/* Processors and kernels differ in these: both outcomes are fine, signal 0 is none. */
#define EITHER(name, sig1, sig2, ...) \
	do { \
		int sig = sigsetjmp(out, 1); \
		if (sig == 0) { \
			__VA_ARGS__; \
		} \
		if (sig == (sig1) || sig == (sig2)) \
			printf("%s: signal %d or %d\n", name, sig1, sig2); \
		else \
			printf("%s: signal %d\n", name, sig); \
	} while (0)
#define BYTES(name, ...) TRY(name, __asm__ volatile(".byte " __VA_ARGS__ : : : "rax", "rbx", "rcx", "rdx", "memory", "cc"))

static void
descriptors(void)
{
	for (uint64_t s = 0; s < 0x70; s++) {
		uint64_t lar = 0x1122334455667788, lsl = lar;
		uint8_t z[4];

		__asm__ volatile("lar %2, %0; setz %1" : "+r"(lar), "=q"(z[0]) : "r"(s) : "cc");
		__asm__ volatile("lsl %2, %0; setz %1" : "+r"(lsl), "=q"(z[1]) : "r"(s) : "cc");
		__asm__ volatile("verr %w1; setz %0" : "=q"(z[2]) : "r"(s) : "cc");
		__asm__ volatile("verw %w1; setz %0" : "=q"(z[3]) : "r"(s) : "cc");
		if (s >= 0x20 && s <= 0x23 && (z[0] ? lar == 0xcffb00 && z[1] && lsl == 0xffffffff && z[2] && !z[3] : !(z[1] | z[2] | z[3])))
			printf("selector %lx: code of 32 bits, or none on kernels that do not run such programs\n", s);
		else if (z[0] | z[1] | z[2] | z[3])
			printf("selector %lx: lar %d %lx lsl %d %lx verr %d verw %d\n", s, z[0], lar, z[1], lsl, z[2], z[3]);
	}
}

static void
system_registers(void)
{
	uint8_t b[10];
	uint64_t x;

/* UMIP, which not every kernel has, hides where the tables are and does not clear the upper half of a register */
#define TABLE(insn) \
	memset(b, 0x55, 10); \
	TRY(insn, __asm__ volatile(insn " %0" : "=m"(b)); printf("a kernel's: %d ", b[8] == 0xff && b[9] == 0xff))
#define WORD(insn, constraint) \
	x = -1; \
	TRY(insn, __asm__ volatile(insn : constraint(x)); printf("%lx ", strstr(insn, "%k0") ? (uint32_t)x : x))
	TABLE("sgdt");
	TABLE("sidt");
	WORD("smsw %w0", "+r");
	WORD("smsw %k0", "+r");
	WORD("smsw %q0", "+r");
	WORD("smsw %0", "+m");
	WORD("sldt %k0", "+r");
	WORD("sldt %0", "+m");
	WORD("str %k0", "+r");
	WORD("str %w0", "+r");
}

static void
segments(void)
{
	static const int selectors[] = { 0, 1, 3, 8, 0x10, 0x18, 0x20, 0x23, 0x28, 0x2b, 0x30, 0x33, 0x38, 0x40, 0x7b };

	for (unsigned i = 0; i < sizeof selectors / sizeof *selectors; i++) {
		char name[16];

		snprintf(name, sizeof name, "ds %x", selectors[i]);
		if (selectors[i] >> 2 == 0x20 >> 2)
			EITHER(name, 0, SIGSEGV, __asm__ volatile("mov %%ds, %%ecx; mov %0, %%ds; mov %%ecx, %%ds" : : "r"(selectors[i]) : "ecx"));
		else
			TRY(name, __asm__ volatile("mov %%ds, %%ecx; mov %0, %%ds; mov %%ecx, %%ds" : : "r"(selectors[i]) : "ecx"));
		snprintf(name, sizeof name, "ss %x", selectors[i]);
		TRY(name, __asm__ volatile("mov %0, %%ss" : : "r"(selectors[i])));
	}
	BYTES("mov cs", "0x8e, 0xc8");
}

static void
refused(void)
{
	BYTES("rsm", "0x0f, 0xaa");
	BYTES("getsec", "0x0f, 0x37");
	BYTES("xsaves", "0x0f, 0xc7, 0x28");
	BYTES("xrstors", "0x0f, 0xc7, 0x18");
	BYTES("invpcid", "0x66, 0x0f, 0x38, 0x82, 0");
	BYTES("swapgs", "0x0f, 1, 0xf8");
	EITHER("sysexit", SIGILL, SIGSEGV, __asm__ volatile(".byte 0x0f, 0x35"));       /* AMD, Intel */
	BYTES("sysret", "0x0f, 7");
	BYTES("rdpmc", "0x0f, 0x33");
	BYTES("wbinvd", "0x0f, 9");
	BYTES("clac", "0x0f, 1, 0xca");
	BYTES("lmsw", "0x0f, 1, 0xf0");
	BYTES("mov cr0", "0x0f, 0x20, 0xc0");
	BYTES("mov dr0", "0x0f, 0x21, 0xc0");
	BYTES("int 0", "0xcd, 0");
	BYTES("int 3", "0xcd, 3");
	BYTES("int 4", "0xcd, 4");
	BYTES("int1", "0xf1");
	BYTES("int3", "0xcc");
	BYTES("ud0", "0x0f, 0xff, 0");
	BYTES("ud1", "0x0f, 0xb9, 0");
	BYTES("ud2", "0x0f, 0x0b");
	BYTES("lock nop", "0xf0, 0x90");
	BYTES("lock add eax, eax", "0xf0, 1, 0xc0");
	BYTES("lock mov", "0xf0, 0x89, 0x04, 0x24");
	BYTES("into", "0xce");
	BYTES("aam", "0xd4, 0x0a");
	BYTES("push es", "0x06");
	BYTES("lds", "0xc5, 0");
	BYTES("far call", "0x9a, 0, 0, 0, 0, 0, 0");
	BYTES("far jump", "0xea, 0, 0, 0, 0, 0, 0");
	BYTES("insb", "0x6c");
	BYTES("outsb", "0x6e");
	BYTES("iretq of nothing", "0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0, 0x48, 0xcf");
	BYTES("hlt", "0xf4");
	BYTES("cli", "0xfa");
	BYTES("sti", "0xfb");
	BYTES("serialize", "0x0f, 1, 0xe8");
	EITHER("movdiri", 0, SIGILL, __asm__ volatile("push %%rax; .byte 0x0f, 0x38, 0xf9, 0x04, 0x24; pop %%rax" : : : "memory"));
	BYTES("tpause", "0x66, 0x0f, 0xae, 0xf0");
	BYTES("bndmk", "0xf3, 0x0f, 0x1b, 0");
}

static void
small_things(void)
{
	uint64_t a, b, fs;
	uint32_t lo, hi;

	__asm__ volatile("pushfq; orq $0x240000, (%%rsp); popfq; pushfq; pop %0; pushfq; andq $~0x240000, (%%rsp); popfq" : "=r"(a) : : "cc");
	printf("ac and id: %lx\n", a & 0x240000);
	__asm__ volatile("stc; lahf; clc; sahf; setc %%al; movzx %%al, %0" : "=r"(lo) : : "rax", "cc");
	printf("lahf, sahf: %u\n", lo);
	__asm__ volatile("rdfsbase %0; wrfsbase %0; mov %%fs:0, %1" : "=r"(fs), "=r"(a));
	printf("fs base: %d\n", fs == a);
	__asm__ volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax; mov %%rax, %0; rdtscp; shl $32, %%rdx; or %%rdx, %%rax" : "=&r"(a), "=a"(b) : : "rdx", "rcx");
	printf("time goes on: %d\n", b >= a);
	lo = hi = 0;
	for (int i = 0; i < 16; i++) {
		uint64_t x;
		uint8_t ok;

		__asm__ volatile("rdrand %0; setc %1" : "=r"(x), "=q"(ok) : : "cc");
		lo += ok;
		hi |= (uint32_t)x ^ (uint32_t)(x >> 32);
	}
	printf("random: %u %d\n", lo, hi != 0);
}

int
main(void)
{
	static const int signals[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV };

	setvbuf(stdout, NULL, _IONBF, 0);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], handler);
	descriptors();
	system_registers();
	segments();
	refused();
	small_things();
	return 0;
}
