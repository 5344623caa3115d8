/*
 * libc.c - the few C library functions that the engine, the lifter and Zydis need, without the machinery behind a real one.
 * printf knows %d %u %x %s %c %p with width, zero padding and the l, ll, z lengths.
 */
#ifdef __wasm__
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* with bulk memory the builtins are single instructions */
void *
memcpy(void *dst, const void *src, size_t n)
{
	return __builtin_memcpy(dst, src, n);
}

void *
memmove(void *dst, const void *src, size_t n)
{
	return __builtin_memmove(dst, src, n);
}

void *
memset(void *dst, int c, size_t n)
{
	return __builtin_memset(dst, c, n);
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t
strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

int
strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

struct out { char *buf; size_t size, n; };

static void
put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->buf[o->n] = c;
	o->n++;
}

static void
put_number(struct out *o, uint64_t v, bool negative, unsigned radix, int width, char pad)
{
	char digit[24];
	int n = 0;

	do {
		digit[n++] = "0123456789abcdef"[v % radix];
		v /= radix;
	} while (v);
	if (negative)
		digit[n++] = '-';
	while (width-- > n)
		put(o, pad);
	while (n > 0)
		put(o, digit[--n]);
}

static void
put_text(struct out *o, const char *s, int width)
{
	size_t n = strlen(s);

	while (width-- > (int)n)
		put(o, ' ');
	while (*s)
		put(o, *s++);
}

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		int width = 0, wide = 0;
		char pad = ' ';
		int64_t v;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = '0';
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			wide += *fmt == 'l';
		switch (*fmt) {
		case 'd': case 'i':
			v = wide > 1 ? va_arg(args, int64_t) : va_arg(args, int);
			put_number(&o, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10, width, pad);
			break;
		case 'u': case 'x': case 'p':
			put_number(&o, wide > 1 ? va_arg(args, uint64_t) : va_arg(args, unsigned), false, *fmt == 'u' ? 10 : 16, width, pad);
			break;
		case 's':
			put_text(&o, va_arg(args, const char *), width);
			break;
		case 'c':
			put(&o, (char)va_arg(args, int));
			break;
		default:
			put(&o, *fmt);
		}
	}
	if (size)
		buf[o.n < size ? o.n : size - 1] = 0;
	return (int)o.n;
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}
#endif
