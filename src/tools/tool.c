#include "tools/tool.h"

#include <stdarg.h>
#include <time.h>
#include <time.h>

#include "base/utf8.h"
#include "conf/conf.h"

const char *tool_colour(const struct tool *t, enum tool_colour colour)
{
	static const char *const codes[] = {
		[PLAIN] = "\033[0m", [BOLD] = "\033[1m", [DIM] = "\033[2m", [RED] = "\033[31m", [GREEN] = "\033[32m", [YELLOW] = "\033[33m",
	};
	return t->colour ? codes[colour] : "";
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
	conf_load(&conf, t->config ? t->config : TOOL_CONFIG, NULL);       /* without one, the default stands */
	snprintf(buffer, size, "%s", conf.family_directory);
	return buffer;
}

int tool_fail(const struct tool *t, int status, const char *format, ...)
{
	char text[1024], safe[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	utf8_copy(safe, sizeof safe, text);
	fprintf(t->err, "bacnet-ups%s%s: %s\n", t->command ? " " : "", t->command ? t->command : "", safe);
	return status;
}

const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? text : "";
}

double number_of(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

long long integer_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

bool flag_of(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

const char *tool_time(const struct tool *t, int64_t wall_ms, char *buffer, size_t size)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char digits[40];
	bool person = t->format == FORMAT_TEXT;
	if (person)
		localtime_r(&seconds, &tm);
	else
		gmtime_r(&seconds, &tm);
	strftime(digits, sizeof digits, person ? "%H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer, size, "%s.%03d%s", digits, (int)(wall_ms % 1000), person ? "" : "Z");
	return buffer;
}
