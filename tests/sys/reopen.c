/*
 * reopen.c - /dev/stdin, /dev/stdout, /dev/stderr and /proc/self/fd/N of what the host gave: run with a null device, a pipe and a regular file as
 * descriptors 0, 1 and 2. Each stands for what it is: names, kinds, offsets of their own.
 */
#include "check.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char *
link_of(int fd)
{
	static char to[4096];
	char path[32];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK((n = readlink(path, to, sizeof to - 1)) > 0);
	to[n] = 0;
	return to;
}

int
main(void)
{
	struct stat st, st2;
	char buf[16];
	int fd, copy;

	CHECK(fstat(0, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	CHECK(fstat(1, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_rdev == 0);
	CHECK(fstat(2, &st) == 0 && S_ISREG(st.st_mode));
	CHECK(!strcmp(link_of(0), "/dev/null") && !strncmp(link_of(1), "pipe:[", 6) && strstr(link_of(2), "/stderr"));
	CHECK((fd = open("/dev/stdin", O_RDWR)) >= 0 && read(fd, buf, 1) == 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
	CHECK(stat("/dev/stdin", &st) == 0 && st.st_rdev == makedev(1, 3));
	CHECK((fd = open("/dev/stdout", O_WRONLY)) >= 0 && write(fd, "a line\n", 7) == 7);
	CHECK(fstat(fd, &st) == 0 && fstat(1, &st2) == 0 && S_ISFIFO(st.st_mode) && st.st_ino == st2.st_ino);
	CHECK(!strcmp(link_of(fd), strdup(link_of(1))) && close(fd) == 0);
	FAILS(open("/dev/stdout", O_WRONLY | O_DIRECTORY), ENOTDIR);

	CHECK(write(2, "first\n", 6) == 6 && lseek(2, 0, SEEK_CUR) == 6);
	CHECK((fd = open("/dev/stderr", O_RDWR)) >= 0 && read(fd, buf, 6) == 6 && !memcmp(buf, "first\n", 6));
	CHECK(lseek(2, 0, SEEK_CUR) == 6 && lseek(fd, 0, SEEK_CUR) == 6);
	CHECK(fstat(fd, &st) == 0 && fstat(2, &st2) == 0 && S_ISREG(st.st_mode) && st.st_ino == st2.st_ino && st.st_size == 6);
	CHECK(pwrite(fd, "F", 1, 0) == 1 && write(2, "second\n", 7) == 7 && read(fd, buf, 16) == 7 && !memcmp(buf, "second\n", 7));
	CHECK((copy = open("/proc/self/fd/2", O_WRONLY | O_APPEND)) >= 0 && write(copy, "third\n", 6) == 6);
	CHECK(lseek(copy, 0, SEEK_CUR) == 19 && lseek(2, 0, SEEK_CUR) == 13 && strstr(link_of(copy), "/stderr"));
	CHECK(close(copy) == 0 && pread(fd, buf, 16, 0) == 16 && !memcmp(buf, "First\nsecond\nthi", 16));
	CHECK(ftruncate(fd, 0) == 0 && fstat(2, &st) == 0 && st.st_size == 0 && close(fd) == 0);
	FAILS(open("/dev/stderr", O_RDONLY | O_DIRECTORY), ENOTDIR);

	CHECK((fd = open("/proc/self/attr/current", O_RDONLY)) >= 0);
	FAILS(read(fd, buf, sizeof buf), EINVAL);
	DONE();
}
