-- what LuaJIT compiles: loops of numbers, strings, tables, closures, calls through tables, traces with many side exits
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print("fib", fib(20))
local s, x = 0, 0.5
for i = 1, 20000 do s = s + i % 7 * 3; x = x * 1.0001 + i / 3; if i % 5 == 0 then s = s - 1 end end
print("sum", s, string.format("%.6f", x))
local sieve, count = {}, 0
for i = 2, 5000 do sieve[i] = true end
for i = 2, 5000 do if sieve[i] then count = count + 1; for k = i * i, 5000, i do sieve[k] = false end end end
print("primes", count)
local words, text = {}, {}
for i = 1, 500 do text[#text + 1] = ("w%d"):format(i * 7919 % 97) end
for w in table.concat(text, " "):gmatch("%a%d+") do words[w] = (words[w] or 0) + 1 end
local keys = {}
for k in pairs(words) do keys[#keys + 1] = k end
table.sort(keys, function(a, b) return words[a] > words[b] or words[a] == words[b] and a < b end)
print("words", #keys, keys[1], words[keys[1]], keys[#keys])
local point = {}
point.__index = point
point.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, point) end
local p = setmetatable({ x = 0, y = 0 }, point)
for i = 1, 3000 do p = p + setmetatable({ x = i, y = -i }, point) end
print("objects", p.x, p.y)
local bit = require("bit")
local h = 5381
for i = 1, 10000 do h = bit.bxor(bit.rol(h, 5), i) + bit.band(i, 255) end
print("bits", bit.tohex(h))
local co = coroutine.wrap(function(a) for i = 1, 1000 do a = coroutine.yield(a + i) end return "done" end)
local v = co(1)
for i = 1, 999 do v = co(v % 1000) end
print("coroutine", v, co(0))
print("error", pcall(function() for i = 1, 300 do if i == 299 then error("at " .. i) end end end))
for round = 1, 3 do local t = {} for i = 1, 2000 do t[i] = { i, tostring(i) } end collectgarbage() print("garbage", #t) end
