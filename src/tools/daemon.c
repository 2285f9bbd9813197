#include "tools/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/mono.h"
#include "conf/conf.h"
#include "control/client.h"

enum { TIMEOUT_MS = 5000, PATH_SIZE = 128 };

/* ---- the world as it is ---- */

static void *real_open(void *ctx, const char *path, int timeout_ms, struct err_at *why)
{
	(void)ctx;
	return control_client_open(path, timeout_ms, why);
}

static json_t *real_call(void *connection, const char *method, json_t *params, struct err_at *why)
{
	return control_client_call(connection, method, params, why);
}

static json_t *real_update(void *connection, int timeout_ms, struct err_at *why)
{
	return control_client_update(connection, timeout_ms, why);
}

static void real_close(void *connection)
{
	control_client_close(connection);
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t real_now_ms(void *ctx)
{
	(void)ctx;
	return clock_ms(CLOCK_MONOTONIC);
}

static int64_t real_wall_ms(void *ctx)
{
	(void)ctx;
	return clock_ms(CLOCK_REALTIME);
}

static void real_sleep_ms(void *ctx, int ms)
{
	(void)ctx;
	usleep((useconds_t)ms * 1000);
}

const struct outside outside_real = {
	.open = real_open, .call = real_call, .update = real_update, .close = real_close,
	.now_ms = real_now_ms, .wall_ms = real_wall_ms, .sleep_ms = real_sleep_ms,
};

/* ---- what to do when it cannot be reached ---- */

/* The group that may open it: of the socket, or of the nearest directory that can be looked at. */
static const char *group_of(const char *path, char *buffer, size_t size)
{
	struct stat s;
	char above[PATH_SIZE];
	snprintf(above, sizeof above, "%s", path);
	while (stat(above, &s) != 0) {
		char *slash = strrchr(above, '/');
		if (!slash || slash == above)
			return NULL;
		*slash = 0;
	}
	const struct group *g = getgrgid(s.st_gid);
	if (!g)
		return NULL;
	snprintf(buffer, size, "%s", g->gr_name);
	return buffer;
}

const char *daemon_mend(const char *path, char *buffer, size_t size)
{
	char group[64];
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0) {
		snprintf(buffer, size, "The socket is there and nobody answers: bacnet-upsd has ended; start it (systemctl start bacnet-upsd)");
	} else if (errno == EACCES) {
		const char *name = group_of(path, group, sizeof group);
		snprintf(buffer, size, "Only root and the group %s may: sudo usermod -aG %s \"$USER\", and log in again",
			name ? name : "of the socket", name ? name : "GROUP");
	} else {
		snprintf(buffer, size, "Is bacnet-upsd running (systemctl status bacnet-upsd)? Its socket may be elsewhere: --control PATH, or --config FILE");
	}
	return buffer;
}

/* ---- calls ---- */

const char *daemon_path(const struct tool *t, char *buffer, size_t size)
{
	struct conf conf;
	struct conf_errors errors = { 0 };
	char line[512];
	if (t->control)
		return t->control;
	conf_defaults(&conf);
	if (!conf_load(&conf, t->config ? t->config : TOOL_CONFIG, &errors) && t->config) {
		tool_fail(t, TOOL_BAD_CONFIG, "%s", err_format(&errors.at[0], line, sizeof line));
		return NULL;
	}
	snprintf(buffer, size, "%s", conf.control_path);
	return buffer;
}

void *daemon_open(const struct tool *t, int *status)
{
	struct err_at why = { 0 };
	char buffer[PATH_SIZE], line[512], mend[300];
	const char *path = daemon_path(t, buffer, sizeof buffer);
	*status = TOOL_BAD_CONFIG;
	if (!path)
		return NULL;
	void *c = t->outside->open(t->outside->ctx, path, t->timeout_ms ? t->timeout_ms : TIMEOUT_MS, &why);
	*status = c ? TOOL_OK : TOOL_FAILED;
	if (!c)
		tool_fail(t, TOOL_FAILED, "%s. %s", err_format(&why, line, sizeof line), daemon_mend(path, mend, sizeof mend));
	return c;
}

json_t *daemon_call(const struct tool *t, const char *method, json_t *params, int *status)
{
	struct err_at why = { 0 };
	char line[512];
	void *c = daemon_open(t, status);
	if (!c) {
		json_decref(params);
		return NULL;
	}
	json_t *result = t->outside->call(c, method, params, &why);
	if (!result)
		*status = tool_fail(t, TOOL_FAILED, "%s", err_format(&why, line, sizeof line));
	t->outside->close(c);
	return result;
}
