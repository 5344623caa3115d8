-- LuaJIT's FFI: C functions, structures, callbacks (machine code that LuaJIT writes) from qsort
local ffi = require("ffi")
ffi.cdef [[
int printf(const char *, ...);
int snprintf(char *, size_t, const char *, ...);
void qsort(void *, size_t, size_t, int (*)(const int *, const int *));
double strtod(const char *, char **);
typedef struct { int32_t a; double b; uint8_t c[4]; } thing;
]]
local n, calls = 300, 0
local a = ffi.new("int[?]", n)
for i = 0, n - 1 do a[i] = i * 7919 % 311 end
local compare = ffi.cast("int (*)(const int *, const int *)", function(x, y) calls = calls + 1 return x[0] < y[0] and -1 or x[0] > y[0] and 1 or 0 end)
ffi.C.qsort(a, n, 4, compare)
local sorted = true
for i = 1, n - 1 do sorted = sorted and a[i - 1] <= a[i] end
print(sorted, calls > 0, a[0], a[n - 1])
compare:free()
local t, sum = ffi.new("thing[10]"), 0
for k = 1, 300 do
	for i = 0, 9 do t[i].a = t[i].a + i t[i].b = t[i].b + 0.25 t[i].c[i % 4] = k % 256 end
end
for i = 0, 9 do sum = sum + t[i].a + t[i].b + t[i].c[i % 4] end
print(sum, ffi.sizeof("thing"))
local buffer = ffi.new("char[64]")
for i = 1, 200 do ffi.C.snprintf(buffer, 64, "%d:%s", ffi.cast("int", i), "x") sum = sum + #ffi.string(buffer) end
print(sum, ffi.string(buffer), ffi.C.strtod("2.5e3", nil))
local big = 0x123456789abcdefLL
for i = 1, 300 do big = big * 31 + i end
print(tostring(big))
