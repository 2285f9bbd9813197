#include "control/address.h"

#include <errno.h>
#include <string.h>

bool control_address(struct sockaddr_un *address, const char *path, struct err_at *why)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) > CONTROL_PATH_MAX)
		return err_set(why, path, 0, "the path of a socket is at most %d octets long", CONTROL_PATH_MAX);
	strcpy(address->sun_path, path);
	return true;
}

bool control_not_reached(const char *path, int error, struct err_at *why)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return err_set(why, path, 0, "bacnet-upsd does not listen here: %s", strerror(error));
	case EACCES:
	case EPERM:
		return err_set(why, path, 0, "%s: only root, the user of bacnet-upsd and the group of this socket may use it", strerror(error));
	}
	return err_set(why, path, 0, "%s", strerror(error));
}
