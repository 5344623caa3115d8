/*
 * v3state.c - the ymm registers across signals, threads, fork, setjmp, xsave and lazily bound calls; what CPUID and XGETBV say. libc: glibc
 * cpu: v3
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static __m256i seen;

static void
on_signal(int sig, siginfo_t *info, void *context)
{
	const uint8_t *fp = (const uint8_t *)((ucontext_t *)context)->uc_mcontext.fpregs;
	uint32_t magic;
	uint64_t features;

	memcpy(&magic, fp + 464, 4);
	memcpy(&features, fp + 472, 8);
	printf("magic %x, has x87 sse avx: %d\n", magic, (features & 7) == 7);
	printf("upper half of ymm5: %lx\n", *(const uint64_t *)(fp + 576 + 5 * 16));
	*(uint64_t *)(fp + 576 + 5 * 16 + 8) = 0x99;
	__asm__ volatile("vzeroall" : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
	_mm256_zeroall();
}

static void
signals(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO };
	uint64_t v[4] = { 1, 2, 3, 4 };

	sa.sa_sigaction = on_signal;
	sigaction(SIGUSR1, &sa, NULL);
	__asm__ volatile(
		"vmovdqu (%0), %%ymm5\n"
		"mov %1, %%edi\n mov %2, %%esi\n mov $234, %%eax\n mov %3, %%edx\n"
		"syscall\n"
		"vmovdqu %%ymm5, (%0)\n"
		: : "r"(v), "r"(getpid()), "r"(gettid()), "i"(SIGUSR1) : "rax", "rcx", "rdx", "rdi", "rsi", "r11", "xmm5", "memory");
	printf("after the signal: %lx %lx %lx %lx\n", v[0], v[1], v[2], v[3]);
}

static void *
thread(void *arg)
{
	__m256i x = _mm256_set1_epi64x((long)arg), y = x;

	for (int i = 0; i < 2000; i++) {
		y = _mm256_add_epi64(y, x);
		if (i % 200 == 0) {
			__asm__ volatile("" : "+x"(y));
			sched_yield();
		}
	}
	return (void *)(_mm256_extract_epi64(y, 3) + _mm256_extract_epi64(y, 0));
}

static void
threads(void)
{
	pthread_t t[4];

	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, thread, (void *)(i + 1));
	for (int i = 0; i < 4; i++) {
		void *r;

		pthread_join(t[i], &r);
		printf("thread %d: %ld\n", i, (long)r);
	}
}

static void
forks(void)
{
	uint64_t v[4] = { 5, 6, 7, 8 };
	long pid;

	__asm__ volatile("vmovdqu (%1), %%ymm6\n mov $57, %%eax\n syscall\n vmovdqu %%ymm6, (%1)\n"
		: "=&a"(pid) : "r"(v) : "rcx", "r11", "xmm6", "memory");
	if (pid == 0) {
		printf("child: %lu %lu\n", v[2], v[3]);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("parent: %lu %lu\n", v[2], v[3]);
}

static void
images(void)
{
	static uint8_t image[1024] __attribute__((aligned(64)));
	uint64_t v[4] = { 11, 12, 13, 14 };

	__asm__ volatile("vmovdqu (%0), %%ymm7\n mov $7, %%eax\n xor %%edx, %%edx\n xsave64 (%1)\n vzeroall\n mov $4, %%eax\n xrstor64 (%1)\n"
		"vmovdqu %%ymm7, (%0)\n" : : "r"(v), "r"(image) : "rax", "rdx", "xmm7", "memory");
	printf("only avx: %lu %lu %lu %lu\n", v[0], v[1], v[2], v[3]);
	__asm__ volatile("mov $6, %%eax\n xor %%edx, %%edx\n xrstor64 (%1)\n vmovdqu %%ymm7, (%0)\n"
		: : "r"(v), "r"(image) : "rax", "rdx", "xmm7", "memory");
	printf("all: %lu %lu %lu %lu\n", v[0], v[1], v[2], v[3]);
	memset(image, 0, sizeof image);
	__asm__ volatile("vzeroall\n mov $6, %%eax\n xor %%edx, %%edx\n xsavec64 (%0)\n" : : "r"(image) : "rax", "rdx", "memory");
	printf("nothing in use: %x %lx\n", image[512] & 4, *(uint64_t *)(image + 520) & ~1ul);
}

int
main(void)
{
	unsigned a, b, c, d;
	uint32_t xcr0, high;

	__cpuid_count(7, 0, a, b, c, d);
	printf("avx2 %d bmi1 %d bmi2 %d\n", b >> 5 & 1, b >> 3 & 1, b >> 8 & 1);
	__cpuid(1, a, b, c, d);
	printf("fma %d f16c %d movbe %d osxsave %d avx %d\n", c >> 12 & 1, c >> 29 & 1, c >> 22 & 1, c >> 27 & 1, c >> 28 & 1);
	__asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(high) : "c"(0));
	printf("xcr0 %x\n", xcr0 & 7);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("level: %d\n", __builtin_cpu_supports("x86-64-v3") != 0);
	signals();
	threads();
	forks();
	images();
	return 0;
}
