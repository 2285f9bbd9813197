/* bacnet-ups password: what a command on the network must bring. */
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/password.h"
#include "tools/tool.h"

/* One line, without its end; false: none, or a longer one than any password. */
static bool read_line(struct tool *t, const char *prompt, bool terminal, char line[PASSWORD_OCTETS + 2])
{
	struct termios before, quiet;
	if (terminal) {
		fprintf(t->err, "%s", prompt);
		fflush(t->err);
		terminal = tcgetattr(fileno(t->in), &before) == 0;
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		if (terminal)
			tcsetattr(fileno(t->in), TCSAFLUSH, &quiet);
	}
	bool got = fgets(line, PASSWORD_OCTETS + 2, t->in) != NULL;
	if (terminal) {
		tcsetattr(fileno(t->in), TCSAFLUSH, &before);
		fputc('\n', t->err);
	}
	if (!got)
		return false;
	size_t n = strcspn(line, "\n");
	if (!line[n] && n > PASSWORD_OCTETS)
		return false;
	line[n] = 0;
	return true;
}

int tool_password(struct tool *t)
{
	char path[320], line[PASSWORD_OCTETS + 2], again[PASSWORD_OCTETS + 2];
	struct err_at why;
	bool terminal = isatty(fileno(t->in));
	if (strcmp(t->args[0], "dcc") != 0 && strcmp(t->args[0], "reinitialize") != 0)
		return tool_fail(t, TOOL_USAGE, "%s: it is dcc or reinitialize", t->args[0]);
	if (!read_line(t, "Password: ", terminal, line) || password_shape(line, strlen(line)) != PASSWORD_FINE)
		return tool_fail(t, TOOL_FAILED, "a password has 1 to %d characters", PASSWORD_CHARACTERS);
	if (terminal && (!read_line(t, "Again: ", terminal, again) || strcmp(line, again) != 0))
		return tool_fail(t, TOOL_FAILED, "the two are not the same; nothing is changed");
	snprintf(path, sizeof path, "%s/" TOOL_PASSWORDS, t->state_dir ? t->state_dir : TOOL_STATE_DIR);
	bool kept = password_keep(path, t->args[0], line, strlen(line), &why);
	explicit_bzero(line, sizeof line);
	explicit_bzero(again, sizeof again);
	return kept ? TOOL_OK : tool_fail(t, TOOL_FAILED, "%s: %s", path, why.text);
}
