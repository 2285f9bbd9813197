#include "conf/lines.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "conf/quote.h"

struct cursor {
	const struct lines_handler *to;
	const char *p, *end;
	int line;
	char section[LINES_SECTION_MAX + 1];
	bool in_section;         /* false before the first one, and inside one whose header was refused */
	bool reported;           /* the form of this line has been complained about */
	bool ok;
};

static void complain(struct cursor *c, const char *text)
{
	conf_complain(c->to->errors, c->to->name, c->line, "%s", text);
	c->reported = true;
	c->ok = false;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The header of a section.  inih cuts a long name and ignores what stands behind the bracket. */
static void take_section(struct cursor *c, const char *line, size_t length)
{
	const char *close = memchr(line, ']', length);
	size_t n = close ? (size_t)(close - line) - 1 : 0;
	const char *rest = close ? close + 1 : line + length;
	while (rest < line + length && blank(*rest))
		rest++;
	bool clean = rest == line + length || *rest == ';' || *rest == '#';
	c->in_section = false;
	if (!close || !clean) {
		complain(c, close ? "something stands behind the ']' of the section" : "the ']' of the section is missing");
		return;
	}
	if (n > LINES_SECTION_MAX) {
		complain(c, "the name of the section is too long");
		return;
	}
	memcpy(c->section, line + 1, n);
	c->section[n] = 0;
	c->in_section = true;
	c->to->section(c->to->ctx, c->section, c->line);
}

/* What inih calls for a line: gives it one that it understands, or an empty one when the line was refused here. */
static char *next_line(char *out, int size, void *stream)
{
	struct cursor *c = stream;
	if (c->p >= c->end || size < 2)
		return NULL;
	const char *start = c->p;
	const char *newline = memchr(start, '\n', (size_t)(c->end - start));
	const char *stop = newline ? newline : c->end;
	c->p = newline ? newline + 1 : c->end;
	c->line++;
	c->reported = false;
	if (c->line == 1 && stop - start >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		start += 3;
	while (start < stop && blank(*start))
		start++;
	size_t length = (size_t)(stop - start);
	if (length > LINES_LINE_MAX || length + 2 > (size_t)size)
		complain(c, "the line is too long");
	else if (!utf8_valid(start, length))
		complain(c, "the line is not UTF-8 text");
	else if (length && *start == '[')
		take_section(c, start, length);
	if (c->reported)
		length = 0;
	memcpy(out, start, length);
	out[length] = '\n';
	out[length + 1] = 0;
	return out;
}

/* The section is the cursor's, not inih's, which is cut at 49 octets. */
static int take_key(void *ctx, const char *section, const char *key, const char *value)
{
	struct cursor *c = ctx;
	(void)section;
	if (!c->in_section && c->section[0] == 0 && c->ok)
		complain(c, "a key stands before the first section");
	else if (c->in_section)
		c->to->key(c->to->ctx, c->section, key, value, c->line);
	return 1;
}

bool lines_parse(const char *text, size_t length, const struct lines_handler *to)
{
	struct cursor c = { .to = to, .p = text, .end = text + length, .ok = true };
	ini_max_line = LINES_LINE_MAX + 16;
	int line = ini_parse_stream(next_line, &c, take_key, &c);
	if (line > 0) {
		c.line = line;
		complain(&c, "neither a [section] nor a key = value");
	} else if (line < 0) {
		c.line = 0;
		complain(&c, "no memory");
	}
	return c.ok;
}
