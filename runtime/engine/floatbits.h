/* floatbits.h - floats as their bits and back. */
#ifndef FLOATBITS_H
#define FLOATBITS_H

#include <string.h>
#include "../../include/cpu.h"

static inline u64
bits64(double x)
{
	u64 b;

	memcpy(&b, &x, 8);
	return b;
}

static inline u32
bits32(float x)
{
	u32 b;

	memcpy(&b, &x, 4);
	return b;
}

static inline double
double_of(u64 b)
{
	double x;

	memcpy(&x, &b, 8);
	return x;
}

static inline float
single_of(u32 b)
{
	float x;

	memcpy(&x, &b, 4);
	return x;
}

#endif
