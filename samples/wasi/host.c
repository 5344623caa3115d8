/*
 * host.c - host.def on WASI preview 1: one process, its recompiled code linked in, the program's file as /prog.
 * Guest memory is the module's second memory; guest.wat moves bytes (g_...).
 */
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include "../../include/cpu.h"
#include "../../include/linux.h"
#include "../../include/host.h"
#include "../../include/door.h"
#include "program.h"                    /* made by link.mjs: slots, numbers of entries, size of the ELF file */

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) i32 wasi_##name
#define GUEST_FN(name) __attribute__((import_module("guest"), import_name(#name)))
#define ENGINE_FN(name) __attribute__((import_module("engine"), import_name(#name)))

struct ciovec { u32 buf, len; };

WASI(fd_write)(i32 fd, const struct ciovec *v, u32 n, u32 *done);
WASI(fd_read)(i32 fd, const struct ciovec *v, u32 n, u32 *done);
WASI(fd_fdstat_get)(i32 fd, u8 stat[24]);
WASI(clock_time_get)(u32 id, u64 precision, u64 *t);
WASI(random_get)(void *p, u32 n);
WASI(args_sizes_get)(u32 *n, u32 *bytes);
WASI(args_get)(u32 *v, char *text);
WASI(environ_sizes_get)(u32 *n, u32 *bytes);
WASI(environ_get)(u32 *v, char *text);
WASI(sched_yield)(void);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"))) _Noreturn void wasi_proc_exit(i32 status);

GUEST_FN(size) i32 g_size(void);
GUEST_FN(grow) i32 g_grow(i32 pages);
GUEST_FN(copy) void g_copy(u32 dst, u32 src, u32 n);
GUEST_FN(copy_in) void g_copy_in(u32 kernel, u32 guest, u32 n);
GUEST_FN(copy_out) void g_copy_out(u32 guest, u32 kernel, u32 n);
GUEST_FN(fill) void g_fill(u32 dst, i32 byte, u32 n);
GUEST_FN(get32) i32 g_get32(u32 a);
GUEST_FN(put32) void g_put32(u32 a, i32 v);
GUEST_FN(get64) i64 g_get64(u32 a);
GUEST_FN(put64) void g_put64(u32 a, i64 v);
GUEST_FN(cmpxchg32) i32 g_cmpxchg32(u32 a, i32 expected, i32 v);
ENGINE_FN(run) void engine_run(i32 cpu);
ENGINE_FN(attach) void engine_attach(i32 map);
ENGINE_FN(detach) void engine_detach(i32 map);

void kernel_boot(void);
i64 kernel_step(void);
void kernel_event(i32 kind, i32 a, i32 b);
void __wasm_call_ctors(void);

extern const u8 program_elf[], program_map[];   /* program.c */
static char *config;
static size_t config_len;
static u8 bounce[65536];

static const char prog[] = "/prog";

#define KPTR(type, addr) ((type *)(uintptr_t)(u32)(addr))
#define KADDR(p) ((u32)(uintptr_t)(p))

/* ---- vm ---- */
/* One memory: init's empty mm and the one that execve makes for the program are both it; after the first run there is no other. */
static bool ran;

i32 x_mm_create(i32 mm) { return ran ? -ENOMEM : 0; }
void x_mm_destroy(i32 mm) { }
i32 x_mm_size(i32 mm) { return g_size(); }
i32 x_mm_fork(i32 mm, i32 old) { return -ENOMEM; }

i32
x_mm_grow(i32 mm, i32 pages)
{
	i32 have = g_size();

	return pages <= have || g_grow(pages - have) >= 0 ? 0 : -ENOMEM;
}

void
x_copy(i32 dmm, i32 dst, i32 smm, i32 src, i32 n)
{
	if (dmm && smm)
		g_copy(dst, src, n);
	else if (dmm)
		g_copy_out(dst, src, n);
	else if (smm)
		g_copy_in(dst, src, n);
	else
		memmove(KPTR(void, dst), KPTR(void, src), (u32)n);
}

void
x_fill(i32 mm, i32 dst, i32 byte, i32 n)
{
	if (mm)
		g_fill(dst, byte, n);
	else
		memset(KPTR(void, dst), byte, (u32)n);
}

i32 x_get32(i32 mm, i32 a) { return mm ? g_get32(a) : *KPTR(i32, a); }
void x_put32(i32 mm, i32 a, i32 v) { if (mm) g_put32(a, v); else *KPTR(i32, a) = v; }
i64 x_get64(i32 mm, i32 a) { return mm ? g_get64(a) : *KPTR(i64, a); }
void x_put64(i32 mm, i32 a, i64 v) { if (mm) g_put64(a, v); else *KPTR(i64, a) = v; }
i32 x_cmpxchg32(i32 mm, i32 a, i32 expected, i32 v) { return g_cmpxchg32(a, expected, v); }
i32 x_run(i32 mm, i32 cpu) { ran = true; engine_run(cpu); return 0; }
i32 x_fault_text(i32 buf, i32 size) { return 0; }
void x_engine_attach(i32 mm, i32 map) { engine_attach(map); }
void x_engine_detach(i32 mm, i32 map) { engine_detach(map); }
i32 x_code_resume(i32 mm, i32 id) { return PROGRAM_RESUME_SLOTS != 0; }
i32 x_code_mapsize(i32 id) { return 48 + 8 * (PROGRAM_NFUNC + PROGRAM_NRESUME); }

i32
x_code_find(i32 path, i32 len, i32 bytes, i32 size)
{
	return path && len == sizeof prog - 1 && !memcmp(KPTR(char, path), prog, len) ? 1 : -ENOENT;
}

i32 x_code_known(i32 hash) { return -ENOENT; }
i32 x_code_exact(i32 id, i32 compile) { return -ENOENT; }
i32 x_pack_index(i32 buf, i32 size) { return -ENOENT; }
i32 x_pack_read(i32 hash, i32 mm, i32 addr, i32 n, i32 at) { return -EIO; }

i32
x_code_attach(i32 mm, i32 id, i32 bias, i32 at)
{
	struct codemap map = { .id = 1, .bias = bias, .table_base = PROGRAM_TABLE_BASE, .nfunc = PROGRAM_NFUNC, .nresume = PROGRAM_NRESUME,
		.resume_base = PROGRAM_RESUME_SLOTS ? PROGRAM_TABLE_BASE + PROGRAM_SLOTS : 0, .resume_loaded = 1,
		.func = at + 48, .resume = at + 48 + 8 * PROGRAM_NFUNC };
	u32 range[2];

	if (bias)
		return -ENOEXEC;
	g_copy_in(KADDR(range), at + offsetof(struct codemap, lo), 8);  /* the kernel's own fields stay */
	map.lo = range[0];
	map.hi = range[1];
	g_copy_out(at, KADDR(&map), sizeof map);
	g_copy_out(at + 48, KADDR(program_map), 8 * (PROGRAM_NFUNC + PROGRAM_NRESUME));
	return 0;
}

/* ---- clock ---- */
i64
x_clock(i32 id)
{
	u64 t = 0;

	wasi_clock_time_get(id == 2 ? 1 : id, 1, &t);
	return t;
}

/* the C library's clock */
struct timespec;
i32
__clock_gettime(i32 id, struct timespec *ts)
{
	u64 t = x_clock(id);

	((i64 *)ts)[0] = t / 1000000000;
	((i32 *)ts)[2] = t % 1000000000;
	return 0;
}

void x_random(i32 buf, i32 n) { wasi_random_get(KPTR(void, buf), n); }

/* ---- console ---- */
i32
x_console_kind(i32 fd)
{
	u8 stat[24];

	return wasi_fd_fdstat_get(fd, stat) ? 0 : stat[0] == 4 ? 2 : 3;
}

i32
x_console_read(i32 fd, i32 mm, i32 addr, i32 n)
{
	struct ciovec v = { KADDR(bounce), (u32)n < sizeof bounce ? (u32)n : sizeof bounce };
	u32 done = 0;

	if (wasi_fd_read(fd, &v, 1, &done))
		return -EIO;
	x_copy(mm, addr, 0, KADDR(bounce), done);
	return done;
}

i32
x_console_write(i32 fd, i32 mm, i32 addr, i32 n)
{
	struct ciovec v = { KADDR(bounce), (u32)n < sizeof bounce ? (u32)n : sizeof bounce };
	u32 done = 0;
	i32 e;

	x_copy(0, KADDR(bounce), mm, addr, v.len);
	e = wasi_fd_write(fd, &v, 1, &done);
	return e ? (e == 64 ? -EPIPE : -EIO) : (i32)done;       /* 64: WASI's EPIPE */
}

i32 x_console_ready(i32 fd) { return 3; }
void x_console_raw(i32 fd, i32 raw) { }
i32 x_console_size(i32 fd) { return 24 << 16 | 80; }

void
x_log(i32 text, i32 len)
{
	x_console_write(2, 0, text, len);
	x_console_write(2, 0, KADDR("\n"), 1);
}

/* ---- store: the folder / with /prog in it ---- */
enum { HANDLE_ROOT = 1, HANDLE_PROG = 2 };

static int
which(i32 path, i32 len)
{
	const char *p = KPTR(char, path);

	return len == 1 && *p == '/' ? HANDLE_ROOT : len == sizeof prog - 1 && !memcmp(p, prog, len) ? HANDLE_PROG : -ENOENT;
}

i32
x_store_fstat(i32 h, i32 stat)
{
	*KPTR(struct host_stat, stat) = (struct host_stat){ .dev = 1, .ino = h, .mode = h == HANDLE_PROG ? 0100755 : 040755, .nlink = 1,
		.size = h == HANDLE_PROG ? PROGRAM_SIZE : 0, .blksize = 4096 };
	return 0;
}

i32
x_store_stat(i32 path, i32 len, i32 follow, i32 stat)
{
	int h = which(path, len);

	return h < 0 ? h : x_store_fstat(h, stat);
}

i32 x_store_open(i32 path, i32 len, i32 flags, i32 mode) { return flags & 3 ? -EROFS : which(path, len); }
void x_store_close(i32 h) { }

i32
x_store_read(i32 h, i32 mm, i32 addr, i32 n, i64 pos)
{
	u64 left = h == HANDLE_PROG && pos < PROGRAM_SIZE ? PROGRAM_SIZE - pos : 0;

	if (left < (u32)n)
		n = left;
	x_copy(mm, addr, 0, KADDR(program_elf + pos), n);
	return n;
}

i32
x_store_list(i32 path, i32 len, i32 buf, i32 size)
{
	static const u8 record[] = { 8, 4, 'p', 'r', 'o', 'g' };

	if (which(path, len) != HANDLE_ROOT)
		return -ENOTDIR;
	if ((u32)size < sizeof record)
		return -ERANGE;
	memcpy(KPTR(u8, buf), record, sizeof record);
	return sizeof record;
}

i32 x_store_write(i32 h, i32 mm, i32 addr, i32 n, i64 pos) { return -EROFS; }
i32 x_store_truncate(i32 h, i64 size) { return -EROFS; }
i32 x_store_sync(i32 h) { return 0; }
i32 x_store_readlink(i32 p, i32 n, i32 buf, i32 size) { return which(p, n) < 0 ? -ENOENT : -EINVAL; }
i32 x_store_mkdir(i32 p, i32 n, i32 mode) { return -EROFS; }
i32 x_store_unlink(i32 p, i32 n, i32 folder) { return -EROFS; }
i32 x_store_rename(i32 p, i32 n, i32 q, i32 m) { return -EROFS; }
i32 x_store_link(i32 p, i32 n, i32 q, i32 m) { return -EROFS; }
i32 x_store_symlink(i32 p, i32 n, i32 q, i32 m) { return -EROFS; }
i32 x_store_chmod(i32 p, i32 n, i32 mode) { return -EROFS; }
i32 x_store_chown(i32 p, i32 n, i32 uid, i32 gid) { return -EROFS; }
i32 x_store_utimes(i32 p, i32 n, i64 atime, i64 mtime) { return -EROFS; }

/* ---- boot ---- */
static void
record(const char *key, const char *value)
{
	size_t k = strlen(key), v = strlen(value);

	config = realloc(config, config_len + k + v + 2);
	memcpy(config + config_len, key, k);
	config[config_len + k] = '=';
	memcpy(config + config_len + k + 1, value, v + 1);
	config_len += k + v + 2;
}

static void
records(const char *key, i32 (*sizes)(u32 *, u32 *), i32 (*get)(u32 *, char *))
{
	u32 n = 0, bytes = 0, *v;

	if (sizes(&n, &bytes) || !n)
		return;
	v = malloc(n * sizeof *v);
	if (!get(v, malloc(bytes)))
		for (u32 i = 0; i < n; i++)
			record(key, KPTR(char, v[i]));
}

i32
x_boot_config(i32 buf, i32 size)
{
	if (buf && (u32)size >= config_len)
		memcpy(KPTR(char, buf), config, config_len);
	return config_len;
}

i32 x_turn_due(void) { return 1; }

void x_exit(i32 status) { wasi_proc_exit(status & 127 ? 128 + (status & 127) : status >> 8 & 255); }
void x_stop(i32 sig) { }
void x_report(i32 kind, i32 text, i32 len) { x_log(text, len); }

__attribute__((export_name("_start"))) void
start(void)
{
	i64 wait;

	record("prog", prog);
	record("cwd", "/");
	record("uid", "0");
	record("gid", "0");
	records("arg", wasi_args_sizes_get, wasi_args_get);
	records("env", wasi_environ_sizes_get, wasi_environ_get);
	kernel_boot();
	for (;;) {
		wait = kernel_step();
		if (wait < 0)
			kernel_event(1, 0, 0);
		else if (wait > 0)
			wasi_sched_yield();
	}
}
