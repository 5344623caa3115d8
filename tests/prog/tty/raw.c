/* raw.c - non-canonical input: bytes as they come, VMIN and VTIME in their four combinations, modes put back. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;

static void
mode(int min, int time)
{
	struct termios t = saved;

	cfmakeraw(&t);
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	tcsetattr(0, TCSADRAIN, &t);
}

static int
show(int size)
{
	unsigned char b[16];
	int n = read(0, b, size);

	for (int k = 0; k < n; k++)
		dprintf(1, "%02x ", b[k]);
	dprintf(1, n ? "(%d)\r\n" : "empty\r\n", n);
	return n > 0 ? b[n - 1] : 0;
}

int
main(void)
{
	char line[64];

	tcgetattr(0, &saved);
	mode(1, 0);
	dprintf(1, "raw:\r\n");
	while (show(16) != 'q')
		;
	mode(3, 0);
	dprintf(1, "min 3:\r\n");
	show(3);
	mode(0, 0);
	usleep(300000);
	show(16);
	mode(0, 2);
	show(16);
	mode(2, 3);
	dprintf(1, "min 2 time 3:\r\n");
	show(16);
	saved.c_lflag &= ~ECHO;
	tcsetattr(0, TCSAFLUSH, &saved);
	dprintf(1, "line:\n");
	dprintf(1, "got %d\n", (int)strlen(fgets(line, sizeof line, stdin)) - 1);
	saved.c_lflag |= ECHO;
	tcsetattr(0, TCSANOW, &saved);
	return 9;
}
