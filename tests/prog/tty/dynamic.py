"""dynamic.py - Debian's own interactive programs, dynamically linked: bash, python3.11, less, vim.tiny, nano, curses."""
from cases import Case, SLEEP, SLEEPER, Step, C, D, Z, U, W, A, E, K, L, UP, DOWN, LEFT, RIGHT, ESC, numbers

R, S, N, O, X, G, T, Y, B = (chr(ord(c) - 64) for c in 'RSNOXGTYB')
BASH = '/bin/bash'
PYTHON = '/usr/bin/python3.11'
TAB, BACK = '\t', '\x7f'


def bash(name, *steps, **more):
    return Case(name, [BASH, '--norc', '--noprofile'], [Step(None, '$ ')] + list(steps), **more)


def python(name, *steps, **more):
    return Case(name, [PYTHON, '-q'], [Step(None, '>>> ')] + list(steps), **more)


shell = [
    bash('bash-edit', ('echo helo' + LEFT + 'l\r', 'hello'), ('echo one two three' + ESC + 'b' + ESC + 'd', 'two'), ('\x1f', 'three'),
         (A + K, None), (Y + '\r', 'one two three\n'), ('echo abc' + A + ESC + 'f' + ESC + 'f!' + E + '?\r', None),
         ('echo ab' + LEFT + T + '\r', 'ba\n'), ('echo low' + ESC + 'b' + ESC + 'u\r', 'LOW\n'), ('echo ' + 'x' * 90, 'xx'), (A, None),
         (E + BACK * 20, None), ('\r',), ('exit 3\r',)),
    bash('bash-history', ('echo first\r', 'first\n'), ('echo second\r', 'second\n'), (UP + UP, 'echo first'), (DOWN, 'echo second'), ('\r',),
         (R + 'fir', "i-search)`fir'"), ('\r', None), ('!!\r', None), ('^first^third\r', 'third\n'), ('history 3\r', 'history'),
         ('fc -l -2 -1\r', None), ('echo word1 word2\r',), ('echo ' + ESC + '.', 'echo word2'), ('\r',), ('exit\r',)),
    bash('bash-complete', ('cat uni\t', 'unique-name.txt'), ('\r', 'content'), ('cat alp\t', 'alpha-'), ('\t\t', 'alpha-two'), ('o\t\r', 'text one'),
         ('cd di\t', 'directory/'), ('\r',), ('cat "na\t', 'name with'), ('\r', 'spaced'), ('ec\t\t', 'echo'), (U + 'echo $HISTS\t\t', None),
         (U + 'cd ..; ls\r', 'unique'), ('exit\r',), files={'unique-name.txt': 'content\n', 'alpha-one': 'text one\n', 'alpha-two': '',
                                                           'directory/name with space': 'spaced\n'}),
    bash('bash-jobs', (SLEEP, '\nrunning'), (Z, 'Stopped'), ('jobs\r', 'tail -f up\n'), ('bg\r', None), ('jobs\r', 'Running'),
         Step('fg\r', None, pause=0.7), (C, '^C'), ('echo status $?\r', 'status 130'), ('tail -f through | cat\r', '\npiped'), (C, None),
         ('echo "${PIPESTATUS[@]}"\r', None), ('(sleep 0.2; exit 4) & wait $!; echo got $?\r', 'got 4'), ('exit\r',), files=SLEEPER,
         filter=lambda lines: [x for x in lines if not x.startswith('[1] ') or 'tail' in x]),
    bash('bash-interrupt', ('echo not run' + C, '^C'), ('echo busy; while :; do :; done\r', '\nbusy'), (C, '^C'), ('echo status $?\r', 'status 130'),
         ("trap 'echo caught' INT\r", None), (SLEEP, '\nrunning'), (C, None), ('echo status $?\r', 'status'), ('trap - INT\r',),
         ('read -r -p "line: " line\r', '\nline: '), (C, '^C'), ('read -rs -p "secret: " x\r', 'secret: '), ('pass word\r', None), ('echo "[$x]"\r', '[pass word]'),
         (D,), files=SLEEPER),
    bash('bash-multiline', ('for i in 1 2 3\r', '> '), ('do echo "n $i"\r', None), ('done\r', 'n 3'), (UP, 'for i in 1 2 3'), ('\r',), ('cat <<E\r', '> '),
         ('text\r',), ('E\r', 'text\n'), ("echo 'a\r", '> '), ("b'\r", 'a\nb'), ('exit\r',)),
    bash('bash-winch', ('echo $LINES $COLUMNS\r', '24 80'), Step(None, None, resize=(30, 60), quiet=0.4), ('echo $LINES $COLUMNS\r', '30 60'),
         ('echo ' + 'abcdefghij' * 7, 'hij'), Step(None, None, resize=(24, 40), quiet=0.5), (U,), ('stty size\r', '24 40'), ('exit\r',)),
    bash('bash-vi-mode', ('set -o vi\r',), Step('echo vi mode' + ESC, None, pause=0.7), ('0wcwEX', None), Step(ESC, None, pause=0.7), ('$x', None), ('\r', None),
         Step(ESC, None, pause=0.7), ('k', 'echo'), ('\r',), ('exit\r',)),
    bash('bash-utf8', ('echo grün 日本 €\r', 'grün 日本 €\n'), ('echo aäb' + LEFT + LEFT + BACK + 'x\r', 'xäb\n'), ('x=äöü; echo ${#x} ${x:1:1}\r', '3 ö'),
         (D,), env={'LANG': 'C.UTF-8'}, setup=['iutf8']),
    bash('bash-select', ('select x in red green; do echo "got $x"; break; done\r', '#? '), ('2\r', 'got green'), ('read -n 2 y; echo "<$y>"\r', None),
         ('ab', '<ab>'), ('read -t 0.3 z; echo st$?\r', 'st142'), ('exit\r',)),
]

repl = [
    python('python-repl', ('1 + 2\r', '\n3'), ('def f(n):\r', '... '), ('    return n * 2\r', None), ('\r', None), ('f(21)\r', '42'), ('1/0\r', 'ZeroDivisionError'),
           ('import math\r',), ('math.fac\t', 'factorial('), ('10)\r', '3628800'), (UP + UP, None), ('\r',), ('print("é", len("日本"))\r', 'é 2'),
           ('x = [i ** 2 for i in range(5)]; x\r', '[0, 1, 4, 9, 16]'), ('input("name? ")\r', 'name? '), ('me\r', "'me'"), ('exit(4)\r',), env={'LANG': 'C.UTF-8'}),
    python('python-interrupt', ('exec("print(6 * 7)\\nwhile True: pass")\r', '\n42'), (C, 'KeyboardInterrupt'), ('abc' + C, None),
           ('import time; print(7 * 8); time.sleep(100)\r', '\n56'), (C, 'KeyboardInterrupt'), ('import os; os.get_terminal_size()\r', 'columns=80, lines=24'),
           Step(None, None, resize=(30, 90), quiet=0.3), ('os.get_terminal_size()\r', 'columns=90, lines=30'), (D,),
           filter=lambda lines: [x for x in lines if 'File "<stdin>"' not in x]),
]

draw = '''
import curses

def main(screen):
    curses.curs_set(0)
    pad, n, last = curses.newwin(5, 30, 2, 10), 0, ''
    while True:
        rows, columns = screen.getmaxyx()
        screen.erase()
        screen.border()
        screen.addstr(0, 2, f' {rows} x {columns} ')
        for k in range(8, min(rows - 1, 20)):
            screen.addstr(k, 2, f'row {k} ' + '#' * ((n * 7 + k * 3) % 40))
        screen.refresh()
        pad.erase()
        pad.box()
        pad.addstr(2, 2, f'turn {n} key {last}', curses.A_REVERSE)
        pad.refresh()
        key = screen.getch()
        if key == ord('q'):
            return
        last = curses.keyname(key).decode()
        n += 1

curses.wrapper(main)
print('left')
'''

screens = [
    Case('less-real', ['/usr/bin/less', 'a.txt'], [
        (None, 'line 23'), (' ', 'line 40'), ('b', 'line 2 '), ('j', None), ('/line 50\r', 'line 50'), ('n', None), ('g', 'line 1 '), ('G', 'line 60'), ('k', None),
        ('-N', None), ('\r', None), ('30g', None), ('h', 'SUMMARY'), ('q', None), Step(None, None, resize=(12, 50), quiet=0.4), ('q',)],
        files={'a.txt': numbers}, env={'LESSHISTFILE': '-'}),
    Case('less-real-pipe', [BASH, '--norc', '-c', 'seq 100 | less -X; echo end $?'], [(None, ':'), (' ', '46'), ('G', '100'), ('?7[0-5]\r', '75'), ('q',)],
         env={'LESSHISTFILE': '-'}),
    Case('vim', ['/usr/bin/vim.tiny', '-u', 'NONE', '-n', 'a.txt'], [
        (None, 'line 1 of'), ('dd', None), ('p', 'line 1 of'), ('u',), ('5G',), ('dw',), ('Aend', 'end'), Step(ESC, None, pause=0.5), ('G', 'line 60'),
        ('ggOtop line', 'top line'), Step(ESC, None, pause=0.5), ('yyjp',), ('J',), (':%s/sixty/60/\r', '60'), ('/line 40\r', 'line 40'), (':set nu\r',),
        ('\x06', None), ('\x02', None), Step(None, None, resize=(15, 60), quiet=0.4), ('V3jd', None), (':wq\r',)], files={'a.txt': numbers}),
    Case('vim-xterm', ['/usr/bin/vim.tiny', '-N', '-u', 'NONE', '-n', 'new.txt'], [
        (None, 'new.txt'), ('ihello', 'hello'), ('\rworld\ttab' + BACK * 2 + 'X', 'world'), Step(ESC, None, pause=0.5), ('0ix' + ESC + 'OAup', 'up'), Step(ESC, None, pause=0.5),
        (':!echo from shell\r', 'from shell'), ('\r', 'hupello'), Step(':split\r', None), ('\x17w', None), ('dd', None), (':wqa\r',)],
        env={'TERM': 'xterm'}, setup=['iutf8']),
    Case('nano', ['/usr/bin/nano', '-I', 'a.txt'], [
        (None, 'GNU nano'), ('typed text\r', 'typed text'), (K, None), (U, None), (DOWN * 5 + E + ' end', 'end'), (W + 'line 50\r', 'line 50'), (A + 'X', 'Xline'),
        Step(None, None, resize=(18, 70), quiet=0.5), (Y, None), ('\x16', None), (O, 'File Name'), ('\r', 'Wrote'), (X,)], files={'a.txt': numbers}),
    Case('nano-suspend', [BASH, '--norc', '--noprofile'], [(None, '$ '), ('nano -I b.txt\r', 'GNU nano'), ('abc', 'abc'), (X, 'Save modified'), ('y', 'File Name'),
         ('\r', None), ('cat b.txt\r', 'abc\n'), ('exit\r',)]),
    Case('curses', [PYTHON, 'draw.py'], [
        (None, 'turn 0'), ('a', 'turn 1 key a'), (ESC + 'OA', 'turn 2 key KEY_UP'), (ESC + 'OP', 'turn 3 key KEY_F(1)'), Step(None, 'turn 4', resize=(18, 70), quiet=0.6),
        ('zzzz', 'turn 8 key z'), (E, 'turn 9 key ^E'), ('q', 'left')], files={'draw.py': draw}, env={'TERM': 'xterm', 'PYTHONDONTWRITEBYTECODE': '1'}),
    Case('redraw', [BASH, '--norc', '-c', r'''for n in {1..40}; do printf '\e[H\e[2J'; for k in {1..12}; do printf '\e[%d;%dHrow %d of turn %d' $k $((k + n % 7)) $k $n; done
        read -rsn 1 -t 0.02 key && break; done; printf '\e[20Hkey %s\n' "$key"; read -rsn 1; seq 30; printf '\e[5;10r\e[7H'; seq 9; printf '\e[r\e[22Hend\n' '''], [
        (None, 'turn 40'), ('x', 'end')]),
]

dynamic = shell + repl + screens
