#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

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
	char line[1024];
	int n = snprintf(line, sizeof line, "%s", log->journal ? prefix[level].journal : prefix[level].word);
	va_list args;
	va_start(args, format);
	int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
	va_end(args);
	if (m < 0)
		return;
	n += m;
	if (n > (int)sizeof line - 2)
		n = (int)sizeof line - 2;
	for (int i = 0; i < n; i++)      /* a line is a line, whatever octets a stranger put into it */
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	ssize_t written = write(log->fd, line, (size_t)n);
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
