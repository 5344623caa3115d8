/* Order of atexit, destructors and stream flushing. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void a(void) { puts("a"); }
static void b(void) { puts("b"); atexit(a); }
static void c(int status, void *arg) { printf("c %d %s\n", status, (char *)arg); }
__attribute__((constructor)) static void begin(void) { puts("constructor"); }
__attribute__((destructor)) static void end(void) { puts("destructor"); }

int
main(void)
{
	atexit(a);
	atexit(b);
	(void)c;
	printf("no newline, flushed at exit");
	exit(9);
}
