/* names.c - folders, links, renaming, listing, *at calls, permissions, times, getcwd, umask, O_TMPFILE, O_PATH. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

static char dir[] = "/tmp/elfport-names-XXXXXX";

static void
touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
}

static int
count(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
folders(void)
{
	char cwd[4096], want[4096];
	struct stat st;

	CHECK(mkdir("d", 0755) == 0);
	FAILS(mkdir("d", 0755), EEXIST);
	FAILS(mkdir("no/d", 0755), ENOENT);
	CHECK(mkdir("d/e/", 0700) == 0 && stat("d/e", &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700);
	FAILS(rmdir("d"), ENOTEMPTY);
	FAILS(unlink("d"), EISDIR);
	FAILS(rmdir("d/e/."), EINVAL);
	touch("f");
	FAILS(rmdir("f"), ENOTDIR);
	FAILS(stat("f/", &st), ENOTDIR);
	FAILS(stat("f/x", &st), ENOTDIR);
	CHECK(getcwd(cwd, sizeof cwd) && snprintf(want, sizeof want, "%s/d/e", cwd));
	CHECK(chdir("d/../d/./e//") == 0 && getcwd(cwd, sizeof cwd) && !strcmp(cwd, want));
	FAILS(syscall(SYS_getcwd, cwd, 3), ERANGE);
	CHECK(chdir("../..") == 0);
	CHECK(rmdir("d/e") == 0);
	for (int i = 0; i < 300; i++) {
		snprintf(cwd, sizeof cwd, "d/file-%03d", i);
		touch(cwd);
	}
	CHECK(count("d") == 302);
	for (int i = 0; i < 300; i++) {
		snprintf(cwd, sizeof cwd, "d/file-%03d", i);
		CHECK(unlink(cwd) == 0);
	}
	CHECK(count("d") == 2);
}

static void
links(void)
{
	char buf[100];
	struct stat a, b;

	CHECK(symlink("f", "l") == 0 && readlink("l", buf, sizeof buf) == 1 && buf[0] == 'f');
	FAILS(readlink("f", buf, 9), EINVAL);
	CHECK(lstat("l", &a) == 0 && S_ISLNK(a.st_mode) && a.st_size == 1);
	CHECK(stat("l", &a) == 0 && S_ISREG(a.st_mode));
	FAILS(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK(symlink("loop", "loop") == 0);
	FAILS(open("loop", O_RDONLY), ELOOP);
	CHECK(symlink("made", "dangling") == 0);
	FAILS(open("dangling", O_RDONLY), ENOENT);
	CHECK(close(open("dangling", O_CREAT | O_WRONLY, 0600)) == 0 && stat("made", &a) == 0);
	FAILS(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
	CHECK(link("f", "hard") == 0 && stat("f", &a) == 0 && stat("hard", &b) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 2);
	FAILS(link("d", "dirlink"), EPERM);
	CHECK(unlink("hard") == 0 && stat("f", &a) == 0 && a.st_nlink == 1);
	CHECK(symlink("d", "ld") == 0 && mkdir("ld/sub", 0755) == 0 && stat("d/sub", &a) == 0 && rmdir("ld/sub") == 0);
}

static void
renames(void)
{
	struct stat a, b;

	touch("r1");
	CHECK(stat("r1", &a) == 0 && rename("r1", "r2") == 0 && stat("r2", &b) == 0 && a.st_ino == b.st_ino);
	FAILS(stat("r1", &a), ENOENT);
	touch("r1");
	CHECK(rename("r1", "r2") == 0);
	CHECK(mkdir("rd", 0755) == 0 && mkdir("rd/x", 0755) == 0 && mkdir("re", 0755) == 0);
	FAILS(rename("rd", "rd/x/y"), EINVAL);
	FAILS(rename("re", "rd"), ENOTEMPTY);
	FAILS(rename("r2", "rd"), EISDIR);
	FAILS(rename("rd", "r2"), ENOTDIR);
	touch("rd/x/file");
	CHECK(rename("rd", "re") == 0 && stat("re/x/file", &a) == 0);
	FAILS(syscall(SYS_renameat2, AT_FDCWD, "r2", AT_FDCWD, "f", 1), EEXIST);
	CHECK(rename("r2", "r2") == 0);
	CHECK(unlink("re/x/file") == 0 && rmdir("re/x") == 0 && rmdir("re") == 0 && unlink("r2") == 0);
}

static void
at_calls(void)
{
	struct stat st;
	struct statfs fs;
	int d = open("d", O_RDONLY | O_DIRECTORY), fd, p;
	char buf[64];

	CHECK(d >= 0 && (fd = openat(d, "in", O_CREAT | O_RDWR, 0640)) >= 0);
	CHECK(fstatat(d, "in", &st, 0) == 0 && (st.st_mode & 0777) == 0640);
	CHECK(fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && S_ISREG(st.st_mode));
	CHECK(mkdirat(d, "m", 0700) == 0 && unlinkat(d, "m", AT_REMOVEDIR) == 0);
	FAILS(openat(fd, "x", O_RDONLY), ENOTDIR);
	FAILS(openat(99, "x", O_RDONLY), EBADF);
	CHECK(renameat(d, "in", AT_FDCWD, "moved") == 0 && linkat(AT_FDCWD, "moved", d, "in", 0) == 0);
	CHECK(symlinkat("in", d, "sl") == 0 && readlinkat(d, "sl", buf, sizeof buf) == 2);
	CHECK(faccessat(d, "in", R_OK | W_OK, 0) == 0);
	FAILS(faccessat(d, "no", F_OK, 0), ENOENT);
	CHECK(unlinkat(d, "sl", 0) == 0 && unlinkat(d, "in", 0) == 0 && unlink("moved") == 0);
	CHECK(fchdir(d) == 0 && chdir("..") == 0);
	CHECK((p = open("f", O_PATH)) >= 0 && fstat(p, &st) == 0);
	FAILS(read(p, buf, 1), EBADF);
	close(p);
	CHECK((p = open(".", O_TMPFILE | O_RDWR, 0600)) >= 0 && write(p, "x", 1) == 1 && fstat(p, &st) == 0 && st.st_nlink == 0);
	CHECK(statfs(".", &fs) == 0 && fs.f_bsize > 0);
	close(p);
	close(fd);
	close(d);
}

static void
attributes(void)
{
	struct timespec ts[2] = { { 1000000000, 123000 }, { 1100000000, 456000 } };
	struct stat st;
	mode_t old = umask(027);

	touch("u");
	CHECK(stat("u", &st) == 0 && (st.st_mode & 0777) == 0640);
	CHECK(umask(old) == 027);
	CHECK(chmod("u", 04711) == 0 && stat("u", &st) == 0 && (st.st_mode & 07777) == 04711);
	CHECK(utimensat(AT_FDCWD, "u", ts, 0) == 0 && stat("u", &st) == 0);
	CHECK(st.st_atim.tv_sec == 1000000000 && st.st_mtim.tv_sec == 1100000000 && st.st_mtim.tv_nsec == 456000);
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	CHECK(utimensat(AT_FDCWD, "u", ts, 0) == 0 && stat("u", &st) == 0 && st.st_atim.tv_sec == 1000000000 && st.st_mtim.tv_sec > 1500000000);
	ts[1].tv_nsec = -5;
	FAILS(utimensat(AT_FDCWD, "u", ts, 0), EINVAL);
	CHECK(chown("u", -1, -1) == 0);
	if (geteuid() == 0) {
		CHECK(chown("u", 12, 34) == 0 && stat("u", &st) == 0 && st.st_uid == 12 && st.st_gid == 34 && !(st.st_mode & S_ISUID));
	}
	CHECK(access("u", X_OK) == 0 && chmod("u", 0644) == 0);
	FAILS(access("u", X_OK), EACCES);
}

static void
listing_position(void)
{
	struct dirent *e;
	char first[256];
	DIR *d;
	long at;

	CHECK(mkdir("ls", 0755) == 0);
	touch("ls/a"), touch("ls/b"), touch("ls/c");
	CHECK((d = opendir("ls")) && readdir(d) && readdir(d) && readdir(d));
	at = telldir(d);
	CHECK((e = readdir(d)));
	strcpy(first, e->d_name);
	CHECK(e->d_ino != 0);
	seekdir(d, at);
	CHECK((e = readdir(d)) && !strcmp(e->d_name, first));
	touch("ls/d");
	rewinddir(d);
	int n = 0;
	while (readdir(d))
		n++;
	CHECK(n == 6);
	closedir(d);
	FAILS(syscall(SYS_getdents64, open("f", O_RDONLY), first, 256), ENOTDIR);
}

int
main(void)
{
	CHECK(mkdtemp(dir) && chdir(dir) == 0);
	folders();
	links();
	renames();
	at_calls();
	attributes();
	listing_position();
	if (fork() == 0)
		execlp("rm", "rm", "-rf", dir, NULL);
	wait(NULL);
	DONE();
}
