/* inotify.c - inotify on tmpfs, on what lies in memory over the host's files, and in a host folder: events, order, cookies, masks, reading, polling. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

static int in;                   /* the inotify descriptor */
static char text[8192];
static char base[4096];

static const struct { unsigned bit; const char *name; } bits[] = {
	{ IN_ACCESS, "access" }, { IN_MODIFY, "modify" }, { IN_ATTRIB, "attrib" }, { IN_CLOSE_WRITE, "close_write" },
	{ IN_CLOSE_NOWRITE, "close" }, { IN_OPEN, "open" }, { IN_MOVED_FROM, "from" }, { IN_MOVED_TO, "to" }, { IN_CREATE, "create" },
	{ IN_DELETE, "delete" }, { IN_DELETE_SELF, "delete_self" }, { IN_MOVE_SELF, "move_self" }, { IN_IGNORED, "ignored" },
	{ IN_Q_OVERFLOW, "overflow" }, { IN_ISDIR, "dir" },
};

/* All events that are there: "wd bits name ...; ", the cookie as # and a small number that counts the different ones. */
static const char *
events(void)
{
	char buf[65536];
	static unsigned last, n;
	char *t = text;
	ssize_t r = read(in, buf, sizeof buf);

	*t = 0;
	if (r < 0 && errno == EAGAIN)
		return text;
	CHECK(r > 0);
	n = last = 0;
	for (ssize_t at = 0; at < r;) {
		struct inotify_event e;

		memcpy(&e, buf + at, sizeof e);
		CHECK(e.len % 16 == 0 && (e.len == 0 || (e.len > strlen(buf + at + 16) && e.len <= strlen(buf + at + 16) + 16)));
		t += sprintf(t, "%s%d", at ? "; " : "", e.wd);
		for (unsigned k = 0; k < sizeof bits / sizeof *bits; k++)
			if (e.mask & bits[k].bit)
				t += sprintf(t, " %s", bits[k].name);
		if (e.len)
			t += sprintf(t, " %s", buf + at + 16);
		if (e.cookie && e.cookie != last)
			last = e.cookie, n++;
		if (e.cookie)
			t += sprintf(t, " #%u", n);
		at += 16 + e.len;
	}
	return text;
}

static void
expect_at(int line, const char *want)
{
	if (!strcmp(events(), want))
		return;
	printf("%s:%d in %s:\n got  %s\n want %s\n", __FILE__, line, base, text, want);
	fflush(stdout);
	_exit(1);
}
#define EXPECT(want) expect_at(__LINE__, want)

static void
fresh(void)
{
	if (in > 0)
		close(in);
	in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	CHECK(in >= 0);
}

static int
make(const char *name, const char *bytes)
{
	int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);

	CHECK(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
	return close(fd);
}

static void
watch(const char *path, unsigned mask, int wd)
{
	CHECK(inotify_add_watch(in, path, mask) == wd);
}

static void
contents(void)
{
	char c;
	int fd;

	fresh();
	watch(".", IN_ALL_EVENTS, 1);
	make("a", "xyz");
	EXPECT("1 create a; 1 open a; 1 modify a; 1 close_write a");
	make("a", "xyz");
	EXPECT("1 open a; 1 modify a; 1 close_write a");             /* two changes of one kind are one event while unread */
	CHECK((fd = open("a", O_WRONLY | O_TRUNC)) >= 0 && close(fd) == 0);
	EXPECT("1 open a; 1 modify a; 1 close_write a");
	make("a", "xyz");
	events();
	watch("a", IN_ALL_EVENTS, 2);
	CHECK((fd = open("a", O_RDWR)) >= 0 && read(fd, &c, 1) == 1 && pwrite(fd, "b", 1, 9) == 1);
	EXPECT("1 open a; 2 open; 1 access a; 2 access; 1 modify a; 2 modify");
	CHECK(read(fd, &c, 1) == 1 && read(fd, &c, 1) == 1);
	EXPECT("1 access a; 2 access; 1 access a; 2 access");
	CHECK(ftruncate(fd, 1) == 0 && lseek(fd, 0, SEEK_END) == 1 && read(fd, &c, 1) == 0 && write(fd, &c, 0) == 0);
	EXPECT("1 modify a; 2 modify");
	CHECK(fchmod(fd, 0600) == 0 && futimens(fd, NULL) == 0 && close(fd) == 0);
	EXPECT("1 attrib a; 2 attrib; 1 attrib a; 2 attrib; 1 close_write a; 2 close_write");
	CHECK((fd = open("a", O_RDONLY)) >= 0 && close(fd) == 0 && truncate("a", 5) == 0 && chmod("a", 0644) == 0);
	EXPECT("1 open a; 2 open; 1 close a; 2 close; 1 modify a; 2 modify; 1 attrib a; 2 attrib");
	CHECK(chown("a", -1, getgid()) == 0 && utimes("a", NULL) == 0);
	EXPECT("1 attrib a; 2 attrib; 1 attrib a; 2 attrib");
	CHECK((fd = open("a", O_PATH)) >= 0 && close(fd) == 0 && access("a", R_OK) == 0);
	FAILS(open("no", O_RDONLY), ENOENT);
	FAILS(open("a", O_CREAT | O_EXCL, 0600), EEXIST);
	EXPECT("");
}

static void
names(void)
{
	int fd;

	fresh();
	watch(".", IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF, 1);
	CHECK(mkdir("d", 0755) == 0 && symlink("a", "l") == 0 && mkfifo("p", 0600) == 0);
	EXPECT("1 create dir d; 1 create l; 1 create p");
	watch("a", IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF, 2);
	watch("d", IN_ALL_EVENTS & ~(IN_OPEN | IN_CLOSE | IN_ACCESS), 3);
	CHECK(link("a", "d/h") == 0 && rename("a", "d/b") == 0);
	EXPECT("2 attrib; 3 create h; 1 from a #1; 3 to b #1; 2 move_self");
	CHECK(unlink("d/h") == 0);
	EXPECT("2 attrib; 3 delete h");
	CHECK(rename("d/b", "a") == 0 && rename("a", "c") == 0 && rename("c", "a") == 0);
	EXPECT("3 from b #1; 1 to a #1; 2 move_self; 1 from a #2; 1 to c #2; 2 move_self; 1 from c #3; 1 to a #3; 2 move_self");
	CHECK(rename("d", "e") == 0 && mkdir("e/f", 0700) == 0);
	EXPECT("1 from dir d #1; 1 to dir e #1; 3 move_self; 3 create dir f");
	make("victim", "1");
	watch("victim", IN_ATTRIB | IN_DELETE_SELF, 4);
	EXPECT("1 create victim");
	CHECK(rename("a", "victim") == 0);
	EXPECT("1 from a #1; 1 to victim #1; 4 attrib; 2 move_self; 4 delete_self; 4 ignored");
	CHECK(rmdir("e/f") == 0 && rmdir("e") == 0);
	EXPECT("3 delete dir f; 3 delete_self; 3 ignored; 1 delete dir e");
	CHECK((fd = open("victim", O_RDONLY)) >= 0 && unlink("victim") == 0);
	EXPECT("2 attrib; 1 delete victim");
	CHECK(close(fd) == 0);
	EXPECT("2 delete_self; 2 ignored");
	FAILS(inotify_rm_watch(in, 2), EINVAL);
	CHECK(unlink("l") == 0 && unlink("p") == 0);
	EXPECT("1 delete l; 1 delete p");
}

static void
masks(void)
{
	int fd, pipes[2];

	fresh();
	make("a", "1");
	watch("a", IN_MODIFY, 1);
	watch("a", IN_ATTRIB, 1);
	make("a", "2");
	EXPECT("");
	watch("a", IN_MODIFY | IN_MASK_ADD, 1);
	CHECK(chmod("a", 0600) == 0);
	make("a", "2");
	EXPECT("1 attrib; 1 modify");
	FAILS(inotify_add_watch(in, "a", IN_MODIFY | IN_MASK_CREATE), EEXIST);
	FAILS(inotify_add_watch(in, "a", IN_MODIFY | IN_ONLYDIR), ENOTDIR);
	FAILS(inotify_add_watch(in, "a", 0), EINVAL);
	FAILS(inotify_add_watch(in, "a", IN_MODIFY | IN_MASK_ADD | IN_MASK_CREATE), EINVAL);
	FAILS(inotify_add_watch(in, "none", IN_MODIFY), ENOENT);
	FAILS(inotify_add_watch(in, (char *)1, IN_MODIFY), EFAULT);
	FAILS(inotify_add_watch(0x7fff, "a", IN_MODIFY), EBADF);
	FAILS(inotify_add_watch(0, "a", IN_MODIFY), EINVAL);
	FAILS(inotify_rm_watch(0, 1), EINVAL);
	FAILS(inotify_rm_watch(in, 77), EINVAL);
	FAILS(inotify_init1(1), EINVAL);
	CHECK(inotify_rm_watch(in, 1) == 0);
	make("a", "3");
	EXPECT("1 ignored");
	watch("a", IN_MODIFY | IN_ONESHOT, 2);
	make("a", "34");
	EXPECT("2 modify; 2 ignored");
	CHECK(symlink("a", "l") == 0);
	watch("l", IN_ATTRIB | IN_DONT_FOLLOW, 3);
	watch("l", IN_ATTRIB, 4);
	CHECK(unlink("l") == 0);
	EXPECT("3 attrib; 3 ignored");
	CHECK(mkdir("d", 0700) == 0);
	watch("d", IN_ALL_EVENTS | IN_EXCL_UNLINK, 5);
	CHECK((fd = open("d/x", O_CREAT | O_WRONLY, 0600)) >= 0 && unlink("d/x") == 0 && write(fd, "1", 1) == 1 && close(fd) == 0);
	EXPECT("5 create x; 5 open x; 5 delete x");
	watch("d", IN_ALL_EVENTS, 5);
	CHECK((fd = open("d/x", O_CREAT | O_WRONLY, 0600)) >= 0 && unlink("d/x") == 0 && write(fd, "1", 1) == 1 && close(fd) == 0);
	EXPECT("5 create x; 5 open x; 5 delete x; 5 modify x; 5 close_write x");
	CHECK((fd = open("d", O_RDONLY | O_DIRECTORY)) >= 0 && close(fd) == 0 && rmdir("d") == 0);
	EXPECT("5 open dir; 5 close dir; 5 delete_self; 5 ignored");
	CHECK(pipe(pipes) == 0 && unlink("a") == 0);
	EXPECT("4 attrib; 4 ignored");
}

static void
reading(void)
{
	char buf[64];
	struct pollfd p;
	struct epoll_event e = { .events = EPOLLIN };
	int n, ep = epoll_create1(0), status, flags;
	pid_t pid;

	fresh();
	p = (struct pollfd){ .fd = in, .events = POLLIN | POLLOUT };
	CHECK(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, in, &e) == 0);
	watch(".", IN_CREATE, 1);
	CHECK(poll(&p, 1, 0) == 0 && epoll_wait(ep, &e, 1, 0) == 0 && ioctl(in, FIONREAD, &n) == 0 && n == 0);
	make("first", "");
	make("a-name-of-sixteen", "");
	CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN && epoll_wait(ep, &e, 1, 0) == 1 && e.events == EPOLLIN);
	CHECK(ioctl(in, FIONREAD, &n) == 0 && n == 32 + 48);
	FAILS(read(in, buf, 31), EINVAL);
	CHECK(read(in, buf, 63) == 32 && read(in, buf, 64) == 48);
	FAILS(read(in, buf, 64), EAGAIN);
	FAILS(write(in, buf, 1), EBADF);
	CHECK(unlink("first") == 0 && unlink("a-name-of-sixteen") == 0);
	CHECK((flags = fcntl(in, F_GETFL)) >= 0 && fcntl(in, F_SETFL, flags & ~O_NONBLOCK) == 0);
	if ((pid = fork()) == 0) {
		usleep(30000);
		make("later", "");
		_exit(0);
	}
	EXPECT("1 create later");
	CHECK(waitpid(pid, &status, 0) == pid && status == 0 && unlink("later") == 0);
	close(ep);
}

static void
all_in(const char *where)
{
	snprintf(base, sizeof base, "%s/elfport-inotify-XXXXXX", where);
	CHECK(mkdtemp(base) && chdir(base) == 0);
	contents();
	names();
	masks();
	reading();
	CHECK(chdir("/") == 0 && rmdir(base) == 0);
}

int
main(void)
{
	char cwd[3000];

	CHECK(getcwd(cwd, sizeof cwd));
	umask(022);
	all_in("/tmp");
	all_in("/dev/shm");
	all_in(cwd);
	DONE();
}
