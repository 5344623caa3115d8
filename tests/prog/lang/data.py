# json, re, hashlib, decimal, fractions, sqlite3, zlib and friends, struct, datetime with zoneinfo, pathlib, pickle, collections, random
import array, base64, bisect, bz2, collections, copy, csv, dataclasses, datetime, decimal, fractions, functools, gzip, hashlib, heapq, hmac, io
import itertools, json, lzma, math, os, pathlib, pickle, random, re, sqlite3, statistics, string, struct, textwrap, tarfile, uuid, zipfile, zlib
from zoneinfo import ZoneInfo

doc = {"ints": list(range(-3, 4)), "f": [1.5, 1e300, 0.1, 1 / 3], "s": "äö\u2028\ud83d\ude00\n", "n": None, "b": [True, False], "d": {"x": {}}}
text = json.dumps(doc, sort_keys=True)
print(text, json.loads(text) == doc, json.dumps(doc, indent=1, ensure_ascii=True)[:40])
rows = [{"id": i, "name": f"row{i}", "v": i * 0.37} for i in range(3000)]
print(len(json.dumps(rows)), json.loads(json.dumps(rows))[2999])

words = " ".join(f"key{i}=val{i * i % 97}" for i in range(3000))
print(len(re.findall(r"(?P<k>\w+)=(?P<v>\d*val\d+)", words)), re.sub(r"val(\d+)", lambda m: str(int(m[1]) + 1), words)[:60])
print(re.split(r"[,;]\s*", "a, b;c,d"), re.fullmatch(r"(a+)+b", "a" * 20 + "b").span(), re.match(r"(?i)(?<!x)HELLO (?=w)", "hello world").group())

data = bytes(range(256)) * 400
for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
    print(name, hashlib.new(name, data).hexdigest())
print(hmac.new(b"key", data, "sha256").hexdigest(), hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 500).hex(), hashlib.scrypt(b"p", salt=b"s", n=16, r=8, p=1).hex()[:16])

decimal.getcontext().prec = 60
d = decimal.Decimal
print(d(2).sqrt(), d(1) / d(7), d("1e50") * d("3.3"), d(10).ln(), d("0.1") + d("0.2"), round(d("2.675"), 2))
print(functools.reduce(lambda a, b: a * b, range(1, 60)), 3 ** 200 % 10 ** 20, pow(3, -1, 7), int("9" * 50) // 7, (1 << 300).bit_length(), math.isqrt(10 ** 40))
print(fractions.Fraction(1, 3) + fractions.Fraction(1, 6), statistics.mean([1, 2, 3.5]), statistics.stdev([1, 2, 3, 4]), math.fsum([0.1] * 10), math.gamma(5.5), math.erf(0.5))
print(0.1 + 0.2, 1e16 + 1, 2 ** 0.5, float("nan"), -0.0, 1e-320, round(2.5), f"{1234567.891:,.2f} {255:#x} {0.000123:e} {'x':>5}", (0.1).hex())
print(math.sin(1), math.cos(1e10), math.tan(0.5), math.exp(1), math.log(10), math.atan2(1, -1), math.pow(2, 0.3), math.hypot(3, 4), complex(1, 2) ** 2)

db = sqlite3.connect("data.db")
db.execute("create table t(a integer primary key, b text, c real, d blob)")
with db:
    db.executemany("insert into t values(?,?,?,?)", ((i, f"r{i}", i / 3, bytes([i % 256])) for i in range(5000)))
db.create_function("twice", 1, lambda x: 2 * x)
db.create_aggregate("total2", 1, type("T", (), {"__init__": lambda s: setattr(s, "n", 0), "step": lambda s, x: setattr(s, "n", s.n + x), "finalize": lambda s: s.n}))
print(db.execute("select count(*), sum(a), twice(21), total2(a) from t").fetchone(), db.execute("select b, d from t where a=77").fetchall())
try:
    with db:
        db.execute("delete from t")
        raise ValueError("roll back")
except ValueError as e:
    print(e, db.execute("select count(*) from t").fetchone())
db.close()

for m in (zlib, bz2, lzma, gzip):
    z = m.compress(data)
    print(m.__name__, m.decompress(z) == data)
print(zlib.crc32(data), zlib.adler32(data), len(zlib.compress(data, 9)), base64.b85encode(b"hello world"))
with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("x/y.txt"), data)
print(zipfile.ZipFile("a.zip").testzip(), zipfile.ZipFile("a.zip").read("x/y.txt") == data)

print(struct.pack("<bHiqfd5s?", -1, 65535, -2, 1 << 40, 1.5, -2.25, b"abc", True).hex(), struct.unpack(">IhB", b"\0\1\2\3\xff\xfe\x07"), struct.calcsize("@iqc"))
a = array.array("d", (i * 0.5 for i in range(1000)))
print(a.buffer_info()[1], sum(a), a.tobytes()[:16].hex(), memoryview(a).cast("B")[8:16].hex())

t = datetime.datetime(2024, 3, 10, 1, 30, tzinfo=ZoneInfo("America/New_York"))
for h in range(3):
    print((t + datetime.timedelta(hours=h)).isoformat(), (t.astimezone(ZoneInfo("UTC")) + datetime.timedelta(hours=h)).astimezone(ZoneInfo("Europe/Berlin")))
print(datetime.date(2024, 2, 29).strftime("%A %d %B %Y %j"), datetime.datetime.strptime("2023-12-31T23:59", "%Y-%m-%dT%H:%M"), datetime.datetime(2024, 1, 1) - datetime.datetime(2023, 1, 1, 12))

p = pathlib.Path("dir/sub")
p.mkdir(parents=True)
for i in range(5):
    (p / f"f{i}.txt").write_text(f"content {i}\n" * i)
(p / "link").symlink_to("f1.txt")
print(sorted(str(x) for x in pathlib.Path("dir").rglob("*")), (p / "f3.txt").stat().st_size, (p / "link").read_text(), p.joinpath("..", "x").resolve().name)
with tarfile.open("t.tar.gz", "w:gz") as tar:
    tar.add("dir", filter=lambda ti: (setattr(ti, "mtime", 0), ti)[1])
print(sorted(tarfile.open("t.tar.gz").getnames()))
os.unlink("t.tar.gz")


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: float = 0.5
    tags: list = dataclasses.field(default_factory=list, compare=False)


pts = [Point(i % 7, i) for i in range(20)]
print(sorted(pts)[:3], pickle.loads(pickle.dumps(pts, 5)) == pts, copy.deepcopy(pts[0]), dataclasses.asdict(pts[1]))
for proto in range(6):
    assert pickle.loads(pickle.dumps((doc, rows[:10]), proto)) == (doc, rows[:10])
random.seed(42)
print([random.randrange(1000) for _ in range(8)], random.random(), random.gauss(0, 1), random.sample(range(100), 5), random.choices("abc", k=5))
print(collections.Counter("mississippi").most_common(2), collections.deque(range(5), 3), collections.OrderedDict(a=1), collections.namedtuple("N", "a b")(1, 2))
print(heapq.nsmallest(3, (x * 7919 % 1009 for x in range(500))), bisect.bisect([1, 3, 5], 4), list(itertools.islice(itertools.permutations("abc"), 4)), list(itertools.accumulate(range(6))))
buf = io.StringIO()
csv.writer(buf).writerows([["a,b", 'q"q', 1], ["x\ny", None, 2.5]])
print(repr(buf.getvalue()), list(csv.reader(io.StringIO(buf.getvalue()))), uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), textwrap.fill(string.ascii_letters * 2, 30))


def gen():
    try:
        x = yield 1
        while True:
            x = yield x * 2
    except GeneratorExit:
        print("closed")
    finally:
        print("finally")


g = gen()
print(next(g), g.send(5), g.send(7))
g.close()
try:
    raise ExceptionGroup("eg", [ValueError(1), TypeError(2), KeyError(3)])
except* (ValueError, KeyError) as eg:
    print("group", eg.exceptions)
except* TypeError as eg:
    print("types", eg.exceptions)
match {"kind": "circle", "r": 2, "extra": [1, 2, 3]}:
    case {"kind": "circle", "r": r, "extra": [first, *rest]} if r > 1:
        print("matched", r, first, rest)


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(900))
try:
    deep(10 ** 6)
except RecursionError as e:
    print(e)
