/* kernel.h - what a benchmark kernel provides: no libc, one function of the amount of work, a checksum as result. */
#ifndef KERNEL_H
#define KERNEL_H
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;
u64 kernel(u32 n);
static inline u32
rnd(u32 *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}
#endif
