/* elf64.h - the parts of the ELF64 file format that mapping a program needs (System V ABI, AMD64 supplement). */
#ifndef ELF64_H
#define ELF64_H

#include "../include/cpu.h"

#define ET_EXEC 2
#define ET_DYN 3
#define EM_X86_64 62
#define PT_LOAD 1
#define PT_INTERP 3
#define PT_PHDR 6
#define PF_X 1
#define PF_W 2
#define PF_R 4

struct elf64_ehdr {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf64_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct file;
int elf_headers(struct file *f, struct elf64_ehdr *eh, struct elf64_phdr *ph);      /* ph: room for 128 */

#endif
