/*
 * memory.c - the kernel's own memory: allocation over the C library's allocator, which takes pages with memory.grow, and
 * last words.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "task.h"

void *
kmalloc(size_t n)
{
	return calloc(1, n ? n : 1);
}

void *
krealloc(void *p, size_t n)
{
	return realloc(p, n ? n : 1);
}

void
kfree(void *p)
{
	free(p);
}

#ifdef __wasm__
/* What the C library's sbrk asks its host for. */
int
emscripten_resize_heap(size_t want)
{
	size_t have = __builtin_wasm_memory_size(0) * 65536;

	if (want <= have)
		return 1;
	return __builtin_wasm_memory_grow(0, (want - have + 65535) / 65536) != (size_t)-1;
}

size_t
emscripten_get_heap_size(void)
{
	return __builtin_wasm_memory_size(0) * 65536;
}

void *
emscripten_memcpy_big(void *dst, const void *src, size_t n)
{
	return __builtin_memcpy(dst, src, n);
}

void
emscripten_notify_memory_growth(size_t index)
{
	(void)index;
}

/* The library sets up a main thread; it has no JavaScript side here. */
void
__emscripten_init_main_thread_js(void *thread)
{
	(void)thread;
}

_Noreturn void
emscripten_unwind_to_js_event_loop(void)
{
	__builtin_trap();
}

double
emscripten_get_now(void)
{
	return x_clock(CLOCK_MONOTONIC) / 1e6;
}
#endif

void
klog(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n > sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	x_log(kaddr(line), n);
}

void
panic(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (current && current->mm) {
		u32 pc = x_get32(current->mm->nr, current->cpu + offsetof(struct cpu, rip));

		klog("elfport: kernel panic: %s (task %d, pc 0x%x)", line, current->tid, pc);
	} else
		klog("elfport: kernel panic: %s", line);
	__builtin_trap();
}
