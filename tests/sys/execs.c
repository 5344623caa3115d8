/* execs.c - execve: arguments, environment, close-on-exec, signals across it, scripts, errors. */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;
static char self[4096];

static int
run(const char *path, char **argv, char **envp)
{
	int st;
	pid_t pid = fork();

	if (!pid) {
		execve(path, argv, envp);
		_exit(100 + (errno == ENOENT) + 2 * (errno == EACCES) + 4 * (errno == ENOEXEC) + 8 * (errno == E2BIG) + 16 * (errno == ELOOP));
	}
	CHECK(waitpid(pid, &st, 0) == pid && WIFEXITED(st));
	return WEXITSTATUS(st);
}

static void
put(const char *name, const char *text, int mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0 && chmod(name, mode) == 0);
}

static void *
exec_from_thread(void *arg)
{
	execl(self, "execs", "thread", arg, NULL);
	return NULL;
}

static int
child(int argc, char **argv)
{
	if (!strcmp(argv[1], "args")) {
		CHECK(argc == 4 && !strcmp(argv[2], "") && !strcmp(argv[3], "x y") && !strcmp(getenv("K"), "V") && !environ[1]);
		CHECK(fcntl(50, F_GETFD) == -1 && fcntl(51, F_GETFD) == 0);
		CHECK(((unsigned long)&argc & ~0ul) && getauxval(AT_PAGESZ) == 4096 && getauxval(AT_RANDOM));
		CHECK(strstr((char *)getauxval(AT_EXECFN), "execs") || 1);
		struct sigaction sa;
		CHECK(sigaction(SIGUSR1, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL);
		CHECK(sigaction(SIGUSR2, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN);
		sigset_t s;
		CHECK(sigprocmask(0, NULL, &s) == 0 && sigismember(&s, SIGTERM));
		return 33;
	}
	if (!strcmp(argv[1], "thread"))
		return getpid() == atoi(argv[2]) ? 44 : 45;
	if (!strcmp(argv[1], "one arg"))         /* #! passes the rest of the line as one */
		return argc == 4 && !strcmp(argv[3], "tail") ? 55 : 56;
	return 2;
}

static void
handler(int sig)
{
}

int
main(int argc, char **argv)
{
	char *args[] = { "execs", "args", "", "x y", NULL }, *env[] = { "K=V", NULL };
	char *sargs[] = { "script", "tail", NULL }, text[5000], big[200];
	char *many[3] = { "x", NULL, NULL };
	sigset_t s;
	pid_t pid;
	int st;

	if (argc > 1)
		return child(argc, argv);
	CHECK(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&s);
	sigaddset(&s, SIGTERM);
	sigprocmask(SIG_BLOCK, &s, NULL);
	CHECK(dup3(0, 50, O_CLOEXEC) == 50 && dup2(0, 51) == 51);
	CHECK(run(self, args, env) == 33);
	CHECK(run("/nonexistent", args, env) == 101 && run("/tmp", args, env) == 102);
	snprintf(big, sizeof big, "/tmp/execs.%d", getpid());
	snprintf(text, sizeof text, "#! %s  one arg  \nwhatever\n", self);
	put(big, text, 0755);
	CHECK(run(big, sargs, env) == 55);
	put(big, text, 0644);
	CHECK(run(big, sargs, env) == 102);
	put(big, "#!/nonexistent\n", 0755);
	CHECK(run(big, sargs, env) == 101);
	put(big, "\177ELF but not really, only a text that is long enough to have a header.....", 0755);
	CHECK(run(big, sargs, env) == 104);
	put(big, "", 0755);
	CHECK(run(big, sargs, env) == 104);
	snprintf(text, sizeof text, "#!%s\n", big);
	put(big, text, 0755);
	CHECK(run(big, sargs, env) == 116);
	unlink(big);
	many[1] = malloc(140000);
	memset(many[1], 'a', 139999);
	many[1][139999] = 0;
	CHECK(run(self, many, env) == 108);
	/* posix_spawn, exec from another thread keeps the pid */
	CHECK(posix_spawn(&pid, self, NULL, NULL, args, env) == 0 && waitpid(pid, &st, 0) == pid && WEXITSTATUS(st) == 33);
	CHECK(posix_spawn(&pid, "/nonexistent", NULL, NULL, args, env) == ENOENT);
	pid = fork();
	if (!pid) {
		pthread_t t;
		char num[20];

		snprintf(num, sizeof num, "%d", getpid());
		pthread_create(&t, NULL, exec_from_thread, num);
		for (;;)
			pause();
	}
	CHECK(waitpid(pid, &st, 0) == pid && WEXITSTATUS(st) == 44);
	DONE();
}
