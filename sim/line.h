/* A serial line made of two pseudo-terminals and a thread between them that has the speed of the real thing.
 *
 *     client -- pty A --[ line: 10 bit times an octet, 3.5 characters of silence, faults ]-- pty B -- libmodbus (server.h)
 *
 * What comes when is wire.h's; the line moves the octets and has the clock.  A client whose port is set to another speed gets no
 * answer, as it would see framing errors on a real line.  While nobody has the port open, octets are lost.
 *
 * Owns both masters and the symbolic link, which goes away with it.  The thread is the line's own; all functions may be called from
 * any other.  A line that cannot be made is NULL with the reason in *why. */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mono.h"
#include "sim/fault.h"
#include "sim/wire.h"

struct line_conf {
	const char *link;        /* path of the symbolic link to the client's side; NULL = none */
	uint32_t baud;
	bool any_speed;          /* answer whatever speed the client's port is set to */
	int fifo;                /* octets that the client sees at once, 1 = each by itself */
};

/* Accounting of the wire since the last line_stats_reset. */
struct line_stats {
	int64_t elapsed_ns;
	bool under_way;          /* octets are on the wire at this moment, in either direction */
	struct wire_stats wire;
};

struct line;

struct line *line_make(const struct line_conf *, struct faults *, struct err_at *why);
bool line_start(struct line *);
void line_stop(struct line *);       /* ends the thread and hangs up the server's pty, so that the server sees the end of it */
void line_free(struct line *);       /* after the server has closed its side */

const char *line_server_path(const struct line *);
void line_client_path(struct line *, char *path, size_t size);      /* "/dev/pts/7"; another one after an unplugging */

/* For the server, between receiving a request and answering it: sleeps until the answer may begin, so that what it then reads from
 * the registers is as new as it can be. */
void line_wait_turn(struct line *);

/* Asks for exact wake-ups and a priority for the calling thread, so that octet times hold on a busy machine.  Not everybody may have
 * the priority; without it the times are as good as the scheduler. */
void line_hurry(void);

void line_wake(struct line *);       /* a fault has changed */
void line_stats(struct line *, struct line_stats *);
void line_stats_reset(struct line *);

#endif
