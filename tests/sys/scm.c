/* scm.c - sendmsg and recvmsg: scattered buffers, descriptors (SCM_RIGHTS), credentials, truncation, and several messages per call. */
#include "check.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static union { char b[1200]; struct cmsghdr align; } control;
static char buf[100];
static struct iovec iov[2];
static struct msghdr m;

static void
prepare(size_t room)
{
	memset(&m, 0, sizeof m);
	memset(buf, 0, sizeof buf);
	iov[0] = (struct iovec){ buf, 3 };
	iov[1] = (struct iovec){ buf + 10, 50 };
	m.msg_iov = iov;
	m.msg_iovlen = 2;
	m.msg_control = room ? control.b : NULL;
	m.msg_controllen = room;
}

static ssize_t
send_fds(int s, const char *text, const int *fds, int n)
{
	struct cmsghdr *c;

	prepare(CMSG_SPACE(n * sizeof *fds));
	iov[0] = (struct iovec){ (char *)text, strlen(text) };
	m.msg_iovlen = 1;
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof *fds);
	memcpy(CMSG_DATA(c), fds, n * sizeof *fds);
	return sendmsg(s, &m, 0);
}

static void
rights(void)
{
	int s[2], p[2], fds[3], bad[] = { 999 }, n, st, one = 1;
	struct cmsghdr *c;
	struct stat x, y;
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(p) == 0);
	fds[0] = p[0];
	fds[1] = p[1];
	CHECK(send_fds(s[0], "hello world", fds, 2) == 11 && send(s[0], "more", 4, 0) == 4);
	FAILS(send_fds(s[0], "x", bad, 1), EBADF);
	prepare(sizeof control);
	/* no reading across descriptors */
	CHECK(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC) == 11 && !strcmp(buf + 10, "lo world") && !memcmp(buf, "hel", 3));
	c = CMSG_FIRSTHDR(&m);
	CHECK(c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(8) && m.msg_controllen == CMSG_SPACE(8));
	CHECK(m.msg_flags == MSG_CMSG_CLOEXEC);
	memcpy(fds, CMSG_DATA(c), 8);
	CHECK(fstat(fds[0], &x) == 0 && fstat(p[0], &y) == 0 && x.st_ino == y.st_ino && fcntl(fds[0], F_GETFD) == FD_CLOEXEC);
	CHECK(write(fds[1], "via", 3) == 3 && read(p[0], buf, 9) == 3 && read(s[1], buf, 9) == 4);
	/* too little room: those that fit arrive, the others are closed */
	close(fds[0]);
	close(fds[1]);
	CHECK(send_fds(s[0], "z", p, 2) == 1);
	prepare(CMSG_LEN(4));
	CHECK(recvmsg(s[1], &m, 0) == 1 && m.msg_flags == MSG_CTRUNC && CMSG_FIRSTHDR(&m)->cmsg_len == CMSG_LEN(4));
	memcpy(&n, CMSG_DATA(CMSG_FIRSTHDR(&m)), 4);
	CHECK(close(n) == 0);
	/* a peek gives copies; a plain read closes them */
	CHECK(send_fds(s[0], "pk", p, 1) == 2);
	prepare(sizeof control);
	CHECK(recvmsg(s[1], &m, MSG_PEEK) == 2 && CMSG_FIRSTHDR(&m));
	memcpy(&n, CMSG_DATA(CMSG_FIRSTHDR(&m)), 4);
	CHECK(close(n) == 0 && close(p[0]) == 0 && read(s[1], buf, 9) == 2);
	signal(13, (void (*)(int))1);
	FAILS(write(p[1], "x", 1), EPIPE);
	/* into another process, the sender's own is closed before it arrives */
	CHECK(pipe(p) == 0 && (pid = fork()) >= 0);
	if (!pid) {
		close(p[0]);
		close(p[1]);
		usleep(5000);
		prepare(sizeof control);
		if (recvmsg(s[1], &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
			_exit(1);
		memcpy(&n, CMSG_DATA(CMSG_FIRSTHDR(&m)), 4);
		_exit(write(n, "ok", 2) == 2 ? 0 : 2);
	}
	CHECK(send_fds(s[0], "w", p + 1, 1) == 1 && close(p[1]) == 0);
	CHECK(read(p[0], buf, 9) == 2 && waitpid(pid, &st, 0) == pid && st == 0 && read(p[0], buf, 9) == 0);
	(void)one;
	close(s[0]);
	close(s[1]);
}

struct cred { pid_t pid; uid_t uid; gid_t gid; };

static void
credentials(void)
{
	int s[2], one = 1;
	struct cred u;
	struct cmsghdr *c;
	socklen_t len = sizeof u;

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	CHECK(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &u, &len) == 0 && u.pid == getpid() && u.uid == getuid() && u.gid == getgid());
	CHECK(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one) == 0 && send(s[0], "hi", 2, 0) == 2);
	prepare(sizeof control);
	CHECK(recvmsg(s[1], &m, 0) == 2);
	c = CMSG_FIRSTHDR(&m);
	CHECK(c && c->cmsg_type == 2 && c->cmsg_len == CMSG_LEN(sizeof u));
	memcpy(&u, CMSG_DATA(c), sizeof u);
	CHECK(u.pid == getpid() && u.uid == getuid() && u.gid == getgid());
	/* given by hand */
	prepare(CMSG_SPACE(sizeof u));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = 2;
	c->cmsg_len = CMSG_LEN(sizeof u);
	memcpy(CMSG_DATA(c), &u, sizeof u);
	CHECK(sendmsg(s[0], &m, 0) == 53);
	prepare(sizeof control);
	CHECK(recvmsg(s[1], &m, 0) == 53 && CMSG_FIRSTHDR(&m)->cmsg_type == 2);
	close(s[0]);
	close(s[1]);
}

static void
several(void)
{
	struct mmsghdr v[4];
	struct iovec w[4];
	struct sockaddr_un a;
	int s[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	memset(v, 0, sizeof v);
	for (int i = 0; i < 4; i++) {
		w[i] = (struct iovec){ "message" , i + 1 };
		v[i].msg_hdr.msg_iov = &w[i];
		v[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK(sendmmsg(s[0], v, 3, 0) == 3 && v[2].msg_len == 3);
	for (int i = 0; i < 4; i++)
		w[i] = (struct iovec){ buf + i * 10, 2 };
	v[0].msg_hdr.msg_name = &a;
	v[0].msg_hdr.msg_namelen = sizeof a;
	CHECK(recvmmsg(s[1], v, 4, MSG_WAITFORONE, NULL) == 3 && v[0].msg_len == 1 && v[2].msg_len == 2);
	CHECK(v[2].msg_hdr.msg_flags & MSG_TRUNC && !(v[1].msg_hdr.msg_flags & MSG_TRUNC) && v[0].msg_hdr.msg_namelen == 0);
	FAILS(recvmmsg(s[1], v, 4, MSG_DONTWAIT, NULL), EAGAIN);
	close(s[0]);
	close(s[1]);
}

int
main(void)
{
	rights();
	credentials();
	several();
	FAILS(sendmsg(0, &m, 0), ENOTSOCK);
	DONE();
}
