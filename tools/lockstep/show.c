/*
 * show.c - what is printed of a difference: the instruction with its IR and its wasm, and what the registers hold on both sides.
 */
#define _GNU_SOURCE
#include <unistd.h>
#include "lockstep.h"
#include "../../recompiler/emit/emit.h"

static size_t
read_guest(void *ctx, u32 pc, void *buf, size_t n)
{
	(void)ctx;
	memcpy(buf, GUEST_AT(u8, pc), n);
	return n;
}

/* the function of the text form that holds the instruction, by Binaryen's disassembler, which may be missing */
static void
show_wasm(const struct func *f)
{
	struct emit_options o = { .optimize = 1 };
	const char *const name = "instruction";
	struct emit *e = emit_new(&o, 1, &f->pc, &name);
	struct emit_stats st;
	u8 *code, *resume;
	size_t ncode, nresume;
	char path[] = "/tmp/lockstep-XXXXXX", command[128], line[4096];
	int fd = mkstemp(path);
	bool inside = false;
	FILE *p;

	if (fd < 0 || emit_func(e, f) != NULL)
		return;
	emit_finish(e, &code, &ncode, &resume, &nresume, &st);
	if (write(fd, code, ncode) != (ssize_t)ncode)
		return;
	close(fd);
	snprintf(command, sizeof command, "wasm-dis --all-features %s 2>/dev/null", path);
	p = popen(command, "r");
	while (p && fgets(line, sizeof line, p)) {
		if (strncmp(line, " (func ", 7) == 0)
			inside = true;
		if (inside)
			fputs(line, stderr);
		if (strcmp(line, " )\n") == 0)
			inside = false;
	}
	if (!p || pclose(p) != 0)
		fprintf(stderr, " (wasm-dis of the package binaryen is missing)\n");
	unlink(path);
}

void
show_instruction(const struct insn *in)
{
	struct arena a = { 0 };
	struct lift_source source = { read_guest, NULL, false };
	ZydisDisassembledInstruction d;
	struct func *f;
	char *text;
	size_t n;

	fprintf(stderr, "%x:", in->pc);
	for (u32 i = 0; i < in->z.length; i++)
		fprintf(stderr, " %02x", *GUEST_AT(u8, in->pc + i));
	if (ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, in->pc, GUEST_AT(u8, in->pc), 15, &d)))
		fprintf(stderr, "  %s", d.text);
	f = lift_block(&a, &source, in->pc, 1, 0xffffffff);
	ir_print(f, &text, &n);
	fprintf(stderr, "\n\nIR:\n%.*s", (int)n, text);
	free(text);
	opt_run(f, NULL);
	ir_print(f, &text, &n);
	fprintf(stderr, "\nIR after the passes:\n%.*s\nwasm:\n", (int)n, text);
	free(text);
	show_wasm(f);
	arena_free(&a);
}

static void
vector(const char *name, u32 i, const u8 *before, const u8 *native, const u8 *here)
{
	const u64 *b = (const u64 *)before, *n = (const u64 *)native, *h = (const u64 *)here;

	if (memcmp(n, h, 16) != 0)
		fprintf(stderr, "*%s%-2u before %016lx%016lx\n       native %016lx%016lx\n       here   %016lx%016lx\n", name, i, b[1], b[0], n[1], n[0], h[1], h[0]);
}

void
show_states(const struct state *before, const struct state *native, const struct state *here)
{
	static const char *const names[16] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
	};

	fprintf(stderr, "\n        before           native           here\n");
	for (u32 i = 0; i < 16; i++)
		fprintf(stderr, "%c%-5s %016lx %016lx %016lx\n", native->r[i] == here->r[i] ? ' ' : '*', names[i], before->r[i], native->r[i], here->r[i]);
	fprintf(stderr, "%crip   %16lx %16lx %16lx\n", native->rip == here->rip ? ' ' : '*', before->rip, native->rip, here->rip);
	fprintf(stderr, "%cflags %16lx %16lx %16lx\n", (native->flags ^ here->flags) & (EF_STATUS | EF_DF) ? '*' : ' ', before->flags, native->flags, here->flags);
	fprintf(stderr, " fs    %16lx %16lx %16lx\n", before->fsbase, native->fsbase, here->fsbase);
	for (u32 i = 0; i < 16; i++) {
		vector("xmm", i, before->xmm[i], native->xmm[i], here->xmm[i]);
		vector("ymmh", i, before->ymmh[i], native->ymmh[i], here->ymmh[i]);
	}
	for (u32 i = 0; i < 8; i++)
		if (memcmp(native->st[i], here->st[i], 10) != 0)
			fprintf(stderr, "*st%u    native %04x %016lx, here %04x %016lx\n", i, *(const u16 *)(native->st[i] + 8), *(const u64 *)native->st[i],
			    *(const u16 *)(here->st[i] + 8), *(const u64 *)here->st[i]);
	fprintf(stderr, " x87    native control %x status %x tags %x, here %x %x %x\n", native->fcw, native->fsw, native->tags, here->fcw, here->fsw, here->tags);
}
