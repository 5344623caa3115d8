/* futex.h - the operations of futex.c, for sys_futex. Deadlines are CLOCK_MONOTONIC ns, 0: none. */
#ifndef FUTEX_H
#define FUTEX_H

#include "kernel.h"

i64 futex_wait(uptr p, u32 val, u64 deadline, u32 bitset);
i64 futex_wake(uptr p, u32 n, u32 bitset);
i64 futex_requeue(uptr p, uptr to, u32 nwake, u32 nmove, bool cmp, u32 val);
i64 futex_wake_op(uptr p, uptr to, u32 n1, u32 n2, u32 code);
i64 futex_lock_pi(uptr p, u64 deadline, bool try);
i64 futex_unlock_pi(uptr p);

#endif
