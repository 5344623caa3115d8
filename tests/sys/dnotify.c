/* dnotify.c - fcntl(F_NOTIFY): SIGIO for changes in a folder, once or always, until the descriptor is closed. */
#include "check.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static volatile int count;

static void
handler(int sig)
{
	count++;
}

static void
make(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	CHECK(fd >= 0 && close(fd) == 0);
}

int
main(void)
{
	char base[] = "/tmp/elfport-dnotify-XXXXXX";
	int fd, file;

	signal(SIGIO, handler);
	CHECK(mkdtemp(base) && chdir(base) == 0 && (fd = open(".", O_RDONLY)) >= 0);
	CHECK(fcntl(fd, F_NOTIFY, DN_CREATE) == 0 && fcntl(fd, F_GETOWN) == getpid());
	make("a");
	CHECK(count == 1);
	make("b");
	CHECK(count == 1);
	CHECK(fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | DN_ATTRIB | DN_MULTISHOT) == 0);
	make("c");
	CHECK(count == 2 && unlink("c") == 0 && count == 3 && chmod("b", 0600) == 0 && count == 4);
	CHECK((file = open("b", O_WRONLY)) >= 0 && write(file, "x", 1) == 1 && close(file) == 0 && count == 4);
	CHECK(fcntl(fd, F_NOTIFY, 0) == 0 && unlink("b") == 0 && count == 4);
	CHECK(fcntl(fd, F_NOTIFY, DN_RENAME | DN_MULTISHOT) == 0 && rename("a", "b") == 0 && count >= 5);
	count = 0;
	CHECK(close(fd) == 0 && rename("b", "a") == 0 && count == 0);
	CHECK((file = open("a", O_RDONLY)) >= 0);
	FAILS(fcntl(file, F_NOTIFY, DN_ACCESS), ENOTDIR);
	CHECK(unlink("a") == 0 && chdir("/") == 0 && rmdir(base) == 0);
	DONE();
}
