#pragma once
#include <stdexcept>
#include <string>

struct Base { virtual ~Base(); virtual std::string name() const; };
struct Derived : Base { std::string name() const override; };
struct Custom { std::string what; int code; };
struct Loud { int n; Loud(); ~Loud(); };
extern thread_local Loud loud;
void thrower(int kind);
void through(void (*callback)(int), int kind);
