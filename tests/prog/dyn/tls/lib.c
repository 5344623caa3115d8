#include <string.h>

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define N(x) CAT(PREFIX, x)

__thread int N(counter) = START;
static __thread int mine = 100, yours = 200;
static __thread char zeros[300];
__thread __attribute__((aligned(64))) long N(aligned)[3] = { 1, 2, 3 };

int N(count)(void) { return N(counter)++; }
int N(local)(void) { mine += 1; yours += 2; zeros[mine % 300]++; return mine * 1000 + yours + zeros[299]; }
int N(is_aligned)(void) { return ((unsigned long)N(aligned) & 63) == 0 && N(aligned)[2]++ >= 3; }
int *N(address)(void) { return &N(counter); }
