/* What a service manager is told (the protocol of sd_notify(3)): ready, what is going on in words, and that we are still alive.
 *
 * Nothing depends on a service manager: without NOTIFY_SOCKET nothing is sent, and a datagram that cannot be sent is forgotten.  The
 * watchdog is fed from the loop, and only while `alive` says so; a third of the time that the manager waits lies between two feedings.
 * Belongs to the loop's thread. */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include <sys/socket.h>
#include <sys/un.h>

#include "ev/ev.h"

enum { SUPERVISOR_STATUS_MAX = 240 };

struct supervisor_conf {
	const char *socket;                  /* $NOTIFY_SOCKET: a path, or "@name" of an abstract one; NULL or empty: nobody listens */
	const char *watchdog_usec;           /* $WATCHDOG_USEC in decimal; NULL: no watchdog */
	const char *watchdog_pid;            /* $WATCHDOG_PID: whose watchdog that is; NULL: ours */
	bool (*alive)(void *ctx);            /* all of the program works, as far as the loop can see */
	void *ctx;
};

struct supervisor {
	struct ev_loop *loop;
	int fd;                              /* -1: nobody listens */
	struct sockaddr_un to;
	socklen_t to_size;
	struct ev_timer feed;
	int64_t feed_ms;
	bool (*alive)(void *ctx);
	void *ctx;
	char status[SUPERVISOR_STATUS_MAX];
};

void supervisor_init(struct supervisor *, struct ev_loop *, const struct supervisor_conf *);
void supervisor_close(struct supervisor *);
void supervisor_ready(struct supervisor *);          /* also after a reload; from the first one on the watchdog is fed */
void supervisor_reloading(struct supervisor *);
void supervisor_stopping(struct supervisor *);
void supervisor_status(struct supervisor *, const char *words);      /* sent when it is another one; a line feed becomes a blank */

#endif
