/* panic.c - the engine's last words: an invariant of ours is broken, or the lifter gave up. Then a wasm trap ends the process. */
#include <stdarg.h>
#include <stdio.h>
#include "../../recompiler/recompiler.h"
#include "engine.h"

static _Noreturn void
panic_text(const char *fmt, va_list args)
{
	char text[256];
	int n = vsnprintf(text, sizeof(text), fmt, args);

	door_log(text, n < (int)sizeof(text) ? (u32)n : (u32)sizeof(text) - 1);
	__builtin_trap();
}

void
engine_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_text(fmt, args);
}

#ifdef __wasm__
/* what the recompiler's files call: see recompiler/recompiler.h */
void
die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_text(fmt, args);
}

void
abort(void)
{
	engine_panic("abort");
}

void
__assert_fail(const char *expr, const char *file, int line, const char *func)
{
	engine_panic("%s:%d: %s: assertion %s", file, line, func, expr);
}
#endif
