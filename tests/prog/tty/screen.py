"""screen.py - a small VT100: what a program's output leaves on an 80x24 screen. Attributes are parsed and dropped."""


class Screen:
    def __init__(self, rows=24, cols=80):
        self.rows, self.cols = rows, cols
        self.reset()

    def reset(self):
        self.cells = self.blank(self.rows)
        self.row = self.col = 0
        self.saved = (0, 0)
        self.top, self.bottom = 0, self.rows - 1
        self.wrap = False           # the cursor hangs behind the last column
        self.main = None            # the main screen while the other one is shown
        self.bells = 0
        self.state, self.params = self.ground, b''
        self.tail = b''

    def blank(self, n):
        return [[' '] * self.cols for _ in range(n)]

    def resize(self, rows, cols):
        for cells in (self.cells, self.main or []):
            del cells[rows:]
            for line in cells:
                line[cols:] = [' '] * max(0, cols - len(line))
            cells.extend([' '] * cols for _ in range(rows - len(cells)))
        self.rows, self.cols = rows, cols
        self.top, self.bottom = 0, rows - 1
        self.move(self.row, self.col)

    def text(self):
        lines = [''.join(line).rstrip() for line in self.cells]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    # ---- input ----

    def feed(self, data):
        data = self.tail + data
        text = data.decode('utf-8', 'surrogateescape')
        self.tail = b''
        cut = len(data)
        for back in (1, 2, 3):      # an unfinished character waits for its rest
            if back <= len(data) and data[-back] >= 0xc0:
                need = 2 if data[-back] < 0xe0 else 3 if data[-back] < 0xf0 else 4
                if need > back:
                    cut = len(data) - back
                    self.tail = data[cut:]
                    text = data[:cut].decode('utf-8', 'surrogateescape')
                break
        for c in text:
            self.state(c)

    def ground(self, c):
        if c == '\x1b':
            self.state = self.escape
        elif c == '\r':
            self.move(self.row, 0)
        elif c in '\n\v\f':
            self.index()
        elif c == '\b':
            self.move(self.row, self.col - 1)
        elif c == '\t':
            self.move(self.row, (self.col // 8 + 1) * 8)
        elif c == '\a':
            self.bells += 1
        elif c >= ' ' and c != '\x7f':
            self.put(c)

    def escape(self, c):
        self.state = self.ground
        if c == '[':
            self.state, self.params = self.csi, ''
        elif c in '()#%':
            self.state = self.skip
        elif c == ']':
            self.state = self.title
        elif c == '7':
            self.saved = (self.row, self.col)
        elif c == '8':
            self.move(*self.saved)
        elif c == 'D':
            self.index()
        elif c == 'E':
            self.index()
            self.move(self.row, 0)
        elif c == 'M':
            self.reverse_index()
        elif c == 'c':
            self.reset()

    def skip(self, c):
        self.state = self.ground

    def title(self, c):
        if c in '\a\x1b':
            self.state = self.ground if c == '\a' else self.skip

    def csi(self, c):
        if c < '@':
            self.params += c
            return
        self.state = self.ground
        private = self.params[:1] == '?'
        p = [int(x) if x.isdigit() else 0 for x in self.params.lstrip('?').split(';')]
        if private:
            if c in 'hl' and any(x in (47, 1047, 1049) for x in p):
                self.alternate(c == 'h')
            return
        action = self.actions.get(c)
        if action:
            action(self, p)

    # ---- actions ----

    def move(self, row, col):
        self.row = min(max(row, 0), self.rows - 1)
        self.col = min(max(col, 0), self.cols - 1)
        self.wrap = False

    def put(self, c):
        if self.wrap:
            self.index()
            self.move(self.row, 0)
        self.cells[self.row][self.col] = c
        if self.col == self.cols - 1:
            self.wrap = True
        else:
            self.col += 1

    def scroll(self, top, bottom, n):
        """The lines top..bottom move up by n, down if n is negative."""
        n = max(min(n, bottom - top + 1), -(bottom - top + 1))
        part = self.cells[top:bottom + 1]
        if n > 0:
            part = part[n:] + self.blank(n)
        elif n < 0:
            part = self.blank(-n) + part[:n]
        self.cells[top:bottom + 1] = part

    def index(self):
        if self.row == self.bottom:
            self.scroll(self.top, self.bottom, 1)
        else:
            self.row = min(self.row + 1, self.rows - 1)
        self.wrap = False

    def reverse_index(self):
        if self.row == self.top:
            self.scroll(self.top, self.bottom, -1)
        else:
            self.row = max(self.row - 1, 0)

    def alternate(self, on):
        if on and self.main is None:
            self.main, self.saved = self.cells, (self.row, self.col)
            self.cells = self.blank(self.rows)
        elif not on and self.main is not None:
            self.cells, self.main = self.main, None
            self.move(*self.saved)

    def erase_line(self, p):
        start, end = [(self.col, self.cols), (0, self.col + 1), (0, self.cols)][p[0]]
        self.cells[self.row][start:end] = [' '] * (end - start)

    def erase_screen(self, p):
        self.erase_line([min(p[0], 2)])
        for r in [range(self.row + 1, self.rows), range(self.row), range(self.rows)][min(p[0], 2)]:
            self.cells[r] = [' '] * self.cols

    def edit_chars(self, delete, n):
        line, c = self.cells[self.row], self.col
        n = min(n, self.cols - c)
        self.cells[self.row] = line[:c] + (line[c + n:] + [' '] * n if delete else [' '] * n + line[c:self.cols - n])

    def edit_lines(self, n):
        if self.top <= self.row <= self.bottom:
            self.scroll(self.row, self.bottom, n)
            self.move(self.row, 0)

    def region(self, p):
        self.top = max(p[0], 1) - 1
        self.bottom = min((p[1] if len(p) > 1 and p[1] else self.rows), self.rows) - 1
        self.move(0, 0)

    def erase_chars(self, n):
        n = min(n, self.cols - self.col)
        self.cells[self.row][self.col:self.col + n] = [' '] * n

    actions = {
        'A': lambda s, p: s.move(s.row - (p[0] or 1), s.col),
        'B': lambda s, p: s.move(s.row + (p[0] or 1), s.col),
        'C': lambda s, p: s.move(s.row, s.col + (p[0] or 1)),
        'D': lambda s, p: s.move(s.row, s.col - (p[0] or 1)),
        'E': lambda s, p: s.move(s.row + (p[0] or 1), 0),
        'F': lambda s, p: s.move(s.row - (p[0] or 1), 0),
        'G': lambda s, p: s.move(s.row, (p[0] or 1) - 1),
        'd': lambda s, p: s.move((p[0] or 1) - 1, s.col),
        'H': lambda s, p: s.move((p[0] or 1) - 1, ((p[1] if len(p) > 1 else 0) or 1) - 1),
        'f': lambda s, p: s.move((p[0] or 1) - 1, ((p[1] if len(p) > 1 else 0) or 1) - 1),
        'J': erase_screen,
        'K': erase_line,
        'L': lambda s, p: s.edit_lines(-(p[0] or 1)),
        'M': lambda s, p: s.edit_lines(p[0] or 1),
        'P': lambda s, p: s.edit_chars(True, p[0] or 1),
        '@': lambda s, p: s.edit_chars(False, p[0] or 1),
        'X': lambda s, p: s.erase_chars(p[0] or 1),
        'S': lambda s, p: s.scroll(s.top, s.bottom, p[0] or 1),
        'T': lambda s, p: s.scroll(s.top, s.bottom, -(p[0] or 1)),
        'r': region,
    }
