#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tree { struct tree *left, *right; int key; };

static struct tree *
insert(struct tree *t, int key)
{
	if (!t) {
		t = calloc(1, sizeof *t);
		t->key = key;
	} else if (key < t->key) {
		t->left = insert(t->left, key);
	} else {
		t->right = insert(t->right, key);
	}
	return t;
}

static long
walk(const struct tree *t, long sum)
{
	return t ? walk(t->right, walk(t->left, sum) * 3 + t->key) : sum;
}

static int
descending(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

int
main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	struct tree *t = NULL;
	double d = 0;
	unsigned long long f = 1;

	for (int i = 0; i < n * 10; i++) {
		t = insert(t, i * 7919 % 1009);
		d += 1.0 / (i + 1);
	}
	for (int i = 1; i <= 20; i++)
		f *= i;
	qsort(argv + 1, argc - 1, sizeof *argv, descending);
	printf("%ld %.12f %llu", walk(t, 0), d, f);
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	printf("\n");
	return n % 7;
}
