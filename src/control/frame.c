#include "control/frame.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 4096 };

/* ---- in ---- */

char *frame_room(struct frame_in *f, size_t max, size_t *n)
{
	if (f->done) {
		memmove(f->octets, f->octets + f->done, f->used - f->done);
		f->used -= f->done;
		f->looked -= f->done;
		f->done = 0;
	}
	if (f->used >= max)
		return NULL;
	if (f->used == f->size) {
		size_t size = f->size ? f->size * 2 : FIRST_SIZE;
		char *octets = realloc(f->octets, size);
		if (!octets)
			return NULL;
		f->octets = octets;
		f->size = size;
	}
	*n = (f->size < max ? f->size : max) - f->used;
	return f->octets + f->used;
}

void frame_came(struct frame_in *f, size_t n)
{
	f->used += n;
}

/* Where the first line that waits ends; NULL: it does not yet. */
static const char *newline(struct frame_in *f)
{
	const char *end = f->used > f->looked ? memchr(f->octets + f->looked, '\n', f->used - f->looked) : NULL;
	f->looked = end ? (size_t)(end - f->octets) : f->used;
	return end;
}

bool frame_line_waits(struct frame_in *f, bool ended)
{
	return newline(f) || (ended && f->used > f->done);
}

const char *frame_line(struct frame_in *f, bool ended, size_t *length)
{
	if (!frame_line_waits(f, ended))
		return NULL;
	const char *line = f->octets + f->done, *end = newline(f);
	*length = end ? (size_t)(end - line) : f->used - f->done;
	f->done += *length + (end != NULL);
	f->looked = f->done;
	if (*length && line[*length - 1] == '\r')
		--*length;
	return line;
}

bool frame_in_empty(const struct frame_in *f)
{
	return f->used == f->done;
}

void frame_in_free(struct frame_in *f)
{
	free(f->octets);
	*f = (struct frame_in){ 0 };
}

/* ---- out ---- */

static bool room(struct frame_out *f, size_t n)
{
	if (f->start && f->start + f->used + n > f->size) {
		memmove(f->octets, f->octets + f->start, f->used);
		f->start = 0;
	}
	if (f->used + n <= f->size)
		return true;
	size_t size = f->size ? f->size : FIRST_SIZE;
	while (size < f->used + n)
		size *= 2;
	char *octets = realloc(f->octets, size);
	if (!octets)
		return false;
	f->octets = octets;
	f->size = size;
	return true;
}

bool frame_put(struct frame_out *f, const char *line, size_t n, size_t most)
{
	if (f->used + n + 1 > most || !room(f, n + 1))
		return false;
	memcpy(f->octets + f->start + f->used, line, n);
	f->octets[f->start + f->used + n] = '\n';
	f->used += n + 1;
	return true;
}

void frame_sent(struct frame_out *f, size_t n)
{
	f->start += n;
	f->used -= n;
	if (f->used == 0)
		frame_out_free(f);
}

void frame_out_free(struct frame_out *f)
{
	free(f->octets);
	*f = (struct frame_out){ 0 };
}
