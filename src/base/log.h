/* Log lines on a file descriptor (standard error in the daemon): "<level> text\n", each with one write(2), so lines from several
 * threads never mix.  A log is a value that its owner passes around; it is never closed here.  The level prefix is the one that
 * journald understands ("<4>") when `journal` is set, a word ("warning: ") otherwise. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log {
	int fd;
	enum log_level level;        /* lines above it are dropped */
	bool journal;
};

void log_line(const struct log *, enum log_level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_error(log, ...)   log_line(log, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(log, ...) log_line(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(log, ...)    log_line(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)   log_line(log, LOG_LEVEL_DEBUG, __VA_ARGS__)

/* At most one line a `period_ms` for a kind of event that a stranger can cause.  The owner keeps one of these a kind. */
struct log_limit {
	struct mono next;
	uint32_t held_back;          /* events since the last line */
};

/* True when a line may be written now; *held gets how many were held back since the last. */
bool log_limit_pass(struct log_limit *, struct mono now, int64_t period_ms, uint32_t *held);

#endif
