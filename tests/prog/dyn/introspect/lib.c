int lib_data = 3;
__attribute__((noinline)) int lib_call(int (*f)(int), int n) { int r = f(n); return r + 1; }
