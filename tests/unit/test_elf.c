/* test_elf.c - ELF images: what is refused, with which sentence and status; symbols, relocations, the bounded reader, SHA-256. */
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "asmelf.h"

static char path[64];

/* A small good file: one text segment of 64 bytes at 0x400000, headers included. */
struct image {
	Elf64_Ehdr h;
	Elf64_Phdr p;
	u8 code[64];
};

static struct image
good(void)
{
	struct image m = { .h = { .e_ident = ELFMAG, .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1,
		.e_entry = 0x400000 + offsetof(struct image, code), .e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 },
		.p = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000, .p_filesz = sizeof m,
			.p_memsz = sizeof m, .p_align = 4096 } };

	m.h.e_ident[EI_CLASS] = ELFCLASS64;
	m.h.e_ident[EI_DATA] = ELFDATA2LSB;
	m.h.e_ident[EI_VERSION] = 1;
	memset(m.code, 0xc3, sizeof m.code);
	return m;
}

static void
write_file(const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	ck_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

/* Opening file in a child must end with the status and one line that contains words. */
static void
refused_file(const char *file, int status, const char *words)
{
	char text[512] = "";
	int fds[2], st;
	ssize_t n = 0, got;

	ck_assert(pipe(fds) == 0);
	if (fork() == 0) {
		dup2(fds[1], 2);
		discover(&arena, elf_open(&arena, file), CPU_LEVEL);
		_exit(0);
	}
	close(fds[1]);
	while ((got = read(fds[0], text + n, sizeof text - 1 - n)) > 0)
		n += got;
	close(fds[0]);
	wait(&st);
	ck_assert_msg(WIFEXITED(st) && WEXITSTATUS(st) == status, "status %x: %s", st, text);
	ck_assert_msg(n > 0 && !strncmp(text, "elfport: ", 9) && strchr(text, '\n') == text + n - 1, "%s", text);
	ck_assert_msg(strstr(text, words) != NULL, "%s", text);
}

static void
refused(const void *bytes, size_t n, const char *words)
{
	write_file(bytes, n);
	refused_file(path, 126, words);
	unlink(path);
}

START_TEST(accepted)
{
	struct image m = good();
	struct elf *e;
	u8 b[4];

	write_file(&m, sizeof m);
	e = elf_open(&arena, path);
	unlink(path);
	ck_assert_uint_eq(e->type, ET_EXEC);
	ck_assert_uint_eq(e->lo, 0x400000);
	ck_assert_uint_eq(e->hi, 0x400000 + sizeof m);
	ck_assert_uint_eq(e->nseg, 1);
	ck_assert_uint_eq(elf_read(e, e->hi - 2, b, 4), 2);
	ck_assert_uint_eq(elf_read(e, e->hi, b, 4), 0);
	ck_assert_uint_eq(elf_read(e, 0x3fffff, b, 4), 0);
	ck_assert_ptr_null(elf_segment(e, e->hi));
	elf_close(e);
}
END_TEST

START_TEST(bad_files)
{
	struct image m;

	refused_file("/nowhere/at/all", 127, "no such file");
	refused_file("/tmp", 126, "is a directory");
	refused_file("/dev/null", 126, "not a regular file");
	refused("", 0, "empty");
	refused("#!/bin/sh\n", 10, "not an ELF file");
	m = good();
	refused(&m, 40, "truncated");
	refused(&m, sizeof m.h + 10, "program headers are cut off");
	refused(&m, sizeof m - 1, "ends behind the end of the file");
	m.h.e_ident[EI_CLASS] = ELFCLASS32;
	refused(&m, sizeof m, "32-bit");
	m = good();
	m.h.e_ident[EI_DATA] = ELFDATA2MSB;
	refused(&m, sizeof m, "big-endian");
	m = good();
	m.h.e_machine = EM_AARCH64;
	refused(&m, sizeof m, "AArch64");
	m.h.e_machine = 4711;
	refused(&m, sizeof m, "machine 4711");
	m = good();
	m.h.e_type = ET_REL;
	refused(&m, sizeof m, "neither an executable nor a shared object");
	m = good();
	m.h.e_phnum = 0;
	refused(&m, sizeof m, "program headers");
	m = good();
	m.p.p_type = PT_NOTE;
	refused(&m, sizeof m, "nothing to load");
	m = good();
	m.p.p_vaddr = 0x100000000;
	refused(&m, sizeof m, "above 4 GiB");
	m = good();
	m.p.p_memsz = 0x100000000;
	refused(&m, sizeof m, "above 4 GiB");
	m = good();
	m.p.p_memsz = 8;
	refused(&m, sizeof m, "malformed");
	m = good();
	m.p.p_vaddr += 8;
	refused(&m, sizeof m, "malformed");
}
END_TEST

/* Any byte of the headers may be anything: refused or read, never a crash. */
START_TEST(damaged)
{
	struct image m;
	int st;

	for (u32 at = 16; at < offsetof(struct image, code); at++) {
		m = good();
		((u8 *)&m)[at] ^= (u8)(_i ? 0xff : 1 << at % 8);
		write_file(&m, sizeof m);
		if (fork() == 0) {
			close(2);
			discover(&arena, elf_open(&arena, path), CPU_LEVEL);
			_exit(0);
		}
		wait(&st);
		ck_assert_msg(WIFEXITED(st) && (WEXITSTATUS(st) == 0 || WEXITSTATUS(st) >= 125), "byte %u: %x", at, st);
	}
	unlink(path);
}
END_TEST

START_TEST(symbols)
{
	const struct code *c = assemble(".globl _start\n.type _start,@function\n_start: ret\n.size _start,1\n nop\n"
		".type f,@function\nf: ret\n nop\n.size f,2\n.globl g\n.type g,@function\n.set g,f\n.size g,2\n nop\n.data\nd: .quad 1\n");
	u32 off;

	ck_assert_str_eq(elf_symbol(c->elf, label(c, "f"), &off), "g");
	ck_assert_uint_eq(off, 0);
	ck_assert_str_eq(elf_symbol(c->elf, label(c, "f") + 1, &off), "g");
	ck_assert_uint_eq(off, 1);
	ck_assert_ptr_null(elf_symbol(c->elf, label(c, "f") + 2, &off));
	ck_assert_ptr_null(elf_symbol(c->elf, label(c, "_start") + 1, &off));
	ck_assert_ptr_null(elf_symbol(c->elf, c->elf->lo, &off));
}
END_TEST

START_TEST(relocations)
{
	struct elf *e = build_with("gcc -O1 -pie -fPIE", "c", "int f(void) { return 1; } static int (*volatile p)(void) = f;\n"
		"int main(void) { return p(); }\n")->elf;
	u32 f = 0, found = 0;

	for (u32 i = 0; i < e->nsym; i++)
		if (!strcmp(e->sym[i].name, "f"))
			f = e->sym[i].addr;
	for (u32 i = 0; i < e->nreloc; i++) {
		found += e->reloc_target[i] == f;
		ck_assert(i == 0 || e->reloc_addr[i - 1] <= e->reloc_addr[i]);
	}
	ck_assert_uint_ge(found, 1);
	ck_assert_uint_ne(e->eh_frame.size, 0);
	ck_assert_str_eq(e->interp, "/lib64/ld-linux-x86-64.so.2");
	ck_assert_uint_ne(e->relro_size, 0);
}
END_TEST

START_TEST(hash)
{
	static const struct { const char *text, *hex; } v[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	u8 digest[32];
	char hex[65];

	for (u32 i = 0; i < sizeof v / sizeof *v; i++) {
		sha256(v[i].text, strlen(v[i].text), digest);
		for (u32 j = 0; j < 32; j++)
			sprintf(hex + 2 * j, "%02x", digest[j]);
		ck_assert_str_eq(hex, v[i].hex);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("elf");
	TCase *t = tcase_create("images");

	snprintf(path, sizeof path, "/tmp/test_elf-%d.elf", getpid());
	tcase_add_test(t, accepted);
	tcase_add_test(t, bad_files);
	tcase_add_loop_test(t, damaged, 0, 2);
	tcase_add_test(t, symbols);
	tcase_add_test(t, relocations);
	tcase_add_test(t, hash);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return run_suite(s);
}
