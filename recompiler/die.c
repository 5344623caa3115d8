/* die.c - bad input ends the recompiler: one sentence on stderr and an exit status. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "recompiler.h"

static void
say(const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("elfport: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

_Noreturn void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(125);
}

_Noreturn void
die_status(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(status);
}
