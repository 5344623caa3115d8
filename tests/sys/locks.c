/* locks.c - record locks, OFD locks, flock: conflicts, splitting, waiting, release on close and exit. */
#include "check.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

static char name[] = "/tmp/elfport-locks-XXXXXX";

static int
lock(int fd, int cmd, int type, off_t start, off_t len)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
	int r = fcntl(fd, cmd, &l);

	return cmd == F_GETLK ? (r ? -1 : l.l_type) : r;
}

static int
child(int (*f)(void))
{
	int st;
	pid_t pid = fork();

	if (!pid)
		_exit(f());
	CHECK(waitpid(pid, &st, 0) == pid && WIFEXITED(st));
	return WEXITSTATUS(st);
}

static int
try_middle(void)
{
	int fd = open(name, O_RDWR);

	return lock(fd, F_SETLK, F_WRLCK, 20, 10) == -1 && errno == EAGAIN;
}

static int
probe(void)
{
	int fd = open(name, O_RDWR);

	return lock(fd, F_GETLK, F_RDLCK, 0, 10) == F_WRLCK && lock(fd, F_GETLK, F_RDLCK, 20, 5) == F_UNLCK &&
		lock(fd, F_GETLK, F_RDLCK, 40, 5) == F_WRLCK;
}

static int
wait_for_it(void)
{
	int fd = open(name, O_RDWR);

	return lock(fd, F_SETLKW, F_WRLCK, 0, 10) == 0;
}

static int
try_flock(void)
{
	int fd = open(name, O_RDWR);

	return flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK && flock(fd, LOCK_SH | LOCK_NB) == 0;
}

int
main(void)
{
	int fd, fd2, st;
	pid_t pid;

	CHECK((fd = mkstemp(name)) >= 0 && write(fd, "0123456789", 10) == 10);
	CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0 && lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0);
	CHECK(child(try_middle) == 1);
	CHECK(lock(fd, F_SETLK, F_UNLCK, 20, 10) == 0 && child(probe) == 1 && child(try_middle) == 0);
	CHECK((pid = fork()) >= 0);
	if (!pid)
		_exit(wait_for_it());
	usleep(30000);
	CHECK(waitpid(pid, &st, WNOHANG) == 0);
	CHECK((fd2 = open(name, O_RDONLY)) >= 0);
	FAILS(lock(fd2, F_SETLK, F_WRLCK, 0, 1), EBADF);
	close(fd2);                              /* drops every record lock of the process */
	CHECK(waitpid(pid, &st, 0) == pid && WEXITSTATUS(st) == 1);
	CHECK((fd2 = open(name, O_RDWR)) >= 0 && lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0) == 0);
	FAILS(lock(fd2, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
	CHECK(lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0) == 0 && lock(fd2, F_OFD_SETLK, F_RDLCK, 5, 1) == 0);
	CHECK(flock(fd, LOCK_SH) == 0 && flock(fd2, LOCK_SH | LOCK_NB) == 0);
	FAILS(flock(fd2, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK(child(try_flock) == 1 && flock(fd, LOCK_UN) == 0 && flock(fd2, LOCK_UN) == 0);
	FAILS(flock(fd, 77), EINVAL);
	unlink(name);
	DONE();
}
