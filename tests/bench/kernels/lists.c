/* lists - singly linked lists: build, reverse, merge sort, sum. */
#include "kernel.h"
enum { N = 30000 };
struct node { struct node *next; u32 value; };
static struct node pool[N];
static struct node *
merge(struct node *a, struct node *b)
{
	struct node head, *t = &head;

	while (a && b) {
		struct node **less = a->value <= b->value ? &a : &b;
		t->next = *less;
		t = *less;
		*less = t->next;
	}
	t->next = a ? a : b;
	return head.next;
}
static struct node *
sort(struct node *l)
{
	if (!l || !l->next)
		return l;
	struct node *slow = l, *fast = l->next;
	while (fast && fast->next) {
		slow = slow->next;
		fast = fast->next->next;
	}
	struct node *half = slow->next;
	slow->next = 0;
	struct node *a = sort(l), *b = sort(half);
	return merge(a, b);
}
u64
kernel(u32 n)
{
	u64 sum = 0;
	u32 s = 9;

	for (u32 r = 0; r < n; r++) {
		struct node *l = 0;
		for (u32 i = 0; i < N; i++) {
			pool[i].value = rnd(&s);
			pool[i].next = l;
			l = &pool[i];
		}
		l = sort(l);
		for (struct node *p = l, *q = 0, *t; p; t = p->next, p->next = q, q = p, p = t)
			sum += p->value & 15;
		sum += l->value;
	}
	return sum;
}
