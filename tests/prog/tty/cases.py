"""cases.py - what is typed and what must be seen. Each step waits for its text on the native screen; elfport must reach the same screen."""

CTRL = {c: chr(ord(c) - 64) for c in 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'}
C, D, Z, U, W, A, E, K, L = (CTRL[c] for c in 'CDZUWAEKL')
# says when it has the terminal and no shell's handlers of signals any more
SLEEP, SLEEPER = 'tail -f up\r', {'up': 'running\n', 'through': 'piped\n'}
UP, DOWN, RIGHT, LEFT, ESC = '\x1b[A', '\x1b[B', '\x1b[C', '\x1b[D', '\x1b'


class Step:
    def __init__(self, keys, expect=None, resize=None, quiet=0.12, pause=0.0, signal=0):
        self.keys, self.expect, self.resize, self.signal = keys, expect, resize, signal
        self.quiet = quiet              # the native screen must stand still so long
        self.pause = pause              # what shows nothing while it starts needs time

    def seen(self, screen):
        text = '\n'.join(screen.text())
        return self.expect is None or self.expect.rstrip(' ') in text


class Case:
    def __init__(self, name, argv, steps, files=None, filter=None, setup=None, outer=False, exact=False, env=None):
        self.name, self.argv, self.files, self.filter = name, argv, files or {}, filter
        self.setup = setup              # stty arguments for the terminal before the start
        self.env = env or {}
        self.exact = exact              # byte for byte, not only the screen
        self.outer = outer              # argv runs natively in both runs; $P is busybox, natively or through elfport
        self.steps = [s if isinstance(s, Step) else Step(*s) for s in steps]


def sh(name, *steps, **more):
    return Case(name, ['/bin/busybox', 'sh'], [Step(None, '$ ')] + list(steps), **more)


numbers = ''.join(f'line {n} of sixty\n' for n in range(1, 61))

vi = [
    Case('vi-insert', ['/bin/busybox', 'vi', 'new.txt'], [
        (None, 'new.txt'), ('ihello world', 'hello world'), ('\rsecond\ttab', 'second'), ('\x7f\x7fAB', 'AB'),
        (ESC,), (':wq\r', None)]),
    Case('vi-edit', ['/bin/busybox', 'vi', 'a.txt'], [
        (None, 'line 1 of'), ('dd', None), ('p', 'line 1 of'), ('u',), ('jj3x',), ('5G', ), ('dw',), ('Aend', 'end'), (ESC,),
        ('G', 'line 60'), ('ggOtop line', 'top line'), (ESC,), ('yyjp',), ('J',), ('3ihey ' + ESC,), ('0rX',), ('.',),
        (':wq\r', None)], files={'a.txt': numbers}),
    Case('vi-search', ['/bin/busybox', 'vi', 'a.txt'], [
        (None, 'line 1 of'), ('/line 40\r', 'line 40'), ('n',), ('?line 2\r', 'line 2'), (':s/of/OF/\r', 'OF'),
        (':%s/sixty/60/g\r', '60'), (':30\r', 'line 30'), (':1,5d\r',), (':w other.txt\r', 'other.txt'), ('\x06',), ('\x02',),
        ('\x04',), (':q!\r',)], files={'a.txt': numbers}),
    Case('vi-resize', ['/bin/busybox', 'vi', 'a.txt'], [
        (None, 'line 23 of'), Step(None, 'line 9 of', resize=(10, 40), quiet=0.4), ('G', 'line 60'),
        Step(None, None, resize=(30, 100), quiet=0.4), ('ggdd', 'line 2 of'), (':q!\r',)], files={'a.txt': numbers}),
    Case('vi-read', ['/bin/busybox', 'vi', 'a.txt'], [
        (None, 'line 1 of'), (':r b.txt\r', 'from another'), (':e! b.txt\r', None), (':set nu\r', None), ('yyP',), (':x\r',)],
        files={'a.txt': 'line 1 of one\n', 'b.txt': 'from another\n'}),
    sh('vi-suspend', ('vi a.txt\r', 'line 1 of'), ('ix',), (ESC, 'xline'), (Z, 'Stopped'), ('echo between\r', 'between\n'),
       ('fg\r', 'xline 1 of'), (':wq\r', None), ('cat a.txt\r', 'xline'), ('exit\r',), files={'a.txt': 'line 1 of one\n'}),
]

shell = [
    sh('sh-edit', ('echo helo' + LEFT + 'l\r', 'hello'), ('echo one two', 'two'), (A + K, None), ('echo three\r', 'three\n'),
       (UP, 'echo three'), (UP, 'hello'), ('\r',), ('echo ab' + A + RIGHT * 5 + 'X' + E + 'Y\r', 'XabY'),
       ('echo gone' + U + 'echo kept\r', 'kept\n'), ('echo a b c' + W + 'd\r', 'a b d\n'), ('echo abc' + '\x7f' * 2 + 'z\r', 'az\n'),
       (UP + UP + DOWN,), (C,), ('exit 3\r',)),
    sh('sh-long-line', ('echo ' + 'abcdefghij' * 9, 'hij'), (A, None), (E + '\x7f' * 12, None), (LEFT * 8 + 'XYZ', 'XYZ'), ('\r',), (D,)),
    sh('sh-complete', ('echo uniq\t', 'unique-name.txt'), ('\r',), ('cat alp\t', 'alpha-'), ('\t', 'alpha-two'), ('o\t\r', 'text one'),
       (D,), files={'unique-name.txt': '', 'alpha-one': 'text one\n', 'alpha-two': ''}),
    sh('sh-clear', ('echo one\r', 'one\n'), (L, None), ('exit\r',)),
    sh('sh-ctrl-c-prompt', ('echo not run' + C, '^C'), ('echo $?\r', None), ('exit\r',)),
    sh('sh-ctrl-c-sleep', (SLEEP, '\nrunning'), (C, '^C'), ('echo status $?\r', 'status 130'), ('exit\r',), files=SLEEPER),
    sh('sh-ctrl-c-loop', ('echo busy; while :; do :; done\r', '\nbusy'), (C, '^C'), ('echo status $?\r', 'status 130'), ('exit\r',)),
    sh('sh-ctrl-c-pipe', ('tail -f through | cat\r', '\npiped'), (C, '^C'), ('echo status $?\r', 'status 130'), ('exit\r',), files=SLEEPER),
    sh('sh-quit', (SLEEP, '\nrunning'), ('\x1c', 'Quit'), ('echo status $?\r', 'status 131'), ('exit\r',), files=SLEEPER),
    sh('sh-trap-int', ("trap 'echo caught' INT\r", None), (SLEEP, '\nrunning'), (C, 'caught\n'),
       ('exit\r',), files=SLEEPER),
    sh('sh-jobs', (SLEEP, '\nrunning'), (Z, 'Stopped'), ('jobs\r', None), ('bg\r', None), ('jobs\r', 'Running'),
       Step('fg\r', None, pause=0.5), (C, '^C'), ('jobs\r', None), ('echo left $?\r', 'left 0'), ('exit\r',), files=SLEEPER),
    sh('sh-ttin', ('cat &\r', None), Step('sleep 0.3\r', None, quiet=0.5), ('echo\r', 'Stopped'), ('fg\r', None), ('typed\r', 'typed\ntyped'),
       (D, None), ('echo end $?\r', 'end 0'), ('exit\r',)),
    sh('sh-ttou', ('stty tostop\r', None), ('echo x &\r', None), Step('sleep 0.3\r', None, quiet=0.5), ('jobs\r', 'Stopped'),
       ('fg\r', 'x\n'), ('stty -tostop\r', None), ('exit\r',)),
    sh('sh-ctrl-d', ('echo last\r', 'last\n'), ('(exit 7)\r', None), (D,)),
    sh('sh-read-s', ('read -s -p "secret: " x\r', 'secret: '), ('pass word\r', None), ('echo "[$x]"\r', '[pass word]'),
       ('read -n 3 y; echo; echo "<$y>"\r', None), ('abc', '<abc>'), ('read -t 1 z; echo st$?\r', 'st1'), ('exit\r',)),
    sh('sh-stty', ('stty -a\r', 'echoctl'), ('stty size\r', '24 80'), ('stty -echo; read a; stty echo; echo "got $a"\r', None),
       ('hidden\r', 'got hidden'), ('stty raw; dd bs=1 count=3 2>/dev/null; stty -raw\r', None), ('a' + C + 'b', None),
       ('\r',), ('exit\r',)),
    sh('sh-winch', ('stty size\r', '24 80'), Step(None, None, resize=(30, 90), quiet=0.3), ('stty size\r', '30 90'),
       ('stty rows 20 cols 70; stty size\r', '20 70'), ('exit\r',)),
    sh('sh-hup', ('trap "" HUP; kill -TERM $$; echo alive\r', 'alive\n'), ('kill -KILL $$\r',)),
    sh('sh-setsid', ('setsid sh -c "sleep 0.5; echo from setsid; cat </dev/tty"; echo s $?\r', 'No such'), ('exit\r',)),
]

text = [
    Case('cat-canon', ['/bin/busybox', 'cat'], [
        Step(None, None), ('hello\r', 'hello\nhello'), ('abc\x7f\x7fx\r', 'ax\nax'), ('wrong' + U + 'right\r', 'right\nright'),
        ('two words' + W + 'kept\r', 'kept\n'), ('a\tb\x7f\x7f\x7fz\r', '\nz'), ('lit\x16' + C + 'x\r', '^Cx'), ('x' + D, 'xx'), ('\r', None), (D,)]),
    Case('cat-utf8', ['/bin/busybox', 'cat'], [
        ('go\r', 'go\ngo'), ('é', 'é'), ('à\x7f', None), ('ü\r', 'éü\néü'), ('日本\x7fx\r', '日x\n日x'), (D,)], setup=['iutf8']),
    Case('modes', ['/bin/busybox', 'sh', '-c', 'stty -a; cat; stty -echo; exit 2'], [
        (None, 'echoctl'), ('ab\bc\r', 'ac\nac'), ('\x18',)], setup=['erase', '^H', 'intr', '^X', '-echoctl', 'iutf8', 'ixany']),
    Case('type-ahead', ['/bin/busybox', 'sh', '-c', 'sleep 1; cat'], [
        ('early\rpa\x7fart', 'part'), (None, 'early\npartearly'), ('ial\r', 'ial\npartial'), (D,)]),
    Case('term', ['/bin/busybox', 'cat'], [('go\r', 'go\ngo'), Step(None, signal=15)]),
    Case('usr1', ['/bin/busybox', 'less', 'a.txt'], [(None, 'line 23'), Step(None, signal=10)], files={'a.txt': numbers}),
    Case('outer-shell', ['/bin/busybox', 'sh'], [
        (None, '$ '), ('$P cat\r', None), ('one\r', 'one\none'), (Z, 'Stopped'), ('stty -a | grep -c " echo "\r', '\n1'), Step('fg\r', 'cat', pause=0.7),
        ('two\r', 'two\ntwo'), (D, None), ('echo status $?\r', 'status 0'), ('$P vi a.txt\r', 'line 1 of'), (Z, 'Stopped'), Step('fg\r', 'line 1 of', pause=0.7),
        (':q\r', None), ('$P sh -c "exit 6"; echo left $?\r', 'left 6'), ('exit\r',)], files={'a.txt': 'line 1 of one\n'}, outer=True),
    Case('cat-int', ['/bin/busybox', 'cat'], [Step('go\r', 'go\ngo'), (C,)]),
    Case('cat-quit', ['/bin/busybox', 'cat'], [Step('go\r', 'go\ngo'), ('\x1c',)]),
    Case('less', ['/bin/busybox', 'less', 'a.txt'], [
        (None, 'line 23'), (' ', 'line 40'), ('b', 'line 2 '), ('j', None), ('/line 50\r', 'line 50'), ('g', 'line 1 '), ('G', 'line 60'),
        ('k', None), ('q',)], files={'a.txt': numbers}),
    Case('more', ['/bin/busybox', 'more', 'a.txt'], [
        (None, 'line 20'), (' ', 'line 40'), ('\r', None), ('q',)], files={'a.txt': numbers}),
    Case('less-pipe', ['/bin/busybox', 'sh', '-c', 'cat a.txt | less'], [(None, 'line 23'), (' ', 'line 40'), ('q',)], files={'a.txt': numbers}),
    Case('top-batch', ['/bin/busybox', 'sh', '-c', 'top -b -n1 | grep -c "PID.*COMMAND"'], []),
    Case('output-only', ['/bin/busybox', 'sh', '-c', 'printf "a\\nb\\tc\\n"; seq 1 30; printf "no newline"; exit 5'], [], exact=True),
    Case('stderr-only', ['/bin/busybox', 'ls', '/nonexistent/x'], [], exact=True),
]

own = [
    Case('raw', ['@raw'], [
        (None, 'raw:'), ('a', '61'), (UP, '1b 5b 41'), (C, '03'), ('\r', '0d'), (Z, '1a'), ('q', 'min 3:'), ('12', None), ('345', '31 32 33'),
        (None, '34 35'), (None, 'empty'), (None, 'min 2 time 3:'), ('x', '78'), ('no echo\r', 'got 7')]),
    Case('ptys', ['@ptys'], [(None, 'shell?'), ('echo typed $((1+2))\r', 'typed 3'), ('tty\r', '/dev/pts/'), ('sleep 100\r', None), (C, '^C'),
        ('stty size\r', '20 60'), ('exit 4\r', 'child 4')],
        filter=lambda lines: [x for x in lines if '/dev/pts/' not in x]),
    Case('winch', ['@winch'], [(None, '24 80'), Step(None, '40 100', resize=(40, 100)), Step(None, '10 20', resize=(10, 20)), ('\r', 'done')]),
    Case('session', ['@session'], [(None, 'end')]),
]

cases = vi + shell + text + own
