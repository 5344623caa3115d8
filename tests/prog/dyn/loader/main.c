/* A loader of its own: maps a library's segments by hand, at several addresses, whole and in part, moves them, calls into them, unmaps them. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static Elf64_Ehdr eh;
static Elf64_Phdr ph[16];
static long work_at, chain_at;

static void
symbols(const char *file)
{
	char cmd[4096], name[64];
	unsigned long value;
	FILE *p;

	snprintf(cmd, sizeof cmd, "%s.sym", file);
	p = fopen(cmd, "r");
	while (p && fscanf(p, "%lx %*c %63s", &value, name) == 2) {
		if (!strcmp(name, "work"))
			work_at = value;
		if (!strcmp(name, "chain"))
			chain_at = value;
	}
}

static char *
load(int fd)
{
	char *base = mmap(NULL, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < eh.e_phnum; i++) {
		Elf64_Phdr *p = &ph[i];
		size_t skip = p->p_vaddr & 4095;

		if (p->p_type == PT_LOAD && mmap(base + p->p_vaddr - skip, p->p_memsz + skip, ((p->p_flags & PF_R) ? PROT_READ : 0) |
			((p->p_flags & PF_W) ? PROT_WRITE : 0) | ((p->p_flags & PF_X) ? PROT_EXEC : 0), MAP_PRIVATE | MAP_FIXED, fd, p->p_offset - skip) == MAP_FAILED)
			perror("mmap");
	}
	return base;
}

int
main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY), n = 0;
	char *at[6], *moved, *copy;
	Elf64_Phdr *text = NULL;

	if (fd < 0 || read(fd, &eh, sizeof eh) != sizeof eh || pread(fd, ph, sizeof ph, eh.e_phoff) < 0)
		return 1;
	symbols(argv[1]);
	for (int i = 0; i < eh.e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && (ph[i].p_flags & PF_X))
			text = &ph[i];
	for (int i = 0; i < 6; i++) {
		int (*work)(int), (*chain)(int);

		at[i] = load(fd);
		work = (int (*)(int))(at[i] + work_at);
		chain = (int (*)(int))(at[i] + chain_at);
		printf("%d %d\n", work(1000 + i), chain(50));
	}
	for (int i = 0; i < 6; i += 2)
		munmap(at[i], 0x10000);
	printf("%d\n", ((int (*)(int))(at[1] + work_at))(77));
	/* only the text, elsewhere */
	moved = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, text->p_offset & ~4095ul);
	printf("%d\n", ((int (*)(int))(moved + (work_at - (text->p_vaddr & ~4095ul))))(99));
	moved = mremap(moved, 4096, 8192, MREMAP_MAYMOVE);
	printf("%d\n", ((int (*)(int))(moved + (work_at - (text->p_vaddr & ~4095ul))))(98));
	/* a copy that is written, made executable, changed and run again */
	copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(copy, moved, 4096);
	mprotect(copy, 4096, PROT_READ | PROT_EXEC);
	printf("%d\n", ((int (*)(int))(copy + (work_at - (text->p_vaddr & ~4095ul))))(97));
	/* write into attached text, then execute the new bytes */
	mprotect(at[3] + (text->p_vaddr & ~4095ul), 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(at[3] + work_at, "\xb8\x2a\x00\x00\x00\xc3", 6);
	n = ((int (*)(int))(at[3] + chain_at))(5);
	mprotect(at[3] + (text->p_vaddr & ~4095ul), 4096, PROT_READ | PROT_EXEC);
	printf("%d %d %d\n", ((int (*)(int))(at[3] + work_at))(1), n, ((int (*)(int))(at[5] + work_at))(5));
	return 0;
}
