# subprocess, threading, queues, multiprocessing with fork and spawn, concurrent.futures, asyncio, unittest in one process tree
import asyncio, concurrent.futures as cf, io, multiprocessing as mp, os, queue, subprocess, sys, threading, time, unittest


def square(x):
    return x * x


def produce(q, n):
    for i in range(n):
        q.put((os.getpid() != os.getppid(), i))
    q.put(None)


def add(v, lock, n):
    for _ in range(n):
        with lock:
            v.value += 1


class Case(unittest.TestCase):
    def test_good(self):
        self.assertEqual(square(4), 16)

    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertLess(i, 5)

    @unittest.skip("reason")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.assertTrue(False)


async def tcp():
    async def handle(r, w):
        w.write((await r.readline()).upper())
        await w.drain()
        w.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async def one(i):
        r, w = await asyncio.open_connection(*server.sockets[0].getsockname())
        w.write(b"hello %d\n" % i)
        line = await r.readline()
        w.close()
        return line
    out = await asyncio.gather(*(one(i) for i in range(10)))
    server.close()
    return out


async def main():
    order = []

    async def step(n, d):
        await asyncio.sleep(d)
        order.append(n)
        return n

    print(await asyncio.gather(*(step(i, 0.03 * (3 - i)) for i in range(3))), order)
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.02)
    except asyncio.TimeoutError:
        print("timed out")
    p = await asyncio.create_subprocess_exec("sh", "-c", "cat; exit 3", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    print(await p.communicate(b"to the child"), p.returncode)
    print(await asyncio.to_thread(square, 12), await asyncio.get_running_loop().run_in_executor(None, square, 5))
    async with asyncio.TaskGroup() as tg:
        ts = [tg.create_task(step(i, 0)) for i in range(4)]
    print([t.result() for t in ts], await tcp())
    q = asyncio.Queue()
    async def consumer():
        return [await q.get() for _ in range(5)]
    c = asyncio.create_task(consumer())
    for i in range(5):
        await q.put(i)
    print(await c)


if __name__ == "__main__":
    r = subprocess.run(["sh", "-c", "echo out; echo err >&2; read x; echo got $x; exit 5"], input="line\n", capture_output=True, text=True)
    print(r.returncode, r.stdout.split(), r.stderr.strip())
    print(subprocess.check_output([sys.executable, "-c", "import sys; print(sys.argv[1:], sys.stdin.read())", "a b"], input=b"in").decode().strip())
    p1 = subprocess.Popen(["printf", "c\\nb\\na\\n"], stdout=subprocess.PIPE)
    p2 = subprocess.Popen(["sort"], stdin=p1.stdout, stdout=subprocess.PIPE)
    p1.stdout.close()
    print(p2.communicate()[0], p1.wait(), p2.wait())
    try:
        subprocess.run(["sleep", "30"], timeout=0.1)
    except subprocess.TimeoutExpired as e:
        print("timeout", e.cmd)
    p = subprocess.Popen(["sleep", "30"]); p.terminate(); print(p.wait())
    try:
        subprocess.run(["/no/such/program"])
    except FileNotFoundError as e:
        print(e.errno, e.filename)

    q, results, lock = queue.Queue(), [], threading.Lock()
    def work():
        while (x := q.get()) is not None:
            with lock:
                results.append(square(x))
        q.put(None)
    ts = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in ts]
    [q.put(i) for i in range(500)]
    q.put(None)
    [t.join() for t in ts]
    print(len(results), sum(results))
    ev, local, bar = threading.Event(), threading.local(), threading.Barrier(3)
    def waiter(i):
        local.x = i
        bar.wait()
        ev.wait()
        with lock:
            results.append(local.x)
    ts = [threading.Thread(target=waiter, args=(i,)) for i in range(3)]
    [t.start() for t in ts]
    ev.set()
    [t.join() for t in ts]
    print(sorted(results[-3:]), threading.active_count())
    with cf.ThreadPoolExecutor(3) as ex:
        print(list(ex.map(square, range(8))))

    for how in ("fork", "spawn"):
        ctx = mp.get_context(how)
        with ctx.Pool(2) as pool:
            print(how, pool.map(square, range(10)), pool.apply_async(square, (9,)).get(120))
        q = ctx.Queue()
        p = ctx.Process(target=produce, args=(q, 5))
        p.start()
        print(list(iter(q.get, None)), p.join(), p.exitcode)
        v, l = ctx.Value("i", 0), ctx.Lock()
        ps = [ctx.Process(target=add, args=(v, l, 50)) for _ in range(2)]
        [p.start() for p in ps]
        [p.join() for p in ps]
        print(v.value)
        a, b = ctx.Pipe()
        p = ctx.Process(target=b.send, args=({"k": [1, 2]},))
        p.start()
        print(a.recv(), p.join())
    with cf.ProcessPoolExecutor(2) as ex:
        print(list(ex.map(square, range(5))))
    asyncio.run(main())
    out = io.StringIO()
    res = unittest.TextTestRunner(out, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
    print(res.testsRun, len(res.failures), len(res.skipped), len(res.expectedFailures), sorted(l.split(" ...")[0] for l in out.getvalue().split("\n") if "..." in l))
