/* setjmp and longjmp out of deep and shallow frames, in loops, with callee-saved registers alive. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static jmp_buf env, inner;

__attribute__((noinline)) static int
down(int n, int v)
{
	if (n == 0)
		longjmp(env, v);
	return down(n - 1, v) + n;
}

int
main(void)
{
	volatile int count = 0;
	int sum = 0;

	for (int i = 1; i <= 200; i++) {
		int r = setjmp(env);
		if (r == 0)
			down(i % 50, i);
		sum += r;
		count++;
	}
	printf("%d %d\n", count, sum);
	volatile int loops = 0;
	if (setjmp(inner) < 100000) {
		loops++;
		if (loops < 100000)
			longjmp(inner, loops);
	}
	printf("%d\n", loops);
	sigjmp_buf s;
	volatile int mask = sigsetjmp(s, 1);
	if (mask < 5)
		siglongjmp(s, mask + 1);
	printf("%d\n", mask);
	return 0;
}
