/*
 * ldisc.c - the terminal line discipline, after Linux's n_tty: input editing, echo, signals, output processing.
 */
#include "tty.h"

static void echo(struct tty *t, u8 c);

void
tty_init(struct tty *t, const struct tty_driver *drv)
{
	static const u8 cc[NCCS] = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0 };

	memset(t, 0, sizeof *t);
	t->drv = drv;
	t->tio.iflag = ICRNL | IXON;
	t->tio.oflag = OPOST | ONLCR;
	t->tio.cflag = 0277;                     /* B38400 CS8 CREAD */
	t->tio.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	memcpy(t->tio.cc, cc, sizeof cc);
	waitq_init(&t->q);
}

/* ---- output ---- */

static void
out(struct tty *t, u8 c)
{
	if (t->oused == OUT_SIZE)
		return;
	t->out[(t->ohead + t->oused) % OUT_SIZE] = c;
	t->oused++;
}

u32
tty_out_take(struct tty *t, u8 *p, u32 n)
{
	u32 k = 0;

	for (; k < n && t->oused; k++) {
		p[k] = t->out[t->ohead];
		t->ohead = (t->ohead + 1) % OUT_SIZE;
		t->oused--;
	}
	return k;
}

/* One byte through output processing; at most 8 come out. */
static void
process(struct tty *t, u8 c)
{
	u32 o = t->host_line ? OPOST | ONLCR : t->tio.oflag;

	if (!(o & OPOST)) {
		out(t, c);
		return;
	}
	switch (c) {
	case '\n':
		if (o & ONLRET)
			t->column = 0;
		if (o & ONLCR) {
			if (!t->host_line)
				out(t, '\r');
			t->column = 0;
		}
		break;
	case '\r':
		if (o & ONOCR && !t->column)
			return;
		if (o & OCRNL) {
			c = '\n';
			if (o & ONLRET)
				t->column = 0;
			break;
		}
		t->column = 0;
		break;
	case '\t':
		for (u32 n = 8 - t->column % 8; (o & XTABS) == XTABS && n; n--)
			out(t, ' ');
		t->column += 8 - t->column % 8;
		if ((o & XTABS) == XTABS)
			return;
		break;
	case '\b':
		if (t->column)
			t->column--;
		break;
	default:
		if (o & OLCUC && c >= 'a' && c <= 'z')
			c -= 32;
		if (c >= 32 && c != 127 && !(t->tio.iflag & IUTF8 && (c & 0xc0) == 0x80))
			t->column++;
	}
	out(t, c);
}

u32
tty_output(struct tty *t, const u8 *p, u32 n)
{
	u32 k = 0;

	while (k < n && !t->stopped) {
		if (OUT_SIZE - t->oused < 8) {
			t->drv->flush(t);
			if (OUT_SIZE - t->oused < 8)
				break;
		}
		process(t, p[k++]);
	}
	t->drv->flush(t);
	return k;
}

static void
echo(struct tty *t, u8 c)
{
	if (OUT_SIZE - t->oused >= 16)
		process(t, c);
}

/* as ^C if it is a control character */
static void
echo_visible(struct tty *t, u8 c)
{
	if (t->tio.lflag & ECHOCTL && (c < 32 || c == 127) && c != '\t' && c != '\n') {
		echo(t, '^');
		echo(t, c ^ 0x40);
	} else
		echo(t, c);
}

/* ---- the input ring ---- */

static u16 *
at(struct tty *t, u32 k)
{
	return &t->in[(t->head + k) % IN_SIZE];
}

static void
put(struct tty *t, u16 c)
{
	if (t->used == IN_SIZE)
		return;
	*at(t, t->used) = c;
	t->used++;
	if (c & (IN_DELIM | IN_EOF))
		t->lines++;
}

void
tty_flush_input(struct tty *t)
{
	t->used = t->lines = 0;
}

static bool
is_line_open(struct tty *t)
{
	return t->used && !(*at(t, t->used - 1) & (IN_DELIM | IN_EOF));
}

/* columns that a stored character takes on the screen, tabs seen from the line's start */
static u32
width_to(struct tty *t, u32 end)
{
	u32 begin = end, col = t->canon_column;

	while (begin && !(*at(t, begin - 1) & (IN_DELIM | IN_EOF)))
		begin--;
	for (; begin < end; begin++) {
		u8 c = (u8)*at(t, begin);

		if (c == '\t')
			col += 8 - col % 8;
		else if (c < 32 || c == 127)
			col += t->tio.lflag & ECHOCTL ? 2 : 0;
		else if (!(t->tio.iflag & IUTF8 && (c & 0xc0) == 0x80))
			col++;
	}
	return col;
}

static void
erase_one(struct tty *t, bool show)
{
	u32 before = width_to(t, t->used), after;

	do
		t->used--;
	while (t->tio.iflag & IUTF8 && (*at(t, t->used) & 0xc0) == 0x80 && is_line_open(t));
	after = width_to(t, t->used);
	for (; show && before > after; before--) {
		echo(t, '\b');
		echo(t, ' ');
		echo(t, '\b');
	}
}

static bool
is_word(u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static void
erase_word(struct tty *t, bool show)
{
	bool seen = false;

	while (is_line_open(t)) {
		bool word = is_word((u8)*at(t, t->used - 1));

		if (word)
			seen = true;
		else if (seen)
			break;
		erase_one(t, show);
	}
}

static void
erase_char(struct tty *t, u8 c)
{
	u32 l = t->tio.lflag;

	if (!is_line_open(t))
		return;
	if (l & ECHO && !(l & ECHOE))
		echo_visible(t, c);
	erase_one(t, l & ECHO && l & ECHOE);
}

static void
kill_line(struct tty *t, u8 c)
{
	u32 l = t->tio.lflag;
	bool show = l & ECHO && l & ECHOK && l & ECHOKE && l & ECHOE;

	if (l & ECHO && !show) {
		echo_visible(t, c);
		if (l & ECHOK)
			echo(t, '\n');
	}
	while (is_line_open(t))
		erase_one(t, show);
}

static void
reprint(struct tty *t, u8 c)
{
	u32 begin = t->used;

	while (begin && !(*at(t, begin - 1) & (IN_DELIM | IN_EOF)))
		begin--;
	echo_visible(t, c);
	echo(t, '\n');
	for (; begin < t->used; begin++)
		echo_visible(t, (u8)*at(t, begin));
}

/* ---- one byte arrives ---- */

static bool
is_cc(const struct tty *t, u8 c, int which)
{
	return t->tio.cc[which] && t->tio.cc[which] == c;
}

static bool
signal_char(struct tty *t, u8 c)
{
	int sig = is_cc(t, c, VINTR) ? SIGINT : is_cc(t, c, VQUIT) ? SIGQUIT : is_cc(t, c, VSUSP) ? SIGTSTP : 0;

	if (!sig)
		return false;
	if (!(t->tio.lflag & NOFLSH)) {
		tty_flush_input(t);
		t->oused = 0;
	}
	t->stopped = false;
	if (t->tio.lflag & ECHO)
		echo_visible(t, c);
	t->drv->flush(t);                        /* the signal may stop the whole machine */
	if (t->pgrp)
		signal_send_pgrp(t->pgrp, sig);
	return true;
}

/* true: the byte was an editing command */
static bool
edit_char(struct tty *t, u8 c)
{
	u32 l = t->tio.lflag;

	if (is_cc(t, c, VERASE))
		erase_char(t, c);
	else if (is_cc(t, c, VKILL))
		kill_line(t, c);
	else if (is_cc(t, c, VWERASE) && l & IEXTEN)
		erase_word(t, l & ECHO && l & ECHOE);
	else if (is_cc(t, c, VREPRINT) && l & IEXTEN && l & ECHO)
		reprint(t, c);
	else if (is_cc(t, c, VLNEXT) && l & IEXTEN) {
		t->lnext = true;
		if (l & ECHO && l & ECHOCTL) {
			echo(t, '^');
			echo(t, '\b');
		}
	} else if (is_cc(t, c, VEOF))
		put(t, IN_EOF);
	else
		return false;
	return true;
}

static void
store(struct tty *t, u8 c)
{
	u32 l = t->tio.lflag;
	bool delim = l & ICANON && (c == '\n' || is_cc(t, c, VEOL) || (is_cc(t, c, VEOL2) && l & IEXTEN)) && !t->lnext;

	if (t->used >= IN_SIZE - 1 && !delim) {
		if (t->tio.iflag & IMAXBEL)
			echo(t, 7);
		return;
	}
	if (l & ECHO || (l & ECHONL && c == '\n' && l & ICANON)) {
		if (!is_line_open(t))
			t->canon_column = t->column;
		if (c == '\n')
			echo(t, c);
		else
			echo_visible(t, c);
	}
	put(t, delim ? c | IN_DELIM : c);
}

/* A byte that another line discipline has edited and echoed: NUL stands for an end of file. */
static void
receive_edited(struct tty *t, u8 c)
{
	if (!(t->tio.lflag & ICANON))
		put(t, c);
	else
		put(t, c ? c == '\n' ? c | IN_DELIM : c : IN_EOF);
}

static void
receive(struct tty *t, u8 c)
{
	u32 i = t->tio.iflag, l = t->tio.lflag;

	if (i & ISTRIP)
		c &= 0x7f;
	if (i & IUCLC && l & IEXTEN && c >= 'A' && c <= 'Z')
		c += 32;
	if (t->lnext) {
		store(t, c);
		t->lnext = false;
		return;
	}
	if (i & IXON) {
		if (is_cc(t, c, VSTART) || is_cc(t, c, VSTOP)) {
			t->stopped = !is_cc(t, c, VSTART);
			return;
		}
		if (t->stopped && i & IXANY)
			t->stopped = false;
	}
	if (l & ISIG && signal_char(t, c))
		return;
	if (c == '\r') {
		if (i & IGNCR)
			return;
		if (i & ICRNL)
			c = '\n';
	} else if (c == '\n' && i & INLCR)
		c = '\r';
	if (l & ICANON && edit_char(t, c))
		return;
	store(t, c);
}

void
tty_input(struct tty *t, const u8 *p, u32 n)
{
	for (u32 k = 0; k < n; k++) {
		if (t->edited)
			receive_edited(t, p[k]);
		else
			receive(t, p[k]);
	}
	t->last_input = now_monotonic();
	t->drv->flush(t);
	wake_up(&t->q);
}

/* ---- reading ---- */

bool
tty_readable(const struct tty *t)
{
	if (t->tio.lflag & ICANON)
		return t->lines > 0;
	return t->used >= (t->tio.cc[VTIME] || !t->tio.cc[VMIN] ? 1 : t->tio.cc[VMIN]);
}

long
tty_take(struct tty *t, struct uio *u)
{
	bool canon = t->tio.lflag & ICANON;
	u8 buf[256];
	long done = 0;
	u32 n = 0;
	bool end = false;

	if (canon ? !t->lines : !t->used)
		return -EAGAIN;
	while (!end && t->used && u->left > n) {
		u16 c = *at(t, 0);

		t->head = (t->head + 1) % IN_SIZE;
		t->used--;
		if (c & (IN_DELIM | IN_EOF)) {
			t->lines--;
			end = canon;
		}
		if (!(c & IN_EOF))
			buf[n++] = (u8)c;
		if (n == sizeof buf || end || !t->used || u->left == n) {
			if (uio_to(u, buf, n) < 0)
				return done ? done : -EFAULT;
			done += n;
			n = 0;
		}
	}
	/* a line that fitted exactly: its end-of-file mark goes with it */
	if (canon && !end && t->used && *at(t, 0) & IN_EOF && !u->left) {
		t->head = (t->head + 1) % IN_SIZE;
		t->used--;
		t->lines--;
	}
	return done;
}

/* Leaving canonical mode makes everything readable; entering it makes what is there a line (n_tty_set_termios). */
void
tty_canon_changed(struct tty *t)
{
	if (!(t->tio.lflag & ICANON)) {
		u32 keep = 0;

		for (u32 k = 0; k < t->used; k++)
			if (!(*at(t, k) & IN_EOF))
				*at(t, keep++) = *at(t, k) & 0xff;
		t->used = keep;
		t->lines = 0;
	} else if (t->used && !t->lines) {
		*at(t, t->used - 1) |= IN_DELIM;
		t->lines = 1;
	}
}
