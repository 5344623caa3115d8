/* static: musl */
/* Wild pointers in system calls are EFAULT, unknown calls ENOSYS, bad descriptors EBADF. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define TRY(x) do { errno = 0; long r_ = (long)(x); printf("%s = %ld %d\n", #x, r_, errno); } while (0)

int
main(void)
{
	char *wild[] = { (char *)8, (char *)0x10000, (char *)0x7ffffffff000, (char *)0xffffffffffff0000 };
	int fd[2];

	pipe(fd);
	for (int i = 0; i < 4; i++) {
		char *p = wild[i];
		TRY(write(fd[1], p, 10));
		TRY(read(fd[0], p, 0));
		TRY(open(p, O_RDONLY));
		TRY(stat(p, (struct stat *)p));
		TRY(syscall(SYS_clock_gettime, 0, p));
		TRY(syscall(SYS_uname, p));
		TRY(pipe((int *)p));
		TRY(writev(fd[1], (struct iovec *)p, 2));
		TRY(syscall(SYS_nanosleep, p, NULL));
		TRY(syscall(SYS_getcwd, p, 100));
		TRY(syscall(SYS_rt_sigaction, 10, p, NULL, 8));
	}
	TRY(write(99, "x", 1));
	TRY(close(-1));
	TRY(lseek(fd[0], 0, SEEK_SET));
	TRY(syscall(9999));
	TRY(fcntl(0, 9999));
	return 0;
}
