/* What this machine has of what a configuration needs, for `bacnet-ups check`: is the line there and may it be opened, who holds it, is
 * there an address and a free port, can the directories be written?  Each question gives one finding, and where the answer is bad,
 * what mends it.
 *
 * Looks at files and at the kernel's lists, and writes and removes a small file in the directory of the state: no line is opened and nobody is asked, so a gateway that runs is not disturbed. */
#ifndef TOOLS_HOST_H
#define TOOLS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "conf/conf.h"

enum finding_kind { FINDING_OK, FINDING_NOTE, FINDING_FAULT };

struct finding {
	enum finding_kind kind;
	char text[400];
};

enum { HOST_GROUPS_MAX = 64 };

struct host {                                /* whom to ask for */
	const char *proc, *lock;             /* "/proc", "/run/lock" */
	pid_t self;                          /* does not count */
	uid_t uid;
	gid_t groups[HOST_GROUPS_MAX];
	size_t group_count;
};

void host_this(struct host *);               /* this machine, this user */

/* May this user open something with these owner and mode bits for reading (4), writing (2)? */
bool host_may(const struct host *, const struct stat *, unsigned bits);

struct finding host_line(const struct host *, const char *link);               /* a device path, or tcp:HOST[:PORT] */
struct finding host_holder(const struct host *, const char *link, bool running);       /* who else has it open; running: our gateway answers */
struct finding host_state_directory(const struct host *, const char *path);
struct finding host_control(const struct host *, const char *path, bool answers);      /* answers: a gateway does, at this socket */
struct finding host_address(const struct conf *);
struct finding host_port(const struct conf *, bool running);

#endif
