/* bacnet-ups on a terminal, or not. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/daemon.h"

int main(int argc, char **argv)
{
	struct tool t = { .in = stdin, .out = stdout, .err = stderr, .outside = &outside_real };
	struct winsize size;
	const char *no_colour = getenv("NO_COLOR");
	if (isatty(STDOUT_FILENO)) {
		t.colour = !no_colour || !*no_colour;
		t.width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
	}
	return command_run(&t, argc, argv);
}
