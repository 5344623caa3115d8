/* fenv.h: exception flags, rounding modes, environments, and what libm and printf make of them. */
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma STDC FENV_ACCESS ON

static const struct { int mode; const char *name; } modes[] = {
	{ FE_TONEAREST, "nearest" }, { FE_DOWNWARD, "down" }, { FE_UPWARD, "up" }, { FE_TOWARDZERO, "zero" }
};

static void
flags(const char *what)
{
	int e = fetestexcept(FE_ALL_EXCEPT);

	printf("%s:%s%s%s%s%s\n", what, e & FE_INVALID ? " invalid" : "", e & FE_DIVBYZERO ? " divbyzero" : "", e & FE_OVERFLOW ? " overflow" : "",
	    e & FE_UNDERFLOW ? " underflow" : "", e & FE_INEXACT ? " inexact" : "");
}

static volatile double zero = 0, one = 1, three = 3, tiny = 2.2250738585072014e-308, huge_ = 1.7976931348623157e308, tenth = 0.1;
static volatile float fone = 1, fthree = 3, ftiny = 1.17549435e-38f, fbig = 3.0e38f;

#define EACH(text, expression) \
	feclearexcept(FE_ALL_EXCEPT); \
	{ volatile double r = (expression); (void)r; flags(text); printf("    %a\n", r); }

static void
each_flag(void)
{
	EACH("one / three", one / three)
	EACH("one / zero", one / zero)
	EACH("zero / zero", zero / zero)
	EACH("sqrt(-1)", sqrt(-one))
	EACH("huge * huge", huge_ * huge_)
	EACH("tiny * tiny", tiny * tiny)
	EACH("tiny / 2", tiny / 2)
	EACH("tiny / 3", tiny / three)
	EACH("exact", one + three)
	EACH("float big * big", fbig * fbig)
	EACH("float tiny / 3", ftiny / fthree)
	EACH("to float", (float)tenth)
	EACH("to float, overflow", (float)huge_)
	EACH("to int", (double)(int)tenth)
	EACH("to int, too large", (double)(int)huge_)
	EACH("to long", (double)(long)(three + tenth))
	EACH("from long", (double)((1L << 60) + 1))
	EACH("nan compared", (double)(NAN < one))
	EACH("nan equal", (double)(NAN == one))
	EACH("rint", rint(tenth))
	EACH("nearbyint", nearbyint(tenth))
	EACH("exp", exp(three * 1000))
	EACH("log(0)", log(zero))
	EACH("fma", fma(tenth, three, -0.3))
	EACH("pow", pow(tenth, 400))
}

static void
each_mode(void)
{
	for (int i = 0; i < 4; i++) {
		volatile double a = 0.1, b = 0.7, s = 0;
		volatile float f = 0.1f, g = 0.7f;
		double v[4];

		printf("%s: %d\n", modes[i].name, fesetround(modes[i].mode));
		printf("  %d %a %a %a %a %a\n", fegetround() == modes[i].mode, a + b, a - b, a * b, a / b, sqrt(b));
		printf("  %a %a %a %a %a\n", f + g, f - g, f * g, f / g, sqrtf(g));
		printf("  %a %a %a\n", (double)(float)a, (float)(16777217 + (int)zero), (double)((1L << 62) + 1 + (long)zero));
		printf("  %ld %ld %ld %ld\n", lrint(2.5 + zero), lrint(-2.5 + zero), lrint(-0.3 + zero), llrint(3.7 + zero));
		printf("  %g %g %g %g\n", rint(2.5 + zero), rint(-3.5 + zero), nearbyint(0.4 + zero), (double)rintf(1.5f + (float)zero));
		printf("  %.3f %.0f %.10g %.2e\n", 0.0625, 2.5, 1.0 / 3, -1234567.0);
		printf("  %a %a %a\n", strtod("0.1", NULL), (double)strtof("0.3", NULL), strtod("1e-400", NULL));
		printf("  %a %a\n", (double)(1.0L / 3), (double)fmal(a, b, 1));
		for (int k = 1; k <= 1000; k++)
			s += 1.0 / k;
		printf("  %a\n", s);
		for (int k = 0; k < 4; k++)
			v[k] = (k + 1) / 10.0;
		for (int n = 0; n < 100; n++)                /* perhaps in vectors */
			for (int k = 0; k < 4; k++)
				v[k] = v[k] * 1.01 + 0.001;
		printf("  %a %a %a %a\n", v[0], v[1], v[2], v[3]);
		feclearexcept(FE_ALL_EXCEPT);
	}
	fesetround(FE_TONEAREST);
}

static void
environments(void)
{
	fenv_t env, other;
	fexcept_t saved;
	volatile double x;

	feclearexcept(FE_ALL_EXCEPT);
	feraiseexcept(FE_OVERFLOW | FE_DIVBYZERO);
	flags("raised");
	fesetround(FE_UPWARD);
	feholdexcept(&env);
	flags("held");
	x = one / three;
	printf("%a\n", x);
	fesetround(FE_DOWNWARD);
	x = zero / zero;
	flags("before update");
	feupdateenv(&env);
	flags("after update");
	printf("%d\n", fegetround() == FE_UPWARD);
	fegetexceptflag(&saved, FE_INVALID | FE_OVERFLOW);
	feclearexcept(FE_ALL_EXCEPT);
	flags("cleared");
	fesetexceptflag(&saved, FE_INVALID | FE_OVERFLOW);
	flags("set again");
	fegetenv(&other);
	fesetenv(FE_DFL_ENV);
	flags("default");
	printf("%d\n", fegetround() == FE_TONEAREST);
	fesetenv(&other);
	flags("other");
	printf("%d\n", fegetround() == FE_UPWARD);
	fesetenv(FE_DFL_ENV);
	feclearexcept(FE_INEXACT);
	flags("end");
}

int
main(void)
{
	each_flag();
	each_mode();
	environments();
	return 0;
}
