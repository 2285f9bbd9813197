#include "control/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *talk_request(struct talk *t, const char *method, json_t *params)
{
	json_t *request = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id", ++t->id, "method", method, "params", params);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	char *line = NULL;
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	json_decref(request);
	return line;
}

static struct talk_heard say(enum talk_kind kind, json_int_t id, const char *text)
{
	struct talk_heard h = { .kind = kind, .id = id };
	snprintf(h.text, sizeof h.text, "%s", text);
	return h;
}

static struct talk_heard notification(const char *method, json_t *params)
{
	const char *reason = json_string_value(json_object_get(params, "reason"));
	if (strcmp(method, "closed") == 0)
		return say(TALK_CLOSED, 0, reason ? reason : "no reason given");
	if (strcmp(method, "update") == 0)
		return (struct talk_heard){ .kind = TALK_UPDATE, .value = json_incref(params) };
	return say(TALK_NOTHING, 0, "");         /* of a newer server */
}

static struct talk_heard message(json_t *m)
{
	const char *method = json_string_value(json_object_get(m, "method"));
	json_t *result = json_object_get(m, "result");
	const char *reason = json_string_value(json_object_get(json_object_get(m, "error"), "message"));
	json_int_t id = json_integer_value(json_object_get(m, "id"));
	if (method)
		return notification(method, json_object_get(m, "params"));
	if (result)
		return (struct talk_heard){ .kind = TALK_RESULT, .id = id, .value = json_incref(result) };
	return reason ? say(TALK_ERROR, id, reason) : say(TALK_BROKEN, id, "the answer is no JSON-RPC");
}

struct talk_heard talk_hear(struct talk *t)
{
	size_t length;
	const char *line;
	struct talk_heard h = { .kind = TALK_NOTHING };
	while (h.kind == TALK_NOTHING && (line = frame_line(&t->in, false, &length)) != NULL) {
		json_error_t j;
		json_t *m = json_loadb(line, length, JSON_REJECT_DUPLICATES, &j);
		h = m ? message(m) : say(TALK_BROKEN, 0, "the answer is no JSON");
		json_decref(m);
	}
	return h;
}

void talk_free(struct talk *t)
{
	frame_in_free(&t->in);
}
