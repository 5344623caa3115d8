/* bus.c - mappings reach further than their file: SIGBUS beyond its last page, zeros up to the end of that page; files shrink and grow. */
#include "fault.h"
#include <fcntl.h>

static sigjmp_buf back;
static char *map;

static void
handler(int sig, siginfo_t *info, void *context)
{
	printf("  %s code %d at page %ld + %ld, err %u\n", sig == SIGBUS ? "bus" : "segv", info->si_code, ((char *)info->si_addr - map) / 4096,
		((char *)info->si_addr - map) % 4096, error_code(context));
	siglongjmp(back, 1);
}

static void
touch(const char *what, char *p, int write)
{
	printf("%s\n", what);
	if (sigsetjmp(back, 1))
		return;
	if (write)
		*(volatile char *)p = 1;
	else
		printf("  byte %d\n", *(volatile char *)p);
}

static void
both(int flags)
{
	char name[] = "/tmp/busXXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	if (ftruncate(fd, 5000) || pwrite(fd, "x", 1, 4999) != 1)
		abort();
	map = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, flags, fd, 0);
	touch("last byte", map + 4999, 0);
	touch("behind it", map + 5000, 0);
	touch("next page", map + 8192, 0);
	touch("next page, write", map + 8200, 1);
	touch("last page", map + 3 * 4096 + 7, 0);
	if (ftruncate(fd, 3 * 4096))
		abort();
	touch("grown", map + 8192 + 5, 0);
	touch("grown, last page", map + 3 * 4096 + 7, 0);
	if (ftruncate(fd, 100))
		abort();
	touch("shrunk, first page", map, 0);
	touch("shrunk, second page", map + 4096 + 50, 0);
	munmap(map, 4 * 4096);
	touch("unmapped", map, 0);
	close(fd);
}

int
main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	on(SIGBUS, handler, 0);
	on(SIGSEGV, handler, 0);
	both(MAP_SHARED);
	return 0;
}
