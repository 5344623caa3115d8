#include "shared.h"
#include <cstdio>

Base::~Base() {}
std::string Base::name() const { return "base"; }
std::string Derived::name() const { return "derived"; }
thread_local Loud loud;
Loud::Loud() { n = 1; }
Loud::~Loud() { std::printf("loud %d gone\n", n); }

struct Guard { const char *s; ~Guard() { std::printf("unwound %s\n", s); } };

void
thrower(int kind)
{
	Guard g{"thrower"};

	switch (kind) {
	case 0: throw 42;
	case 1: throw std::runtime_error("from the library");
	case 2: throw Custom{"custom", 9};
	case 3: throw Derived();
	case 4: throw std::string("a string");
	default: loud.n++;
	}
}

void
through(void (*callback)(int), int kind)
{
	Guard g{"through"};

	try {
		callback(kind);
	} catch (const std::logic_error &e) {
		std::printf("library caught %s\n", e.what());
		throw std::runtime_error(std::string("converted: ") + e.what());
	}
}

extern "C" void late_throw(int kind) { Guard g{"late"}; thrower(kind); }
