/* check.h - for tests of system calls: ordinary programs that pass natively. CHECK prints what failed; DONE ends with "ok". */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(c) do { \
	if (!(c)) { \
		printf("%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #c, errno); \
		fflush(stdout); \
		_exit(1); \
	} \
} while (0)
#define FAILS(call, e) do { \
	errno = 0; \
	CHECK((call) == -1 && errno == (e)); \
} while (0)
#define DONE() do { puts("ok"); return 0; } while (0)

#endif
