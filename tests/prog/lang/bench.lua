-- loops that run for a while: sieve, n-queens, fib, string building, n-body
local function sieve(n)
	local flags, count = {}, 0
	for i = 2, n do flags[i] = true end
	for i = 2, n do
		if flags[i] then
			count = count + 1
			for k = i + i, n, i do flags[k] = false end
		end
	end
	return count
end
print(sieve(300000))
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(25))
local function queens(n, row, cols, d1, d2)
	if row > n then return 1 end
	local c = 0
	for col = 1, n do
		if not cols[col] and not d1[row + col] and not d2[row - col + n] then
			cols[col], d1[row + col], d2[row - col + n] = true, true, true
			c = c + queens(n, row + 1, cols, d1, d2)
			cols[col], d1[row + col], d2[row - col + n] = nil, nil, nil
		end
	end
	return c
end
print(queens(7, 1, {}, {}, {}))
local x, y, vx, vy = 1.0, 0.0, 0.0, 1.0
for i = 1, 200000 do
	local r3 = (x * x + y * y) ^ 1.5
	vx, vy = vx - x / r3 * 0.001, vy - y / r3 * 0.001
	x, y = x + vx * 0.001, y + vy * 0.001
end
print(("%.9f %.9f"):format(x, y))
