// The order of constructors, destructors and atexit functions across a diamond of libraries, and of one that is loaded late.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

extern "C" { void fa(void); void fb(void); void fe(void); void fd(void); }
struct Global { const char *s; Global(const char *n) : s(n) { printf("global %s\n", s); } ~Global() { printf("end of %s\n", s); } };
static Global first("first"), second("second");
static Global &lazily() { static Global g("local"); return g; }
__attribute__((init_priority(150))) static Global early("early");
static void one() { printf("atexit one\n"); }
static void two() { printf("atexit two\n"); atexit(one); }
static void on(int status, void *arg) { printf("on_exit %d %s\n", status, (char *)arg); }
static void quick() { printf("quick\n"); fflush(stdout); }
static void pre(int argc, char **, char **) { printf("preinit %d\n", argc); }
__attribute__((section(".preinit_array"), used)) static void (*preinit)(int, char **, char **) = pre;

int
main(int argc, char **argv)
{
	printf("main\n");
	atexit(one);
	on_exit(on, (void *)"argument");
	fa();
	fb();
	atexit(two);
	lazily();
	void *h = dlopen("libd.so", RTLD_NOW);
	((void (*)())dlsym(h, "fd"))();
	if (argc > 1 && !strcmp(argv[1], "close"))
		dlclose(h);
	if (argc > 1 && !strcmp(argv[1], "quick")) {
		at_quick_exit(quick);
		quick_exit(3);
	}
	if (argc > 1 && !strcmp(argv[1], "_exit")) {
		fflush(stdout);
		_exit(4);
	}
	fe();
	exit(5);
}
