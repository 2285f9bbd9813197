/* Lines out of octets that come in any pieces, octets that leave in any pieces; the share of the loop; what a client hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <errno.h>

#include "control/address.h"
#include "control/frame.h"
#include "control/share.h"
#include "control/talk.h"

static void come(struct frame_in *f, const char *text, size_t n)
{
	while (n) {
		size_t room;
		char *to = frame_room(f, 1 << 20, &room);
		assert_non_null(to);
		assert_true(room > 0);
		size_t part = room < n ? room : n;
		memcpy(to, text, part);
		frame_came(f, part);
		text += part;
		n -= part;
	}
}

static void line_is(struct frame_in *f, bool ended, const char *text)
{
	size_t n;
	const char *line = frame_line(f, ended, &n);
	assert_non_null(line);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(line, text, n);
}

static void lines_are_taken_in_order(void **state)
{
	(void)state;
	struct frame_in f = { 0 };
	size_t n;
	assert_true(frame_in_empty(&f));
	assert_null(frame_line(&f, true, &n));
	come(&f, "one\r\n\ntwo\nthr", 13);
	assert_true(frame_line_waits(&f, false));
	line_is(&f, false, "one");
	line_is(&f, false, "");
	line_is(&f, false, "two");
	assert_false(frame_line_waits(&f, false));
	assert_true(frame_line_waits(&f, true));
	assert_null(frame_line(&f, false, &n));
	assert_false(frame_in_empty(&f));
	come(&f, "ee\n\r\n", 5);
	line_is(&f, false, "three");
	line_is(&f, false, "");
	assert_true(frame_in_empty(&f));
	come(&f, "end", 3);
	line_is(&f, true, "end");                        /* nothing more comes: it is one */
	assert_null(frame_line(&f, true, &n));
	assert_true(frame_in_empty(&f));
	frame_in_free(&f);
	assert_null(f.octets);
}

static uint32_t rnd(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void pieces_make_no_difference(void **state)
{
	(void)state;
	uint32_t seed = (uint32_t)time(NULL) | 1;
	print_message("seed %u\n", seed);
	struct frame_in f = { 0 };
	struct frame_out out = { 0 };
	unsigned put = 0, got = 0;
	while (got < 3000) {
		char line[300];
		int n = sprintf(line, "%u:", put);
		uint32_t extra = rnd(&seed) % 250;
		memset(line + n, 'x', extra);
		if (rnd(&seed) % 2 && frame_put(&out, line, (size_t)n + extra, 4000))
			put++;
		size_t part = rnd(&seed) % 100;
		part = part < out.used ? part : out.used;
		if (part) {
			come(&f, out.octets + out.start, part);
			frame_sent(&out, part);
		}
		size_t length;
		const char *is;
		while ((is = frame_line(&f, false, &length)) != NULL)
			assert_int_equal(strtoul(is, NULL, 10), got++);
	}
	frame_in_free(&f);
	frame_out_free(&out);
}

static void room_is_bounded(void **state)
{
	(void)state;
	struct frame_in f = { 0 };
	size_t n, came = 0;
	while (frame_room(&f, 10000, &n)) {
		assert_true(came + n <= 10000);
		memset(f.octets + f.used, 'x', n);
		frame_came(&f, n);
		came += n;
	}
	assert_int_equal(came, 10000);
	frame_in_free(&f);
	come(&f, "a\nb\n", 4);
	line_is(&f, false, "a");
	assert_non_null(frame_room(&f, 3, &n));          /* what has been taken takes no room */
	assert_int_equal(n, 1);
	assert_null(frame_room(&f, 2, &n));
	frame_in_free(&f);
}

static void what_waits_is_bounded(void **state)
{
	(void)state;
	struct frame_out f = { 0 };
	assert_false(frame_put(&f, "abc", 3, 3));
	assert_int_equal(f.used, 0);
	assert_true(frame_put(&f, "abc", 3, 4));
	assert_memory_equal(f.octets + f.start, "abc\n", 4);
	assert_false(frame_put(&f, "", 0, 4));
	frame_sent(&f, 2);
	assert_int_equal(f.used, 2);
	assert_memory_equal(f.octets + f.start, "c\n", 2);
	assert_true(frame_put(&f, "d", 1, 4));
	assert_memory_equal(f.octets + f.start, "c\nd\n", 4);
	frame_sent(&f, 4);
	assert_null(f.octets);                           /* nothing waits, nothing is held */
}

static void the_share_fills_and_is_overdrawn(void **state)
{
	(void)state;
	struct share s = { 0 };
	struct mono now = { 5000000000 };
	assert_int_equal(share_wait_ms(&s, now), 0);
	share_spend(&s, now, SHARE_BURST);
	assert_int_equal(share_wait_ms(&s, now), 0);     /* the whole burst at once */
	share_spend(&s, now, 1);
	assert_int_equal(share_wait_ms(&s, now), 1);
	share_spend(&s, now, SHARE_OCTETS_PER_S - 1);    /* one piece of work may cost more than there is */
	assert_int_equal(share_wait_ms(&s, now), 1000);
	assert_int_equal(share_wait_ms(&s, mono_add_ms(now, 999)), 1);
	assert_int_equal(share_wait_ms(&s, mono_add_ms(now, 1000)), 0);
	now = mono_add_ms(now, 3600000);                 /* and what was not used is not saved up */
	share_spend(&s, now, SHARE_BURST + 1);
	assert_int_equal(share_wait_ms(&s, now), 1);
}

/* ---- what a client says and hears ---- */

static void hears(struct talk *t, enum talk_kind kind, json_int_t id, const char *text)
{
	struct talk_heard h = talk_hear(t);
	assert_int_equal(h.kind, kind);
	assert_int_equal(h.id, id);
	char *value = h.value ? json_dumps(h.value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	assert_string_equal(value ? value : h.text, text);
	free(value);
	json_decref(h.value);
}

static void a_client_numbers_its_requests(void **state)
{
	(void)state;
	struct talk t = { 0 };
	char *line = talk_request(&t, "status", NULL);
	assert_string_equal(line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n");
	free(line);
	line = talk_request(&t, "objects", json_pack("{s:s}", "name", "a\n"));
	assert_string_equal(line, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"objects\",\"params\":{\"name\":\"a\\n\"}}\n");
	free(line);
	assert_int_equal(t.id, 2);
}

static void a_client_hears_each_kind(void **state)
{
	(void)state;
	struct talk t = { 0 };
	static const char said[] =
		"\n{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":1}}\n"
		"{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"params\":{\"changes\":[]}}\n"
		"{\"jsonrpc\":\"2.0\",\"method\":\"later\",\"params\":{}}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":8,\"error\":{\"code\":-32601,\"message\":\"there is no method x\"}}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"column 1\"}}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":9}\n"
		"nonsense\n"
		"{\"jsonrpc\":\"2.0\",\"method\":\"closed\",\"params\":{\"reason\":\"too many clients\"}}\n"
		"{\"jsonrpc\":\"2.0\",\"method\":\"closed\"}\n"
		"{\"jsonrpc\":";
	come(&t.in, said + 1, sizeof said - 2);
	hears(&t, TALK_RESULT, 7, "{\"a\":1}");
	hears(&t, TALK_UPDATE, 0, "{\"changes\":[]}");
	hears(&t, TALK_ERROR, 8, "there is no method x");        /* what a newer server says is passed over */
	hears(&t, TALK_ERROR, 0, "column 1");
	hears(&t, TALK_BROKEN, 9, "the answer is no JSON-RPC");
	hears(&t, TALK_BROKEN, 0, "the answer is no JSON");
	hears(&t, TALK_CLOSED, 0, "too many clients");
	hears(&t, TALK_CLOSED, 0, "no reason given");
	hears(&t, TALK_NOTHING, 0, "");
	talk_free(&t);
}

static void addresses_and_what_is_wrong_with_them(void **state)
{
	(void)state;
	struct sockaddr_un a;
	struct err_at why;
	char path[CONTROL_PATH_MAX + 2];
	memset(path, 'x', sizeof path);
	path[CONTROL_PATH_MAX + 1] = 0;
	assert_false(control_address(&a, path, &why));
	assert_string_equal(why.text, "the path of a socket is at most 107 octets long");
	path[CONTROL_PATH_MAX] = 0;
	assert_true(control_address(&a, path, &why));
	assert_string_equal(a.sun_path, path);
	assert_int_equal(a.sun_family, AF_UNIX);
	control_not_reached("/x", ENOENT, &why);
	assert_string_equal(why.text, "bacnet-upsd does not listen here: No such file or directory");
	control_not_reached("/x", ECONNREFUSED, &why);
	assert_string_equal(why.text, "bacnet-upsd does not listen here: Connection refused");
	control_not_reached("/x", EACCES, &why);
	assert_string_equal(why.text, "Permission denied: only root, the user of bacnet-upsd and the group of this socket may use it");
	control_not_reached("/x", EMFILE, &why);
	assert_string_equal(why.text, "Too many open files");
	assert_string_equal(why.file, "/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_taken_in_order),
		cmocka_unit_test(pieces_make_no_difference),
		cmocka_unit_test(room_is_bounded),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(the_share_fills_and_is_overdrawn),
		cmocka_unit_test(a_client_numbers_its_requests),
		cmocka_unit_test(a_client_hears_each_kind),
		cmocka_unit_test(addresses_and_what_is_wrong_with_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
