/*
 * cache.c - where recompiled files are kept and what names them.
 *
 * One folder per file, named by the hex SHA-256 over recompiler version, options and the ELF's bytes (docs/abi.md). A
 * folder appears complete, by rename, so readers and concurrent writers need no lock.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "commands.h"
#include "../build/version.h"

const char *
recompiler_version(void)
{
	return ELFPORT_VERSION;
}

char *
cache_default_dir(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *dir = NULL;

	if (xdg && xdg[0] == '/') {
		if (asprintf(&dir, "%s/elfport", xdg) < 0)
			return NULL;
	} else if (home && home[0] == '/') {
		if (asprintf(&dir, "%s/.cache/elfport", home) < 0)
			return NULL;
	}
	return dir;
}
