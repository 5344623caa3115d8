/* maps.c - mmap, munmap, mprotect, mremap, brk, madvise, mincore, msync: contents and errors. */
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define P 4096
#define RW (PROT_READ | PROT_WRITE)

static int
zeros(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return 0;
	return 1;
}

static void
anonymous(void)
{
	char *a = mmap(NULL, 16 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *b;
	unsigned char vec[16];

	CHECK(a != MAP_FAILED && zeros(a, 16 * P));
	memset(a, 1, 16 * P);
	CHECK(munmap(a + 4 * P, 4 * P) == 0);
	CHECK(a[3 * P] == 1 && a[8 * P] == 1);
	FAILS(mincore(a, 16 * P, vec), ENOMEM);
	FAILS(write(1, a + 4 * P, 1), EFAULT);
	b = mmap(a + 4 * P, 4 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	CHECK(b == a + 4 * P && zeros(b, 4 * P));
	CHECK(mmap(a, P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
	CHECK(madvise(a, P, MADV_DONTNEED) == 0 && zeros(a, P) && a[P] == 1);
	CHECK(mmap(a + P, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == a + P && zeros(a + P, P));
	FAILS(read(open("/dev/zero", O_RDONLY), a + P, 1), EFAULT);
	CHECK(mprotect(a + P, P, RW) == 0);
	a[P] = 5;
	CHECK(munmap(a, 16 * P) == 0 && munmap(a, 16 * P) == 0);
	FAILS(mprotect(a, P, RW), ENOMEM);
	FAILS(munmap(a + 1, P), EINVAL);
	FAILS(munmap(a, 0), EINVAL);
	CHECK(mmap(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, P, RW, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
}

static void
reservations(void)
{
	size_t big = 512ul << 20;
	char *r = mmap(NULL, big, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(r != MAP_FAILED);
	FAILS(write(1, r, 1), EFAULT);
	CHECK(mprotect(r + (64 << 20), 1 << 20, RW) == 0);
	CHECK(zeros(r + (64 << 20), 1 << 20));
	r[64 << 20] = 3;
	CHECK(mprotect(r + (64 << 20), 1 << 20, PROT_NONE) == 0);
	CHECK(mprotect(r + (64 << 20), 1 << 20, RW) == 0 && r[64 << 20] == 3);
	CHECK(munmap(r, big) == 0);
}

static void
moving(void)
{
	char *a = mmap(NULL, 4 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *b, *wall;

	for (int i = 0; i < 4; i++)
		a[i * P] = i + 1;
	CHECK(mremap(a, 4 * P, 2 * P, 0) == a && a[P] == 2);
	wall = mmap(a + 2 * P, P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(wall == a + 2 * P);
	CHECK(mremap(a, 2 * P, 8 * P, 0) == MAP_FAILED && errno == ENOMEM);
	b = mremap(a, 2 * P, 64 * P, MREMAP_MAYMOVE);
	CHECK(b != MAP_FAILED && b[0] == 1 && b[P] == 2 && zeros(b + 2 * P, 62 * P));
	FAILS(write(1, a, 1), EFAULT);
	a = mmap(NULL, 64 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mremap(b, 64 * P, 64 * P, MREMAP_MAYMOVE | MREMAP_FIXED, a) == a && a[P] == 2);
	CHECK(munmap(a, 64 * P) == 0 && munmap(wall, P) == 0);
	CHECK(mremap(a, P, 2 * P, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
}

static void
files(void)
{
	char name[] = "/tmp/mapsXXXXXX", *a, *b;
	int fd = mkstemp(name), ro;

	CHECK(fd >= 0 && ftruncate(fd, 2 * P + 100) == 0 && pwrite(fd, "hello", 5, P) == 5);
	a = mmap(NULL, 3 * P, RW, MAP_PRIVATE, fd, 0);
	CHECK(a != MAP_FAILED && !memcmp(a + P, "hello", 5) && zeros(a + 2 * P + 100, P - 100));
	a[P] = 'J';
	b = mmap(NULL, P, RW, MAP_SHARED, fd, P);
	CHECK(b != MAP_FAILED && !memcmp(b, "hello", 5));
	b[0] = 'c';
	CHECK(msync(b, P, MS_SYNC) == 0);
	char buf[6] = "";
	CHECK(pread(fd, buf, 5, P) == 5 && !strcmp(buf, "cello") && a[P] == 'J');
	CHECK(pwrite(fd, "jelly", 5, P) == 5 && !memcmp(b, "jelly", 5));
	b[4] = 'o';
	CHECK(pread(fd, buf, 5, P) == 5 && !strcmp(buf, "jello"));
	CHECK(munmap(b, P) == 0 && munmap(a, 3 * P) == 0);
	ro = open(name, O_RDONLY);
	CHECK(mmap(NULL, P, RW, MAP_SHARED, ro, 0) == MAP_FAILED && errno == EACCES);
	a = mmap(NULL, P, RW, MAP_PRIVATE, ro, 0);
	CHECK(a != MAP_FAILED);
	a[0] = 1;
	CHECK(mmap(NULL, P, RW, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	CHECK(mmap(NULL, P, RW, MAP_PRIVATE, ro, 100) == MAP_FAILED && errno == EINVAL);
	unlink(name);
}

/* Mappings over mappings of the same place in the same file: what stands there may or may not be the file's bytes. */
static void
over(void)
{
	char name[] = "/tmp/mapsXXXXXX", *a;
	int fd = mkstemp(name);

	CHECK(fd >= 0 && unlink(name) == 0 && ftruncate(fd, 3 * P + 10) == 0 && pwrite(fd, "first", 5, P) == 5 && pwrite(fd, "end", 3, 3 * P) == 3);
	a = mmap(NULL, 6 * P, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(a != MAP_FAILED && !memcmp(a + P, "first", 5));
	CHECK(mmap(a + P, 2 * P, RW, MAP_PRIVATE | MAP_FIXED, fd, P) == a + P && !memcmp(a + P, "first", 5));
	memcpy(a + P, "mine!", 5);
	CHECK(mmap(a + P, 2 * P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, P) == a + P && !memcmp(a + P, "first", 5));
	CHECK(mprotect(a + P, P, RW) == 0);
	memcpy(a + P, "mine!", 5);
	CHECK(mprotect(a + P, P, PROT_READ) == 0 && mmap(a, 3 * P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == a && !memcmp(a + P, "first", 5));
	CHECK(pwrite(fd, "after", 5, P) == 5);
	CHECK(mmap(a + P, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, P) == a + P && !memcmp(a + P, "after", 5));
	CHECK(mmap(a + 2 * P, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, P) == a + 2 * P && !memcmp(a + 2 * P, "after", 5));
	CHECK(mmap(a + 3 * P, P, RW, MAP_PRIVATE | MAP_FIXED, fd, 3 * P) == a + 3 * P && !memcmp(a + 3 * P, "end", 4) && zeros(a + 3 * P + 10, P - 10));
	memset(a + 3 * P, 7, P);
	CHECK(mmap(a + 3 * P, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 3 * P) == a + 3 * P && !memcmp(a + 3 * P, "end", 4) && zeros(a + 3 * P + 10, P - 10));
	CHECK(ftruncate(fd, 3 * P + 1) == 0 && mmap(a + 3 * P, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 3 * P) == a + 3 * P && !memcmp(a + 3 * P, "e\0\0", 3));
	CHECK(mmap(a + P, 2 * P, RW, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == a + P && zeros(a + P, 2 * P));
	CHECK(munmap(a, 6 * P) == 0 && close(fd) == 0);
}

static void
heap(void)
{
	char *at = sbrk(0), *p;

	CHECK((p = sbrk(1 << 20)) == at && zeros(p, 1 << 20));
	memset(p, 9, 1 << 20);
	CHECK(sbrk(-(1 << 20)) == at + (1 << 20) && sbrk(0) == at);
	p = sbrk(1 << 20);
	CHECK(zeros((char *)(((unsigned long)p + P - 1) & -P), (1 << 20) - P));
	CHECK((char *)syscall(SYS_brk, 0x1000) == sbrk(0));
}

int
main(void)
{
	anonymous();
	reservations();
	moving();
	files();
	over();
	heap();
	DONE();
}
