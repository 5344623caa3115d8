/* What a program can learn about its own libraries: dl_iterate_phdr, dladdr, dlinfo, backtrace, the auxiliary vector, /proc/self/maps. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unwind.h>

int lib_call(int (*)(int), int);
extern int lib_data;

static const char *tail(const char *s) { const char *t = s ? strrchr(s, '/') : NULL; return t ? t + 1 : s ? s : "?"; }

static int
each(struct dl_phdr_info *i, size_t size, void *arg)
{
	if (strstr(i->dlpi_name, "vdso"))
		return 0;
	printf("%s:", *i->dlpi_name ? tail(i->dlpi_name) : "main");
	for (int k = 0; k < i->dlpi_phnum; k++)
		printf(" %x/%x/%zx", i->dlpi_phdr[k].p_type, i->dlpi_phdr[k].p_flags, (size_t)i->dlpi_phdr[k].p_memsz);
	printf(" tls %zu %d adds %d\n", i->dlpi_tls_modid, i->dlpi_tls_data != NULL, i->dlpi_adds >= 3);
	++*(int *)arg;
	return 0;
}

static _Unwind_Reason_Code
frame(struct _Unwind_Context *c, void *arg)
{
	Dl_info d;

	if (dladdr((void *)(_Unwind_GetIP(c) - 1), &d))
		printf("frame %s %s\n", tail(d.dli_fname), d.dli_sname ? d.dli_sname : "?");
	return ++*(int *)arg < 20 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

__attribute__((noinline)) int
callback(int n)
{
	void *pc[40];
	int k = backtrace(pc, 40), frames = 0;
	char **s = backtrace_symbols(pc, k);

	if (n > 0)
		return lib_call(callback, n - 1) + 1;
	for (int i = 0; i < k; i++) {
		char *end = strchr(s[i], '[');

		*end = 0;
		printf("%s\n", tail(s[i]));
	}
	_Unwind_Backtrace(frame, &frames);
	return k;
}

static void
about(const char *what, void *p)
{
	Dl_info d;
	struct link_map *m;

	if (!dladdr1(p, &d, (void **)&m, RTLD_DL_LINKMAP))
		printf("%s: unknown\n", what);
	else
		printf("%s: %s %s +%td\n", what, tail(d.dli_fname), d.dli_sname ? d.dli_sname : "-", d.dli_sname ? (char *)p - (char *)d.dli_saddr : 0);
}

int
main(void)
{
	int n = 0;
	char line[500];
	FILE *f = fopen("/proc/self/maps", "r");
	int text = 0, relro = 0;

	dl_iterate_phdr(each, &n);
	about("main", main);
	about("inside main", (char *)main + 3);
	about("lib_call", lib_call);
	about("lib_data", &lib_data);
	about("printf", dlsym(RTLD_DEFAULT, "printf"));
	about("stack", &n);
	printf("callback %d\n", lib_call(callback, 3));
	printf("entry %d phnum %d\n", getauxval(AT_ENTRY) > 0, getauxval(AT_PHNUM) > 5);
	while (fgets(line, sizeof line, f))
		if (strstr(line, "libintro.so")) {
			text += strstr(line, "r-xp") != NULL;
			relro += strstr(line, "r--p") != NULL;
		}
	printf("maps: text %d read-only %d\n", text, relro >= 3);
	return 0;
}
