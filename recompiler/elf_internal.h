/* elf_internal.h - what elf.c and elfsym.c share: bounded access to the bytes of an ELF file. */
#ifndef ELF_INTERNAL_H
#define ELF_INTERNAL_H

#include <elf.h>
#include "recompiler.h"

const void *elf_at(const struct elf *e, u64 offset, u64 n);      /* n bytes at a file offset, or NULL */
const char *elf_string(const struct elf *e, u64 table, u64 size, u64 index);  /* NUL-terminated inside its table, or NULL */
void elf_read_symbols(struct elf *e, const Elf64_Ehdr *h);
void elf_read_relocs(struct elf *e, const Elf64_Ehdr *h);

#endif
