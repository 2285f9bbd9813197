/* One question and its answer on a serial line: when the request may go out, which of the octets that come in are the answer, when
 * to stop waiting.  Time and octets come through a port, so that all of it runs on virtual time in tests; frames.h makes and judges
 * the frames.
 *
 * The thread sleeps through the time that frames need on the wire instead of waking for every octet: once until the silence before
 * the request is over, once until the answer begins, once until it must be complete.  A line that is known to echo costs one more.
 *
 * What stands before the answer is dropped: an exact copy of the request (an RS-485 adapter that hears itself) and stray octets (one
 * that turns round too late, a line without bias).  Both are told with the answer, because somebody should mend them.
 *
 * After a failure, or when octets came that nobody asked for and that could be a frame, the line must have been quiet for a while
 * before the next request: somebody may be in the middle of one. */
#ifndef FIELD_RTU_H
#define FIELD_RTU_H

#include "field/frames.h"
#include "field/wire.h"

enum {
	RTU_LEAD_MAX = 8,        /* that are waited for before they are looked at */
	/* How long nothing may come in until we believe that no more does.  Longer than 3.5 characters, because USB adapters hand octets
	 * over in lumps, by default 16 ms apart. */
	RTU_QUIET_MS = 30,
	RTU_OCTETS_MAX = 600,
};

enum rtu_event { RTU_CAME, RTU_TIME, RTU_STOP, RTU_GONE };

struct rtu_port {
	int (*write)(void *ctx, const uint8_t *octets, int n);   /* how many went out; -1: the device has gone */
	int (*read)(void *ctx, uint8_t *octets, int size);       /* what has come in, maybe nothing; -1: the device has gone */
	/* Until `until`; with `octets` also until there is something to read.  RTU_STOP: the thread shall end. */
	enum rtu_event (*wait)(void *ctx, bool octets, struct mono until);
	struct mono (*now)(void *ctx);
};

struct rtu {
	const struct rtu_port *port;
	void *ctx;
	struct frames frames;
	struct wire wire;
	uint32_t timeout_ms;
	struct mono free_at;     /* the silence after the last frame is over */
	bool dirty;              /* the last request failed: what comes in belongs to nobody */
	bool echoes;             /* the last answer had our request before it */
	int lead;                /* stray octets that stood before the last answer */
	uint16_t strays;         /* since the last answer */
	uint8_t octet[RTU_OCTETS_MAX];
	int octets;
};

/* At most the timeout and the wire time of request and answer, and as much again when the line has to become quiet first. */
struct line_answer rtu_ask(struct rtu *, const struct line_question *, uint16_t *words);

#endif
