/* Writing settings.conf so that after a crash at any moment either the old or the new file is there, whole. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/store.h"

static bool write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

/* The rename is on disk only when the directory is. */
static bool sync_directory(const char *path)
{
	char directory[PATH_MAX];
	snprintf(directory, sizeof directory, "%s", path);
	char *slash = strrchr(directory, '/');
	if (slash)
		slash[slash == directory] = 0;
	int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

bool store_save(const char *path, const char *text, size_t length, struct err_at *why)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return err_set(why, path, 0, "the path is too long");
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return err_set(why, temporary, 0, "cannot be written: %s", strerror(errno));
	bool ok = write_all(fd, text, length) && fsync(fd) == 0;
	int error = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		error = errno;
	}
	if (ok && rename(temporary, path) != 0) {
		ok = false;
		error = errno;
	}
	if (!ok) {
		unlink(temporary);
		return err_set(why, path, 0, "cannot be written: %s", strerror(error));
	}
	if (!sync_directory(path))
		return err_set(why, path, 0, "written, but its directory cannot be synced: %s", strerror(errno));
	return true;
}
