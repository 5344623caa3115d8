/* makecontext and swapcontext: two contexts suspended inside one function, many switches, and a generator. libc: glibc */
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

static ucontext_t back, co[2];
static int sum[2];

__attribute__((noinline)) static void
step(int id, int i)
{
	sum[id] = sum[id] * 31 + i;
	swapcontext(&co[id], &back);
}

static void
body(int id, int n)
{
	for (int i = 0; i < n; i++)
		step(id, i);
}

int
main(void)
{
	for (int id = 0; id < 2; id++) {
		getcontext(&co[id]);
		co[id].uc_stack.ss_sp = malloc(65536);
		co[id].uc_stack.ss_size = 65536;
		co[id].uc_link = &back;
		makecontext(&co[id], (void (*)(void))body, 2, id, 1000 + id);
	}
	int live[2] = { 1001, 1002 };
	while (live[0] + live[1] > 0)
		for (int id = 0; id < 2; id++)
			if (live[id]-- > 0)
				swapcontext(&back, &co[id]);
			else
				live[id] = 0;
	printf("%d %d\n", sum[0], sum[1]);
	return 0;
}
