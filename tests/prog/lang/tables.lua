-- tables, metatables, closures, strings, coroutines, goto, integer and float arithmetic, error handling
local t = {}
for i = 1, 20000 do t[i] = (i * 7919) % 10007 end
table.sort(t)
local sum = 0
for i, v in ipairs(t) do sum = sum + i * v end
print(#t, t[1], t[20000], sum)
table.sort(t, function(a, b) return a > b end)
print(t[1], t[20000], table.concat(t, ",", 1, 10))

local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return a.x < b.x end
V.__tostring = function(a) return "V(" .. a.x .. ")" end
V.__call = function(a, k) return a.x * k end
V.__len = function(a) return a.x end
V.__close = function(a) print("closed", a.x) end
local a, b = setmetatable({ x = 3 }, V), setmetatable({ x = 4 }, V)
print(tostring(a + b), a == b, a < b, a(10), #b)
do
	local c <close> = a
	local k <const> = 5
	print("inside", k)
end

local function gen(n)
	return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end end)
end
local s = 0
for i, sq in gen(5000) do s = s + sq - i end
print(s)
local co = coroutine.create(function(x) local y = coroutine.yield(x + 1); error({ code = y }) end)
print(coroutine.resume(co, 1))
local ok, e = coroutine.resume(co, 42)
print(ok, type(e), e.code, coroutine.status(co))

print(pcall(error, "message", 0))
print(select(2, xpcall(function() local x = nil; return x.y end, function(m) return "handled: " .. m end)))
print(math.maxinteger + 1 == math.mininteger, 7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 2 ^ 53, 1 / 0, -1 / 0)
print(3 | 4, 6 & 3, 5 ~ 1, ~0, 1 << 62, 1 << 64, -1 >> 1)
print(string.format("%5d|%-8s|%08.3f|%x|%q|%g|%a", 42, "hi", math.pi, 255, "a\nb\0c", 1e20, 1.5))
print(math.tointeger(3.0), math.type(1), math.type(1.0), tostring(1e15), tostring(2^63), 10 // 0.0)
print(("x"):rep(3, "-"), ("hello"):byte(1, -1))
print(utf8.char(228, 8364, 128512), utf8.len("äö€"))
for p, c in utf8.codes("aä€") do io.write(p, ":", c, " ") end
print()
for i = 1, 3 do
	for j = 1, 3 do
		if j == 2 then goto continue end
		io.write(i, j, " ")
		::continue::
	end
end
print()
print(string.pack("<i4 d s2", 7, 1.5, "abc"):byte(1, -1))
print(string.unpack("<i4", "\1\2\3\4"))
