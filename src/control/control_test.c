/* The control socket over real sockets, server and client. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mono.h"
#include "base/memory_test.h"
#include "control/client.h"
#include "control/dial.h"
#include "control/server.h"
#include "control/share.h"

struct fixture {
	struct ev_loop *loop;
	struct ev_timer stop;
	struct control *control;
	struct log log;
	char dir[32], path[64];
	size_t blob;                     /* octets that the method blob answers with */
	struct ev_timer each_turn;
	int turns, counted, turn_of_count[64];
	json_t *update;                  /* what the method publish sends */
};

static void stop_loop(struct ev_timer *t)
{
	ev_stop(OWNER(t, struct fixture, stop)->loop);
}

static void spin(struct fixture *f, int64_t ms)
{
	ev_after(f->loop, &f->stop, ms);
	ev_run(f->loop);
}

static json_t *blob(void *ctx, const json_t *params, struct rpc_error *error)
{
	struct fixture *f = ctx;
	(void)params;
	(void)error;
	char *text = malloc(f->blob + 1);
	memset(text, 'x', f->blob);
	text[f->blob] = 0;
	json_t *result = json_string(text);
	free(text);
	return result;
}

static json_t *watch(void *ctx, const json_t *params, struct rpc_error *error)
{
	(void)ctx;
	(void)params;
	(void)error;
	return json_object();
}

/* The calls that wait for the test to answer them. */
static struct call *waiting[4];
static int calls;

static void later(void *ctx, const json_t *params, struct call *call)
{
	(void)ctx, (void)params;
	waiting[calls++ % 4] = call;
}

static json_t *count(void *ctx, const json_t *params, struct rpc_error *error)
{
	struct fixture *f = ctx;
	(void)params, (void)error;
	f->turn_of_count[f->counted++ % 64] = f->turns;
	return json_integer(f->counted);
}

static const struct rpc_method methods[] = {
	{ "later", RPC_OPERATE, NULL, later, { { 0 } }, false, "" },
	{ "count", RPC_LOOK, count, NULL, { { 0 } }, false, "" },
	{ "blob", RPC_LOOK, blob, NULL, { { 0 } }, false, "" },
	{ "watch", RPC_LOOK, watch, NULL, { { 0 } }, true, "" },
	{ 0 },
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err_at why;
	strcpy(f->dir, "/tmp/control-test-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof f->path, "%s/socket", f->dir);
	f->log = (struct log){ .fd = open("/dev/null", O_WRONLY | O_CLOEXEC), .level = LOG_LEVEL_DEBUG };
	f->loop = ev_loop_make();
	ev_timer_init(&f->stop, stop_loop);
	f->control = control_open(f->loop, f->path, methods, f, &f->log, &why);
	*state = f;
	return f->control ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	if (f->control)
		control_close(f->control);
	ev_loop_free(f->loop);
	close(f->log.fd);
	int left = stat(f->path, &st);
	rmdir(f->dir);
	free(f);
	return left == 0 ? -1 : 0;       /* the socket file must be gone */
}

static int dial(const struct fixture *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	strcpy(a.sun_path, f->path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Octets until `count` lines have come or the other side closes; the loop runs meanwhile.  Returns the octets. */
static size_t hear(struct fixture *f, int fd, char *out, size_t size, int count, bool *closed)
{
	size_t n = 0;
	*closed = false;
	for (int turn = 0; turn < 5000; turn++) {
		ssize_t got = recv(fd, out + n, size - 1 - n, 0);
		if (got == 0) {
			*closed = true;
			break;
		}
		for (ssize_t i = 0; i < got; i++)
			count -= out[n + (size_t)i] == '\n';
		n += got > 0 ? (size_t)got : 0;
		if (count <= 0)
			break;
		spin(f, 1);
	}
	out[n] = 0;
	return n;
}

#define WATCH "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\"}\n"
#define BLOB  "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"blob\"}\n"

static void lines_are_answered_in_order(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char got[1000];
	bool closed;
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	int fd = dial(f);
	f->blob = 3;
	say(fd, WATCH "\r\n\n" BLOB "{\n{\"jsonrpc\":\"2.0\",\"id\":3,");
	hear(f, fd, got, sizeof got, 3, &closed);
	assert_string_equal(strtok(got, "\n"), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	assert_string_equal(strtok(NULL, "\n"), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"xxx\"}");
	assert_non_null(strstr(strtok(NULL, "\n"), "-32700"));
	say(fd, "\"method\":\"blob\"}");                          /* no end of line, but an end of the stream */
	shutdown(fd, SHUT_WR);
	hear(f, fd, got, sizeof got, 2, &closed);
	assert_string_equal(got, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"xxx\"}\n");
	assert_true(closed);
	assert_int_equal(control_clients(f->control), 0);
	assert_int_equal(control_counters(f->control)->requests, 4);
	assert_int_equal(control_counters(f->control)->failures, 1);
	close(fd);
}

static void updates_go_to_watchers_only(void **state)
{
	struct fixture *f = *state;
	char got[1000];
	bool closed;
	int a = dial(f), b = dial(f);
	f->blob = 1;
	say(a, WATCH);
	say(b, BLOB);
	hear(f, a, got, sizeof got, 1, &closed);
	hear(f, b, got, sizeof got, 1, &closed);
	assert_int_equal(control_watchers(f->control, RPC_CHANGES), 1);
	json_t *params = json_pack("{s:i}", "n", 7);
	control_publish(f->control, RPC_CHANGES, params);
	json_decref(params);
	hear(f, a, got, sizeof got, 1, &closed);
	assert_string_equal(got, "{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"params\":{\"n\":7}}\n");
	spin(f, 5);
	assert_int_equal(recv(b, got, sizeof got, 0), -1);
	close(a);
	spin(f, 20);
	assert_int_equal(control_watchers(f->control, RPC_CHANGES), 0);
	close(b);
}

static void a_long_line_is_refused(void **state)
{
	struct fixture *f = *state;
	static char line[RPC_LINE_MAX + 100];
	char got[1000];
	bool closed;
	int fd = dial(f);
	memset(line, ' ', sizeof line);
	size_t sent = 0;
	for (int turn = 0; turn < 2000 && sent < sizeof line; turn++) {
		ssize_t n = send(fd, line + sent, sizeof line - sent, MSG_NOSIGNAL);
		if (n < 0)
			spin(f, 1);
		sent += n > 0 ? (size_t)n : 0;
	}
	hear(f, fd, got, sizeof got, 3, &closed);
	assert_true(closed);
	assert_non_null(strstr(got, "-32600"));
	assert_non_null(strstr(got, "\"closed\",\"params\":{\"reason\":\"a line is too long\"}"));
	assert_int_equal(control_counters(f->control)->dropped, 1);
	close(fd);
}

static void a_client_that_does_not_read_waits(void **state)
{
	struct fixture *f = *state;
	bool closed;
	int fd = dial(f), other = dial(f);
	f->blob = 30000;
	for (int i = 0; i < 200; i++)
		say(fd, BLOB);
	spin(f, 20);
	assert_true(control_counters(f->control)->requests < 200);     /* what waits is bounded */
	static char got[8 * 1024 * 1024];
	say(other, BLOB);
	hear(f, other, got, sizeof got, 1, &closed);                   /* and nobody else feels it */
	assert_non_null(strchr(got, '\n'));
	size_t n = hear(f, fd, got, sizeof got, 200, &closed);
	if (n <= 200 * 30000)
		fail_msg("%zu octets of %llu answers", n, (unsigned long long)control_counters(f->control)->requests);
	assert_false(closed);
	assert_int_equal(control_counters(f->control)->requests, 201);
	close(fd);
	close(other);
}

static void a_slow_watcher_is_dropped_with_a_reason(void **state)
{
	struct fixture *f = *state;
	static char got[4 * 1024 * 1024];
	bool closed;
	int fd = dial(f);
	say(fd, WATCH);
	hear(f, fd, got, sizeof got, 1, &closed);
	f->blob = 50000;
	json_t *text = blob(f, NULL, NULL);
	json_t *params = json_pack("{s:o}", "text", text);
	int published = 0;
	while (control_watchers(f->control, RPC_CHANGES) && published < 200) {
		control_publish(f->control, RPC_CHANGES, params);
		published++;
	}
	json_decref(params);
	assert_in_range(published, 10, 199);
	assert_int_equal(control_counters(f->control)->dropped, 1);
	hear(f, fd, got, sizeof got, 1000, &closed);
	assert_true(closed);
	const char *last = strstr(got, "\"method\":\"closed\"");
	assert_non_null(last);
	assert_non_null(strstr(last, "does not read fast enough"));
	close(fd);
}

static void clients_are_counted(void **state)
{
	struct fixture *f = *state;
	int fd[CONTROL_CLIENTS_MAX + 1];
	char got[500];
	bool closed;
	for (int i = 0; i <= CONTROL_CLIENTS_MAX; i++)
		fd[i] = dial(f);
	hear(f, fd[CONTROL_CLIENTS_MAX], got, sizeof got, 2, &closed);
	assert_true(closed);
	assert_non_null(strstr(got, "too many clients"));
	assert_int_equal(control_clients(f->control), CONTROL_CLIENTS_MAX);
	assert_int_equal(control_counters(f->control)->refused, 1);
	assert_int_equal(control_counters(f->control)->accepted, CONTROL_CLIENTS_MAX);
	assert_int_equal(control_counters(f->control)->dropped, 0);
	close(fd[0]);
	spin(f, 20);
	assert_int_equal(control_clients(f->control), CONTROL_CLIENTS_MAX - 1);
	fd[0] = dial(f);
	f->blob = 1;
	say(fd[0], BLOB);
	hear(f, fd[0], got, sizeof got, 1, &closed);
	assert_non_null(strstr(got, "\"x\""));
	for (int i = 0; i <= CONTROL_CLIENTS_MAX; i++)
		close(fd[i]);
}

/* Clients come, ask, are told and go; and servers. */
static void clients_that_go_give_their_memory_back(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	char got[500], path[80];
	bool closed;
	f->blob = 1;
	GIVES_BACK(100, {
		int fd = dial(f);
		say(fd, BLOB "{\"jsonrpc\":");
		hear(f, fd, got, sizeof got, 1, &closed);
		close(fd);
		spin(f, 2);
		json_t *update = json_pack("{s:i}", "n", 1);
		control_publish(f->control, RPC_CHANGES, update);
		json_decref(update);
	});
	snprintf(path, sizeof path, "%s/another", f->dir);
	GIVES_BACK(100, {
		struct control *k = control_open(f->loop, path, methods, f, &f->log, &why);
		control_close(k);
		spin(f, 1);
	});
}

static void the_place_is_taken_only_when_it_is_free(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	char stale[64];
	assert_null(control_open(f->loop, f->path, methods, f, &f->log, &why));
	assert_string_equal(why.text, "another process listens here");
	/* A file that a process left behind. */
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(stale, sizeof stale, "%s/stale", f->dir);
	strcpy(a.sun_path, stale);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	close(fd);
	struct control *k = control_open(f->loop, stale, methods, f, &f->log, &why);
	assert_non_null(k);
	/* Somebody has put another file there meanwhile: it is not ours to remove. */
	unlink(stale);
	close(open(stale, O_CREAT | O_WRONLY, 0600));
	control_close(k);
	assert_null(control_open(f->loop, stale, methods, f, &f->log, &why));
	assert_string_equal(why.text, "is there and is no socket");
	assert_int_equal(unlink(stale), 0);
	char longer[200];
	memset(longer, 'a', sizeof longer - 1);
	longer[0] = '/';
	longer[sizeof longer - 1] = 0;
	assert_null(control_open(f->loop, longer, methods, f, &f->log, &why));
	assert_null(control_open(f->loop, "/nonexistent/x/y", methods, f, &f->log, &why));
	assert_string_equal(why.text, "cannot listen: No such file or directory: make its directory, or name another path ([control] path, --control)");
}

static void turn(struct ev_timer *t)
{
	struct fixture *f = OWNER(t, struct fixture, each_turn);
	f->turns++;
	ev_after(f->loop, t, 0);
}

#define COUNT "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"count\"}\n"

/* Whatever many clients want at once: one request a turn of the loop, and each client in its turn. */
static void finding_3_3_one_request_a_turn_from_one_client_after_the_other(void **state)
{
	struct fixture *f = *state;
	char got[4000];
	bool closed;
	int a = dial(f), b = dial(f);
	ev_timer_init(&f->each_turn, turn);
	for (int i = 0; i < 20; i++)
		say(a, COUNT);
	say(b, COUNT);
	ev_after(f->loop, &f->each_turn, 0);
	hear(f, b, got, sizeof got, 1, &closed);
	json_t *answer = json_loads(got, 0, NULL);
	assert_true(json_integer_value(json_object_get(answer, "result")) <= 3);         /* not behind the twenty of the other */
	json_decref(answer);
	hear(f, a, got, sizeof got, 20, &closed);
	assert_int_equal(f->counted, 21);
	for (int i = 1; i < f->counted; i++)
		assert_true(f->turn_of_count[i] > f->turn_of_count[i - 1]);
	ev_cancel(&f->each_turn);
	close(a);
	close(b);
}

/* A client that asks for large answers, and reads them all, gets the share and not more. */
static void finding_3_3_a_share_for_all_clients_together(void **state)
{
	struct fixture *f = *state;
	static char got[1024 * 1024];
	int fd[3];
	f->blob = 50000;
	for (int i = 0; i < 3; i++) {
		fd[i] = dial(f);
		for (int n = 0; n < 100; n++)
			say(fd[i], BLOB);
	}
	struct mono start = mono_now();
	size_t octets = 0;
	for (int turn = 0; turn < 60; turn++) {
		spin(f, 5);
		for (int i = 0; i < 3; i++)
			for (ssize_t n; (n = recv(fd[i], got, sizeof got, 0)) > 0;)
				octets += (size_t)n;
	}
	int64_t ms = mono_ms_between(start, mono_now());
	size_t most = SHARE_BURST + (size_t)ms * SHARE_OCTETS_PER_S / 1000 + 3 * 60000;
	if (octets > most)
		fail_msg("%zu octets in %lld ms, at most %zu are due", octets, (long long)ms, most);
	assert_true(octets >= SHARE_BURST);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

static void an_answer_may_come_later(void **state)
{
	struct fixture *f = *state;
	char got[500];
	bool closed;
	int a = dial(f), b = dial(f);
	calls = 0;
	say(a, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"later\"}\n" COUNT);
	say(b, COUNT);
	hear(f, b, got, sizeof got, 1, &closed);                 /* others are served meanwhile */
	assert_non_null(strstr(got, "\"result\":1}"));
	spin(f, 20);
	assert_int_equal(calls, 1);
	assert_int_equal(recv(a, got, sizeof got, 0), -1);       /* and its own next request waits: answers keep their order */
	json_t *result = json_string("done");
	call_answer(waiting[0], result, NULL);
	hear(f, a, got, sizeof got, 2, &closed);
	assert_string_equal(got, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"done\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":2}\n");
	say(a, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"later\"}\n");
	spin(f, 20);
	call_answer(waiting[1], NULL, &(struct rpc_error){ RPC_INTERNAL, "the disk is full" });
	hear(f, a, got, sizeof got, 1, &closed);
	assert_string_equal(got, "{\"jsonrpc\":\"2.0\",\"id\":8,\"error\":{\"code\":-32603,\"message\":\"the disk is full\"}}\n");
	assert_int_equal(control_counters(f->control)->failures, 1);
	json_decref(result);
	close(a);
	close(b);
}

/* Its place is not given to another one before the answer has come, so that nobody gets an answer that is not his. */
static void a_client_that_goes_is_not_missed(void **state)
{
	struct fixture *f = *state;
	char got[500];
	bool closed;
	int fd[CONTROL_CLIENTS_MAX];
	calls = 0;
	int a = dial(f);
	say(a, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"later\"}\n");
	spin(f, 20);
	close(a);                                                /* it may only have closed its sending half */
	spin(f, 20);
	assert_int_equal(control_clients(f->control), 1);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fd[i] = dial(f);
	spin(f, 50);
	assert_int_equal(control_clients(f->control), CONTROL_CLIENTS_MAX);
	json_t *result = json_string("done");
	call_answer(waiting[0], result, NULL);
	assert_int_equal(control_clients(f->control), CONTROL_CLIENTS_MAX - 1);
	for (int i = 0; i < CONTROL_CLIENTS_MAX - 1; i++)
		assert_int_equal(recv(fd[i], got, sizeof got, 0), -1);
	/* It watches too, so that its end is seen while the answer is still to come. */
	a = dial(f);
	say(a, WATCH "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"later\"}\n");
	hear(f, a, got, sizeof got, 1, &closed);
	spin(f, 20);
	close(a);
	control_publish(f->control, RPC_CHANGES, result);
	control_publish(f->control, RPC_CHANGES, result);
	assert_int_equal(control_clients(f->control), CONTROL_CLIENTS_MAX - 1);
	a = dial(f);
	hear(f, a, got, sizeof got, 2, &closed);
	assert_true(closed);
	assert_non_null(strstr(got, "too many clients"));
	close(a);
	call_answer(waiting[1], result, NULL);
	json_decref(result);
	a = dial(f);
	say(a, COUNT);
	hear(f, a, got, sizeof got, 1, &closed);
	assert_false(closed);
	close(a);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fd[i]);
}

/* ---- the client on a loop ---- */

struct caller {
	struct fixture *f;
	struct dial *dial;
	char heard[8][120];
	int answers, updates, ends;
	bool close_at_answer;
};

static void answered(void *ctx, json_t *result, const char *why)
{
	struct caller *c = ctx;
	char *text = result ? json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	snprintf(c->heard[c->answers++ % 8], sizeof c->heard[0], "%s", text ? text : why);
	free(text);
	if (c->close_at_answer) {
		dial_close(c->dial);
		c->dial = NULL;
	}
}

static void updated(void *ctx, json_t *params)
{
	struct caller *c = ctx;
	assert_int_equal(json_integer_value(json_object_get(params, "n")), 42);
	c->updates++;
}

static void ended(void *ctx, const char *why)
{
	struct caller *c = ctx;
	snprintf(c->heard[7], sizeof c->heard[7], "%s", why);
	c->ends++;
}

static struct caller call_up(struct fixture *f, struct caller *c)
{
	struct err_at why;
	*c = (struct caller){ .f = f };
	c->dial = dial_open(f->loop, &(struct dial_conf){ .path = f->path, .ctx = c, .update = updated, .ended = ended }, &why);
	assert_non_null(c->dial);
	return *c;
}

static void a_loop_can_ask_and_hear(void **state)
{
	struct fixture *f = *state;
	struct caller c;
	call_up(f, &c);
	f->blob = 100000;
	assert_true(dial_ask(c.dial, "watch", NULL, answered, &c));
	assert_true(dial_ask(c.dial, "nothing", json_pack("{s:i}", "a", 1), answered, &c));
	assert_true(dial_ask(c.dial, "blob", NULL, answered, &c));
	for (int i = 0; i < 1000 && c.answers < 3; i++)
		spin(f, 1);
	assert_string_equal(c.heard[0], "{}");
	assert_string_equal(c.heard[1], "there is no method nothing");
	assert_memory_equal(c.heard[2], "\"xxxx", 5);
	json_t *params = json_pack("{s:i}", "n", 42);
	control_publish(f->control, RPC_CHANGES, params);
	control_publish(f->control, RPC_CHANGES, params);
	json_decref(params);
	for (int i = 0; i < 1000 && c.updates < 2; i++)
		spin(f, 1);
	assert_int_equal(c.updates, 2);
	assert_int_equal(c.ends, 0);
	dial_close(c.dial);
	spin(f, 20);
	assert_int_equal(control_clients(f->control), 0);
}

static void a_loop_hears_the_end(void **state)
{
	struct fixture *f = *state;
	struct caller c;
	call_up(f, &c);
	calls = 0;
	for (int i = 0; i < DIAL_ASKED_MAX; i++)
		assert_true(dial_ask(c.dial, "later", NULL, answered, &c));
	assert_false(dial_ask(c.dial, "later", json_object(), answered, &c));            /* so many at a time */
	spin(f, 20);
	control_close(f->control);
	f->control = NULL;
	spin(f, 20);
	assert_int_equal(c.answers, DIAL_ASKED_MAX);
	assert_int_equal(c.ends, 1);
	assert_string_equal(c.heard[0], "bacnet-upsd has closed the connection");
	assert_string_equal(c.heard[7], "bacnet-upsd has closed the connection");
	assert_false(dial_ask(c.dial, "later", NULL, answered, &c));
	dial_close(c.dial);
	struct err_at why;
	assert_null(dial_open(f->loop, &(struct dial_conf){ .path = f->path }, &why));
	assert_non_null(strstr(why.text, "does not listen here"));
}

static void a_loop_may_hang_up_in_the_middle(void **state)
{
	struct fixture *f = *state;
	struct caller c;
	call_up(f, &c);
	c.close_at_answer = true;
	for (int i = 0; i < 5; i++)
		assert_true(dial_ask(c.dial, "count", NULL, answered, &c));
	spin(f, 50);
	assert_int_equal(c.answers, 1);
	assert_int_equal(c.ends, 0);
	assert_null(c.dial);
}

/* ---- the client of the library, on a thread of its own ---- */

struct person {
	struct fixture *f;
	struct ev_async *done;
	char result[300], error[300], update[100], end[300];
};

static void *use_client(void *ctx)
{
	struct person *p = ctx;
	struct err_at why = { 0 };
	struct control_client *c = control_client_open(p->f->path, 5000, &why);
	json_t *r = c ? control_client_call(c, "watch", NULL, &why) : NULL;
	snprintf(p->result, sizeof p->result, "%s", json_is_object(r) ? "object" : why.text);
	json_decref(r);
	r = c ? control_client_call(c, "nothing", json_pack("{s:i}", "a", 1), &why) : NULL;
	snprintf(p->error, sizeof p->error, "%s", r ? "no error" : why.text);
	json_decref(r);
	r = c ? control_client_update(c, 5000, &why) : NULL;
	snprintf(p->update, sizeof p->update, "%d", (int)json_integer_value(json_object_get(r, "n")));
	json_decref(r);
	why.text[0] = 'x';
	r = c ? control_client_update(c, 1, &why) : NULL;
	snprintf(p->end, sizeof p->end, "%s%s", r ? "update" : "", why.text);
	json_decref(r);
	control_client_close(c);
	ev_wake(p->done);
	return NULL;
}

static void person_done(void *ctx)
{
	struct person *p = ctx;
	ev_stop(p->f->loop);
}

static void publish_tick(struct ev_timer *t)
{
	struct fixture *f = OWNER(t, struct fixture, stop);
	if (control_counters(f->control)->requests == 2 && f->update) {
		control_publish(f->control, RPC_CHANGES, f->update);
		json_decref(f->update);
		f->update = NULL;
	}
	ev_after(f->loop, t, 2);
}

static void the_client_works(void **state)
{
	struct fixture *f = *state;
	struct person p = { .f = f };
	pthread_t thread;
	p.done = ev_async_start(f->loop, person_done, &p);
	f->update = json_pack("{s:i}", "n", 42);
	ev_timer_init(&f->stop, publish_tick);
	ev_after(f->loop, &f->stop, 2);
	assert_int_equal(pthread_create(&thread, NULL, use_client, &p), 0);
	ev_run(f->loop);
	pthread_join(thread, NULL);
	ev_cancel(&f->stop);
	ev_async_stop(p.done);
	assert_string_equal(p.result, "object");
	assert_string_equal(p.error, "nothing: there is no method nothing");
	assert_string_equal(p.end, "");
	assert_string_equal(p.update, "42");
	struct err_at why;
	assert_null(control_client_open("/nonexistent/socket", 100, &why));
	assert_non_null(strstr(why.text, "does not listen here"));
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(lines_are_answered_in_order),
		WITH_SERVER(updates_go_to_watchers_only),
		WITH_SERVER(a_long_line_is_refused),
		WITH_SERVER(a_client_that_does_not_read_waits),
		WITH_SERVER(a_slow_watcher_is_dropped_with_a_reason),
		WITH_SERVER(clients_are_counted),
		WITH_SERVER(clients_that_go_give_their_memory_back),
		WITH_SERVER(the_place_is_taken_only_when_it_is_free),
		WITH_SERVER(finding_3_3_one_request_a_turn_from_one_client_after_the_other),
		WITH_SERVER(finding_3_3_a_share_for_all_clients_together),
		WITH_SERVER(an_answer_may_come_later),
		WITH_SERVER(a_client_that_goes_is_not_missed),
		WITH_SERVER(a_loop_can_ask_and_hear),
		WITH_SERVER(a_loop_hears_the_end),
		WITH_SERVER(a_loop_may_hang_up_in_the_middle),
		WITH_SERVER(the_client_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
