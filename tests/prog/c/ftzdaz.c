/* MXCSR by itself: flush-to-zero, denormals-are-zero, rounding and flags through ldmxcsr and stmxcsr; a fork keeps it, exec and signal handlers start anew. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <pmmintrin.h>
#include <xmmintrin.h>

static volatile double tiny = 2.2250738585072014e-308, denormal = 4.9406564584124654e-324, one = 1;
static volatile float ftiny = 1.17549435e-38f, fdenormal = 1e-45f;

static void
show(const char *what)
{
	volatile double a = tiny / 2, b = denormal * 2, c = one + denormal, d = tiny * tiny;
	volatile float f = ftiny / 2, g = fdenormal + fdenormal;
	__m128 v = _mm_setr_ps(1e-38f, -1e-38f, 3e-39f, 2);
	float out[4];

	_mm_storeu_ps(out, _mm_mul_ps(v, _mm_set1_ps(0.25f)));
	printf("%s: %a %a %a %a, %a %a, %a %a %a %a, %d %d, %x\n", what, a, b, c, d, f, g, out[0], out[1], out[2], out[3], denormal == 0,
	    denormal > 0, _mm_getcsr());
	fflush(stdout);
}

static void
handler(int sig)
{
	unsigned before = _mm_getcsr();
	volatile double third = one / 3;

	printf("handler: %x, %a\n", before, third);
	_mm_setcsr(_mm_getcsr() | _MM_ROUND_UP);        /* ends with the handler */
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		printf("after exec: %x, %a\n", _mm_getcsr(), tiny / 2);
		return 0;
	}
	_mm_setcsr(_mm_getcsr() & ~63u);
	show("default");
	_MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
	show("ftz");
	_mm_setcsr(_mm_getcsr() & ~63u);
	_MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_OFF);
	_MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
	show("daz");
	_MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
	show("both");
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	printf("behind the handler: %x\n", _mm_getcsr());
	fflush(stdout);
	if (fork() == 0) {
		show("child");
		execl("/proc/self/exe", argv[0], "again", (char *)NULL);
		_exit(1);
	}
	wait(NULL);
	_mm_setcsr(0x1f80);
	show("default again");
	return 0;
}
