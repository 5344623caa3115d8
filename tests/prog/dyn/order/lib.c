#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void up(void) { printf("up %s\n", NAME); }
__attribute__((constructor(101))) static void early(void) { printf("early %s\n", NAME); }
__attribute__((constructor(2000))) static void later(void) { printf("later %s\n", NAME); }
__attribute__((destructor)) static void down(void) { printf("down %s\n", NAME); }
__attribute__((destructor(101))) static void last(void) { printf("last %s\n", NAME); }
static void at_end(void) { printf("atexit of %s\n", NAME); }
void FUNC(void) { printf("call %s\n", NAME); atexit(at_end); }
void _init_hook(void);
