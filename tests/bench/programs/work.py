# arithmetic, dictionaries, classes, regular expressions, json; the argument is the number of rounds
import json, re, sys

class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def add(self, other):
        return Point(self.x + other.x, self.y + other.y)

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

total, seen = 0, {}
for r in range(int(sys.argv[1])):
    total += fib(17)
    for i in range(8000):
        seen[i % 503] = seen.get(i % 503, 0) + i * r
    p = Point(0, 0)
    for i in range(2000):
        p = p.add(Point(i, r))
    total += p.x + p.y + len(re.findall(r'(\w+)\s(q\w+|b\w+)', 'the quick brown fox ' * 150))
    total += len(json.dumps(json.loads(json.dumps([{'a': i, 'b': str(i)} for i in range(300)]))))
    total += sum(sorted((i * 7919) % 10007 for i in range(3000))[::7])
print(total, sum(seen.values()))
