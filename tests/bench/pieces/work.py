# Pieces of Python, run in turn: seconds to warm up, seconds to measure; prints "name milliseconds" of the best time of each
import json, re, sys, time

class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def add(self, other):
        return Point(self.x + other.x, self.y + other.y)

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def call():
    return fib(14)

def loop():
    s = 0
    for i in range(3000):
        if i & 1:
            s += i * 3
        else:
            s -= i
    return s

def sieve():
    s = bytearray([1]) * 8000
    for i in range(2, 90):
        if s[i]:
            for j in range(i * i, 8000, i):
                s[j] = 0
    return sum(s)

def dict_():
    seen = {}
    for i in range(2500):
        k = 'k%d' % (i % 503)
        seen[k] = seen.get(k, 0) + i
    return len(seen)

def object_():
    p = Point(0, 0)
    for i in range(600):
        p = p.add(Point(i, 7))
    return p.x

def sort():
    return sum(sorted((i * 7919) % 10007 for i in range(2000))[::7])

def string():
    return len(' '.join(str(i)[::-1] for i in range(800)).split('1'))

def regex():
    return len(re.findall(r'(\w+)\s(q\w+|b\w+)', 'the quick brown fox ' * 50))

def json_():
    return len(json.dumps(json.loads(json.dumps([{'a': i, 'b': str(i)} for i in range(100)]))))

pieces = [call, loop, sieve, dict_, object_, sort, string, regex, json_]
now = time.perf_counter
best = {f: 1e9 for f in pieces}
end = now() + float(sys.argv[1])
while now() < end:
    for f in pieces:
        f()
end = now() + float(sys.argv[2])
while now() < end:
    for f in pieces:
        t = now()
        f()
        best[f] = min(best[f], now() - t)
for f in pieces:
    print(f.__name__.strip('_'), '%.4f' % (best[f] * 1000))
