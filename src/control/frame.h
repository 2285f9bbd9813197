/* One message a line: octets of a stream into lines, and lines into octets that wait to be sent.  No I/O and no limit of its own: whoever
 * asks for room says how much may wait.  Both kinds of buffer grow by doubling and are freed when they are empty. */
#ifndef CONTROL_FRAME_H
#define CONTROL_FRAME_H

#include <stdbool.h>
#include <stddef.h>

/* What has come: octets[done .. used) have not been taken yet.  Zero is empty. */
struct frame_in {
	char *octets;
	size_t done, used, size;
	size_t looked;                       /* no end of a line before here */
};

/* Room behind what waits, *n > 0 octets; frame_came() tells how many were filled.  NULL: max octets wait already, or no memory. */
char *frame_room(struct frame_in *, size_t max, size_t *n);
void frame_came(struct frame_in *, size_t n);

/* The next line without its end (\n or \r\n), which may be empty; `ended`: nothing more comes, so what is left is one too.  Good until
 * the next call.  NULL: no whole line waits. */
const char *frame_line(struct frame_in *, bool ended, size_t *length);
bool frame_line_waits(struct frame_in *, bool ended);
bool frame_in_empty(const struct frame_in *);
void frame_in_free(struct frame_in *);

/* What waits to be sent: octets[start .. start + used).  Zero is empty. */
struct frame_out {
	char *octets;
	size_t start, used, size;
};

/* Adds a line and its end.  False, and nothing is added: more than `most` octets would wait, or no memory. */
bool frame_put(struct frame_out *, const char *line, size_t n, size_t most);
void frame_sent(struct frame_out *, size_t n);       /* the first n octets have left */
void frame_out_free(struct frame_out *);

#endif
