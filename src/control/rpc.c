#include "control/rpc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

json_t *rpc_fail(struct rpc_error *error, int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error->code = code;
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return NULL;
}

json_t *rpc_notification(const char *method, json_t *params)
{
	return json_pack("{s:s, s:s, s:O}", "jsonrpc", "2.0", "method", method, "params", params);
}

static json_t *error_answer(const json_t *id, const struct rpc_error *e, json_t *data)
{
	json_t *copy = id ? json_deep_copy(id) : json_null();
	/* A text of ours may quote what the client sent, cut in the middle of a character. */
	json_t *text = json_string(e->text);
	if (!text)
		text = json_string("the request holds text that cannot be quoted here");
	json_t *answer = json_pack("{s:s, s:o, s:{s:i, s:o, s:o*}}", "jsonrpc", "2.0", "id", copy, "error", "code", e->code,
		"message", text, "data", data);
	return answer;
}

json_t *rpc_refusal(int code, const char *text)
{
	struct rpc_error e;
	rpc_fail(&e, code, "%s", text);
	return error_answer(NULL, &e, NULL);
}

/* At most `levels` containers in each other; the recursion is as deep as that. */
static bool depth_ok(json_t *v, int levels)
{
	const char *key;
	json_t *item;
	size_t i;
	if (!json_is_object(v) && !json_is_array(v))
		return true;
	if (levels == 0)
		return false;
	json_object_foreach(v, key, item)
		if (!depth_ok(item, levels - 1))
			return false;
	json_array_foreach(v, i, item)
		if (!depth_ok(item, levels - 1))
			return false;
	return true;
}

static bool type_ok(enum rpc_type type, const json_t *v)
{
	switch (type) {
	case RPC_STRING:  return json_is_string(v);
	case RPC_INTEGER: return json_is_integer(v);
	case RPC_BOOLEAN: return json_is_boolean(v);
	}
	return false;
}

static const char *type_text(enum rpc_type type)
{
	switch (type) {
	case RPC_STRING:  return "a string";
	case RPC_INTEGER: return "an integer";
	case RPC_BOOLEAN: return "true or false";
	}
	return "";
}

static const struct rpc_param *param_find(const struct rpc_method *m, const char *name)
{
	for (int i = 0; i < RPC_PARAMS_MAX && m->params[i].name; i++)
		if (strcmp(m->params[i].name, name) == 0)
			return &m->params[i];
	return NULL;
}

static bool params_ok(const struct rpc_method *m, json_t *params, struct rpc_error *e)
{
	const char *key;
	json_t *value;
	json_object_foreach(params, key, value) {
		const struct rpc_param *p = param_find(m, key);
		if (!p)
			rpc_fail(e, RPC_PARAMS, "params.%.60s: %s has no such parameter", key, m->name);
		else if (!type_ok(p->type, value))
			rpc_fail(e, RPC_PARAMS, "params.%s must be %s", p->name, type_text(p->type));
		if (e->code)
			return false;
	}
	for (int i = 0; i < RPC_PARAMS_MAX && m->params[i].name; i++) {
		if (m->params[i].required && !json_object_get(params, m->params[i].name)) {
			rpc_fail(e, RPC_PARAMS, "params.%s is missing", m->params[i].name);
			return false;
		}
	}
	return true;
}

/* A request is an object with jsonrpc, method and, unless it is a notification, id; nothing else but params. */
static bool form_ok(json_t *request, struct rpc_error *e)
{
	const json_t *id = json_object_get(request, "id"), *params = json_object_get(request, "params");
	const char *version = json_string_value(json_object_get(request, "jsonrpc"));
	if (json_is_array(request))
		rpc_fail(e, RPC_REQUEST, "batches are not served; send one request a line");
	else if (!json_is_object(request))
		rpc_fail(e, RPC_REQUEST, "a request is an object");
	else if (!depth_ok(request, RPC_DEPTH_MAX))
		rpc_fail(e, RPC_REQUEST, "nested deeper than %d", RPC_DEPTH_MAX);
	else if (!version || strcmp(version, "2.0") != 0)
		rpc_fail(e, RPC_REQUEST, "jsonrpc must be \"2.0\"");
	else if (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
		rpc_fail(e, RPC_REQUEST, "id must be a string, a number or null");
	else if (!json_is_string(json_object_get(request, "method")))
		rpc_fail(e, RPC_REQUEST, "method must be a string");
	else if (params && !json_is_object(params) && json_array_size(params) > 0)
		rpc_fail(e, RPC_PARAMS, "params must be an object: parameters are given by name");
	else if (params && !json_is_object(params) && !json_is_array(params))
		rpc_fail(e, RPC_REQUEST, "params must be an object");
	return e->code == 0;
}

static const struct rpc_method *method_find(const struct rpc_method *methods, json_t *request, struct rpc_error *e)
{
	const char *name = json_string_value(json_object_get(request, "method"));
	for (const struct rpc_method *m = methods; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	rpc_fail(e, RPC_METHOD, "there is no method %.60s", name);
	return NULL;
}

static const char *right_text(enum rpc_right right)
{
	switch (right) {
	case RPC_LOOK:       return "look";
	case RPC_OPERATE:    return "operate";
	case RPC_ADMINISTER: return "administer";
	}
	return "";
}

/* The parameters, a new reference; NULL with the error: they are wrong, or the caller may not call this. */
static json_t *admit(const struct rpc_method *m, enum rpc_right right, json_t *request, struct rpc_error *e)
{
	json_t *params = json_object_get(request, "params");
	if (right < m->right)
		return rpc_fail(e, RPC_RIGHT, "%s needs the right to %s: root, the user of the daemon and [control] admin_group have it", m->name, right_text(m->right));
	params = json_is_object(params) ? json_incref(params) : json_object();
	if (params_ok(m, params, e))
		return params;
	json_decref(params);
	return NULL;
}

static json_t *call(const struct rpc_method *m, void *ctx, json_t *params, struct rpc_error *e)
{
	json_t *result = m->fn(ctx, params, e);
	if (!result && e->code == 0)
		rpc_fail(e, RPC_INTERNAL, "%s failed without a reason", m->name);
	return result;
}

json_t *rpc_answer_later(const json_t *id, json_t *result, const struct rpc_error *error)
{
	if (!result)
		return error_answer(id, error, NULL);
	return json_pack("{s:s, s:o, s:O}", "jsonrpc", "2.0", "id", json_deep_copy(id), "result", result);
}

static json_t *parse_error(const json_error_t *j)
{
	struct rpc_error e;
	rpc_fail(&e, RPC_PARSE, "column %d: %s", j->column, j->text);
	return error_answer(NULL, &e, json_pack("{s:i, s:i}", "column", j->column, "position", j->position));
}

json_t *rpc_answer(const struct rpc_method *methods, void *ctx, enum rpc_right right, const char *line, size_t length,
	struct rpc_outcome *outcome)
{
	struct rpc_error e = { 0 };
	json_error_t j;
	*outcome = (struct rpc_outcome){ .failed = true };
	if (length > RPC_LINE_MAX)
		return rpc_refusal(RPC_REQUEST, "the line is longer than 65536 octets");
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &j);
	if (!request)
		return parse_error(&j);
	json_t *id = json_object_get(request, "id"), *answer = NULL;
	if (!form_ok(request, &e)) {
		bool quotable = json_is_string(id) || json_is_number(id);
		answer = error_answer(quotable ? id : NULL, &e, NULL);
		json_decref(request);
		return answer;
	}
	const struct rpc_method *m = method_find(methods, request, &e);
	bool heard = id || (m && m->right != RPC_LOOK);          /* looking without an answer is no work worth doing */
	json_t *params = m && heard ? admit(m, right, request, &e) : NULL;
	json_t *result = params && m->fn ? call(m, ctx, params, &e) : NULL;
	outcome->failed = e.code != 0;
	outcome->subscribe = result ? m->subscribes : RPC_NOTHING;
	if (params && !m->fn)
		*outcome = (struct rpc_outcome){ .later = m, .id = json_incref(id), .params = json_incref(params) };
	else if (id)
		answer = rpc_answer_later(id, result, &e);
	json_decref(result);
	json_decref(params);
	json_decref(request);
	return answer;
}
