/* What somebody at the control socket may do: the kernel says who he is (SO_PEERCRED, SO_PEERGROUPS), as he was when he opened it. */
#ifndef CONTROL_RIGHT_H
#define CONTROL_RIGHT_H

#include <sys/types.h>

#include "control/rpc.h"

enum { RIGHT_NO_GROUP = -1 };                /* as a gid: nobody is in it */

/* Root, the user of this process and the members of the group `admin` may do everything, everybody else may look. */
enum rpc_right right_of_peer(int fd, gid_t admin);

#endif
