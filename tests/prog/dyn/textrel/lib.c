#include <stdio.h>
__attribute__((used)) static int table[3] = { 5, 6, 7 };
int *get(int i) { int *p; asm("movabs $table_, %0" : "=r"(p)); return p + i; }
asm(".set table_, table");
int sum(void) { int s = 0; for (int i = 0; i < 3; i++) s += *get(i); return s; }
long call(void) { int (*f)(const char *); asm("movabs $puts, %0" : "=r"(f)); return f("through a relocation in the text"); }
