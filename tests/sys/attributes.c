/* attributes.c - extended attributes and exact times, in /tmp, /dev/shm and the current folder (one of the host's). */
#include "check.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
lists(const char *want)
{
	char buf[256], *names[8], text[256] = "";
	ssize_t n = listxattr("f", buf, sizeof buf);
	int k = 0;

	CHECK(n >= 0 && listxattr("f", NULL, 0) == n);
	for (ssize_t at = 0; at < n; at += strlen(buf + at) + 1)
		names[k++] = buf + at;
	qsort(names, k, sizeof *names, by_bytes);
	for (int i = 0; i < k; i++)
		strcat(strcat(text, names[i]), " ");
	CHECK(!strcmp(text, want));
}

static void
attributes(void)
{
	char buf[64], name[300];
	int fd = open("f", O_CREAT | O_RDWR, 0644);

	CHECK(fd >= 0);
	FAILS(getxattr("f", "user.a", buf, sizeof buf), ENODATA);
	if (!geteuid() && (chown("f", 1u << 31, 0xfffffffe) == 0 || errno != EINVAL)) {      /* EINVAL: a user namespace without such */
		struct stat st;

		CHECK(lstat("f", &st) == 0 && st.st_uid == 1u << 31 && st.st_gid == 0xfffffffe);
		CHECK(fchown(fd, -1, 0) == 0 && lchown("f", 0, -1) == 0 && lstat("f", &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	}
	lists("");
	CHECK(setxattr("f", "user.a", "value", 5, XATTR_CREATE) == 0 && fsetxattr(fd, "user.b", "", 0, 0) == 0);
	CHECK(getxattr("f", "user.a", NULL, 0) == 5 && fgetxattr(fd, "user.a", buf, 5) == 5 && !memcmp(buf, "value", 5));
	CHECK(lgetxattr("f", "user.b", buf, sizeof buf) == 0);
	lists("user.a user.b ");
	FAILS(getxattr("f", "user.a", buf, 4), ERANGE);
	FAILS(listxattr("f", buf, 13), ERANGE);
	FAILS(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
	FAILS(setxattr("f", "user.c", "x", 1, XATTR_REPLACE), ENODATA);
	FAILS(setxattr("f", "user.c", "x", 1, 4), EINVAL);
	FAILS(setxattr("f", "", "x", 1, 0), ERANGE);
	FAILS(setxattr("f", "user.", "x", 1, 0), EINVAL);
	FAILS(setxattr("f", "nothing", "x", 1, 0), EOPNOTSUPP);
	FAILS(setxattr("f", "user.c", buf, 65537, 0), E2BIG);
	FAILS(setxattr("f", "user.c", (char *)1, 4, 0), EFAULT);
	FAILS(setxattr("no", "user.c", "x", 1, 0), ENOENT);
	memset(name, 'n', sizeof name);
	memcpy(name, "user.", 5);
	name[256] = 0;
	FAILS(setxattr("f", name, "x", 1, 0), ERANGE);
	CHECK(setxattr("f", "user.a", "longer value", 12, XATTR_REPLACE) == 0 && getxattr("f", "user.a", buf, 64) == 12);
	CHECK(rename("f", "g") == 0 && link("g", "f") == 0 && unlink("g") == 0 && getxattr("f", "user.a", buf, 64) == 12);
	CHECK(symlink("f", "l") == 0 && getxattr("l", "user.a", buf, 64) == 12);
	FAILS(lgetxattr("l", "user.a", buf, 64), ENODATA);
	FAILS(lsetxattr("l", "user.a", "x", 1, 0), EPERM);
	CHECK(removexattr("f", "user.b") == 0 && unlink("l") == 0);
	FAILS(fremovexattr(fd, "user.b"), ENODATA);
	lists("user.a ");
	CHECK(mkdir("d", 0755) == 0 && setxattr("d", "user.a", "d", 1, 0) == 0 && getxattr("d", "user.a", buf, 64) == 1);
	CHECK(rmdir("d") == 0 && mkdir("d", 0755) == 0);
	FAILS(getxattr("d", "user.a", buf, 64), ENODATA);
	CHECK(rmdir("d") == 0 && unlink("f") == 0 && fgetxattr(fd, "user.a", buf, 64) == 12 && close(fd) == 0);
	FAILS(setxattr("/proc/self/status", "user.a", "x", 1, 0), EOPNOTSUPP);
}

static void
times(void)
{
	static const long us[] = { 4005006, 1002003, 999999, 1, 1700000000123457, 1234567890000001 };
	struct timespec ts[2];
	struct stat st;

	close(open("f", O_CREAT | O_RDWR, 0644));
	for (int k = 0; k < sizeof us / sizeof *us; k++) {
		ts[0] = (struct timespec){ us[k] / 1000000, us[k] % 1000000 * 1000 };
		ts[1] = (struct timespec){ us[k] / 1000000 + 7, us[k] % 1000000 * 1000 };
		CHECK(utimensat(AT_FDCWD, "f", ts, 0) == 0 && stat("f", &st) == 0);
		CHECK(st.st_atim.tv_sec == ts[0].tv_sec && st.st_atim.tv_nsec / 1000 == ts[0].tv_nsec / 1000);
		CHECK(st.st_mtim.tv_sec == ts[1].tv_sec && st.st_mtim.tv_nsec / 1000 == ts[1].tv_nsec / 1000);
	}
	CHECK(unlink("f") == 0);
}

static void
all_in(const char *where)
{
	char base[4096];

	snprintf(base, sizeof base, "%s/elfport-attributes-XXXXXX", where);
	CHECK(mkdtemp(base) && chdir(base) == 0);
	attributes();
	times();
	CHECK(chdir("/") == 0 && rmdir(base) == 0);
}

int
main(void)
{
	char cwd[3000];

	CHECK(getcwd(cwd, sizeof cwd));
	all_in("/tmp");
	all_in("/dev/shm");
	all_in(cwd);
	DONE();
}
