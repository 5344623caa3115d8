/*
 * quit.c - ends the Node process at once: loading this as an addon does it. process.exit() would wait until V8's background threads have
 * optimised the functions they are at, which takes seconds for a large one. Everything was written by then; the status stands in the environment.
 */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void
quit(void)
{
	const char *status = getenv("ELFPORT_STATUS");

	if (status)
		_exit(atoi(status));
}
