-- Pieces of Lua, see work.py
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local point = {}
point.__index = point
function point.add(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, point) end

local pieces = {
	{ 'call', function() return fib(20) end },
	{ 'loop', function()
		local s = 0
		for i = 1, 30000 do if i % 2 == 1 then s = s + i * 3 else s = s - i end end
		return s
	end },
	{ 'table', function()
		local t, n = {}, 0
		for i = 1, 3000 do local k = 'k' .. i % 503; t[k] = (t[k] or 0) + i end
		for _ in pairs(t) do n = n + 1 end
		return n
	end },
	{ 'object', function()
		local a, b = setmetatable({ x = 0, y = 0 }, point), setmetatable({ x = 1, y = 2 }, point)
		for _ = 1, 5000 do a = a:add(b) end
		return a.x
	end },
	{ 'sort', function()
		local t = {}
		for i = 1, 3000 do t[i] = i * 7919 % 10007 end
		table.sort(t)
		return t[7]
	end },
	{ 'string', function()
		local t = {}
		for i = 1, 2000 do t[i] = tostring(i):reverse() end
		return select(2, table.concat(t, ' '):gsub('1%d', 'x'))
	end },
}
local clock, best = os.clock, {}
local finish = clock() + tonumber(arg[1])
while clock() < finish do for _, p in ipairs(pieces) do p[2]() end end
finish = clock() + tonumber(arg[2])
while clock() < finish do
	for i, p in ipairs(pieces) do
		local t = clock()
		p[2]()
		t = clock() - t
		if not best[i] or t < best[i] then best[i] = t end
	end
end
for i, p in ipairs(pieces) do print(p[1], string.format('%.4f', best[i] * 1000)) end
