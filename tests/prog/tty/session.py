"""session.py - one program on a pseudo-terminal of its own: keys in, a Screen out, status and terminal modes afterwards."""
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import threading
import time

from screen import Screen

spawn_lock = threading.Lock()


class Session:
    def __init__(self, argv, cwd, env, setup=None, rows=24, cols=80):
        self.screen = Screen(rows, cols)
        self.status = None
        self.output = b''
        with spawn_lock:
            self.master, self.slave = os.openpty()
            for fd in (self.master, self.slave):
                os.set_inheritable(fd, False)
            fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))
            if setup:
                subprocess.run(['stty'] + setup, stdin=self.slave, check=True)
            self.before = termios.tcgetattr(self.slave)
            self.pid = os.fork()
            if self.pid == 0:
                self.child(argv, cwd, env)

    def child(self, argv, cwd, env):
        try:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(self.slave, fd)
            for sig in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT):
                signal.signal(sig, signal.SIG_DFL)
            os.chdir(cwd)
            os.execve(argv[0], argv, env)
        finally:
            os._exit(126)

    def pump(self, seconds):
        """Takes what has come within this time; true if something has."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data
        self.screen.feed(data)
        if b'\x1b[6n' in data:      # where is the cursor?
            os.write(self.master, b'\x1b[%d;%dR' % (self.screen.row + 1, self.screen.col + 1))
        return bool(data)

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.status = code if code >= 0 else 128 - code
        return self.status is not None

    def until(self, done, timeout):
        """Runs until done() holds; false when the time is over or the program has ended without it."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if done():
                return True
            if not self.pump(0.02) and self.ended():
                while self.pump(0.02):
                    pass
                return done()
        return done()

    def settle(self, quiet, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end and self.pump(quiet):
            pass

    def send(self, keys):
        os.write(self.master, keys.encode('utf-8', 'surrogateescape') if isinstance(keys, str) else keys)

    def resize(self, rows, cols):
        self.screen.resize(rows, cols)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

    def kill(self, sig):
        os.kill(self.pid, sig)

    def shown(self):
        return self.screen.text(), (self.screen.row, self.screen.col)

    def modes_restored(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        """Ends the program if it still runs."""
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.slave)
        os.close(self.master)
