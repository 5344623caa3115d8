-- arithmetic, tables, sorting, strings, closures; the argument is the number of rounds
local rounds = tonumber(arg[1])
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local function counter() local n = 0 return function(k) n = n + k return n end end
local sum, parts, count = 0, {}, counter()
for r = 1, rounds do
	local t = {}
	for i = 1, 20000 do t[i] = (i * 7919 + r) % 100003 end
	table.sort(t)
	for k = 1, 10 do for i = 1, #t do sum = (sum + t[i] * k) % 1000007 end end
	for i = 1, 4000 do parts[#parts + 1] = tostring(i * r):reverse() end
	for i = 1, 50000 do count(i % 3) end
	sum = sum + fib(20)
end
print(sum, #table.concat(parts), count(0))
local words = 0
for w in (("the quick brown fox "):rep(2000 * rounds)):gmatch("%a+") do words = words + #w end
print(words)
