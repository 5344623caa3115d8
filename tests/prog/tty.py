#!/usr/bin/env python3
"""tty.py - interactive programs on a pseudo-terminal, natively and through elfport, key by key.

After every step the screen of the native run is the one to reach. Compared at the end: exit status, terminal modes, files.
  tests/prog/tty.py [-v] [CASE...]
"""
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

here = os.path.dirname(os.path.abspath(__file__))
top = os.path.dirname(os.path.dirname(here))
sys.path.insert(0, os.path.join(here, 'tty'))
from session import Session         # noqa: E402
from cases import cases             # noqa: E402
from dynamic import dynamic         # noqa: E402

elfport = os.environ.get('ELFPORT', os.path.join(top, 'build/elfport'))
work = os.path.join(top, 'build/tests/tty')
patience = float(os.environ.get('TTY_TIMEOUT', '60'))
options = os.environ.get('TTY_OPTIONS', '').split()       # of elfport run, such as --interpret
verbose = False


class Failed(Exception):
    pass


def environment(case, home, busybox):
    keep = {k: os.environ[k] for k in ('PATH', 'XDG_CACHE_HOME', 'LANG') if k in os.environ}
    keep.setdefault('XDG_CACHE_HOME', os.path.expanduser('~/.cache'))
    return {**keep, 'HOME': home, 'TERM': 'vt100', 'PS1': '$ ', 'ENV': '/dev/null', 'P': busybox, **case.env}


def programs():
    """The C programs of this part, built."""
    out = os.path.join(work, 'bin')
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(os.path.join(here, 'tty')):
        source, target = os.path.join(here, 'tty', name), os.path.join(out, name[:-2])
        if name.endswith('.c') and not (os.path.exists(target) and os.path.getmtime(target) > os.path.getmtime(source)):
            subprocess.run(['musl-gcc', '-static', '-O1', '-o', target, source], check=True)


def snapshot(folder):
    found = {}
    for root, _, names in os.walk(folder):
        for n in names:
            path = os.path.join(root, n)
            with open(path, 'rb') as f:
                found[os.path.relpath(path, folder)] = (os.stat(path).st_mode, f.read())
    return found


def prepare(case, kind):
    folder = os.path.join(work, case.name, kind)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, text in case.files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), 'w') as f:
            f.write(text)
    return folder


def act(session, step):
    if step.resize:
        session.resize(*step.resize)
    if step.signal:
        session.kill(step.signal)
    if step.keys is not None:
        session.send(step.keys)


def run_native(case, argv):
    folder = prepare(case, 'native')
    s, shots = Session(argv, folder, environment(case, folder, '/bin/busybox'), case.setup), []
    try:
        for step in case.steps:
            act(s, step)
            if not s.until(lambda: step.seen(s.screen), 10):
                raise Failed(f'native: no {step.expect!r} after {step.keys!r}:\n' + '\n'.join(s.screen.text()))
            s.settle(step.quiet, 3)
            shots.append(s.shown())
        if not s.until(s.ended, 10):
            raise Failed('native: does not end')
        s.settle(0.05, 1)
        shots.append(s.shown())
        return s.status, shots, snapshot(folder), s.output
    finally:
        s.close()


def differences(want, have):
    lines = []
    for k in range(max(len(want[0]), len(have[0]))):
        w, h = (x[0][k] if k < len(x[0]) else '' for x in (want, have))
        if w != h:
            lines.append(f'    line {k + 1}: native |{w}| here |{h}|')
    if want[1] != have[1]:
        lines.append(f'    cursor: native {want[1]}, here {have[1]}')
    return '\n'.join(lines[:12])


def reach(s, want, case, what):
    same = (lambda: case.filter(s.shown()[0]) == case.filter(want[0])) if case.filter else (lambda: s.shown() == want)
    if not s.until(same, patience):
        raise Failed(f'{what}: screens differ\n' + differences(want, s.shown()))


def run_ported(case, argv, native):
    status, shots, files, output = native
    folder = prepare(case, 'elfport')
    if not case.outer:
        argv = [elfport, 'run'] + options + argv
    s = Session(argv, folder, environment(case, folder, elfport + ' run /bin/busybox'), case.setup)
    try:
        for step, shot in zip(case.steps, shots):
            act(s, step)
            reach(s, shot, case, f'after {step.keys!r}')
            s.settle(step.pause, step.pause)
        if not s.until(s.ended, patience):
            raise Failed('does not end')
        reach(s, shots[-1], case, 'at the end')
        if s.status != status:
            raise Failed(f'exit status {s.status}, native {status}')
        if snapshot(folder) != files:
            raise Failed(f'files differ: {sorted(set(snapshot(folder).items()) ^ set(files.items()))}'[:400])
        if case.exact and s.output != output:
            raise Failed(f'output {s.output[:200]}, native {output[:200]}')
        if not s.modes_restored():
            raise Failed('terminal modes not restored')
    finally:
        s.close()


def run(case):
    argv = [a.replace('@', os.path.join(work, 'bin') + '/') for a in case.argv]
    start = time.monotonic()
    line, good = f'ok {case.name}', True
    for attempt in 1, 2:        # screens depend on timing: one that is wrong once is looked at again
        try:
            run_ported(case, argv, run_native(case, argv))
            break
        except Failed as e:
            if attempt == 1:
                print(f'once more: {case.name}: {e}', flush=True)
            else:
                line, good = f'FAIL {case.name}: {e}', False
    print(line + (f' ({time.monotonic() - start:.1f} s)' if verbose else ''), flush=True)
    return good


def main():
    global verbose
    names = sys.argv[1:]
    if '-v' in names:
        names.remove('-v')
        verbose = True
    programs()
    chosen = [c for c in cases + dynamic if not names or c.name in names]
    for program in sorted({c.argv[0] for c in chosen if c.argv[0][0] == '/'}):      # recompiled before anybody waits for a screen
        subprocess.run([elfport, 'run'] + options + [program, '--version'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, chosen))
    print(f'{results.count(True)} passed, {results.count(False)} failed')
    return 1 if not all(results) else 0


sys.exit(main())
