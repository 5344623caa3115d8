/* static: musl */
/* slow: loops that count a register towards a bound with every condition, width and step: from, to and past the bound, over the ends of the
 * number range, more rounds than a chunk between polls; with an early way out, so that those that would never end do. */
#include <stdint.h>
#include <stdio.h>

struct loop { uint64_t v, bound, rounds, cap; };

#define ONE(name, cc, s, reg, step) \
static void name(struct loop *l) \
{ \
	uint64_t v = l->v, n = 0; \
	__asm__ volatile("1: add" #s " $" #step ", %" reg "[v]\n\tadd $1, %[n]\n\tcmp %[cap], %[n]\n\tjae 2f\n\t" \
	    "cmp" #s " %" reg "[b], %" reg "[v]\n\tj" #cc " 1b\n2:" : [v] "+r" (v), [n] "+r" (n) : [b] "r" (l->bound), [cap] "r" (l->cap) : "cc"); \
	l->v = v; \
	l->rounds = n; \
} \
static void name##_tight(struct loop *l) \
{ \
	uint64_t v = l->v, n = 0; \
	__asm__ volatile("1: add" #s " $" #step ", %" reg "[v]\n\tadd $1, %[n]\n\tcmp" #s " %" reg "[b], %" reg "[v]\n\tj" #cc " 1b" \
	    : [v] "+r" (v), [n] "+r" (n) : [b] "r" (l->bound) : "cc"); \
	l->v = v; \
	l->rounds = n; \
} \
static void name##_before(struct loop *l) \
{ \
	uint64_t v = l->v, n = 0, old; \
	__asm__ volatile("1: mov %[v], %[o]\n\tadd" #s " $" #step ", %" reg "[v]\n\tadd $1, %[n]\n\tcmp %[cap], %[n]\n\tjae 2f\n\t" \
	    "cmp" #s " %" reg "[o], %" reg "[b]\n\tj" #cc " 1b\n2:" : [v] "+r" (v), [n] "+r" (n), [o] "=&r" (old) : [b] "r" (l->bound), \
	    [cap] "r" (l->cap) : "cc"); \
	l->v = v; \
	l->rounds = n; \
}
#define CCS(step, tag) \
	ONE(ne_q_##tag, ne, q, "q", step) ONE(ne_l_##tag, ne, l, "k", step) ONE(l_q_##tag, l, q, "q", step) ONE(l_l_##tag, l, l, "k", step) \
	ONE(b_q_##tag, b, q, "q", step) ONE(b_l_##tag, b, l, "k", step) ONE(le_q_##tag, le, q, "q", step) ONE(le_l_##tag, le, l, "k", step) \
	ONE(be_q_##tag, be, q, "q", step) ONE(be_l_##tag, be, l, "k", step) ONE(g_q_##tag, g, q, "q", step) ONE(g_l_##tag, g, l, "k", step) \
	ONE(a_q_##tag, a, q, "q", step) ONE(a_l_##tag, a, l, "k", step) ONE(ge_q_##tag, ge, q, "q", step) ONE(ge_l_##tag, ge, l, "k", step) \
	ONE(ae_q_##tag, ae, q, "q", step) ONE(ae_l_##tag, ae, l, "k", step)
CCS(1, p1)
CCS(2, p2)
CCS(3, p3)
CCS(24, p24)
CCS(-1, m1)
CCS(-4, m4)
CCS(-7, m7)

struct row { const char *name; void (*fn)(struct loop *), (*tight)(struct loop *), (*before)(struct loop *); int step; };
#define ROW(n, step) { #n, n, n##_tight, n##_before, step },
#define ROWS(tag, step) \
	ROW(ne_q_##tag, step) ROW(ne_l_##tag, step) ROW(l_q_##tag, step) ROW(l_l_##tag, step) ROW(b_q_##tag, step) ROW(b_l_##tag, step) \
	ROW(le_q_##tag, step) ROW(le_l_##tag, step) ROW(be_q_##tag, step) ROW(be_l_##tag, step) ROW(g_q_##tag, step) ROW(g_l_##tag, step) \
	ROW(a_q_##tag, step) ROW(a_l_##tag, step) ROW(ge_q_##tag, step) ROW(ge_l_##tag, step) ROW(ae_q_##tag, step) ROW(ae_l_##tag, step)
static const struct row rows[] = {
	ROWS(p1, 1) ROWS(p2, 2) ROWS(p3, 3) ROWS(p24, 24) ROWS(m1, -1) ROWS(m4, -4) ROWS(m7, -7)
};

static const uint64_t starts[] = { 0, 1, 5, 1000, 0x7fffffff, 0x80000000, 0xfffffff0, 0x7ffffffffffffff0, 0x8000000000000000, 0xfffffffffffffff3 };
static const int64_t ahead[] = { 0, 1, 2, 7, 24, 25, 100, 50001, 70000, 168000, -1, -5, -300 };

static uint64_t hash = 0xcbf29ce484222325;

static void
mix(uint64_t v)
{
	hash = (hash ^ v) * 0x100000001b3;
	hash ^= hash >> 29;
}

/* nonzero without a comparison */
static uint64_t
down(uint64_t n, int width)
{
	uint64_t rounds = 0;

	if (width == 8)
		__asm__ volatile("1: add $3, %0\n\tdec %1\n\tjnz 1b" : "+r" (rounds), "+r" (n) : : "cc");
	else
		__asm__ volatile("1: add $3, %0\n\tsubl $1, %k1\n\tjnz 1b" : "+r" (rounds), "+r" (n) : : "cc");
	return rounds + n;
}

int
main(void)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		hash = 1;
		for (unsigned s = 0; s < sizeof starts / sizeof *starts; s++)
			for (unsigned a = 0; a < sizeof ahead / sizeof *ahead; a++) {
				struct loop l = { starts[s], starts[s] + ahead[a] * rows[i].step, 0, s % 3 ? 300 : 70000 }, k = l, t = l;

				if (s % 3 == 0 && a % 4)
					k.cap = l.cap = 66000 + a;
				rows[i].fn(&l);
				mix(l.v);
				mix(l.rounds);
				if (l.rounds < l.cap) {
					rows[i].tight(&t);
					mix(t.v == l.v && t.rounds == l.rounds);
				}
				rows[i].before(&k);
				mix(k.v);
				mix(k.rounds);
			}
		printf("%s %016llx\n", rows[i].name, (unsigned long long)hash);
	}
	printf("%llu %llu %llu\n", (unsigned long long)down(1, 8), (unsigned long long)down(200001, 8), (unsigned long long)down(0x100000003, 4));
	return 0;
}
