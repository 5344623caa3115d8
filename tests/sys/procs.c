/* procs.c - /proc and /dev as programs read them. */
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char buf[65536];

static const char *
slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = 0, r;

	CHECK(fd >= 0);
	while ((r = read(fd, buf + n, sizeof buf - 1 - n)) > 0)
		n += r;
	CHECK(r == 0);
	buf[n] = 0;
	close(fd);
	return buf;
}

int
main(int argc, char **argv)
{
	char link[256], path[64];
	struct stat a, b;
	int fd, p[2], null;
	ssize_t n;

	CHECK(argc == 1 && strstr(slurp("/proc/self/cmdline"), argv[0]) == buf);
	CHECK(strstr(slurp("/proc/self/maps"), "[stack]") && strstr(buf, "r-xp"));
	snprintf(link, sizeof link, "Pid:\t%d\n", getpid());
	CHECK(strstr(slurp("/proc/self/status"), link) && strstr(buf, "Name:\t"));
	snprintf(link, sizeof link, "%d (", getpid());
	CHECK(strstr(slurp("/proc/self/stat"), link) == buf);
	CHECK(strstr(slurp("/proc/meminfo"), "MemTotal:") && strstr(slurp("/proc/cpuinfo"), "processor\t:"));
	CHECK(strstr(slurp("/proc/mounts"), " / ") && atof(slurp("/proc/uptime")) > 0);
	CHECK(strstr(slurp("/proc/sys/kernel/ostype"), "Linux") && strstr(slurp("/proc/version"), "Linux version"));
	CHECK((n = readlink("/proc/self/exe", link, sizeof link - 1)) > 0 && stat("/proc/self/exe", &a) == 0);
	link[n] = 0;
	CHECK(stat(link, &b) == 0 && a.st_ino == b.st_ino);
	snprintf(path, sizeof path, "/proc/%d/cwd", getpid());
	CHECK(readlink(path, link, sizeof link) > 0);
	CHECK((n = readlink("/proc/self", link, sizeof link)) > 0 && atoi(link) == getpid());
	CHECK(pipe(p) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
	CHECK(readlink(path, link, sizeof link) > 6 && !memcmp(link, "pipe:[", 6));
	FAILS(open("/proc/self/nothing", O_RDONLY), ENOENT);
	FAILS(open("/proc/999999/stat", O_RDONLY), ENOENT);
	CHECK((fd = memfd_create("name", 0)) >= 0 && write(fd, "data", 4) == 4);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK(!memcmp(slurp(path), "data", 4) && readlink(path, link, sizeof link) > 0 && strstr(link, "/memfd:name"));
	char *m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(m != MAP_FAILED && !memcmp(m, "data", 4));
	CHECK((null = open("/dev/null", O_RDWR)) >= 0 && write(null, "x", 1) == 1 && read(null, buf, 9) == 0);
	CHECK(fstat(null, &a) == 0 && S_ISCHR(a.st_mode) && a.st_rdev == 0x103);
	CHECK((fd = open("/dev/zero", O_RDONLY)) >= 0 && (buf[5] = 1) && read(fd, buf, 10) == 10 && !buf[5]);
	CHECK((fd = open("/dev/full", O_WRONLY)) >= 0);
	FAILS(write(fd, "x", 1), ENOSPC);
	CHECK((fd = open("/dev/urandom", O_RDONLY)) >= 0 && read(fd, buf, 32) == 32);
	CHECK((fd = open("/dev/fd/0", O_RDONLY)) >= 0 || errno == ENXIO || errno == ENOENT || errno == EACCES);
	DONE();
}
