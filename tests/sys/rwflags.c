/* preadv2, pwritev2: flags of one call. */
#include "check.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static char buf[8];
static struct iovec v = { buf, 4 };

static long rd(int fd, long at, int flags) { return syscall(SYS_preadv2, fd, &v, 1, at, 0, flags); }
static long wr(int fd, long at, int flags) { return syscall(SYS_pwritev2, fd, &v, 1, at, 0, flags); }

int
main(void)
{
	char name[] = "rwflags.XXXXXX", all[32];
	int fd = mkstemp(name), p[2];

	unlink(name);
	CHECK(write(fd, "abcdefgh", 8) == 8);
	CHECK(lseek(fd, 2, SEEK_SET) == 2);
	for (int flag = 1; flag <= 4; flag *= 2) {               /* HIPRI DSYNC SYNC */
		CHECK(rd(fd, 0, flag) == 4 && !memcmp(buf, "abcd", 4));
		CHECK(wr(fd, 4, flag) == 4);
	}
	CHECK(rd(fd, 0, 8) == 4 || errno == EOPNOTSUPP || errno == EAGAIN);      /* some file systems, some caches */
	/* APPEND: at the end whatever the offset says; the position only moves with offset -1 */
	memcpy(buf, "1234", 4);
	CHECK(wr(fd, 0, 16) == 4 && lseek(fd, 0, SEEK_CUR) == 2);
	CHECK(wr(fd, -1, 16) == 4 && lseek(fd, 0, SEEK_CUR) == 16);
	CHECK(pread(fd, all, 32, 0) == 16 && !memcmp(all, "abcdabcd12341234", 16));
	/* NOAPPEND: on a file that appends */
	CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0);
	CHECK(pwrite(fd, "xy", 2, 0) == 2 && lseek(fd, 0, SEEK_END) == 18);
	if (wr(fd, 0, 32) == -1)
		CHECK(errno == EOPNOTSUPP);                      /* before Linux 6.9 */
	else
		CHECK(pread(fd, all, 32, 0) == 18 && !memcmp(all, "1234", 4));
	CHECK(fcntl(fd, F_GETFL) & O_APPEND);
	FAILS(wr(fd, 0, 1 << 20), EOPNOTSUPP);
	FAILS(wr(-1, 0, 1), EBADF);
	/* NOWAIT: as if the pipe were opened so, for this call */
	CHECK(pipe(p) == 0);
	FAILS(rd(p[0], -1, 8), EAGAIN);
	CHECK(!(fcntl(p[0], F_GETFL) & O_NONBLOCK));
	CHECK(write(p[1], "pipe", 4) == 4);
	CHECK(rd(p[0], -1, 8) == 4 && !memcmp(buf, "pipe", 4));
	DONE();
}
