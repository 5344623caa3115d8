/*
 * tuples.c - what Binaryen writes to read one result of a call: both, and then throws the other one away. The bytes are walked once more and such
 * reads become single ones, a tenth of what a call takes. Nothing else changes, no instruction moves.
 *     local.get a, local.get b, drop                                          local.get a
 *     local.get a, local.get b, local.set s, drop, local.get s                local.get b, if s is used for nothing else
 */
#define EMIT_INTERNAL
#include "emit.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SECTION_CODE = 10 };
enum { DROP = 0x1a, LOCAL_GET = 0x20, LOCAL_SET, LOCAL_TEE };

struct bytes {
	const u8 *p, *end;
};

struct wasm_ins {
	u32 at, size;
	u8 op;
	u32 arg;                         /* of local.get, local.set, local.tee */
};

struct body {
	struct wasm_ins *v;
	u32 n, cap;
	bool *busy;                      /* locals that are read elsewhere than behind "local.set s, drop" */
	u32 localcap;
};

static u64
leb(struct bytes *b)
{
	u64 x = 0;

	for (u32 shift = 0; b->p < b->end; shift += 7) {
		u8 c = *b->p++;

		x |= shift < 64 ? (u64)(c & 0x7f) << shift : 0;
		if (!(c & 0x80))
			return x;
	}
	die("internal error: a wasm module ends in a number");
}

static void
skip(struct bytes *b, u32 nleb, u32 nbyte)
{
	while (nleb--)
		leb(b);
	if (nbyte > b->end - b->p)
		die("internal error: a wasm module ends in an instruction");
	b->p += nbyte;
}

/* The immediates of an instruction with a prefix: core specification, binary format, and the proposals for threads. */
static void
skip_prefixed(struct bytes *b, u8 prefix)
{
	u64 op = leb(b);

	if (prefix == 0xfe) {
		op == 3 ? skip(b, 0, 1) : skip(b, 2, 0);         /* atomic.fence */
	} else if (prefix == 0xfc) {
		skip(b, op < 8 ? 0 : op == 9 || op == 11 || op == 13 || op > 14 ? 1 : 2, 0);
	} else {
		if (op < 12 || op == 92 || op == 93)             /* v128 loads and stores */
			skip(b, 2, 0);
		else if (op == 12 || op == 13)                   /* v128.const, shuffle */
			skip(b, 0, 16);
		else if (op >= 21 && op <= 34)                   /* lanes */
			skip(b, 0, 1);
		else if (op >= 84 && op <= 91)                   /* loads and stores of lanes */
			skip(b, 2, 1);
	}
}

static struct wasm_ins
next_ins(struct bytes *b, const u8 *start)
{
	struct wasm_ins in = { .at = (u32)(b->p - start), .op = *b->p++ };

	switch (in.op) {
	case LOCAL_GET: case LOCAL_SET: case LOCAL_TEE:
		in.arg = (u32)leb(b);
		break;
	case 0x02: case 0x03: case 0x04:                         /* block, loop, if: their types are numbers, too */
	case 0x0c: case 0x0d: case 0x10: case 0x12:              /* br, br_if, call, return_call */
	case 0x23: case 0x24: case 0x25: case 0x26:              /* globals, tables */
	case 0x3f: case 0x40: case 0x41: case 0x42:              /* memory.size, memory.grow, i32.const, i64.const */
	case 0xd0: case 0xd2:                                    /* ref.null, ref.func */
		skip(b, 1, 0);
		break;
	case 0x0e: case 0x1c: {                                  /* br_table, select with types */
		u64 n = leb(b);

		for (n += in.op == 0x0e; n; n--)
			leb(b);
		break;
	}
	case 0x11: case 0x13:                                    /* call_indirect, return_call_indirect */
		skip(b, 2, 0);
		break;
	case 0x43: skip(b, 0, 4); break;                         /* f32.const */
	case 0x44: skip(b, 0, 8); break;                         /* f64.const */
	case 0xfc: case 0xfd: case 0xfe:
		skip_prefixed(b, in.op);
		break;
	default:
		if (in.op >= 0x28 && in.op <= 0x3e)              /* loads and stores */
			skip(b, 2, 0);
	}
	in.size = (u32)(b->p - start) - in.at;
	return in;
}

static void
note_local(struct body *f, u32 local)
{
	u32 cap = f->localcap;

	if (local < cap)
		return;
	while (cap <= local)
		cap = 2 * cap + 64;
	f->busy = realloc(f->busy, cap * sizeof *f->busy);
	if (!f->busy)
		die("out of memory");
	memset(f->busy + f->localcap, 0, (cap - f->localcap) * sizeof *f->busy);
	f->localcap = cap;
}

static void
read_body(struct body *f, struct bytes code)
{
	const u8 *start = code.p;

	f->n = 0;
	if (f->localcap)
		memset(f->busy, 0, f->localcap * sizeof *f->busy);
	while (code.p < code.end) {
		struct wasm_ins in = next_ins(&code, start);

		if (f->n == f->cap) {
			f->cap = 2 * f->cap + 1024;
			f->v = realloc(f->v, f->cap * sizeof *f->v);
			if (!f->v)
				die("out of memory");
		}
		if (in.op >= LOCAL_GET && in.op <= LOCAL_TEE)
			note_local(f, in.arg);
		if (in.op == LOCAL_TEE || (in.op == LOCAL_GET &&
			!(f->n >= 2 && f->v[f->n - 1].op == DROP && f->v[f->n - 2].op == LOCAL_SET && f->v[f->n - 2].arg == in.arg)))
			f->busy[in.arg] = true;
		f->v[f->n++] = in;
	}
}

/* Leaves out what reads for nothing. */
static void
thin(struct body *f)
{
	struct wasm_ins *v = f->v;
	u32 n = 0;

	for (u32 i = 0; i < f->n; i++) {
		struct wasm_ins in = v[i];

		if (in.op == DROP && n && v[n - 1].op == LOCAL_GET) {
			n--;
			continue;
		}
		v[n++] = in;
		if (in.op == LOCAL_GET && n >= 5 && !f->busy[in.arg] && v[n - 2].op == DROP && v[n - 3].op == LOCAL_SET && v[n - 3].arg == in.arg &&
			v[n - 4].op == LOCAL_GET && v[n - 5].op == LOCAL_GET) {
			v[n - 5] = v[n - 4];
			n -= 4;
		}
	}
	f->n = n;
}

static u8 *
put_leb(u8 *to, u32 x, u32 width)
{
	for (u32 i = 0; i < width; i++, x >>= 7)
		*to++ = (x & 0x7f) | (i + 1 < width ? 0x80 : 0);
	assert(!x);
	return to;
}

/* One function: its size, its locals, its instructions. Returns where the next one is to be written. */
static u8 *
tidy_function(struct body *f, struct bytes *in, u8 *to)
{
	const u8 *size_at = in->p, *code;
	u32 size = (u32)leb(in), width = (u32)(in->p - size_at);
	struct bytes body = { in->p, in->p + size };
	u8 *at = to + width;

	assert(size <= in->end - in->p);
	in->p += size;
	for (u64 n = leb(&body); n; n--)
		skip(&body, 1, 1);
	code = body.p;
	read_body(f, body);
	thin(f);
	memmove(at, body.end - size, size - (body.end - code));
	at += size - (body.end - code);
	for (u32 i = 0; i < f->n; i++) {
		memmove(at, code + f->v[i].at, f->v[i].size);
		at += f->v[i].size;
	}
	put_leb(to, (u32)(at - to) - width, width);
	return at;
}

size_t
tuples_tidy(u8 *module, size_t n)
{
	struct bytes in = { module + 8, module + n };
	struct body f = { 0 };
	u8 *to = module + 8;

	while (in.p < in.end) {
		u8 id = *in.p, *start = to;
		const u8 *size_at = in.p + 1;
		struct bytes section;
		u32 size, width;

		in.p++;
		size = (u32)leb(&in);
		width = (u32)(in.p - size_at);
		section = (struct bytes){ in.p, in.p + size };
		in.p += size;
		*to++ = id;
		to += width;
		if (id == SECTION_CODE) {
			const u8 *count_at = section.p;
			u32 count = (u32)leb(&section);

			memmove(to, count_at, section.p - count_at);
			to += section.p - count_at;
			while (count--)
				to = tidy_function(&f, &section, to);
		} else {
			memmove(to, section.p, size);
			to += size;
		}
		put_leb(start + 1, (u32)(to - start) - 1 - width, width);
	}
	free(f.v);
	free(f.busy);
	return to - module;
}
