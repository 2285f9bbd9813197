#include "tools/daemon.h"

#include "conf/conf.h"

enum { TIMEOUT_MS = 5000 };

struct control_client *daemon_open(struct tool *t)
{
	struct conf conf;
	struct err_at why = { 0 };
	const char *path = t->control;
	char line[512];
	if (!path) {
		conf_defaults(&conf);
		struct conf_errors errors = { 0 };
		if (!conf_load(&conf, NULL, t->config ? t->config : TOOL_CONFIG, NULL, &errors) && t->config) {
			tool_fail(t, TOOL_BAD_CONFIG, "%s", err_format(&errors.at[0], line, sizeof line));
			return NULL;
		}
		path = conf.control_path;
	}
	struct control_client *c = control_client_open(path, t->timeout_ms ? t->timeout_ms : TIMEOUT_MS, &why);
	if (!c)
		tool_fail(t, TOOL_FAILED, "%s", err_format(&why, line, sizeof line));
	return c;
}

json_t *daemon_call(struct tool *t, const char *method, json_t *params)
{
	struct err_at why = { 0 };
	char line[512];
	struct control_client *c = daemon_open(t);
	if (!c) {
		json_decref(params);
		return NULL;
	}
	json_t *result = control_client_call(c, method, params, &why);
	if (!result)
		tool_fail(t, TOOL_FAILED, "%s", err_format(&why, line, sizeof line));
	control_client_close(c);
	return result;
}

const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? text : "";
}

double number_of(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

long long integer_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

bool flag_of(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}
