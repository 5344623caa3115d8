/* cpulevel.c - the option --cpu: which x86-64 level guests see. */
#include <string.h>
#include "recompiler.h"

u32
cpu_level_parse(const char *text)
{
	if (text[0] != 'v' || text[1] < '1' || text[1] > '3' || text[2])
		die("--cpu knows v1, v2 and v3, not '%s'", text);
	return text[1] - '0';
}

const char *
cpu_level_options(u32 level)
{
	static const char *const text[] = { "", "cpu=v1", "", "cpu=v3" };

	_Static_assert(CPU_LEVEL == 2, "the empty string is the default's");
	return text[level];
}
