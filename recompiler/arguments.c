/*
 * arguments.c - parses a subcommand's options: one sentence and status 125 for a mistake, --help on stdout. The words after the first
 * argument that is no option are left alone where the command asks for that (ARGP_IN_ORDER).
 */
#define _GNU_SOURCE
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include "recompiler.h"
#include "commands.h"

enum { KEY_HELP = 0x1000 };

static const struct argp_option help_option[] = {
	{ "help", KEY_HELP, NULL, 0, "show this list", -1 },
	{ 0 }
};

static error_t
parse_help(int key, char *arg, struct argp_state *state)
{
	if (key != KEY_HELP)
		return ARGP_ERR_UNKNOWN;
	argp_help(state->root_argp, stdout, ARGP_HELP_LONG | ARGP_HELP_USAGE | ARGP_HELP_DOC, state->name);
	exit(0);
}

void
arguments(const struct argp *command, const char *name, int argc, char **argv, unsigned flags, void *input)
{
	static const struct argp help = { help_option, parse_help, NULL, NULL, NULL, NULL, NULL };
	const struct argp_child children[] = { { command, 0, NULL, 0 }, { &help, 0, NULL, 0 }, { 0 } };
	const struct argp both = { NULL, NULL, NULL, command->doc, children, NULL, NULL };
	char *full = NULL;
	int stopped = 0;

	if (asprintf(&full, "elfport %s", name) < 0)
		die("out of memory");
	argv[0] = full;
	if (argp_parse(&both, argc, argv, flags | ARGP_NO_ERRS | ARGP_NO_HELP, &stopped, input))
		die("%s: unknown option or missing value: '%s'; elfport %s --help lists the options", name,
			argv[stopped > 1 && stopped <= argc ? stopped - 1 : argc - 1], name);
}
