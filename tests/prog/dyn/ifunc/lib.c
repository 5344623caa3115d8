#include <string.h>

static int one(int x) { return x + 1; }
static int two(int x) { return x * 2; }
static int resolved;

static int (*choose(void))(int) { resolved++; return __builtin_cpu_supports("sse2") ? two : one; }
static int (*choose_init(void))(int) { __builtin_cpu_init(); return __builtin_cpu_supports("sse4.2") ? two : one; }
int pick(int) __attribute__((ifunc("choose_init")));
static int hidden_pick(int) __attribute__((ifunc("choose")));
int (*pick_pointer)(int) = pick;
int call_hidden(int x) { return hidden_pick(x); }
int times_resolved(void) { return resolved > 0; }
__attribute__((target_clones("avx2", "sse4.2", "default"))) int
sum(const int *v, int n)
{
	int s = 0;

	for (int i = 0; i < n; i++)
		s += v[i] * 3;
	return s;
}
