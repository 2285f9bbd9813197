/* JSON-RPC: every refusal has its code and says where; whatever the octets, there is an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/memory_test.h"
#include "control/rpc.h"

struct seen {
	int calls;
};

static json_t *echo(void *ctx, const json_t *params, struct rpc_error *error)
{
	struct seen *s = ctx;
	(void)error;
	s->calls++;
	return json_deep_copy(params);
}

static json_t *broken(void *ctx, const json_t *params, struct rpc_error *error)
{
	(void)ctx;
	if (json_object_get(params, "silent"))
		return NULL;
	return rpc_fail(error, RPC_INTERNAL, "it is broken");
}

static void later(void *ctx, const json_t *params, struct call *call)
{
	(void)ctx, (void)params, (void)call;
	fail_msg("who answers later is asked by the server");
}

static const struct rpc_method methods[] = {
	{ "echo", RPC_LOOK, echo, NULL, { { "name", RPC_STRING, true, "" }, { "n", RPC_INTEGER, false, "" }, { "all", RPC_BOOLEAN, false, "" } }, false, "" },
	{ "broken", RPC_OPERATE, broken, NULL, { { "silent", RPC_BOOLEAN, false, "" } }, false, "" },
	{ "operate", RPC_OPERATE, echo, NULL, { { 0 } }, false, "" },
	{ "later", RPC_OPERATE, NULL, later, { { "name", RPC_STRING, true, "" } }, false, "" },
	{ "watch", RPC_LOOK, echo, NULL, { { 0 } }, true, "" },
	{ 0 },
};

static json_t *ask(const char *line, size_t length, struct rpc_outcome *o)
{
	struct seen s = { 0 };
	return rpc_answer(methods, &s, RPC_ADMINISTER, line, length, o);
}

static void answers(const char *line, const char *text)
{
	struct rpc_outcome o;
	json_t *answer = ask(line, strlen(line), &o);
	char *is = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	if (text) {
		assert_non_null(is);
		assert_string_equal(is, text);
	} else {
		assert_null(is);
	}
	free(is);
	json_decref(answer);
}

static void refuses(const char *line, int code, const char *part)
{
	struct rpc_outcome o;
	json_t *answer = ask(line, strlen(line), &o);
	json_t *error = json_object_get(answer, "error");
	assert_int_equal(json_integer_value(json_object_get(error, "code")), code);
	const char *text = json_string_value(json_object_get(error, "message"));
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
	assert_true(o.failed);
	assert_false(o.subscribe);
	json_decref(answer);
}

static void good_requests_are_answered(void **state)
{
	(void)state;
	answers("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"name\":\"a\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"name\":\"a\"}}");
	answers(" {\"method\":\"watch\",\"id\":\"x\",\"jsonrpc\":\"2.0\"} ", "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}");
	answers("{\"method\":\"watch\",\"id\":null,\"jsonrpc\":\"2.0\",\"params\":[]}", "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}");
	answers("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"broken\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"error\":{\"code\":-32603,\"message\":\"it is broken\"}}");
}

static void requests_give_their_memory_back(void **state)
{
	(void)state;
	static const char *const lines[] = { "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"echo\",\"params\":{\"name\":\"x\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"echo\"}", "{\"jsonrpc\":\"2.0\",\"method\":\"operate\",\"params\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"broken\"}", "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"nothing\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"broken\",\"params\":{\"silent\":true}}", "[", "[]", "{\"id\":\"a\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"echo\"}", "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"echo\",\"params\":[\"x\"]}" };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct rpc_outcome o;
		GIVES_BACK(300, json_decref(ask(lines[i], strlen(lines[i]), &o)));
	}
}

static void notifications_are_not_answered(void **state)
{
	(void)state;
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"name\":\"a\"}}", NULL);
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}", NULL);
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}", NULL);
}

/* What changes nothing and is not answered is not done either; what changes something is. */
static void finding_3_3_a_notification_without_effect_costs_nothing(void **state)
{
	(void)state;
	struct seen s = { 0 };
	struct rpc_outcome o;
	static const char look[] = "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"name\":\"a\"}}";
	static const char watch[] = "{\"jsonrpc\":\"2.0\",\"method\":\"watch\"}";
	static const char operate[] = "{\"jsonrpc\":\"2.0\",\"method\":\"operate\"}";
	assert_null(rpc_answer(methods, &s, RPC_ADMINISTER, look, strlen(look), &o));
	assert_false(o.failed);
	assert_null(rpc_answer(methods, &s, RPC_ADMINISTER, watch, strlen(watch), &o));
	assert_false(o.subscribe);
	assert_int_equal(s.calls, 0);
	assert_null(rpc_answer(methods, &s, RPC_ADMINISTER, operate, strlen(operate), &o));
	assert_false(o.failed);
	assert_int_equal(s.calls, 1);
}

static void faults_have_code_and_place(void **state)
{
	(void)state;
	refuses("{", RPC_PARSE, "column");
	refuses("", RPC_PARSE, "column");
	refuses("{\"a\":1,\"a\":2}", RPC_PARSE, "duplicate");
	refuses("{\"a\":\"\xff\"}", RPC_PARSE, "column");
	refuses("{\"a\":\"\\u0000\"}", RPC_PARSE, "column");
	refuses("{} x", RPC_PARSE, "column");
	refuses("5", RPC_REQUEST, "object");
	refuses("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\"}]", RPC_REQUEST, "batches");
	refuses("{\"id\":1,\"method\":\"watch\"}", RPC_REQUEST, "jsonrpc");
	refuses("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"watch\"}", RPC_REQUEST, "jsonrpc");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"watch\"}", RPC_REQUEST, "id");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", RPC_REQUEST, "method");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\",\"params\":7}", RPC_REQUEST, "params");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\",\"params\":[1]}", RPC_PARAMS, "by name");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"wach\"}", RPC_METHOD, "wach");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}", RPC_PARAMS, "params.name is missing");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"name\":3}}", RPC_PARAMS, "params.name must be a string");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"name\":\"\",\"n\":\"\"}}", RPC_PARAMS, "an integer");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"name\":\"\",\"m\":1}}", RPC_PARAMS, "params.m: echo has no");
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"broken\",\"params\":{\"silent\":true}}", RPC_INTERNAL, "without a reason");
}

/* A text that is cut in the middle of a character must not cost the answer. */
static void a_long_name_is_quoted_or_not(void **state)
{
	(void)state;
	for (int pad = 0; pad < 4; pad++) {
		char line[400] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"";
		for (int i = 0; i < pad; i++)
			strcat(line, "x");
		for (int i = 0; i < 40; i++)
			strcat(line, "\xe2\x82\xac");
		strcat(line, "\"}");
		refuses(line, RPC_METHOD, "");
	}
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	struct rpc_outcome o;
	static char line[RPC_LINE_MAX + 1];
	for (int depth = 1; depth < 4000; depth = depth < 20 ? depth + 1 : depth * 3) {
		int n = sprintf(line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\",\"params\":{\"x\":");
		memset(line + n, '[', (size_t)depth);
		memset(line + n + depth, ']', (size_t)depth);
		strcpy(line + n + 2 * depth, "}}");
		json_t *answer = ask(line, strlen(line), &o);
		json_int_t code = json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));
		assert_int_equal(code, depth + 2 <= RPC_DEPTH_MAX ? RPC_PARAMS : depth < 2046 ? RPC_REQUEST : RPC_PARSE);
		json_decref(answer);
	}
	memset(line, ' ', sizeof line);
	json_t *answer = ask(line, sizeof line, &o);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(answer, "error"), "code")), RPC_REQUEST);
	json_decref(answer);
}

static void only_a_success_subscribes(void **state)
{
	(void)state;
	struct rpc_outcome o;
	const char *line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\"}";
	json_decref(ask(line, strlen(line), &o));
	assert_true(o.subscribe);
	line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\",\"params\":{\"x\":1}}";
	json_decref(ask(line, strlen(line), &o));
	assert_false(o.subscribe);
}

/* Each right includes those before it, and who lacks one is told which. */
static void rights_are_held(void **state)
{
	(void)state;
	struct seen s = { 0 };
	struct rpc_outcome o;
	static const char operate[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"operate\"}";
	static const char look[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\"}";
	json_decref(rpc_answer(methods, &s, RPC_LOOK, look, strlen(look), &o));
	json_decref(rpc_answer(methods, &s, RPC_OPERATE, operate, strlen(operate), &o));
	json_decref(rpc_answer(methods, &s, RPC_ADMINISTER, operate, strlen(operate), &o));
	assert_int_equal(s.calls, 3);
	json_t *answer = rpc_answer(methods, &s, RPC_LOOK, operate, strlen(operate), &o);
	char *text = json_dumps(answer, JSON_COMPACT);
	assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":"
		"\"operate needs the right to operate: root, the user of the daemon and [control] admin_group have it\"}}");
	assert_true(o.failed);
	assert_int_equal(s.calls, 3);
	free(text);
	json_decref(answer);
	assert_null(rpc_answer(methods, &s, RPC_LOOK, "{\"jsonrpc\":\"2.0\",\"method\":\"operate\"}", 36, &o));
	assert_int_equal(s.calls, 3);
}

static void an_answer_may_come_later(void **state)
{
	(void)state;
	struct rpc_outcome o;
	const char *line = "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"later\",\"params\":{\"name\":\"a\"}}";
	assert_null(ask(line, strlen(line), &o));
	assert_false(o.failed);
	assert_string_equal(o.later->name, "later");
	assert_string_equal(json_string_value(json_object_get(o.params, "name")), "a");
	json_t *result = json_integer(5);
	json_t *answer = rpc_answer_later(o.id, result, NULL);
	char *text = json_dumps(answer, JSON_COMPACT);
	assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":5}");
	free(text);
	json_decref(answer);
	answer = rpc_answer_later(o.id, NULL, &(struct rpc_error){ RPC_INTERNAL, "it went wrong" });
	text = json_dumps(answer, JSON_COMPACT);
	assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-32603,\"message\":\"it went wrong\"}}");
	free(text);
	json_decref(answer);
	json_decref(result);
	json_decref(o.id);
	json_decref(o.params);
	line = "{\"jsonrpc\":\"2.0\",\"method\":\"later\",\"params\":{\"name\":\"a\"}}";           /* it has an effect, so it is done */
	assert_null(ask(line, strlen(line), &o));
	assert_non_null(o.later);
	assert_null(o.id);
	json_decref(o.params);
	refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"later\"}", RPC_PARAMS, "params.name is missing");
	assert_null(o.id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_requests_are_answered),
		cmocka_unit_test(requests_give_their_memory_back),
		cmocka_unit_test(notifications_are_not_answered),
		cmocka_unit_test(finding_3_3_a_notification_without_effect_costs_nothing),
		cmocka_unit_test(faults_have_code_and_place),
		cmocka_unit_test(a_long_name_is_quoted_or_not),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(only_a_success_subscribes),
		cmocka_unit_test(rights_are_held),
		cmocka_unit_test(an_answer_may_come_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
