/* winch.c - a change of the window's size: SIGWINCH and the new size. */
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void
show(int sig)
{
	struct winsize w = { 0 };

	(void)sig;
	ioctl(0, TIOCGWINSZ, &w);
	dprintf(1, "%d %d\n", w.ws_row, w.ws_col);
}

int
main(void)
{
	struct sigaction sa = { .sa_handler = show };
	char c;

	sigaction(SIGWINCH, &sa, NULL);
	show(0);
	while (read(0, &c, 1) < 0)
		;
	dprintf(1, "done\n");
	return 0;
}
