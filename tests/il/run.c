/*
 * run.c - tests of the passes. A .il file is: "# passes: a b c", a function as text, a line "----", the text expected after those
 * passes. A second argument -u rewrites the expected halves; with -p FILE PASSES... the result of passes is printed.
 */
#include "../../recompiler/opt/opt.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *buf = calloc(1, 1 << 20);

	if (!f || !buf || fread(buf, 1, (1 << 20) - 1, f) == 0) {
		fprintf(stderr, "il: cannot read %s\n", path);
		exit(2);
	}
	fclose(f);
	return buf;
}

static char *
run_passes(const char *path, const char *text, char *names)
{
	struct arena a = { 0 };
	const char *err;
	struct func *f = ir_parse(&a, text, &err);
	char *buf;
	size_t len;

	if (!f) {
		fprintf(stderr, "il: %s: %s\n", path, err);
		exit(2);
	}
	ir_check(f, "parse");
	for (char *n = strtok(names, " "); n; n = strtok(NULL, " ")) {
		if (strcmp(n, "all") == 0)
			opt_run(f, NULL);
		else if (strcmp(n, "interp") == 0)
			opt_interp(f);
		else if (!opt_run_one(f, NULL, n)) {
			fprintf(stderr, "il: %s: no pass '%s'\n", path, n);
			exit(2);
		}
	}
	ir_print(f, &buf, &len);
	buf[len] = 0;
	arena_free(&a);
	return buf;
}

static bool
test(const char *path, bool update)
{
	char *text = read_file(path), *want = strstr(text, "----\n"), *got, names[256] = "";
	bool ok;

	if (sscanf(text, "# passes: %255[^\n]", names) != 1) {
		fprintf(stderr, "il: %s: no '# passes:' line\n", path);
		return false;
	}
	if (want) {
		*want = 0;
		want += 5;
	}
	got = run_passes(path, text, names);
	ok = want && !strcmp(got, want);
	if (!ok && update) {
		FILE *f = fopen(path, "wb");
		fprintf(f, "%s----\n%s", text, got);
		fclose(f);
	} else if (!ok) {
		fprintf(stderr, "il: %s: expected\n%s\ngot\n%s", path, want ? want : "(nothing)", got);
	}
	free(text);
	free(got);
	return ok;
}

int
main(int argc, char **argv)
{
	int bad = 0, n = 0;
	bool update = argc > 1 && !strcmp(argv[1], "-u");

	if (argc == 4 && !strcmp(argv[1], "-p")) {
		fputs(run_passes(argv[2], read_file(argv[2]), argv[3]), stdout);
		return 0;
	}
	for (int i = 1 + update; i < argc; i++, n++)
		bad += !test(argv[i], update);
	printf("%d passed, %d failed\n", n - bad, bad);
	return bad != 0;
}
