/* Who waits for what is kept to be on disk: calls of the method `save`, answered when the saver has got there. */
#ifndef DAEMON_SAVES_H
#define DAEMON_SAVES_H

#include "control/server.h"
#include "state/state.h"

struct saves {
	struct state *state;
	int waiting;
	struct {
		struct call *call;
		uint64_t change;                 /* that must be on disk */
	} wait[CONTROL_CLIENTS_MAX];             /* a client has one call open at a time */
};

void saves_wait(struct saves *, struct call *);      /* answers at once when nothing is to be saved */
void saves_attempted(struct saves *);                /* an attempt has ended: answers those that it answers, for good or bad */

#endif
