/*
 * tty.h - terminals: the line discipline (ldisc.c), the calls (tty.c), and what drives them (console.c, pty.c).
 */
#ifndef TTY_H
#define TTY_H

#include "vfs.h"

#define NCCS 19
struct linux_termios {               /* the kernel's 36 bytes, not the C library's 60 */
	u32 iflag, oflag, cflag, lflag;
	u8 line, cc[NCCS];
};
_Static_assert(sizeof(struct linux_termios) == 36, "termios");
struct linux_termios2 {
	u32 iflag, oflag, cflag, lflag;
	u8 line, cc[NCCS];
	u32 ispeed, ospeed;
};
struct linux_winsize { u16 row, col, xpixel, ypixel; };

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2 };
#define IGNBRK 01u
#define INPCK 020u
#define ISTRIP 040u
#define INLCR 0100u
#define IGNCR 0200u
#define ICRNL 0400u
#define IUCLC 01000u
#define IXON 02000u
#define IXANY 04000u
#define IMAXBEL 020000u
#define IUTF8 040000u
#define OPOST 01u
#define OLCUC 02u
#define ONLCR 04u
#define OCRNL 010u
#define ONOCR 020u
#define ONLRET 040u
#define XTABS 014000u
#define ISIG 01u
#define ICANON 02u
#define ECHO 010u
#define ECHOE 020u
#define ECHOK 040u
#define ECHONL 0100u
#define NOFLSH 0200u
#define TOSTOP 0400u
#define ECHOCTL 01000u
#define ECHOPRT 02000u
#define ECHOKE 04000u
#define IEXTEN 0100000u

#define IN_SIZE 4096u
#define OUT_SIZE 16384u
#define IN_DELIM 0x100u              /* ends a line */
#define IN_EOF 0x200u                /* a line end that is not delivered */

struct tty_driver {
	void (*flush)(struct tty *t);        /* takes bytes from t->out as far as possible */
	void (*changed)(struct tty *t);      /* termios or first use */
	void (*opened)(struct tty *t);       /* somebody wants input */
	void (*closed)(struct tty *t);       /* the last file on the terminal side is closed */
};
struct tty {
	const struct tty_driver *drv;
	u32 opens;
	u64 rdev;
	struct inode *inode;                 /* /dev/pts/N */
	struct linux_termios tio;
	struct linux_winsize win;
	i32 pgrp, session;
	u16 in[IN_SIZE];                     /* ring: byte and IN_ flags */
	u32 head, used, lines;               /* lines: delimiters in it */
	bool lnext, stopped, hung, exclusive, other_closed;
	bool host_line;                      /* the host's line discipline is still in charge: it does the output processing */
	bool edited;                         /* input comes edited and echoed */
	u32 column, canon_column;
	u8 out[OUT_SIZE];                    /* ring */
	u32 ohead, oused;
	u64 last_input;                      /* when, for VTIME */
	struct waitq q;
	void *priv;
};

/* ldisc.c */
void tty_init(struct tty *t, const struct tty_driver *drv);
void tty_input(struct tty *t, const u8 *p, u32 n);
u32 tty_output(struct tty *t, const u8 *p, u32 n);       /* bytes taken */
u32 tty_out_take(struct tty *t, u8 *p, u32 n);
void tty_flush_input(struct tty *t);
long tty_take(struct tty *t, struct uio *u);             /* a line, or what is there; -EAGAIN */
bool tty_readable(const struct tty *t);
void tty_canon_changed(struct tty *t);
/* pty.c */
int pty_adopt(struct tty *t, u32 n);                     /* /dev/pts/n is t */
/* tty.c */
int tty_attach(struct tty *t, struct file *f);           /* an open file on the terminal side */
struct tty *file_tty(const struct file *f);              /* NULL: no terminal */
void tty_hangup(struct tty *t);
long tty_common_ioctl(struct tty *t, struct file *f, u32 cmd, u64 arg, bool master);
void tty_set_size(struct tty *t, const struct linux_winsize *w);

#endif
