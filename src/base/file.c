#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

static ssize_t read_all(int fd, char *to, size_t size)
{
	size_t n = 0;
	while (n < size) {
		ssize_t got = read(fd, to + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static char *read_open(int fd, const char *path, size_t max, size_t *length, struct err_at *why)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		err_set(why, path, 0, "is not a file");
		return NULL;
	}
	size_t size = st.st_size < 0 || (size_t)st.st_size > max ? max : (size_t)st.st_size;
	char *text = malloc(size + 2);           /* one more than there should be: it may have grown */
	ssize_t n = text ? read_all(fd, text, size + 1) : -1;
	if (n < 0) {
		int error = errno;
		free(text);
		errno = error;
		err_set(why, path, 0, "cannot be read: %s", strerror(error));
		return NULL;
	}
	if ((size_t)n > size || (size_t)st.st_size > max) {
		free(text);
		errno = EFBIG;
		err_set(why, path, 0, "is too large: more than %zu octets", size);
		return NULL;
	}
	text[n] = 0;
	*length = (size_t)n;
	return text;
}

char *file_read(const char *path, size_t max, size_t *length, struct err_at *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);      /* not blocking: a FIFO has no other end */
	if (fd < 0) {
		int error = errno;
		err_set(why, path, 0, "cannot be read: %s", strerror(error));
		errno = error;
		return NULL;
	}
	char *text = read_open(fd, path, max, length, why);
	int error = errno;
	close(fd);
	errno = error;
	return text;
}

/* ---- replacing ---- */

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

static int open_directory(const char *path)
{
	char directory[PATH_MAX];
	snprintf(directory, sizeof directory, "%s", path);
	char *slash = strrchr(directory, '/');
	if (slash)
		slash[slash == directory] = 0;
	return open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The rename is on disk only when the directory is. */
static bool sync_directory(const char *path)
{
	int fd = open_directory(path);
	if (fd < 0)
		return false;
	bool ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

/* To the owner of the directory, when we are another and may. */
static bool give_away(int file, const char *path)
{
	struct stat st;
	int fd = open_directory(path);
	bool ok = fd >= 0 && fstat(fd, &st) == 0;
	if (ok && geteuid() == 0 && st.st_uid != 0)
		ok = fchown(file, st.st_uid, st.st_gid) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool replace(const char *path, const char *text, size_t length, bool private, struct err_at *why)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return err_set(why, path, 0, "the path is too long");
	if (private)
		unlink(temporary);               /* whatever it was: nobody else has the new one open */
	int fd = open(temporary, O_WRONLY | O_CREAT | (private ? O_EXCL : O_TRUNC) | O_CLOEXEC | O_NOFOLLOW, private ? 0600 : 0640);
	if (fd < 0)
		return err_set(why, temporary, 0, "cannot be written: %s", strerror(errno));
	bool ok = (!private || give_away(fd, path)) && write_all(fd, text, length) && fsync(fd) == 0;
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

bool file_replace(const char *path, const char *text, size_t length, struct err_at *why)
{
	return replace(path, text, length, false, why);
}

bool file_replace_private(const char *path, const char *text, size_t length, struct err_at *why)
{
	return replace(path, text, length, true, why);
}
