-- patterns, gsub with functions and tables, string building, load, os and io
local text = {}
for i = 1, 3000 do text[#text + 1] = ("item%d=%d; "):format(i, i * i % 977) end
text = table.concat(text)
local n, sum = 0, 0
for k, v in text:gmatch("(%w+)=(%d+)") do n = n + 1; sum = sum + tonumber(v) end
print(n, sum, #text)
print((text:sub(1, 60):gsub("%d+", function(d) return "<" .. d .. ">" end)))
print((("$name is $age"):gsub("%$(%w+)", { name = "Lua", age = 30 })))
print(("  trim  "):match("^%s*(.-)%s*$") .. "|", ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("abc"):gsub("", "-"), ("hello world"):gsub("o", "0", 1))
print(load("return 1 + ...")(41), load("syntax error here"))
local env = { print = print }
load("x = 5; print(x)", "chunk", "t", env)()
print(env.x, x)
local name = os.tmpname()
local f = assert(io.open("data.txt", "w"))
for i = 1, 1000 do f:write(i, "\t", i * 0.5, "\n") end
f:close()
local total = 0
for line in io.lines("data.txt") do
	local a, b = line:match("(%d+)\t([%d.]+)")
	total = total + a * b
end
print(total)
f = io.open("data.txt")
print(f:seek("end"), f:seek("set", 4), f:read("n", "n", "l", 5))
f:close()
print(io.open("/nonexistent/file"))
os.remove(name)
print(os.rename("data.txt", "moved.txt"), os.remove("missing"))
print(os.time({ year = 2024, month = 2, day = 29, hour = 12 }), os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365))
local p = io.popen("echo from shell; exit 3")
print(p:read("a"), p:close())
print(os.execute("exit 7"))
io.stderr:write("to stderr\n")
collectgarbage()
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 100 do weak[{}] = i end
collectgarbage()
print(next(weak))
print(#arg, arg[0] ~= nil)
os.exit(5, true)
