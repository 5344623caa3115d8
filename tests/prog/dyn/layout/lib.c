#include <stdio.h>
#include <stdlib.h>
__attribute__((section(".text2"), noinline)) int second(int x) { return x * 3; }
__attribute__((section(".text3"), noinline)) int third(int (*f)(int), int x) { return f(x) + second(x); }
int first(int x) { return second(x) + third(second, x); }
