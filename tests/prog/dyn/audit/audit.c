#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
#include <string.h>
static const char *tail(const char *s) { const char *t = strrchr(s, '/'); return t ? t + 1 : s; }
unsigned la_version(unsigned v) { return v; }
unsigned la_objopen(struct link_map *m, Lmid_t id, uintptr_t *cookie)
{
	(void)id;
	if (*m->l_name && !strstr(m->l_name, "vdso"))
		fprintf(stderr, "open %s\n", tail(m->l_name));
	*cookie = (uintptr_t)m;
	return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}
uintptr_t la_symbind64(Elf64_Sym *s, unsigned n, uintptr_t *r, uintptr_t *d, unsigned *flags, const char *name)
{
	(void)n; (void)r; (void)d; (void)flags;
	if (!strcmp(name, "puts") || !strcmp(name, "strtol"))
		fprintf(stderr, "bind %s\n", name);
	return s->st_value;
}
Elf64_Addr la_x86_64_gnu_pltenter(Elf64_Sym *s, unsigned n, uintptr_t *r, uintptr_t *d, La_x86_64_regs *regs, unsigned *flags, const char *name, long *frame)
{
	(void)n; (void)r; (void)d; (void)flags;
	if (!strcmp(name, "puts"))
		fprintf(stderr, "enter puts(%s)\n", (char *)regs->lr_rdi);
	*frame = 0;
	return s->st_value;
}
