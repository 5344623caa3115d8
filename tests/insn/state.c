/*
 * state.c - machine states for an instruction: registers with a liking for edges, vectors as floats or integers, flags at random,
 * and addresses that hit the data area.
 */
#include "insn.h"

bool state_floats;

/* exponents near the ends and the middle, so that results under- and overflow; few digits, so that some are exact or halfway */
static u64
extreme(u32 fraction, u32 exponent)
{
	u32 top = (1u << exponent) - 1, mid = top / 2, e;
	u64 digits = rnd() & ((1ull << fraction) - 1);

	switch (rnd_below(6)) {
	case 0: e = rnd_below(4); break;
	case 1: e = rnd_below(fraction + 8); break;
	case 2: e = top - rnd_below(fraction + 8); break;
	case 3: e = mid / 2 + rnd_below(fraction); break;
	case 4: e = mid + mid / 2 - rnd_below(fraction); break;
	default: e = mid + rnd_below(fraction) - fraction / 4;
	}
	switch (rnd_below(4)) {
	case 0: digits &= ~0ull << rnd_below(fraction); break;
	case 1: digits &= (1ull << rnd_below(fraction)) - 1; break;
	case 2: digits = rnd_below(2) ? 0 : (1ull << fraction) - 1; break;
	}
	return (u64)rnd_below(2) << (fraction + exponent) | (u64)(e > top ? top : e) << fraction | digits;
}

/* mostly masked; flags that are already set hide mistakes, so mostly clear */
static u32
make_mxcsr(void)
{
	u32 m = 0x1f80 | (u32)rnd_below(4) << 13;

	if (rnd_below(3) == 0)
		m |= 1u << 15;
	if (rnd_below(3) == 0)
		m |= 1u << 6;
	if (rnd_below(4) == 0)
		m |= rnd_below(2) ? 0x20 : rnd_below(64);
	if (rnd_below(4) == 0)
		m &= ~(rnd_below(2) ? 0x80u << rnd_below(6) : (u32)rnd_below(64) << 7);
	return m;
}

static void
make_lane(u8 *p, u32 kind)
{
	static const u32 singles[] = {
		0, 0x80000000, 0x3f800000, 0xbf800000, 0x40490fdb, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f812345,
		1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000, 0x5f000000, 0x3f000000, 0x3fc00000, 0xc0200000,
	};
	static const u64 doubles[] = {
		0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x400921fb54442d18, 0x7ff0000000000000,
		0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000012345, 0x7ff0000000012345, 1, 0x000fffffffffffff,
		0x0010000000000000, 0x7fefffffffffffff, 0x41e0000000000000, 0xc1e0000000000000, 0x43e0000000000000,
		0xc3e0000000000000, 0x3fe0000000000000, 0x3ff8000000000000, 0xc004000000000000, 0x41dfffffffc00000,
	};

	for (u32 i = 0; i < 16; i += 8) {
		u64 x;

		if (state_floats && rnd_below(2)) {
			x = rnd_below(3) ? extreme(52, 11) : extreme(23, 8) | extreme(23, 8) << 32;
			memcpy(p + i, &x, 8);
			continue;
		}
		switch (kind) {
		case 0: x = rnd(); break;
		case 1: x = rnd_value(); break;
		case 2: x = rnd_below(3) ? doubles[rnd_below(22)] : (rnd() & 0x800fffffffffffff) | (0x3fc0000000000000 + (rnd() & 0x7f0000000000000)); break;
		default:
			x = rnd_below(3) ? singles[rnd_below(20)] : ((u32)rnd() & 0x807fffff) | (0x3c000000 + ((u32)rnd() & 0x7800000));
			x |= (u64)(rnd_below(3) ? singles[rnd_below(20)] : 0x42000000 + ((u32)rnd() & 0x7fffff)) << 32;
		}
		memcpy(p + i, &x, 8);
	}
}

static void
make_fx(u8 *fx)
{
	u16 fcw = 0x37f;
	u32 mxcsr = state_floats ? make_mxcsr() : 0x1f80;

	memset(fx, 0, 512);
	memcpy(fx, &fcw, 2);
	memcpy(fx + 24, &mxcsr, 4);
	fx[4] = 0xff;
	for (u32 i = 0; i < 8; i++) {
		u64 m = rnd_value();
		u16 se = 0xffff;

		memcpy(fx + 32 + 16 * i, &m, 8);
		memcpy(fx + 40 + 16 * i, &se, 2);
	}
	for (u32 i = 0; i < 16; i++)
		make_lane(fx + 160 + 16 * i, rnd_below(4));
}

/* indices that stay near the base */
static void
aim_vsib(struct state *s, const struct test *t)
{
	u32 n = t->vsib - (t->vsib >= ZYDIS_REGISTER_YMM0 ? ZYDIS_REGISTER_YMM0 : ZYDIS_REGISTER_XMM0);

	if (!t->vsib)
		return;
	for (u32 i = 0; i < 32; i += 4) {
		i32 x = t->vsib_qwords && i % 8 == 4 ? 0 : (i32)rnd_below(64) - (t->vsib_qwords ? 0 : 32);

		memcpy(i < 16 ? s->fx + 160 + 16 * n + i : s->ymmh + 16 * n + i - 16, &x, 4);
	}
}

static u64 *
reg(struct state *s, ZydisRegister r)
{
	if (r >= ZYDIS_REGISTER_RAX && r <= ZYDIS_REGISTER_R15)
		return &s->r[r - ZYDIS_REGISTER_RAX];
	return &s->r[r - ZYDIS_REGISTER_EAX];
}

static bool
is_32(ZydisRegister r)
{
	return r >= ZYDIS_REGISTER_EAX && r <= ZYDIS_REGISTER_R15D;
}

/* sets base and index so that the operand lies in the data area */
static void
aim(struct state *s, const struct test *t)
{
	u64 ea = DATA + 0x400 + (t->align ? rnd_below(0x400 / t->align) * t->align : rnd_below(0x400)), at = ea - (u64)t->disp;

	if (!t->has_mem || t->is_lea)
		return;
	if (t->gs)
		at -= GS_BASE;
	if (t->bit_size) {
		u64 garbage = rnd();
		i64 off = (i64)rnd_below(4096) - 2048;

		s->r[t->bit_offset - ZYDIS_REGISTER_RAX] = t->bit_size == 8 ? (u64)off :
		    (garbage << 8 * t->bit_size) | ((u64)off & ((1ULL << 8 * t->bit_size) - 1));
	}
	if (t->base == ZYDIS_REGISTER_NONE || t->base == ZYDIS_REGISTER_RIP)
		return;
	if (t->index != ZYDIS_REGISTER_NONE) {
		i64 i = (i64)rnd_below(64) - 32;

		*reg(s, t->index) = is_32(t->index) ? (u32)i | rnd() << 32 : (u64)i;
		at -= (u64)(i * t->scale);
	}
	*reg(s, t->base) = is_32(t->base) ? (u32)at | rnd() << 32 : at;
}

/* a dividend that does not always overflow */
static void
aim_divide(struct state *s, const struct test *t)
{
	if (!t->divide)
		return;
	switch (rnd_below(5)) {
	case 0: s->r[2] = 0; break;
	case 1: s->r[2] = (u64)((i64)s->r[0] >> 63); break;
	case 2: s->r[2] = (u64)((i64)(i32)s->r[0] >> 31); break;
	case 3: s->r[2] &= 0xffff; break;
	}
}

static void
aim_string(struct state *s, struct mem_image *m, const struct test *t)
{
	if (!t->string)
		return;
	if (rnd_below(2)) {
		for (u32 i = 0; i < DATA_SIZE; i++)
			m->data[i] = rnd_below(16) ? 0x55 : 0x56;
		s->r[0] = 0x5555555555555555;
	}
	s->r[1] = rnd_below(5) ? rnd_below(40) : 0;
	s->r[6] = DATA + 0x400 + rnd_below(0x100);
	s->r[7] = s->r[6] + rnd_below(64) - 32;
	if (rnd_below(4) == 0)
		s->r[7] = DATA + 0x800 + rnd_below(0x100);
	if (t->len > 0 && memchr(t->bytes, 0x67, 3)) {
		s->r[1] |= rnd() << 32;
		s->r[6] |= rnd() << 32;
		s->r[7] |= rnd() << 32;
	}
	if (rnd_below(3) == 0)
		s->flags |= EF_DF;
}

void
state_make(struct state *s, struct mem_image *m, const struct test *t)
{
	memset(s, 0, sizeof *s);
	for (u32 i = 0; i < 16; i++)
		s->r[i] = rnd_value();
	s->r[4] = STACK + 0x800;
	if (t->frame)
		s->r[5] = STACK + 0x900;
	s->flags = (rnd() & EF_STATUS) | EF_IF | 2;
	make_fx(s->fx);
	for (u32 i = 0; i < 16; i++)
		make_lane(s->ymmh + 16 * i, rnd_below(4));
	for (u32 i = 0; i < DATA_SIZE; i += 16)
		make_lane(m->data + i, rnd_below(4));
	for (u32 i = 0; i < STACK_SIZE; i += 8) {
		u64 x = rnd_value();

		memcpy(m->stack + i, &x, 8);
	}
	aim_divide(s, t);
	aim_string(s, m, t);
	aim(s, t);
	aim_vsib(s, t);
}

static u32
count_of(const struct test *t, const struct state *before)
{
	return (t->count ? (u32)before->r[1] : t->count_value) & t->count_mask;
}

bool
state_skipped(const struct test *t, const struct state *before)
{
	return t->max_count && count_of(t, before) > t->max_count;
}

u32
state_undefined(const struct test *t, const struct state *before)
{
	u32 n, bits = t->undefined;

	if (t->count_mask == 0)
		return bits;
	n = count_of(t, before);
	if (n == 0)
		return 0;
	if (n == 1)
		bits &= ~EF_OF;
	if (t->shift_bits && n >= t->shift_bits)
		bits |= EF_CF;
	return bits;
}
