/* trees - binary search trees: insert, look up, walk recursively. */
#include "kernel.h"
enum { N = 20000 };
struct node { struct node *left, *right; u32 key; };
static struct node pool[N];
static u64
walk(const struct node *t, u32 depth)
{
	return t ? walk(t->left, depth + 1) + walk(t->right, depth + 1) + (t->key ^ depth) : 0;
}
u64
kernel(u32 n)
{
	u64 sum = 0;
	u32 s = 13;

	for (u32 r = 0; r < n; r++) {
		struct node *root = 0;
		for (u32 i = 0; i < N; i++) {
			struct node **p = &root;
			u32 key = rnd(&s);
			while (*p)
				p = key < (*p)->key ? &(*p)->left : &(*p)->right;
			pool[i] = (struct node){ 0, 0, key };
			*p = &pool[i];
		}
		for (u32 i = 0; i < N; i++) {
			const struct node *p = root;
			u32 key = rnd(&s);
			while (p && p->key != key)
				p = key < p->key ? p->left : p->right;
			sum += p != 0;
		}
		sum += walk(root, 0);
	}
	return sum;
}
