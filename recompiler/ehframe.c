/*
 * ehframe.c - .eh_frame (LSB core specification, 10.6; DWARF 4, 6.4): the range of every function, its landing pads from the
 * language-specific data area, and enough of its call frame instructions to know where the frame is empty. Malformed
 * records end the reading; what was read until then stays.
 */
#include <stdlib.h>
#include <string.h>
#include "recompiler.h"
#include "discover.h"

enum {                           /* DW_EH_PE_* */
	PE_OMIT = 0xff, PE_FORM = 0x0f, PE_PCREL = 0x10, PE_RELATION = 0x70, PE_INDIRECT = 0x80,
	PE_ABSPTR = 0, PE_ULEB = 1, PE_UDATA2 = 2, PE_UDATA4 = 3, PE_UDATA8 = 4,
	PE_SLEB = 9, PE_SDATA2 = 10, PE_SDATA4 = 11, PE_SDATA8 = 12
};

enum { LSDA_HEAD = 64, LSDA_MAX = 128 * 1024 };

/* A position in a copied run of bytes; reading past the end sets bad and gives zeros. */
struct cursor {
	const u8 *base;
	u32 at, end;
	u32 addr;                /* link address of base[0] */
	bool bad;
};

struct cie {
	u8 ptr_enc, lsda_enc;
	bool augmented, signal;
	i32 code_align;
	u32 insns, end;
};

static u64
fixed(struct cursor *c, u32 n)
{
	u64 v = 0;

	if (n > c->end - c->at) {
		c->bad = true;
		c->at = c->end;
		return 0;
	}
	memcpy(&v, c->base + c->at, n);
	c->at += n;
	return v;
}

static void
skip(struct cursor *c, u64 n)
{
	if (n > c->end - c->at) {
		c->bad = true;
		n = c->end - c->at;
	}
	c->at += (u32)n;
}

static u64
leb(struct cursor *c, bool sign)
{
	u64 v = 0, byte;
	u32 shift = 0;

	do {
		byte = fixed(c, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (sign && byte & 0x40 && shift < 64)
		v |= ~0ULL << shift;
	return v;
}

static u32
pointer(struct cursor *c, u8 enc)
{
	u32 here = c->addr + c->at;
	u64 v;

	switch (enc & PE_FORM) {
	case PE_ABSPTR: case PE_UDATA8: case PE_SDATA8: v = fixed(c, 8); break;
	case PE_ULEB: v = leb(c, false); break;
	case PE_SLEB: v = leb(c, true); break;
	case PE_UDATA2: v = fixed(c, 2); break;
	case PE_SDATA2: v = (u64)(i64)(i16)fixed(c, 2); break;
	case PE_UDATA4: v = fixed(c, 4); break;
	case PE_SDATA4: v = (u64)(i64)(i32)fixed(c, 4); break;
	default: c->bad = true; return 0;
	}
	if (v && (enc & PE_RELATION) == PE_PCREL)
		v += here;
	return (u32)v;
}

static bool
read_cie(const struct disc *d, u32 at, u32 end, struct cie *cie)
{
	struct cursor c = { d->eh, at, end, d->elf->eh_frame.addr, false };
	const char *aug;
	u8 version = (u8)fixed(&c, 1);

	memset(cie, 0, sizeof *cie);
	cie->lsda_enc = PE_OMIT;
	aug = (const char *)d->eh + c.at;
	if ((version != 1 && version != 3) || !memchr(aug, 0, end - c.at))
		return false;
	c.at += (u32)strlen(aug) + 1;
	cie->code_align = (i32)leb(&c, false);
	leb(&c, true);                                           /* data alignment */
	if (version == 1)
		fixed(&c, 1);
	else
		leb(&c, false);                                  /* return address register */
	if (*aug == 'z') {
		u32 len = (u32)leb(&c, false), data = c.at;

		cie->augmented = true;
		for (const char *p = aug + 1; *p && !c.bad; p++) {
			if (*p == 'R')
				cie->ptr_enc = (u8)fixed(&c, 1);
			else if (*p == 'L')
				cie->lsda_enc = (u8)fixed(&c, 1);
			else if (*p == 'P')
				pointer(&c, (u8)fixed(&c, 1));
			else if (*p == 'S')
				cie->signal = true;
			else
				break;
		}
		if (len > end - data)
			return false;
		c.at = data + len;
	}
	cie->insns = c.at;
	cie->end = end;
	return !c.bad;
}

static void
add_pad(struct disc *d, u32 pad, u32 lo, u32 size)
{
	u32 last = pcmap_get(&d->padmap, pad);

	vec_push(&d->pads, pad);
	vec_push(&d->sites, lo);
	vec_push(&d->sites, lo + size);
	vec_push(&d->sites, last);
	pcmap_put(&d->padmap, pad, d->sites.n);
}

/* The call-site table of a language-specific data area: every landing pad is code that nothing jumps to. */
static void
read_lsda(struct disc *d, u32 addr, u32 func)
{
	u8 buf[LSDA_MAX];
	struct cursor c = { buf, 0, (u32)elf_read(d->elf, addr, buf, LSDA_HEAD), addr, false };
	u32 start = func, table_end, len;
	u8 enc = (u8)fixed(&c, 1);

	if (enc != PE_OMIT)
		start = pointer(&c, enc);
	enc = (u8)fixed(&c, 1);
	if (enc != PE_OMIT)
		leb(&c, false);
	enc = (u8)fixed(&c, 1) & PE_FORM;
	len = (u32)leb(&c, false);
	if (c.bad || len > LSDA_MAX - c.at)
		return;
	table_end = c.at + len;
	c.end = (u32)elf_read(d->elf, addr, buf, table_end);
	if (c.end < table_end)
		return;
	while (c.at < table_end && !c.bad) {
		u32 from = pointer(&c, enc);
		u32 size = pointer(&c, enc);
		u32 pad = pointer(&c, enc);

		leb(&c, false);
		if (pad && !c.bad && is_text(d, start + pad))
			add_pad(d, start + pad, func + from, size);
	}
}

/* Runs call frame instructions up to stop bytes behind r->lo: the CFA's register (~0: an expression) and offset. */
static void
run_cfi(const struct disc *d, const struct range *r, u32 at, u32 end, u32 stop, u32 *reg, u64 *off)
{
	struct cursor c = { d->eh, at, end, d->elf->eh_frame.addr, false };
	u32 saved_reg[8], depth = 0;
	u64 saved_off[8], loc = 0;

	while (c.at < c.end && !c.bad) {
		u8 op = (u8)fixed(&c, 1), low = op & 0x3f;

		switch (op >> 6) {
		case 1: loc += low * (u64)r->code_align; op = 0; break;          /* advance_loc */
		case 2: leb(&c, false); continue;                                /* offset */
		case 3: continue;                                                /* restore */
		}
		switch (op) {
		case 0x00: break;
		case 0x01: pointer(&c, r->ptr_enc); return;                      /* set_loc: never on x86-64 */
		case 0x02: loc += fixed(&c, 1) * (u64)r->code_align; break;      /* advance_loc1 2 4 */
		case 0x03: loc += fixed(&c, 2) * (u64)r->code_align; break;
		case 0x04: loc += fixed(&c, 4) * (u64)r->code_align; break;
		case 0x05: leb(&c, false); leb(&c, false); break;                /* offset_extended */
		case 0x06: case 0x07: case 0x08: leb(&c, false); break;
		case 0x09: leb(&c, false); leb(&c, false); break;                /* register */
		case 0x0a:                                                       /* remember_state */
			if (depth < 8)
				saved_reg[depth] = *reg, saved_off[depth] = *off;
			depth++;
			break;
		case 0x0b:                                                       /* restore_state */
			if (depth && --depth < 8)
				*reg = saved_reg[depth], *off = saved_off[depth];
			break;
		case 0x0c: *reg = (u32)leb(&c, false); *off = leb(&c, false); break;     /* def_cfa */
		case 0x0d: *reg = (u32)leb(&c, false); break;
		case 0x0e: *off = leb(&c, false); break;
		case 0x0f: *reg = ~0u; skip(&c, leb(&c, false)); break;       /* def_cfa_expression */
		case 0x10: case 0x16: leb(&c, false); skip(&c, leb(&c, false)); break;
		case 0x11: case 0x12: case 0x13: case 0x14: case 0x15:
			leb(&c, false);
			if (op != 0x13)
				leb(&c, false);
			if (op == 0x12 || op == 0x13)
				*reg = ~0u;
			break;
		case 0x2e: leb(&c, false); break;                                /* GNU_args_size */
		default: return;
		}
		if (loc > stop)
			return;
	}
}

bool
ehframe_frame_empty(const struct disc *d, const struct range *r, u32 pc)
{
	u32 reg = 7;
	u64 off = 8;

	if (!r->fde)
		return true;
	run_cfi(d, r, r->cie, r->cie_end, 0, &reg, &off);
	run_cfi(d, r, r->cfi, r->cfi_end, pc - r->lo, &reg, &off);
	return reg == 7 && off == 8;
}

static void
read_fde(struct disc *d, u32 at, u32 end, const struct cie *cie, u32 *cap)
{
	struct cursor c = { d->eh, at, end, d->elf->eh_frame.addr, false };
	struct range r = { .fde = true, .listed = true, .cie = cie->insns, .cie_end = cie->end, .cfi_end = end,
		.ptr_enc = cie->ptr_enc, .code_align = cie->code_align };
	u32 size, lsda = 0;

	r.lo = pointer(&c, cie->ptr_enc);
	size = pointer(&c, cie->ptr_enc & PE_FORM);
	if (cie->augmented) {
		u32 len = (u32)leb(&c, false), data = c.at;

		if (cie->lsda_enc != PE_OMIT && len)
			lsda = pointer(&c, cie->lsda_enc & (u8)~PE_INDIRECT);
		if (len > end - data)
			return;
		c.at = data + len;
	}
	r.hi = r.lo + size;
	if (c.bad || !size || r.hi < r.lo || !is_text(d, r.lo) || r.hi > d->hi)
		return;
	r.cfi = c.at;
	r.moved = !ehframe_frame_empty(d, &r, r.lo);
	if (d->nrange == *cap) {
		u32 more = *cap ? *cap * 2 : 1024;

		d->range = arena_grow(&d->tmp, d->range, *cap * sizeof r, more * sizeof r);
		*cap = more;
	}
	d->range[d->nrange++] = r;
	if (lsda)
		read_lsda(d, lsda, r.lo);
}

void
ehframe_read(struct disc *d)
{
	u32 at = 0, cap = 0;
	u32 addr = d->elf->eh_frame.addr;
	struct cie cie;
	u32 cie_at = ~0u;
	bool cie_ok = false;

	if (!d->elf->eh_frame.size)
		return;
	d->eh = arena_alloc(&d->tmp, d->elf->eh_frame.size);
	d->eh_size = (u32)elf_read(d->elf, addr, d->eh, d->elf->eh_frame.size);
	while (d->eh_size - at >= 8) {
		u32 len, id, body = at + 4;

		memcpy(&len, d->eh + at, 4);
		memcpy(&id, d->eh + body, 4);
		if (len == 0) {                                  /* the terminator; more may follow inside the section */
			if (!d->elf->nsec)
				return;
			at += 4;
			continue;
		}
		if (len < 4 || len > d->eh_size - body)
			return;
		if (id) {
			u32 want = body - id;

			if (want != cie_at && want < d->eh_size - 8) {
				u32 clen;

				memcpy(&clen, d->eh + want, 4);
				cie_ok = clen >= 4 && clen <= d->eh_size - want - 4
					&& read_cie(d, want + 8, want + 4 + clen, &cie);
				cie_at = want;
			}
			if (want == cie_at && cie_ok)
				read_fde(d, body + 4, body + len, &cie, &cap);
		}
		at = body + len;
	}
}
