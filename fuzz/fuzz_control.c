/* Lines that come in on the control socket.  Whatever the octets: an answer that is JSON-RPC, or none because it was a notification. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *echo(void *ctx, const json_t *params, struct rpc_error *error)
{
	(void)ctx;
	const char *name = json_string_value(json_object_get(params, "name"));
	if (name && strcmp(name, "nothing") == 0)
		return rpc_fail(error, RPC_PARAMS, "params.name: there is no object %.60s", name);
	return json_deep_copy(params);
}

static const struct rpc_method methods[] = {
	{ "version", RPC_LOOK, echo, NULL, { { 0 } }, false, "" },
	{ "objects", RPC_OPERATE, echo, NULL, { { "name", RPC_STRING, false, "" }, { "ups", RPC_STRING, true, "" }, { "n", RPC_INTEGER, false, "" } }, false, "" },
	{ "watch", RPC_LOOK, echo, NULL, { { "all", RPC_BOOLEAN, false, "" } }, true, "" },
	{ 0 },
};

static void one_line(const char *line, size_t length)
{
	struct rpc_outcome outcome;
	json_t *answer = rpc_answer(methods, NULL, RPC_OPERATE, line, length, &outcome);
	if (!answer)
		return;
	char *text = json_dumps(answer, JSON_COMPACT);
	assert(text && !strchr(text, '\n'));         /* a line it is */
	assert(strcmp(json_string_value(json_object_get(answer, "jsonrpc")), "2.0") == 0);
	assert(json_object_get(answer, "id"));
	assert(!json_object_get(answer, "result") == outcome.failed);
	assert(!json_object_get(answer, "error") == !outcome.failed);
	free(text);
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t n = newline ? (size_t)(newline - p) : (size_t)(end - p);
		one_line(p, n);
		p += n + (newline != NULL);
	}
	return 0;
}
