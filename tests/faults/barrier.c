/*
 * barrier.c - a small incremental collector whose write barrier is the page protection: old pages are read-only, the first store to one faults,
 * marks its card and allows it. After each round the cards must name exactly the pages that were written.
 */
#include "fault.h"
#include <stdint.h>

enum { PAGES = 256, ROUNDS = 12 };
static char *heap;
static unsigned char card[PAGES], wrote[PAGES];
static int faults;

static void
handler(int sig, siginfo_t *info, void *context)
{
	long n = ((char *)info->si_addr - heap) / 4096;

	if (n < 0 || n >= PAGES || card[n] || info->si_code != SEGV_ACCERR || !(error_code(context) & 2))
		_exit(3);
	card[n] = 1;
	faults++;
	mprotect(heap + n * 4096, 4096, PROT_READ | PROT_WRITE);
}

struct node { struct node *left, *right; uint64_t value; };

static struct node *
node_at(unsigned i)
{
	return (struct node *)heap + i % (PAGES * 4096 / sizeof(struct node));
}

int
main(void)
{
	unsigned seed = 1, wrong = 0;
	uint64_t sum = 0;

	heap = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	on(SIGSEGV, handler, SA_NODEFER);
	for (unsigned i = 0; i < PAGES * 4096 / sizeof(struct node); i++)
		*node_at(i) = (struct node){ node_at(2 * i + 1), node_at(2 * i + 2), i };
	for (int round = 0; round < ROUNDS; round++) {
		mprotect(heap, PAGES * 4096, PROT_READ);
		memset(card, 0, sizeof card);
		memset(wrote, 0, sizeof wrote);
		for (int k = 0; k < 200; k++) {
			struct node *p;

			seed = seed * 1103515245 + 12345;
			p = node_at(seed >> 8);
			for (int d = 0; d < 20; d++) {
				sum += p->value;
				p = seed >> d & 1 ? p->left : p->right;
			}
			p->value += round;
			p->left = node_at(seed >> 4);
			for (char *b = (char *)p; b < (char *)(p + 1); b += 8)
				if (b != (char *)&p->right)
					wrote[(b - heap) / 4096] = 1;
		}
		wrong += memcmp(card, wrote, sizeof card) != 0;
	}
	printf("%d faults, %u wrong rounds, %llx\n", faults, wrong, (unsigned long long)sum);
	return 0;
}
