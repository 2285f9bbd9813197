#include "tools/tool.h"

#include <stdarg.h>

#include "conf/conf.h"
#include "tools/daemon.h"

const char *tool_colour(const struct tool *t, enum tool_colour colour)
{
	static const char *const codes[] = {
		[PLAIN] = "\033[0m", [BOLD] = "\033[1m", [DIM] = "\033[2m", [RED] = "\033[31m", [GREEN] = "\033[32m", [YELLOW] = "\033[33m",
	};
	return t->colour ? codes[colour] : "";
}

void tool_print_json(const struct tool *t, const json_t *j)
{
	json_dumpf(j, t->out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	fputc('\n', t->out);
}

const char *tool_duration(double seconds, char *buffer, size_t size)
{
	long s = (long)seconds;
	if (seconds < 10)
		snprintf(buffer, size, "%.1f s", seconds);
	else if (s < 120)
		snprintf(buffer, size, "%ld s", s);
	else if (s < 2 * 3600)
		snprintf(buffer, size, "%ld min", s / 60);
	else if (s < 48 * 3600)
		snprintf(buffer, size, "%ld h %ld min", s / 3600, s / 60 % 60);
	else
		snprintf(buffer, size, "%ld d %ld h", s / 86400, s / 3600 % 24);
	return buffer;
}

const char *tool_family_directory(struct tool *t, char *buffer, size_t size)
{
	struct conf conf;
	if (t->families) {
		snprintf(buffer, size, "%s", t->families);
		return buffer;
	}
	conf_defaults(&conf);
	conf_load(&conf, NULL, t->config ? t->config : TOOL_CONFIG, NULL, NULL);       /* without one, the default stands */
	snprintf(buffer, size, "%s", conf.family_directory);
	return buffer;
}

int tool_fail(const struct tool *t, int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(t->err, "bacnet-ups%s%s: ", t->command ? " " : "", t->command ? t->command : "");
	vfprintf(t->err, format, args);
	fputc('\n', t->err);
	va_end(args);
	return status;
}
