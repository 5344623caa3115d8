/* syscalls.h - prototypes of all system calls, from syscalls.def. */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#define SYS0(nr, name, support) i64 sys_##name(void);
#define SYS1(nr, name, a, support) i64 sys_##name(u64 a0);
#define SYS2(nr, name, a, b, support) i64 sys_##name(u64 a0, u64 a1);
#define SYS3(nr, name, a, b, c, support) i64 sys_##name(u64 a0, u64 a1, u64 a2);
#define SYS4(nr, name, a, b, c, d, support) i64 sys_##name(u64 a0, u64 a1, u64 a2, u64 a3);
#define SYS5(nr, name, a, b, c, d, e, support) i64 sys_##name(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
#define SYS6(nr, name, a, b, c, d, e, f, support) i64 sys_##name(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
#include "syscalls.def"
#undef SYS0
#undef SYS1
#undef SYS2
#undef SYS3
#undef SYS4
#undef SYS5
#undef SYS6

#endif
