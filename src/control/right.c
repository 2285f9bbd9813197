#include "control/right.h"

#include <sys/socket.h>
#include <unistd.h>

enum { GROUPS_MAX = 256 };                   /* of one who is in more the first count */

static bool is_in(const gid_t *groups, size_t n, gid_t group)
{
	for (size_t i = 0; i < n && group != (gid_t)RIGHT_NO_GROUP; i++)
		if (groups[i] == group)
			return true;
	return false;
}

enum rpc_right right_of_peer(int fd, gid_t admin)
{
	struct ucred who;
	gid_t groups[GROUPS_MAX + 1];
	socklen_t size = sizeof who, length = GROUPS_MAX * sizeof groups[0];
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
		return RPC_LOOK;
	groups[0] = who.gid;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &length) != 0)
		length = 0;
	bool may = who.uid == 0 || who.uid == geteuid() || is_in(groups, 1 + length / sizeof groups[0], admin);
	return may ? RPC_ADMINISTER : RPC_LOOK;
}
