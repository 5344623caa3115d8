/* test_tuples.c - reads of one result of two are made single; every other byte of a module stays. */
#define EMIT_INTERNAL
#include <check.h>
#include "../../recompiler/emit/emit.h"
#include <stdlib.h>
#include <string.h>

static const u8 header[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };

/* A module of a custom section, a code section with the function twice, and another custom section; returns its size. */
static size_t
module(u8 *to, const u8 *body, u8 size)
{
	u8 custom[] = { 0, 3, 1, 'x', 7 }, *p = to;

	memcpy(p, header, sizeof header), p += sizeof header;
	memcpy(p, custom, sizeof custom), p += sizeof custom;
	*p++ = 10;
	*p++ = 0x80 | (2 * (size + 2) + 1), *p++ = 0;            /* a size of two bytes, as Binaryen pads them */
	*p++ = 2;
	for (int i = 0; i < 2; i++) {
		*p++ = 0x80 | size, *p++ = 0;
		memcpy(p, body, size), p += size;
	}
	memcpy(p, custom, sizeof custom), p += sizeof custom;
	return p - to;
}

struct pair {
	const char *what;
	u8 size, body[48];
	u8 want_size, want[48];
};

/* bodies: one group of 3 i64 locals, code, end */
#define LOCALS 1, 3, 0x7e
static const struct pair pairs[] = {
	{ "the first result", 10, { LOCALS, 0x20, 0, 0x20, 1, 0x1a, 0x0f, 0x0b }, 7, { LOCALS, 0x20, 0, 0x0f, 0x0b } },
	{ "behind a tee", 14, { LOCALS, 0x21, 1, 0x22, 0, 0x20, 1, 0x1a, 0x41, 3, 0x0b }, 11, { LOCALS, 0x21, 1, 0x22, 0, 0x41, 3, 0x0b } },
	{ "the second result", 13, { LOCALS, 0x20, 0, 0x20, 1, 0x21, 2, 0x1a, 0x20, 2, 0x0b }, 6, { LOCALS, 0x20, 1, 0x0b } },
	{ "a local that is read again", 15, { LOCALS, 0x20, 0, 0x20, 1, 0x21, 2, 0x1a, 0x20, 2, 0x20, 2, 0x0b },
	  15, { LOCALS, 0x20, 0, 0x20, 1, 0x21, 2, 0x1a, 0x20, 2, 0x20, 2, 0x0b } },
	/* bytes of immediates that look like local.get, drop */
	{ "constants", 18, { LOCALS, 0x42, 0xa0, 0x80, 0x1a, 0x44, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x0b },
	  18, { LOCALS, 0x42, 0xa0, 0x80, 0x1a, 0x44, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x0b } },
	{ "vectors", 26, { LOCALS, 0xfd, 12, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 0xfd, 21, 0x1a, 0x1a, 0x0b },
	  26, { LOCALS, 0xfd, 12, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 1, 0x1a, 0x20, 0xfd, 21, 0x1a, 0x1a, 0x0b } },
	{ "atomics, tables, branches", 28, { LOCALS, 0xfe, 0x1e, 2, 0x20, 0xfe, 3, 0, 0x0e, 2, 0x20, 1, 0x1a, 0x11, 0x20, 0, 0x28, 2, 0x1a,
	  0xfc, 10, 0, 0, 0x20, 0, 0x1a, 0x41, 0, 0x0b }, 25, { LOCALS, 0xfe, 0x1e, 2, 0x20, 0xfe, 3, 0, 0x0e, 2, 0x20, 1, 0x1a, 0x11, 0x20, 0, 0x28, 2, 0x1a,
	  0xfc, 10, 0, 0, 0x41, 0, 0x0b } },
};

START_TEST(thinned)
{
	const struct pair *t = &pairs[_i];
	u8 in[256], want[256];
	size_t n = module(in, t->body, t->size), m = module(want, t->want, t->want_size);

	n = tuples_tidy(in, n);
	ck_assert_msg(n == m && !memcmp(in, want, n), "%s: %zu bytes, not %zu", t->what, n, m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tuples");
	TCase *t = tcase_create("reads");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, thinned, 0, sizeof pairs / sizeof *pairs);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
