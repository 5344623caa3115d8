/*
 * main.c - the command line: picks the subcommand.
 */
#include <stdio.h>
#include <string.h>
#include "recompiler.h"
#include "commands.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
};

static const struct command commands[] = {
	{ "run", cmd_run, "recompile (cached) and run a program under Node" },
	{ "compile", cmd_compile, "recompile one ELF file into a folder" },
	{ "inspect", cmd_inspect, "show what was found in an ELF file and what was not" },
};

static void
usage(FILE *f)
{
	fprintf(f, "Usage: elfport COMMAND [OPTIONS] [ARGS...]\n"
		"Recompiles x86-64 Linux programs to WebAssembly and runs them.\n\n");
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].what);
	fprintf(f, "\nelfport COMMAND --help shows a command's options; elfport --version its version.\n"
		"Try: elfport run /bin/busybox echo hello\n");
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return 125;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("elfport 0.1 (recompiler %s)\n", recompiler_version());
		return 0;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	die("unknown command '%s'; elfport --help lists them", argv[1]);
}
