/* files.c - open flags, reading and writing at positions, seeking, truncation, descriptors, vectors, sizes, unlinked files. */
#include "check.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char dir[] = "/tmp/elfport-files-XXXXXX";

static void
flags(void)
{
	char buf[64];
	int fd, fd2;

	CHECK((fd = open("a", O_CREAT | O_EXCL | O_RDWR, 0644)) >= 0);
	FAILS(open("a", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
	FAILS(open("none", O_RDONLY), ENOENT);
	FAILS(open("a/b", O_RDONLY), ENOTDIR);
	FAILS(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
	FAILS(open(".", O_WRONLY), EISDIR);
	FAILS(open("", O_RDONLY), ENOENT);
	CHECK(write(fd, "hello world", 11) == 11);
	CHECK(pread(fd, buf, 5, 6) == 5 && !memcmp(buf, "world", 5));
	CHECK(lseek(fd, 0, SEEK_CUR) == 11);
	CHECK(pwrite(fd, "J", 1, 0) == 1);
	CHECK(lseek(fd, -11, SEEK_END) == 0);
	CHECK(read(fd, buf, sizeof buf) == 11 && !memcmp(buf, "Jello world", 11));
	CHECK(read(fd, buf, sizeof buf) == 0);
	FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
	FAILS(lseek(fd, 0, 77), EINVAL);
	CHECK((fd2 = open("a", O_WRONLY | O_APPEND)) >= 0);
	CHECK(write(fd2, "!", 1) == 1 && lseek(fd2, 0, SEEK_CUR) == 12);
	FAILS(read(fd2, buf, 1), EBADF);
	CHECK(fcntl(fd2, F_GETFL) == (O_WRONLY | O_APPEND | 0100000));
	CHECK(close(fd2) == 0);
	FAILS(close(fd2), EBADF);
	CHECK((fd2 = open("a", O_RDWR | O_TRUNC)) >= 0);
	CHECK(read(fd, buf, sizeof buf) == 0);
	close(fd2);
	FAILS(write(fd, (void *)8, 4), EFAULT);
}

static void
sizes(void)
{
	struct stat st;
	char buf[16];
	int fd = open("s", O_CREAT | O_RDWR | O_TRUNC, 0600);

	CHECK(fd >= 0 && ftruncate(fd, 100000) == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 100000 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600 && st.st_nlink == 1);
	CHECK(pread(fd, buf, 16, 99990) == 10 && !buf[0] && !buf[9]);
	CHECK(pwrite(fd, "x", 1, 200000) == 1 && fstat(fd, &st) == 0 && st.st_size == 200001);
	CHECK(pread(fd, buf, 1, 150000) == 1 && !buf[0]);
	CHECK(ftruncate(fd, 10) == 0 && ftruncate(fd, 20) == 0 && pread(fd, buf, 16, 5) == 15 && !buf[6]);
	CHECK(truncate("s", 3) == 0 && fstat(fd, &st) == 0 && st.st_size == 3);
	FAILS(ftruncate(fd, -1), EINVAL);
	CHECK(posix_fallocate(fd, 0, 5000) == 0 && fstat(fd, &st) == 0 && st.st_size == 5000);
	CHECK(lseek(fd, 0, SEEK_HOLE) == 5000 || 1);
	CHECK(unlink("s") == 0 && fstat(fd, &st) == 0 && st.st_nlink == 0);
	CHECK(pwrite(fd, "still", 5, 0) == 5 && pread(fd, buf, 5, 0) == 5 && !memcmp(buf, "still", 5));
	CHECK(ftruncate(fd, 1) == 0 && fstat(fd, &st) == 0 && st.st_size == 1);
	close(fd);
}

static void
vectors(void)
{
	char a[4], b[8];
	struct iovec w[3] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 } }, r[2] = { { a, 4 }, { b, 8 } };
	int fd = open("v", O_CREAT | O_RDWR, 0600);

	CHECK(writev(fd, w, 3) == 8);
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, r, 2) == 8);
	CHECK(!memcmp(a, "abcd", 4) && !memcmp(b, "efgh", 4));
	CHECK(pwritev(fd, w, 1, 100) == 3 && preadv(fd, r, 1, 100) == 3 && !memcmp(a, "abc", 3));
	FAILS(readv(fd, r, -1), EINVAL);
	FAILS(readv(fd, r, 2000), EINVAL);
	close(fd);
}

static void
descriptors(void)
{
	int fd = open("d", O_CREAT | O_RDWR, 0600), n, pair[2];

	CHECK((n = dup(fd)) > fd && dup2(fd, 50) == 50 && dup3(fd, 51, O_CLOEXEC) == 51);
	CHECK(fcntl(50, F_GETFD) == 0 && fcntl(51, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(fd, F_DUPFD, 60) == 60 && fcntl(fd, F_DUPFD_CLOEXEC, 60) == 61 && fcntl(61, F_GETFD) == FD_CLOEXEC);
	CHECK(write(50, "abc", 3) == 3 && lseek(fd, 0, SEEK_CUR) == 3);
	CHECK(fcntl(n, F_SETFL, O_NONBLOCK | O_APPEND) == 0 && (fcntl(fd, F_GETFL) & (O_NONBLOCK | O_APPEND)) == (O_NONBLOCK | O_APPEND));
	FAILS(dup3(fd, fd, 0), EINVAL);
	CHECK(dup2(fd, fd) == fd);
	FAILS(dup2(99, 3), EBADF);
	FAILS(dup2(fd, -1), EBADF);
	FAILS(fcntl(fd, 9999), EINVAL);
	CHECK(ioctl(fd, FIONREAD, &n) == 0 && n == 0);
	CHECK(lseek(fd, 1, SEEK_SET) == 1 && ioctl(fd, FIONREAD, &n) == 0 && n == 2);
	FAILS(ioctl(fd, 0x5401, &n), ENOTTY);
	CHECK(pipe(pair) == 0);
	FAILS(lseek(pair[0], 0, SEEK_SET), ESPIPE);
	FAILS(pread(pair[0], &n, 1, 0), ESPIPE);
	for (n = 50; n < 62; n++)
		close(n);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void
copies(void)
{
	char buf[8192];
	int in = open("in", O_CREAT | O_RDWR, 0600), out = open("out", O_CREAT | O_RDWR, 0600);
	off_t off = 100, a = 0, b = 50;
	size_t total = 0;

	for (int i = 0; i < 40; i++) {
		memset(buf, 'a' + i % 26, sizeof buf);
		CHECK(write(in, buf, sizeof buf) == sizeof buf);
	}
	while (total < 300000) {
		ssize_t n = sendfile(out, in, &off, 300000 - total);

		CHECK(n > 0);
		total += n;
	}
	CHECK(off == 300100 && lseek(out, 0, SEEK_CUR) == 300000);
	CHECK(pread(out, buf, 10, 8191 - 100) == 10 && buf[0] == 'a' && buf[1] == 'b');
	CHECK(copy_file_range(in, &a, out, &b, 1000, 0) == 1000 && a == 1000 && b == 1050);
	close(in);
	close(out);
}

/* a file of /proc is written when it is read from its beginning */
static void
proc_text(void)
{
	char buf[64];
	int fd;

	CHECK((fd = open("/proc/self/comm", O_RDONLY)) >= 0);
	CHECK(prctl(PR_SET_NAME, "first") == 0);
	CHECK(read(fd, buf, sizeof buf) == 6 && !memcmp(buf, "first\n", 6));
	CHECK(prctl(PR_SET_NAME, "another") == 0);
	CHECK(read(fd, buf, sizeof buf) == 0);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(read(fd, buf, sizeof buf) == 8 && !memcmp(buf, "another\n", 8));
	CHECK(close(fd) == 0);
}

/* writes and truncations against RLIMIT_FSIZE */
static void
limits(void)
{
	struct rlimit l, old;
	char buf[64];
	int fd;

	memset(buf, 'x', sizeof buf);
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &old) == 0);
	l = old;
	l.rlim_cur = 100;
	CHECK(setrlimit(RLIMIT_FSIZE, &l) == 0);
	CHECK((fd = open("limited", O_CREAT | O_RDWR, 0644)) >= 0);
	CHECK(write(fd, buf, 64) == 64 && write(fd, buf, 64) == 36);
	FAILS(write(fd, buf, 1), EFBIG);
	FAILS(pwrite(fd, buf, 1, 200), EFBIG);
	CHECK(pwrite(fd, buf, 64, 90) == 10 && write(fd, buf, 0) == 0);
	FAILS(ftruncate(fd, 101), EFBIG);
	CHECK(ftruncate(fd, 50) == 0 && ftruncate(fd, 100) == 0);
	FAILS(truncate("limited", 1000), EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
	CHECK(write(fd, buf, 64) == 64 && close(fd) == 0);
}

int
main(void)
{
	CHECK(mkdtemp(dir) && chdir(dir) == 0);
	flags();
	proc_text();
	limits();
	sizes();
	vectors();
	descriptors();
	copies();
	CHECK(system("rm -rf /tmp/elfport-files-*") == 0 || 1);
	DONE();
}
