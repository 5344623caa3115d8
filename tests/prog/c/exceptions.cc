// Exceptions through several frames, rethrow, destructors, std containers, dynamic_cast, exception_ptr.
#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

struct noisy {
	std::string name;
	explicit noisy(std::string n) : name(std::move(n)) {}
	~noisy() { std::cout << "~" << name << "\n"; }
};
struct base { virtual ~base() = default; };
struct derived : base { int v = 7; };

static int
deep(int n)
{
	noisy guard("f" + std::to_string(n));
	if (n == 0)
		throw std::runtime_error("bottom");
	return deep(n - 1) + 1;
}

static void
middle()
{
	try {
		deep(4);
	} catch (const std::logic_error &) {
		std::cout << "wrong handler\n";
	} catch (...) {
		std::cout << "rethrow\n";
		throw;
	}
}

int
main()
{
	try {
		middle();
	} catch (const std::exception &e) {
		std::cout << "caught " << e.what() << "\n";
	}
	int caught = 0;
	for (int i = 0; i < 300; i++)
		try {
			if (i % 3 == 0)
				throw i;
			if (i % 3 == 1)
				throw std::string("s");
			std::vector<int>(3).at(10);
		} catch (int v) {
			caught += v;
		} catch (const std::string &s) {
			caught += s.size();
		} catch (const std::out_of_range &) {
			caught += 1000;
		}
	std::cout << caught << "\n";
	std::unique_ptr<base> b(new derived);
	if (auto *d = dynamic_cast<derived *>(b.get()))
		std::cout << d->v << "\n";
	try {
		base plain;
		dynamic_cast<derived &>(plain);
	} catch (const std::bad_cast &) {
		std::cout << "bad_cast\n";
	}
	std::exception_ptr p;
	try {
		throw std::invalid_argument("kept");
	} catch (...) {
		p = std::current_exception();
	}
	try {
		std::rethrow_exception(p);
	} catch (const std::invalid_argument &e) {
		std::cout << e.what() << "\n";
	}
	std::map<std::string, int> m;
	std::istringstream in("the quick brown fox jumps over the lazy dog the end");
	for (std::string w; in >> w;)
		m[w]++;
	for (auto &[k, v] : m)
		std::cout << k << "=" << v << " ";
	std::cout << "\n";
	std::vector<int> v(1000);
	std::generate(v.begin(), v.end(), [s = 12345u]() mutable { return int((s = s * 1103515245 + 12345) >> 16); });
	std::sort(v.begin(), v.end());
	std::cout << v.front() << " " << v[500] << " " << v.back() << "\n";
	std::function<int(int)> f = [&](int x) { return x ? x + f(x - 1) : 0; };
	std::cout << f(100) << "\n";
	throw std::runtime_error("uncaught");
}
