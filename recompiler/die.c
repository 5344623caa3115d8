/* die.c - bad input ends the recompiler: one sentence on stderr and an exit status. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "recompiler.h"

static void
say(const char *fmt, va_list ap)
{
	char text[2048];

	fflush(stdout);
	vsnprintf(text, sizeof text, fmt, ap);
	fprintf(stderr, "elfport: %s\n", text);                  /* one write: other processes may speak, too */
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
