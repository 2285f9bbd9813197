#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "field/late.h"
#include "field/address.h"
#include "field/wire.h"

/* ---- wire ---- */

static void octets_have_ten_bits_or_eleven(void **state)
{
	assert_int_equal(wire_of(9600, 'N').octet_ns, 1041666);
	assert_int_equal(wire_of(9600, 'E').octet_ns, 1145833);
	assert_int_equal(wire_of(57600, 'N').octet_ns, 173611);
}

static void the_silence_is_3_5_characters_or_1_75_ms(void **state)
{
	assert_int_equal(wire_of(9600, 'N').silence_ns, 1041666 * 7 / 2);
	assert_int_equal(wire_of(19200, 'N').silence_ns, wire_of(19200, 'N').octet_ns * 7 / 2);
	assert_int_equal(wire_of(38400, 'N').silence_ns, 1750000);
	assert_int_equal(wire_of(115200, 'N').silence_ns, 1750000);
}

static void a_read_is_thirteen_octets_and_its_words(void **state)
{
	struct wire w = wire_of(9600, 'N');
	assert_int_equal(wire_read_ns(&w, 12), 25 * w.octet_ns + 2 * w.silence_ns);
	assert_int_equal(wire_request_ns(&w), 8 * w.octet_ns + w.silence_ns);
	struct wire tcp = wire_of(0, 'N');
	assert_int_equal(wire_read_ns(&tcp, 250), 0);
}

/* ---- late answers ---- */

#define Q(address_, count_) (&(struct line_question){ .slave = 1, .function = 3, .address = (address_), .count = (count_) })

static const struct mono t0 = { 1000000000 };

static struct mono at(int64_t ms)
{
	return mono_add_ms(t0, ms);
}

static void nothing_owed_allows_everything(void **state)
{
	struct late l = { 0 };
	assert_int_equal(late_allowed(&l, Q(0x30, 8), t0).ns, t0.ns);
	assert_false(late_owed(&l, Q(0x30, 8), t0));
}

static void a_look_alike_must_wait(void **state)
{
	struct late l = { 0 };
	late_note(&l, Q(0x30, 8), at(2000));
	assert_int_equal(late_allowed(&l, Q(0x38, 8), t0).ns, at(2000).ns);        /* alarms look like status */
	assert_int_equal(late_allowed(&l, Q(0x30, 8), t0).ns, t0.ns);              /* the same question */
	assert_int_equal(late_allowed(&l, Q(0x40, 80), t0).ns, t0.ns);             /* another length */
	assert_int_equal(late_allowed(&l, Q(0x38, 8), at(2000)).ns, at(2000).ns);  /* it does not come any more */
	assert_int_equal(l.count, 0);
}

static void exceptions_are_not_believed_meanwhile(void **state)
{
	struct late l = { 0 };
	late_note(&l, Q(0x30, 8), at(2000));
	assert_true(late_owed(&l, Q(0x40, 80), t0));
	assert_false(late_owed(&l, Q(0x30, 8), t0));
	assert_false(late_owed(&l, Q(0x40, 80), at(2000)));
}

static void the_same_question_is_noted_once(void **state)
{
	struct late l = { 0 };
	for (int i = 0; i < 50; i++)
		late_note(&l, Q(0x30, 8), at(2000 + i));
	late_note(&l, Q(0x30, 8), at(1));
	assert_int_equal(l.count, 1);
	assert_int_equal(late_allowed(&l, Q(0x38, 8), t0).ns, at(2049).ns);
}

static void an_answer_settles_what_is_owed_to_earlier_questions(void **state)
{
	struct late l = { 0 };
	late_note(&l, Q(0x30, 8), at(2000));
	assert_true(late_settles(&l, Q(0x7777, 4), t0));
	assert_false(late_settles(&l, Q(0x7777, 8), t0));
	late_answered(&l, Q(0xCB, 4), t0, at(2100));
	assert_int_equal(l.count, 0);
	assert_false(late_settles(&l, Q(0x7777, 4), t0));
}

static void an_answer_that_may_be_the_late_one_settles_nothing(void **state)
{
	struct late l = { 0 };
	late_note(&l, Q(0x30, 8), at(2000));
	late_note(&l, Q(0x40, 80), at(1500));
	late_answered(&l, Q(0x30, 8), at(1000), at(3000));  /* now the answer to the second attempt is owed */
	assert_int_equal(l.count, 2);
	assert_int_equal(late_allowed(&l, Q(0x38, 8), at(1001)).ns, at(3000).ns);
	assert_int_equal(late_allowed(&l, Q(0x99, 80), at(1001)).ns, at(1500).ns);
}

/* Answered again and again, each time perhaps to the attempt before: after a while it rests, and then nothing is owed. */
static void a_question_in_doubt_rests_once(void **state)
{
	struct late l = { 0 };
	late_note(&l, Q(0x30, 8), at(2000));
	int64_t t = 100;
	while (late_allowed(&l, Q(0x30, 8), at(t)).ns == at(t).ns && t < 60000) {
		late_answered(&l, Q(0x30, 8), at(t), at(t + 2000));
		t += 100;
	}
	assert_int_equal(t, 100 + LATE_DOUBT_MS);
	assert_int_equal(late_allowed(&l, Q(0x30, 8), at(t)).ns, at(t - 100 + 2000).ns);
	assert_int_equal(late_allowed(&l, Q(0x40, 80), at(t)).ns, at(t).ns);
	assert_int_equal(late_allowed(&l, Q(0x38, 8), at(t + 2000)).ns, at(t + 2000).ns);
	assert_int_equal(l.count, 0);
	late_note(&l, Q(0x30, 8), at(2000));     /* a question that goes on failing does not rest */
	late_answered(&l, Q(0x30, 8), at(100), at(2100));
	late_note(&l, Q(0x30, 8), at(6000));
	assert_int_equal(late_allowed(&l, Q(0x30, 8), at(5000)).ns, at(5000).ns);
}

static void what_has_expired_is_not_owed_again(void **state)
{
	struct late l = { 0 };
	late_note(&l, Q(0x30, 8), at(2000));
	late_answered(&l, Q(0x30, 8), at(2000), at(4000));
	assert_int_equal(l.count, 0);
	late_note(&l, Q(0x30, 8), at(2000));
	assert_false(late_settles(&l, Q(0x40, 80), at(2000)));
	late_note(&l, Q(0x30, 8), at(2000));
	late_note(&l, Q(0x30, 8), at(1000));     /* an earlier end does not shorten a later one */
	assert_int_equal(late_allowed(&l, Q(0x38, 8), at(1500)).ns, at(2000).ns);
}

static void the_list_is_bounded(void **state)
{
	struct late l = { 0 };
	for (uint16_t i = 0; i < 100; i++)
		late_note(&l, Q(i, 8), at(1000 + i));
	assert_int_equal(l.count, LATE_MAX);
	assert_int_equal(late_allowed(&l, Q(0x3000, 8), t0).ns, at(1099).ns);
}

/* ---- addresses ---- */

static void links_are_taken_apart(void **state)
{
	static const struct { const char *text; bool tcp; const char *host, *port; } good[] = {
		{ "/dev/ttyS0", false, "/dev/ttyS0", "502" },
		{ "tcp:192.0.2.7", true, "192.0.2.7", "502" },
		{ "tcp:ups.example:1502", true, "ups.example", "1502" },
		{ "tcp:[2001:db8::7]", true, "2001:db8::7", "502" },
		{ "tcp:[2001:db8::7]:65535", true, "2001:db8::7", "65535" },
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct address a;
		char why[200] = "";
		assert_true(address_parse(good[i].text, &a, why, sizeof why));
		assert_int_equal(a.tcp, good[i].tcp);
		assert_string_equal(a.host, good[i].host);
		assert_string_equal(a.port, good[i].port);
	}
}

static void what_is_no_link_is_refused_with_a_reason(void **state)
{
	static const char *const bad[] = {
		"", "ttyS0", "tcp:", "tcp::502", "tcp:host:", "tcp:host:0", "tcp:host:65536", "tcp:host:5a", "tcp:2001:db8::7",
		"tcp:[2001:db8::7", "tcp:[2001:db8::7]x", "tcp:[]", "tcp:host:123456",
		"/dev/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct address a;
		char why[200] = "";
		assert_false(address_parse(bad[i], &a, why, sizeof why));
		assert_true(why[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_have_ten_bits_or_eleven),
		cmocka_unit_test(the_silence_is_3_5_characters_or_1_75_ms),
		cmocka_unit_test(a_read_is_thirteen_octets_and_its_words),
		cmocka_unit_test(nothing_owed_allows_everything),
		cmocka_unit_test(a_look_alike_must_wait),
		cmocka_unit_test(exceptions_are_not_believed_meanwhile),
		cmocka_unit_test(the_same_question_is_noted_once),
		cmocka_unit_test(an_answer_settles_what_is_owed_to_earlier_questions),
		cmocka_unit_test(an_answer_that_may_be_the_late_one_settles_nothing),
		cmocka_unit_test(a_question_in_doubt_rests_once),
		cmocka_unit_test(what_has_expired_is_not_owed_again),
		cmocka_unit_test(the_list_is_bounded),
		cmocka_unit_test(links_are_taken_apart),
		cmocka_unit_test(what_is_no_link_is_refused_with_a_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
