#include "control/right.h"

#include <sys/socket.h>
#include <unistd.h>

enum { GROUPS_MAX = 256 };                   /* of one who is in more the first count */

enum rpc_right right_of(uid_t uid, const gid_t *groups, size_t n, uid_t self, gid_t admin)
{
	if (uid == 0 || uid == self)
		return RPC_ADMINISTER;
	for (size_t i = 0; i < n && admin != (gid_t)RIGHT_NO_GROUP; i++)
		if (groups[i] == admin)
			return RPC_ADMINISTER;
	return RPC_LOOK;
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
	return right_of(who.uid, groups, 1 + length / sizeof groups[0], geteuid(), admin);
}
