/*
 * shadow.c - the native side: a child that is stopped for ever, whose memory below 4 GiB is the guest's (one shared object, so that we write it without asking)
 * and whose registers are set and read with ptrace. It executes guest instructions one at a time, but no system call.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lockstep.h"

enum { LEGACY_XMM = 160, XSTATE_BV = 512, YMM = 576, AREA = 8192 };
#define LOW 0x10000u                             /* vm.mmap_min_addr */
#define END 0xff600000u

static pid_t shadow;
static u8 area[AREA];                            /* the child's XSAVE image as last read or written */
static size_t area_used;
static struct user_regs_struct regs;

static _Noreturn void
fail(const char *what)
{
	die("lockstep: %s: %s", what, strerror(errno));
}

void
shadow_start(void)
{
	int fd = memfd_create("guest", 0), status;
	struct iovec v = { area, sizeof area };

	if (fd < 0 || ftruncate(fd, END) < 0)
		fail("guest memory");
	if (mmap((void *)(uintptr_t)LOW, END - LOW, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd, LOW) == MAP_FAILED)
		fail("guest memory");
	close(fd);
	shadow = fork();
	if (shadow == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(1);
	}
	if (shadow < 0 || waitpid(shadow, &status, 0) < 0 || !WIFSTOPPED(status))
		fail("the native side");
	ptrace(PTRACE_SETOPTIONS, shadow, NULL, (void *)PTRACE_O_EXITKILL);
	if (ptrace(PTRACE_GETREGS, shadow, NULL, &regs) < 0 || ptrace(PTRACE_GETREGSET, shadow, (void *)NT_X86_XSTATE, &v) < 0)
		fail("the native side's registers");
	area_used = v.iov_len;
}

void
shadow_stop(void)
{
	if (shadow > 0)
		kill(shadow, SIGKILL);
}

static unsigned long long *const general[16] = {
	(void *)&regs.rax, (void *)&regs.rcx, (void *)&regs.rdx, (void *)&regs.rbx, (void *)&regs.rsp, (void *)&regs.rbp, (void *)&regs.rsi, (void *)&regs.rdi,
	(void *)&regs.r8, (void *)&regs.r9, (void *)&regs.r10, (void *)&regs.r11, (void *)&regs.r12, (void *)&regs.r13, (void *)&regs.r14, (void *)&regs.r15
};

static bool
has_ymm(void)
{
	return area_used >= YMM + 256;
}

void
shadow_load(const struct state *s)
{
	struct iovec v = { area, area_used };
	u32 mxcsr = 0x1f80;

	for (u32 i = 0; i < 16; i++)
		*general[i] = s->r[i];
	regs.rip = s->rip;
	regs.eflags = (s->flags & (EF_STATUS | EF_DF | EF_AC | EF_ID)) | EF_IF | 2;
	regs.fs_base = s->fsbase;
	regs.gs_base = s->gsbase;
	regs.orig_rax = -1ull;
	memcpy(area, &s->fcw, 2);
	memcpy(area + 2, &s->fsw, 2);
	area[4] = s->tags;
	memcpy(area + 24, &mxcsr, 4);
	for (u32 i = 0; i < 8; i++)
		memcpy(area + 32 + 16 * i, s->st[i], 10);
	memcpy(area + LEGACY_XMM, s->xmm, sizeof s->xmm);
	if (has_ymm()) {
		memcpy(area + YMM, s->ymmh, sizeof s->ymmh);
		area[XSTATE_BV] |= 7;
	}
	if (ptrace(PTRACE_SETREGS, shadow, NULL, &regs) < 0 || ptrace(PTRACE_SETREGSET, shadow, (void *)NT_X86_XSTATE, &v) < 0)
		fail("the native side's registers");
}

static void
fetch(struct state *s)
{
	struct iovec v = { area, sizeof area };

	if (ptrace(PTRACE_GETREGS, shadow, NULL, &regs) < 0 || ptrace(PTRACE_GETREGSET, shadow, (void *)NT_X86_XSTATE, &v) < 0)
		fail("the native side's registers");
	memset(s, 0, sizeof *s);
	for (u32 i = 0; i < 16; i++)
		s->r[i] = *general[i];
	s->rip = regs.rip;
	s->flags = regs.eflags & (EF_STATUS | EF_DF);
	s->fsbase = regs.fs_base;
	s->gsbase = regs.gs_base;
	memcpy(&s->fcw, area, 2);
	memcpy(&s->fsw, area + 2, 2);
	s->tags = area[4];
	for (u32 i = 0; i < 8; i++)
		memcpy(s->st[i], area + 32 + 16 * i, 10);
	memcpy(s->xmm, area + LEGACY_XMM, sizeof s->xmm);
	/* a component in its initial state may hold anything in the image */
	if (has_ymm() && area[XSTATE_BV] & 4)
		memcpy(s->ymmh, area + YMM, sizeof s->ymmh);
}

int
shadow_step(struct state *after, bool repeated)
{
	u64 from = regs.rip;
	int status;

	do {
		if (ptrace(PTRACE_SINGLESTEP, shadow, NULL, NULL) < 0 || waitpid(shadow, &status, 0) < 0 || !WIFSTOPPED(status))
			fail("the native side");
		fetch(after);
	} while (repeated && WSTOPSIG(status) == SIGTRAP && regs.rip == from);
	if (*GUEST_AT(u8, from) == 0x9c)                 /* pushfq has seen the trap flag */
		*GUEST_AT(u64, after->r[4]) &= ~(u64)EF_TF;
	return WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
}
