/* asmelf.h - assembles a text into a static ELF file, opens it and finds its code; labels are looked up as symbols. */
#ifndef ASMELF_H
#define ASMELF_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../recompiler/recompiler.h"

static struct arena arena;

static inline struct code *
build_with(const char *compiler, const char *suffix, const char *text)
{
	char src[64], out[64], cmd[512];
	struct code *c;
	FILE *f;

	snprintf(src, sizeof src, "/tmp/asmelf-%d.%s", getpid(), suffix);
	snprintf(out, sizeof out, "/tmp/asmelf-%d", getpid());
	f = fopen(src, "w");
	fputs(text, f);
	fclose(f);
	snprintf(cmd, sizeof cmd, "%s -o %s %s", compiler, out, src);
	ck_assert_msg(system(cmd) == 0, "%s", cmd);
	c = discover(&arena, elf_open(&arena, out), CPU_LEVEL);
	unlink(src);
	unlink(out);
	return c;
}

static inline struct code *
assemble(const char *text)
{
	return build_with("gcc -nostdlib -static -no-pie -Wl,--build-id=none", "s", text);
}

static inline u32
label(const struct code *c, const char *name)
{
	for (u32 i = 0; i < c->elf->nsym; i++)
		if (!strcmp(c->elf->sym[i].name, name))
			return c->elf->sym[i].addr;
	ck_abort_msg("no label %s", name);
}

static inline const struct code_func *
func_at(const struct code *c, u32 pc)
{
	for (u32 i = 0; i < c->nfunc; i++)
		if (c->func[i].pc == pc)
			return &c->func[i];
	return NULL;
}

static inline const struct code_blk *
blk_at(const struct code_func *f, u32 pc)
{
	for (u32 i = 0; f && i < f->nblk; i++)
		if (f->blk[i].pc == pc)
			return &f->blk[i];
	return NULL;
}

/* the first switch of a function */
static inline const struct code_blk *
switch_of(const struct code *c, const char *name)
{
	const struct code_func *f = func_at(c, label(c, name));

	for (u32 i = 0; f && i < f->nblk; i++)
		if (f->blk[i].table)
			return &f->blk[i];
	return NULL;
}

static inline int
run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	printf("%d passed, %d failed\n", srunner_ntests_run(r) - failed, failed);
	srunner_free(r);
	return failed != 0;
}

#endif
