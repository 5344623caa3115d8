/* commands.h - the subcommands of elfport; each gets its own argv (argv[0] is the command) and returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

int cmd_run(int argc, char **argv);              /* run.c */
int cmd_compile(int argc, char **argv);          /* compile.c */
int cmd_inspect(int argc, char **argv);          /* inspect.c */

/* arguments.c: parses argv for a command; dies with status 125 on a mistake; --help prints and exits. The parser gets input as usual and
   calls die() for wrong values. */
struct argp;
void arguments(const struct argp *command, const char *name, int argc, char **argv, unsigned flags, void *input);

/* cache.c */
const char *recompiler_version(void);            /* a hash of the recompiler's own sources */
char *cache_default_dir(void);                   /* $XDG_CACHE_HOME/elfport or ~/.cache/elfport; malloc'ed; NULL without a home */

#endif
