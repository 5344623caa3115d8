/* libffi: closures of many signatures, made, called directly and through qsort, freed and made again; calls with every kind of argument. */
#include <ffi.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair { double x; int n; };
struct large { long v[5]; };

static void
add(ffi_cif *cif, void *ret, void **args, void *user)
{
	*(ffi_arg *)ret = *(int *)args[0] + *(int *)args[1] + (int)(intptr_t)user;
}

static void
mix(ffi_cif *cif, void *ret, void **args, void *user)
{
	*(double *)ret = *(signed char *)args[0] + *(float *)args[1] * *(double *)user + *(long *)args[2] - *(unsigned short *)args[3] + *(double *)args[4];
}

static void
structure(ffi_cif *cif, void *ret, void **args, void *user)
{
	struct pair p = *(struct pair *)args[0];
	struct large l = *(struct large *)args[1];

	p.x += l.v[0] + l.v[4];
	p.n *= 3;
	*(struct pair *)ret = p;
}

static void
compare(ffi_cif *cif, void *ret, void **args, void *user)
{
	int a = **(int **)args[0], b = **(int **)args[1];

	++*(int *)user;
	*(ffi_arg *)ret = a < b ? -1 : a > b;
}

static void *
closure(ffi_closure **c, ffi_cif *cif, void (*f)(ffi_cif *, void *, void **, void *), void *user)
{
	void *code;

	*c = ffi_closure_alloc(sizeof **c, &code);
	if (!*c || ffi_prep_closure_loc(*c, cif, f, user, code) != FFI_OK)
		abort();
	return code;
}

int
main(void)
{
	ffi_type *two[] = { &ffi_type_sint, &ffi_type_sint }, *five[] = { &ffi_type_schar, &ffi_type_float, &ffi_type_slong, &ffi_type_ushort, &ffi_type_double };
	ffi_type *pair_members[] = { &ffi_type_double, &ffi_type_sint, NULL }, pair = { 0, 0, FFI_TYPE_STRUCT, pair_members };
	ffi_type *large_members[] = { &ffi_type_slong, &ffi_type_slong, &ffi_type_slong, &ffi_type_slong, &ffi_type_slong, NULL };
	ffi_type large = { 0, 0, FFI_TYPE_STRUCT, large_members }, *structs[] = { &pair, &large }, *pointers[] = { &ffi_type_pointer, &ffi_type_pointer };
	ffi_cif cif, cif5, cifs, cifp, cifcos;
	ffi_closure *c[64], *d;
	long sum = 0;
	double factor = 2.5, x = 0.5, y;
	void *arg = &x;
	int calls = 0, numbers[500];

	ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, two);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 64; i++) {
			int (*f)(int, int) = closure(&c[i], &cif, add, (void *)(intptr_t)(i * round));

			sum = sum * 7 + f(i, round);
		}
		for (int i = 0; i < 64; i++)
			ffi_closure_free(c[(i * 37) % 64]);
	}
	printf("add %ld\n", sum);
	ffi_prep_cif(&cif5, FFI_DEFAULT_ABI, 5, &ffi_type_double, five);
	double (*g)(signed char, float, long, unsigned short, double) = closure(&d, &cif5, mix, &factor);
	printf("mix %g\n", g(-7, 1.25f, 1L << 40, 65535, 1e-3));
	ffi_prep_cif(&cifs, FFI_DEFAULT_ABI, 2, &pair, structs);
	struct pair (*h)(struct pair, struct large) = closure(&d, &cifs, structure, NULL);
	struct pair p = h((struct pair){ 1.5, 14 }, (struct large){ { 10, 1, 2, 3, 200 } });
	printf("structures %g %d\n", p.x, p.n);
	for (int i = 0; i < 500; i++)
		numbers[i] = i * 7919 % 503;
	ffi_prep_cif(&cifp, FFI_DEFAULT_ABI, 2, &ffi_type_sint, pointers);
	qsort(numbers, 500, sizeof *numbers, closure(&d, &cifp, compare, &calls));
	for (int i = 0, sorted = 1; i < 500; i++) {
		sorted &= i == 0 || numbers[i - 1] <= numbers[i];
		if (i == 499)
			printf("qsort %d, compared %d\n", sorted, calls > 0);
	}
	ffi_prep_cif(&cifcos, FFI_DEFAULT_ABI, 1, &ffi_type_double, (ffi_type *[]){ &ffi_type_double });
	ffi_call(&cifcos, FFI_FN(sqrt), &y, &arg);
	printf("call %.10g\n", y);
	return 0;
}
