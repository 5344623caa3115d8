# ctypes with callbacks, mmap, signal, select, sockets, tempfile, os, fcntl, time, resource, ssl, select.epoll, locale, weakref, gc
import ctypes, ctypes.util, errno, fcntl, gc, mmap, os, resource, select, selectors, signal, socket, ssl, struct, sys, tempfile, threading, time, weakref

libc = ctypes.CDLL(None)
CMP = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
calls = 0


def compare(a, b):
    global calls
    calls += 1
    return (a[0] > b[0]) - (a[0] < b[0])


arr = (ctypes.c_int * 500)(*(i * 7919 % 1009 for i in range(500)))
libc.qsort(arr, len(arr), ctypes.sizeof(ctypes.c_int), CMP(compare))
print(list(arr)[:8], list(arr) == sorted(arr), calls > 500)
libc.strlen.restype = ctypes.c_size_t
libc.snprintf.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]
buf = ctypes.create_string_buffer(64)
print(libc.strlen(b"hello"), libc.snprintf(buf, 64, b"%d %s %.2f", ctypes.c_int(7), b"text", ctypes.c_double(2.5)), buf.value)
libm = ctypes.CDLL("libm.so.6")
libm.pow.restype = ctypes.c_double
libm.pow.argtypes = [ctypes.c_double, ctypes.c_double]
print(libm.pow(2.0, 0.5))


class S(ctypes.Structure):
    _fields_ = [("a", ctypes.c_byte), ("b", ctypes.c_double), ("c", ctypes.c_int, 5), ("d", ctypes.c_int, 11), ("e", ctypes.c_wchar * 3)]


class Div(ctypes.Structure):
    _fields_ = [("quot", ctypes.c_long), ("rem", ctypes.c_long)]


s = S(1, 2.5, 7, 300, "xyz")
libc.ldiv.restype = Div
libc.ldiv.argtypes = [ctypes.c_long, ctypes.c_long]
q = libc.ldiv(47, 5)
print(ctypes.sizeof(S), s.c, s.d, s.e, q.quot, q.rem)
DBL = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_float, ctypes.c_longlong, ctypes.c_char_p, *[ctypes.c_int] * 8)
f = DBL(lambda x, y, z, t, *r: x + y + z + len(t) + sum(r))
print(f(1.5, 2.25, 1 << 40, b"four", *range(8)))
ERR = ctypes.CDLL(None, use_errno=True)
print(ERR.close(-1), errno.errorcode[ctypes.get_errno()])
nested = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
fact = nested(lambda n: 1 if n == 0 else n * fact(n - 1))
print(fact(10))

with open("map.bin", "wb") as fh:
    fh.write(b"\0" * 8192)
with open("map.bin", "r+b") as fh:
    m = mmap.mmap(fh.fileno(), 0)
    m[4090:4100] = b"0123456789"
    m.seek(10); m.write(b"hello"); print(m.find(b"45"), m[10:15], m.size()); m.flush(); m.close()
print(open("map.bin", "rb").read()[4088:4102])
shared = mmap.mmap(-1, 4096)
pid = os.fork()
if pid == 0:
    shared[:5] = b"child"
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shared[:5])

got = []
signal.signal(signal.SIGUSR1, lambda n, f: got.append(n))
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
print(got, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
signal.signal(signal.SIGALRM, lambda n, f: (_ for _ in ()).throw(TimeoutError("alarm")))
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    while True:
        sum(range(100))
except TimeoutError as e:
    print(e)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigpending(), signal.sigtimedwait({signal.SIGUSR2}, 1).si_signo)

a, b = socket.socketpair()
a.sendall(b"ping")
print(select.select([b], [a], [], 1)[0] == [b], b.recv(10))
ep = select.epoll(); ep.register(b, select.EPOLLIN)
print(ep.poll(0.01)); a.send(b"x"); print(len(ep.poll(1)), b.recv(1)); ep.close()
srv = socket.create_server(("127.0.0.1", 0))


def client():
    with socket.create_connection(srv.getsockname()) as c:
        c.sendall(b"line one\nline two\n")
        c.shutdown(socket.SHUT_WR)
        print("client:", c.makefile().read().split())


t = threading.Thread(target=client)
t.start()
conn, addr = srv.accept()
data = conn.makefile("rb").read()
conn.sendall(data.upper()); conn.close(); t.join(); srv.close()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); u.sendto(b"dgram", u.getsockname()); print(u.recvfrom(100)[0]); u.close()
x = socket.socket(socket.AF_UNIX); x.bind("sock"); x.listen(); y = socket.socket(socket.AF_UNIX); y.connect("sock"); z, _ = x.accept()
r, w = os.pipe(); socket.send_fds(y, [b"fd"], [w]); msg, fds, _, _ = socket.recv_fds(z, 10, 1); os.write(fds[0], b"passed"); print(msg, os.read(r, 10))
os.unlink("sock")
print(socket.inet_aton("127.0.0.1"), socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4], socket.htons(80))

with tempfile.TemporaryDirectory() as d, tempfile.NamedTemporaryFile("w+", dir=d) as tf:
    tf.write("temp"); tf.flush(); print(os.path.dirname(tf.name) == d, os.stat(tf.name).st_size)
print(os.path.exists(d))
with open("lock", "w") as l1:
    fcntl.flock(l1, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with open("lock") as l2:
        try:
            fcntl.flock(l2, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            print(e)
t0 = time.monotonic(); time.sleep(0.05); print(0.05 <= time.monotonic() - t0 < 10, time.gmtime(0).tm_year, time.strftime("%H:%M", time.gmtime(3600)))
print(resource.getrlimit(resource.RLIMIT_CORE)[0] >= 0, sys.byteorder, sys.maxsize, os.cpu_count() > 0, sys.getfilesystemencoding())
ctx = ssl.create_default_context(); print(ctx.verify_mode, ssl.OPENSSL_VERSION.split()[0], len(ctx.get_ciphers()) > 5, ssl.RAND_bytes(8) != ssl.RAND_bytes(8))


class Node:
    pass


n = Node(); n.self = n; ref = weakref.ref(n); weakref.finalize(n, print, "finalized"); del n; gc.collect(); print(ref())
pid, fd = os.forkpty()
if pid == 0:
    print("on a tty:", os.isatty(0), os.isatty(1)); sys.stdout.flush(); os._exit(0)
out = b""
try:
    while chunk := os.read(fd, 100):
        out += chunk
except OSError as e:
    print(errno.errorcode[e.errno])
print(out, os.waitpid(pid, 0)[1])
try:
    os.open("missing/file", os.O_RDONLY)
except FileNotFoundError as e:
    print(e)
print(sorted(os.listdir(".")), os.stat("map.bin").st_mode & 0o777)
sys.exit(4)
