/* bacnet-ups restart: asks, and then looks until another start of the gateway answers. */
#include "tools/daemon.h"

enum { PATIENCE_MS = 30000, PAUSE_MS = 100 };

/* How long the one that answers has been running; negative: none does, quietly. */
static double uptime(const struct tool *t, const char *path)
{
	struct err_at why;
	void *connection = t->outside->open(t->outside->ctx, path, t->timeout_ms ? t->timeout_ms : 1000, &why);
	if (!connection)
		return -1;
	json_t *s = t->outside->call(connection, "status", NULL, &why);
	t->outside->close(connection);
	double seconds = s ? number_of(s, "uptime") : -1;
	json_decref(s);
	return seconds;
}

int tool_restart(struct tool *t)
{
	char buffer[256];
	const char *path = daemon_path(t, buffer, sizeof buffer);
	if (!path)
		return TOOL_BAD_CONFIG;
	int status;
	json_t *answer = daemon_call(t, "restart", t->cold ? json_pack("{s:b}", "cold", 1) : NULL, &status);
	if (!answer)
		return status;
	json_decref(answer);
	int64_t asked = t->outside->now_ms(t->outside->ctx), now;
	do {
		t->outside->sleep_ms(t->outside->ctx, PAUSE_MS);
		now = t->outside->now_ms(t->outside->ctx);
		double up = uptime(t, path);
		if (up >= 0 && up * 1000 < (double)(now - asked))
			return TOOL_OK;
	} while (now - asked < PATIENCE_MS);
	return tool_fail(t, TOOL_FAILED, "it was asked for %d s ago, and no new start answers at %s", PATIENCE_MS / 1000, path);
}
