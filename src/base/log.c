#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/utf8.h"

static const struct { const char *word, *journal; } prefix[] = {
	[LOG_LEVEL_ERROR]   = { "error: ",   "<3>" },
	[LOG_LEVEL_WARNING] = { "warning: ", "<4>" },
	[LOG_LEVEL_INFO]    = { "",          "<6>" },
	[LOG_LEVEL_DEBUG]   = { "debug: ",   "<7>" },
};

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	if (level > log->level)
		return;
	char raw[1024], line[1024];
	const char *words = log->journal ? prefix[level].journal : prefix[level].word;
	va_list args;
	va_start(args, format);
	int m = vsnprintf(raw, sizeof raw, format, args);
	va_end(args);
	if (m < 0)
		return;
	size_t n = utf8_copy(line, sizeof line, words);
	n += utf8_copy(line + n, sizeof line - n, raw);          /* a line is a line, whatever octets a stranger put into it */
	line[n++] = '\n';                                        /* where the end of the text was */
	ssize_t written = write(log->fd, line, n);
	(void)written;                   /* nobody is left to be told */
}

bool log_limit_pass(struct log_limit *l, struct mono now, int64_t period_ms, uint32_t *held)
{
	if (mono_is_set(l->next) && now.ns < l->next.ns) {
		l->held_back++;
		return false;
	}
	*held = l->held_back;
	l->held_back = 0;
	l->next = mono_add_ms(now, period_ms);
	return true;
}
