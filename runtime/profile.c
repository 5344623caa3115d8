/*
 * profile.c - --profile: where the interpreter was entered, per file and link address, over all processes. One line each at the
 * end of the run, most instructions first: instructions, entries, link address, file ("-": memory of no file).
 */
#include <stdio.h>
#include <stdlib.h>
#include "task.h"
#include "../include/door.h"

enum { NFILE = 256, NENTRY = 1 << 16, REPORT_PROFILE = 2 };

struct entry {
	u32 file, pc;
	u64 visits, instructions;
};

static char *files[NFILE];              /* [0]: none */
static u32 nfile = 1, nentry;
static struct entry *entries;           /* hash table, visits 0: free */

/* what is mapped at pc: a number of a file, and its code's load bias */
static u32
file_at(struct mm *mm, u32 pc, u32 *bias)
{
	struct vma *v = vma_find(mm, pc);
	char path[1024];

	*bias = 0;
	if (!v || !v->file)
		return 0;
	for (u32 i = 0; i < mm->ncode; i++)
		if (pc >= mm->code[i].lo && pc < mm->code[i].hi)
			*bias = mm->code[i].bias;
	file_path(v->file, path, sizeof path);
	for (u32 i = 1; i < nfile; i++)
		if (!strcmp(files[i], path))
			return i;
	if (nfile == NFILE || !(files[nfile] = kmalloc(strlen(path) + 1)))
		return 0;
	strcpy(files[nfile], path);
	return nfile++;
}

void
door_profile(u32 cpu, u32 pc, u32 instructions)
{
	u32 bias, file, i;

	(void)cpu;
	if (!current->mm || nentry > NENTRY / 4 * 3)
		return;
	if (!entries) {
		entries = kmalloc(NENTRY * sizeof *entries);
		if (!entries)
			return;
		memset(entries, 0, NENTRY * sizeof *entries);
	}
	file = file_at(current->mm, pc, &bias);
	pc -= bias;
	i = ((pc ^ file << 24) * 0x9e3779b1u) >> 16;
	while (entries[i].visits && (entries[i].pc != pc || entries[i].file != file))
		i = (i + 1) & (NENTRY - 1);
	nentry += !entries[i].visits;
	entries[i].file = file;
	entries[i].pc = pc;
	entries[i].visits++;
	entries[i].instructions += instructions;
}

static int
by_weight(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->instructions < y->instructions ? 1 : x->instructions > y->instructions ? -1 : 0;
}

void
profile_report(void)
{
	char line[1200];

	if (!entries)
		return;
	qsort(entries, NENTRY, sizeof *entries, by_weight);
	for (u32 i = 0; i < NENTRY && entries[i].visits; i++)
		x_report(REPORT_PROFILE, kaddr(line), snprintf(line, sizeof line, "%llu %llu 0x%x %s\n",
			(unsigned long long)entries[i].instructions, (unsigned long long)entries[i].visits, entries[i].pc,
			entries[i].file ? files[entries[i].file] : "-"));
}
