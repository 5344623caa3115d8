/* fifos.c - FIFOs with names, in /tmp and in the current folder (one of the host's): listing, renaming, removing, both ends in two processes. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void
listed(const char *name, int type)
{
	DIR *d = opendir(".");
	struct dirent *e;
	int n = 0;

	CHECK(d);
	while ((e = readdir(d)))
		if (!strcmp(e->d_name, name) && (e->d_type == type || e->d_type == DT_UNKNOWN))
			n++;
	closedir(d);
	CHECK(n == (type >= 0));
}

static void
through(const char *name)
{
	char buf[16];
	int fd, status;
	pid_t pid = fork();

	if (pid == 0) {
		fd = open(name, O_WRONLY);
		_exit(fd < 0 || write(fd, "words", 5) != 5);
	}
	CHECK((fd = open(name, O_RDONLY)) >= 0 && read(fd, buf, sizeof buf) == 5 && !memcmp(buf, "words", 5));
	CHECK(read(fd, buf, sizeof buf) == 0 && close(fd) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
all_in(const char *where)
{
	char base[4096];
	struct stat st;
	int fd;

	snprintf(base, sizeof base, "%s/elfport-fifos-XXXXXX", where);
	CHECK(mkdtemp(base) && chdir(base) == 0);
	CHECK(mkfifo("p", 0640) == 0 && lstat("p", &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0640 && st.st_nlink == 1);
	FAILS(mkfifo("p", 0640), EEXIST);
	FAILS(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
	listed("p", DT_FIFO);
	through("p");
	CHECK(chmod("p", 0600) == 0 && stat("p", &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(rename("p", "q") == 0 && stat("q", &st) == 0 && S_ISFIFO(st.st_mode));
	FAILS(stat("p", &st), ENOENT);
	listed("p", -1);
	through("q");
	CHECK(mkdir("d", 0755) == 0 && rename("q", "d/q") == 0);
	FAILS(rmdir("d"), ENOTEMPTY);
	CHECK(rename("d", "e") == 0 && stat("e/q", &st) == 0 && S_ISFIFO(st.st_mode));
	FAILS(stat("d/q", &st), ENOENT);
	through("e/q");
	CHECK((fd = open("file", O_CREAT | O_WRONLY, 0600)) >= 0 && close(fd) == 0);
	CHECK(rename("e/q", "file") == 0 && stat("file", &st) == 0 && S_ISFIFO(st.st_mode));
	listed("file", DT_FIFO);
	CHECK((fd = open("plain", O_CREAT | O_WRONLY, 0600)) >= 0 && close(fd) == 0);
	CHECK(rename("plain", "file") == 0 && stat("file", &st) == 0 && S_ISREG(st.st_mode));
	CHECK(mkfifo("p", 0600) == 0 && mkfifo("q", 0600) == 0 && rename("p", "q") == 0 && unlink("q") == 0);
	CHECK(mkdir("empty", 0700) == 0 && mkfifo("p", 0600) == 0);
	FAILS(rename("p", "empty"), EISDIR);
	CHECK(unlink("p") == 0 && unlink("file") == 0 && rmdir("empty") == 0 && rmdir("e") == 0);
	FAILS(stat("p", &st), ENOENT);
	CHECK(chdir("/") == 0 && rmdir(base) == 0);
}

int
main(void)
{
	char cwd[3000];

	CHECK(getcwd(cwd, sizeof cwd));
	umask(0);
	all_in("/tmp");
	all_in(cwd);
	DONE();
}
