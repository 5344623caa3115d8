/* fsync and fdatasync: any descriptor of a file will do, also of one without a name, of a folder, of a file in memory; not a pipe. */
#include "check.h"
#include <fcntl.h>

int
main(void)
{
	char name[] = "durable.XXXXXX";
	int fd = mkstemp(name), reader, p[2];

	CHECK(write(fd, "abc", 3) == 3 && fsync(fd) == 0 && fdatasync(fd) == 0);
	CHECK((reader = open(name, O_RDONLY)) >= 0 && fsync(reader) == 0);
	CHECK(close(fd) == 0 && fsync(reader) == 0);
	CHECK(unlink(name) == 0 && fsync(reader) == 0 && close(reader) == 0);
	CHECK((fd = open(".", O_RDONLY)) >= 0 && fsync(fd) == 0 && close(fd) == 0);
	CHECK((fd = open("/dev/shm/durable", O_CREAT | O_RDWR, 0600)) >= 0 && fsync(fd) == 0 && unlink("/dev/shm/durable") == 0);
	CHECK((fd = open(name, O_CREAT | O_RDWR | O_SYNC, 0600)) >= 0 && write(fd, "abc", 3) == 3 && unlink(name) == 0);
	CHECK((fd = open("/dev/shm", O_PATH)) >= 0);
	FAILS(fsync(fd), EBADF);
	CHECK(pipe(p) == 0);
	FAILS(fsync(p[0]), EINVAL);
	FAILS(fdatasync(-1), EBADF);
	DONE();
}
