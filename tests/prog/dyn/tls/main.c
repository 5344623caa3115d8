/* Thread-local variables of every model, in the program, its libraries and ones that dlopen brings, in many threads. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

extern __thread int gd_counter, ie_counter;
int gd_count(void), gd_local(void), gd_is_aligned(void), *gd_address(void);
int ie_count(void), ie_local(void), ie_is_aligned(void), *ie_address(void);
int desc_count(void), desc_local(void), desc_is_aligned(void), *desc_address(void);
static __thread int le = 5;
__thread int exported = 6;
static pthread_barrier_t barrier;
static int (*late[2][3])(void);
static int *(*late_address[2])(void);
static char *results[8];

static void
load(int i, const char *file, const char *prefix)
{
	const char *part[] = { "count", "local", "is_aligned" };
	void *h = dlopen(file, RTLD_NOW);
	char name[40];

	if (!h) {
		printf("%s\n", dlerror());
		exit(1);
	}
	for (int k = 0; k < 3; k++) {
		sprintf(name, "%s_%s", prefix, part[k]);
		late[i][k] = dlsym(h, name);
	}
	sprintf(name, "%s_address", prefix);
	late_address[i] = dlsym(h, name);
	sprintf(name, "%s_counter", prefix);
	printf("%s: dlsym %d\n", prefix, dlsym(h, name) == (void *)late_address[i]());
}

static void *
work(void *arg)
{
	long n = (long)arg;
	char *out = results[n] = calloc(1, 2000);

	if (n < 4)
		pthread_barrier_wait(&barrier);         /* these were there before the libraries */
	if (n < 4)
		pthread_barrier_wait(&barrier);
	for (int i = 0; i < 3; i++) {
		le += n;
		exported += 2 * n;
		out += sprintf(out, "%ld: le %d %d gd %d %d %d %d", n, le, exported, gd_count(), gd_local(), gd_is_aligned(), gd_counter);
		out += sprintf(out, " ie %d %d %d %d", ie_count(), ie_local(), ie_is_aligned(), ie_counter);
		out += sprintf(out, " desc %d %d %d", desc_count(), desc_local(), desc_is_aligned());
		for (int k = 0; k < 2; k++)
			out += sprintf(out, " late %d %d %d", late[k][0](), late[k][1](), late[k][2]());
		out += sprintf(out, " %d\n", gd_address() == &gd_counter && ie_address() == &ie_counter && desc_address() != late_address[0]());
	}
	return NULL;
}

int
main(void)
{
	pthread_t t[8];

	pthread_barrier_init(&barrier, NULL, 5);
	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	pthread_barrier_wait(&barrier);
	load(0, "liblate.so", "late");
	load(1, "liblatedesc.so", "latedesc");
	pthread_barrier_wait(&barrier);
	for (long i = 4; i < 8; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 8; i++)
		fputs(results[i], stdout);
	printf("main: %d %d %d %d %d\n", le, exported, gd_counter, ie_counter, *late_address[0]());
	for (int i = 0; i < 30; i++) {
		void *h = dlopen("libmore.so", RTLD_NOW);
		int (*count)(void) = dlsym(h, "more_count");
		int a = count();

		if (a + count() != 155)
			printf("more %d\n", i);
		dlclose(h);
	}
	return 0;
}
