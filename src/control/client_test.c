/* The blocking client against a server that is played: what it sends, which of the lines that come it takes, and when it gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "control/client.h"
#include "control/talk.h"

enum { SHORT_MS = 30 };

struct fixture {
	char path[60];
	int listener, server;                    /* server: its end of the connection */
	struct control_client *client;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err_at why;
	strcpy(f->path, "/tmp/client-test-XXXXXX");
	close(mkstemp(f->path));
	unlink(f->path);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	strcpy(a.sun_path, f->path);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(f->listener, (struct sockaddr *)&a, sizeof a) != 0 || listen(f->listener, 1) != 0)
		return -1;
	f->client = control_client_open(f->path, SHORT_MS, &why);
	f->server = accept(f->listener, NULL, NULL);
	*state = f;
	return f->client && f->server >= 0 ? 0 : -1;
}

static void hang_up(struct fixture *f)
{
	if (f->server >= 0)
		close(f->server);
	f->server = -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	control_client_close(f->client);
	hang_up(f);
	close(f->listener);
	unlink(f->path);
	free(f);
	return 0;
}

static void say(const struct fixture *f, const char *text)
{
	assert_int_equal(write(f->server, text, strlen(text)), strlen(text));
}

/* What the client has sent. */
static const char *heard(const struct fixture *f)
{
	static char text[500];
	ssize_t n = recv(f->server, text, sizeof text - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = 0;
	return text;
}

static void gives(struct fixture *f, int64_t value)
{
	struct err_at why = { 0 };
	json_t *r = control_client_call(f->client, "m", NULL, &why);
	if (!r)
		fail_msg("%s", why.text);
	assert_int_equal(json_integer_value(r), value);
	json_decref(r);
}

static void fails(struct fixture *f, const char *text)
{
	struct err_at why = { 0 };
	assert_null(control_client_call(f->client, "m", NULL, &why));
	assert_string_equal(why.text, text);
	assert_string_equal(why.file, f->path);
}

#define RESULT(id, value) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" value "}\n"
#define FAULT(id, text)   "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":-1,\"message\":\"" text "\"}}\n"
#define TOLD(method, params) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}\n"

static void requests_are_numbered_lines(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	say(f, RESULT("1", "5") RESULT("2", "6"));
	gives(f, 5);
	assert_string_equal(heard(f), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}\n");
	json_t *r = control_client_call(f->client, "n", json_pack("{s:i}", "a", 1), &why);
	assert_int_equal(json_integer_value(r), 6);
	json_decref(r);
	assert_string_equal(heard(f), "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"n\",\"params\":{\"a\":1}}\n");
}

static void the_answer_is_the_one_to_this_request(void **state)
{
	struct fixture *f = *state;
	say(f, RESULT("0", "1") RESULT("7", "2") FAULT("7", "another") TOLD("update", "{}") TOLD("later", "{}") RESULT("1", "3"));
	gives(f, 3);
	say(f, FAULT("2", "no such thing"));
	fails(f, "m: no such thing");
	say(f, FAULT("null", "no JSON"));                /* it could not even be read */
	fails(f, "m: no JSON");
	say(f, RESULT("4", "4"));
	gives(f, 4);
}

static void silence_has_an_end(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { .text = "old" };
	fails(f, "bacnet-upsd did not answer within 30 ms");
	say(f, "{\"jsonrpc\":");                         /* half a line is none */
	fails(f, "bacnet-upsd did not answer within 30 ms");
	say(f, "\"2.0\",\"id\":3,\"result\":9}\n");
	gives(f, 9);
	assert_null(control_client_update(f->client, 1, &why));
	assert_string_equal(why.text, "");
}

static void the_end_says_why(void **state)
{
	struct fixture *f = *state;
	say(f, TOLD("closed", "{\"reason\":\"too slow\"}"));
	fails(f, "bacnet-upsd has closed the connection: too slow");
	say(f, "[]\n");
	fails(f, "the answer is no JSON-RPC");
	say(f, "no\n");
	fails(f, "the answer is no JSON");
	shutdown(f->server, SHUT_WR);
	fails(f, "bacnet-upsd has closed the connection");
	hang_up(f);
	fails(f, "the request cannot be sent: Broken pipe");
}

static void a_connection_that_breaks_is_told(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	say(f, TOLD("update", "{\"n\":1}"));
	json_t *r = control_client_update(f->client, -1, &why);
	assert_int_equal(json_integer_value(json_object_get(r, "n")), 1);
	json_decref(r);
	assert_null(control_client_call(f->client, "m", NULL, &why));
	hang_up(f);                                      /* with a request that nobody has read: a reset */
	assert_null(control_client_update(f->client, -1, &why));
	assert_string_equal(why.text, "Connection reset by peer");
}

static void updates_are_waited_for(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	say(f, RESULT("1", "1") FAULT("1", "x") TOLD("update", "{\"n\":1}") TOLD("update", "{\"n\":2}"));
	for (int n = 1; n <= 2; n++) {
		json_t *r = control_client_update(f->client, SHORT_MS, &why);
		assert_int_equal(json_integer_value(json_object_get(r, "n")), n);
		json_decref(r);
	}
	assert_null(control_client_update(f->client, 0, &why));
	assert_string_equal(why.text, "");
	hang_up(f);
	assert_null(control_client_update(f->client, SHORT_MS, &why));
	assert_string_equal(why.text, "bacnet-upsd has closed the connection");
}

/* Everything that a server may say in one line, and not an octet more. */
static void a_line_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	char *text = malloc(TALK_LINE_MAX + 1);
	memset(text, 'x', TALK_LINE_MAX + 1);
	for (int more = 0; more < 2; more++) {
		pid_t child = fork();
		if (child == 0) {
			size_t n = TALK_LINE_MAX - 1 + (size_t)more;
			text[n] = '\n';
			for (size_t sent = 0; sent <= n; ) {
				ssize_t k = send(f->server, text + sent, n + 1 - sent, MSG_NOSIGNAL);
				if (k <= 0)
					break;
				sent += (size_t)k;
			}
			_exit(0);
		}
		assert_null(control_client_update(f->client, 10000, &why));
		assert_string_equal(why.text, more ? "the answer is too large" : "the answer is no JSON");
		if (more) {
			control_client_close(f->client);
			f->client = NULL;
			hang_up(f);
		}
		waitpid(child, NULL, 0);
	}
	free(text);
}

static void who_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	char path[200];
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = 0;
	assert_null(control_client_open(path, 100, &why));
	assert_non_null(strstr(why.text, "the path of a socket is at most"));
	assert_null(control_client_open("/nonexistent/socket", 100, &why));
	assert_string_equal(why.text, "bacnet-upsd does not listen here: No such file or directory");
	close(f->listener);
	f->listener = -1;
	assert_null(control_client_open(f->path, 100, &why));
	assert_string_equal(why.text, "bacnet-upsd does not listen here: Connection refused");
	control_client_close(NULL);
}

/* A server that does not read does not hold its client for ever. */
static void sending_has_an_end(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	char *large = malloc(4 * 1024 * 1024);
	memset(large, 'x', 4 * 1024 * 1024 - 1);
	large[4 * 1024 * 1024 - 1] = 0;
	assert_null(control_client_call(f->client, "m", json_pack("{s:s}", "a", large), &why));
	assert_string_equal(why.text, "the request cannot be sent: Resource temporarily unavailable");
	free(large);
	assert_null(control_client_call(f->client, "\xff", NULL, &why));
	assert_string_equal(why.text, "the request cannot be written as JSON");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(requests_are_numbered_lines),
		T(the_answer_is_the_one_to_this_request),
		T(silence_has_an_end),
		T(the_end_says_why),
		T(a_connection_that_breaks_is_told),
		T(updates_are_waited_for),
		T(a_line_is_bounded),
		T(who_is_not_there_is_named),
		T(sending_has_an_end),
	};
	return cmocka_run_group_tests_name("control-client", tests, NULL, NULL);
}
