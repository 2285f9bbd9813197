#include "tests/trouble/trouble.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct { const char *call; int left, error; bool came; } trouble;

void trouble_at(const char *call, int nth, int error)
{
	trouble.call = call;
	trouble.left = nth;
	trouble.error = error;
	trouble.came = false;
}

void trouble_end(void)
{
	trouble.call = NULL;
}

bool trouble_came(void)
{
	return trouble.came;
}

static bool now(const char *call)
{
	if (!trouble.call || strcmp(call, trouble.call) != 0 || --trouble.left != 0)
		return false;
	trouble.call = NULL;
	trouble.came = true;
	errno = trouble.error;
	return true;
}

size_t trouble_octets_held(void)
{
	return mallinfo2().uordblks;
}

int trouble_descriptors_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

#define WRAP(type, name, failed, parameters, ...) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters { return now(#name) ? failed : __real_##name(__VA_ARGS__); }

WRAP(void *, malloc, NULL, (size_t n), n)
WRAP(void *, calloc, NULL, (size_t n, size_t size), n, size)
WRAP(void *, realloc, NULL, (void *p, size_t n), p, n)
WRAP(ssize_t, read, -1, (int fd, void *to, size_t n), fd, to, n)
WRAP(ssize_t, write, -1, (int fd, const void *from, size_t n), fd, from, n)
WRAP(ssize_t, recv, -1, (int fd, void *to, size_t n, int flags), fd, to, n, flags)
WRAP(ssize_t, send, -1, (int fd, const void *from, size_t n, int flags), fd, from, n, flags)
WRAP(ssize_t, getrandom, -1, (void *to, size_t n, unsigned flags), to, n, flags)
WRAP(int, fsync, -1, (int fd), fd)
WRAP(int, fstat64, -1, (int fd, struct stat *st), fd, st)
WRAP(int, socket, -1, (int domain, int type, int protocol), domain, type, protocol)
WRAP(int, accept4, -1, (int fd, struct sockaddr *from, socklen_t *n, int flags), fd, from, n, flags)
