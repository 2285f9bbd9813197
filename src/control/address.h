/* The address of a Unix socket by its path, and what it means when nobody can be reached there. */
#ifndef CONTROL_ADDRESS_H
#define CONTROL_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"

enum { CONTROL_PATH_MAX = sizeof ((struct sockaddr_un *)0)->sun_path - 1 };

bool control_address(struct sockaddr_un *, const char *path, struct err_at *why);    /* false: the path is too long */
bool control_not_reached(const char *path, int error, struct err_at *why);           /* what connect() said, in words; false */

#endif
