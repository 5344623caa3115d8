/* The parent of the first program is a process like others to those who ask: every way of naming it by number finds it. Run by a shell, natively. */
#include "check.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int
main(void)
{
	static const char *const names[] = { "stat", "status", "comm", "cmdline", "limits", "statm" };
	pid_t p = getppid();
	struct sched_param sp;
	struct timespec ts;
	struct rlimit rl;
	unsigned long mask[16];
	unsigned attr[14];
	char path[64], buf[512];
	void *head;
	size_t len;
	int fd, n, pid, ppid, st;

	CHECK(kill(p, 0) == 0);
	CHECK(getpgid(p) > 0);
	CHECK(getsid(p) >= 0);
	errno = 0;
	CHECK(getpriority(PRIO_PROCESS, p) != -1 || !errno);
	CHECK(syscall(SYS_sched_getscheduler, p) >= 0);
	CHECK(syscall(SYS_sched_getparam, p, &sp) == 0);
	CHECK(syscall(SYS_sched_rr_get_interval, p, &ts) == 0);
	CHECK(syscall(SYS_sched_getaffinity, p, sizeof mask, mask) > 0);
	CHECK(syscall(SYS_sched_getattr, p, attr, sizeof attr, 0) == 0);
	CHECK(syscall(SYS_prlimit64, p, RLIMIT_NOFILE, NULL, &rl) == 0);
	CHECK(syscall(SYS_get_robust_list, p, &head, &len) == 0);
	CHECK((fd = syscall(SYS_pidfd_open, p, 0)) >= 0);
	close(fd);
	FAILS(waitpid(p, &st, WNOHANG), ECHILD);
	FAILS(setpgid(p, 0), ESRCH);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", p, names[i]);
		CHECK((fd = open(path, O_RDONLY)) >= 0);
		CHECK((n = read(fd, buf, sizeof buf - 1)) >= 0);
		buf[n] = 0;
		if (!i)
			CHECK(sscanf(buf, "%d (%*[^)]) %*c %d", &pid, &ppid) == 2 && pid == p && ppid != p);
		close(fd);
	}
	/* an orphan's parent is one, too */
	if (!fork()) {
		if (!fork()) {
			usleep(50000);
			_exit(kill(getppid(), 0) != 0);
		}
		_exit(0);
	}
	CHECK(wait(&st) > 0 && st == 0);
	DONE();
}
