/* Commands that need a password: how a handler asks for it, and what a node does of its own accord under DeviceCommunicationControl.  For
 * the service files only. */
#ifndef SERVICE_COMMAND_H
#define SERVICE_COMMAND_H

#include "bacnet/fault.h"
#include "bacnet/tag.h"
#include "ev/ev.h"

struct node;
struct service_call;

struct command {                             /* what is to be done when the password fits */
	void (*execute)(struct node *, const struct command *);
	uint32_t state, minutes;
};

struct commanded {                           /* of a node */
	struct command waiting;              /* for its password */
	bool silent;                         /* nothing is initiated (disable-initiation) */
	struct ev_timer enable;              /* running: the end of that is known */
	struct mono silent_until;
	struct ev_timer restart;             /* running: it has been acknowledged */
	unsigned restart_reason;
};

void command_init(struct node *);
void command_close(struct node *);

/* DEFERRED: the password is being looked at, what comes of it is answered and done later.  password NULL: none was given. */
struct fault command_guarded(struct service_call *, const char *name, const struct bac_text *password, const struct command *);

/* May this node send what is no answer?  I-Am in answer to Who-Is may go whatever this says. */
bool command_may_initiate(void *node);

/* What the ReinitializeDevice that was acknowledged asks for. */
void command_restart_begin(struct node *, unsigned reason);

/* DeviceCommunicationControl, when nobody doubts it. */
void command_enable(struct node *);

#endif
