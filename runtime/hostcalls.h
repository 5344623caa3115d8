/*
 * hostcalls.h - C prototypes of include/host.def. Addresses in kernel memory are pointers, those in a guest memory u32;
 * calls that take (mm, address) take a u32 address for both: kaddr() makes one of a kernel pointer.
 */
#ifndef HOSTCALLS_H
#define HOSTCALLS_H

#include "../include/cpu.h"

#ifdef __wasm__
#define HOSTCALL(name) __attribute__((import_module("host"), import_name(#name))) name
#else
#define HOSTCALL(name) name
#endif

i32 HOSTCALL(x_mm_create)(u32);
void HOSTCALL(x_mm_destroy)(u32);
i32 HOSTCALL(x_mm_size)(u32);
i32 HOSTCALL(x_mm_grow)(u32, u32);
i32 HOSTCALL(x_mm_fork)(u32, u32);
void HOSTCALL(x_copy)(u32, u32, u32, u32, u32);
void HOSTCALL(x_fill)(u32, u32, u32, u32);
i32 HOSTCALL(x_get32)(u32, u32);
void HOSTCALL(x_put32)(u32, u32, u32);
i64 HOSTCALL(x_get64)(u32, u32);
void HOSTCALL(x_put64)(u32, u32, u64);
i32 HOSTCALL(x_cmpxchg32)(u32, u32, u32, u32);
i32 HOSTCALL(x_run)(u32, u32);
i32 HOSTCALL(x_fault_text)(u32, u32);
i32 HOSTCALL(x_code_find)(u32, u32, u32, u32);
i32 HOSTCALL(x_code_known)(u32);
i32 HOSTCALL(x_code_attach)(u32, u32, u32, u32);
i32 HOSTCALL(x_code_mapsize)(u32);
i32 HOSTCALL(x_code_resume)(u32, u32);
i32 HOSTCALL(x_code_exact)(u32, u32);
void HOSTCALL(x_engine_attach)(u32, u32);
void HOSTCALL(x_engine_detach)(u32, u32);
i64 HOSTCALL(x_clock)(u32);
void HOSTCALL(x_random)(u32, u32);
i32 HOSTCALL(x_console_kind)(u32);
i32 HOSTCALL(x_console_read)(u32, u32, u32, u32);
i32 HOSTCALL(x_console_write)(u32, u32, u32, u32);
i32 HOSTCALL(x_console_ready)(u32);
void HOSTCALL(x_console_raw)(u32, u32);
i32 HOSTCALL(x_console_size)(u32);
void HOSTCALL(x_log)(u32, u32);
i32 HOSTCALL(x_pack_index)(u32, u32);
i32 HOSTCALL(x_pack_read)(u32, u32, u32, u32, u32);
i32 HOSTCALL(x_store_stat)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_open)(u32, u32, u32, u32);
void HOSTCALL(x_store_close)(u32);
i32 HOSTCALL(x_store_fstat)(u32, u32);
i32 HOSTCALL(x_store_read)(u32, u32, u32, u32, u64);
i32 HOSTCALL(x_store_write)(u32, u32, u32, u32, u64);
i32 HOSTCALL(x_store_truncate)(u32, u64);
i32 HOSTCALL(x_store_sync)(u32);
i32 HOSTCALL(x_store_list)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_readlink)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_mkdir)(u32, u32, u32);
i32 HOSTCALL(x_store_unlink)(u32, u32, u32);
i32 HOSTCALL(x_store_rename)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_link)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_symlink)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_chmod)(u32, u32, u32);
i32 HOSTCALL(x_store_chown)(u32, u32, u32, u32);
i32 HOSTCALL(x_store_utimes)(u32, u32, u64, u64);
i32 HOSTCALL(x_boot_config)(u32, u32);
void HOSTCALL(x_exit)(u32);
void HOSTCALL(x_stop)(u32);
i32 HOSTCALL(x_turn_due)(void);
void HOSTCALL(x_report)(u32, u32, u32);

static inline u32
kaddr(const void *p)
{
	return (u32)(uintptr_t)p;
}

#endif
