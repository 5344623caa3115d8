/* Descriptors opened with O_PATH name a file and do nothing with it: what refuses them, what takes them, how they travel. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <utime.h>

static void
refused(int p, int null)
{
	struct epoll_event ev = { EPOLLIN };
	struct flock lock = { F_RDLCK };
	struct pollfd pf = { p, POLLIN };
	int ep = epoll_create1(0), pipes[2];
	char b[64];

	CHECK(pipe(pipes) == 0);
	FAILS(read(p, b, 4), EBADF);
	FAILS(write(p, b, 4), EBADF);
	FAILS(pread(p, b, 4, 0), EBADF);
	FAILS(lseek(p, 0, SEEK_SET), EBADF);
	FAILS(ioctl(p, FIONREAD, b), EBADF);
	FAILS(fsync(p), EBADF);
	FAILS(ftruncate(p, 3), EBADF);
	FAILS(syscall(SYS_fallocate, p, 0, 0L, 10L), EBADF);
	FAILS(fchmod(p, 0600), EBADF);
	FAILS(fchown(p, -1, -1), EBADF);
	FAILS(flock(p, LOCK_SH), EBADF);
	FAILS(syscall(SYS_fadvise64, p, 0L, 0L, 0), EBADF);
	FAILS(syscall(SYS_readahead, p, 0L, 1L), EBADF);
	FAILS(syscall(SYS_sync_file_range, p, 0L, 0L, 0), EBADF);
	FAILS(syscall(SYS_syncfs, p), EBADF);
	FAILS(syscall(SYS_getdents64, p, b, 64), EBADF);
	FAILS(fgetxattr(p, "user.a", b, 4), EBADF);
	FAILS(syscall(SYS_utimensat, p, NULL, NULL, 0), EBADF);
	FAILS(epoll_ctl(ep, EPOLL_CTL_ADD, p, &ev), EBADF);
	FAILS(sendfile(null, p, NULL, 4), EBADF);
	FAILS(syscall(SYS_splice, p, NULL, pipes[1], NULL, 4L, 0), EBADF);
	FAILS(syscall(SYS_splice, pipes[0], NULL, p, NULL, 4L, 0), EBADF);
	FAILS(syscall(SYS_copy_file_range, p, NULL, p, NULL, 4L, 0), EBADF);
	FAILS(fcntl(p, F_SETFL, 0), EBADF);
	FAILS(fcntl(p, F_GETLK, &lock), EBADF);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, p, 0) == MAP_FAILED && errno == EBADF);
	CHECK(poll(&pf, 1, 0) == 1 && pf.revents == POLLNVAL);
	close(ep);
	close(pipes[0]);
	close(pipes[1]);
}

static int
travel(int p)
{
	union { char c[CMSG_SPACE(sizeof(int))]; struct cmsghdr h; } u;
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = u.c, .msg_controllen = sizeof u.c };
	int s[2], got;
	char b[4];

	memset(&u, 0, sizeof u);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	u.h.cmsg_len = CMSG_LEN(sizeof(int));
	u.h.cmsg_level = SOL_SOCKET;
	u.h.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&u.h), &p, sizeof p);
	CHECK(sendmsg(s[0], &m, 0) == 1);
	v.iov_base = b;
	CHECK(recvmsg(s[1], &m, 0) == 1 && u.h.cmsg_type == SCM_RIGHTS);
	memcpy(&got, CMSG_DATA(&u.h), sizeof got);
	close(s[0]);
	close(s[1]);
	return got;
}

int
main(void)
{
	char name[] = "opath.XXXXXX";
	int fd = mkstemp(name), null = open("/dev/null", O_RDWR), p, q;
	struct stat a, b;
	struct statfs fs;

	CHECK(write(fd, "abcd", 4) == 4);
	CHECK((p = open(name, O_PATH)) >= 0 && unlink(name) == 0);
	refused(p, null);
	CHECK(fstat(p, &a) == 0 && fstat(fd, &b) == 0 && a.st_ino == b.st_ino && fstatfs(p, &fs) == 0);
	CHECK((q = dup(p)) >= 0 && (fcntl(q, F_GETFL) & O_PATH) && fcntl(q, F_SETFD, FD_CLOEXEC) == 0);
	close(q);
	q = travel(p);
	CHECK((fcntl(q, F_GETFL) & O_PATH) && fstat(q, &b) == 0 && a.st_ino == b.st_ino);
	FAILS(read(q, name, 1), EBADF);
	close(p);
	CHECK((p = open(".", O_PATH)) >= 0);
	refused(p, null);
	CHECK(fchdir(p) == 0 && (fd = openat(p, "x.opath", O_CREAT | O_RDWR, 0600)) >= 0 && unlinkat(p, "x.opath", 0) == 0);
	DONE();
}
