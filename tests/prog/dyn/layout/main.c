/* Text in several segments, of the program and of a library; calls, pointers and jump tables from one to the other. */
#include <stdio.h>
int first(int);
#ifdef SPLIT
__attribute__((section(".text2"), noinline))
#endif
static int
far(int x)
{
	switch (x) {
	case 0: return 5;
	case 1: return first(2);
	case 2: return puts("two") > 0;
	case 3: return -1;
	case 4: return first(9);
	case 5: return puts("five");
	case 6: return 77;
	}
	return 0;
}
#ifdef SPLIT
__attribute__((section(".text3"), noinline)) static int behind(int (*f)(int), int x) { return f(x) + first(x); }
#else
#define behind(f, x) (f)(x)
#endif
int
main(void)
{
	int s = 0;

	for (int i = 0; i < 8; i++)
		printf("%d\n", s += behind(far, i));
	for (int i = 0; i < 1000000; i++)
		s += first(i & 7);
	printf("%d\n", s);
	return 0;
}
