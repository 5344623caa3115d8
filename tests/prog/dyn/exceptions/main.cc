// Exceptions thrown across libraries, through a C library's callback (qsort), through dlopen'd ones and from threads; type
// information and thread-local destructors that two libraries share.
#include "shared.h"
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

template <typename F> static void
attempt(const char *what, F f)
{
	try {
		f();
		std::cout << what << ": nothing\n";
	} catch (int i) {
		std::cout << what << ": int " << i << "\n";
	} catch (const std::exception &e) {
		std::cout << what << ": exception " << e.what() << "\n";
	} catch (const Custom &c) {
		std::cout << what << ": custom " << c.what << " " << c.code << "\n";
	} catch (const Base &b) {
		std::cout << what << ": base " << b.name() << " " << (dynamic_cast<const Derived *>(&b) != nullptr) << "\n";
	} catch (...) {
		std::cout << what << ": something\n";
	}
	std::cout << std::flush;
}

static void logic(int) { throw std::logic_error("a callback"); }
static int compare(const void *a, const void *b) { if (*(int *)a == 7) throw 7; return *(int *)a - *(int *)b; }

static void
deep(int n)
{
	std::string s(n, 'x');

	if (n == 0)
		thrower(1);
	deep(n - 1);
}

int
main()
{
	for (int k = 0; k < 6; k++) {
		attempt("direct", [k] { thrower(k); });
		attempt("through", [k] { through(thrower, k); });
	}
	attempt("converted", [] { through(logic, 0); });
	attempt("qsort", [] { int v[] = { 5, 3, 7, 1 }; qsort(v, 4, sizeof *v, compare); });
	attempt("deep", [] { deep(200); });
	for (int i = 0; i < 20; i++) {
		void *h = dlopen("liblate.so", RTLD_NOW);
		auto late = (void (*)(int))dlsym(h, "late_throw");

		attempt("late", [=] { late(i % 5); });
		attempt("late through", [=] { through(late, i % 5); });
		dlclose(h);
	}
	std::exception_ptr p;
	std::thread t([&] { loud.n = 5; try { thrower(2); } catch (...) { p = std::current_exception(); } });
	t.join();
	attempt("other thread", [&] { std::rethrow_exception(p); });
	attempt("vector", [] { std::vector<int> v(3); v.at(10) = 1; });
	attempt("bad_alloc", [] { volatile size_t n = ~0ul >> 2; char *p = new char[n]; asm volatile("" : : "r"(p)); delete[] p; });
	attempt("stream", [] { std::istringstream s("x"); s.exceptions(std::ios::failbit); int i; s >> i; });
	if (getenv("TERMINATE"))
		thrower(1);
	return 0;
}
