/* ids.c - credentials, limits, names, memory figures, random numbers, prctl, scheduling parameters. */
#include "check.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>

int
main(void)
{
	struct rlimit r, old;
	struct utsname u;
	struct sysinfo si;
	uid_t a, b, c;
	gid_t groups[64];
	cpu_set_t set;
	char name[17] = "";
	unsigned char x[64], y[64];
	unsigned cpu, node;
	int st;

	CHECK(getresuid(&a, &b, &c) == 0 && a == getuid() && b == geteuid());
	CHECK(getgroups(64, groups) >= 0 && getgroups(0, NULL) >= 0);
	if (!fork()) {
		if (geteuid() == 0) {
			CHECK(setresuid(1000, 1001, 1002) == 0 && getuid() == 1000 && geteuid() == 1001);
			FAILS(setuid(5), EPERM);
			CHECK(seteuid(1002) == 0 && setuid(1000) == 0);
			FAILS(kill(getppid(), 9), EPERM);
			FAILS(setgroups(0, NULL), EPERM);
		}
		_exit(0);
	}
	CHECK(wait(&st) > 0 && st == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	r = old;
	r.rlim_cur = 20;
	CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0 && getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 20);
	r.rlim_cur = r.rlim_max + 1;
	if (r.rlim_max != RLIM_INFINITY)
		FAILS(setrlimit(RLIMIT_NOFILE, &r), EINVAL);
	FAILS(getrlimit(99, &r), EINVAL);
	CHECK(uname(&u) == 0 && !strcmp(u.sysname, "Linux") && !strcmp(u.machine, "x86_64"));
	FAILS(uname((void *)8), EFAULT);
	CHECK(sysinfo(&si) == 0 && si.totalram * si.mem_unit > 1 << 20 && si.procs > 0);
	CHECK(getrandom(x, 64, 0) == 64 && getrandom(y, 64, GRND_NONBLOCK) == 64 && memcmp(x, y, 64));
	FAILS(getrandom(x, 64, 0x100), EINVAL);
	CHECK(prctl(PR_SET_NAME, "a rather long name") == 0 && prctl(PR_GET_NAME, name) == 0 && !strcmp(name, "a rather long n"));
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	FAILS(prctl(0x7777, 0, 0, 0, 0), EINVAL);
	CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 1);
	CHECK(sched_yield() == 0 && syscall(SYS_getcpu, &cpu, &node, NULL) == 0);
	errno = 0;
	st = getpriority(PRIO_PROCESS, 0);
	CHECK(errno == 0 && setpriority(PRIO_PROCESS, 0, st + 5) == 0);
	CHECK(getpriority(PRIO_PROCESS, 0) == st + 5);
	CHECK(sched_getscheduler(0) == SCHED_OTHER);
	FAILS(sched_setscheduler(0, 77, &(struct sched_param){ 0 }), EINVAL);
	CHECK(syscall(SYS_gettid) == getpid());
	DONE();
}
