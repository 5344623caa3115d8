/*
 * missing.c - what the first program could not find when it was started: the interpreter that it or its script names, and the libraries
 * that its dynamic linker looked for. The dynamic linker is the program's own and names only the library; where it looked is said here when
 * the run ends as it does then, with status 127.
 */
#include "task.h"

static char name[256];                  /* of the library that was last looked for in vain */
static char folders[4096];
static char wanted[PATH_MAX];

/* An interpreter that cannot be opened. */
void
missing_interpreter(const char *path)
{
	strncpy(wanted, path, sizeof wanted - 1);
}

const char *
missing_wanted(void)
{
	return wanted[0] ? wanted : NULL;
}

/* The current task opened path, with r as the result. */
void
missing_opened(const char *path, int r)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t have, n = slash ? slash - path : 0;

	if (current->proc != init_proc || !strstr(base, ".so"))
		return;
	if (r != -ENOENT) {
		if (!strcmp(name, base))
			name[0] = 0;
		return;
	}
	/* its subfolders for kinds of processors tell nothing */
	if (strstr(path, "/glibc-hwcaps/") || strstr(path, "/tls/") || strstr(path, "/x86_64/"))
		return;
	if (strcmp(name, base)) {
		memset(name, 0, sizeof name);
		strncpy(name, base, sizeof name - 1);
		folders[0] = 0;
	}
	have = strlen(folders);
	if (have + n + 3 > sizeof folders)
		return;
	if (have) {
		memcpy(folders + have, ", ", 2);
		have += 2;
	}
	memcpy(folders + have, n ? path : ".", n ? n : 1);
	folders[have + (n ? n : 1)] = 0;
}

/* The run ends with this exit code. */
void
missing_report(int code)
{
	const char *root = boot_get("root", 0);

	if (code == 127 && name[0])
		klog("elfport: %s was looked for in %s%s%s", name, folders, root ? " under " : "", root ? root : "");
}
