/*
 * layout.h - the guest's wasm memory. Guest address X is wasm address X.
 *
 *          0 .. 0x10000     never mapped
 *    0x10000 .. 0x200000    the engine: hot tables at fixed addresses, its data, heap for cpus, C stack
 *   0x200000 .. 0xff5fffff  the guest; engine-owned mappings (code maps, block cache) are placed by the kernel
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#define PAGE_SIZE 4096u
#define WASM_PAGE 65536u
#define ENGINE_LO 0x10000u
#define ENGINE_HI 0x200000u

/* Direct-mapped cache of indirect targets: entry = (u64)table_index << 32 | pc, slot = ((pc >> 2) ^ (pc >> 12)) & mask. */
#define TARGETS_ADDR 0x30000u
#define TARGETS_COUNT 16384u                      /* 128 KiB, up to ENGINE_DATA */
/* struct cpu slots, one per task of the process; slot size is a power of two */
#define CPUS_ADDR 0x10000u
#define CPU_SLOT 2048u
#define CPUS_COUNT 64u                           /* up to TARGETS_ADDR; further cpus live in engine-owned mappings */
#define ENGINE_DATA 0x50000u                      /* the engine's --global-base; stack and data up to PERM_ADDR */
/* --precise-faults: one byte for each page of the address space, kept by the kernel */
#define PERM_ADDR 0x100000u
#define PERM_READ 1u
#define PERM_WRITE 2u                             /* such a page can be read as well */

#define GUEST_LO 0x200000u
#define GUEST_HI 0xff600000u                      /* the vsyscall page as an i32 stays reserved */

/* The stack window of struct cpu reaches this far above the rsp it was put around. */
#define WINDOW_SLACK (64u << 10)

#endif
